"""surveylib lint and surveylib diff as people and code hosts read them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import jsonschema
import pytest

from surveylib.instrument.lint.catalogue import rule_catalogue

ROOT = Path(__file__).resolve().parents[2]
FORM = ROOT / "questionnaires" / "c_clients.yaml"
# What the published SARIF 2.1.0 schema asks of the parts we write: names, kinds, required properties.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
PLACE = {
    "type": "object",
    "required": ["artifactLocation"],
    "properties": {
        "artifactLocation": {"type": "object", "required": ["uri"]},
        "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}}},
    },
}
RESULT = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": TEXT,
        "locations": {"type": "array", "items": {"properties": {"physicalLocation": PLACE}}},
    },
}
RULE = {"type": "object", "required": ["id"], "properties": {"shortDescription": TEXT, "help": TEXT}}
DRIVER = {"type": "object", "required": ["name"], "properties": {"rules": {"type": "array", "items": RULE}}}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": RESULT},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "items": RUN, "minItems": 1}},
}


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """The client form with one English sentence gone."""
    for path in FORM.parent.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path, text = tmp_path / FORM.name, FORM.read_text("utf-8")
    old = 'en: "How satisfied are you with the simplicity of papers and forms?"'
    assert text.count(old) == 1
    path.write_text(text.replace(old, 'en: ""'), encoding="utf-8")
    return path


def test_sarif_points_at_the_line(cli, faulty: Path):
    said = cli("lint", faulty, "--format", "sarif", "--lang", "en")
    assert said.code == 1
    jsonschema.validate(said.json, SARIF)
    (run,) = said.json["runs"]
    (hit,) = [result for result in run["results"] if result["level"] == "error"]
    assert run["tool"]["driver"]["rules"][hit["ruleIndex"]]["id"] == hit["ruleId"] == "Q201"
    place = hit["locations"][0]["physicalLocation"]
    line = faulty.read_text("utf-8").splitlines()[place["region"]["startLine"] - 1]
    assert 'en: ""' in line and place["artifactLocation"]["uri"].endswith("c_clients.yaml")
    assert hit["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "item a1_simple"
    assert hit["properties"]["language"] == "en" and hit["properties"]["message_vi"].startswith("Thiếu")


def test_json_and_csv_have_the_place_in_parts(cli, faulty: Path):
    rows = cli("lint", faulty, "--format", "json").json["findings"]
    (hit,) = [row for row in rows if row["severity"] == "error"]
    assert (hit["item"], hit["language"], hit["code"]) == ("item a1_simple", "en", "Q201")
    assert isinstance(hit["line"], int)
    table = list(csv.DictReader(io.StringIO(cli("lint", faulty, "--format", "csv").out)))
    assert [row["line"] for row in table] == [str(row["line"]) for row in rows]


def test_exit_codes_of_lint(cli, faulty: Path, tmp_path: Path):
    assert cli("lint", FORM).code == 0
    assert cli("lint", faulty).code == 1
    assert cli("lint", tmp_path / "none.yaml").code == 2


def test_the_catalogue_is_the_page_in_docs(cli):
    said = cli("lint", "--rules")
    assert (said.code, said.out) == (0, rule_catalogue())
    assert (ROOT / "docs" / "lint_rules.md").read_text("utf-8") == rule_catalogue(), (
        "surveylib lint --rules > docs/lint_rules.md"
    )


def test_diff_in_every_format(cli, faulty: Path, tmp_path: Path):
    same = cli("diff", FORM, FORM)
    assert same.code == 0 and "0 lỗi, " in same.out
    said = cli("diff", FORM, faulty, "--format", "json", "--lang", "en")
    assert said.code == 1  # the version was not raised
    (change,) = said.json["changes"]
    assert (change["id"], change["kind"], change["verdict"]) == ("a1_simple", "translation", "comparable")
    assert said.json["not_comparable"] == [] and said.json["findings"][0]["code"] == "Q913"
    page = tmp_path / "changes.html"
    assert cli("diff", FORM, faulty, "--format", "html", "--output", page).code == 1
    assert "chỉ đổi bản dịch" in page.read_text("utf-8") and "translation only" in page.read_text("utf-8")
    assert cli("diff", FORM, faulty, "--format", "csv").out.startswith("where,change,comparison,old,new\n")


def test_mistakes_in_the_arguments_of_diff(cli, tmp_path: Path):
    assert cli("diff", FORM, tmp_path / "none.yaml").code == 2
    assert cli("diff", FORM, FORM.with_name("r_residents.yaml")).code == 2
    assert cli("diff", FORM, FORM, "--output", tmp_path / "x").code == 2
