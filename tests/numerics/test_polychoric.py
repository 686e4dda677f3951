"""Polychoric correlations against slow twins: a general optimiser, and the spread over simulated samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal

from surveylib.numerics.polychoric import moments

CUTS = (np.array([-1.0, 0.2, 1.1]), np.array([-0.5, 0.8]), np.array([-1.3, -0.4, 0.3, 1.2]))
R = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, -0.4], [0.3, -0.4, 1.0]])


def draw(n, seed):
    y = np.random.default_rng(seed).multivariate_normal(np.zeros(3), R, size=n)
    return np.column_stack([np.searchsorted(cut, y[:, i]) for i, cut in enumerate(CUTS)])


def slow(x, one, two, cuts):
    """The correlation that maximises the likelihood of one cross table, cell by cell."""
    low, high = ([-8.0, *cuts[i], 8.0] for i in (one, two))

    def away(r):
        law, total = multivariate_normal(cov=[[1, r], [r, 1]]), 0.0
        for a in range(len(low) - 1):
            for b in range(len(high) - 1):
                count = np.sum((x[:, one] == a) & (x[:, two] == b))
                area = law.cdf([low[a + 1], high[b + 1]], lower_limit=[low[a], high[b]])
                total -= count * np.log(max(area, 1e-300))
        return total

    return minimize_scalar(away, bounds=(-0.95, 0.95), method="bounded", options={"xatol": 1e-7}).x


def test_as_a_general_optimiser():
    x = draw(400, 1)
    made = moments(x)
    cuts = [made.thresholds[made.item == i] for i in range(3)]
    for (one, two), r in zip(made.pairs, made.values[len(made.item) :], strict=True):
        assert r == pytest.approx(slow(x, one, two, cuts), abs=1e-5)
    assert made.correlations[0, 1] == made.correlations[1, 0] == made.values[len(made.item)]


def test_the_covariance_is_that_of_repeated_samples():
    """300 samples tell a standard deviation to about 4 %; three times that is allowed."""
    values = np.array([moments(draw(500, seed)).values for seed in range(300)])
    claimed = np.mean([np.diag(moments(draw(500, seed)).gamma) for seed in range(20)], axis=0)
    assert np.sqrt(claimed / 500) == pytest.approx(values.std(axis=0, ddof=1), rel=0.13)
    gamma = moments(draw(20_000, 7)).gamma
    wanted = np.corrcoef(values.T)
    scale = np.sqrt(np.diag(gamma))
    assert gamma / np.outer(scale, scale) == pytest.approx(wanted, abs=0.2)


def test_weights_that_repeat_rows_give_the_repeated_rows_answer():
    x = draw(300, 2)
    times = np.random.default_rng(2).integers(1, 4, size=300)
    repeated, weighted = moments(np.repeat(x, times, axis=0)), moments(x, weights=times)
    assert weighted.values == pytest.approx(repeated.values, abs=1e-10)
    assert moments(x, weights=np.full(300, 7.0)).gamma == pytest.approx(moments(x).gamma, rel=1e-10)


def test_unequal_weights_cost_precision():
    x = draw(2000, 3)
    uneven = np.random.default_rng(3).choice([0.2, 3.0], size=2000)
    effective = uneven.sum() ** 2 / np.sum(uneven**2) / 2000
    ratio = np.diag(moments(x, weights=uneven).gamma) / np.diag(moments(x).gamma)
    assert np.median(ratio) == pytest.approx(1 / effective, rel=0.1)
