"""Many studies at once give what one study at a time gives."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.numerics.hierarchical import above, of_new, of_theta, posterior
from surveylib.numerics.many_studies import (
    above_many,
    leave_one_out,
    posteriors,
    randomisation_p_many,
    welch_many,
)
from surveylib.numerics.randomisation import assignments, randomisation_p, welch
from surveylib.rng import stream

TREATED = np.array([True, False, True, False, False, False, True, False])
SCALES = {"theta_sd": 0.5, "tau_hn": 0.2, "sigma_hn": 0.15}


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    return stream(1, "many").normal(size=(90, 8)) * 0.2 + 0.3 * TREATED


def test_welch_row_by_row(values):
    many = welch_many(values, TREATED)
    for row, d in enumerate(values):
        one = welch(d, TREATED)
        for name in ("estimate", "std_error", "df", "statistic"):
            assert getattr(many, name)[row] == pytest.approx(getattr(one, name), rel=1e-12)


@pytest.mark.parametrize("effect", [0.0, 0.25])
def test_randomisation_row_by_row(values, effect):
    every = assignments(TREATED)
    many = randomisation_p_many(values, TREATED, every, effect=effect)
    assert many.tolist() == [randomisation_p(d - effect * TREATED, TREATED, every) for d in values]


def test_an_effect_of_its_own_for_every_study(values):
    every, effects = assignments(TREATED), np.linspace(-0.2, 0.6, len(values))
    many = randomisation_p_many(values, TREATED, every, effect=effects)
    alone = [randomisation_p(d - c * TREATED, TREATED, every) for d, c in zip(values, effects, strict=True)]
    assert many.tolist() == alone


@pytest.mark.parametrize("scales", [SCALES, SCALES | {"tau_hn": 0.0}, SCALES | {"theta_sd": np.inf}])
def test_posterior_row_by_row(values, scales):
    variances = stream(2, "many").uniform(0.005, 0.03, size=values.shape)
    shocks = np.linspace(1.0, 2.0, 8)
    many = posteriors(values, variances, TREATED, shocks=shocks, **scales, nodes=16)
    theta, new = above_many(of_theta(many), 0.1), above_many(of_new(many), values[:, 0])
    for row in range(0, len(values), 9):
        one = posterior(values[row], variances[row], TREATED, shocks=shocks, **scales, nodes=16)
        assert theta[row] == pytest.approx(above(of_theta(one), 0.1), abs=1e-12)
        assert new[row] == pytest.approx(above(of_new(one), values[row, 0]), abs=1e-12)
        np.testing.assert_allclose(many.delta[row], one.delta, atol=1e-12)


def test_leaving_out_each_unit(values):
    without = leave_one_out(values, TREATED)
    for unit in range(8):
        keep = np.arange(8) != unit
        direct = [welch(d[keep], TREATED[keep]).estimate for d in values]
        np.testing.assert_allclose(without[:, unit], direct, atol=1e-12)


def test_leaving_out_an_arms_only_unit_gives_nothing():
    assert np.isnan(leave_one_out(np.ones((1, 3)), np.array([True, False, False]))[0, 0])
