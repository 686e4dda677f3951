"""Random effects: each method's own equation, limits, and the floor at no heterogeneity."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.numerics.heterogeneity import mean_interval, pool, prediction_interval

Y = np.array([0.10, 0.62, 0.35, 0.90, 0.21, 0.55])
V = np.array([0.010, 0.020, 0.008, 0.030, 0.015, 0.012])


def test_paule_mandel_makes_q_its_expectation():
    made = pool(Y, V, method="PM")
    weights = 1 / (V + made.tau2)
    assert made.tau2 > 0 and weights @ (Y - made.mean) ** 2 == pytest.approx(len(Y) - 1, rel=1e-10)
    assert made.std_error_hk == pytest.approx(made.std_error, rel=1e-10)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_no_other_tau_is_likelier(method):
    def log(tau2):
        w = 1 / (V + tau2)
        value = -0.5 * np.log(V + tau2).sum() - 0.5 * w @ (Y - w @ Y / w.sum()) ** 2
        return value - 0.5 * np.log(w.sum()) if method == "REML" else value

    best = pool(Y, V, method=method).tau2
    assert all(log(best) >= log(other) for other in np.linspace(0, 1, 5001))


@pytest.mark.parametrize("method", ["DL", "PM", "ML", "REML"])
def test_alike_values_have_no_spread_and_the_fixed_mean(method):
    made = pool(np.array([0.30, 0.31, 0.29]), np.full(3, 0.05), method=method)
    assert made.tau2 == 0 and made.i2 == 0 and made.mean == pytest.approx(0.30)
    assert prediction_interval(made, level=0.9) == mean_interval(made, level=0.9)


@pytest.mark.parametrize("method", ["DL", "PM", "ML", "REML"])
def test_points_times_ten_give_ten_times_the_answer(method):
    made, tens = pool(Y, V, method=method), pool(10 * Y, 100 * V, method=method)
    assert (tens.mean, tens.std_error_hk, tens.tau2) == pytest.approx(
        (10 * made.mean, 10 * made.std_error_hk, 100 * made.tau2), rel=1e-8
    )


def test_a_survey_of_its_own_widens_what_a_new_unit_will_show():
    made = pool(Y, V)
    narrow, wide = prediction_interval(made, level=0.9), prediction_interval(made, level=0.9, variance=0.01)
    assert wide[0] < narrow[0] < mean_interval(made, level=0.9)[0] < made.mean


@pytest.mark.parametrize(("y", "v"), [([0.1], [0.1]), ([0.1, 0.2], [0.1, 0.0])])
def test_too_little_to_pool_is_refused(y, v):
    with pytest.raises(ValueError, match="two values"):
        pool(np.array(y), np.array(v))
