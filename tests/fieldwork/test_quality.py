"""Each check is triggered by what it is there for, and silent on ordinary answers."""

import dataclasses

import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork import Limits, ingest, quality
from surveylib.fieldwork.quality.contradictions import parts_too_large
from surveylib.model.questionnaire import Choice, Item, Scale
from surveylib.model.responses import Responses
from surveylib.model.study import Source
from surveylib.model.text import Text

WORDS = Text(vi="Số", en="Number")
UNITS = ("p1", "p2", "c1", "c2")


def ordinary(count=48):
    """Forms that differ from one another in ways no check minds."""
    forms = []
    for number in range(count):
        marks = {f"q{k}": str(2 + (number * k + k * k + number // 3) % 4) for k in range(1, 10)}
        forms.append({**marks, "unit": UNITS[number % 4], "wait": str(3 + (number * 7) % 41)})
    return forms


def check(table_of, form, office, forms, **limits):
    table = table_of(*forms)
    responses, _ = ingest(table, source=Source(wave="t0", path="t0.csv"), questionnaire=form, study=office)
    found = quality(responses, questionnaire=form, study=office, limits=Limits(copied_items=12, **limits))
    return {finding.code: finding for finding in found}, found


def test_ordinary_answers_raise_nothing(table_of, form, office):
    assert check(table_of, form, office, ordinary())[1] == ()


def stamped(start, end):
    return {"start": f"2014-10-07T{start}+07:00", "end": f"2014-10-07T{end}+07:00"}


TRIGGERS = {
    "D20": ({"date": "2014-11-02"},),
    "D22": ({f"q{k}": "4" for k in range(1, 10)},),
    "D25": ({"d2_apology": "1"},),
    "D26": ({"a2_slip": "0"},),
    "D29": ({"FormVersion": "0.9"},),
    "D30": (ordinary()[5], ordinary()[5]),
    "D31": ({"comment": "gọi tôi 0912 345 678"},),
    "D32": ({"wait": "450"},),
}


@pytest.mark.parametrize("code", sorted(TRIGGERS))
def test_one_form_triggers_one_check(table_of, form, office, code):
    base = ordinary()
    forms = [*base[6:], *({**base[0], **change} for change in TRIGGERS[code])]
    if code == "D30":
        forms = [*base[:5], *base[6:], *TRIGGERS[code]]
    found, all_found = check(table_of, form, office, forms)
    assert set(found) == {code}
    finding = all_found[0]
    last = f"k{len(forms) - 1:03d}"
    assert last in finding.message.vi
    assert last in finding.message.en
    assert finding.where.startswith("wave t0")


def test_the_number_itself_is_not_repeated(table_of, form, office):
    found, _ = check(
        table_of, form, office, [*ordinary(), {**ordinary()[1], **TRIGGERS["D31"][0], "q1": "1"}]
    )
    assert "912" not in found["D31"].message.vi


def test_a_unit_without_answers_is_named(table_of, form, office):
    forms = [one for one in ordinary() if one["unit"] != "c2"]
    found, _ = check(table_of, form, office, forms)
    assert set(found) == {"D21"}
    assert "c2" in found["D21"].message.en
    assert found["D21"].severity == "error"


def test_hasty_forms(table_of, form, office):
    forms = [{**one, **stamped("08:00:00", "08:09:00")} for one in ordinary()]
    forms[7] |= stamped("08:00:00", "08:00:40")
    found, _ = check(table_of, form, office, forms)
    assert set(found) == {"D23"}
    assert "k007" in found["D23"].message.en


def test_questions_left_unanswered(table_of, form, office):
    forms = ordinary()
    for number in range(0, 48, 4):
        forms[number] |= {"q3": "9" if number % 8 else ""}
    found, _ = check(table_of, form, office, forms)
    assert set(found) == {"D24"}
    # All twelve blanks are those of p1: a quarter of the forms, all of that unit's.
    assert "25.0%" in found["D24"].message.en
    assert "p1: 100.0%" in found["D24"].message.en


def test_not_applicable_and_skipped_are_not_unanswered(table_of, form, office):
    forms = [{**one, "q3": "8"} for one in ordinary()[:20]] + ordinary()[20:]
    assert check(table_of, form, office, forms)[1] == ()


def test_the_share_unanswered_is_of_those_it_concerned(table_of, form, office):
    forms = ordinary(80)
    for number, one in enumerate(forms):
        one["q3"] = "8" if number < 40 else "9" if number < 46 else one["q3"]
    found, _ = check(table_of, form, office, forms)
    assert "15.0% of the forms asking it (6/40)" in found["D24"].message.en


def test_heaping(table_of, form, office):
    forms = [{**one, "wait": str(5 * int(one["wait"]))} for one in ordinary()]
    assert set(check(table_of, form, office, forms)[0]) == {"D27"}


def test_collection_unlike_in_the_arms(table_of, form, office):
    forms = ordinary(160)
    for one in forms:
        one["near"] = "1" if one["unit"] in ("p1", "p2") and int(one["wait"]) % 2 else "0"
    found, _ = check(table_of, form, office, forms, line_items=9, heaped=1.0)
    assert "D28" in found
    assert "near = 1" in found["D28"].message.en


def test_a_part_above_its_whole_is_an_error(form):
    """Off-scale codes and blanks are no counts; equal counts are in order."""
    count = Scale(id="N", kind="number", minimum=0, off_scale=(Choice(code=99, text=WORDS),))
    due, late = (Item(id=name, scale="N", role="process", text=WORDS) for name in ("due", "late"))
    parts = (due, dataclasses.replace(late, part_of="due"))
    asked = dataclasses.replace(form, scales=(*form.scales, count), items=(*form.items, *parts))
    answers = [(5, 6), (5, 5), (None, 6), (5, 99), (99, 98), (0, 1)]
    rows = pd.DataFrame(answers, columns=["due", "late"], dtype=float)
    rows["respondent"] = [f"r{number}" for number in range(len(rows))]
    keys = {"unit": "p1", "wave": "t0", "stratum": "s", "psu": "1"}
    (found,) = parts_too_large(Responses(rows=rows.assign(**keys)), asked)
    assert (found.code, found.severity, found.where) == ("D33", "error", "wave t0, item late")
    assert "r0, r5" in found.message.vi and "2 forms" in found.message.en


def test_impossible_limits():
    with pytest.raises(SurveyError):
        Limits(unanswered=1.5)
    with pytest.raises(SurveyError):
        Limits(line_items=1)


def test_findings_do_not_depend_on_row_order(rehearsed, shipped):
    found = quality(rehearsed.responses, questionnaire=shipped.questionnaire, study=shipped.study)
    shuffled = dataclasses.replace(
        rehearsed.responses, rows=rehearsed.responses.rows.sample(frac=1, random_state=3)
    )
    assert quality(shuffled, questionnaire=shipped.questionnaire, study=shipped.study) == found
