import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork.scan.register import join_register

ANSWERS = pd.DataFrame(
    {
        "serial": ["A", "B", "C", "D"],
        "unit": ["u", "u", "u", "v"],
        "wave": "t0",
        "got_it": ["1", "2", "1", ""],
    }
)
REGISTER = pd.DataFrame(
    {
        "serial": ["B", "A", "D", "E", "F"],
        "wave": "t0",
        "unit": "u",
        "dossier": ["h2", " h1 ", "h4", "h5", ""],
    }
)


def test_each_sheet_gets_the_dossier_of_its_number():
    joined, findings = join_register(ANSWERS, registers=(REGISTER,))
    assert list(joined.columns) == ["serial", "dossier", "unit", "wave", "got_it"]
    assert list(joined["dossier"]) == ["h1", "h2", "", ""]
    assert {f.code: f.where for f in findings} == {"S11": "C", "S12": "D", "S14": "E"}


def test_a_dossier_not_filled_in_is_said():
    joined, findings = join_register(ANSWERS[:1], registers=(REGISTER.assign(dossier=""),))
    assert list(joined["dossier"]) == [""] and [f.code for f in findings] == ["S13"]


def test_registers_of_several_printings_count_together():
    joined, findings = join_register(ANSWERS[:2], registers=(REGISTER[:1], REGISTER[1:2]))
    assert list(joined["dossier"]) == ["h1", "h2"] and not findings


def test_a_number_in_two_registers_is_refused():
    with pytest.raises(SurveyError, match="twice"):
        join_register(ANSWERS, registers=(REGISTER, REGISTER))


def test_a_register_without_its_columns_is_refused():
    with pytest.raises(SurveyError, match="lacks columns"):
        join_register(ANSWERS, registers=(REGISTER.drop(columns="dossier"),))
