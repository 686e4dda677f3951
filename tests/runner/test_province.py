"""The province's list in a run: read where study.yaml says, kept, shown, and marked where it is made up."""

import dataclasses

import pandas as pd
import pytest

from surveylib.model.rehearsal import MARK, MARK_COLUMN
from surveylib.runner.case import Case
from surveylib.runner.place import open_study
from surveylib.runner.province import likeness
from surveylib.runner.shows import similarity as show


def test_the_rehearsals_list_is_marked_and_has_codes_for_names(case: Case):
    table = pd.read_csv(case.folder / "rehearsal" / "province.csv", dtype=str)
    assert set(table[MARK_COLUMN]) == {MARK}
    study = {unit.id for unit in case.study.units}
    rest = table.loc[~table["unit"].isin(study), "unit"]
    assert study <= set(table["unit"]) and rest.str.fullmatch(r"(LG|OD|OV|PD)_\d{3}").all()
    assert (table.set_index("unit").loc["phu_cuong", "area"]) == "đô thị"


def test_what_is_told_is_kept_and_shown(case: Case, small):
    made = likeness(open_study(small), folder=case.folder / "rehearsal")
    assert made.simulated and made.findings == ()
    kept = case.table("similarity_types").set_index("type")
    assert kept.loc["PD", "pilot"] == 0 and kept["province"].sum() == made.similar.types["province"].sum()
    shown = show.similarity(case, lang="vi")
    numbers = {number.key: number.value for number in shown.numbers}
    said = {block.key: block.numbers for block in shown.blocks}
    index = case.table("similarity_index").set_index("arm")
    assert said["index_pilot"][0].value == index.loc["pilot", "b"]
    # A difference is shown as it is kept; a share of units in percent.
    assert numbers["Đô thị hay nông thôn: Đô thị (%).province"] == pytest.approx(
        100 * case.table("similarity_covariates").set_index("covariate").loc["area:urban", "province"]
    )


@pytest.mark.parametrize(
    ("lang", "words"),
    [("vi", "sở, ngành cấp tỉnh (20 đơn vị): không có đơn vị"), ("en", "province (20 units): no unit")],
)
def test_the_decision_warns_and_refuses(case: Case, lang, words):
    said = ["".join(piece.text for piece in block.pieces) for block in show.warnings(case, lang=lang)]
    assert any(words in one for one in said)
    assert "W1" not in said[-1] and {"vi": "không có mã", "en": "has no code"}[lang] in said[-1]


def test_without_a_list_there_is_a_sentence(small, case: Case, tmp_path):
    files = open_study(small)
    bare = dataclasses.replace(files, study=dataclasses.replace(files.study, province_units=None))
    assert likeness(bare, folder=case.folder / "rehearsal").tables == {}
    assert likeness(files, folder=tmp_path).similar is None


def test_a_list_with_mistakes_tells_nothing_but_them(small, case: Case, tmp_path):
    table = pd.read_csv(case.folder / "rehearsal" / "province.csv", dtype=str, keep_default_na=False)
    table[table["unit"] != "phu_cuong"].to_csv(tmp_path / "province.csv", index=False)
    made = likeness(open_study(small), folder=tmp_path)
    assert made.similar is None and [one.code for one in made.findings] == ["P03"]
