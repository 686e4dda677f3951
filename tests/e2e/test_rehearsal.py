"""A rehearsal of the real study: its files, its truth found again, the same bytes twice, nothing rolled out
that did nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from surveylib.evaluation import evidence_from_json
from surveylib.model.evidence import CRITERION
from surveylib.model.results import RESULT_COLUMNS
from surveylib.report.html import read_blocks
from surveylib.runner.case import open_case
from surveylib.runner.execute import execute
from surveylib.runner.place import open_study
from surveylib.runner.program import jobs
from tests.e2e import projects

LEVEL = 0.90
CELLS = 15 * 3  # units by waves
PAGE = "40_unit.phu_cuong.vi"


def study_of(run: Path) -> Path:
    return run.parents[2] / "data/binh_duong"


@pytest.fixture(scope="module")
def truth(rehearsed) -> dict:
    return json.loads((rehearsed / "rehearsal/truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def manifest(rehearsed) -> dict:
    return json.loads((rehearsed / "manifest.json").read_text(encoding="utf-8"))


# ---- the files -------------------------------------------------------------------------------------------


def test_nothing_else_is_left_behind(rehearsed):
    assert {path.name for path in rehearsed.parent.iterdir()} <= {"rehearsal", ".rehearsal.lock"}
    assert not [path for path in rehearsed.rglob(".*")]


def test_the_project_itself_was_not_written_to(rehearsed):
    copied = study_of(rehearsed)
    for name, content in projects.contents(copied).items():
        assert (projects.ROOT / "data/binh_duong" / name).read_bytes() == content, name


def test_estimates_have_the_standard_columns(rehearsed):
    frame = pd.read_csv(rehearsed / "estimates.csv", low_memory=False)
    assert list(frame.columns[:6]) == ["record", "page", "block", "key", "value", "printed"]
    places = [frame.columns.get_loc(name) for name in RESULT_COLUMNS]
    assert places == list(range(places[0], places[0] + len(RESULT_COLUMNS)))
    assert set(frame["record"]) == {"estimate", "printed", "said"}
    made = frame[frame["record"] == "estimate"]
    assert {"cells", "standard_cells", "effects", "changes", "posterior"} <= set(made["block"])
    cells = made[made["block"] == "cells"]
    assert not cells.duplicated(["unit", "wave", "outcome"]).any()
    ends = cells[["conf_low", "estimate", "conf_high"]].dropna().to_numpy(float)
    assert len(ends) > 0.9 * len(cells)
    assert (np.diff(ends, axis=1) >= 0).all()


def test_the_manifest_has_the_right_hashes(rehearsed, manifest):
    outputs = {row["path"]: row for row in manifest["outputs"]}
    made = {
        path.relative_to(rehearsed).as_posix()
        for path in rehearsed.rglob("*")
        if path.suffix in (".html", ".pdf", ".csv", ".json")
    }
    assert set(outputs) | {"index.html"} == made - {"manifest.json"}
    for name, row in outputs.items():
        content = (rehearsed / name).read_bytes()
        assert (row["bytes"], row["sha256"]) == (len(content), hashlib.sha256(content).hexdigest()), name


def test_the_manifest_names_what_the_run_was_made_from(rehearsed, manifest):
    study = study_of(rehearsed)
    sources = [study / name for name in ("study.yaml", "plan.yaml", "rehearsal.yaml")]
    sources += (study.parents[1] / "questionnaires").glob("*.yaml")
    sources += rehearsed.glob("rehearsal/**/*.csv")
    assert len(sources) == 21
    expected = {hashlib.sha256(path.read_bytes()).hexdigest() for path in sources}
    assert {row["sha256"] for row in manifest["inputs"]} == expected
    assert manifest["seed"] == 2014 and {"python", "surveylib", "numpy"} <= set(manifest["versions"])
    plan = open_study(study).plan.digest
    assert manifest["digests"]["plan"] == plan
    foot = (rehearsed / "province.vi.html").read_text(encoding="utf-8").partition("<footer")[2]
    assert plan[:16] in foot
    assert re.fullmatch(r"[0-9a-f]{64}", manifest["digests"]["questionnaire c_clients 1.0.0"])


def test_time_is_told_nowhere_but_in_timings(manifest):
    assert set(manifest["timings"]) == {"steps", "notebooks"}
    assert len(manifest["timings"]["notebooks"]) == 58
    rest = json.dumps({name: value for name, value in manifest.items() if name != "timings"})
    assert not re.search(r"20\d\d-\d\d-\d\dT", rest)


# ---- the same bytes twice --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def second(rehearsed, tmp_path_factory) -> Path:
    """The stages once more, in another folder, and one page's notebook executed on them."""
    folder = tmp_path_factory.mktemp("again") / "project"
    study = projects.lay(folder)
    run = projects.compute(study, threads=2)
    todo = [job for job in jobs(open_study(study).study, study_folder=study, built=run) if job.name == PAGE]
    assert [outcome.error for outcome in execute(todo, workers=1)] == [None]
    return run


@pytest.mark.parametrize("part", ["stages", "rehearsal"])
def test_a_second_run_gives_the_same_bytes(rehearsed, second, part):
    first, again = projects.contents(rehearsed / part), projects.contents(second / part)
    assert len(first) >= 7
    assert first.keys() == again.keys()
    assert [name for name in first if first[name] != again[name]] == []


def test_a_notebook_executed_again_says_the_same(rehearsed, second):
    name = f"notebooks/{PAGE}.ipynb"
    first, again = (nbformat.read(run / name, as_version=4) for run in (rehearsed, second))
    for cell, same in zip(first.cells, again.cells, strict=True):
        assert (cell.source, cell.get("outputs")) == (same.source, same.get("outputs"))
    assert len(read_blocks(rehearsed / name, lang="vi")) > 10
    assert read_blocks(rehearsed / name, lang="vi") == read_blocks(second / name, lang="vi")


# ---- the declared truth ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def covered(rehearsed, truth) -> pd.DataFrame:
    """Each unit, wave and outcome: whether its interval holds what is true at the reference mix.

    Shocks of unit by wave are part of that truth, so that sampling error is all there is between the two.
    The truth is told for indices and outcomes; figures of single criteria are made of the same items.
    """
    cells = pd.read_csv(rehearsed / "stages/standard_cells.csv")
    cells = cells[~cells["outcome"].str.startswith(CRITERION)]
    frame = cells.merge(pd.DataFrame(truth["cells"]), on=["unit", "wave", "outcome"], validate="1:1")
    assert len(frame) == len(cells) == CELLS * frame["outcome"].nunique()
    return frame.assign(inside=frame["reference"].between(frame["conf_low"], frame["conf_high"]))


def test_intervals_of_all_cells_hold_the_truth_as_often_as_they_say(covered):
    """Outcomes of one unit and wave come from the same persons: the office and wave is the unit of chance."""
    share = covered.groupby(["unit", "wave"])["inside"].mean()
    error = share.std() / np.sqrt(len(share))
    assert error < 0.03
    assert abs(share.mean() - LEVEL) < 3 * error


def test_intervals_of_each_outcome_hold_the_truth_as_often_as_they_say(covered):
    inside = covered.groupby("outcome")["inside"].sum()
    # Below this a true 90 % would fall once in 10,000 times; intervals of few answers are a little too short.
    least = binom.ppf(1e-4, CELLS, LEVEL - 0.03)
    assert (inside >= least).all(), inside.to_dict()


def test_intervals_are_not_wide_enough_to_hold_anything(covered, truth):
    """The truth of another unit of the same wave is held much less often."""
    shifted = covered.sort_values(["outcome", "wave", "unit"])
    other = shifted.groupby(["outcome", "wave"])["reference"].transform(np.roll, 1)
    held = other.between(shifted["conf_low"], shifted["conf_high"])
    assert held.mean() < 0.65


def test_the_interval_of_the_overall_effect_holds_the_true_one(rehearsed, truth):
    evidence = evidence_from_json((rehearsed / "stages/evidence.json").read_text(encoding="utf-8"))
    rows = evidence.effects[
        (evidence.effects["scope"] == "all") & (evidence.effects["estimator"] == "unit_equal")
    ]
    rows = rows.dropna(subset=["estimate"]).set_index("outcome")
    rows = rows[~rows.index.str.startswith(CRITERION)]
    true = pd.DataFrame(truth["overall"]).set_index("outcome")["effect"][rows.index]
    assert 0.2 < true["overall"] < 0.4
    assert rows.loc["overall", "conf_low"] <= true["overall"] <= rows.loc["overall", "conf_high"]
    # Of the others, which the same shocks move together, most.
    assert true.between(rows["conf_low"], rows["conf_high"]).mean() >= 0.7


def test_a_pilot_that_did_nothing_is_not_rolled_out(tmp_path):
    study = projects.lay(tmp_path / "project")

    def nothing(document: dict) -> None:
        document["effects"] = {}
        for part in ("choices", "amounts"):
            for question in document[part].values():
                question.pop("effect", None)

    projects.change(study / "rehearsal.yaml", nothing)
    case = open_case(study)
    assert all(row["effect"] == 0 for row in case.truth["cells"])
    assert case.decision.verdict != "roll_out"
    row = case.evidence.effects.query("outcome == 'overall' and scope == 'all' and estimator == 'unit_equal'")
    assert float(row["conf_low"].iloc[0]) <= 0 <= float(row["conf_high"].iloc[0])
    assert not re.search(r"bằng chứng về tác động tích cực", " ".join(s.vi for s in case.evidence.sentences))


# ---- the golden cells ------------------------------------------------------------------------------------


def test_nbval_fails_when_a_golden_number_changes(rehearsed, tmp_path):
    """The notebook as it is stored passes; with one number of its golden cell changed, that cell fails."""
    stored = nbformat.read(projects.ROOT / "notebooks/40_unit.ipynb", as_version=4)
    nbformat.write(stored, tmp_path / "stored.ipynb")
    golden = next(cell for cell in stored.cells if "golden" in cell.metadata.get("tags", ()))
    data = golden.outputs[0]["data"]
    number = re.search(r"(?<= )[1-5]\.[0-9]+(?= )", data["text/plain"])[0]
    other = number[:-1] + str((int(number[-1]) + 1) % 10)
    for kind in ("text/plain", "text/html"):
        assert number in data[kind]
        data[kind] = data[kind].replace(number, other, 1)
    nbformat.write(stored, tmp_path / "changed.ipynb")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null", "--nbval"]
    command += ["--nbval-current-env", f"--rootdir={tmp_path}", "changed.ipynb", "stored.ipynb"]
    run = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"SURVEYLIB_STUDY": str(study_of(rehearsed))},
        capture_output=True,
        text=True,
        check=False,
    )
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert f"1 failed, {2 * len(code) - 1} passed" in run.stdout, run.stdout[-3000:]
    assert f"changed.ipynb::Cell {code.index(golden)}" in run.stdout
    assert "Cell outputs differ" in run.stdout
