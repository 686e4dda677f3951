"""PAPI is a province's score: no page, notebook or stage of a run may know of it, so none can mix it with
units' scores."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAY_KNOW = {"surveylib/cli/papi.py", "surveylib/evaluation/papi.py"}


def naming_it(folder: str, pattern: str) -> set[str]:
    files = (ROOT / folder).rglob(pattern)
    told = ("evaluation.papi", "model.papi", "papi_panel", "synthetic_province", "against_provinces")
    return {
        path.relative_to(ROOT).as_posix()
        for path in files
        if any(name in path.read_text(encoding="utf-8") for name in told)
    }


def test_only_its_own_command_knows_of_papi():
    assert naming_it("surveylib", "*.py") == MAY_KNOW
    assert naming_it("notebooks", "*.ipynb") == set()
