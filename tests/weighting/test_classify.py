import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting.classify import auxiliary, calibration_columns, carried, classify
from surveylib.weighting.targets import Target

SEX = Target(variable="sex", levels=("f", "m"), counts=[60, 40])


def test_rows_get_the_code_of_their_level_however_it_is_typed():
    age = Target(variable="age", levels=("1", "2"), counts=[5, 5])
    for values in ([1.0, 2.0, 1.0], ["1", " 2", "1.0"], [1, 2, 1]):
        codes, used = classify(pd.DataFrame({"age": values}), target=age, weights=np.ones(3))
        assert codes.tolist() == [0, 1, 0] and used is age


def test_crossed_margins():
    rows = pd.DataFrame({"sex": ["f", "m"], "age": [1.0, 2.0]})
    crossed = Target(variable="sex:age", levels=("m × 2", "f × 1"), counts=[1, 1])
    assert classify(rows, target=crossed, weights=np.ones(2))[0].tolist() == [1, 0]


def test_blanks_are_an_error_or_keep_their_share():
    rows, weights = pd.DataFrame({"sex": ["f", None, "m", "m"]}), np.array([1.0, 2, 3, 4])
    with pytest.raises(SurveyError, match="1 row\\(s\\) have no value") as error:
        classify(rows, target=SEX, weights=weights)
    assert "row 2" in error.value.where and "--missing keep" in error.value.hint
    codes, used = classify(rows, target=SEX, weights=weights, missing="keep")
    assert codes.tolist() == [0, 2, 1, 1]
    assert used.counts.tolist() == pytest.approx([48, 32, 20])


@pytest.mark.parametrize(
    ("values", "target", "words"),
    [
        (["f", "mm"], SEX, ["1 row(s) have a level", "row 2", "'mm'", "did you mean 'm'"]),
        (["f", "f"], SEX, ["no respondents", "level 'm'", "40 in the population", "join"]),
        (
            ["f", "m"],
            Target(variable="sex", levels=("f", "m"), counts=[3, 0]),
            ["has no population", "'m'", "1 respondents"],
        ),
        (["f", "m"], Target(variable="sec", levels=("f", "m"), counts=[3, 1]), ["did you mean 'sex'"]),
    ],
)
def test_what_does_not_fit_is_said(values, target, words):
    with pytest.raises(SurveyError) as error:
        classify(pd.DataFrame({"sex": values}), target=target, weights=np.ones(2))
    missing = [word for word in words if word not in str(error.value)]
    assert not missing, str(error.value)


def test_a_category_whose_respondents_weigh_nothing_has_none():
    with pytest.raises(SurveyError, match="no respondents"):
        classify(pd.DataFrame({"sex": ["f", "m"]}), target=SEX, weights=np.array([1.0, 0.0]))


def test_a_total_needs_a_number_in_every_row():
    income = Target(variable="income", levels=(), counts=[10])
    assert auxiliary(pd.DataFrame({"income": ["1", "2.5"]}), target=income).tolist() == [1, 2.5]
    for value in ("rich", None, np.inf):
        with pytest.raises(SurveyError, match="without a number") as error:
            auxiliary(pd.DataFrame({"income": [1, value]}, dtype=object), target=income)
        assert "row 2" in error.value.where


def test_calibration_columns_are_independent_and_span_the_margins():
    rows = pd.DataFrame({"sex": list("ffmmf"), "age": [1, 2, 1, 2, 2], "income": [1.0, 2, 3, 4, 9]})
    age = Target(variable="age", levels=("1", "2"), counts=[50, 50])
    income = Target(variable="income", levels=(), counts=[300])
    x = calibration_columns(rows, targets=[SEX, age, income], weights=np.ones(5))
    assert x.shape == (5, 4) and np.linalg.matrix_rank(x) == 4
    old = (rows["age"] == 2).to_numpy(float)
    assert np.abs(old - x @ np.linalg.lstsq(x, old, rcond=None)[0]).max() < 1e-12


def test_columns_carried_over_a_later_change_give_the_residuals_of_the_changed_outcome():
    random = np.random.default_rng(2)
    x, z, q, t = random.normal(size=(9, 2)), random.normal(size=9), random.random(9), random.random(9) + 0.5

    def residuals(y, columns, weights):
        root = np.sqrt(weights)
        return y - columns @ np.linalg.lstsq(columns * root[:, None], y * root, rcond=None)[0]

    columns, weights = carried(x, q, ratio=t)
    np.testing.assert_allclose(t * residuals(z, columns, weights), residuals(t * z, x, q), rtol=1e-10)
    with pytest.raises(SurveyError, match="changed to 0"):
        carried(x, q, ratio=np.zeros(9))
