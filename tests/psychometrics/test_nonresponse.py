import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.psychometrics import item_nonresponse

ROWS = pd.DataFrame(
    {
        "unit": ["a", "a", "a", "b", "b"],
        "wave": ["t0", "t0", "t0", "t0", "t1"],
        "q1": [5, 9, np.nan, 3, 4],
        "late": [1, 1, 0, 1, 0],
        "sorry": [1, np.nan, np.nan, 0, np.nan],
        "comment": ["x", None, None, None, None],
    }
)


def row(table, item, wave):
    return table[(table["item"] == item) & (table["wave"] == wave)].iloc[0]


def test_who_was_asked_answered_could_not_or_left_a_blank(questionnaire):
    table = item_nonresponse(ROWS, questionnaire=questionnaire)
    first = row(table, "q1", "t0")
    assert first[["asked", "answered", "off_scale", "blank"]].tolist() == [4, 2, 1, 1]
    assert first["nonresponse"] == pytest.approx(0.5)
    assert set(table["item"]) == {"q1", "late", "sorry"}  # open text is nobody's duty


def test_only_those_the_skip_rule_admits_were_asked(questionnaire):
    table = item_nonresponse(ROWS, questionnaire=questionnaire, items=["sorry"])
    assert row(table, "sorry", "t0")[["asked", "answered", "blank"]].tolist() == [3, 2, 1]
    assert row(table, "sorry", "t1")["asked"] == 0 and np.isnan(row(table, "sorry", "t1")["nonresponse"])


def test_only_units_of_its_type_were_asked(questionnaire):
    table = item_nonresponse(
        ROWS, questionnaire=questionnaire, items=["sorry"], unit_types={"a": "LG", "b": "OV"}
    )
    assert row(table, "sorry", "t0")["asked"] == 2


def test_a_code_the_scale_does_not_have_is_no_answer(questionnaire):
    table = item_nonresponse(ROWS.assign(q1=7.0), questionnaire=questionnaire, items=["q1"])
    assert table["answered"].sum() == 0 and table["blank"].sum() == 5


def test_without_keys_there_is_one_row_an_item(questionnaire):
    table = item_nonresponse(ROWS, questionnaire=questionnaire, items=["q1", "late"], by=())
    assert table["item"].tolist() == ["q1", "late"] and table["asked"].tolist() == [5, 5]


def test_an_unknown_key_is_named(questionnaire):
    with pytest.raises(SurveyError, match="unknown column"):
        item_nonresponse(ROWS, questionnaire=questionnaire, by=("wav",))
