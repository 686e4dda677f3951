"""Ordered probit and superiority against R's polr by formula, scipy and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import mannwhitneyu, norm

from surveylib.numerics.ordered_means import probit_means, superiority

CUTS = np.array([-1.0, -0.2, 0.9])


def test_means_are_those_of_a_general_optimiser():
    counts = np.array([[10.0, 30, 40, 20], [1, 4, 30, 65], [0, 3, 2, 0]])
    made, _ = probit_means(counts, CUTS)
    bounds = np.array([-np.inf, *CUTS, np.inf])
    for own, mean in zip(counts, made, strict=True):
        best = minimize_scalar(
            lambda m, own=own: -np.sum(own * np.log(np.diff(norm.cdf(bounds - m)))),
            bounds=(-4, 4), method="bounded", options={"xatol": 1e-9},
        )  # fmt: skip
        assert mean == pytest.approx(best.x, abs=1e-6)


def test_all_at_one_end_is_finite_and_beyond_everybody_else():
    made, _ = probit_means(np.array([[0.0, 0, 0, 50], [0, 0, 1, 49], [50, 0, 0, 0]]), CUTS)
    assert np.all(np.isfinite(made)) and made[0] > made[1] > made[2]


def test_the_influence_gives_the_error_of_repeated_samples():
    random = np.random.default_rng(5)
    shares = np.diff(norm.cdf(np.array([-np.inf, *CUTS, np.inf]) - 0.3))
    counts = random.multinomial(200, shares, size=400).astype(float)
    made, influence = probit_means(counts, CUTS)
    claimed = np.sqrt(np.mean(np.sum(counts * influence**2, axis=1) / 200**2))
    assert made.std(ddof=1) == pytest.approx(claimed, rel=0.1)
    assert np.sum(counts * influence, axis=1) == pytest.approx(0.0, abs=1e-7)


def test_superiority_is_mann_whitneys():
    random = np.random.default_rng(6)
    x, y = random.integers(0, 5, 80), random.integers(1, 5, 70)
    chance, before, after = superiority(np.bincount(x, minlength=5), np.bincount(y, minlength=5))
    assert chance == pytest.approx(mannwhitneyu(y, x).statistic / (80 * 70), abs=1e-12)
    assert np.mean(before[x]) == pytest.approx(0.0, abs=1e-12) == np.mean(after[y])
    assert superiority(np.array([3.0, 5.0]), np.array([3.0, 5.0]))[0] == 0.5
