"""`surveylib cost`: the form, filled and blank, and what a run makes of it."""

from __future__ import annotations

import pandas as pd

from surveylib import open_case
from surveylib.model.rehearsal import MARK


def test_the_blank_form_lies_where_the_study_looks_for_it(study, cli, refused):
    made = cli("cost", study, "--template", "--lang", "en")
    form = study / "raw" / "costs.csv"
    assert made.code == 0 and str(form) in made.out
    rows = pd.read_csv(form, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    assert list(rows.columns) == ["Đơn vị", "Khoản mục", "Loại chi", "Số tiền (đồng)"]
    assert set(rows["Đơn vị"]) == {"unit_01", "unit_02"} and set(rows["Số tiền (đồng)"]) == {""}
    assert "there is a form already" in refused("cost", study, "--template")


def test_the_rehearsal_prices_the_effect_and_is_marked(rehearsed, cli):
    said = cli("cost", rehearsed, "--lang", "en")
    assert said.code == 0 and MARK in said.out
    made = cli("cost", rehearsed, "--format", "json").json
    # 45 m + 60 m / 2 + 24 × (1.8 m + 2.5 m / 2): the amounts of rehearsal.yaml for two pilot units
    assert made["unit_cost"] == 45e6 + 30e6 + 24 * (1.8e6 + 1.25e6) and made["survey_cost"] == 6e6
    assert made["mark"] == MARK and (made["ratio"] is None) == bool(made["refusals"])


def test_made_up_costs_mark_whatever_run_they_are_copied_into(rehearsed):
    case = open_case(rehearsed, run="rehearsal")
    form = pd.read_csv(case.folder / "rehearsal" / "costs.csv")
    assert set(form["du_lieu_gia_lap"]) == {MARK}


def test_without_costs_there_is_a_sentence_and_no_crash(study, cli, edit):
    edit("study.yaml", "costs: costs.csv", "# costs: costs.csv")
    said = cli("cost", study)
    assert said.code == 0 and "R9" in said.out and "Chưa có số liệu chi phí" in said.out
    assert "names no cost form" in cli("cost", study, "--template").err
