"""Non-response by propensity: a survey-weighted logistic regression of who answers on what is known of all.

In a module of its own because statsmodels, which fits it, is slow to import.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from surveylib.errors import SurveyError, unknown
from surveylib.model.finding import Finding
from surveylib.model.weights import WeightStep, frozen
from surveylib.weighting.approached import eligible_weights, outcomes, response_rate, share_nonresponse
from surveylib.weighting.cells import labels, level_order
from surveylib.weighting.diagnostics import diagnose

STRATA = 5  # five classes remove nine tenths of the bias one covariate makes (Cochran 1968)
_LEAST = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Propensity:
    """A fitted model of who answers.

    Attributes
    ----------
    names : tuple of str (p)
        ``(Intercept)``, numbers by name, levels as ``column=level`` (the first level is the reference).
    coefficients : float array (p,)
    fitted : float array (n,)
        Probability to answer.
    influence : float array (n, p)
        z_i with coefficients' error about Σ w_i z_i: standard errors come from the variance kernel.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    fitted: np.ndarray
    influence: np.ndarray

    def __post_init__(self) -> None:
        for name in ("coefficients", "fitted", "influence"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


def fit_propensity(
    answered: np.ndarray,
    rows: pd.DataFrame,
    *,
    weights: np.ndarray,
    numbers: Sequence[str] = (),
    factors: Sequence[str] = (),
) -> Propensity:
    """Fit the probability to answer, weighted by the survey's weights.

    Parameters
    ----------
    answered : bool array (n,)
    rows : DataFrame (n rows)
        With the columns `numbers` (as they are) and `factors` (an indicator a level but the first).
    weights : float array (n,)

    Raises
    ------
    SurveyError
        A blank, an unknown column, a model that cannot be fitted: all or nobody answers where the columns
        say so (separation), or columns that follow from one another.

    References
    ----------
    Rosenbaum & Rubin (1983), doi:10.1093/biomet/70.1.41; the fit is statsmodels' GLM.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["f", "f", "f", "m", "m"]})
    >>> model = fit_propensity(np.array([1, 1, 0, 1, 0]), rows, weights=np.ones(5), factors=["sex"])
    >>> model.fitted.round(4)
    array([0.6667, 0.6667, 0.6667, 0.5   , 0.5   ])
    """
    x, names = _model_columns(rows, numbers, factors)
    y, w = np.asarray(answered, dtype=float), np.asarray(weights, dtype=float)
    if y.min(initial=1.0) == y.max(initial=0.0):
        raise SurveyError("everyone answered, or nobody did: there is no propensity to fit")
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise SurveyError(
            "columns of the propensity model follow from one another",
            where="propensity, " + ", ".join((*numbers, *factors)),
            hint="leave one of them out",
        )
    scaled = w / w.mean()
    model = GLM(y, x, family=Binomial(), freq_weights=scaled)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)  # found below, by what was fitted
        result = model.fit(maxiter=100, tol=1e-9, tol_criterion="params")
    fitted = np.asarray(result.fittedvalues)
    _refuse_separated(fitted, numbers, factors, converged=bool(result.converged))
    bread = np.linalg.inv((x * (w * fitted * (1 - fitted))[:, None]).T @ x)
    return Propensity(
        names=names,
        coefficients=result.params,
        fitted=fitted,
        influence=(x * (y - fitted)[:, None]) @ bread,
    )


def propensity_weights(
    values: np.ndarray,
    rows: pd.DataFrame,
    *,
    outcome: str = "outcome",
    numbers: Sequence[str] = (),
    factors: Sequence[str] = (),
    strata: int | None = STRATA,
    base: np.ndarray | None = None,
) -> tuple[WeightStep, tuple[Finding, ...], Propensity]:
    """Non-response by propensity: within classes of the fitted probability to answer, or by its inverse.

    Parameters
    ----------
    values : float array (n,)
        Weights of everyone approached, after unknown eligibility.
    rows : DataFrame (n rows)
        With `outcome`, and the model's columns for all eligible rows.
    strata : int, optional
        Number of classes of about equal weight; None divides by the fitted probability itself, which leans
        more on the model and makes weights more unequal.
    base : float array (n,), optional
        Weights before unknown eligibility was shared out, for the response rate.

    Returns
    -------
    (WeightStep, findings, Propensity)
        The model is of the eligible rows, in their order.

    References
    ----------
    Little (1986), doi:10.2307/1403140: classes of propensity.
    """
    told = outcomes(rows, outcome)
    start = eligible_weights(values, told)
    kept = np.flatnonzero(start > 0)
    answered = told[kept] == "complete"
    model = fit_propensity(answered, rows.iloc[kept], weights=start[kept], numbers=numbers, factors=factors)
    if strata is None:
        made, found = np.zeros(len(start)), ()
        made[kept[answered]] = start[kept[answered]] / model.fitted[answered]
    else:
        classes = np.zeros(len(rows), dtype=np.int64)
        classes[kept] = equal_classes(model.fitted, start[kept], strata)
        placed = pd.DataFrame({"outcome": told, "class": classes})
        step, found = share_nonresponse(start, placed, classes=["class"])
        made = step.values
    extra = (
        ("response_rate", response_rate(start, told == "complete", base)),
        ("least_propensity", float(model.fitted[answered].min())),
    )
    step = WeightStep(name="nonresponse", values=made, diagnostics=diagnose(made[made > 0], extra=extra))
    return step, found, model


def equal_classes(fitted: np.ndarray, weights: np.ndarray, strata: int) -> np.ndarray:
    """Classes 0 … of about equal weight by fitted probability; equal probabilities share a class."""
    if strata < 1:
        raise SurveyError("the number of classes must be at least 1", where="propensity", got=str(strata))
    levels, code = np.unique(fitted.round(12), return_inverse=True)
    mass = np.bincount(code, weights, minlength=len(levels))
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    return np.minimum((middle * strata).astype(np.int64), strata - 1)[code]


def _model_columns(rows, numbers, factors) -> tuple[np.ndarray, tuple[str, ...]]:
    if not (numbers or factors):
        raise SurveyError("a propensity model needs a column", expected="numbers or factors")
    parts, names = [np.ones(len(rows))], ["(Intercept)"]
    for name in (*numbers, *factors):
        if name not in rows.columns:
            raise unknown("column", name, rows.columns, where="propensity")
    for name in numbers:
        values = pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        _refuse_blank(~np.isfinite(values), name, rows, "a number")
        parts.append(values)
        names.append(name)
    for name in factors:
        values = labels(rows[name])
        _refuse_blank(values.isna().to_numpy(), name, rows, "a level")
        for level in level_order(values)[1:]:
            parts.append((values == level).to_numpy(dtype=float))
            names.append(f"{name}={level}")
    return np.column_stack(parts), tuple(names)


def _refuse_blank(wrong: np.ndarray, name: str, rows: pd.DataFrame, expected: str) -> None:
    if wrong.any():
        raise SurveyError(
            f"{int(wrong.sum())} row(s) lack what the propensity model needs",
            where=f"column {name!r}, row {rows.index[int(np.argmax(wrong))] + 1}",
            expected=expected,
            hint="it must be known of those who did not answer too",
        )


def _refuse_separated(fitted: np.ndarray, numbers, factors, *, converged: bool) -> None:
    if not converged or fitted.min() < _LEAST or fitted.max() > 1 - _LEAST:
        raise SurveyError(
            "the propensity model cannot be fitted",
            where="propensity, " + ", ".join((*numbers, *factors)),
            got=f"probabilities from {fitted.min():.3g} to {fitted.max():.3g}",
            hint="somewhere all or nobody answers: use fewer columns, join levels, or use classes",
        )
