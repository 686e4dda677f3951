import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting import base_weights, nonresponse, released_sample


@pytest.fixture
def released() -> pd.DataFrame:
    """Ten asked in class 1 (two answer later), ten in class 2, one of them ineligible."""
    return pd.DataFrame(
        {
            "dossier": [str(i) for i in range(20)],
            "unit": "a",
            "wave": "t0",
            "probability": 0.5,
            "outcome": ["complete"] * 6 + ["refusal"] * 4 + ["complete"] * 9 + ["ineligible"],
            "age": [1] * 10 + [2] * 10,
        }
    )


def answers(released: pd.DataFrame) -> pd.DataFrame:
    return released[released["outcome"] == "complete"].reset_index(drop=True)


def test_by_hand(released):
    rows = answers(released)
    step, found = nonresponse(np.full(15, 2.0), rows, released=released, classes=["age"])
    assert not found
    assert step.values.tolist() == pytest.approx([2 * 10 / 6] * 6 + [2.0] * 9)
    assert dict(step.diagnostics)["response_rate"] == pytest.approx(15 / 19)


def test_the_answers_stand_for_all_eligible(released):
    step, _ = nonresponse(np.full(15, 2.0), answers(released), released=released, classes=[])
    assert step.values.sum() == pytest.approx(2 * 19) and len(set(step.values)) == 1


def test_tiny_classes_are_joined_and_reported(released):
    step, found = nonresponse(
        np.full(15, 2.0), answers(released), released=released, classes=["age"], fewest=7
    )
    assert step.values.tolist() == pytest.approx([2 * 19 / 15] * 15)
    assert [f.code for f in found] == ["WT02"] and "1 + 2" in found[0].message.en


def test_an_answer_of_unknown_class_takes_the_factor_of_its_cell(released):
    rows = answers(released).assign(age=[9] + [1] * 5 + [2] * 9)
    step, _ = nonresponse(np.full(15, 2.0), rows, released=released, classes=["age"])
    assert step.values[0] == pytest.approx(2 * 19 / 15)


def test_it_removes_the_bias_of_who_answers(world):
    """The old answer more often; within age classes answering is at random."""
    rows = world.responses.rows
    released = released_sample(world.sample, dispositions=world.responses.dispositions, frame=world.frame)
    base, _ = base_weights(rows, released=released)
    step, _ = nonresponse(base.values, rows, released=released, classes=["age_band"])
    truth = (world.frame.rows["age_band"] == 3).mean()
    old = (rows["age_band"] == 3).to_numpy()
    before = np.average(old, weights=base.values)
    assert before - truth > 0.05
    assert abs(np.average(old, weights=step.values) - truth) < 0.02


def test_answers_from_where_nothing_was_drawn_are_refused(released):
    with pytest.raises(SurveyError, match="nothing was drawn"):
        nonresponse(np.ones(15), answers(released).assign(unit="z"), released=released, classes=[])
