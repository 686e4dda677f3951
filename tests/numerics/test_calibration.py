"""Calibration against R `survey` 4.1.1, and what its weights must satisfy."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.numerics.calibration import calibrate


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict:
    entries = json.loads((shared / "golden/design/survey_r.json").read_text(encoding="utf-8"))["goldens"]
    return {entry["id"]: entry["v"] for entry in entries}


@pytest.fixture(scope="module")
def clus1(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "golden/design/apiclus1.csv")


@pytest.fixture(scope="module")
def x(clus1) -> np.ndarray:
    kind = clus1["stype"]
    return np.column_stack([np.ones(len(clus1)), kind == "H", kind == "M", clus1["api99"]]).astype(float)


TOTALS = np.array([6194, 755, 1018, 3914069.0])


@pytest.mark.parametrize(
    ("name", "distance", "bounds"),
    [
        ("cal.linear.clus1", "linear", None),
        ("cal.raking.clus1", "raking", None),
        ("cal.linear.bounded.clus1", "linear", (0.6, 1.6)),
        ("cal.logit.bounded.clus1", "logit", (0.6, 1.6)),
    ],
)
def test_calibrated_weights_are_those_of_r(golden, clus1, x, name, distance, bounds):
    result = calibrate(clus1["pw"].to_numpy(), x, TOTALS, distance=distance, bounds=bounds)
    assert result.converged
    np.testing.assert_allclose(result.weights, golden[name]["w"], rtol=1e-9)


def test_calibration_on_a_factor_is_that_of_r(golden, clus1, x):
    result = calibrate(clus1["pw"].to_numpy(), x[:, :3], TOTALS[:3])
    np.testing.assert_allclose(result.weights, golden["cal.stype.clus1"]["w"], rtol=1e-9)


def test_logit_with_wide_bounds_is_that_of_r(golden, clus1, x):
    wide = np.column_stack([x, clus1["sch.wide"] == "Yes"]).astype(float)
    goal = np.array([*TOTALS, 5122.0])
    result = calibrate(clus1["pw"].to_numpy(), wide, goal, distance="logit", bounds=(0.5, 2.0))
    np.testing.assert_allclose(result.weights, golden["cal.logit.wide.clus1"]["w"], rtol=1e-9)


@pytest.fixture
def problem() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    x = np.column_stack([np.ones(60), random.integers(0, 2, 60), random.normal(size=60)]).astype(float)
    return random.uniform(1, 3, 60), x, np.array([150.0, 80.0, 6.0])


@pytest.mark.parametrize(
    ("distance", "bounds"),
    [
        ("linear", None),
        ("raking", None),
        ("linear", (0.4, 3)),
        ("raking", (0.4, 3)),
        ("raking", (0.66, 1.6)),
        ("logit", (0.4, 3)),
    ],
)
class TestWhatEveryDistanceKeeps:
    def test_totals_are_met(self, problem, distance, bounds):
        d, x, totals = problem
        result = calibrate(d, x, totals, distance=distance, bounds=bounds)
        np.testing.assert_allclose(x.T @ result.weights, totals, rtol=1e-9)

    def test_twice_is_once(self, problem, distance, bounds):
        d, x, totals = problem
        once = calibrate(d, x, totals, distance=distance, bounds=bounds).weights
        again = calibrate(once, x, totals, distance=distance, bounds=bounds)
        assert again.iterations == 0
        np.testing.assert_allclose(again.weights, once, rtol=1e-12)

    def test_order_of_rows_and_scale_of_columns_do_not_matter(self, problem, distance, bounds):
        d, x, totals = problem
        plain = calibrate(d, x, totals, distance=distance, bounds=bounds).weights
        order = np.random.default_rng(1).permutation(len(d))
        turned = calibrate(d[order], x[order] * 1000, totals * 1000, distance=distance, bounds=bounds).weights
        np.testing.assert_allclose(turned, plain[order], rtol=1e-8)

    def test_a_column_twice_changes_nothing(self, problem, distance, bounds):
        d, x, totals = problem
        plain = calibrate(d, x, totals, distance=distance, bounds=bounds).weights
        twice = calibrate(
            d, x[:, [0, 1, 2, 1]], totals[[0, 1, 2, 1]], distance=distance, bounds=bounds
        ).weights
        np.testing.assert_allclose(twice, plain, rtol=1e-8)


def test_bounds_are_held_exactly(problem):
    d, x, totals = problem
    for distance in ("linear", "raking", "logit"):
        factor = calibrate(d, x, totals, distance=distance, bounds=(0.7, 1.5)).weights / d
        assert factor.min() >= 0.7 * (1 - 1e-15) and factor.max() <= 1.5 * (1 + 1e-15)


def test_what_cannot_be_met_is_said():
    result = calibrate(
        np.ones(4), np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]]), np.array([4.0, 7.0]), distance="raking"
    )
    assert not result.converged and result.worst > 0.01


def test_a_ridge_shares_the_miss_between_conflicting_totals():
    x = np.array([[1.0, 1], [1, 1], [0, 0], [0, 0]])  # one variable twice, with two totals
    result = calibrate(np.full(4, 0.25), x, np.array([0.6, 0.7]), distance="raking", ridge=1e-3)
    assert result.converged
    assert 0.6 < result.weights[:2].sum() < 0.7


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"totals": np.array([1.0])}, "do not fit"),
        ({"x": np.full((3, 2), np.nan)}, "missing or infinite"),
        ({"distance": "logit"}, "needs bounds"),
        ({"distance": "raking", "bounds": (1.5, 2)}, "bounds cannot be used"),
        ({"bounds": (1.1, 2)}, "bounds cannot be used"),
        ({"distance": "huber"}, "unknown distance"),
    ],
)
def test_bad_input_ends_in_one_sentence(change, words):
    given = {
        "x": np.ones((3, 2)),
        "totals": np.array([3.0, 3.0]),
        "distance": "linear",
        "bounds": None,
    } | change
    with pytest.raises(SurveyError, match=words):
        calibrate(np.ones(3), given["x"], given["totals"], distance=given["distance"], bounds=given["bounds"])
