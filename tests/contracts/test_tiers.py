"""The closing table counts every outcome in its tier and says why a test was skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import tier

ROOT = Path(__file__).resolve().parents[2]

PROJECT = {
    "tests/room/test_a.py": "def test_right(): assert True\ndef test_wrong(): assert False\n",
    "tests/theorems/test_b.py": "import pytest\n@pytest.mark.slow\ndef test_simulated(): assert True\n",
    "tests/golden/test_c.py": "import pytest\n@pytest.mark.needs_r('lavaan')\ndef test_r(): assert True\n",
    "tests/e2e/test_d.py": "import pytest\npytest.skip('nothing to run on', allow_module_level=True)\n",
    "surveylib/room.py": '"""A room.\n\n>>> 1 + 1\n2\n"""\n',
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {name: (ROOT / name).read_text("utf-8") for name in ("pyproject.toml", "tests/conftest.py")}
    for name, text in (files | PROJECT).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def table(project: Path, *options: str) -> dict[str, str]:
    """The rows of the closing table, by tier, when no outside program is on the PATH."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    environment = {**os.environ, "PATH": str(project), "COLUMNS": "200"}
    run = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    lines = run.stdout.partition(" tiers ")[2].splitlines()
    return {line.split()[0]: " ".join(line.split()[1:]) for line in lines if line[:1].isalpha()}


@pytest.mark.parametrize(
    "options", [(), ("-n", "2", "--dist", "loadscope")], ids=["one process", "two processes"]
)
def test_each_outcome_stands_in_its_tier(project: Path, options: tuple[str, ...]) -> None:
    rows = table(project, *options)
    assert rows["unit"] == "1 1 0"
    assert rows["theorems"] == "0 0 1 1 × slow: `make test-slow` runs it"
    assert rows["golden"] == "0 0 0"
    assert rows["doctest"] == "1 0 0"
    assert rows["e2e"] == "0 0 1 1 × nothing to run on"
    assert rows["clients"] == "0 0 1 1 × needs_r: Rscript not found"


def test_slow_tests_run_when_asked(project: Path) -> None:
    rows = table(project, "--slow", "-m", "slow")
    assert (rows["theorems"], rows["unit"]) == ("1 0 0", "0 0 0")


def test_client_tests_are_chosen_by_one_marker(project: Path) -> None:
    rows = table(project, "-m", "clients", "tests")
    assert (rows["clients"], rows["unit"], rows["theorems"]) == (
        "0 0 1 1 × needs_r: Rscript not found",
        "0 0 0",
        "0 0 0",
    )


@pytest.mark.parametrize(
    ("nodeid", "keywords", "expected"),
    [
        ("notebooks/40_unit.ipynb::Cell 3", (), "nbval"),
        ("tests/estimation/test_totals.py::test_x", (), "unit"),
        ("tests/test_rng.py::test_x", (), "unit"),
        ("tests/golden/test_r.py::test_x", {"clients": 1}, "clients"),
        ("tests/contracts/test_tree.py::test_x", (), "contract"),
        ("surveylib/rng.py::surveylib.rng.stream", (), "doctest"),
    ],
)
def test_tier_is_told_by_place(nodeid: str, keywords: object, expected: str) -> None:
    assert tier(nodeid, keywords) == expected
