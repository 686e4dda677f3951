"""`surveylib plan`: freeze, show, diff; and what a later edit does to every report."""

from __future__ import annotations

import datetime
import json

import pytest

from surveylib import open_case
from surveylib.runner.place import open_study
from surveylib.runner.registration import as_registered, deviation_lines, deviations_of, freeze_study

SIGNED = ("--by", "Sở Nội vụ", "--words", "Đã duyệt", "--lang", "en")
EARLY = datetime.datetime(2030, 1, 15, 9, tzinfo=datetime.UTC)
LATE = datetime.datetime(2031, 2, 1, 9, tzinfo=datetime.UTC)


def test_freezing_writes_the_lock_file_and_shows_it(study, cli):
    made = cli("plan", "freeze", study, *SIGNED)
    lock = json.loads((study / "plan.frozen.json").read_text("utf-8"))
    assert made.code == 0 and lock["history"][0]["by"] == "Sở Nội vụ"
    assert lock["history"][0]["plan_digest"] in made.out and lock["history"][0]["plan"]["thresholds"]
    shown = cli("plan", "show", study, "--format", "json").json
    assert [row["words"] for row in shown["freezings"]] == ["Đã duyệt"] and shown["exploratory"] is False
    assert "no deviation" in cli("plan", "show", study, "--lang", "en").out
    assert "Không có thay đổi" in cli("plan", "diff", study).out


def test_a_plan_that_was_never_frozen_says_so(study, cli):
    assert "exploratory (W7)" in cli("plan", "show", study, "--lang", "en").out
    assert cli("plan", "show", study, "--format", "json").json["exploratory"] is True
    assert cli("plan", "diff", study, "--format", "json").json == {"deviations": []}


def test_an_edit_is_found_and_freezing_again_keeps_the_history(study, cli, edit):
    cli("plan", "freeze", study, *SIGNED)
    edit("plan.yaml", "sesoi: 0.20", "sesoi: 0.10")
    assert "thresholds.sesoi: 0.2 → 0.1" in cli("plan", "diff", study).out
    rows = cli("plan", "diff", study, "--format", "json").json["deviations"]
    assert rows == [{"part": "plan", "field": "thresholds.sesoi", "old": "0.2", "new": "0.1"}]
    assert cli("plan", "show", study, "--format", "json").json["exploratory"] is True
    cli("plan", "freeze", study, *SIGNED)
    assert len(cli("plan", "show", study, "--format", "json").json["freezings"]) == 2
    assert "no deviation" in cli("plan", "diff", study, "--lang", "en").out


def test_a_comment_is_no_edit_and_the_same_plan_is_not_frozen_twice(study, cli, refused, edit):
    cli("plan", "freeze", study, *SIGNED)
    edit("plan.yaml", "plan_version: 1", "plan_version: 1   # một")
    assert "no deviation" in cli("plan", "diff", study, "--lang", "en").out
    assert "frozen already" in refused("plan", "freeze", study, *SIGNED)


def test_an_edited_lock_file_is_a_mistake(study, cli, refused):
    cli("plan", "freeze", study, *SIGNED)
    lock = study / "plan.frozen.json"
    text = lock.read_text("utf-8")
    lock.write_text(text.replace('"sesoi": 0.2', '"sesoi": 0.1'), "utf-8")
    assert "is not the one that was frozen" in refused("plan", "diff", study)
    lock.write_text(text[:-30], "utf-8")
    assert "not JSON" in refused("plan", "show", study)


def test_a_study_without_a_plan_has_nothing_to_freeze(study, refused, edit):
    edit("study.yaml", "plan: plan.yaml\n", "")
    assert "names no plan" in refused("plan", "freeze", study, *SIGNED)


def test_only_a_rehearsal_believes_the_date_in_the_plan(study, edit):
    edit("plan.yaml", "registered: null", 'registered: {at: 2030-02-01, by: "Ai đó"}')
    files = open_study(study)
    assert as_registered(files, rehearsal=True).plan.registered.by == "Ai đó"
    assert as_registered(files, rehearsal=False).plan.exploratory


def test_a_freezing_in_time_registers_and_one_too_late_is_late(study):
    freeze_study(study, by="Sở Nội vụ", words="", at=LATE)
    late = as_registered(open_study(study), rehearsal=False).plan.registered
    assert late.at == LATE.date()  # at or after the first day of the wave after: W7


def test_a_deviation_stands_on_the_pages_of_the_run(study, edit):
    edit("plan.yaml", "registered: null", 'registered: {at: 2030-02-01, by: "Ai đó"}')
    freeze_study(study, by="Sở Nội vụ", words="", at=EARLY)
    edit("plan.yaml", "sesoi: 0.20", "sesoi: 0.10")
    files = open_study(study)
    (line,) = deviation_lines(deviations_of(files))
    assert "kế hoạch đã chốt" in line and "1 (thresholds.sesoi)" in line
    case = open_case(study, run="rehearsal")
    assert [one.field for one in case.evidence.deviations] == ["thresholds.sesoi"]
    assert case.decision.exploratory and "thresholds.sesoi" in case.evidence.refusal("W7").why.vi


@pytest.mark.parametrize("arguments", [("freeze",), ("freeze", "x"), ("thaw", "x")])
def test_arguments_that_say_too_little(cli, arguments):
    assert cli("plan", *arguments).code == 2


def test_evaluate_reads_the_lock_beside_the_plan(study, cli, tmp_path, edit):
    cells = tmp_path / "cells.csv"
    rows = ["unit,arm,wave,mean,se,n"]
    for number in range(8):
        arm = "pilot" if number < 4 else "comparison"
        rise = 0.5 + 0.1 * number if number < 4 else 0.02 * number
        rows += [
            f"u{number},{arm},t0,3.{number},0.07,150",
            f"u{number},{arm},t1,{3 + number / 10 + rise},0.07,150",
        ]
    cells.write_text("\n".join(rows) + "\n", "utf-8")
    call = ("evaluate", cells, "--plan", study / "plan.yaml", "--format", "json")
    assert cli(*call).json["decision"]["exploratory"] is True
    freeze_study(study, by="Sở Nội vụ", words="", at=EARLY)
    assert cli(*call).json["decision"]["exploratory"] is False
    edit("plan.yaml", "sesoi: 0.20", "sesoi: 0.10")
    made = cli(*call).json
    assert made["decision"]["exploratory"] is True
    assert [row["field"] for row in made["deviations"]] == ["thresholds.sesoi"]
    assert "W7" in {row["code"] for row in made["refusals"]}


def test_freezing_says_how_often_the_plan_would_err(study, cli):
    said = cli("plan", "freeze", study, *SIGNED).out
    assert "If the programme does nothing" in said and "Assumed, not measured" in said
    assert "truly gains 0.20 points" in said
