import json
import math
import shutil

import pandas as pd
import pytest

from surveylib.model.finding import Finding
from surveylib.model.text import Text
from surveylib.runner.case import compute_stages
from surveylib.runner.keep import RUN_FILE, finding_record, findings_of, keep, write_json
from surveylib.runner.place import digest, open_study
from tests.e2e import projects

SECRET = "Chị Hoa 0912345678"


@pytest.fixture(scope="module")
def stages(small, tmp_path_factory):
    """The stages of the field run, one comment of which names a person."""
    study = tmp_path_factory.mktemp("kept") / "project/data/binh_duong"
    shutil.copytree(small.parents[1], study.parents[1])

    def tell(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[table["phieu-disposition"] == "complete", "y_kien-comment"] = SECRET
        return table

    projects.change_table(study / "raw/exports/t0.csv", tell)
    files = open_study(study)
    return compute_stages(files, folder=study.parent, run="field")


@pytest.fixture(scope="module")
def kept(stages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stages")
    keep(stages, folder=folder, run="field")
    return folder


def test_every_stage_is_kept_and_nothing_private(stages, kept):
    assert SECRET in stages.fieldwork.responses.private.to_string()
    names = {path.name for path in kept.iterdir()}
    assert {"responses.csv", "sample.csv", "weights.csv", "cells.csv", "evidence.json", RUN_FILE} <= names
    for path in kept.iterdir():
        assert SECRET not in path.read_text(encoding="utf-8"), path.name


def test_weights_are_kept_step_by_step(stages, kept):
    frame = pd.read_csv(kept / "weights.csv")
    steps = [step.name for step in stages.weights.steps]
    assert steps[0] == "base" and len(steps) >= 3
    assert list(frame.columns) == ["respondent", "unit", "wave", *steps, "standardised"]
    for step in stages.weights.steps:
        assert frame[step.name].tolist() == step.values.tolist()  # to the last digit


def test_the_record_of_the_run_says_what_it_was_made_from(stages, kept):
    record = json.loads((kept / RUN_FILE).read_text(encoding="utf-8"))
    raw = stages.files.folder / "raw"
    study = stages.files.study
    named = [raw / name for s in study.sources for name in (s.path, s.register)]
    named += [raw / s.path for s in study.other_sources]
    assert record["digest"] == digest((*stages.files.files, *named))
    assert record["mark"] == "" and record["run"] == "field"
    assert record["respondents"] == len(stages.fieldwork.responses.rows)
    assert record["plan_digest"] == stages.files.plan.digest


def test_a_rehearsal_is_marked(case):
    assert "DIỄN TẬP" in json.loads((case.stages / RUN_FILE).read_text(encoding="utf-8"))["mark"]


def test_the_record_of_the_run_comes_last(stages, tmp_path, monkeypatch):
    """Who finds it may trust that the rest is there: a run that dies before leaves none."""
    monkeypatch.setattr("surveylib.runner.keep.evidence_to_json", lambda evidence: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keep(stages, folder=tmp_path, run="field")
    assert (tmp_path / "cells.csv").exists() and not (tmp_path / RUN_FILE).exists()


def test_findings_survive_the_way_to_json_and_back():
    one = Finding(
        code="D01", severity="error", where="dòng 3", message=Text(vi="một", en="one"),
        remedy=Text(vi="hai", en="two"),
    )  # fmt: skip
    other = Finding(
        code="Q02", severity="note", where="x", message=Text(vi="ba", en="three"), remedy=Text(vi="", en="-")
    )
    records = json.loads(json.dumps([finding_record("fieldwork", one), finding_record("weights", other)]))
    assert findings_of(records) == (one, other)
    assert findings_of(records, stage="weights") == (other,)
    assert findings_of(records, stage="questionnaire") == ()


def test_json_that_others_cannot_read_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"x": math.nan})
    assert not (tmp_path / "x.json").exists()
