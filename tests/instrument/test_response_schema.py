"""A response passes the schema exactly when our own rules let it pass, judged by the package jsonschema."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.instrument import load_questionnaire
from surveylib.instrument.response_schema import response_schema, table_schema
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.setting import Setting
from surveylib.model.study import Study
from tests.clients.respondents import expected, respondents

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENTS = sorted((ROOT / "questionnaires").glob("*_*.yaml"))
PEOPLE = 120


@pytest.fixture(scope="module")
def study() -> Study:
    return documents.read(ROOT / "data" / "binh_duong" / "study.yaml", Study)


def checker(questionnaire: Questionnaire) -> jsonschema.Draft202012Validator:
    schema = json.loads(response_schema(questionnaire)[0])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def response(questionnaire: Questionnaire, person: dict, asked: list[str], unit_type: str) -> dict:
    """What a person entered, as a program would send it."""
    made: dict = {"unit_type": unit_type}
    for name in asked:
        entered, kind = person[name], questionnaire.scale_of(name).kind
        if entered == "":
            continue
        if kind == "multiple":
            made[name] = [int(mark) for mark in entered.split()]
        else:
            made[name] = entered if kind in ("text", "date") else float(entered)
    return made


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_it_agrees_with_our_rules(path, study):
    questionnaire = load_questionnaire(path)
    people = respondents(questionnaire, study, n=PEOPLE, seed=20141103)
    types = {unit.id: unit.type for unit in study.units}
    check = checker(questionnaire)
    # One answer held against another (X431) is beyond a schema.
    alone = replace(questionnaire, items=tuple(replace(i, part_of=None) for i in questionnaire.items))
    dates = {i.id for i in questionnaire.items if questionnaire.scale_of(i.id).kind == "date"}
    passed = 0
    for person, ours in zip(people, expected(people, alone, study), strict=True):
        sent = response(questionnaire, person, ours["relevant"], types[person["unit"]])
        wrong = {name for name, why in ours["violations"].items() if name not in dates or why == "required"}
        found = list(check.iter_errors(sent))
        assert bool(found) == bool(wrong), (wrong, [error.message[:200] for error in found])
        passed += not found
    assert passed < PEOPLE


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_an_answer_to_a_skipped_item_does_not_pass(path, study):
    questionnaire = load_questionnaire(path)
    people = respondents(questionnaire, study, n=30, seed=20141104)
    types = {unit.id: unit.type for unit in study.units}
    check, tried = checker(questionnaire), 0
    for person, ours in zip(people, expected(people, questionnaire, study), strict=True):
        unit_type = types[person["unit"]]
        sent = response(questionnaire, person, ours["relevant"], unit_type)
        assert not any("False schema" in error.message for error in check.iter_errors(sent))
        for item in questionnaire.items:
            if item.id in ours["relevant"] or item.relevance is None:
                continue
            more = response(questionnaire, person, [item.id], unit_type)
            if item.id in more:
                tried += 1
                assert any("False schema" in e.message for e in check.iter_errors(sent | more)), item.id
    if any(item.relevance for item in questionnaire.items):
        assert tried > 20


def complete(small: Questionnaire) -> dict:
    answers = {"papers": 5, "forms": 8, "box": 1, "opened": 0, "asked_extra": 9, "wait": 10, "neo": 3}
    return answers | {"comment": "Tốt"}


def test_a_complete_response_passes_and_each_fault_is_found(small):
    check = checker(small)
    right = complete(small)
    assert check.is_valid(right)
    for fault in ({"papers": 6}, {"wait": 481}, {"wait": "10"}, {"comment": ""}, {"box": 0}):
        assert not check.is_valid(right | fault), fault
    assert check.is_valid({k: v for k, v in right.items() if k != "opened"} | {"box": 9})
    assert not check.is_valid({k: v for k, v in right.items() if k != "neo"})


def test_two_answers_compared_are_refused(write):
    path = write(("    ask_if: box == 1\n", "    ask_if: box == papers\n"))
    with pytest.raises(SurveyError, match="two answers"):
        response_schema(load_questionnaire(path))


def test_what_json_schema_cannot_compare_is_said():
    records = load_questionnaire(ROOT / "questionnaires" / "a_records.yaml")
    said = {(one.code, one.where) for one in response_schema(records)[1]}
    assert ("X431", "item a2_on_time") in said and len(said) == 7


def test_a_form_for_one_unit_knows_its_type(study, shipped):
    unit = study.units[0]
    schema = json.loads(response_schema(shipped, setting=Setting(study=study, unit=unit.id))[0])
    assert schema["properties"]["unit_type"] == {"const": unit.type}


def test_the_table_has_a_field_an_item_with_its_codes(small):
    fields = {field["name"]: field for field in table_schema(small)["fields"]}
    assert list(fields)[:3] == ["respondent", "unit", "wave"]
    assert fields["papers"]["constraints"] == {"enum": [1, 2, 3, 4, 5, 8, 9]}
    assert fields["wait"] == {
        "name": "wait",
        "title": "Chờ bao nhiêu phút?",
        "description": "How many minutes did it take?",
        "type": "number",
        "constraints": {"minimum": 0.0, "maximum": 480.0},
    }
    assert fields["comment"]["type"] == "string"
