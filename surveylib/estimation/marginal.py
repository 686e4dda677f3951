"""What a regression says in the units of the outcome: standardised predictions and marginal effects.

The average is taken over the respondents and their weights, and its variance is that of the whole procedure:
of the coefficients, of the mix of respondents, and of both together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.declare import column
from surveylib.estimation.encode import label
from surveylib.estimation.formula import regressors
from surveylib.estimation.influence import influence_covariance
from surveylib.model.design import SurveyDesign
from surveylib.model.regression import Coding, Regression
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.numerics.intervals import symmetric
from surveylib.numerics.irls import FAMILIES
from surveylib.numerics.proportional_odds import LINKS


class _Quantity(NamedTuple):
    """By row (n,), and the weighted mean of its derivatives by the coefficients (k,)."""

    values: np.ndarray
    gradient: np.ndarray


def predictions(
    regression: Regression,
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    at: Mapping[str, Sequence[object]],
    confidence: float = 0.95,
) -> Estimates:
    """Standardised predictions: the mean outcome if everybody had these values, all else as it is.

    Parameters
    ----------
    regression : Regression
        Fitted to these `rows` and this `design`.
    at : mapping of str to sequence
        The values of each column, crossed; an empty mapping gives the mean prediction.

    Returns
    -------
    Estimates
        Keys ``kind, variable, level`` (of an ordinal model, one row a level of the outcome: its share) and
        the columns of `at`.

    Raises
    ------
    SurveyError
        Columns that are not in the model, levels it has not met, rows it was not fitted to.

    References
    ----------
    Graubard & Korn (1999), doi:10.1111/j.0006-341X.1999.00652.x; Bieler et al. (2010),
    doi:10.1093/aje/kwp440.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> from surveylib.estimation.regression import regress
    >>> rows = pd.DataFrame({"y": [1.0, 3, 2, 6, 5, 7], "g": list("aaabbb")})
    >>> design = declare(rows)
    >>> made = predictions(regress(rows, design, model="y ~ g"), rows, design, at={"g": ["a", "b"]})
    >>> made.table[["g", "estimate"]].round(6).to_dict("records")
    [{'g': 'a', 'estimate': 2.0}, {'g': 'b', 'estimate': 6.0}]
    """
    kept, w = _kept(regression, rows, design)
    taken = {"kind", "variable", "level", *RESULT_COLUMNS} & set(at)
    if taken:
        raise SurveyError("a column has the name of a result", got=repr(min(taken)), hint="rename it")
    quantities, keys = [], []
    for values in product(*at.values()):
        moved = kept
        for name, value in zip(at, values, strict=True):
            moved = _moved(moved, regression.coding, name, value)
        made = _responses(regression, regressors(moved, coding=regression.coding), w)
        quantities += made
        keys += [("prediction", regression.coding.outcome, level, *values) for level in _levels(regression)]
    names = ("kind", "variable", "level", *at)
    return _averages(regression, design, quantities, keys, names, confidence)


def marginal_effects(
    regression: Regression,
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    variables: Sequence[str] = (),
    confidence: float = 0.95,
) -> Estimates:
    """Average marginal effects: of numbers, the mean slope; of labels, the mean change from the reference.

    Parameters
    ----------
    regression : Regression
        Fitted to these `rows` and this `design`.
    variables : sequence of str, optional
        All columns of the model when not given.

    Returns
    -------
    Estimates
        Keys ``kind, variable, level`` and ``response``: of an ordinal model, the level of the outcome whose
        share changes.

    Raises
    ------
    SurveyError
        A column that is not in the model; rows it was not fitted to.

    References
    ----------
    Bartus (2005), doi:10.1177/1536867X0500500303.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> from surveylib.estimation.regression import regress
    >>> rows = pd.DataFrame({"y": [0, 0, 1, 0, 1, 1, 0, 1], "x": [1.0, 2, 3, 4, 5, 6, 7, 8]})
    >>> design = declare(rows)
    >>> model = regress(rows, design, model="y ~ x", family="logit")
    >>> float(marginal_effects(model, rows, design).table["estimate"].round(4).iloc[0])
    0.0876
    """
    kept, w = _kept(regression, rows, design)
    coding = regression.coding
    quantities, keys = [], []
    for name in variables or coding.variables:
        if name not in coding.variables:
            raise unknown("column of the model", name, coding.variables)
        levels = coding.levels_of(name)
        if not levels:
            quantities += _slopes(regression, kept, name, w)
            keys += [("marginal effect", name, "", response) for response in _levels(regression)]
            continue
        first, *others = (
            _responses(regression, regressors(_moved(kept, coding, name, level), coding=coding), w)
            for level in levels
        )
        for level, made in zip(levels[1:], others, strict=True):
            for before, after in zip(first, made, strict=True):
                quantities.append(_Quantity(after.values - before.values, after.gradient - before.gradient))
            text = f"{label(level)} − {label(levels[0])}"
            keys += [("marginal effect", name, text, response) for response in _levels(regression)]
    return _averages(
        regression, design, quantities, keys, ("kind", "variable", "level", "response"), confidence
    )


def _kept(
    regression: Regression, rows: pd.DataFrame, design: SurveyDesign
) -> tuple[pd.DataFrame, np.ndarray]:
    if not len(rows) == len(design.weights) == len(regression.used):
        raise SurveyError(
            "the regression was fitted to other rows",
            expected=f"{len(regression.used)} rows",
            got=f"{len(rows)}",
        )
    w = design.weights[regression.used]
    return rows[regression.used], w / w.sum()


def _levels(regression: Regression) -> list[str]:
    ordinal = regression.family.startswith("ordinal")
    return [label(level) for level in regression.coding.outcome_levels] if ordinal else [""]


def _moved(rows: pd.DataFrame, coding: Coding, name: str, value: object) -> pd.DataFrame:
    """The rows with one column set to one value."""
    if name not in coding.variables:
        raise unknown("column of the model", name, coding.variables)
    column(rows, name)
    levels = coding.levels_of(name)
    if levels:
        found = [level for level in levels if label(level) == label(value)]
        if not found:
            raise unknown("level", label(value), map(label, levels), where=f"column {name!r}")
        return rows.assign(**{name: pd.Series([found[0]] * len(rows), index=rows.index, dtype=object)})
    try:
        return rows.assign(**{name: float(value)})
    except (TypeError, ValueError) as error:
        raise SurveyError("not a number", where=f"column {name!r}", got=repr(value)) from error


def _responses(regression: Regression, x: np.ndarray, w: np.ndarray) -> list[_Quantity]:
    """The expected outcome by row, or of an ordinal model the share of each level."""
    beta = regression.estimates.values
    if not regression.family.startswith("ordinal"):
        family, eta = FAMILIES[regression.family], beta @ x
        return [_Quantity(family.mean(eta), x @ (w * family.slopes(eta)[0]))]
    link, eta, cuts = _cuts(regression, x)
    density = _padded(link.density(cuts[:, None] - eta))
    edges = np.r_[-np.inf, cuts, np.inf]
    made = []
    for j in range(len(cuts) + 1):
        chance = link.between(edges[j] - eta, edges[j + 1] - eta)
        by_eta = density[j] - density[j + 1]
        thresholds = np.zeros(len(cuts) + 2)
        thresholds[j], thresholds[j + 1] = -(w @ density[j]), w @ density[j + 1]
        made.append(_Quantity(chance, np.r_[x @ (w * by_eta), thresholds[1:-1]]))
    return made


def _slopes(regression: Regression, rows: pd.DataFrame, name: str, w: np.ndarray) -> list[_Quantity]:
    """Derivatives of the responses by a column of numbers. Every regressor is linear in it, so that one step
    of 1 gives the derivative of the linear predictor exactly."""
    coding, beta = regression.coding, regression.estimates.values
    x = regressors(rows, coding=coding)
    change = regressors(rows.assign(**{name: column(rows, name).astype(float) + 1.0}), coding=coding) - x
    if not regression.family.startswith("ordinal"):
        slope, bend = FAMILIES[regression.family].slopes(beta @ x)
        per_unit = beta @ change
        return [_Quantity(slope * per_unit, x @ (w * bend * per_unit) + change @ (w * slope))]
    link, eta, cuts = _cuts(regression, x)
    per_unit = beta[: len(x)] @ change
    density = _padded(link.density(cuts[:, None] - eta))
    bend = _padded(link.slope(cuts[:, None] - eta))
    made = []
    for j in range(len(cuts) + 1):
        by_eta, curve = density[j] - density[j + 1], bend[j + 1] - bend[j]
        thresholds = np.zeros(len(cuts) + 2)
        thresholds[j], thresholds[j + 1] = w @ (bend[j] * per_unit), -(w @ (bend[j + 1] * per_unit))
        slopes = x @ (w * curve * per_unit) + change @ (w * by_eta)
        made.append(_Quantity(by_eta * per_unit, np.r_[slopes, thresholds[1:-1]]))
    return made


def _cuts(regression: Regression, x: np.ndarray):
    beta = regression.estimates.values
    return LINKS[regression.family.removeprefix("ordinal ")], beta[: len(x)] @ x, beta[len(x) :]


def _padded(values: np.ndarray) -> np.ndarray:
    """With the outermost thresholds, where nothing is left."""
    return np.pad(values, ((1, 1), (0, 0)))


def _averages(
    regression: Regression,
    design: SurveyDesign,
    quantities: list[_Quantity],
    keys: list,
    names,
    confidence: float,
) -> Estimates:
    if not quantities:
        raise SurveyError("the model has no column to vary", got=regression.coding.formula)
    used, total = regression.used, float(design.weights[regression.used].sum())
    w = design.weights[used]
    means = np.array([w @ quantity.values for quantity in quantities]) / total
    influence = np.zeros((len(quantities), len(used)))
    for place, (quantity, mean) in enumerate(zip(quantities, means, strict=True)):
        influence[place, used] = (quantity.values - mean) / total
        influence[place] += quantity.gradient @ regression.influence
    covariance = influence_covariance(influence.T, design)
    std_error, df = np.sqrt(np.diag(covariance)), np.full(len(means), regression.df)
    low, high = symmetric(means, std_error, df, confidence=confidence)
    results = {"estimate": means, "std_error": std_error, "df": df, "conf_low": low, "conf_high": high}
    if keys[0][0] == "marginal effect":
        with np.errstate(invalid="ignore", divide="ignore"):
            results["statistic"] = means / std_error
        results["p_value"] = 2 * stats.t.sf(np.abs(results["statistic"]), np.where(df > 0, df, np.nan))
    results |= {"n": float(regression.n), "n_eff": total**2 / float(w @ w)}
    table = pd.DataFrame(keys, columns=list(names)).assign(**results)
    return Estimates(
        table=table.reindex(columns=[*names, *RESULT_COLUMNS]),
        known=covariance,
        keys=tuple(names),
        confidence=confidence,
    )
