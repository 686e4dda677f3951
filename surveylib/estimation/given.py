"""Replicate weights that came with the data, as Replicates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import numbers
from surveylib.estimation.replicates import design_digest
from surveylib.estimation.thin import thin
from surveylib.model.design import SurveyDesign
from surveylib.model.replicates import Method, Replicates

KINDS = ("JK1", "JKn", "BRR", "Fay", "bootstrap", "successive-difference", "other")


def given(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    columns: Sequence[str],
    method: Method,
    combined: bool = True,
    scale: float | None = None,
    rscales: Sequence[float] | None = None,
    rho: float | None = None,
    mse: bool = False,
    df: float | None = None,
) -> Replicates:
    """Replicates from columns of replicate weights.

    Parameters
    ----------
    rows : DataFrame (n rows)
        In the order of `design`.
    columns : sequence of str (R)
    method : {'JK1', 'JKn', 'BRR', 'Fay', 'bootstrap', 'successive-difference', 'other'}
        Gives the scale: (R−1)/R, 1, 1/R, 1/(R(1−rho)²), 1/(R−1), 4/R, and none.
    combined : bool
        The columns are weights; False: factors on the weights of the design.
    scale, rscales : optional
        In place of the method's. 'JKn' needs rscales, 'other' needs a scale.
    rho : float
        Fay's, and only his.
    df : float, optional
        Else those of the design, clusters minus strata; where it has neither, the rank of the multipliers
        less 1, which for a bootstrap would only tell of R: there df must be given.

    Raises
    ------
    SurveyError
        A column that is unknown, not of numbers, or has gaps; a weight of 0 with replicate weights above it;
        replicate weights that move apart within a cluster of the design; a scale that is missing or ignored.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"y": [1.0, 3.0], "r1": [0.0, 2.0], "r2": [2.0, 0.0]})
    >>> made = given(rows, declare(rows), columns=["r1", "r2"], method="JK1")
    >>> made.shape, made.scale
    ((2, 2), 0.5)
    """
    if len(columns) < 2:
        raise SurveyError("replicates need at least two columns", got=", ".join(columns) or "none")
    if len(rows) != len(design.weights):
        raise SurveyError(
            "rows and design differ in length", expected=str(len(design.weights)), got=str(len(rows))
        )
    finest, stages, labels = thin(design)
    first = np.full(len(labels), -1, dtype=np.int64)
    first[finest[::-1]] = np.arange(len(finest))[::-1]
    made = np.empty((len(columns), len(labels)))
    for r, name in enumerate(columns):
        factors = _factors(rows, name, design.weights if combined else None)
        made[r] = factors[first]
        _refuse_moving_apart(factors, made[r][finest], name, rows=len(rows), clusters=len(labels))
    made_scale, made_rscales = _scales(method, len(columns), scale, rscales, rho)
    if df is None and len(labels) == len(rows) and len(np.unique(stages[0].strata)) == 1:
        df = _degrees(made, method)
    return Replicates(
        method=method,
        factors=(made,),
        scale=made_scale,
        rscales=made_rscales,
        mse=mse,
        design=design_digest(stages),
        df=df,
    )


def independent(multipliers: np.ndarray) -> int:
    """Degrees of freedom that multipliers (R, P) alone tell of: their rank less 1.

    Right for jackknives and half-samples; of a bootstrap it is never above R − 1, which tells of the number
    of replicates and not of the design.

    >>> independent(1.5 * (1 - np.eye(3)))
    2
    """
    singular = np.sqrt(np.clip(np.linalg.eigvalsh(multipliers @ multipliers.T), 0, None))
    return int((singular > 1e-5 * singular.max()).sum()) - 1


def _degrees(made: np.ndarray, method: Method) -> float:
    """For a design without strata and clusters, of which rows less 1 would be far too many."""
    if method == "bootstrap":
        raise SurveyError(
            "bootstrap weights do not tell the degrees of freedom, and the design has neither strata nor "
            "clusters",
            hint="name strata and psu, or give df: clusters minus strata (rows less 1 for a simple sample)",
        )
    return float(max(independent(made), 1))


def _factors(rows: pd.DataFrame, name: str, weights: np.ndarray | None) -> np.ndarray:
    values = numbers(rows, name)
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise SurveyError(
            f"{int(wrong.sum())} replicate weight(s) are missing or infinite",
            where=f"column {name!r}, row {int(np.argmax(wrong)) + 1}",
        )
    if weights is None:
        return values
    lost = (weights == 0) & (values != 0)
    if lost.any():
        raise SurveyError(
            "a replicate weighs a row whose weight is 0",
            where=f"column {name!r}, row {int(np.argmax(lost)) + 1}",
            hint="if the columns are factors on the weights, say combined=False",
        )
    return np.divide(values, weights, out=np.zeros(len(values)), where=weights > 0)


def _refuse_moving_apart(factors, of_cluster, name: str, *, rows: int, clusters: int) -> None:
    apart = np.abs(factors - of_cluster) > 1e-8 * np.maximum(1, np.abs(of_cluster))
    if apart.any():
        raise SurveyError(
            "replicate weights move apart within a cluster of the design",
            where=f"column {name!r}, row {int(np.argmax(apart)) + 1}",
            expected=f"one factor on the weights in each of the {clusters} clusters",
            hint="weights of 0, or adjusted in every replicate (raked, say): declare the design with weights "
            "alone, and give df",
        )


def _scales(method: Method, count: int, scale, rscales, rho) -> tuple[float, np.ndarray]:
    if method not in KINDS:
        raise SurveyError("unknown kind of replicate weights", expected=", ".join(KINDS), got=repr(method))
    if (method == "Fay") != (rho is not None):
        raise SurveyError("rho belongs to Fay's method, and it needs one", got=f"{method}, rho {rho}")
    if rho is not None and not 0 <= rho < 1:
        raise SurveyError("rho must be at least 0 and below 1", got=str(rho))
    if method in ("BRR", "Fay", "successive-difference") and (scale is not None or rscales is not None):
        raise SurveyError(f"{method} has its own scale: scale and rscales would be ignored")
    if method == "JKn" and rscales is None:
        raise SurveyError("JKn needs rscales", expected="(n − 1)/n of its stratum for every replicate")
    if method == "other" and scale is None:
        raise SurveyError("replicates of another kind need a scale")
    own = {
        "JK1": (count - 1) / count,
        "BRR": 1 / count,
        "Fay": 1 / (count * (1 - (rho or 0.0)) ** 2),
        "bootstrap": 1 / (count - 1),
        "successive-difference": 4 / count,
    }
    values = np.ones(count) if rscales is None else np.asarray(rscales, dtype=float)
    return own.get(method, 1.0) if scale is None else float(scale), values
