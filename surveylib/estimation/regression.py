"""Linear, logistic, probit and Poisson regression with design-based standard errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.declare import column, numbers
from surveylib.estimation.encode import encode, label
from surveylib.estimation.formula import code, complete, is_number, names, regressors
from surveylib.estimation.influence import influence_covariance
from surveylib.model.design import SurveyDesign
from surveylib.model.regression import Coding, Regression
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.numerics.intervals import symmetric
from surveylib.numerics.irls import FAMILIES, Fit, fit


def regress(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    model: str,
    family: str = "gaussian",
    reference: Mapping[str, object] | None = None,
    confidence: float = 0.95,
) -> Regression:
    """Maximum pseudo-likelihood coefficients of a generalised linear model, with the design's covariance.

    Parameters
    ----------
    rows : DataFrame (n rows)
        In the order of `design`. Rows with a missing value in the model are left out, and counted.
    model : str
        ``y ~ a + C(g) + a:C(g)``. Text columns are labels; C() makes labels of numbers. A logit or probit
        outcome may be a column of two labels: the second (in sorted order) counts as 1.
    family : {'gaussian', 'logit', 'probit', 'poisson'}
    reference : mapping, optional
        The level that others are compared with, by column; the first in sorted order when not given.
    confidence : float
        Level of the intervals, which use t with the design's degrees of freedom less the number of
        coefficients beyond the first.

    Raises
    ------
    SurveyError
        Unknown column or family; an outcome outside the family's range; a regressor that others determine; an
        outcome that the regressors predict perfectly.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"y": [1.0, 3, 2, 6, 5, 7], "g": list("aaabbb")})
    >>> made = regress(rows, declare(rows), model="y ~ g").estimates
    >>> made.table[["variable", "level", "estimate"]].round(6)
          variable level  estimate
    0  (Intercept)             2.0
    1            g     b       4.0

    References
    ----------
    Binder (1983), doi:10.2307/1402588; Lumley & Scott (2017), doi:10.1214/16-STS605.
    """
    if family not in FAMILIES:
        raise unknown("family", family, FAMILIES)
    used, dropped = usable(rows, design, model=model)
    coding = code(rows, formula=model, used=used, reference=reference)
    kept = rows if used.all() else rows[used]
    coding, y = _outcome(kept, coding, family)
    columns, w = regressors(kept, coding=coding), design.weights[used]
    _refuse_too_many(len(columns), len(kept), coding)
    with named(coding):
        made = fit(columns, y, w, family=FAMILIES[family])
    keys = [("coefficient", *name) for name in names(coding)]
    return assemble(
        made,
        design,
        coding=coding,
        family=family,
        keys=keys,
        used=used,
        dropped=dropped,
        confidence=confidence,
    )


# ---- what ordinal regression shares ----------------------------------------------------------------------


def usable(rows: pd.DataFrame, design: SurveyDesign, *, model: str) -> tuple[np.ndarray, int]:
    """Rows with a value in every column of the model and a weight above 0, and how many lack a value."""
    if len(rows) != len(design.weights):
        raise SurveyError(
            "rows and design differ in length", expected=str(len(design.weights)), got=str(len(rows))
        )
    whole, weighted = complete(rows, formula=model), design.weights > 0
    if not (whole & weighted).any():
        raise SurveyError("no row has a value in every column of the model", got=f"{len(rows)} rows")
    return whole & weighted, int(np.count_nonzero(weighted & ~whole))


@contextmanager
def named(coding: Coding) -> Iterator[None]:
    """Name the regressor that the arithmetic refuses: it knows only its number."""
    try:
        yield
    except SurveyError as error:
        if not (error.got or "").startswith("regressor "):
            raise
        variable, level = names(coding)[int(error.got.removeprefix("regressor ")) - 1]
        raise SurveyError(
            error.what,
            where=coding.formula,
            got=repr(f"{variable} {level}".strip()),
            hint="leave it out, or merge levels",
        ) from error


def assemble(
    made: Fit,
    design: SurveyDesign,
    *,
    coding: Coding,
    family: str,
    keys,
    used: np.ndarray,
    dropped: int,
    confidence: float,
) -> Regression:
    """The fit as a Regression: covariance from its influence, t-tests against 0."""
    influence = made.influence
    if not used.all():
        influence = np.zeros((len(made.coefficients), len(used)))
        influence[:, used] = made.influence
    covariance = influence_covariance(influence.T, design)
    # A mean alone, or the thresholds of an ordinal model, cost nothing.
    constants = sum(kind == "threshold" for kind, _, _ in keys) or 1
    df = design_df(design, used) + constants - len(keys)
    estimates = _estimates(made.coefficients, covariance, keys, df, design.weights[used], confidence)
    return Regression(
        coding=coding,
        family=family,
        estimates=estimates,
        influence=influence,
        information_inverse=made.information_inverse,
        deviance=made.deviance,
        used=used,
        dropped=dropped,
        iterations=made.iterations,
    )


def design_df(design: SurveyDesign, used: np.ndarray) -> float:
    """First-stage clusters minus strata that hold a used row."""
    first = design.stages[0]
    met = [np.count_nonzero(np.bincount(codes[used])) for codes in (first.clusters, first.strata)]
    return float(met[0] - met[1])


def _estimates(values, covariance, keys, df: float, w: np.ndarray, confidence: float) -> Estimates:
    if not 0 < confidence < 1:
        raise SurveyError("confidence must lie between 0 and 1", got=str(confidence))
    std_error, degrees = np.sqrt(np.diag(covariance)), np.full(len(values), df)
    low, high = symmetric(values, std_error, degrees, confidence=confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = values / std_error
        p_value = 2 * stats.t.sf(np.abs(statistic), np.where(degrees > 0, degrees, np.nan))
    n_eff = w.sum() ** 2 / (w @ w)
    results = (values, std_error, degrees, low, high, statistic, p_value, float(len(w)), n_eff, np.nan)
    table = pd.DataFrame(keys, columns=["kind", "variable", "level"])
    table = table.assign(**dict(zip(RESULT_COLUMNS, results, strict=True)))
    return Estimates(table=table, known=covariance, keys=("kind", "variable", "level"), confidence=confidence)


def _outcome(kept: pd.DataFrame, coding: Coding, family: str) -> tuple[Coding, np.ndarray]:
    values = column(kept, coding.outcome)
    if coding.outcome in coding.variables:
        raise SurveyError("the outcome stands among its own regressors", got=repr(coding.formula))
    if not is_number(values):
        codes, levels = encode(values)
        if family not in ("logit", "probit") or len(levels) != 2:
            raise SurveyError(
                "the outcome is not a number",
                where=f"column {coding.outcome!r}",
                expected="two levels" if family in ("logit", "probit") else "numbers",
                got=f"{len(levels)} levels: {', '.join(map(label, levels[:6]))}",
                hint="family ordinal is for ordered levels",
            )
        return replace(coding, outcome_levels=tuple(levels)), codes.astype(float)
    y, law = numbers(kept, coding.outcome), FAMILIES[family]
    wrong = (y < law.low) | (y > law.high)
    if wrong.any():
        raise SurveyError(
            f"{int(wrong.sum())} value(s) that a {family} model cannot have",
            where=f"column {coding.outcome!r}",
            expected="values from 0 to 1" if law.high == 1 else "values of at least 0",
            got=f"{y[wrong][0]:g}",
        )
    return coding, y


def _refuse_too_many(k: int, n: int, coding: Coding) -> None:
    if k >= n:
        raise SurveyError(
            "as many coefficients as rows, or more",
            where=coding.formula,
            expected=f"fewer than {n}",
            got=str(k),
            hint="a column of many labels (names, numbers of forms) does not belong in a model",
        )
