"""The five instruments that are shipped: what they cover, what the linter says, how they read in a unit."""

from __future__ import annotations

import re
import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from surveylib.errors import SurveyError
from surveylib.instrument import (
    check_quotes,
    check_set,
    coverage_of_set,
    coverage_set_table,
    fill_words,
    gaps,
    lint,
    load_questionnaire,
    load_set,
    preview_html,
)
from surveylib.model.questionnaire import UNIT_TYPES
from surveylib.model.text import LANGS

FOLDER = Path(__file__).resolve().parents[2] / "questionnaires"
FILES = ["a_records", "c_clients", "k_checklist", "r_residents", "s_staff"]
# The table of the design: who is primary evidence on what; b4 and b5 go by the type of unit.
DESIGN = {
    "a1": "C", "a2": "AC", "a3": "CK", "a4": "C", "a5": "C",
    "b1": "C", "b2": "C", "b3": "K", "b6": "AK",
    "c1": "A", "c2": "AK", "c3": "AK",
    "d1": "C", "d2": "AC", "d3": "C", "d4": "K",
}  # fmt: skip


@pytest.fixture(scope="module")
def forms():
    return load_set(FOLDER)


@pytest.fixture(scope="module")
def by_letter(forms):
    return {form.instrument: form for form in forms}


def test_there_are_five_in_one_folder(forms):
    assert [form.id for form in forms] == FILES
    assert sorted(form.instrument for form in forms) == ["A", "C", "K", "R", "S"]


def test_every_criterion_has_primary_evidence_in_every_type_of_unit_or_says_so(forms):
    cells = coverage_of_set(forms)
    assert len(cells) == 18 * 3 * 5
    assert gaps(forms).empty
    decides = cells[cells["cell"].isin(["primary", "with_records"])]
    for kind in UNIT_TYPES:
        found = decides[decides["unit_type"] == kind].groupby("criterion")["instrument"].agg(set)
        for name, letters in DESIGN.items():
            assert set(letters) <= found[name] <= set(letters) | {"R"}, (name, kind)
        assert found["b4"] == found["b5"] == ({"R"} if kind == "LG" else {"S"})


def test_what_is_not_asked_in_a_type_of_unit_is_called_not_applicable(forms):
    cells = coverage_of_set(forms).set_index(["criterion", "unit_type", "instrument"])["cell"]
    assert cells["b4", "LG", "R"] == "primary" and cells["b4", "OD", "R"] == "not_applicable"
    assert cells["b4", "OV", "S"] == "primary" and cells["b4", "LG", "S"] == "not_applicable"
    assert cells["b6", "LG", "C"] == "not_supported"
    table = coverage_set_table(forms, lang="en").set_index("criterion")
    assert table.loc["b4", "OD"].replace("\u00a0", " ") == "● S · ○ A · ∅ R"
    assert list(table.columns) == ["text", *UNIT_TYPES] and len(table) == 18


def test_an_instrument_taken_away_leaves_named_gaps(forms):
    fewer = [form for form in forms if form.instrument not in "AK"]
    assert set(gaps(fewer)["criterion"]) == {"b3", "b6", "c1", "c2", "c3", "d4"}
    table = coverage_set_table(fewer, lang="vi").set_index("criterion")
    assert table.loc["c2", "LG"].startswith("CHƯA CÓ bằng chứng chính")
    assert {(f.code, f.where) for f in check_set(fewer)} >= {("Q722", "criterion c2, OV")}


@pytest.mark.parametrize("name", FILES)
def test_the_linter_finds_no_error_and_no_warning(name):
    path = FOLDER / f"{name}.yaml"
    found = lint(load_questionnaire(path), source=path)
    assert [f for f in found if f.severity != "note"] == []
    assert {f.code for f in found} <= {"Q501"}  # hints to look at in pre-testing


@pytest.mark.parametrize("name", FILES)
def test_criteria_match_the_plan(shared, name):
    plan = (shared / "plan" / "ke-hoach-thi-diem.txt").read_text(encoding="utf-8")
    assert check_quotes(load_questionnaire(FOLDER / f"{name}.yaml"), plan_text=plan) == ()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_files_are_composed_unicode_with_no_tab_and_no_windows_line(path):
    raw = path.read_bytes().decode("utf-8")
    assert unicodedata.is_normalized("NFC", raw) and "\t" not in raw and "\r" not in raw


def test_every_questionnaire_says_that_its_wording_needs_pre_testing(forms):
    for form in forms:
        assert "pre-testing" in form.notice.en and "not an official form" in form.notice.en, form.id
        assert re.search("phỏng vấn thử|dùng thử|làm thử", form.notice.vi), form.id
        assert "bản đề xuất" in form.notice.vi and "không phải mẫu" in form.notice.vi, form.id


def test_one_id_means_one_thing_over_the_set(forms):
    assert check_set(forms) == ()
    item = forms[3].item("b1_listened")
    other = replace(item, reversed=True, text=replace(item.text, en="Another question?"))
    items = tuple(other if one.id == item.id else one for one in forms[3].items)
    (found,) = check_set([*forms[:3], replace(forms[3], items=items), forms[4]])
    assert found.code == "Q721" and found.severity == "error"
    assert found.where == "c_clients and r_residents, item b1_listened, text, reversed"


def test_a_set_is_of_one_plan_and_one_form_an_instrument(forms):
    with pytest.raises(SurveyError, match="of one instrument"):
        gaps([forms[0], forms[0]])
    with pytest.raises(SurveyError, match="different criteria"):
        gaps([forms[0], replace(forms[1], criteria=(), items=(), indices=(), outcomes=())])
    with pytest.raises(SurveyError, match="empty"):
        gaps([])


def test_the_anchors_of_the_client_form_are_asked_of_everybody(by_letter):
    asked = by_letter["C"]
    anchors = [item.id for item in asked.items if item.anchor]
    factors = ["f1_access", "f2_procedure", "f3_staff", "f4_result", "f5_feedback"]
    assert anchors == [*factors, "overall", "got_it", "trust10", "priority"]
    assert all(asked.item(name).ask_if is None for name in anchors)
    assert (asked.version, len(asked.items)) == ("1.0.0", 46)


def test_heads_are_called_what_the_place_calls_them(by_letter):
    asked = by_letter["R"]
    said = {place: fill_words(asked, unit_type="LG", place=place).item("b5_trust_head").text.vi for place in
            ("ward", "township", "commune", None)}  # fmt: skip
    assert said["ward"].endswith("uy tín của Trưởng khu phố?") and said["township"] == said["ward"]
    assert said["commune"].endswith("uy tín của Trưởng ấp?")
    assert said[None].endswith("uy tín của Trưởng khu phố (Trưởng ấp)?")
    for place in (None, "ward", "commune"):
        filled = fill_words(asked, place=place)
        assert not any("{" in text.get(lang) for _, text in filled.texts() for lang in LANGS)


def test_residents_are_asked_in_local_governments_only_and_staff_of_the_board_in_offices(by_letter):
    assert {item.applies_to for item in by_letter["R"].items} == {("LG",)}
    assert by_letter["S"].item("b5_ttnd_eff").applies_to == ("OD", "OV")


def test_how_a_form_was_collected_is_on_every_instrument(by_letter):
    process = {
        letter: {i.id for i in form.items if i.role == "process"} for letter, form in by_letter.items()
    }
    assert process["C"] == {"staff_present"}  # the rest stands in the wave and in the export
    assert process["R"] == {"mode", "collector", "staff_present"}
    assert process["S"] == {"mode"}
    assert process["K"] == {"visit_date", "visit", "rater", "collector"}
    assert process["A"] == {"period_from", "period_to", "collector"}


def test_rates_of_the_records_have_numerator_and_denominator(by_letter):
    rates = [o for o in by_letter["A"].outcomes if o.measure == "ratio"]
    assert {(o.item, o.of) for o in rates} >= {("a2_on_time", "a2_due"), ("c1_on_time", "c1_due")}
    primary = {i.id for i in by_letter["A"].items if i.primary_for}
    assert primary == {name for o in rates for name in (o.item, o.of) if not name.startswith("b2_")}


@pytest.mark.parametrize("lang", LANGS)
def test_the_preview_shows_sections_marks_and_words(by_letter, lang):
    residents = preview_html(by_letter["R"], lang=lang)
    assert residents.count("<h3>") == 8 and "{head}" not in residents
    assert {"vi": "có thể đánh dấu nhiều ô", "en": "several may be marked"}[lang] in residents
    assert {"vi": "b2_ways có đánh dấu", "en": "b2_ways has a mark at"}[lang] in residents
    staff = preview_html(by_letter["S"], lang=lang)
    assert {"vi": "rút ngẫu nhiên", "en": "order drawn"}[lang] in staff
    records = preview_html(by_letter["A"], lang=lang)
    assert "01/01/2014 – 31/12/2016" in records and "0 – 100000" in records


def test_lint_and_reading_of_all_five_take_little_time(forms):
    start = time.process_time()
    for name in FILES:
        lint(load_questionnaire(FOLDER / f"{name}.yaml"), source=FOLDER / f"{name}.yaml")
    assert time.process_time() - start < 2
