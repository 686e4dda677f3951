import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting import calibrate_within, read_population, register_population, template

LINES = [
    ("a", "t0", "sex", "1", 60),
    ("a", "t0", "sex", "2", 40),
    ("a", "t0", "age", "1", 30),
    ("a", "t0", "age", "2", 70),
    ("b", "t0", "sex", "1", 10),
    ("b", "t0", "sex", "2", 90),
    ("b", "t0", "age", "1", 50),
    ("b", "t0", "age", "2", 50),
]


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(LINES, columns=["unit", "wave", "variable", "level", "count"]).astype(str)


def test_counts_stand_by_unit_and_wave(table):
    made = read_population(table.sample(frac=1, random_state=1))
    assert made.within == ("unit", "wave") and made.names == ("a, t0", "b, t0")
    by_name = {one.variable: one for one in made.known}
    assert by_name["sex"].levels == ("1", "2") and by_name["sex"].counts.tolist() == [[60, 40], [10, 90]]


def test_the_plan_says_which_variables_and_in_which_order(table):
    assert read_population(table, margins=("age", "sex")).variables == ("age", "sex")
    assert read_population(table, margins=("sex",)).variables == ("sex",)
    with pytest.raises(SurveyError, match="did you mean 'sex'"):
        read_population(table, margins=("sexx",), source="margins.csv")


def test_counts_of_all_together_make_one_block(table):
    made = read_population(table[table["unit"] == "a"].drop(columns=["unit", "wave"]))
    assert made.within == () and made.names == ("*",)


def test_margins_that_disagree_are_named_with_both_totals_and_their_place(table):
    table.loc[3, "count"] = "80"
    with pytest.raises(SurveyError, match="disagree") as caught:
        read_population(table, source="margins.csv")
    assert "margins.csv, a, t0" in caught.value.where
    assert "sex 100" in caught.value.got and "age 110" in caught.value.got and "mend" in caught.value.hint


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.assign(count=["x", *t["count"][1:]]), "blank or not a number"),
        (lambda t: t.assign(count=""), "fill the template in"),
        (lambda t: t.rename(columns={"count": "share"}), "shares"),
        (lambda t: t.assign(unit=[None, *t["unit"][1:]]), "without a unit"),
        (lambda t: t[~((t["unit"] == "b") & (t["variable"] == "age"))], "b, t0"),
        (lambda t: t.assign(level=["2", *t["level"][1:]]), "twice"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_place(table, change, words):
    with pytest.raises(SurveyError) as caught:
        read_population(change(table))
    assert words in str(caught.value)


def test_answers_from_elsewhere_are_refused(table):
    rows = pd.DataFrame({"unit": ["a", "c"], "wave": "t0", "sex": [1, 2], "age": [1, 2]})
    with pytest.raises(SurveyError, match="does not have") as caught:
        calibrate_within([1.0, 1.0], rows, population=read_population(table, source="margins.csv"))
    assert "c, t0" in caught.value.where and "margins.csv" in caught.value.where


def test_a_filled_template_is_read_back(world):
    rows = world.responses.rows
    made = template(rows, margins=["sex", "age_band"], within=("unit", "wave"))
    assert len(made) == 4 * (2 + 3) and made["count"].eq("").all()
    assert made.groupby(["unit", "wave", "variable"])["sample_share"].sum().round(3).eq(1).all()
    assert made.columns[:2].tolist() == ["unit", "wave"] and made["unit"].tolist() == sorted(made["unit"])
    filled = made.assign(count=made["respondents"])
    read = read_population(filled)
    known = register_population(world.frame, margins=["sex", "age_band"])
    assert read.names == known.names and read.variables == known.variables
    assert read.known[0].counts.sum() == len(rows)


def test_blanks_of_the_register_take_the_shares_of_what_is_known(world):
    frame = world.frame
    rows = frame.rows.assign(sex=frame.rows["sex"].where(frame.rows.index % 3 > 0))
    made = register_population(type(frame)(rows=rows), margins=["sex"])
    size = frame.rows.groupby(["unit", "wave"]).size()
    assert made.known[0].counts.sum(axis=1).tolist() == pytest.approx(size.tolist())
