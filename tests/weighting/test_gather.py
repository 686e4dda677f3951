"""Raking cell by cell is raking row by row, whatever the columns hold; and when it is left alone."""

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.numerics.raking import rake
from surveylib.weighting import gather as gathering
from surveylib.weighting.calibrate_to import calibrate_to
from surveylib.weighting.gather import gather
from surveylib.weighting.targets import Target

N = 900
SEX = Target(variable="sex", levels=("f", "m"), counts=[520, 480])
AGE = Target(variable="age", levels=("-1", "0", "7"), counts=[300, 450, 250])
LEVELS = tuple(f"{sex} × {age}" for sex in "fm" for age in (-1, 0, 7))


@pytest.fixture
def rows() -> pd.DataFrame:
    random = np.random.default_rng(5)
    return pd.DataFrame({"sex": random.choice(["f", "m"], N), "age": random.choice([-1, 0, 7], N)})


@pytest.fixture
def weights() -> np.ndarray:
    return np.random.default_rng(6).uniform(1, 4, N)


AS = {
    "text": lambda rows: rows,
    "objects": lambda rows: rows.astype(object),
    "categories": lambda rows: rows.astype("category"),
    "categories nobody has": lambda rows: rows.assign(sex=pd.Categorical(rows["sex"], ["x", "m", "f"])),
    "floats": lambda rows: rows.astype({"age": float}),
    "one byte": lambda rows: rows.astype({"age": np.int8}),
    "numbers with gaps": lambda rows: rows.astype({"age": "Int64"}),
    "every second row": lambda rows: rows.loc[rows.index.repeat(2)].iloc[::2],
}


@pytest.mark.parametrize("kind", AS)
def test_cell_by_cell_is_row_by_row(rows, weights, kind, monkeypatch):
    monkeypatch.setattr(gathering, "BLOCK", 128)  # several blocks, the last one short
    codes = [(rows["sex"] == "m").astype(int).to_numpy(), rows["age"].map({-1: 0, 0: 1, 7: 2}).to_numpy()]
    wanted = rake(weights, codes, [SEX.counts, AGE.counts]).weights
    shown = AS[kind](rows)
    assert gather(shown, targets=[SEX, AGE], weights=weights) is not None
    step = calibrate_to(weights, shown, targets=[SEX, AGE])
    np.testing.assert_allclose(step.values, wanted, rtol=1e-12)
    assert dict(step.diagnostics)["margins_hit"] == 2


def test_blanks_keep_their_share(rows, weights):
    rows.loc[:99, "sex"] = None
    made = calibrate_to(weights, rows, targets=[SEX, AGE], missing="keep").values
    share = weights[:100].sum() / weights.sum()
    assert made[:100].sum() == pytest.approx(1000 * share, rel=1e-9)
    women = (rows["sex"] == "f").to_numpy()
    assert made[women].sum() == pytest.approx(520 * (1 - share), rel=1e-9)


def test_crossed_columns(rows, weights):
    counts = [70, 90, 110, 130, 150, 170]
    target = Target(variable="sex:age", levels=LEVELS, counts=counts)
    made = calibrate_to(weights, rows, targets=[target]).values
    found = pd.Series(made).groupby([rows["sex"], rows["age"]]).sum()
    np.testing.assert_allclose(found.to_numpy(), counts, rtol=1e-12)


def test_what_adds_up_in_each_cell(rows, weights):
    made = gather(rows, targets=[AGE, SEX], weights=weights)
    wanted = pd.Series(weights).groupby([rows["age"], rows["sex"]]).sum()
    found = pd.Series(made.mass, pd.MultiIndex.from_frame(made.rows)).sort_index()
    assert found.index.tolist() == wanted.index.tolist()
    np.testing.assert_allclose(found, wanted, rtol=1e-13)


def test_left_alone_where_it_does_not_help(rows, weights):
    many = rows.assign(age=np.arange(N))
    assert gather(many, targets=[SEX, AGE], weights=weights) is None
    assert gather(rows, targets=[SEX], weights=np.r_[0.0, weights[1:]]) is None
    assert gather(rows[["sex"]], targets=[SEX, AGE], weights=weights) is None


def test_what_does_not_fit_is_told_by_its_row(rows, weights):
    rows.loc[17, "sex"] = "x"
    with pytest.raises(SurveyError, match="1 row\\(s\\) have a level that the margins do not") as error:
        calibrate_to(weights, rows, targets=[SEX, AGE])
    assert error.value.where == "column 'sex', row 18"
    rows.loc[[3, 17], "sex"] = None
    with pytest.raises(SurveyError, match="2 row\\(s\\) have no value in a margin") as error:
        calibrate_to(weights, rows, targets=[SEX, AGE])
    assert error.value.where == "column 'sex', row 4"


def test_a_row_without_weight_is_still_looked_at(rows, weights):
    rows.loc[17, "sex"], weights[17] = "x", 0.0
    with pytest.raises(SurveyError, match="level that the margins do not"):
        calibrate_to(weights, rows, targets=[SEX, AGE])


@pytest.mark.parametrize("kind", ["i8", "u2", "i1"])
@pytest.mark.parametrize(("at", "value"), [(899, 3), (899, 12), (700, -1), (130, 99)])
def test_numbers_that_first_occur_late_count(kind, at, value, weights, monkeypatch):
    monkeypatch.setattr(gathering, "BLOCK", 128)
    if kind == "u2" and value < 0:
        value = 65_000
    school = np.arange(N) % 3
    school[at] = value
    rows = pd.DataFrame({"school": school.astype(kind)})
    levels = tuple(str(level) for level in sorted({0, 1, 2, value}))
    target = Target(variable="school", levels=levels, counts=[40, 30, 20, 10])
    made = calibrate_to(weights, rows, targets=[target]).values
    found = pd.Series(made).groupby(rows["school"]).sum()
    np.testing.assert_allclose(found.to_numpy(), [40, 30, 20, 10], rtol=1e-12)
