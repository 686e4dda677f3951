"""Lists of marks on the way in: cells, boxes in columns of their own, and what the checks make of them."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from surveylib.fieldwork.codes import OFF_SCALE, SEVERAL, UNREAD
from surveylib.fieldwork.marks import to_marks
from surveylib.fieldwork.quality.completeness import skips_broken, unanswered
from surveylib.fieldwork.quality.limits import Limits
from surveylib.model.questionnaire import Choice, Scale
from surveylib.model.text import Text
from tests.fieldwork.test_ingest import run

WAYS = Scale(
    id="WAYS",
    kind="multiple",
    choices=tuple(Choice(code=code, text=Text(vi=str(code), en=str(code))) for code in (1, 2, 10, 7)),
    off_scale=(Choice(code=9, text=Text(vi="Không biết", en="Don't know")),),
    alone=(7,),
)


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ("1", "1", ""),
        ("10 2", "2 10", ""),
        ("2,1", "1 2", ""),
        ("2 2.0", "2", ""),
        ("7", "7", ""),
        ("9", "9", ""),
        ("", "", ""),
        ("NA", "", ""),
        ("1 7", "", SEVERAL),
        ("1 9", "", SEVERAL),
        ("1 3", "", OFF_SCALE),
        ("gọi điện", "", UNREAD),
    ],
)
def test_a_cell_becomes_marks_or_a_blank_with_its_reason(cell, value, reason):
    coded = to_marks(pd.Series([cell, "1"]), scale=WAYS)
    assert pd.isna(coded.values[0]) if value == "" else coded.values[0] == value
    assert coded.reasons[0] == reason
    assert (coded.values[1], coded.reasons[1]) == ("1", "")


@pytest.fixture
def form_with_marks(form):
    ways = replace(form.item("q1"), id="ways", scale="WAYS", ask_if=None)
    items = tuple(replace(item, ask_if="2 in ways") if item.id == "q1" else item for item in form.items)
    return replace(form, scales=(*form.scales, WAYS), items=(ways, *items))


def test_marks_come_in_with_their_corrections(table_of, form_with_marks, office):
    cells = ({"ways": "2 1"}, {"ways": "1 7"}, {"ways": ""}, {"ways": "9"})
    responses, findings = run(table_of(*cells), form_with_marks, office)
    assert responses.rows["ways"].isna().tolist() == [False, True, True, False]
    assert responses.rows["ways"].tolist()[::3] == ["1 2", "9"]
    log = responses.corrections.set_index("column")
    assert log.loc["ways", ["old", "new"]].tolist() == ["1 7", ""]
    assert [f.code for f in findings] == ["D05"]


def test_boxes_in_columns_of_their_own_are_joined(table_of, form_with_marks, office):
    boxes = [{"g/ways/1": "1", "g/ways/2": "1", "g/ways/10": "0"}, {"g/ways/1": "0", "g/ways/10": "1"}]
    responses, findings = run(table_of(*boxes), form_with_marks, office)
    assert responses.rows["ways"].tolist() == ["1 2", "10"] and findings == ()


def test_a_form_with_nothing_but_a_blank_list_is_silent(table_of, form_with_marks, office):
    blank = dict.fromkeys(("ways", *(item.id for item in form_with_marks.items)), "")
    responses, findings = run(table_of({}, blank), form_with_marks, office)
    assert len(responses.rows) == 1 and "D13" in [f.code for f in findings]


def test_checks_see_who_was_asked_by_a_mark(table_of, form_with_marks, office):
    # q1 is asked where way 2 is marked: of 40 so asked 10 left it blank, and 10 others answered it.
    cells = [{"ways": "1 2", "q1": "" if n < 10 else "4"} for n in range(40)]
    cells += [{"ways": "1", "q1": "4" if n < 10 else ""} for n in range(40)]
    responses, _ = run(table_of(*cells), form_with_marks, office)
    left = [f for f in unanswered(responses, form_with_marks, office, Limits()) if "item q1" in f.where]
    assert len(left) == 1 and "10" in left[0].message.en and "40" in left[0].message.en
    broken = [f for f in skips_broken(responses, form_with_marks, office) if "item q1" in f.where]
    assert len(broken) == 1 and "10" in broken[0].message.en


def test_a_list_that_is_not_known_counts_as_unanswered(table_of, form_with_marks, office):
    cells = [{"ways": "9" if n < 15 else "1 2"} for n in range(40)]
    responses, _ = run(table_of(*cells), form_with_marks, office)
    (found,) = [f for f in unanswered(responses, form_with_marks, office, Limits()) if "item ways" in f.where]
    assert "15" in found.message.en
