"""LimeSurvey's structure file: laid out as its manual says; what the import makes of it asks whom our rules
ask, and lets pass what they let pass."""

from __future__ import annotations

import csv
import html
import io
import json
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.instrument.fill import fill_words
from surveylib.instrument.limesurvey import limesurvey
from surveylib.instrument.load import load_questionnaire
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.setting import Setting
from surveylib.model.study import Study
from surveylib.model.text import Text
from tests.clients.respondents import expected, respondents
from tests.clients.test_engine import every_rule
from tests.instrument.expression_manager import evaluate
from tests.instrument.limesurvey_reader import Survey, read

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENTS = sorted((ROOT / "questionnaires").glob("*_*.yaml"))
PEOPLE = 300


@pytest.fixture(scope="module")
def study() -> Study:
    return documents.read(ROOT / "data" / "binh_duong" / "study.yaml", Study)


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter="\t"))


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_the_layout_is_that_of_the_manual(path):
    rows = table(limesurvey(load_questionnaire(path))[0])
    assert [kind for kind, _ in groupby(row["class"] for row in rows)][:3] == ["S", "SL", "G"]
    parts = {
        lang: [row for row in rows if row["language"] == lang and row["class"] in ("G", "Q", "SQ", "A")]
        for lang in ("vi", "en")
    }
    # The whole base language first, then the same rows in the same order.
    assert rows[-len(parts["en"]) :] == parts["en"]
    keys = [
        [(r["class"], r["name"] if r["class"] != "G" else "", r["id"]) for r in p] for p in parts.values()
    ]
    assert keys[0] == keys[1]
    questions = [row["name"] for row in parts["vi"] if row["class"] == "Q"]
    assert len(set(questions)) == len(questions)
    assert all(name.isalnum() and name.isascii() and len(name) <= 20 for name in questions)
    assert all(r["name"].isalnum() and len(r["name"]) <= 5 for r in rows if r["class"] in ("A", "SQ"))
    assert {row["type/scale"] for row in parts["vi"] if row["class"] == "Q"} <= set("LMNDTS*")
    assert limesurvey(load_questionnaire(path))[0] == limesurvey(load_questionnaire(path))[0]


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_the_import_loses_nothing(path):
    asked = load_questionnaire(path)
    survey = read(limesurvey(asked)[0])
    assert survey.settings["language"] == "vi" and survey.settings["additional_languages"] == "en"
    assert {lang: html.unescape(texts["surveyls_title"]) for lang, texts in survey.titles.items()} == {
        lang: asked.title.get(lang) for lang in ("vi", "en")
    }
    place, *groups = survey.groups
    assert [question.code for question in place] == ["unit", "wave"]
    codes = [item.id.replace("_", "") for item in asked.items]
    assert sorted(question.code for group in groups for question in group) == sorted(codes)
    plain = fill_words(asked)
    for item in plain.items:
        scale, question = plain.scale_of(item.id), survey.questions[item.id.replace("_", "")]
        assert {lang: words(text) for lang, text in question.texts.items()} == both(item.text)
        assert {lang: words(text) for lang, text in question.helps.items()} == both(item.note)
        assert question.mandatory == ("Y" if item.required else "N")
        offered = (*scale.choices, *scale.off_scale) if scale.choices else ()
        assert {code: {lang: words(t) for lang, t in c.items()} for code, c in question.choices.items()} == {
            str(choice.code): both(choice.text) for choice in offered
        }


def both(text: Text | None) -> dict[str, str]:
    return {lang: text.get(lang) if text else "" for lang in ("vi", "en")}


def words(text: str) -> str:
    return html.unescape(text.replace("<br />", "\n"))


def differences(questionnaire: Questionnaire, study: Study) -> list[str]:
    """Where a survey imported into LimeSurvey and our rules disagree on whom to ask and what to let pass."""
    found = []
    everybody = respondents(questionnaire, study, n=PEOPLE, seed=20141105)
    types = {unit.id: unit.type for unit in study.units}
    codes = {item.id.replace("_", ""): item.id for item in questionnaire.items}
    for unit in {unit.type: unit for unit in study.units}.values():
        people = [person for person in everybody if types[person["unit"]] == unit.type]
        survey = read(limesurvey(questionnaire, setting=Setting(study=study, unit=unit.id))[0])
        for number, (person, ours) in enumerate(
            zip(people, expected(people, questionnaire, study), strict=True)
        ):
            entered = {code: person[name] for code, name in codes.items()}
            asked, wrong = fill_in(survey, entered)
            theirs = sorted(codes[code] for code in asked), {codes[code] for code in wrong}
            if theirs != (ours["relevant"], set(ours["violations"])):
                found.append(f"{unit.id} {number}: {theirs}, not {ours}")
    return found


def fill_in(survey: Survey, entered: dict[str, str]) -> tuple[list[str], list[str]]:
    """The codes asked of a person, and those whose answer the survey would not let pass."""
    values = dict.fromkeys(survey.variables, "")
    asked, wrong = [], []
    for code, question in survey.questions.items():
        if code not in entered or not evaluate(question.relevance, values):
            continue
        asked.append(code)
        marks = entered[code].split() if question.type == "M" else ()
        values |= {f"{code}_{mark}": "Y" for mark in marks} if question.type == "M" else {code: entered[code]}
    for code in asked:
        question = survey.questions[code]
        limits = {name: cell for (name, lang), cell in question.attributes.items() if lang == "vi"}
        if entered[code] == "":
            fails = question.mandatory == "Y"
        else:
            fails = not within(entered[code], limits)
            check = limits.get("em_validation_q")
            fails |= check is not None and not evaluate(check, values, this=code)
        wrong += [code] * fails
    return asked, wrong


def within(entered: str, limits: dict[str, str]) -> bool:
    """Whether an answer keeps to the bounds, days and exclusive marks of its question."""
    alone, marks = set(limits.get("exclude_all_others", "").split(";")), entered.split()
    return (
        not ("min_num_value_n" in limits and float(entered) < float(limits["min_num_value_n"]))
        and not ("max_num_value_n" in limits and float(entered) > float(limits["max_num_value_n"]))
        and not ("date_min" in limits and entered < limits["date_min"])
        and not ("date_max" in limits and entered > limits["date_max"])
        and not (len(marks) > 1 and alone & set(marks))
    )


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_it_asks_and_lets_pass_as_our_rules_do(path, study):
    assert differences(load_questionnaire(path), study) == []


def test_every_rule_of_the_language(study):
    assert differences(every_rule(), study) == []


def test_texts_that_the_import_would_mangle(small):
    evil = Text(vi='"Có" và "không"', en='a\\" = 1')
    survey = read(limesurvey(replace(small, items=(replace(small.items[0], text=evil), *small.items[1:])))[0])
    texts = survey.questions["papers"].texts
    assert {lang: html.unescape(text) for lang, text in texts.items()} == both(evil)


@pytest.mark.parametrize("name", ["this", "ge", "or"])
def test_words_that_limesurvey_keeps_for_itself_are_refused(small, name):
    with pytest.raises(SurveyError, match="keeps this word"):
        limesurvey(replace(small, items=(*small.items, replace(small.item("box"), id=name))))


def test_texts_are_html_without_expressions_and_no_formula(small):
    evil = Text(vi="<b>{ </b>\tvà\nsau", en="=1+1")
    rows = table(limesurvey(replace(small, items=(replace(small.items[0], text=evil), *small.items[1:])))[0])
    texts = {row["language"]: row["text"] for row in rows if row["name"] == "papers"}
    assert texts == {"vi": "&lt;b&gt;&#123; &lt;/b&gt; và<br />sau", "en": " =1+1"}


@pytest.mark.parametrize("constant", ["a{b", 'a"b', "a\\\\b"])
def test_a_rule_that_the_import_cannot_read_is_refused(small, constant):
    item = replace(small.item("box"), ask_if=f"papers == {json.dumps(constant)}")
    items = tuple(item if one.id == "box" else one for one in small.items)
    with pytest.raises(SurveyError, match="a rule compares with"):
        limesurvey(replace(small, items=items))


def test_the_unit_is_carried_or_asked(shipped, study):
    unit = study.units[0].id
    rows = table(limesurvey(shipped, setting=Setting(study=study, unit=unit))[0])
    carried = next(row for row in rows if row["name"] == "unit")
    assert (carried["type/scale"], carried["text"], carried["hidden"]) == ("*", unit, "1")
    asked = next(row for row in table(limesurvey(shipped)[0]) if row["name"] == "unit")
    assert (asked["type/scale"], asked["mandatory"]) == ("S", "Y")


def test_bounds_and_exclusive_marks(study):
    rows = {row["name"]: row for row in table(limesurvey(every_rule())[0])}
    assert rows["ways"]["exclude_all_others"] == "5;9"
    assert rows["count"]["em_validation_q"] == (
        "is_empty(this.NAOK) || (this.NAOK >= -1 && this.NAOK <= 9) || this.NAOK == 99"
    )
    assert rows["count"]["min_num_value_n"] == ""


def test_a_count_is_held_against_the_one_it_is_part_of(study):
    rows = {row["name"]: row for row in table(limesurvey(every_rule())[0]) if row["language"] == "vi"}
    own = "is_empty(this.NAOK) || (this.NAOK >= -1 && this.NAOK <= 9) || this.NAOK == 99"
    whole = "is_empty(this.NAOK) || is_empty(count.NAOK) || this.NAOK == 99 || count.NAOK == 99"
    assert rows["part"]["em_validation_q"] == f"({own}) && ({whole} || this.NAOK <= count.NAOK)"
    assert rows["part"]["em_validation_q_tip"].endswith("Không lớn hơn con số ở câu “count”.")
    records = load_questionnaire(ROOT / "questionnaires" / "a_records.yaml")
    rows = {row["name"]: row for row in table(limesurvey(records)[0])}
    assert rows["a2ontime"]["em_validation_q"] == (
        "is_empty(this.NAOK) || is_empty(a2due.NAOK) || this.NAOK <= a2due.NAOK"
    )
    assert rows["a2due"]["em_validation_q"] == "" and rows["a2ontime"]["max_num_value_n"] == "100000"


def test_two_items_of_one_code_are_refused(small):
    items = (*small.items, replace(small.item("box"), id="b_ox"))
    with pytest.raises(SurveyError, match="one code"):
        limesurvey(replace(small, items=items))
