"""Intervals: printed values, and what must hold at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from surveylib.numerics.intervals import correlation, proportion, quantile_t, symmetric

ASYMMETRIC = ["logit", "wilson", "beta", "xlogit", "likelihood", "asin"]


def test_critical_values_as_printed_in_tables_of_t():
    got = quantile_t(0.95, np.array([1.0, 4.0, 10.0, 30.0, np.inf]))
    np.testing.assert_allclose(got, [12.706, 2.776, 2.228, 2.042, 1.960], atol=5e-4)


def test_without_degrees_of_freedom_there_is_no_interval():
    low, high = symmetric(np.array([5.0]), np.array([1.0]), np.array([0.0]), confidence=0.95)
    assert np.isnan(low).all() and np.isnan(high).all()


def test_a_symmetric_interval_grows_with_the_error():
    low, high = symmetric(np.array([5.0]), np.array([0.5]), np.array([10.0]), confidence=0.95)
    assert (low[0], high[0]) == pytest.approx(stats.t.interval(0.95, 10, loc=5, scale=0.5))


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


@pytest.mark.parametrize("method", ASYMMETRIC)
def test_asymmetric_intervals_stay_within_0_and_1_and_cover_the_estimate(method):
    for p in (0.01, 0.3, 0.99):
        low, high = one(p, 0.02, 20, 60, method)
        assert 0 <= low < p < high <= 1


@pytest.mark.parametrize("method", ASYMMETRIC)
def test_the_share_of_the_others_has_the_mirrored_interval(method):
    low, high = one(0.2, 0.03, 25, 80, method)
    np.testing.assert_allclose(one(0.8, 0.03, 25, 80, method), [1 - high, 1 - low], rtol=1e-10)


def test_nobody_and_everybody():
    assert one(0.0, 0.0, 19, 20, "beta") == [0.0, pytest.approx(1 - 0.025 ** (1 / 20))]
    assert one(1.0, 0.0, 19, 20, "beta") == [pytest.approx(0.025 ** (1 / 20)), 1.0]
    assert one(0.0, 0.0, 19, 20, "logit") == [0.0, 0.0]
    low, high = one(0.0, 0.0, 19, 20, "wilson")
    assert low == pytest.approx(0.0, abs=1e-15) and 0 < high < 0.25


def test_likelihood_at_the_edges_and_as_a_root():
    """Nobody: (1 − π)ⁿ = exp(−t²/2). In between: the deviance at both ends is t²."""
    t = stats.t.ppf(0.975, 19)
    assert one(0.0, 0.0, 19, 20, "likelihood") == [0.0, pytest.approx(1 - np.exp(-(t**2) / 40), rel=1e-12)]
    assert one(1.0, 0.0, 19, 20, "likelihood") == [pytest.approx(np.exp(-(t**2) / 40), rel=1e-12), 1.0]
    p, se = simple(7, 20)
    for limit in one(p, se, 19, 20, "likelihood"):
        log_ratio = stats.binom.logpmf(7, 20, p) - stats.binom.logpmf(7, 20, limit)
        assert 2 * log_ratio == pytest.approx(t**2, rel=1e-10)


def test_the_arcsine_interval_stops_at_the_ends_of_the_scale():
    low, high = one(0.02, 0.02, 14, 180, "asin")
    assert low == 0.0 and 0.02 < high < 0.2
    assert one(0.98, 0.02, 14, 180, "asin") == [pytest.approx(1 - high), 1.0]
    assert one(0.0, 0.0, 19, 20, "asin") == [0.0, 0.0]


def test_a_missing_proportion_has_no_interval():
    for method in [*ASYMMETRIC, "mean"]:
        assert np.isnan(one(np.nan, np.nan, 10, 0, method)).all()


def test_unknown_methods_are_refused():
    with pytest.raises(ValueError, match="waldd"):
        one(0.5, 0.1, 10, 20, "waldd")


def test_fisher_s_interval_of_a_correlation():
    """r = 0.5, n = 28: 0.156 to 0.736 (tanh(artanh 0.5 ± 1.96/√25))."""
    se = (1 - 0.5**2) / 5
    low, high = correlation(np.array([0.5]), np.array([se]), np.array([np.inf]), confidence=0.95)
    assert float(low[0]) == pytest.approx(0.156, abs=5e-4) and float(high[0]) == pytest.approx(
        0.736, abs=5e-4
    )
    low, high = correlation(np.array([1.0]), np.array([0.0]), np.array([5.0]), confidence=0.95)
    assert (low, high) == (1.0, 1.0)
