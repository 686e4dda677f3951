"""The notebooks are thin (rules and reasons: notebook_rules.py), and each rule catches its breach."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.contracts import notebook_rules as rules

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
SOURCES = sorted(FOLDER.glob("*.ipynb"))


def tagged(source: str, *tags: str, printed: str | None = None) -> nbformat.NotebookNode:
    outputs = [] if printed is None else [new_output("stream", name="stdout", text=printed)]
    count = None if printed is None else 3
    return new_code_cell(source, metadata={"tags": list(tags)}, outputs=outputs, execution_count=count)


def good() -> nbformat.NotebookNode:
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            new_markdown_cell("# 40 · Đơn vị / One unit"),
            tagged('study: str = "data/x"\nunit = -1', "parameters"),
            tagged("from pathlib import Path\nimport surveylib"),
            new_markdown_cell("## Mức hài lòng là bao nhiêu? / How satisfied are clients?"),
            tagged("surveylib.report.table(1)"),
            tagged("print(round(2 / 3, 3))", "golden", "keep_output", printed="0.667\n"),
            tagged("Path(study).name", "artefacts"),
        ],
    )


def written(folder: Path, notebook: nbformat.NotebookNode) -> Path:
    path = folder / "example.ipynb"
    nbformat.write(notebook, path)
    return path


def nbval(folder: Path, *paths: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={folder}"]
    command += ["-c", "/dev/null", "--nbval", "--nbval-current-env", *map(str, paths)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no folder notebooks/ yet")
def test_there_are_notebooks() -> None:
    assert SOURCES


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_notebook_keeps_the_rules(path: Path) -> None:
    assert rules.complaints(path) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nbstripout_has_nothing_to_strip(path: Path) -> None:
    strip = Path(sys.executable).with_name(rules.STRIP[0])
    run = subprocess.run([strip, *rules.STRIP[1:], path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_good_notebook_has_no_complaint(tmp_path: Path) -> None:
    path = written(tmp_path, good())
    assert rules.complaints(path) == []
    strip = Path(sys.executable).with_name(rules.STRIP[0])
    assert subprocess.run([strip, *rules.STRIP[1:], path], capture_output=True, check=False).returncode == 0


BREAKS = {
    "a magic": (2, {"source": "%matplotlib inline"}, "is not plain Python"),
    "nine lines": (2, {"source": "\n".join(["1"] * 9)}, "has 9 lines"),
    "a loop": (2, {"source": "for i in range(3):\n    i"}, "has a For"),
    "a nested loop": (2, {"source": "if 1:\n    while 0:\n        pass"}, "has a While"),
    "a function": (2, {"source": "def f():\n    pass"}, "has a FunctionDef"),
    "another import": (2, {"source": "import pandas as pd"}, "imports pandas"),
    "another import-from": (2, {"source": "from numpy.linalg import inv"}, "imports numpy.linalg"),
    "no parameters": (1, {"metadata": {}}, "is tagged `parameters`"),
    "computed parameters": (1, {"source": "unit = str(3)"}, "more than plain literals"),
    "no artefacts": (6, {"metadata": {}}, "is tagged `artefacts`"),
    "no question": (3, {"source": "## Kết quả / Results"}, "no question as its heading"),
    "a second figure under one question": (6, {"source": "show_figure(2)"}, "show_figure with no question"),
    "no golden": (5, {"metadata": {}}, "0 cells tagged `golden`"),
    "an empty golden": (5, {"outputs": []}, "nbval would compare nothing"),
    "a golden nbstripout empties": (5, {"metadata": {"tags": ["golden"]}}, "nbstripout would empty it"),
    "a golden nbval skips": (5, {"metadata": {"tags": ["golden", "nbval-skip"]}}, "switches nbval off"),
    "a comment to nbval": (5, {"source": "# NBVAL_IGNORE_OUTPUT\nprint(1)"}, "switches nbval off"),
    "a count elsewhere": (4, {"execution_count": 7}, "only the golden cell does"),
}


@pytest.mark.parametrize(("place", "change", "expected"), BREAKS.values(), ids=BREAKS)
def test_each_rule_catches_its_breach(tmp_path: Path, place: int, change: dict, expected: str) -> None:
    notebook = good()
    notebook.cells[place].update(nbformat.from_dict(change))
    assert any(expected in complaint for complaint in rules.complaints(written(tmp_path, notebook)))


def test_sixteen_code_cells_are_too_many(tmp_path: Path) -> None:
    notebook = good()
    notebook.cells[2:2] = [tagged("1") for _ in range(11)]
    assert "example.ipynb: 16 code cells, at most 15" in rules.complaints(written(tmp_path, notebook))


def test_nbval_compares_the_golden_cell_and_no_other(tmp_path: Path) -> None:
    notebook = good()
    notebook.cells[2].source = "from pathlib import Path\nprint('not stored')"
    notebook.cells[4].source = "print('not stored either')"
    right = written(tmp_path, notebook)
    changed = tmp_path / "changed.ipynb"
    changed.write_text(right.read_text("utf-8").replace("0.667", "0.668"), "utf-8")
    run = nbval(tmp_path, right, changed)
    assert "1 failed, 9 passed" in run.stdout, run.stdout
    assert "changed.ipynb::Cell 3" in run.stdout and "Cell outputs differ" in run.stdout
