"""A run of data from ``raw/``: what was typed stays harmless and private, and nothing is half-made.

Four units, so that it is quick; the data are a rehearsal's, as if they had come from the field.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import time
import unicodedata
from pathlib import Path

import nbformat
import pandas as pd
import psutil
import pytest

from surveylib.runner.case import OutdatedPages, open_case
from tests.e2e import projects
from tests.report import as_read

SCRIPT = "<script>alert(7391)</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'
TYPED = (SCRIPT, FORMULA, "@SUM(A1)", "\t=1", '"><svg onload=alert(1)>', "<img src=x onerror=alert(1)>")
DECOMPOSED = unicodedata.normalize("NFD", "Được phục vụ tử tế ở Phú Giáo")
TURNED = "abc\N{RIGHT-TO-LEFT OVERRIDE}def"
PRIVATE = "BIMAT 0912345678"
RENAMED = {
    "phu_hoa": {"vi": f"Phường {SCRIPT} & “Phú Hòa” 7", "en": FORMULA},
    "kbnn_phu_giao": {"vi": unicodedata.normalize("NFD", "Kho bạc Phú Giáo"), "en": f"Treasury {TURNED}"},
}
RAW_TAG = re.compile(r"<script|<img src=x|<svg|onerror=(?!\S*&)|javascript:", re.IGNORECASE)


def rename(document: dict) -> None:
    for unit in document["units"]:
        unit["name"] = RENAMED.get(unit["id"], unit["name"])


def spoil(table: pd.DataFrame) -> pd.DataFrame:
    """What was typed on the form: in the comment, which nobody may see, and where a code belongs."""
    done = table.index[table["phieu-disposition"] == "complete"]
    for place, words in zip(done, (*TYPED, DECOMPOSED, TURNED, ""), strict=False):
        table.loc[place, "y_kien-comment"] = f"{words} {PRIVATE}"
    for place, words in zip(done[20:], (*TYPED, DECOMPOSED, TURNED), strict=False):
        table.loc[place, "neo-overall"] = words
    return table


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = projects.lay_small(tmp_path_factory.mktemp("field") / "project")
    named = {unit["name"]["vi"]: unit["id"] for unit in units_of(folder)}

    def by_id(table: pd.DataFrame) -> pd.DataFrame:  # some forms name the unit; its name is about to change
        cells = [unicodedata.normalize("NFC", cell) for cell in table["phieu-unit"]]
        return table.assign(**{"phieu-unit": [named.get(cell, cell) for cell in cells]})

    for wave in ("t0", "interim", "t1"):
        projects.change_table(folder / f"raw/exports/{wave}.csv", by_id)
    projects.change_table(folder / "raw/exports/t1.csv", spoil)
    projects.change(folder / "study.yaml", rename)
    return folder


def units_of(folder: Path) -> list[dict]:
    path = folder.parents[1] / "reports/binh_duong/rehearsal/stages/study.json"
    return json.loads(path.read_text(encoding="utf-8"))["units"]


@pytest.fixture(scope="module")
def run(study) -> Path:
    """The published run."""
    done = projects.command("run", study)
    assert done.returncode == 0, done.stderr
    return study.parents[1] / "reports/binh_duong/field"


@pytest.fixture
def again(study, run, tmp_path) -> Path:
    """The project with its published run, copied, and with quick notebooks: for runs that go wrong."""
    copied = tmp_path / "project"
    shutil.copytree(study.parents[1], copied)
    place = copied / "data/binh_duong"
    projects.light_notebooks(place)
    return place


def reports_of(study: Path) -> Path:
    return study.parents[1] / "reports/binh_duong"


# ---- what was typed --------------------------------------------------------------------------------------


def test_what_was_typed_reached_the_answers(run):
    old = pd.read_csv(run / "stages/corrections.csv", dtype=str)["old"].dropna()
    assert {"<img src=x onerror=alert(1)>", f"'{FORMULA}", "'@SUM(A1)"} <= set(old)


def test_no_page_holds_markup_that_was_typed(run):
    pages = sorted(run.rglob("*.html"))
    assert len(pages) == 2 * (5 + len(projects.UNITS)) + 1
    seen = 0
    for page in pages:
        html = page.read_text(encoding="utf-8")
        assert not RAW_TAG.search(html), f"{page.name}: {RAW_TAG.search(html)}"
        seen += html.count("&lt;script&gt;alert(7391)")
    assert seen > 10


def test_no_notebook_shows_markup_that_was_typed(run):
    shown = [
        output["data"]["text/html"]
        for path in sorted((run / "notebooks").glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    assert sum("&lt;script&gt;alert(7391)" in html for html in shown) > 3
    assert not [html for html in shown if RAW_TAG.search(html)]


def test_no_table_holds_a_formula(run):
    tables = [*run.glob("*.csv"), *run.glob("stages/*.csv")]
    assert len(tables) > 10
    neutralised = 0
    for path in tables:
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    signed = re.fullmatch(r"[+-]?[\d.,]+(?:e[+-]?\d+)?%?", cell)
                    assert signed or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (path.name, cell)
                    neutralised += cell.startswith("'=")
    assert neutralised > 3


def test_letters_are_composed_everywhere(run):
    for path in sorted(run.rglob("*")):
        if path.suffix in (".html", ".csv", ".json", ".ipynb"):
            text = path.read_text(encoding="utf-8")
            assert unicodedata.is_normalized("NFC", text), path.name
    assert "Kho bạc Phú Giáo" in (run / "index.html").read_text(encoding="utf-8")


def test_comments_appear_nowhere(study, run):
    exported = (study / "raw/exports/t1.csv").read_text(encoding="utf-8")
    assert exported.count(PRIVATE) == len(TYPED) + 3
    for path, content in projects.contents(run).items():
        assert b"BIMAT" not in content and b"0912345678" not in content, path


def test_a_run_of_real_data_bears_no_mark(run):
    assert json.loads((run / "manifest.json").read_text(encoding="utf-8"))["rehearsal"] is False
    for page in run.rglob("*.html"):
        assert "DIỄN TẬP" not in as_read.words_of(page.read_text(encoding="utf-8")), page.name


def test_simulated_data_in_raw_mark_the_run_whatever_its_name(study, tmp_path):
    shutil.copytree(study.parents[1], tmp_path / "project")
    again = tmp_path / "project/data/binh_duong"
    path = again / "raw/exports/interim.csv"
    projects.change_table(path, lambda table: table.assign(du_lieu_gia_lap="DIỄN TẬP"))
    assert "DIỄN TẬP" in open_case(again, run="field").mark


# ---- a changed source ------------------------------------------------------------------------------------


def test_a_changed_export_is_computed_anew_and_an_unchanged_one_is_not(again):
    def level() -> float:
        return open_case(again, run="field").table("responses", wave="t0")["overall"].mean()

    kept = reports_of(again) / "field/stages/run.json"
    before, made = level(), kept.stat().st_mtime_ns
    assert level() == before and kept.stat().st_mtime_ns == made

    def worse(table: pd.DataFrame) -> pd.DataFrame:
        done = table.index[table["phieu-disposition"] == "complete"]
        table.loc[done[40:60], "neo-overall"] = "1"
        return table

    projects.change_table(again / "raw/exports/t0.csv", worse)
    with pytest.warns(OutdatedPages):
        assert level() < before
    assert kept.stat().st_mtime_ns == made  # what was published stays what its pages were made from


# ---- runs that go wrong ----------------------------------------------------------------------------------


def wait_for(condition, process, *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, f"ended too soon: {process.communicate()}"
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def test_a_killed_run_leaves_the_published_one_and_the_next_succeeds(again):
    """Killed amid its notebooks; and while it lived, another run of the same name was refused."""
    folder = reports_of(again)
    before = projects.contents(folder / "field")
    building = folder / ".field.new"
    killed = projects.start("run", again)
    try:
        wait_for(building.is_dir, killed)
        second = projects.command("report", again, "--run", "field")
        assert second.returncode == 2
        assert "another process is building this run" in second.stderr
        assert "Traceback" not in second.stderr
        wait_for(lambda: list(building.glob("notebooks/*.ipynb")), killed)
        helpers = psutil.Process(killed.pid).children(recursive=True)
        assert helpers
    finally:
        killed.kill()
        killed.communicate()
    assert building.is_dir()
    assert projects.contents(folder / "field") == before
    assert psutil.wait_procs(helpers, timeout=30)[1] == []  # no kernel is left behind

    done = projects.command("report", again, "--run", "field")
    assert done.returncode == 0, done.stderr
    after = projects.contents(folder / "field")
    assert after.keys() == before.keys()
    assert after["province.vi.html"] != before["province.vi.html"]
    assert not building.exists()


def test_a_failing_notebook_publishes_nothing_and_is_named_with_its_cell(again):
    path = again / "notebooks/40_unit.ipynb"
    notebook = nbformat.read(path, as_version=4)
    broken = "if unit == 'phu_hoa':\n    raise ValueError('hỏng ở đây')"
    notebook.cells.append(nbformat.v4.new_code_cell(broken))
    nbformat.write(notebook, path)
    before = projects.contents(reports_of(again) / "field")
    failed = projects.command("report", again, "--run", "field")
    assert failed.returncode == 2 and "Traceback" not in failed.stderr
    for words in ("2 notebook(s) failed", "40_unit.phu_hoa.vi", "ValueError: hỏng ở đây", "cell"):
        assert words in failed.stderr, failed.stderr
    assert projects.contents(reports_of(again) / "field") == before
    kept = sorted(path.name for path in (reports_of(again) / "field.failed").iterdir())
    assert kept == ["40_unit.phu_hoa.en.ipynb", "40_unit.phu_hoa.vi.ipynb"]
