"""What `surveylib lint --format sarif` prints, against the schema of SARIF 2.1.0 that its own tool brings."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from surveylib.cli import main
from tests.clients.conftest import MODULES, ROOT

pytestmark = pytest.mark.needs_node
SCHEMA = MODULES / "@microsoft" / "sarif-multitool-linux" / "sarif-2.1.0.json"
PLAN = "1. Các Tiêu chí\n\na. Thủ tục\n\n- Một.\n\n- Hai.\n\n2. Đơn vị"


@pytest.fixture(scope="module")
def schema() -> jsonschema.protocols.Validator:
    if not SCHEMA.is_file():
        pytest.skip("the schema of SARIF is not installed: `make test-clients` does it")
    read = json.loads(SCHEMA.read_text("utf-8-sig"))
    kind = jsonschema.validators.validator_for(read)
    kind.check_schema(read)
    return kind(read)


@pytest.fixture
def log(tmp_path: Path, capsys: pytest.CaptureFixture) -> dict:
    """The log of every instrument, one of them with a faulty version, and of a plan that does not fit."""
    for path in (ROOT / "questionnaires").glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    form = tmp_path / "c_clients.yaml"
    old = 'en: "How satisfied are you with the simplicity of papers and forms?"'
    assert form.read_text("utf-8").count(old) == 1
    form.write_text(form.read_text("utf-8").replace(old, 'en: ""'), encoding="utf-8")
    plan = tmp_path / "plan.txt"
    plan.write_text(PLAN, encoding="utf-8")
    files = [str(path) for path in sorted(tmp_path.glob("*_*.yaml"))]
    with pytest.raises(SystemExit) as ended:
        main(["lint", *files, "--plan", str(plan), "--format", "sarif", "--lang", "en"])
    assert ended.value.code == 1
    return json.loads(capsys.readouterr().out)


def test_the_log_is_valid(schema: jsonschema.protocols.Validator, log: dict) -> None:
    assert [error.message for error in schema.iter_errors(log)] == []
    said = {result["ruleId"] for result in log["runs"][0]["results"]}
    assert {"Q201", "Q501", "Q711", "Q713"} <= said


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: run["tool"]["driver"].pop("name"),
        lambda run: run["results"][0].pop("message"),
        lambda run: run["results"][0].update(level="fatal"),
        lambda run: run["results"][0]["locations"][0].update(file="x"),
        lambda run: run.update(columnKind="letters"),
    ],
)
def test_the_schema_would_say_so(schema: jsonschema.protocols.Validator, log: dict, spoil) -> None:
    spoil(log["runs"][0])
    assert not schema.is_valid(log)
