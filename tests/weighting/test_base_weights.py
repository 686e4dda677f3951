import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting import base_weights, equal_weights, released_sample

NONE = pd.DataFrame(columns=["dossier", "unit", "wave", "outcome"])


def test_base_weight_is_one_over_the_probability():
    rows = pd.DataFrame({"unit": "a", "wave": "t0", "probability": [0.25, 1.0]})
    step, found = base_weights(rows)
    assert step.values.tolist() == [4.0, 1.0] and not found


def test_base_weights_of_the_main_sample_add_up_to_the_register(world):
    released = released_sample(world.sample, dispositions=NONE)
    total = released["weight"].groupby([released["unit"], released["wave"]]).sum()
    expected = world.frame.rows.groupby(["unit", "wave"]).size()
    np.testing.assert_allclose(total, expected)


def test_called_reserves_enlarge_the_sample_rather_than_stand_in(world):
    called = world.sample.rows[world.sample.rows["reserve"]].assign(outcome="complete")
    released = released_sample(world.sample, dispositions=called[["dossier", "unit", "wave", "outcome"]])
    assert len(released) == len(world.sample.rows)
    total = (1 / released["probability"]).groupby([released["unit"], released["wave"]]).sum()
    np.testing.assert_allclose(total, world.frame.rows.groupby(["unit", "wave"]).size())
    first = released.groupby(["unit", "wave", "stratum"]).first().iloc[0]
    assert first["probability"] > first["sampled"] / first["population"]


def test_an_answer_that_was_not_drawn_gets_the_mean_of_its_cell_and_is_reported():
    rows = pd.DataFrame({"unit": "a", "wave": "t0", "dossier": ["1", "2", "lost"]})
    released = pd.DataFrame({"unit": "a", "wave": "t0", "dossier": ["1", "2"], "probability": [0.5, 0.25]})
    step, found = base_weights(rows, released=released)
    assert step.values.tolist() == [2.0, 4.0, 3.0]
    assert [(f.code, f.where) for f in found] == [("WT01", "a, t0")] and "1 " in found[0].message.en


def test_a_cell_without_any_drawn_answer_is_refused():
    rows = pd.DataFrame({"unit": "a", "wave": "t0", "dossier": ["x"]})
    released = pd.DataFrame({"unit": "b", "wave": "t0", "dossier": ["x"], "probability": [0.5]})
    with pytest.raises(SurveyError, match="no answer of this unit and wave") as error:
        base_weights(rows, released=released)
    assert error.value.where == "a, t0"


@pytest.mark.parametrize("wrong", [0.0, -0.5, 1.5])
def test_impossible_probabilities_are_refused(wrong):
    with pytest.raises(SurveyError, match="probability cannot be used") as error:
        base_weights(pd.DataFrame({"unit": "a", "wave": "t0", "probability": [0.5, wrong]}))
    assert "row 2" in error.value.where


def test_equal_weights_are_one():
    assert equal_weights(pd.DataFrame({"x": [5, 6]})).values.tolist() == [1.0, 1.0]
