"""Making a run, as a program calls it; what the command line does is in tests/e2e."""

import json
import shutil
from pathlib import Path

import pytest

from surveylib.errors import SurveyError
from surveylib.runner.make import make
from tests.e2e import projects

STEPS = ["lint", "fieldwork", "weights", "estimates", "evaluation", "notebooks", "pages", "brief", "tables"]


@pytest.fixture
def study(small, tmp_path) -> Path:
    """The small study with quick notebooks, to run where it lies."""
    shutil.copytree(small.parents[1], tmp_path / "project")
    projects.light_notebooks(tmp_path / "project/data/binh_duong")
    return tmp_path / "project/data/binh_duong"


def test_a_run_tells_what_it_does_and_gives_what_it_made(study, tmp_path):
    steps, expected, outcomes = [], [], []
    told = {"step": steps.append, "plan": expected.append, "progress": outcomes.append}
    made = make(study, run="field", output=tmp_path / "out", **told)
    assert steps == STEPS
    assert expected == [30] and len(outcomes) == 30 and not any(one.error for one in outcomes)
    assert made.folder == tmp_path / "out/binh_duong/field"
    assert (made.pages, made.notebooks) == (18, 30)
    assert [name for name, _ in made.timings] == STEPS and all(lap >= 0 for _, lap in made.timings)
    assert made.verdict == json.loads((made.folder / "stages/decision.json").read_text("utf-8"))["verdict"]
    assert (made.folder / "index.html").is_file()
    assert not (study.parents[1] / "reports/binh_duong/field").exists()


def test_pages_alone_need_stages_that_are_there(study):
    with pytest.raises(SurveyError, match="no stages yet") as refusal:
        make(study, run="field", anew=False)
    assert "surveylib run" in str(refusal.value)
    assert not (study.parents[1] / "reports/binh_duong/field").exists()


def test_a_run_of_an_unusable_name_is_refused_before_anything_is_made(study):
    with pytest.raises(SurveyError, match="unusable name"):
        make(study, run="../field")
    assert not (study.parents[1] / "reports/field").exists()


def test_a_missing_notebook_is_named_and_what_was_published_stays(study):
    published = study.parents[1] / "reports/binh_duong/rehearsal"
    before = projects.contents(published)
    (study / "notebooks/60_effects.ipynb").unlink()
    with pytest.raises(SurveyError, match="60_effects"):
        make(study, run="rehearsal", anew=False)
    assert projects.contents(published) == before
    assert {path.name for path in published.parent.iterdir()} <= {
        "rehearsal", ".rehearsal.lock", ".rehearsal.stages",
    }  # fmt: skip


def test_a_mistake_in_the_data_stops_before_any_notebook(study):
    path = study / "raw/exports/t1.csv"
    projects.change_table(path, lambda table: table.assign(**{"phieu-unit": "cơ quan lạ"}))
    steps = []
    with pytest.raises(SurveyError, match=r"cơ quan lạ"):
        make(study, run="field", step=steps.append)
    assert "notebooks" not in steps
    assert not (study.parents[1] / "reports/binh_duong/field").exists()


def test_an_interrupted_run_leaves_nothing_half_made(study):
    def stop(name: str) -> None:
        if name == "evaluation":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(study, run="field", step=stop)
    left = {path.name for path in (study.parents[1] / "reports/binh_duong").iterdir()}
    assert not left & {"field", ".field.new", ".field.old"}
