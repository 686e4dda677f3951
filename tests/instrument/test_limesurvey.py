"""LimeSurvey's structure file: laid out as its manual says, and its relevance asks whom our rules ask."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.instrument.limesurvey import limesurvey
from surveylib.instrument.load import load_questionnaire
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.setting import Setting
from surveylib.model.study import Study
from surveylib.model.text import Text
from tests.clients.respondents import expected, respondents
from tests.clients.test_engine import every_rule

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


def variables(person: dict[str, str], questionnaire: Questionnaire) -> dict[str, str]:
    """A person's answers as LimeSurvey names them."""
    made = {}
    for item in questionnaire.items:
        code, entered = item.id.replace("_", ""), person[item.id]
        if questionnaire.scale_of(item.id).kind == "multiple":
            made |= {f"{code}_{mark}": "Y" for mark in entered.split()}
        made[code] = entered
    return made


def differences(questionnaire: Questionnaire, study: Study, folder: Path) -> list[str]:
    found = []
    everybody = respondents(questionnaire, study, n=PEOPLE, seed=20141105)
    types = {unit.id: unit.type for unit in study.units}
    for unit in {unit.type: unit for unit in study.units}.values():
        people = [person for person in everybody if types[person["unit"]] == unit.type]
        rows = table(limesurvey(questionnaire, setting=Setting(study=study, unit=unit.id))[0])
        questions = [
            {"code": row["name"], "relevance": row["relevance"]}
            for row in rows
            if row["class"] == "Q" and row["language"] == "vi" and row["name"] not in ("unit", "wave")
        ]
        job, result = folder / "job.json", folder / "result.json"
        filled = [variables(person, questionnaire) for person in people]
        job.write_text(json.dumps({"questions": questions, "people": filled}), encoding="utf-8")
        script = str(ROOT / "tests" / "clients" / "expression_script.mjs")
        run = subprocess.run(
            ["node", script, str(job), str(result)], capture_output=True, text=True, timeout=60, check=False
        )
        assert run.returncode == 0, run.stderr[-1500:]
        theirs = json.loads(result.read_text(encoding="utf-8"))
        codes = {item.id.replace("_", ""): item.id for item in questionnaire.items}
        ours = expected(people, questionnaire, study)
        for number, (asked, rules) in enumerate(zip(theirs, ours, strict=True)):
            if sorted(codes[code] for code in asked) != rules["relevant"]:
                found.append(f"{unit.id} {number}: {set(map(codes.get, asked)) ^ set(rules['relevant'])}")
    return found


@pytest.mark.needs_node
@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_relevance_agrees_with_our_rules(path, study, tmp_path):
    assert differences(load_questionnaire(path), study, tmp_path) == []


@pytest.mark.needs_node
def test_every_rule_of_the_language(study, tmp_path):
    assert differences(every_rule(), study, tmp_path) == []


def test_texts_are_html_without_expressions_and_no_formula(small):
    evil = Text(vi="<b>{ </b>\tvà\nsau", en="=1+1")
    rows = table(limesurvey(replace(small, items=(replace(small.items[0], text=evil), *small.items[1:])))[0])
    texts = {row["language"]: row["text"] for row in rows if row["name"] == "papers"}
    assert texts == {"vi": "&lt;b&gt;&#123; &lt;/b&gt; và<br />sau", "en": " =1+1"}


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
