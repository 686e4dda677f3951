"""Raking and post-stratification against R `survey` 4.1.1, and the theorems."""

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.numerics.calibration import calibrate
from surveylib.numerics.raking import post_stratify, rake


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict:
    entries = json.loads((shared / "golden/design/survey_r.json").read_text(encoding="utf-8"))["goldens"]
    return {entry["id"]: entry["v"] for entry in entries}


@pytest.fixture(scope="module")
def clus1(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "golden/design/apiclus1.csv")


def test_post_stratified_weights_are_those_of_r(golden, clus1):
    kind = clus1["stype"].map({"E": 0, "H": 1, "M": 2}).to_numpy()
    weights = post_stratify(clus1["pw"].to_numpy(), kind, np.array([4421.0, 755, 1018]))
    np.testing.assert_allclose(weights, golden["poststrat.clus1"]["w"], rtol=1e-9)


def test_raked_weights_are_those_of_r(golden, clus1):
    kind = clus1["stype"].map({"E": 0, "H": 1, "M": 2}).to_numpy()
    wide = clus1["sch.wide"].map({"No": 0, "Yes": 1}).to_numpy()
    targets = [np.array([4421.0, 755, 1018]), np.array([1072.0, 5122])]
    result = rake(clus1["pw"].to_numpy(), [kind, wide], targets, tolerance=1e-13)
    np.testing.assert_allclose(result.weights, golden["rake.clus1"]["w"], rtol=1e-9)


@pytest.fixture
def problem():
    random = np.random.default_rng(8)
    categories = [random.integers(0, k, 400) for k in (4, 2, 3)]
    targets = [random.dirichlet(np.full(k, 20.0)) * 9000 for k in (4, 2, 3)]
    return random.uniform(1, 4, 400), categories, targets


def test_margins_are_hit(problem):
    weights, categories, targets = problem
    result = rake(weights, categories, targets)
    assert result.converged
    for codes, target in zip(categories, targets, strict=True):
        np.testing.assert_allclose(np.bincount(codes, result.weights), target, rtol=1e-9)


def test_raking_is_idempotent(problem):
    weights, categories, targets = problem
    once = rake(weights, categories, targets).weights
    again = rake(once, categories, targets)
    assert again.iterations == 1
    np.testing.assert_allclose(again.weights, once, rtol=1e-9)


def test_one_margin_is_post_stratification(problem):
    weights, categories, targets = problem
    np.testing.assert_allclose(
        rake(weights, categories[:1], targets[:1]).weights, post_stratify(weights, categories[0], targets[0])
    )


def test_raking_is_calibration_with_the_raking_distance(problem):
    weights, categories, targets = problem
    x = np.hstack([codes[:, None] == np.arange(len(t)) for codes, t in zip(categories, targets, strict=True)])
    other = calibrate(weights, x.astype(float), np.concatenate(targets), distance="raking")
    np.testing.assert_allclose(rake(weights, categories, targets).weights, other.weights, rtol=1e-8)


def test_scale_and_order_do_not_matter(problem):
    weights, categories, targets = problem
    plain = rake(weights, categories, targets).weights
    order = np.random.default_rng(2).permutation(len(weights))
    turned = rake(7.0 * weights[order], [codes[order] for codes in categories], targets).weights
    np.testing.assert_allclose(turned, plain[order], rtol=1e-9)


def test_equals_the_naive_loop(problem):
    weights, categories, targets = problem
    slow = weights.copy()
    for _ in range(200):
        for codes, target in zip(categories, targets, strict=True):
            for k, goal in enumerate(target):
                inside = codes == k
                slow[inside] *= goal / slow[inside].sum()
    np.testing.assert_allclose(rake(weights, categories, targets).weights, slow, rtol=1e-9)


def test_many_margins_with_many_categories_do_not_need_the_full_cross():
    random = np.random.default_rng(3)
    categories = [random.integers(0, 300, 30_000) for _ in range(6)]  # 7e14 combinations
    targets = [np.full(300, 100.0) for _ in range(6)]
    result = rake(np.ones(30_000), categories, targets)
    assert result.converged
    np.testing.assert_allclose(np.bincount(categories[0], result.weights), targets[0], rtol=1e-8)


def test_rows_of_weight_zero_stay_zero(problem):
    weights, categories, targets = problem
    weights[:5] = 0
    assert (rake(weights, categories, targets).weights[:5] == 0).all()


def test_margins_that_fight_are_named_and_the_loop_ends():
    # All men are young and all women old, but the margins want 60 % men and 70 % old; the third margin fits.
    sex, age, other = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    start = time.perf_counter()
    result = rake(
        np.ones(4),
        [other, sex, age],
        [np.array([50.0, 50]), np.array([60.0, 40]), np.array([30.0, 70])],
        most=100,
    )
    assert time.perf_counter() - start < 5
    assert not result.converged and result.iterations == 100
    assert result.misses[0] < 1e-10 < 0.1 < min(result.misses[1:])


def test_margins_with_two_totals_are_refused_with_both(problem):
    weights, categories, targets = problem
    with pytest.raises(SurveyError, match="margins disagree") as error:
        rake(
            weights,
            categories,
            [targets[0], targets[1] * 1.01, targets[2]],
            names=["procedure", "sex", "age"],
        )
    assert "procedure 9000" in error.value.got and "sex 9090" in error.value.got and error.value.hint


def test_a_category_without_respondents_is_named():
    with pytest.raises(SurveyError, match="no respondents") as error:
        rake(
            np.ones(3),
            [np.array([0, 0, 1])],
            [np.array([5.0, 5, 2])],
            names=["age"],
            labels=[["18-34", "35-54", "55+"]],
        )
    assert "age, category 55+" in error.value.where


@pytest.mark.parametrize(
    ("categories", "targets", "words"),
    [
        ([], [], "nothing to rake to"),
        ([np.array([0, 1, 2])], [np.array([1.0, 2])], "no target"),
        ([np.array([0, -1, 1])], [np.array([1.0, 2])], "no target"),
        ([np.array([0.0, 1, 1])], [np.array([1.0, 2])], "do not fit"),
        ([np.array([0, 1])], [np.array([1.0, 2])], "do not fit"),
        ([np.array([0, 1, 1])], [np.array([1.0, np.nan])], "missing or negative"),
        ([np.array([0, 1, 1])], [], "differ in number"),
    ],
)
def test_bad_input_ends_in_one_sentence(categories, targets, words):
    with pytest.raises(SurveyError, match=words):
        rake(np.ones(3), categories, targets)
