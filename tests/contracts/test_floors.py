"""The contract of the floors holds, and a wrong import breaks it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
}
FLOORS = [[name.strip(" ()") for name in layer.split("|")] for layer in CONTRACTS["floors"]["layers"]]
ABOVE = {"cli", "runner", "report"}


def built() -> set[str]:
    """The modules and folders of surveylib that exist."""
    package = ROOT / "surveylib"
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    return folders | {path.stem for path in package.glob("*.py")} - {"__init__"}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--config", "pyproject.toml", "--no-cache"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the house with empty rooms under the real contract."""
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    package = tmp_path / "surveylib"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for name in (name for floor in FLOORS for name in floor):
        (package / name).mkdir()
        (package / name / "__init__.py").write_text("")
    return tmp_path


@pytest.mark.skipif("cli" not in built(), reason="no surveylib.cli yet")
def test_the_house_keeps_its_floors() -> None:
    run = lint_imports(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_folder_below_report_is_kept_from_presentation() -> None:
    named = {name.removeprefix("surveylib.") for name in CONTRACTS["presentation"]["source_modules"]}
    assert built() - ABOVE <= named
    assert named <= {name for floor in FLOORS for name in floor} - ABOVE


def test_the_empty_house_is_sound(house: Path) -> None:
    run = lint_imports(house)
    assert run.returncode == 0 and "3 kept, 0 broken" in run.stdout, run.stdout + run.stderr


WRONG = {
    "a lower floor imports a higher": ("model", "import surveylib.report"),
    "a room imports its neighbour": ("sampling", "from surveylib.weighting import __doc__"),
    "arithmetic imports a noun": ("numerics", "import surveylib.model"),
    "arithmetic imports pandas": ("numerics", "import pandas"),
    "a room draws": ("evaluation", "from matplotlib import pyplot"),
    "errors import the random streams": ("errors", "import surveylib.rng"),
    "a lower floor imports the front door, which imports all": ("rng", "import surveylib"),
}


@pytest.mark.parametrize(("room", "line"), WRONG.values(), ids=WRONG)
def test_a_wrong_import_is_caught(house: Path, room: str, line: str) -> None:
    (house / "surveylib" / "__init__.py").write_text("import surveylib.model\n")
    (house / "surveylib" / room / "__init__.py").write_text(line + "\n")
    run = lint_imports(house)
    assert run.returncode == 1 and "1 broken" in run.stdout, run.stdout + run.stderr
    assert f"surveylib.{room}" in run.stdout


def test_an_undrawn_room_is_caught(house: Path) -> None:
    (house / "surveylib" / "utils.py").write_text("")
    run = lint_imports(house)
    assert run.returncode == 1 and "surveylib.utils" in run.stdout
