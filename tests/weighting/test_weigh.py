from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.responses import Responses
from surveylib.model.sample import Frame
from surveylib.model.study import WeightingPlan
from surveylib.weighting import weigh

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
        (WeightingPlan(base="none", nonresponse_classes=("sex",)), "need a draw"),
    ],
)
def test_a_plan_that_asks_for_what_is_not_there_is_refused(world, plan, words):
    with pytest.raises(SurveyError, match=words):
        weigh(world.responses, plan=plan)


def test_no_answers_are_refused(world):
    empty = Responses(rows=world.responses.rows.iloc[:0])
    with pytest.raises(SurveyError, match="no answers"):
        weigh(empty, plan=WeightingPlan(base="none"))
