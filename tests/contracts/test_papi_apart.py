"""PAPI is a province's score, and records are the offices' own: they stand on a page by themselves, and
nothing that scores or judges units may know of them."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAY_KNOW = {
    *("surveylib/cli/papi.py", "surveylib/evaluation/papi.py", "surveylib/evaluation/papi_workbook.py"),
    *("surveylib/runner/context.py", "surveylib/runner/papi_file.py", "surveylib/runner/shows/context.py"),
}
MAY_KNOW_RECORDS = {"surveylib/runner/context.py"}
PAPI = ("evaluation.papi", "model.papi", "papi_panel", "synthetic_province", "against_provinces")
PAGE = "80_context.ipynb"
UNITS_OWN = (
    r"\.(evidence|decision|value|truth|primary)\b|table\(\"(cells|standard_cells|waves|interim|scores)"
)


def naming(told: tuple[str, ...], folder: str, pattern: str) -> set[str]:
    files = (ROOT / folder).rglob(pattern)
    return {
        path.relative_to(ROOT).as_posix()
        for path in files
        if any(name in path.read_text(encoding="utf-8") for name in told)
    }


def test_only_its_command_and_its_page_know_of_papi():
    assert naming(PAPI, "surveylib", "*.py") == MAY_KNOW
    assert naming(PAPI, "notebooks", "*.ipynb") == set()


def test_only_the_stage_of_context_computes_from_records():
    assert naming(("evaluation.extract",), "surveylib", "*.py") == MAY_KNOW_RECORDS


def test_no_other_notebook_shows_context():
    shown = naming(("shows import context", "shows import records"), "notebooks", "*.ipynb")
    assert shown == {f"notebooks/{PAGE}"}


def test_the_page_of_context_shows_nothing_else():
    cells = json.loads((ROOT / "notebooks" / PAGE).read_text(encoding="utf-8"))["cells"]
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert set(re.findall(r"shows import (\w+)", code)) == {"context", "records"}


def test_what_shows_context_reads_nothing_of_units_scores_or_of_the_verdict():
    for name in ("context", "records"):
        text = (ROOT / f"surveylib/runner/shows/{name}.py").read_text(encoding="utf-8")
        assert not re.search(UNITS_OWN, text), name
    own = (ROOT / "surveylib/runner/shows/decision.py").read_text(encoding="utf-8")
    assert re.search(UNITS_OWN, own)  # so that the pattern cannot have gone blind
