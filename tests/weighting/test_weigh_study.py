from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.responses import Responses
from surveylib.model.sample import Frame
from surveylib.model.weighting import WeightingPlan
from surveylib.weighting import read_population
from surveylib.weighting.weigh_study import weigh

PLAN = WeightingPlan(
    base="draw", nonresponse_classes=("age_band",), margins=("procedure", "sex", "age_band"), max_ratio=3.0
)


def test_every_step_is_kept_in_order(world):
    weights, _ = weigh(world.responses, plan=PLAN, frame=world.frame, sample=world.sample)
    assert [step.name for step in weights.steps] == ["base", "nonresponse", "calibrate", "trim"]
    assert all(
        {"kish_deff", "ess", "min", "max", "cv"} <= set(dict(step.diagnostics)) for step in weights.steps
    )
    assert weights.calibration.shape[0] == len(world.responses.rows)


def test_weights_add_up_to_the_register_of_each_unit_and_wave(world):
    weights, _ = weigh(world.responses, plan=PLAN, frame=world.frame, sample=world.sample)
    rows = world.responses.rows
    total = pd.Series(weights.values).groupby([rows["unit"], rows["wave"]]).sum()
    np.testing.assert_allclose(total, world.frame.rows.groupby(["unit", "wave"]).size())


def test_the_weighted_mean_is_nearer_to_the_truth(world):
    """y depends on age and procedure, both raked; the plain mean is biased by who answers."""
    weights, _ = weigh(world.responses, plan=PLAN, frame=world.frame, sample=world.sample)
    truth = (2 + 0.5 * world.frame.rows["age_band"] + (world.frame.rows["procedure"] == 2)).mean()
    y = world.responses.rows["y"]
    assert abs(y.mean() - truth) > 0.08
    assert abs(np.average(y, weights=weights.values) - truth) < 0.02


def test_without_a_draw_and_margins_every_weight_is_one(world):
    weights, found = weigh(world.responses, plan=WeightingPlan(base="none"))
    assert set(weights.values) == {1.0} and weights.calibration is None and not found


def test_a_census_that_all_answer_has_weight_one(world):
    rows = world.frame.rows.assign(respondent=lambda t: t["dossier"], psu="p", stratum="s", y=1.0)
    sample = replace(
        world.sample,
        rows=world.frame.rows.assign(
            stratum="s",
            population=world.frame.rows.groupby(["unit", "wave"])["dossier"].transform("size"),
            sampled=1,
            probability=1.0,
            order=1,
            reserve=False,
        ),
    )
    everyone = Responses(rows=rows, dispositions=rows[["dossier", "unit", "wave"]].assign(outcome="complete"))
    weights, _ = weigh(everyone, plan=PLAN, frame=world.frame, sample=sample)
    np.testing.assert_allclose(weights.values, 1.0)


def test_the_same_input_gives_the_same_bytes(world):
    made = [weigh(world.responses, plan=PLAN, frame=world.frame, sample=world.sample)[0] for _ in range(2)]
    assert made[0].values.tobytes() == made[1].values.tobytes()


def test_a_cell_where_weighting_halves_the_information_is_reported():
    rows = pd.DataFrame(
        {"respondent": [str(i) for i in range(60)], "unit": "a", "wave": "t0", "stratum": "s", "psu": "p"}
    ).assign(old=[1.0] * 5 + [0.0] * 55)
    frame_rows = pd.DataFrame({"dossier": range(100), "unit": "a", "wave": "t0", "old": [1] * 80 + [0] * 20})
    frame = Frame(rows=frame_rows)
    _, found = weigh(Responses(rows=rows), plan=WeightingPlan(base="none", margins=("old",)), frame=frame)
    assert [(f.code, f.where) for f in found] == [("W3", "a, t0")]


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (WeightingPlan(base="draw"), "base weights from a draw"),
        (WeightingPlan(base="none", margins=("sex",)), "no register"),
    ],
)
def test_a_plan_that_asks_for_what_is_not_there_is_refused(world, plan, words):
    with pytest.raises(SurveyError, match=words):
        weigh(world.responses, plan=plan)


def test_no_answers_are_refused(world):
    empty = Responses(rows=world.responses.rows.iloc[:0])
    with pytest.raises(SurveyError, match="no answers"):
        weigh(empty, plan=WeightingPlan(base="none"))


# ---- what else a plan may ask for ------------------------------------------------------------------------


def weighed(world, **plan):
    made = WeightingPlan(**({"margins": ("procedure", "sex", "age_band")} | plan))
    weights, found = weigh(world.responses, plan=made, frame=world.frame, sample=world.sample)
    return weights, found, {step.name: dict(step.diagnostics) for step in weights.steps}


def register_misses(world, weights):
    """Greatest relative distance of a category's weights from the register, over units and waves."""
    rows, worst = world.responses.rows, 0.0
    for name in ("procedure", "sex", "age_band"):
        got = pd.Series(weights.values).groupby([rows["unit"], rows["wave"], rows[name]]).sum()
        known = world.frame.rows.groupby(["unit", "wave", name]).size()
        worst = max(worst, float((got / known - 1).abs().max()))
    return worst


@pytest.mark.parametrize(
    "plan",
    [
        {"method": "linear"},
        {"method": "raking"},
        {"method": "logit", "bounds": (0.4, 2.5)},
        {"method": "linear", "bounds": (0.5, 2.0)},
        {"method": "raking", "bounds": (0.5, 2.0)},
        {"propensity": ("age_band", "sex")},
        {"max_ratio": 2.3},
    ],
)
def test_every_method_hits_the_register(world, plan):
    weights, _, told = weighed(world, **plan)
    assert register_misses(world, weights) < 1e-6
    assert told["calibrate"]["margins_hit"] == 3
    assert told[weights.steps[-1].name]["asmd"] < 1e-6 < 0.1 < told["base"]["asmd"]
    if bounds := plan.get("bounds"):
        steps = {step.name: step.values for step in weights.steps}
        ratio = steps["calibrate"] / steps["scale"]
        assert bounds[0] - 1e-9 <= ratio.min() and ratio.max() <= bounds[1] + 1e-9
        assert ratio.max() - ratio.min() > 0.2


def test_raking_by_newton_steps_is_raking(world):
    rounds, _, _ = weighed(world)
    steps, _, _ = weighed(world, method="raking")
    np.testing.assert_allclose(steps.values, rounds.values, rtol=1e-7)


def test_softly_met_margins_are_nearly_met_and_closer_weights(world):
    hard, _, _ = weighed(world)
    soft, found, told = weighed(world, soft=0.02)
    assert 1e-4 < register_misses(world, soft) < 0.3
    assert told["calibrate"]["margins_hit"] < 3 and not [f for f in found if f.code == "WT05"]
    assert dict(soft.steps[-1].diagnostics)["kish_deff"] < dict(hard.steps[-1].diagnostics)["kish_deff"]


def test_trimming_holds_bound_and_margins_at_once(world):
    plain, _, _ = weighed(world)
    weights, _, told = weighed(world, max_ratio=2.3)
    rows = world.responses.rows
    median = pd.Series(plain.values).groupby([rows["unit"], rows["wave"]]).transform("median")
    assert (plain.values > 2.3 * median * 1.001).any() and register_misses(world, weights) < 1e-6
    assert (weights.values <= 2.3 * median * (1 + 1e-5)).all() and told["trim"]["cut"] > 0


def test_bounds_nobody_can_hold_give_margins_up_and_say_so(world):
    weights, found, told = weighed(world, method="raking", bounds=(0.98, 1.02))
    assert {f.code for f in found} >= {"WT10"} and told["calibrate"]["margins_hit"] < 3
    ratio = weights.values / weights.steps[-2].values
    assert ratio.min() >= 0.98 - 1e-9 and ratio.max() <= 1.02 + 1e-9


def test_unknown_eligibility_is_shared_out_within_unit_and_wave(world):
    """Half of one unit's refusals turn out to be of unknown eligibility, and a few dossiers ineligible."""
    told = world.responses.dispositions.copy()
    mine = (told["unit"] == "a") & (told["wave"] == "t0")
    refused = told.index[mine & (told["outcome"] == "refusal")]
    told.loc[refused[::2], "outcome"], told.loc[refused[1:8:2], "outcome"] = "unknown", "ineligible"
    responses = replace(world.responses, dispositions=told)
    plan = WeightingPlan(base="draw")
    weights, _ = weigh(responses, plan=plan, frame=world.frame, sample=world.sample)
    base, shared, answered = (step.values for step in weights.steps)
    assert [step.name for step in weights.steps] == ["base", "eligibility", "nonresponse"]
    rows = world.responses.rows
    here = ((rows["unit"] == "a") & (rows["wave"] == "t0")).to_numpy()
    assert (shared[~here] == base[~here]).all()
    asked = world.sample.rows[~world.sample.rows["reserve"]].merge(told, on=["dossier", "unit", "wave"])
    asked = asked[(asked["unit"] == "a") & (asked["wave"] == "t0")]
    mass = (1 / asked["probability"]).groupby(asked["outcome"]).sum()
    known = mass.drop("unknown").sum()
    np.testing.assert_allclose(shared[here] / base[here], 1 + mass["unknown"] / known)
    eligible = (mass["complete"] + mass["refusal"]) * (1 + mass["unknown"] / known)
    assert answered[here].sum() == pytest.approx(eligible)
    rate = dict(weights.steps[-1].diagnostics)["response_rate"]
    everyone = weigh(world.responses, plan=plan, frame=world.frame, sample=world.sample)[0]
    assert rate != pytest.approx(dict(everyone.steps[-1].diagnostics)["response_rate"], rel=1e-6)


def test_propensity_and_classes_repair_the_same_bias(world):
    """Only age says who answers: both must bring the age groups near the register without any margin."""
    rows, register = world.responses.rows, world.frame.rows
    known = (register["age_band"] == 3).mean()
    shares = {}
    for name, plan in (
        ("nothing", {}),
        ("classes", {"nonresponse_classes": ("age_band",)}),
        ("propensity", {"propensity": ("age_band", "sex")}),
    ):
        weights, _, told = weighed(world, margins=(), **plan)
        shares[name] = np.average(rows["age_band"] == 3, weights=weights.values)
        if name == "propensity":
            assert 0.2 < told["nonresponse"]["least_propensity"] < 0.6
    assert abs(shares["nothing"] - known) > 0.06
    assert abs(shares["classes"] - known) < 0.02 and abs(shares["propensity"] - known) < 0.025


def test_where_everyone_answered_the_model_is_not_used(world):
    told = world.responses.dispositions
    gone = told[(told["unit"] == "a") & (told["wave"] == "t0") & (told["outcome"] == "refusal")]
    sample = replace(
        world.sample, rows=world.sample.rows[~world.sample.rows["dossier"].isin(gone["dossier"])]
    )
    responses = replace(world.responses, dispositions=told.drop(gone.index))
    plan = WeightingPlan(base="draw", propensity=("age_band",))
    weights, found = weigh(responses, plan=plan, frame=world.frame, sample=sample)
    assert [(f.code, f.where) for f in found] == [("WT12", "a, t0")]
    here = ((world.responses.rows["unit"] == "a") & (world.responses.rows["wave"] == "t0")).to_numpy()
    np.testing.assert_allclose(weights.values[here], weights.steps[0].values[here])


def test_margins_of_a_file_weigh_as_those_of_the_register(world):
    long = [
        world.frame.rows.groupby(["unit", "wave", name]).size().rename_axis(["unit", "wave", "level"])
        .rename("count").reset_index().assign(variable=name)
        for name in ("procedure", "age_band")
    ]  # fmt: skip
    population = read_population(pd.concat(long).astype(str))
    plan = WeightingPlan(base="none", margins_file="margins.csv")
    made, _ = weigh(world.responses, plan=plan, population=population)
    expected, _ = weigh(
        world.responses, plan=WeightingPlan(base="none", margins=("procedure", "age_band")), frame=world.frame
    )
    np.testing.assert_allclose(made.values, expected.values, rtol=1e-9)
    assert made.calibration.shape == expected.calibration.shape


def test_a_plan_with_margins_from_a_file_needs_them(world):
    with pytest.raises(SurveyError, match="known counts"):
        weigh(world.responses, plan=WeightingPlan(base="none", margins_file="margins.csv"))


def test_linear_weights_below_zero_are_refused_by_place():
    rows = pd.DataFrame(
        {"respondent": [str(i) for i in range(60)], "unit": "a", "wave": "t0", "stratum": "s", "psu": "p"}
    ).assign(old=[1.0] * 6 + [0.0] * 54, sex=[1.0] * 30 + [2.0] * 30)
    counts = [("old", 1, 30), ("old", 0, 970), ("sex", 1, 20), ("sex", 2, 980)]  # the old are all of sex 1
    table = pd.DataFrame(
        [("a", "t0", *line) for line in counts], columns=["unit", "wave", "variable", "level", "count"]
    )
    plan = WeightingPlan(base="none", margins_file="m.csv", method="linear")
    with pytest.raises(SurveyError, match="negative") as caught:
        weigh(Responses(rows=rows), plan=plan, population=read_population(table))
    assert "a, t0" in caught.value.where and "bounds" in caught.value.hint
