"""Trimming against R `survey` 4.1.1, and as the projection it is."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from surveylib.errors import SurveyError
from surveylib.numerics.trimming import effective_size, kish_deff, trim, trim_and_calibrate


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict:
    entries = json.loads((shared / "golden/design/survey_r.json").read_text(encoding="utf-8"))["goldens"]
    return {entry["id"]: entry["v"] for entry in entries}


@pytest.mark.parametrize("name", ["trim.clus1", "trim.strict.clus1"])
def test_trimmed_weights_are_those_of_r(golden, name):
    raked = np.array(golden["rake.clus1"]["w"])
    np.testing.assert_allclose(trim(raked, lower=20, upper=45), golden[name]["w"], rtol=1e-9)


def test_kish_deff_is_that_of_r(golden, shared):
    weights = pd.read_csv(shared / "golden/design/apistrat.csv")["pw"].to_numpy()
    assert kish_deff(weights) == pytest.approx(golden["kish.deff.w"]["deff"], rel=1e-12)


def test_trimming_is_the_nearest_point_within_the_bounds():
    weights = np.array([1.0, 1.5, 2.0, 4.0, 9.0, 9.5])
    nearest = minimize(
        lambda w: np.square(w - weights).sum(),
        np.full(6, weights.mean()),
        bounds=[(1.2, 6.0)] * 6,
        constraints={"type": "eq", "fun": lambda w: w.sum() - weights.sum()},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    np.testing.assert_allclose(trim(weights, lower=1.2, upper=6.0), nearest.x, atol=1e-5)


def test_total_is_kept_and_bounds_are_held():
    weights = np.random.default_rng(4).lognormal(0, 1.2, 500)
    trimmed = trim(weights, upper=3 * np.median(weights))
    assert trimmed.sum() == pytest.approx(weights.sum(), rel=1e-12)
    assert trimmed.max() <= 3 * np.median(weights)
    assert (np.diff(trimmed[np.argsort(weights)]) >= -1e-12).all()


def test_weights_within_the_bounds_are_left_alone():
    weights = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(trim(weights, upper=3.0), weights)


def test_impossible_bounds_are_refused():
    with pytest.raises(SurveyError, match="cannot be trimmed") as error:
        trim(np.array([1.0, 1.0, 10.0]), upper=3.0)
    assert "mean weight 4" in error.value.expected


def test_equal_weights_cost_nothing_and_scale_does_not_matter():
    weights = np.array([1.0, 2.0, 5.0])
    assert kish_deff(np.full(7, 3.0)) == pytest.approx(1)
    assert effective_size(weights) == pytest.approx(effective_size(10 * weights)) == pytest.approx(64 / 30)


def turns(weights: np.ndarray, *, upper: float, size: float, **options):
    """Two groups of half the total each, by turns with trimming."""
    halves = np.arange(len(weights)) % 2

    def again(w):
        sums = np.bincount(halves, w)
        return w * (size / 2 / sums)[halves]

    return trim_and_calibrate(
        again(weights), cut=lambda w: trim(w, upper=upper), calibrate=again, upper=upper, **options
    ), halves


def test_turns_end_where_both_hold():
    weights = np.random.default_rng(6).lognormal(0, 1, 400)
    made, halves = turns(weights, upper=4.0, size=400.0)
    assert made.converged and made.cycles > 1
    assert made.weights.max() <= 4 * (1 + 1e-6)
    np.testing.assert_allclose(np.bincount(halves, made.weights), 200, rtol=1e-12)


def test_turns_stop_where_both_cannot_hold():
    made, _ = turns(np.ones(3), upper=1.1, size=3.0)  # one respondent is a half
    assert not made.converged and made.excess > 0.2 and made.cycles <= 20


def test_nothing_to_trim_is_no_turn():
    made, _ = turns(np.ones(10), upper=2.0, size=10.0)
    assert made.converged and made.cycles == 0 and made.excess == 0
