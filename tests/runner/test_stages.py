"""What the plan settles has its effect on what the evaluation is given."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.evaluation.gates import setting
from surveylib.model.plan import AnalysisPlan, Outcomes, PlanWaves, PrimaryOutcome
from surveylib.model.study import Study, UnitSetting
from surveylib.model.weights import Weights
from surveylib.runner.cells import evaluation_cells, scored, versions
from surveylib.runner.gather import read_costs
from surveylib.runner.place import open_study
from surveylib.runner.planned import met_directly, planned_instrument, within_months
from surveylib.weighting import Standardised, equal_weights


def test_answers_of_an_excluded_month_count_in_no_effect():
    rows = pd.DataFrame({"date": ["2014-10-30", "2014-11-02", "2015-11-03", None]})
    scores = pd.DataFrame({"overall": [3.0, 4.0, 5.0, 2.0]})
    plan = AnalysisPlan(waves=PlanWaves(exclude_months=("2014-11",)))
    made = within_months(rows, scores, plan)["overall"]
    assert made.isna().tolist() == [False, True, False, False]
    assert within_months(rows, scores, AnalysisPlan()) is scores


def test_the_primary_index_is_counted_as_the_plan_says(small):
    files = open_study(small)
    strict = dataclasses.replace(
        files, plan=AnalysisPlan(outcome=Outcomes(primary=PrimaryOutcome(min_items_share=1.0)))
    )
    shares = {index.id: index.min_items_share for index in planned_instrument(strict).indices}
    assert shares.pop("overall") == 1.0 and set(shares.values()) != {1.0}


def test_a_stricter_share_of_items_loses_answers(small, case):
    files, rows = open_study(small), case.table("responses")
    lax, strict = (
        dataclasses.replace(
            files, plan=AnalysisPlan(outcome=Outcomes(primary=PrimaryOutcome(min_items_share=s)))
        )
        for s in (0.5, 1.0)
    )
    known = [
        scored(rows, planned_instrument(one), files.study)["overall"].notna().sum() for one in (lax, strict)
    ]
    assert known[0] > known[1] > 0


def test_without_a_fallback_only_what_met_the_mix_itself_is_left():
    keys = pd.DataFrame([(u, w) for u in "ab" for w in ("t0", "t1")], columns=["unit", "wave"])
    cells = pd.concat([keys.assign(outcome=name) for name in ("overall", "trips")], ignore_index=True)
    table = keys.assign(method=["direct", "direct", "margins", "relaxed"])
    made = Standardised(weights=Weights(steps=(equal_weights(keys),)), table=table, findings=())
    left = met_directly(cells, made)
    assert set(left["unit"]) == {"a"} and len(left) == 4
    with pytest.raises(SurveyError, match="by itself"):
        met_directly(cells, dataclasses.replace(made, table=table.assign(method="margins")))


def table(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["unit", "wave", "version"])


def test_the_version_of_a_cell_is_that_of_most_of_its_answers():
    rows = table(("a", "t0", "1"), ("a", "t0", "1"), ("a", "t0", "0"), ("a", "t1", "2"))
    assert versions(rows).to_dict() == {("a", "t0"): "1", ("a", "t1"): "2"}
    assert versions(table(("a", "t0", "1"), ("a", "t1", ""))) is None
    assert versions(rows.drop(columns="version")) is None


def test_another_form_or_mode_in_pilots_alone_is_seen_in_a_run(small):
    study = open_study(small).study
    pilot = next(unit.id for unit in study.units if unit.arm == "pilot")
    other = next(unit.id for unit in study.units if unit.arm == "comparison")
    keys = [(unit, wave) for unit in (pilot, other) for wave in ("t0", "t1")]
    cells = pd.DataFrame(keys, columns=["unit", "wave"]).assign(
        outcome="overall", estimate=3.5, std_error=0.1, n=100.0, n_eff=100.0
    )
    tops = pd.DataFrame(columns=["unit", "wave", "outcome", "top_share"])
    same = evaluation_cells(cells, study, tops=tops)
    assert setting(same, study=study)[0] == "passed" and same["mode"].eq("paper").all()
    newer = pd.Series({key: "2" if key == (pilot, "t1") else "1" for key in keys})
    status, reason = setting(evaluation_cells(cells, study, tops=tops, versions=newer), study=study)
    assert status == "failed" and "instrument_version" in reason.en
    waves = tuple(
        dataclasses.replace(wave, exceptions={pilot: UnitSetting(mode="tablet")}) if wave.id == "t1" else wave
        for wave in study.waves
    )
    moved = dataclasses.replace(study, waves=waves)
    assert setting(evaluation_cells(cells, moved, tops=tops), study=moved)[0] == "failed"


def test_exceptions_are_read_from_the_study_file(small):
    document = json.loads(json.dumps(dataclasses.asdict(open_study(small).study), default=str))
    pilot = document["units"][0]["id"]
    document["waves"][-1]["exceptions"] = {pilot: {"mode": "tablet"}}
    study = documents.build(document, Study, where="study.yaml")
    last, first = study.waves[-1], study.waves[0]
    assert last.setting(pilot)["mode"] == "tablet" and first.setting(pilot)["mode"] == "paper"
    document["waves"][-1]["exceptions"] = {pilot: {"mood": "tablet"}}
    with pytest.raises(SurveyError, match="did you mean 'mode'"):
        documents.build(document, Study, where="study.yaml")


def test_made_up_costs_mark_a_run_of_field_data(small):
    files = open_study(small)
    folder = small / "raw"
    form = folder / "costs.csv"
    kept = form.read_bytes() if form.exists() else None
    try:
        form.write_text("unit,item,kind,amount,du_lieu_gia_lap\nall,a,one-off,5,x\n", "utf-8")
        costs, made_up = read_costs(files, folder=folder)
        assert made_up and np.isclose(costs.lines[0].amount, 5)
        form.write_text("unit,item,kind,amount\nall,a,one-off,5\n", "utf-8")
        assert read_costs(files, folder=folder)[1] is False
    finally:
        form.write_bytes(kept) if kept is not None else form.unlink()
