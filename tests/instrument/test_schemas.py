"""The committed JSON Schemas are those of the code, and a real validator agrees with them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from surveylib.instrument import schema_text, write_schemas
from surveylib.model.bank import Bank, QuestionnaireFile
from surveylib.model.plan import AnalysisPlan
from surveylib.model.study import Study

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "questionnaires").glob("*.yaml"))
COMMITTED = {
    "questionnaires/schema/bank.schema.json": Bank,
    "questionnaires/schema/questionnaire.schema.json": QuestionnaireFile,
    "data/schema/study.schema.json": Study,
    "data/schema/plan.schema.json": AnalysisPlan,
}


@pytest.mark.parametrize("path", COMMITTED)
def test_committed_schema_is_current(path):
    title = Path(path).name.removesuffix(".schema.json")
    assert (ROOT / path).read_text(encoding="utf-8") == schema_text(COMMITTED[path], title=title), (
        "write it again"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_editor_finds_the_schema_named_in_the_first_line_and_a_real_validator_accepts_the_file(path):
    name = path.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
    schema = json.loads((path.parent / name).read_text(encoding="utf-8"))
    document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    plain = json.loads(json.dumps(document, default=str))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(plain)) == []


@pytest.mark.parametrize(
    ("item", "wrong"), [({"id": "x", "skale": "L5"}, "skale"), ({"use": "x", "text": 1}, "text")]
)
def test_a_real_validator_names_the_field_that_is_wrong(item, wrong):
    schema = json.loads(schema_text(QuestionnaireFile, title="questionnaire"))
    schema["$defs"]["Item"].pop("required")
    errors = jsonschema.Draft202012Validator(schema).iter_errors({"items": [item]})
    assert [f"'{wrong}' was unexpected" in error.message for error in errors if error.path] == [True]


def test_written_files_are_named_and_deterministic(tmp_path):
    paths = write_schemas(tmp_path / "new", nouns={"study": Study, "questionnaire": QuestionnaireFile})
    assert [path.name for path in paths] == ["questionnaire.schema.json", "study.schema.json"]
    assert paths[1].read_text(encoding="utf-8") == schema_text(Study, title="study")
