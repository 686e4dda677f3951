"""Rules of quantiles: numpy's for equal weights, copies of rows for whole ones, and the ends."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.numerics.quantiles import (
    CONTINUOUS_RULES,
    DISCRETE_RULES,
    QUANTILE_RULES,
    ordered,
    weighted_quantile,
)
from surveylib.rng import stream

NUMPY = {
    "math": "inverted_cdf",
    "hf1": "inverted_cdf",
    "school": "averaged_inverted_cdf",
    "hf2": "averaged_inverted_cdf",
    "hf4": "interpolated_inverted_cdf",
    "hf5": "hazen",
    "hf6": "weibull",
    "hf7": "linear",
    "hf8": "median_unbiased",
    "hf9": "normal_unbiased",
}
AT = np.array([0.01, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.99])


def values(n=40, seed=3):
    return np.round(stream(seed, "quantiles").normal(50, 10, n))


@pytest.mark.parametrize("rule", NUMPY)
@pytest.mark.parametrize("n", [1, 2, 9, 40])
def test_equal_weights_give_the_rule_of_numpy(rule, n):
    y = values(n)
    got = weighted_quantile(ordered(y, np.full(n, 0.1)), AT, rule=rule)
    np.testing.assert_allclose(got, np.quantile(y, AT, method=NUMPY[rule]), rtol=1e-12)


@pytest.mark.parametrize("rule", ["math", "school", "hf1", "hf2", "hf3"])
def test_a_weight_of_three_is_three_rows(rule):
    y, w = values(), stream(4, "weights").integers(1, 5, 40)
    weighted = weighted_quantile(ordered(y, w.astype(float)), AT, rule=rule)
    copies = np.repeat(y, w)
    np.testing.assert_array_equal(
        weighted, weighted_quantile(ordered(copies, np.ones(len(copies))), AT, rule=rule)
    )


def test_school_and_nearest_even_where_the_share_is_hit():
    data = ordered(np.array([10.0, 20, 30, 40]), np.array([0.1, 0.2, 0.3, 0.6]))
    at = np.array([0.25, 0.5])  # F(20) = 0.25 and F(30) = 0.5, up to the rounding of 0.1 + 0.2 + 0.3
    assert weighted_quantile(data, at, rule="math").tolist() == [20, 30]
    assert weighted_quantile(data, at, rule="school").tolist() == [25, 35]
    assert weighted_quantile(data, at, rule="hf3").tolist() == [20, 40]  # the second and the fourth value


@pytest.mark.parametrize("rule", QUANTILE_RULES)
def test_scale_of_weights_does_not_matter(rule):
    y, w = values(), stream(5, "weights").uniform(0.5, 4, 40)
    one, other = (weighted_quantile(ordered(y, w * k), AT, rule=rule) for k in (1.0, 37.3))
    np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("rule", QUANTILE_RULES)
def test_quantiles_rise_and_stay_among_the_values(rule):
    y, w = values(), stream(6, "weights").uniform(0.5, 4, 40)
    got = weighted_quantile(ordered(y, w), np.linspace(0, 1, 301), rule=rule)
    assert (np.diff(got) >= 0).all() and got[0] == y.min() and got[-1] == y.max()


@pytest.mark.parametrize("rule", [*DISCRETE_RULES, *CONTINUOUS_RULES])
def test_rows_without_weight_and_the_order_of_rows_do_not_matter_once_ties_are_merged(rule):
    y, w = values(), stream(7, "weights").uniform(0.5, 4, 40)
    turned = stream(8, "order").permutation(40)
    with_zeros = ordered(np.r_[y[turned], 999.0], np.r_[w[turned], 0.0], merge=True)
    plain = ordered(y, w, merge=True)
    np.testing.assert_allclose(
        weighted_quantile(with_zeros, AT, rule=rule), weighted_quantile(plain, AT, rule=rule), rtol=1e-12
    )


def test_shah_and_vaish_by_hand():
    """w* = 0.4, 0.8, 1.8: (C* − w*/2 + ½)/4 = 0.175, 0.325, 0.65."""
    data = ordered(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 9.0]))
    got = weighted_quantile(data, np.array([0.1, 0.2, 0.324, 0.326, 0.66]), rule="shahvaish")
    assert got.tolist() == [1, 1, 1, 2, 3]


def test_no_values_or_no_such_probability_is_missing():
    empty = ordered(np.array([1.0]), np.array([0.0]))
    assert np.isnan(weighted_quantile(empty, np.array([0.5]), rule="hf7")).all()
    got = weighted_quantile(
        ordered(np.array([1.0, 2.0]), np.ones(2)), np.array([-0.1, np.nan, 1.1]), rule="math"
    )
    assert np.isnan(got).all()


def test_unknown_rule():
    with pytest.raises(ValueError, match="hf10"):
        weighted_quantile(ordered(np.ones(2), np.ones(2)), AT, rule="hf10")
