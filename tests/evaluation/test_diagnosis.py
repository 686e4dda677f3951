"""How often the tests and the rule err when nothing is true: simulation of the plan's own design."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from surveylib.grammar import evaluate as evaluate_rule
from surveylib.model.plan import default_plan
from surveylib.model.rule import question
from surveylib.numerics.hierarchical import above, below, of_new, of_theta, posterior, quantile
from surveylib.numerics.randomisation import assignments, randomisation_p, welch
from surveylib.rng import stream

TREATED = np.arange(15) < 5
SAMPLING = 2 * 0.91**2 / 150
ASSIGNED = assignments(TREATED)


def studies(
    count: int, *, effect: float = 0.0, sigma: float = 0.1, tau: float = 0.0, pilots_noisier: float = 1.0
):
    """Unit changes of `count` studies: 5 pilots, 10 comparison units, two waves, 150 answers a cell."""
    rng = stream(99, "studies", str(effect), str(sigma), str(tau), str(pilots_noisier))
    spread = np.sqrt(2 * sigma**2 + SAMPLING) * np.where(TREATED, pilots_noisier, 1.0)
    own = effect + tau * rng.normal(size=(count, 15))
    return rng.normal(size=(count, 15)) * spread + np.where(TREATED, own, 0.0)


def rejections(values: np.ndarray) -> tuple[float, float, float]:
    by_t, by_ri = [], []
    for d in values:
        seen = welch(d, TREATED)
        by_t.append(2 * stats.t.sf(abs(seen.statistic), seen.df))
        by_ri.append(randomisation_p(d, TREATED, ASSIGNED))
    larger = np.maximum(by_t, by_ri)
    return tuple(float(np.mean(np.array(p) <= 0.05)) for p in (by_t, by_ri, larger))


def verdict(d: np.ndarray) -> str:
    plan = default_plan()
    made = posterior(
        d,
        np.full(15, SAMPLING),
        TREATED,
        shocks=np.full(15, 2.0),
        theta_sd=0.5,
        tau_hn=0.2,
        sigma_hn=0.15,
        nodes=16,
    )

    def asked(expression) -> float:
        one = question(expression)
        mixture = of_theta(made) if one.variable == "theta" else of_new(made)
        c = getattr(plan.thresholds, one.threshold) if isinstance(one.threshold, str) else one.threshold
        return above(mixture, c) if one.operator in (">", ">=") else below(mixture, c)

    for rule in plan.rules:
        if rule.expression is None or evaluate_rule(rule.expression, values={}, functions={"P": asked}):
            return rule.verdict
    raise AssertionError("no rule matched")


def within(rate: float, low: float, high: float, count: int) -> bool:
    """Inside [low, high] but for three Monte-Carlo errors."""
    slack = 3 * np.sqrt(0.05 * 0.95 / count)
    return low - slack <= rate <= high + slack


@pytest.mark.parametrize(("sigma", "noisier"), [(0.1, 1.0), (0.2, 1.0), (0.1, 1.8)])
def test_false_positives_stay_near_five_per_cent(sigma, noisier):
    by_t, by_ri, larger = rejections(studies(400, sigma=sigma, pilots_noisier=noisier))
    assert within(by_t, 0.035, 0.07, 400) and within(by_ri, 0.035, 0.07, 400)
    assert larger <= min(by_t, by_ri)


def test_a_null_programme_is_rarely_rolled_out_and_a_good_one_often():
    null = [verdict(d) for d in studies(150, tau=0.1)]
    good = [verdict(d) for d in studies(150, effect=0.3, tau=0.1)]
    assert null.count("roll_out") <= 8 and good.count("roll_out") >= 80
    assert good.count("stop") <= 8


@pytest.mark.slow
@pytest.mark.parametrize(("sigma", "noisier"), [(0.1, 1.0), (0.2, 1.0), (0.1, 1.8), (0.2, 0.6)])
def test_false_positives_in_four_thousand_studies(sigma, noisier):
    by_t, by_ri, larger = rejections(studies(4000, sigma=sigma, pilots_noisier=noisier))
    assert within(by_t, 0.035, 0.07, 4000) and within(by_ri, 0.035, 0.07, 4000) and larger <= 0.07


@pytest.mark.slow
def test_the_operating_characteristics_of_the_methods_note():
    count = 3000
    null = [verdict(d) for d in studies(count, tau=0.1)]
    good = [verdict(d) for d in studies(count, effect=0.3, tau=0.1)]
    assert null.count("roll_out") / count == pytest.approx(0.015, abs=0.01)
    assert good.count("roll_out") / count == pytest.approx(0.76, abs=0.04)


@pytest.mark.slow
@pytest.mark.parametrize("tau", [0.0, 0.1, 0.2])
def test_the_predictive_interval_holds_a_new_units_effect(tau):
    rng, hits, count = stream(5, "new", str(tau)), 0, 600
    for d in studies(count, effect=0.2, tau=tau):
        made = posterior(
            d,
            np.full(15, SAMPLING),
            TREATED,
            shocks=np.full(15, 2.0),
            theta_sd=0.5,
            tau_hn=0.2,
            sigma_hn=0.15,
            nodes=16,
        )
        new = 0.2 + tau * rng.normal()
        hits += quantile(of_new(made), 0.05) <= new <= quantile(of_new(made), 0.95)
    assert hits / count >= 0.84
