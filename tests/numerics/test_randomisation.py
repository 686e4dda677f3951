"""Randomisation inference against published values, other software, and ten slow lines."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveylib.numerics.randomisation import (
    assignments,
    count_assignments,
    holm,
    randomisation_interval,
    randomisation_p,
    romano_wolf,
    sign_flip_floor,
    sign_flip_p,
    smallest_p,
    welch,
)
from surveylib.rng import stream

DARWIN = (
    49,
    -67,
    8,
    16,
    6,
    23,
    28,
    41,
    14,
    29,
    56,
    24,
    75,
    60,
    -48,
)  # Fisher (1935), §17, eighths of an inch


@pytest.fixture
def treated() -> np.ndarray:
    return np.arange(9) < 4


@pytest.fixture
def values() -> np.ndarray:
    return stream(7, "values").normal(size=9).round(2) + np.array([0.8] * 4 + [0.0] * 5)


@pytest.fixture(scope="module")
def pilot(shared) -> tuple[np.ndarray, np.ndarray]:
    rows = pd.read_csv(shared / "golden" / "evaluation" / "sim_pilot.csv")
    means = rows.groupby(["unit", "post"])["y"].mean().unstack()
    return (means[1] - means[0]).to_numpy(), (rows.groupby("unit")["treat"].first() == 1).to_numpy()


@pytest.fixture(scope="module")
def golden(shared) -> dict:
    return json.loads((shared / "golden" / "evaluation" / "effects.json").read_text(encoding="utf-8"))


def slow_t(values, chosen) -> float:
    """Welch's t the long way."""
    one, none = values[list(chosen)], values[[i for i in range(len(values)) if i not in chosen]]
    return (one.mean() - none.mean()) / math.sqrt(one.var(ddof=1) / len(one) + none.var(ddof=1) / len(none))


def test_golden_of_the_simulated_pilot(pilot, golden):
    d, treated = pilot
    want = golden["sim_pilot"]["unit_level"]
    assigned = assignments(treated)
    seen = welch(d, treated)
    assert seen.estimate == pytest.approx(want["est"], abs=1e-9)
    assert 2 * stats.t.sf(abs(seen.statistic), seen.df) == pytest.approx(want["p_welch"], rel=1e-9)
    assert randomisation_p(d, treated, assigned) == pytest.approx(want["RI_t_3003"], abs=1e-12)
    assert randomisation_p(d, treated, assigned, studentised=False) == pytest.approx(
        want["RI_coef_3003"], abs=1e-12
    )


def test_golden_of_the_five_units(golden):
    want = golden["sim_pilot"]["five_units_only"]
    assert sign_flip_p(np.array(want["unit_changes"])) == want["exact_signflip_p"]


def test_darwins_maize_as_fisher_counted_it(golden):
    want = golden["darwin_signflip"]
    assert sum(DARWIN) == 314
    assert sign_flip_p(np.array(DARWIN, dtype=float)) == pytest.approx(want["p_two"], abs=1e-12)
    assert want["n_ge"] == 863


def test_welch_agrees_with_scipy(values, treated):
    seen, other = welch(values, treated), stats.ttest_ind(values[treated], values[~treated], equal_var=False)
    assert (seen.statistic, seen.df) == pytest.approx((other.statistic, other.df), rel=1e-12)


def test_p_equals_the_naive_count(values, treated):
    observed = slow_t(values, tuple(np.flatnonzero(treated)))
    every = [slow_t(values, chosen) for chosen in itertools.combinations(range(9), 4)]
    want = np.mean([abs(t) >= abs(observed) - 1e-12 for t in every])
    assert randomisation_p(values, treated, assignments(treated)) == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize(("n", "n_treated", "want"), [(15, 5, 3003), (11, 1, 11), (10, 2, 45)])
def test_assignments_are_all_different_and_hold_the_observed(n, n_treated, want):
    treated = np.arange(n) < n_treated
    made = assignments(treated)
    assert len(made) == want == count_assignments(n, n_treated)
    assert len(np.unique(made, axis=0)) == want
    assert (made.sum(axis=1) == n_treated).all() and (made == treated).all(axis=1).sum() == 1


def test_drawn_assignments_begin_with_the_observed(treated):
    made = assignments(treated, rng=stream(1, "draws"), most=10, draws=99)
    assert len(made) == 100 and (made[0] == treated).all() and (made.sum(axis=1) == 4).all()
    with pytest.raises(ValueError, match="generator"):
        assignments(treated, most=10)


def test_no_p_is_below_its_floor(treated):
    values = np.where(treated, 100.0, 0.0) + np.arange(9) * 1e-3
    assert randomisation_p(values, treated, assignments(treated)) >= 1 / 126
    assert (
        randomisation_p(values, treated, assignments(treated, rng=stream(1, "x"), most=1, draws=49)) >= 1 / 50
    )


@pytest.mark.parametrize(("n", "n_treated"), [(6, 3), (8, 4), (10, 5), (7, 3), (8, 2)])
def test_the_floor_is_the_p_of_arms_that_lie_wholly_apart(n, n_treated):
    """By enumeration: with equal arms the mirror image has the same |t|, and a one-sided test has none."""
    treated, values = np.arange(n) < n_treated, np.array([0.0, 1, 2.5, 4, 4.7, 6.1, 7.3, 8, 9.6, 10.2][:n])
    values = values + 100 * treated
    every = [slow_t(values, chosen) for chosen in itertools.combinations(range(n), n_treated)]
    observed = slow_t(values, tuple(range(n_treated)))
    counted = np.mean([abs(t) >= observed - 1e-9 for t in every])
    assert counted == (2 if 2 * n_treated == n else 1) / math.comb(n, n_treated)
    assert smallest_p(n, n_treated) == pytest.approx(counted, rel=1e-12)
    assert smallest_p(n, n_treated, two_sided=False) == np.mean([t >= observed - 1e-9 for t in every])
    joint = romano_wolf(np.column_stack([values, -2 * values]), treated, assignments(treated))
    assert joint == pytest.approx([counted, counted], rel=1e-12)


def test_drawn_at_random_the_floor_is_one_over_those_drawn():
    treated = np.arange(22) < 11
    values = np.arange(22) ** 1.5 - 500 * treated
    p = randomisation_p(values, treated, assignments(treated, rng=stream(2, "many")))
    assert p == smallest_p(22, 11) == 1 / 10_000
    few = assignments(treated[8:14], rng=stream(2, "few"), most=1, draws=49)
    assert smallest_p(6, 3, number=len(few)) == 1 / 50
    changes = np.linspace(0.1, 0.9, 30)
    assert sign_flip_p(changes, rng=stream(2, "signs")) == sign_flip_floor(30) == 1 / 10_000


def test_ties_are_counted_whatever_the_order_of_the_units(treated):
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3, 0.4, 0.25])  # full of ties, none exact in binary
    order = stream(3, "order").permutation(9)
    assert randomisation_p(values, treated, assignments(treated)) == randomisation_p(
        values[order], treated[order], assignments(treated[order])
    )


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_p_does_not_know_the_unit_of_measurement_nor_a_common_shift(values, treated, scale):
    assigned = assignments(treated)
    p = randomisation_p(values, treated, assigned)
    assert randomisation_p(values * scale + 5 * scale, treated, assigned) == p


def test_interval_holds_exactly_the_effects_not_rejected(values, treated):
    assigned = assignments(treated)
    low, high = randomisation_interval(values, treated, assigned, level=0.9)
    width = high - low

    def p(c: float) -> float:
        return randomisation_p(values - c * treated, treated, assigned)

    assert p(low + 1e-6 * width) > 0.1 and p(high - 1e-6 * width) > 0.1
    outside = [*np.linspace(low - 2 * width, low - 1e-6, 60), *np.linspace(high + 1e-6, high + 2 * width, 60)]
    assert max(p(c) for c in outside) <= 0.1


def test_a_p_as_large_as_the_error_rejects():
    """Three against three, all pilots above: no p is below 2/20, which is just the error of a 90 % interval.

    It ends where one pilot meets one comparison unit: 0.27 − 0.13 and 0.39 + 0.04.
    """
    values, treated = np.array([0.39, 0.31, 0.27, 0.05, -0.04, 0.13]), np.arange(6) < 3
    assigned = assignments(treated)
    assert randomisation_p(values, treated, assigned) == 0.1
    found = randomisation_interval(values, treated, assigned, level=0.9)
    assert found == pytest.approx((0.14, 0.43), abs=1e-6)
    endless = randomisation_interval(values, treated, assigned, level=0.91)
    assert endless == (-math.inf, math.inf)


def test_interval_moves_with_the_effect(values, treated):
    assigned = assignments(treated)
    low, high = randomisation_interval(values, treated, assigned, level=0.9)
    again = randomisation_interval(values + 3 * treated, treated, assigned, level=0.9)
    assert again == pytest.approx((low + 3, high + 3), abs=1e-6)


def test_interval_is_endless_when_nothing_can_be_rejected():
    treated = np.array([True, True, False, False])  # 6 assignments: p is never below 1/6
    assert randomisation_interval(
        np.array([9.0, 8.0, 1.0, 0.0]), treated, assignments(treated), level=0.9
    ) == (
        -math.inf,
        math.inf,
    )


def test_no_spread_gives_no_statistic(treated):
    seen = welch(np.where(treated, 0.3, 0.1), treated)
    assert seen.estimate == pytest.approx(0.2) and seen.std_error == 0 and math.isnan(seen.statistic)


def slow_romano_wolf(values, treated) -> np.ndarray:
    every = [tuple(c) for c in itertools.combinations(range(len(treated)), int(treated.sum()))]
    under = np.array([[abs(slow_t(column, chosen)) for column in values.T] for chosen in every])
    observed = np.array([abs(slow_t(column, tuple(np.flatnonzero(treated)))) for column in values.T])
    left, p, last = list(range(values.shape[1])), np.empty(values.shape[1]), 0.0
    while left:
        best = max(left, key=lambda k: observed[k])
        last = p[best] = max(last, np.mean(under[:, left].max(axis=1) >= observed[best] - 1e-12))
        left.remove(best)
    return p


def test_romano_wolf_equals_the_slow_step_down(treated):
    values = stream(11, "many").normal(size=(9, 5)) + treated[:, None] * np.array([2.0, 1.0, 0.5, 0.0, 0.0])
    assigned = assignments(treated)
    made = romano_wolf(values, treated, assigned)
    assert made == pytest.approx(slow_romano_wolf(values, treated), abs=1e-12)
    single = [randomisation_p(column, treated, assigned) for column in values.T]
    assert (made >= np.array(single) - 1e-12).all() and made.max() > max(single)


def test_holm_on_the_textbook_example():
    # Holm's own scheme by hand: 4 × .005, 3 × .01, 2 × .03, 1 × .04 (raised to the one before).
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_a_unit_without_a_value_is_assigned_all_the_same(treated):
    values = stream(12, "gaps").normal(size=(9, 2))
    values[7, 1] = np.nan
    assigned = assignments(treated)
    seen = ~np.isnan(values[:, 1])
    under = []
    for row in assigned:
        one, none = values[row & seen, 1], values[~row & seen, 1]
        spread = one.var(ddof=1) / len(one) + none.var(ddof=1) / len(none)
        under.append(abs(one.mean() - none.mean()) / math.sqrt(spread))
    observed = abs(welch(values[seen, 1], treated[seen]).statistic)
    want = np.mean(np.array(under) >= observed - 1e-12)
    assert randomisation_p(values[:, 1], treated, assigned) == pytest.approx(want, abs=1e-12)
    whole = [randomisation_p(column, treated, assigned) for column in values.T]
    assert (romano_wolf(values, treated, assigned) >= np.array(whole) - 1e-12).all()


def test_a_side_with_one_value_has_no_statistic(treated):
    values = np.full(9, np.nan)
    values[[0, 4, 5, 6]] = [5.0, 0.0, 0.1, 0.2]  # one pilot only
    assert randomisation_p(values, treated, assignments(treated)) == 1.0
