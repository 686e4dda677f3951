"""What every test may use, and the closing table that says what was and what was not checked."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as make sets it: before anything imports numpy

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"  # reference data of others: read where it lies, never copied into the project

TIERS = ("unit", "theorems", "golden", "doctest", "contract", "nbval", "e2e", "clients")
TIER_OF_FOLDER = {"theorems": "theorems", "golden": "golden", "contracts": "contract", "e2e": "e2e"}
OUTCOMES = {
    "passed": "passed",
    "failed": "failed",
    "error": "failed",
    "xpassed": "failed",
    "skipped": "skipped",
    "xfailed": "skipped",
}


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the project; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("no folder `shared` beside the project")
    return SHARED


# ---- tools of others -------------------------------------------------------------------------------------


def _absent(*programs: str) -> str | None:
    """None when one of the programs is on the PATH, else the sentence for the table."""
    return None if any(map(shutil.which, programs)) else f"{' / '.join(programs)} not found"


@cache
def _r_lacks(packages: tuple[str, ...]) -> str | None:
    if missing := _absent("Rscript"):
        return missing
    code = "a <- commandArgs(TRUE); cat(a[!sapply(a, requireNamespace, quietly = TRUE)])"
    run = subprocess.run(["Rscript", "-e", code, *packages], capture_output=True, text=True, check=False)
    if run.returncode:
        return f"Rscript does not run: {run.stderr.strip()[:80]}"
    return f"R has no package {run.stdout}" if run.stdout else None


@cache
def _java_lacks() -> str | None:
    if missing := _absent("java"):
        return missing
    run = subprocess.run(["java", "-version"], capture_output=True, check=False)  # may be an empty stub
    return f"java does not run (exit code {run.returncode})" if run.returncode else None


def _lacking(mark: pytest.Mark) -> str | None:
    """Why a test with this mark cannot run here, or None when it can."""
    match mark.name:
        case "needs_r":
            return _r_lacks(("survey", *mark.args))
        case "needs_java":
            return _java_lacks()
        case "needs_node":
            return _absent("node")
        case "needs_chromium":
            return _absent("chromium", "chromium-browser", "google-chrome")
        case "needs_poppler":
            return _absent("pdftotext") or _absent("pdftoppm")
    return None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow too")


@pytest.hookimpl(tryfirst=True)  # before `-m clients` is applied
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(mark.name.startswith("needs_") for mark in item.iter_markers()):
            item.add_marker("clients")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("slow") and not item.config.getoption("--slow"):
        pytest.skip("slow: `make test-slow` runs it")
    for mark in item.iter_markers():
        if reason := _lacking(mark):
            pytest.skip(f"{mark.name}: {reason}")


# ---- the closing table -----------------------------------------------------------------------------------


def tier(nodeid: str, keywords: object = ()) -> str:
    """The tier of a test, told by where it stands (`clients`: by its marker)."""
    path, _, _ = nodeid.partition("::")
    if path.endswith(".ipynb"):
        return "nbval"
    if "clients" in keywords:
        return "clients"
    folders = Path(path).parts
    if folders[:1] != ("tests",):
        return "doctest"
    return TIER_OF_FOLDER.get(folders[1] if len(folders) > 2 else "", "unit")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return f"expected failure: {getattr(report, 'wasxfail', '')}".rstrip(": ")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for stat, column in OUTCOMES.items():
        for report in terminalreporter.stats.get(stat, ()):
            name = tier(report.nodeid, getattr(report, "keywords", ()))
            counts[name][column] += 1
            if column == "skipped":
                reasons[name][_reason(report)] += 1
    terminalreporter.section("tiers")
    terminalreporter.line(f"{'tier':<10}{'passed':>8}{'failed':>8}{'skipped':>9}  why skipped")
    for name in TIERS:
        row, why = counts[name], sorted(reasons[name].items())
        terminalreporter.line(
            f"{name:<10}{row['passed']:>8}{row['failed']:>8}{row['skipped']:>9}"
            + (f"  {why[0][1]} × {why[0][0]}" if why else "")
        )
        for reason, count in why[1:]:
            terminalreporter.line(f"{'':<35}  {count} × {reason}")
