"""Replicates of rows: weights made anew in every replicate, any function of the weights, and the table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import sparse, stats

from surveylib.errors import SurveyError
from surveylib.estimation.columns import plan
from surveylib.estimation.domains import domains
from surveylib.estimation.replicated import spread_of
from surveylib.estimation.replicates import design_digest
from surveylib.estimation.thin import thin
from surveylib.estimation.totals import totals
from surveylib.model.design import SurveyDesign
from surveylib.model.replicates import Replicates, Reweighted
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.model.totals import PsuTotals, Request
from surveylib.numerics.intervals import symmetric

CHUNK = 32
Weigh = Callable[[np.ndarray], np.ndarray]


def reweighted(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    replicates: Replicates,
    weigh: Weigh,
    requests: Sequence[Request],
    by: Sequence[str] = (),
) -> tuple[PsuTotals, Reweighted]:
    """Totals with weights made anew, and the sums of every replicate whose weights were made anew likewise.

    Parameters
    ----------
    design : SurveyDesign
        With the weights before `weigh`.
    weigh : callable
        From weights (n, r), one column a replicate, to new weights (n, r): raking, say. It is called for the
        whole sample (r = 1) and for some replicates at a time; the n × R table never stands in memory.

    Returns
    -------
    (totals, reweighted)
        For ``estimate(totals, replicates=reweighted)``.

    References
    ----------
    Valliant (1993), doi:10.1080/01621459.1993.10594298: replicates must be post-stratified anew.
    """
    whole = _weighed(weigh, design.weights[:, None])[:, 0]
    final = dataclasses.replace(design, weights=whole, calibration=None, calibration_weights=None)
    made = totals(rows, final, requests=requests, by=by)
    columns, _ = plan(rows, requests)
    domain, table = domains(rows, by)
    group = _groups(domain, len(rows), len(table))
    sums = np.empty((replicates.shape[0], len(columns), len(table)))
    for block, weights in enumerate(replicate_blocks(design, replicates)):
        where = slice(block * CHUNK, block * CHUNK + weights.shape[1])
        weights = _weighed(weigh, weights)
        for c, item in enumerate(columns):
            values = np.ones(len(rows)) if item.values is None else item.values
            values = values if item.missing is None else np.where(item.missing, 0.0, values)
            sums[where, c] = (group @ (weights * values[:, None])).T
    return made, Reweighted(replicates=replicates, sums=sums)


def with_replicates(
    design: SurveyDesign,
    *,
    replicates: Replicates,
    function: Callable[[np.ndarray], np.ndarray],
    names: Sequence[str],
    weigh: Weigh | None = None,
    df: float | None = None,
    confidence: float = 0.95,
) -> Estimates:
    """Any function of the weights, with its variance from replicates.

    Parameters
    ----------
    function : callable
        From weights (n,) to the k quantities.
    names : sequence of str (k)
    weigh : callable, optional
        As in `reweighted`.
    df : float, optional
        Else those of the replicates, or of the design: clusters minus strata. For a regression take off the
        coefficients but one.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> from surveylib.estimation.replicates import jackknife
    >>> rows = pd.DataFrame({"y": [1.0, 3.0, 5.0, 7.0]})
    >>> design = declare(rows)
    >>> made = with_replicates(
    ...     design,
    ...     replicates=jackknife(design),
    ...     function=lambda w: np.average(rows["y"], weights=w),
    ...     names=["mean"],
    ... )
    >>> made.table[["estimate", "std_error", "df"]].round(4).to_dict("records")
    [{'estimate': 4.0, 'std_error': 1.291, 'df': 3.0}]
    """
    whole = design.weights if weigh is None else _weighed(weigh, design.weights[:, None])[:, 0]
    value = np.atleast_1d(np.asarray(function(whole), dtype=float))
    if value.shape != (len(names),):
        raise SurveyError("function and names differ", expected=f"{len(names)} values", got=str(value.shape))
    values = np.empty((replicates.shape[0], len(names)))
    for block, weights in enumerate(replicate_blocks(design, replicates)):
        weights = weights if weigh is None else _weighed(weigh, weights)
        made = [np.atleast_1d(function(column)) for column in weights.T]
        values[block * CHUNK : block * CHUNK + len(made)] = made
    made = spread_of(replicates, values, value)
    if df is None:
        df = replicates.df if replicates.df is not None else _degrees(design)
    return _estimates(value, made.T @ made, names, float(df), confidence)


def replicate_weights(
    design: SurveyDesign, *, replicates: Replicates, prefix: str = "rw", weigh: Weigh | None = None
) -> pd.DataFrame:
    """The table of replicate weights (n × R), for programs that want one.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> from surveylib.estimation.replicates import jackknife
    >>> design = declare(pd.DataFrame({"y": [1.0, 3.0, 5.0]}))
    >>> replicate_weights(design, replicates=jackknife(design))
       rw1  rw2  rw3
    0  0.0  1.5  1.5
    1  1.5  0.0  1.5
    2  1.5  1.5  0.0
    """
    blocks = [
        weights if weigh is None else _weighed(weigh, weights)
        for weights in replicate_blocks(design, replicates)
    ]
    names = [f"{prefix}{r}" for r in range(1, replicates.shape[0] + 1)]
    return pd.DataFrame(np.concatenate(blocks, axis=1), columns=names)


def replicate_blocks(design: SurveyDesign, replicates: Replicates) -> Iterator[np.ndarray]:
    """Weights (n, r) of some replicates at a time, in their order."""
    finest, stages, _ = thin(design)
    if design_digest(stages) != replicates.design:
        raise SurveyError("replicates and design do not belong together", hint="make them from this design")
    if design.calibration is not None:
        raise SurveyError(
            "weights are calibrated, and the replicates are not",
            hint="give the design the weights before calibration, and calibrate by weigh",
        )
    for first in range(0, replicates.shape[0], CHUNK):
        block = replicates.factors[0][first : first + CHUNK]
        for factor in replicates.factors[1:]:
            block = block @ factor
        block = block.toarray() if sparse.issparse(block) else block
        yield design.weights[:, None] * block.T[finest]


def _weighed(weigh: Weigh, weights: np.ndarray) -> np.ndarray:
    made = np.asarray(weigh(weights), dtype=float)
    if made.shape != weights.shape or not np.isfinite(made).all():
        raise SurveyError(
            "weigh must return finite weights of the shape it is given",
            expected=str(weights.shape),
            got=f"{made.shape}, {int((~np.isfinite(made)).sum())} not finite",
            hint="a category without respondents in a replicate cannot be raked: merge categories",
        )
    return made


def _groups(domain: np.ndarray | None, n: int, d: int) -> sparse.csr_array:
    """The matrix (D, n) that adds rows up to domains."""
    codes = np.zeros(n, dtype=np.int64) if domain is None else domain
    inside = np.flatnonzero(codes >= 0)
    return sparse.csr_array((np.ones(len(inside)), (codes[inside], inside)), shape=(d, n))


def _degrees(design: SurveyDesign) -> int:
    first = thin(design)[1][0]
    return len(np.unique(first.clusters)) - len(np.unique(first.strata))


def _estimates(value, covariance, names, df: float, confidence: float) -> Estimates:
    std_error = np.sqrt(np.diag(covariance))
    low, high = symmetric(value, std_error, np.full(len(names), df), confidence=confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = value / std_error
    p_value = 2 * stats.t.sf(np.abs(statistic), df)
    columns = (value, std_error, df, low, high, statistic, p_value, np.nan, np.nan, np.nan)
    keys = {"kind": "replicated", "variable": list(names), "level": ""}
    results = dict(zip(RESULT_COLUMNS, columns, strict=True))
    return Estimates(
        table=pd.DataFrame({**keys, **results}, columns=[*keys, *RESULT_COLUMNS]),
        known=covariance,
        keys=tuple(keys),
        confidence=confidence,
    )
