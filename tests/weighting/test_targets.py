import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting.targets import Target, read_targets, template


def table(*lines, value="count"):
    return pd.DataFrame(list(lines), columns=["variable", "level", value])


SEX = (("sex", "f", "510"), ("sex", "m", "490"))
AGE = (("age", "1", "300"), ("age", "2", "700"))


def test_counts_are_read_variable_by_variable_in_the_order_of_the_file():
    sex, age = read_targets(table(*SEX, *AGE))
    assert (sex.variable, sex.levels, sex.counts.tolist()) == ("sex", ("f", "m"), [510, 490])
    assert (age.variable, age.levels) == ("age", ("1", "2"))


def test_levels_are_called_as_those_of_the_rows_are():
    (age,) = read_targets(table(("age", "1.0", "3"), ("age", " 02 ", "4")))
    assert age.levels == ("1", "2")


def test_a_blank_level_is_the_total_of_a_number():
    (income,) = read_targets(table(("income", None, "5e6")))
    assert income.levels == () and income.counts.tolist() == [5e6]


def test_shares_are_taken_of_the_population():
    made = read_targets(
        table(
            ("sex", "f", 0.51), ("sex", "m", 0.49), ("age", "1", 0.333), ("age", "2", 0.666), value="share"
        ),
        population=1000,
    )
    assert made[0].counts.tolist() == [510, 490]
    assert made[1].total == pytest.approx(1000, rel=1e-12)


def test_a_population_makes_margins_agree():
    sex, age = read_targets(table(*SEX, ("age", "1", "299"), ("age", "2", "702")), population=2000)
    assert sex.total == pytest.approx(2000) and age.total == pytest.approx(2000)
    assert age.counts[0] == pytest.approx(2000 * 299 / 1001)


def test_margins_that_disagree_name_both_totals_and_the_remedy():
    with pytest.raises(SurveyError, match="disagree about the population") as error:
        read_targets(table(*SEX, ("age", "1", "300"), ("age", "2", "702")))
    assert "sex 1000" in error.value.got and "age 1002" in error.value.got
    assert "--population" in error.value.hint
    assert len(read_targets(table(*SEX, ("age", "1", "300"), ("age", "2", "702")), agree=False)) == 2


REFUSED = {
    "a blank count": (table(*SEX[:1], ("sex", "m", None)), {}, ["1 count(s)", "row 2: sex, m", "template"]),
    "a word": (table(*SEX[:1], ("sex", "m", "many")), {}, ["not a number", "'many'"]),
    "a thousands comma": (table(*SEX[:1], ("sex", "m", "12,500")), {}, ["12500, not 12,500"]),
    "a negative count": (table(*SEX[:1], ("sex", "m", "-1")), {}, ["negative"]),
    "a level twice": (table(*SEX, SEX[0]), {}, ["stands twice", "'f'"]),
    "a level blank among others": (table(*SEX, ("sex", None, "3")), {}, ["without a level"]),
    "no variable": (table((None, "f", "3")), {}, ["without a variable", "row 1"]),
    "all zero": (table(("sex", "f", "0"), ("sex", "m", "0")), {}, ["all counts are 0"]),
    "no count": (table(*SEX).drop(columns="count"), {}, ["counts or shares"]),
    "count and share": (table(*SEX).assign(share=0.5), {}, ["counts or shares"]),
    "another header": (table(*SEX).rename(columns={"level": "levle"}), {}, ["did you mean 'levle'"]),
    "shares of nothing": (table(*SEX, value="share"), {}, ["shares", "--population"]),
    "shares in percent": (
        table(("sex", "f", 51), ("sex", "m", 49), value="share"),
        {"population": 10},
        ["do not add up to 1", "0.49, not 49"],
    ),
    "a population of nobody": (table(*SEX), {"population": 0.0}, ["above 0"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_said(name):
    rows, options, words = REFUSED[name]
    with pytest.raises(SurveyError) as error:
        read_targets(rows, **options)
    missing = [word for word in words if word not in str(error.value)]
    assert not missing, str(error.value)


def test_a_template_has_every_level_and_what_the_sample_gives():
    rows = pd.DataFrame({"sex": ["f", "m", "m", None], "age": [10.0, 2, 2, 10]})
    made = template(rows, margins=["sex", "age", "sex"], weights=np.array([3.0, 1, 1, 5]))
    assert made[["variable", "level"]].to_numpy().tolist() == [
        ["sex", "f"],
        ["sex", "m"],
        ["age", "2"],
        ["age", "10"],
    ]
    assert made["count"].eq("").all()
    assert made["respondents"].tolist() == [1, 2, 2, 2]
    assert made["sample_share"].tolist() == [0.6, 0.4, 0.2, 0.8]


def test_a_filled_template_is_read_back():
    rows = pd.DataFrame({"sex": ["f", "m", "m"], "age": [1.0, 2, 1]})
    made = template(rows, margins=["sex:age"])
    assert made["level"].tolist() == ["f × 1", "m × 1", "m × 2"]
    (target,) = read_targets(made.assign(count=[5, 6, 7]))
    assert target.variable == "sex:age" and target.counts.tolist() == [5, 6, 7]


def test_a_template_of_an_unknown_column():
    with pytest.raises(SurveyError, match="did you mean 'sex'"):
        template(pd.DataFrame({"sex": ["f"]}), margins=["sexx"])


def test_a_target_is_checked_where_it_is_made():
    with pytest.raises(SurveyError, match="differ in number"):
        Target(variable="sex", levels=("f", "m"), counts=[1.0])
    with pytest.raises(SurveyError, match="missing or infinite"):
        Target(variable="sex", levels=("f",), counts=[np.nan])
