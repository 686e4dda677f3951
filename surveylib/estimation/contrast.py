"""Contrasts of estimates: linear, and smooth by the delta method."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from surveylib.errors import SurveyError
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.numerics.intervals import symmetric


def contrast(
    estimates: Estimates, *, coefficients: np.ndarray, names: Sequence[str], df: float | None = None
) -> Estimates:
    """Linear combinations of estimates, with covariance and a t-test against 0.

    Parameters
    ----------
    coefficients : float array (m, k)
        One row a contrast over the k estimates.
    names : sequence of str (m)
    df : float, optional
        Degrees of freedom; the smallest among the estimates used when not given.

    Examples
    --------
    >>> table = pd.DataFrame({"variable": ["now", "before"], "estimate": [4.0, 3.0], "df": [9.0, 9.0]})
    >>> table = table.reindex(columns=["variable", *RESULT_COLUMNS])
    >>> means = Estimates(table=table, known=[[0.09, 0.04], [0.04, 0.09]], keys=("variable",))
    >>> gain = contrast(means, coefficients=[1, -1], names=["gain"]).table
    >>> gain[["estimate", "std_error", "df"]].round(4).to_dict("records")
    [{'estimate': 1.0, 'std_error': 0.3162, 'df': 9.0}]
    """
    matrix = np.atleast_2d(np.asarray(coefficients, dtype=float))
    if matrix.shape != (len(names), len(estimates.table)):
        raise SurveyError(
            "contrast does not fit the estimates",
            expected=f"{len(names)} × {len(estimates.table)} coefficients",
            got=f"{matrix.shape[0]} × {matrix.shape[1]}",
        )
    used = [np.where(row != 0, estimates.table["df"], np.inf).min() for row in matrix]
    # An estimate that a contrast does not use must not spoil it by being missing.
    values = np.array([row[row != 0] @ estimates.values[row != 0] for row in matrix])
    covariance = matrix @ np.where(np.isnan(estimates.covariance), 0.0, estimates.covariance) @ matrix.T
    _refuse_unknown_covariance(estimates, matrix)
    return _made(
        values, covariance, names, np.array(used) if df is None else np.full(len(names), float(df)), estimates
    )


def smooth(
    estimates: Estimates,
    *,
    function: Callable[[np.ndarray], np.ndarray],
    names: Sequence[str],
    df: float | None = None,
) -> Estimates:
    """Smooth functions of estimates by the delta method; the gradient is exact (complex step).

    Parameters
    ----------
    function : callable
        From the k estimates (complex array) to the m new quantities, analytic: sums, products, ratios, log,
        exp.

    References
    ----------
    Squire & Trapp (1998), doi:10.1137/S003614459631241X, for the complex step.

    Examples
    --------
    The relative change of a mean, with its error by the delta method.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from surveylib.estimation import declare, estimate, totals
    >>> from surveylib.model.totals import Request
    >>> rows = pd.DataFrame({"wave": ["t0"] * 3 + ["t1"] * 3, "y": [2.0, 3, 4, 4, 5, 6]})
    >>> mean = Request(kind="mean", variable="y")
    >>> means = estimate(totals(rows, declare(rows), requests=[mean], by=["wave"]))
    >>> made = smooth(means, function=lambda m: np.array([m[1] / m[0] - 1]), names=["rise"])
    >>> made.table["estimate"].round(3).to_list()
    [0.667]
    """
    point = estimates.values.astype(complex)
    value = np.atleast_1d(np.asarray(function(point)))
    step = 1e-200
    gradient = np.empty((len(value), len(point)))
    for k in range(len(point)):
        moved = point.copy()
        moved[k] += 1j * step
        gradient[:, k] = np.atleast_1d(np.asarray(function(moved))).imag / step
    used = [np.where(row != 0, estimates.table["df"], np.inf).min() for row in gradient]
    _refuse_unknown_covariance(estimates, gradient)
    covariance = gradient @ np.where(np.isnan(estimates.covariance), 0.0, estimates.covariance) @ gradient.T
    return _made(
        value.real,
        covariance,
        names,
        np.array(used) if df is None else np.full(len(names), float(df)),
        estimates,
    )


def _refuse_unknown_covariance(estimates: Estimates, matrix: np.ndarray) -> None:
    for row in matrix != 0:
        if (
            np.isnan(estimates.covariance[np.ix_(row, row)]).any()
            and not np.isnan(estimates.values[row]).any()
        ):
            raise SurveyError("covariances were not computed", hint="estimate with full=True")


def _made(values, covariance, names, df, estimates: Estimates) -> Estimates:
    std_error = np.sqrt(np.diag(covariance))
    low, high = symmetric(values, std_error, df, confidence=estimates.confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = values / std_error
    p_value = 2 * stats.t.sf(np.abs(statistic), df)
    results = dict(
        zip(
            RESULT_COLUMNS,
            (values, std_error, df, low, high, statistic, p_value, np.nan, np.nan, np.nan),
            strict=True,
        )
    )
    keys = {"kind": "contrast", "variable": list(names), "level": ""}
    return Estimates(
        table=pd.DataFrame({**keys, **results}, columns=[*keys, *RESULT_COLUMNS]),
        known=covariance,
        keys=tuple(keys),
        confidence=estimates.confidence,
    )
