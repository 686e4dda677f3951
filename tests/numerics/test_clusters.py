"""Clustered errors and the wild bootstrap from cells, against the regression on respondents done in full."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from surveylib.numerics.clusters import cr1, cr3, effective_clusters, wild_bootstrap
from surveylib.rng import stream

TREATED = np.arange(7) < 4


@pytest.fixture(scope="module")
def answers() -> list[tuple[np.ndarray, np.ndarray]]:
    """Before and after, a unit at a time, in unequal numbers."""
    random = stream(3, "clusters")
    return [tuple(random.normal(3.5, 1, int(random.integers(4, 9))) for _ in range(2)) for _ in TREATED]


@pytest.fixture(scope="module")
def cells(answers) -> tuple[np.ndarray, np.ndarray]:
    means = np.array([[side.mean() for side in unit] for unit in answers])
    return means, np.array([[len(side) for side in unit] for unit in answers], dtype=float)


def regression(answers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of X, y and the unit of every respondent."""
    rows = [
        (1.0, float(TREATED[g]), float(s), float(TREATED[g] * s), y, g)
        for g, unit in enumerate(answers)
        for s, side in enumerate(unit)
        for y in side
    ]
    made = np.array(rows)
    return made[:, :4], made[:, 4], made[:, 5].astype(int)


def slow_t2(x, y, unit) -> float:
    """Squared cluster-robust t of the last coefficient, without its constant factor."""
    beta, bread = np.linalg.lstsq(x, y, rcond=None)[0], np.linalg.inv(x.T @ x)
    scores = [x[unit == g].T @ (y - x @ beta)[unit == g] for g in range(len(TREATED))]
    return beta[-1] ** 2 / sum((bread[-1] @ score) ** 2 for score in scores)


def test_the_bootstrap_equals_the_slow_loop_over_respondents(answers, cells):
    x, y, unit = regression(answers)
    null = np.append(np.linalg.lstsq(x[:, :3], y, rcond=None)[0], 0.0)
    rest, observed = y - x @ null, slow_t2(x, y, unit)
    under = [
        slow_t2(x, x @ null + np.array(signs)[unit] * rest, unit)
        for signs in itertools.product((1, -1), repeat=len(TREATED))
    ]
    made = wild_bootstrap(*cells, TREATED)
    assert made.patterns == 2**7
    assert made.p == pytest.approx(np.mean([t >= observed * (1 - 1e-9) for t in under]), abs=1e-12)
    assert made.p_strict == pytest.approx(np.mean([t > observed * (1 + 1e-9) for t in under]), abs=1e-12)


def test_the_jackknife_leaves_each_unit_out(cells):
    means, counts = cells

    def did(keep):
        def pooled(side, arm):
            return np.average(means[arm & keep, side], weights=counts[arm & keep, side])

        return (pooled(1, TREATED) - pooled(0, TREATED)) - (pooled(1, ~TREATED) - pooled(0, ~TREATED))

    whole = did(np.ones(7, dtype=bool))
    without = np.array([did(np.arange(7) != g) for g in range(7)])
    want = np.sqrt(6 / 7 * ((without - whole) ** 2).sum())
    seen = cr3(means, counts, TREATED)
    assert (seen.estimate, seen.std_error, seen.df) == pytest.approx((whole, want, 6), rel=1e-9)


def test_errors_do_not_care_for_a_common_shift_or_the_order_of_units(cells):
    means, counts = cells
    order = stream(4, "order").permutation(7)
    for function in (cr1, cr3):
        seen = function(means, counts, TREATED)
        shifted = function(means + np.array([0.0, 0.3]), counts, TREATED)
        again = function(means[order], counts[order], TREATED[order])
        assert shifted.std_error == pytest.approx(seen.std_error, rel=1e-9)
        assert (again.estimate, again.std_error) == pytest.approx((seen.estimate, seen.std_error), rel=1e-9)


def test_many_units_are_sampled_with_the_observed_pattern_first(cells):
    made = wild_bootstrap(*cells, TREATED, most=10, draws=99, rng=stream(1, "signs"))
    assert made.patterns == 100 and not made.enumerated and made.p >= 1 / 100
    with pytest.raises(ValueError, match="generator"):
        wild_bootstrap(*cells, TREATED, most=10)


@pytest.mark.parametrize(("pilots", "worth"), [(1, 2.0), (2, 4.0), (7, 14.0)])
def test_few_pilots_are_worth_few_clusters(pilots, worth):
    made = effective_clusters(np.full((14, 2), 100.0), np.arange(14) < pilots)
    assert made < worth + 0.6 and (made == pytest.approx(14) if pilots == 7 else made < 7)
