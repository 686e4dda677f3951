"""The committed JSON Schemas are those of the code, and a real validator agrees with them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from surveylib.instrument import schema_text, write_schemas
from surveylib.model.plan import AnalysisPlan
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.study import Study

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = {
    "questionnaires/schema/questionnaire.schema.json": Questionnaire,
    "data/schema/study.schema.json": Study,
    "data/schema/plan.schema.json": AnalysisPlan,
}


@pytest.mark.parametrize("path", COMMITTED)
def test_committed_schema_is_current(path):
    title = Path(path).name.removesuffix(".schema.json")
    assert (ROOT / path).read_text(encoding="utf-8") == schema_text(COMMITTED[path], title=title), (
        "write it again"
    )


def test_an_editor_finds_the_schema_named_in_the_first_line():
    path = ROOT / "questionnaires" / "c_clients.yaml"
    name = path.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
    assert (path.parent / name).is_file()


def test_a_real_validator_accepts_the_shipped_file_and_refuses_a_misspelt_field():
    validator = jsonschema.Draft202012Validator(json.loads(schema_text(Questionnaire, title="questionnaire")))
    document = YAML(typ="safe").load((ROOT / "questionnaires" / "c_clients.yaml").read_text(encoding="utf-8"))
    assert list(validator.iter_errors(document)) == []
    document["items"][0]["skale"] = "L5"
    assert ["skale" in error.message for error in validator.iter_errors(document)] == [True]


def test_written_files_are_named_and_deterministic(tmp_path):
    paths = write_schemas(tmp_path / "new", nouns={"study": Study, "questionnaire": Questionnaire})
    assert [path.name for path in paths] == ["questionnaire.schema.json", "study.schema.json"]
    assert paths[1].read_text(encoding="utf-8") == schema_text(Study, title="study")
