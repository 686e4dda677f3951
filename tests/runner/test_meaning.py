"""The invariance gate is told by the answers of a run."""

from __future__ import annotations

import dataclasses
import json

import pandas as pd
import pytest

from surveylib.fieldwork.rehearsal import invent_answers, invent_registers
from surveylib.model.invariance import ITEM_COLUMNS, MEAN_COLUMNS, STEP_COLUMNS, Invariance, Untested
from surveylib.model.text import Text
from surveylib.runner.case import compute_stages
from surveylib.runner.meaning import counted_rows, meaning_tables, meaning_tests, moved_items, sides
from surveylib.runner.place import open_study
from surveylib.runner.shows import meaning as show
from surveylib.sampling import draw
from tests.e2e.projects import ROOT, lay

MOVES = {"a1_simple": {"t1": 0.35}, "a5_place": {"t1": -0.35}}


def planted(files, moves):
    latent = dataclasses.replace(files.rehearsal.latent, recalibration=moves)
    return dataclasses.replace(files, rehearsal=dataclasses.replace(files.rehearsal, latent=latent))


def invented(files) -> pd.DataFrame:
    """The rehearsal's answers as they were given, without dirt and without fieldwork."""
    study, truth, seed = files.study, files.rehearsal, 3
    truth = dataclasses.replace(
        truth, dirt=dataclasses.replace(truth.dirt, **dict.fromkeys(vars_of(truth.dirt), 0.0))
    )
    frame = invent_registers(study, truth=truth, seed=seed)
    sample = draw(frame, plan=study.sampling, seed=seed)
    made = invent_answers(sample, study=study, questionnaire=files.instrument, truth=truth, seed=seed)
    parts = [
        table.rename(columns=lambda name: name.split("/")[-1].split("-")[-1]).assign(wave=wave)
        for wave, table in made.items()
    ]
    return pd.concat(parts, ignore_index=True)


def vars_of(dirt) -> list[str]:
    return [field.name for field in dataclasses.fields(dirt)]


def result(scope="all", freed=("", "intercepts", "")) -> Invariance:
    items = pd.DataFrame({"group": "group_a", "item": ["x", "y", "z"], "freed": freed})
    return Invariance(
        scope=scope,
        n_before=200,
        n_after=210,
        steps=pd.DataFrame({"step": ["configural"]}).reindex(columns=list(STEP_COLUMNS)),
        items=items.reindex(columns=list(ITEM_COLUMNS)),
        means=pd.DataFrame(columns=list(MEAN_COLUMNS)),
        untested=(Untested(group="group_b", reason=Text(vi="ít câu", en="few items")),),
    )


def test_an_item_that_moved_for_anybody_counts_once():
    pilots = result("pilot", ("loadings", "intercepts", ""))
    assert moved_items((result(), pilots)) == {"group_a": {"x", "y"}}
    assert moved_items((result(freed=("", "", "")),)) == {"group_a": frozenset()}


def test_without_a_group_tested_over_all_units_the_gate_cannot_be_assessed():
    empty = dataclasses.replace(result(), items=pd.DataFrame(columns=list(ITEM_COLUMNS)))
    assert moved_items((empty, result("pilot"))) is None
    assert moved_items(()) is None


def test_tables_name_whose_answers_and_what_was_not_tested():
    made = meaning_tables((result(), result("pilot")))
    assert list(made) == [f"invariance_{name}" for name in ("steps", "items", "means", "untested")]
    assert made["invariance_steps"][["scope", "n_before"]].to_numpy().tolist() == [
        ["all", 200],
        ["pilot", 200],
    ]
    assert made["invariance_untested"]["reason_vi"].tolist() == ["ít câu", "ít câu"]


def test_waves_are_the_plans_or_those_of_the_role():
    files = open_study(ROOT / "data/binh_duong")
    assert sides(files) == (("t0",), ("t1",))
    bare = dataclasses.replace(files.plan, waves=dataclasses.replace(files.plan.waves, pre=(), post=()))
    assert sides(dataclasses.replace(files, plan=bare)) == (("t0",), ("t1",))


def test_answers_of_excluded_months_are_not_counted():
    plan = open_study(ROOT / "data/binh_duong").plan
    rows = pd.DataFrame({"date": ["2014-10-30", "2014-11-02", "2015-10-01"]})
    assert counted_rows(rows, plan).tolist() == [True, False, True]


def test_a_rehearsal_with_a_planted_recalibration_is_caught_and_one_without_is_not():
    files = open_study(ROOT / "data/binh_duong")
    quiet = moved_items(meaning_tests(files, invented(files)))
    assert set(quiet) == {"group_a", "group_d"}
    assert max(len(items) for items in quiet.values()) <= 1
    moved = moved_items(meaning_tests(files, invented(planted(files, MOVES))))
    assert moved["group_a"] >= set(MOVES)


@pytest.mark.slow
def test_a_recalibration_caps_the_verdict_of_a_whole_run(tmp_path):
    files = open_study(lay(tmp_path / "project"))
    whole = compute_stages(files, folder=tmp_path / "whole", run="rehearsal")
    moved = compute_stages(planted(files, MOVES), folder=tmp_path / "moved", run="rehearsal")
    status = [
        {gate.name: gate.status for gate in made.evidence.gates}["invariance"] for made in (whole, moved)
    ]
    assert status == ["passed", "failed"]
    assert whole.decision.decided_by != "invariance"
    assert "W2" in {refusal.code for refusal in moved.evidence.refusals}
    assert {"probit", "kept", "superiority", "top_two"} <= set(moved.evidence.sensitivity["check"])


def test_the_pages_show_the_steps_and_what_was_not_tested(case):
    for lang in ("vi", "en"):
        shown = show.step_table(case, lang=lang), show.moved_table(case, lang=lang)
        words = json.dumps([dataclasses.asdict(block) for block in shown], ensure_ascii=False, default=str)
        assert {"vi": "Nhóm b: dân chủ", "en": "Group b: democracy"}[lang] in words
