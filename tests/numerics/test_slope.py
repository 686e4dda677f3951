"""The slope on a dose: Welch's difference where doses are nought and one."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.numerics.randomisation import welch
from surveylib.numerics.slope import robust_slope

PILOT_RISES = (0.42, 0.31, 0.55, 0.24, 0.38)
OWN_RISES = (0.02, -0.07, 0.11, -0.03, 0.05, -0.10, 0.08, 0.00, -0.05, 0.04)


def test_with_doses_of_nought_and_one_the_slope_is_welchs_difference():
    treated = np.arange(15) < 5
    y = np.array([*PILOT_RISES, *OWN_RISES])
    made, want = robust_slope(y, treated.astype(float)), welch(y, treated)
    assert (made.estimate, made.std_error) == pytest.approx((want.estimate, want.std_error), rel=1e-12)


def test_one_unit_alone_has_no_error_and_no_variation_no_slope():
    x = np.array([1.0, 0, 0, 0, 0])
    assert np.isnan(robust_slope(np.arange(5.0), x).std_error)
    assert np.isnan(robust_slope(np.arange(5.0), np.ones(5)).estimate)
