"""What the next unit may expect: the effect, a new unit's effect, the change its survey will show."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd

from surveylib.evaluation.effect import arms
from surveylib.model.evidence import POSTERIOR_COLUMNS, PROBABILITY_COLUMNS
from surveylib.model.plan import AnalysisPlan, PriorModel
from surveylib.model.rule import Question
from surveylib.numerics.heterogeneity import pool, prediction_interval
from surveylib.numerics.hierarchical import (
    Mixture,
    Posterior,
    above,
    below,
    moments,
    next_units,
    node_summary,
    of_delta,
    of_new,
    of_new_change,
    of_theta,
    posterior,
    quantile,
    selected,
)

# Correlations of a unit's gain with its chance of having been chosen (Olsen et al. 2013).
CORRELATIONS = (0.1, 0.3)
_STANDARD = (
    Question(variable="theta", operator=">", threshold=0.0),
    Question(variable="theta", operator=">=", threshold="sesoi"),
    Question(variable="theta", operator="<", threshold="harm"),
    Question(variable="theta_new", operator=">", threshold=0.0),
    Question(variable="theta_new", operator=">=", threshold="sesoi"),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Posterior summaries, the probabilities asked for, and how many of the next ten units gain."""

    posterior: pd.DataFrame
    probabilities: pd.DataFrame
    next_units: pd.DataFrame


def nothing_predicted() -> Prediction:
    """A prediction with no row: there was nothing to go by."""
    return Prediction(
        posterior=pd.DataFrame(columns=list(POSTERIOR_COLUMNS)),
        probabilities=pd.DataFrame(columns=list(PROBABILITY_COLUMNS)),
        next_units=pd.DataFrame(columns=["count", "probability"]),
    )


def predict(
    changes: pd.DataFrame, *, plan: AnalysisPlan, outcome: str, population: int | None = None
) -> Prediction:
    """The posterior of `outcome` under the plan's priors and under each multiple of them.

    Comparison units tell how much units move by themselves (σ); without at least two of them, and two pilots,
    nothing is predicted: τ and σ could not be told apart. Under the names ``ρ=0.1`` and ``ρ=0.3`` stands what
    remains if pilots that were not drawn by lot were chosen with an eye to their gains (`selected`); under
    ``type:LG`` … what holds for units of a type with so many of either arm as the plan's `by_type` asks for.

    Parameters
    ----------
    population : int, optional
        How many units the pilots were chosen from, so that 1 / 0 chances of being chosen vary by
        √(population / pilots − 1); the units in `changes` where that is not known.

    Examples
    --------
    >>> table = pd.DataFrame({"unit": list("abcdef"), "arm": ["pilot"] * 3 + ["comparison"] * 3})
    >>> table = table.assign(outcome="overall", change=[0.4, 0.5, 0.3, 0.1, -0.1, 0.0], std_error=0.1)
    >>> table = table.assign(n_pre_waves=1, n_post_waves=1)
    >>> made = predict(table, plan=AnalysisPlan(), outcome="overall").probabilities
    >>> bool(made["probability"].iloc[0] > 0.95)
    True
    """
    rows = arms(changes, outcome=outcome)
    treated = (rows["arm"] == "pilot").to_numpy()
    if min(treated.sum(), (~treated).sum()) < 2:
        return nothing_predicted()
    summaries, probabilities = [], []
    for name, prior in _priors(plan.model):
        made = fit(rows, treated=treated, prior=prior)
        summaries += _summaries(made, rows, treated, name, plan.analysis.level)
        probabilities += [answer(question, made, name, plan) for question in questions(plan)]
        if name == "plan":
            summaries += _without_prior(rows[treated], plan.analysis.level)
            summaries += _by_type(rows, treated, plan)
            total = population or changes.loc[changes["outcome"] == outcome, "unit"].nunique()
            for told, chosen in _selected(made, int(treated.sum()), total, plan):
                summaries += _effects(chosen, told, plan.analysis.level)
                probabilities += [answer(question, chosen, told, plan) for question in questions(plan)]
            chances = next_units(made, threshold=plan.thresholds.sesoi)
    return Prediction(
        posterior=pd.DataFrame(summaries, columns=list(POSTERIOR_COLUMNS)),
        probabilities=pd.DataFrame(probabilities, columns=list(PROBABILITY_COLUMNS)),
        next_units=pd.DataFrame({"count": np.arange(len(chances)), "probability": chances}),
    )


def questions(plan: AnalysisPlan) -> tuple[Question, ...]:
    """The standard probabilities and those the plan's rules ask for, each once."""
    return tuple(dict.fromkeys((*_STANDARD, *(one for rule in plan.rules for one in rule.questions))))


def threshold_value(question: Question, *, plan: AnalysisPlan) -> float:
    """The number a question compares with, named thresholds looked up in the plan."""
    named = isinstance(question.threshold, str)
    return float(getattr(plan.thresholds, question.threshold) if named else question.threshold)


def _priors(model: PriorModel) -> list[tuple[str, PriorModel]]:
    out = [("plan", model)]
    for factor in model.sensitivity:
        scaled = {name: getattr(model, name) * factor for name in ("theta_sd", "tau_hn", "sigma_hn")}
        out.append((f"×{factor:g}", dataclasses.replace(model, **scaled)))
    return out


def shocks(rows: pd.DataFrame) -> np.ndarray:
    """How often a unit's own shock enters its change: averaging k waves a side divides it by k."""
    return (1 / rows["n_pre_waves"] + 1 / rows["n_post_waves"]).to_numpy(float)


def fit(rows: pd.DataFrame, *, treated: np.ndarray, prior: PriorModel) -> Posterior:
    """The grid posterior of the units in `rows` (both arms, one outcome) under `prior`."""
    return posterior(
        rows["change"].to_numpy(float),
        rows["std_error"].to_numpy(float) ** 2,
        treated,
        shocks=shocks(rows),
        theta_sd=prior.theta_sd,
        tau_hn=prior.tau_hn,
        sigma_hn=prior.sigma_hn,
    )


def _selected(
    made: Posterior, pilots: int, population: int, plan: AnalysisPlan
) -> list[tuple[str, Posterior]]:
    """The posterior under each correlation; nothing where a lot chose the pilots, or all units are pilots."""
    variation = math.sqrt(max(population / pilots - 1, 0.0))
    if plan.arms.assignment == "random" or variation == 0:
        return []
    return [(f"ρ={rho:g}", selected(made, correlation=rho, variation=variation)) for rho in CORRELATIONS]


def _by_type(rows: pd.DataFrame, treated: np.ndarray, plan: AnalysisPlan) -> list[tuple]:
    """The effect in units of one type alone, by the plan's priors; R6 speaks for types with too few."""
    out = []
    for kind in sorted(set(rows["type"]) if "type" in rows else ()):
        own = (rows["type"] == kind).to_numpy()
        if (
            kind
            and not own.all()
            and min(treated[own].sum(), (~treated[own]).sum()) >= plan.by_type.min_units
        ):
            made = fit(rows[own], treated=treated[own], prior=plan.model)
            out += _effects(made, f"type:{kind}", plan.analysis.level)
    return out


def _effects(made: Posterior, name: str, level: float) -> list[tuple]:
    mixtures = {"theta": of_theta(made), "theta_new": of_new(made)}
    return [(name, quantity, *_four(mixture, level)) for quantity, mixture in mixtures.items()]


def _summaries(
    made: Posterior, rows: pd.DataFrame, treated: np.ndarray, prior: str, level: float
) -> list[tuple]:
    typical = float((rows["std_error"][treated] ** 2).mean())
    shock = float(shocks(rows)[treated].mean())
    mixtures = {
        "theta": of_theta(made),
        "theta_new": of_new(made),
        "new_change": of_new_change(made, variance=typical, shock=shock),
        "delta": of_delta(made),
    }
    out = [(prior, name, *_four(mixture, level)) for name, mixture in mixtures.items()]
    for name in ("tau", "sigma"):
        out.append((prior, name, *node_summary(made.weights, getattr(made, name), level=level)))
    return out


def _without_prior(pilots: pd.DataFrame, level: float) -> list[tuple]:
    """The change a new unit will see, from the pilots alone: REML with Hartung and Knapp's interval.

    A second opinion on the grid. Without comparison units τ and σ are one, which is what this quantity needs.
    """
    variances = pilots["std_error"].to_numpy(float) ** 2
    if not (variances > 0).all():
        return []
    made, typical = pool(pilots["change"].to_numpy(float), variances), float(variances.mean())
    error = math.sqrt(made.tau2 + made.std_error_hk**2 + typical)
    interval = prediction_interval(made, level=level, variance=typical)
    return [("reml", "new_change", made.mean, error, *interval)]


def _four(mixture: Mixture, level: float) -> tuple[float, float, float, float]:
    mean, sd = moments(mixture)
    return mean, sd, quantile(mixture, (1 - level) / 2), quantile(mixture, (1 + level) / 2)


def answer(question: Question, made: Posterior, prior: str, plan: AnalysisPlan) -> tuple:
    """The probability a question asks for, as a row of `PROBABILITY_COLUMNS`."""
    mixture = of_theta(made) if question.variable == "theta" else of_new(made)
    value = threshold_value(question, plan=plan)
    probability = above(mixture, value) if question.operator in (">", ">=") else below(mixture, value)
    return prior, question.variable, question.operator, value, question.text, probability
