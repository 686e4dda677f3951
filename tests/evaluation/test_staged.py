"""The staged extension: drawn by lot, drawn again from its seed, and its power is what a simulation finds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from surveylib.errors import SurveyError
from surveylib.evaluation.decide import decide
from surveylib.evaluation.evaluate import evaluate
from surveylib.evaluation.record import decision_from_json, decision_to_json
from surveylib.evaluation.staged import least_effects, staged, staged_order, staged_power
from surveylib.model.rule import FollowUp
from surveylib.numerics.staged_looks import looks
from surveylib.numerics.staggered import average

from .conftest import OWN_RISES, PILOT_RISES, make_cells, make_study

UNITS = [f"c{i:02d}" for i in range(10)]


def test_the_order_depends_on_the_seed_alone():
    order = staged_order(UNITS, seed=2014)
    assert sorted(order) == UNITS and order == staged_order(UNITS[::-1], seed=2014)
    assert order != staged_order(UNITS, seed=2015)


def test_every_unit_is_first_equally_often():
    first = [staged_order(UNITS, seed=seed)[0] for seed in range(2000)]
    counts = [first.count(unit) for unit in UNITS]
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize(("n1", "n0", "tau"), [(5, 5, 0.0), (5, 5, 0.15), (3, 7, 0.1)])
def test_the_power_it_states_is_what_a_simulation_finds(n1, n0, tau):
    rng, own, effect = np.random.default_rng(8), 0.02, 0.25
    one = effect + rng.normal(0, np.sqrt(own + tau**2), (20_000, n1))
    none = rng.normal(0, np.sqrt(own), (20_000, n0))
    found = (stats.ttest_ind(one, none, axis=1, equal_var=False).pvalue < 0.05).mean()
    least = least_effects(own + tau**2, own, first=n1, rest=n0, rng=np.random.default_rng(9))
    assert (least <= effect).mean() == pytest.approx(found, abs=0.015)


@pytest.mark.parametrize("sizes", [(4, 3, 3), (5, 5), (3, 1, 2, 2, 2)])
def test_looks_are_the_estimates_of_staggered_starts(sizes):
    """The same figures as `numerics.staggered.average`, one study and one look at a time."""
    y = np.random.default_rng(4).normal(size=(2, sum(sizes), len(sizes) + 1))
    found, labels = looks(y, sizes=sizes), np.repeat(np.arange(1, len(sizes) + 1), sizes)
    for study, look in np.ndindex(found[0].shape):
        cells = [(g, t, float(sizes[g - 1])) for g in range(1, look + 2) for t in range(g, look + 2)]
        whole = sum(weight for _, _, weight in cells)
        one = average(y[study], labels[None, :], tuple((g, t, w / whole) for g, t, w in cells))
        assert [part[study, look] for part in found] == pytest.approx([float(part[0]) for part in one])


WORLD = {"sigma": 0.1, "tau": 0.1, "error": 0.074, "effect": 0.2}


def extensions(sizes, count, *, effect, tau, seed):
    """Extensions played wave by wave, read by `looks`: the statistics of every look."""
    rng, labels = np.random.default_rng(seed), np.repeat(np.arange(1, len(sizes) + 1), sizes)
    spread = np.hypot(WORLD["sigma"], WORLD["error"])
    y = rng.normal(0, spread, (count, len(labels), len(sizes) + 1)) + rng.normal(
        0, 1, (count, len(labels), 1)
    )
    own = effect + rng.normal(0, tau, (count, len(labels)))
    for wave in range(1, len(sizes) + 1):
        y[:, :, wave] += 0.3 * wave + np.where(labels <= wave, own, 0.0)
    estimate, error = looks(y, sizes=sizes)
    return estimate / error


@pytest.mark.parametrize("sizes", [(4, 3, 3), (3, 3, 2, 2)])
def test_the_whole_order_keeps_its_level_and_finds_what_it_says(sizes):
    made = staged_power(sizes, **WORLD, rng=np.random.default_rng(5))
    null = np.abs(extensions(sizes, 20_000, effect=0.0, tau=0.0, seed=6))
    bound = np.quantile(null[:, 0], 1 - made.level)
    assert (null.max(axis=1) >= bound).mean() == pytest.approx(0.05, abs=0.01)
    assert made.familywise == pytest.approx(0.05, abs=0.01) and made.level < 0.04
    # At 5 % a look the series would find nought far more often than 5 %.
    assert (null >= np.quantile(null[:, 0], 0.95)).any(axis=1).mean() > 0.06
    there = extensions(sizes, 20_000, effect=WORLD["effect"], tau=WORLD["tau"], seed=7)
    assert made.power == pytest.approx((there >= bound).any(axis=1).mean(), abs=0.02)
    assert made.first == pytest.approx((there[:, 0] >= bound).mean(), abs=0.02)
    assert made.first < made.power and made.looks == len(sizes) - 1


def test_two_batches_leave_one_look():
    made = staged_power((5, 5), **WORLD, rng=np.random.default_rng(5))
    assert made.looks == 1 and made.first == made.power


def test_an_extension_is_staged_as_the_plan_says(plan):
    evidence = evaluate(make_cells(), plan=plan, study=make_study())
    decision = decide(evidence, plan=plan)
    assert decision.verdict == "extend" and decision.staged == staged(evidence, plan=plan, batches=2)
    assert [len(batch) for batch in decision.staged.batches] == [5, 5]
    assert 0.05 < decision.staged.power < 1 and decision.staged.mde > 0
    assert decision_from_json(decision_to_json(decision)).staged == decision.staged


def test_what_the_rule_brings_with_it_is_what_happens(plan):
    def with_follow(follow):
        rules = tuple(
            dataclasses.replace(rule, follow_up=follow) if rule.verdict == "extend" else rule
            for rule in plan.rules
        )
        return dataclasses.replace(plan, rules=rules)

    three = with_follow(FollowUp(design="staged_random_order", batches=3))
    made = decide(evaluate(make_cells(), plan=three, study=make_study()), plan=three)
    assert [len(batch) for batch in made.staged.batches] == [4, 3, 3] and len(made.order) == 10
    assert made.staged.looks == 2 and made.staged.first < made.staged.power
    assert decision_from_json(decision_to_json(made)).staged == made.staged
    none = with_follow(None)
    made = decide(evaluate(make_cells(), plan=none, study=make_study()), plan=none)
    assert made.verdict == "extend" and made.staged is None and made.order == ()


def test_too_few_units_to_wait_means_no_power_is_claimed(plan):
    study = make_study(comparison=("c00", "c01", "c02"))
    evidence = evaluate(make_cells(PILOT_RISES, OWN_RISES[:3]), plan=plan, study=study)
    made = staged(evidence, plan=plan)
    assert [len(batch) for batch in made.batches] == [2, 1] and made.power is None and made.mde is None


def test_one_batch_is_no_staging():
    with pytest.raises(SurveyError, match="a batch that waits"):
        FollowUp(design="staged_random_order", batches=1)
