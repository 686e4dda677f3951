"""Reliability against R `psych` 2.2.9 and `survey` 4.1.1."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.psychometrics.reliability import (
    alpha,
    alpha_if_deleted,
    alpha_interval,
    cronbach_alpha,
    item_rest,
    mean_correlation,
    weighted_covariance,
)


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict:
    return json.loads((shared / "golden/psychometrics/r_psych_lavaan.json").read_text(encoding="utf-8"))[
        "bfi_scales"
    ]


@pytest.fixture(scope="module")
def bfi(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "golden/psychometrics/bfi_complete_reversed.csv")


@pytest.mark.parametrize("scale", ["A", "C", "E", "N", "O"])
class TestAgainstPsych:
    def test_alpha(self, golden, bfi, scale):
        x = bfi[golden[scale]["items"]].to_numpy(float)
        assert cronbach_alpha(x) == pytest.approx(golden[scale]["raw_alpha"], rel=1e-9)
        assert alpha(np.corrcoef(x.T)) == pytest.approx(golden[scale]["std_alpha"], rel=1e-9)

    def test_items(self, golden, bfi, scale):
        covariance = weighted_covariance(bfi[golden[scale]["items"]].to_numpy(float))
        dropped, rest = golden[scale]["alpha_if_deleted"], golden[scale]["r_drop"]
        assert alpha_if_deleted(covariance).tolist() == pytest.approx(list(dropped.values()), rel=1e-9)
        assert item_rest(covariance).tolist() == pytest.approx(list(rest.values()), rel=1e-9)
        assert mean_correlation(covariance) == pytest.approx(golden[scale]["avg_r"], rel=1e-9)

    def test_interval(self, golden, bfi, scale):
        value = golden[scale]["raw_alpha"]
        expected = golden[scale]["feldt_ci"]
        got = alpha_interval(value, n=golden[scale]["n"], items=5)
        assert got == pytest.approx((expected["lower"], expected["upper"]), rel=1e-8)


def test_weighted_alpha_is_that_of_svycralpha(shared):
    entries = json.loads((shared / "golden/design/survey_r.json").read_text(encoding="utf-8"))["goldens"]
    expected = next(entry["v"]["alpha"] for entry in entries if entry["id"] == "cronbach.strat")
    rows = pd.read_csv(shared / "golden/design/apistrat.csv")
    x = rows[["ell", "meals", "mobility", "not.hsg"]].to_numpy(float)
    assert cronbach_alpha(x, weights=rows["pw"].to_numpy()) == pytest.approx(expected, rel=1e-9)


def test_constant_weights_change_nothing_and_whole_weights_repeat_rows():
    x = np.random.default_rng(0).normal(size=(30, 4)) + np.random.default_rng(1).normal(size=(30, 1))
    times = np.random.default_rng(2).integers(1, 4, 30)
    assert cronbach_alpha(x, weights=np.full(30, 7.0)) == pytest.approx(cronbach_alpha(x))
    assert cronbach_alpha(x, weights=times) == pytest.approx(cronbach_alpha(np.repeat(x, times, axis=0)))


def test_parallel_items_follow_spearman_and_brown():
    r, k = 0.3, 6
    assert alpha(np.full((k, k), r) + (1 - r) * np.eye(k)) == pytest.approx(k * r / (1 + (k - 1) * r))


def test_rows_with_a_blank_are_left_out():
    x = np.array([[1.0, 2], [2, 2], [3, 5], [4, 4], [np.nan, 1]])
    assert cronbach_alpha(x) == cronbach_alpha(x[:4])


def test_item_rest_equals_the_correlation_with_the_sum_of_the_others():
    x = np.random.default_rng(3).normal(size=(50, 3)) @ np.array([[1, 0.5, 0.2], [0, 1, 0.4], [0, 0, 1]])
    slow = [np.corrcoef(x[:, k], np.delete(x, k, axis=1).sum(axis=1))[0, 1] for k in range(3)]
    assert item_rest(weighted_covariance(x)).tolist() == pytest.approx(slow)


@pytest.mark.parametrize("covariance", [np.ones((1, 1)), np.zeros((3, 3)), np.array([[1.0, -1], [-1, 1]])])
def test_what_has_no_alpha_is_nan(covariance):
    assert np.isnan(alpha(covariance))


def test_nobody_left_gives_nan_not_a_crash():
    assert np.isnan(cronbach_alpha(np.full((5, 3), np.nan)))
    assert all(np.isnan(alpha_interval(float("nan"), n=10, items=3)))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(SurveyError, match="square"):
        alpha(np.ones((2, 3)))
    with pytest.raises(SurveyError, match="do not fit"):
        cronbach_alpha(np.ones((4, 2)), weights=np.ones(3))
