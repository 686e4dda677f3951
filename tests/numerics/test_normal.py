"""The bivariate normal distribution against scipy's own (Genz) and its known values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from surveylib.numerics.normal import bivariate_cdf, bivariate_density


@pytest.mark.parametrize("r", [-0.95, -0.3, 0.0, 0.5, 0.9, 0.98])
def test_as_scipy(r):
    points = np.random.default_rng(3).normal(size=(60, 2)) * 1.6
    law = multivariate_normal(cov=[[1, r], [r, 1]])
    made = bivariate_cdf(points[:, 0], points[:, 1], np.full(60, r))
    assert made == pytest.approx([law.cdf(point) for point in points], abs=1e-9)
    assert bivariate_density(points[:, 0], points[:, 1], r) == pytest.approx(law.pdf(points), rel=1e-12)


def test_along_the_diagonal_where_it_is_hardest():
    law = multivariate_normal(cov=[[1, 0.98], [0.98, 1]])
    for h in (-3.0, -1.0, 0.0, 0.7, 2.5):
        assert float(bivariate_cdf(h, h, 0.98)) == pytest.approx(law.cdf([h, h]), abs=1e-9)


def test_infinite_bounds():
    assert float(bivariate_cdf(np.inf, 0.0, 0.6)) == pytest.approx(0.5, abs=1e-15)
    assert float(bivariate_cdf(-np.inf, 0.0, 0.6)) == pytest.approx(0.0, abs=1e-300)
    assert float(bivariate_density(np.inf, 0.0, 0.6)) == 0.0
