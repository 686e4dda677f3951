import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting.diagnostics import step_table
from surveylib.weighting.targets import Target
from surveylib.weighting.weigh_rows import Recipe, weigh_rows

SEX = Target(variable="sex", levels=("f", "m"), counts=[520, 480])
AGE = Target(variable="age", levels=("1", "2"), counts=[300, 700])


@pytest.fixture
def rows() -> pd.DataFrame:
    random = np.random.default_rng(21)
    n = 600
    outcome = random.choice(
        ["complete", "refusal", "noncontact", "ineligible", "unknown"], n, p=[0.6, 0.15, 0.1, 0.1, 0.05]
    )
    return pd.DataFrame(
        {
            "sex": random.choice(["f", "m"], n, p=[0.65, 0.35]),
            "age": random.choice([1.0, 2.0], n),
            "outcome": outcome,
            "base": random.uniform(1, 3, n),
        }
    )  # fmt: skip


RECIPES = {
    "answers only": (Recipe(), ["base", "calibrate"]),
    "classes": (
        Recipe(outcome="outcome", classes=("sex", "age")),
        ["base", "eligibility", "nonresponse", "calibrate"],
    ),
    "propensity": (
        Recipe(outcome="outcome", propensity=("sex", "age")),
        ["base", "eligibility", "nonresponse", "calibrate"],
    ),
    "bounded": (Recipe(method="logit", bounds=(0.3, 3)), ["base", "scale", "calibrate"]),
    "soft": (Recipe(soft=0.001), ["base", "scale", "calibrate"]),
    "trimmed": (
        Recipe(outcome="outcome", max_ratio=2.2),
        ["base", "eligibility", "nonresponse", "calibrate", "trim"],
    ),
}


@pytest.mark.parametrize("name", RECIPES)
class TestEveryRecipe:
    def test_keeps_its_steps_with_their_diagnostics(self, rows, name):
        recipe, steps = RECIPES[name]
        weights, answered, _ = weigh_rows(rows, recipe, base=rows["base"].to_numpy(), targets=[SEX, AGE])
        table = step_table(weights).set_index("step")
        assert list(table.index) == steps
        assert answered.sum() == len(weights.values) == table["n"].iloc[-1]
        assert (table["kish_deff"] >= 1).all() and table["asmd_after"].notna().any()
        if recipe.outcome:
            assert answered.tolist() == (rows["outcome"] == "complete").tolist()

    def test_meets_the_margins(self, rows, name):
        recipe, _ = RECIPES[name]
        weights, answered, _ = weigh_rows(rows, recipe, base=rows["base"].to_numpy(), targets=[SEX, AGE])
        women = weights.values[(rows.loc[answered, "sex"] == "f").to_numpy()].sum()
        assert women == pytest.approx(520, rel=2e-3 if recipe.soft else 1e-9)

    def test_is_blind_to_the_scale_of_base_weights_and_the_order_of_rows(self, rows, name):
        recipe, _ = RECIPES[name]
        base = rows["base"].to_numpy()
        plain, answered, _ = weigh_rows(rows, recipe, base=base, targets=[SEX, AGE])
        order = np.random.default_rng(2).permutation(len(rows))
        turned, there, _ = weigh_rows(
            rows.iloc[order].reset_index(drop=True), recipe, base=9 * base[order], targets=[SEX, AGE]
        )
        whole, other = np.zeros(len(rows)), np.zeros(len(rows))
        whole[answered], other[order[there]] = plain.values, turned.values
        np.testing.assert_allclose(other, whole, rtol=1e-7)


def test_without_margins_the_answers_stand_for_the_eligible(rows):
    weights, _, _ = weigh_rows(rows, Recipe(outcome="outcome"), base=rows["base"].to_numpy())
    known = rows[rows["outcome"] != "unknown"]
    eligible = known.loc[known["outcome"] != "ineligible", "base"].sum() / known["base"].sum()
    assert weights.values.sum() == pytest.approx(eligible * rows["base"].sum())


@pytest.mark.parametrize("how", [{}, {"classes": ("sex",)}, {"propensity": ("age",)}])
def test_the_response_rate_counts_those_of_unknown_eligibility(rows, how):
    """AAPOR's third rate, unweighted: completes / (eligible + e × unknown)."""
    weights, _, _ = weigh_rows(rows, Recipe(outcome="outcome", **how))
    n = rows["outcome"].value_counts()
    known = n.drop("unknown")
    e = 1 - known["ineligible"] / known.sum()
    rate = n["complete"] / (known.drop("ineligible").sum() + e * n["unknown"])
    within = 0.01 if "classes" in how else 1e-9  # in classes e is that of the class
    assert dict(weights.steps[-1].diagnostics)["response_rate"] == pytest.approx(rate, rel=within)


def test_trimming_without_margins_keeps_the_total(rows):
    weights, _, _ = weigh_rows(rows, Recipe(max_ratio=1.2), base=rows["base"].to_numpy())
    assert weights.values.max() == pytest.approx(1.2 * rows["base"].median())
    assert weights.values.sum() == pytest.approx(rows["base"].sum())


def refused(call, *words):
    with pytest.raises(SurveyError) as error:
        call()
    assert [word for word in words if word not in str(error.value)] == [], str(error.value)


def test_recipes_that_contradict_themselves_are_refused():
    refused(lambda: Recipe(classes=("sex",)), "needs the outcome")
    refused(lambda: Recipe(outcome="o", classes=("sex",), propensity=("age",)), "not both")
    refused(lambda: Recipe(max_ratio=3, bounds=(0.5, 2)), "cannot be joined")


def test_what_would_be_ignored_is_refused(rows):
    refused(lambda: weigh_rows(rows, Recipe(method="linear")), "would be ignored")
    refused(lambda: weigh_rows(rows, Recipe(soft=0.1)), "would be ignored")


@pytest.mark.parametrize(
    ("value", "words"), [(np.nan, "missing"), (-1.0, "negative"), (0.0, "base weight(s) are 0")]
)
def test_base_weights_that_cannot_be_used_are_refused(rows, value, words):
    base = rows["base"].to_numpy().copy()
    base[7] = value
    refused(lambda: weigh_rows(rows, Recipe(), base=base, targets=[SEX]), words, "row 8")


def test_no_rows():
    refused(lambda: weigh_rows(pd.DataFrame({"sex": []}), Recipe(), targets=[SEX]), "no rows")


def test_soft_calibration_says_which_levels_it_left_off_and_by_how_much():
    rows = pd.DataFrame({"sex": ["f"] * 4 + ["m"] * 4, "age": ["1"] * 4 + ["2"] * 4})
    sex = Target(variable="sex", levels=("f", "m"), counts=[50, 50])
    age = Target(variable="age", levels=("1", "2"), counts=[80, 20])
    _, _, (told,) = weigh_rows(rows, Recipe(soft=0.01), targets=[sex, age])
    assert (told.code, told.severity, told.where) == ("WT13", "warning", "soft 0.01")
    assert "4 level(s) miss by over 1 %: age 2 35.176 in place of 20; sex f" in told.message.en
    assert "age 2 35.176 thay vì 20" in told.message.vi
    even = Target(variable="age", levels=("1", "2"), counts=[50, 50])
    assert weigh_rows(rows, Recipe(soft=0.01), targets=[sex, even])[2] == ()
