"""`surveylib province`: the list, filled and blank, and what is told of the pilots."""

from __future__ import annotations

import pandas as pd

from surveylib.model.rehearsal import MARK


def test_the_blank_list_lies_where_the_study_looks_for_it(study, cli, refused):
    made = cli("province", study, "--template", "--lang", "en")
    form = study / "raw" / "province.csv"
    assert made.code == 0 and str(form) in made.out
    rows = pd.read_csv(form, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    assert list(rows.columns[:3]) == ["Đơn vị", "Loại", "Dân số phục vụ"]
    assert {"unit_01", "unit_02"} <= set(rows["Đơn vị"]) and set(rows["Dân số phục vụ"]) == {""}
    assert "there is a list already" in refused("province", study, "--template")


def test_the_rehearsals_pilots_beside_its_made_up_province(rehearsed, cli):
    said = cli("province", rehearsed, "--lang", "en")
    assert said.code == 0 and MARK in said.out
    assert "central vertical offices (30 units), departments of the province (20 units)" in said.out
    made = cli("province", rehearsed, "--format", "json").json
    types = pd.DataFrame(made["types"]).set_index("type")
    assert types.loc["LG", "province"] == 90 and made["mark"] == MARK
    index = pd.DataFrame(made["index"]).set_index("arm")
    assert 0 < index.loc["pilot", "b"] <= 1 and index.loc["pilot", "population"] == 190


def test_a_study_without_a_list_is_told_how_to_get_one(study, refused, edit):
    edit("study.yaml", "province_units: province.csv", "# province_units: province.csv")
    assert "there is no list of the province's units" in refused("province", study, "--run", "field")
    assert "names no list of units" in refused("province", study, "--template")
