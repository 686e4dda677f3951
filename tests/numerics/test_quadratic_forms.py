"""Tails of combinations of chi-squares, against laws known in closed form and a slow integral."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from surveylib.numerics.quadratic_forms import saddlepoint, satterthwaite, tail


@pytest.mark.parametrize("df", [0.7, 1, 2, 3, 10])
@pytest.mark.parametrize("x", [0.01, 0.5, 2, 10, 50, 400])
def test_one_weight_is_a_chi_square(x, df):
    got = tail(x, np.array([1.3]), np.array([df]))
    assert got == pytest.approx(stats.chi2.sf(x / 1.3, df), rel=1e-10)


@pytest.mark.parametrize("x", [0.1, 4, 7, 40])
def test_two_exponentials(x):
    """λ χ²(2) is exponential; the sum of two has a short formula."""
    want = (3 * np.exp(-x / 6) - np.exp(-x / 2)) / 2
    assert tail(x, np.array([3.0, 1.0]), np.array([2.0, 2.0])) == pytest.approx(want, rel=1e-10)


@pytest.mark.parametrize(("d1", "d2"), [(1, 1), (2, 3), (5, 20.3), (1, 14), (10, 1000)])
@pytest.mark.parametrize("f", [0.01, 0.8, 4.0, 60.0])
def test_a_difference_at_zero_is_an_f(d1, d2, f):
    got = tail(0.0, np.array([1.0] * d1 + [-d1 * f / d2]), np.array([1.0] * d1 + [d2]))
    assert got == pytest.approx(stats.f.sf(f, d1, d2), rel=1e-9)


@pytest.mark.parametrize("x", [0.5, 3.0, 12.0, -2.0])
def test_unequal_weights_of_both_signs_against_imhofs_integral(x):
    """A slow twin: the inversion integral along the real line."""
    weights, df = np.array([2.5, 0.7, -0.4]), np.array([1.0, 2.0, 3.0])

    def integrand(u):
        angle = 0.5 * df @ np.arctan(weights * u) - 0.5 * x * u
        return np.sin(angle) / (u * np.prod((1 + (weights * u) ** 2) ** (df / 4)))

    pieces = [integrate.quad(integrand, low, low + 5, limit=200)[0] for low in range(0, 200, 5)]
    assert tail(x, weights, df) == pytest.approx(0.5 + sum(pieces) / np.pi, abs=1e-6)


def test_scale_and_zero_weights_do_not_matter():
    weights, df = np.array([2.0, 0.5]), np.array([1.0, 4.0])
    want = tail(6.0, weights, df)
    assert tail(6e6, 1e6 * weights, df) == pytest.approx(want, rel=1e-12)
    assert tail(6.0, np.r_[weights, 0.0], np.r_[df, 9.0]) == want


def test_what_is_certain():
    ones = np.ones(2)
    assert tail(0.0, ones, ones) == 1.0
    assert tail(1.0, -ones, ones) == 0.0
    assert tail(-1.0, ones, ones) == 1.0


@pytest.mark.parametrize("p", [0.4, 0.05, 1e-3, 1e-8])
def test_the_saddlepoint_is_near_also_far_out(p):
    weights, df = np.array([3.0, 1.0, 0.5, 0.5]), np.ones(4)
    low, high = 0.0, 500.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle, weights, df) > p else (low, middle)
    assert saddlepoint(low, weights, df) == pytest.approx(p, rel=0.12)


def test_the_saddlepoint_is_smooth_where_its_formula_is_zero_by_zero():
    """The mean of 2χ²(1) + χ²(1) is 3; the values on both sides lie on one line."""
    weights, df = np.array([2.0, 1.0]), np.ones(2)
    xs = 3 + np.array([-1e-3, -1e-6, -1e-12, 0.0, 1e-12, 1e-6, 1e-3])
    got = np.array([saddlepoint(x, weights, df) for x in xs])
    slope = (got[-1] - got[0]) / (xs[-1] - xs[0])
    np.testing.assert_allclose(got, got[3] + slope * (xs - 3), atol=1e-7)
    wide = (saddlepoint(3.05, weights, df) - saddlepoint(2.95, weights, df)) / 0.1
    assert slope == pytest.approx(wide, rel=0.01)


def test_satterthwaite_keeps_mean_and_variance():
    weights = np.array([4.0, 1.0, 0.5])
    scale, df = satterthwaite(weights)
    assert scale * df == pytest.approx(weights.sum())
    assert 2 * scale**2 * df == pytest.approx(2 * (weights**2).sum())
