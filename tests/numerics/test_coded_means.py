"""Answers on a scale that ends: against draws of them, and the figures of the methods note."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.numerics.coded_means import coded_mean, coded_slope, coded_variance, latent_mean

CODES = np.arange(1.0, 6.0)


@pytest.mark.parametrize("latent", [2.0, 3.62, 4.6])
@pytest.mark.parametrize("codes", [CODES, np.array([0.0, 1.0, 5.0, 10.0])])
def test_mean_and_variance_are_those_of_answers_given_as_the_nearest_code(latent, codes):
    drawn = latent + 1.1 * np.random.default_rng(1).standard_normal(400_000)
    given = codes[np.abs(drawn[:, None] - codes).argmin(axis=1)]
    mean, variance = coded_mean(latent, codes, sd=1.1), coded_variance(latent, codes, sd=1.1)
    assert mean == pytest.approx(given.mean(), abs=5 * given.std() / np.sqrt(len(given)))
    assert variance == pytest.approx(given.var(), rel=0.02)


def test_the_slope_is_the_rise_of_the_mean():
    at, step = np.array([1.5, 3.0, 4.4]), 1e-6
    rise = (coded_mean(at + step, CODES, sd=0.9) - coded_mean(at - step, CODES, sd=0.9)) / (2 * step)
    assert coded_slope(at, CODES, sd=0.9) == pytest.approx(rise, rel=1e-6)


def test_a_ceiling_halves_identical_gains_as_the_methods_note_says():
    """§1: a baseline mean of 4.35 shows +.22 where 3.17 shows +.36."""
    low, high = latent_mean(np.array([3.17, 4.35]), CODES, sd=1.1)
    gain = float(latent_mean(np.array([3.17 + 0.36]), CODES, sd=1.1)[0]) - low
    assert coded_mean(high + gain, CODES, sd=1.1) - 4.35 == pytest.approx(0.22, abs=0.006)


def test_what_lies_beyond_the_scale_has_no_latent_mean():
    with pytest.raises(ValueError, match="outside the scale"):
        latent_mean(np.array([5.0]), CODES, sd=1.1)
