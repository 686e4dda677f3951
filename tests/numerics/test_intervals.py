"""Intervals: printed values, and what must hold at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from surveylib.numerics.intervals import proportion, quantile_t, symmetric


def test_critical_values_as_printed_in_tables_of_t():
    got = quantile_t(0.95, np.array([1.0, 4.0, 10.0, 30.0, np.inf]))
    np.testing.assert_allclose(got, [12.706, 2.776, 2.228, 2.042, 1.960], atol=5e-4)


def test_without_degrees_of_freedom_there_is_no_interval():
    low, high = symmetric(np.array([5.0]), np.array([1.0]), np.array([0.0]), confidence=0.95)
    assert np.isnan(low).all() and np.isnan(high).all()


def one(p, se, df, n, method, confidence=0.95):
    made = proportion(
        np.array([p]),
        np.array([se]),
        np.array([float(df)]),
        np.array([float(n)]),
        confidence=confidence,
        method=method,
    )
    return [float(side[0]) for side in made]


def simple(hits, n):
    """p and the standard error that gives an effective sample of exactly n."""
    return hits / n, np.sqrt(hits / n * (1 - hits / n) / n)


def test_beta_is_clopper_pearson_under_simple_random_sampling():
    p, se = simple(7, 40)
    exact = stats.binomtest(7, 40).proportion_ci(method="exact")
    np.testing.assert_allclose(one(p, se, 39, 40, "beta"), [exact.low, exact.high], rtol=1e-10)


def test_wilson_is_wilson_under_simple_random_sampling():
    p, se = simple(7, 40)
    score = stats.binomtest(7, 40).proportion_ci(method="wilson")
    np.testing.assert_allclose(one(p, se, np.inf, 40, "wilson"), [score.low, score.high], rtol=1e-10)


@pytest.mark.parametrize("method", ["logit", "wilson", "beta"])
def test_asymmetric_intervals_stay_within_0_and_1_and_cover_the_estimate(method):
    for p in (0.01, 0.3, 0.99):
        low, high = one(p, 0.02, 20, 60, method)
        assert 0 <= low < p < high <= 1


@pytest.mark.parametrize("method", ["logit", "wilson", "beta"])
def test_the_share_of_the_others_has_the_mirrored_interval(method):
    low, high = one(0.2, 0.03, 25, 80, method)
    np.testing.assert_allclose(one(0.8, 0.03, 25, 80, method), [1 - high, 1 - low], rtol=1e-10)


def test_nobody_and_everybody():
    assert one(0.0, 0.0, 19, 20, "beta") == [0.0, pytest.approx(1 - 0.025 ** (1 / 20))]
    assert one(1.0, 0.0, 19, 20, "beta") == [pytest.approx(0.025 ** (1 / 20)), 1.0]
    assert one(0.0, 0.0, 19, 20, "logit") == [0.0, 0.0]
    low, high = one(0.0, 0.0, 19, 20, "wilson")
    assert low == pytest.approx(0.0, abs=1e-15) and 0 < high < 0.25
