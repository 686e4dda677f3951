"""Context of a run: read from the files beside the sources, shown apart, without any say in the verdict."""

import datetime
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.study import Context, Exposure
from surveylib.runner.context import beside_units, first_year, record_form
from surveylib.runner.gather import rehearse, run_inputs
from surveylib.runner.keep import keep
from surveylib.runner.place import open_study
from surveylib.runner.program import pages
from surveylib.runner.shows import context, records
from surveylib.runner.stages import compute
from tests.evaluation.test_papi_workbook import workbook

PAPI_TABLES = {"papi_years", "papi_fits", "papi_gaps", "papi_donors"}
RECORD_TABLES = {"record_counts", "record_cells", "record_months", "record_moves"}


def printed(block) -> str:
    return str(block.payload())


def exhibits(case, lang):
    return (
        context.caution(case, lang=lang),
        context.province_figure(case, lang=lang),
        context.year_table(case, lang=lang),
        context.synthetic(case, lang=lang),
        records.move_table(case, lang=lang),
        records.month_figure(case, outcome="on_time_rate", lang=lang),
        records.unit_table(case, outcome="apology_rate", lang=lang),
        records.count_table(case, items=["d2_thanks"], lang=lang),
        records.findings(case, lang=lang),
    )


def test_a_rehearsal_makes_up_papi_and_records_and_marks_both(case, small):
    assert all(case.has(name) for name in PAPI_TABLES | RECORD_TABLES)
    for name in ("papi.csv", "exports/a_t0.csv"):
        rows = pd.read_csv(case.folder / "rehearsal" / name)
        assert rows["du_lieu_gia_lap"].str.startswith("DIỄN TẬP").all()
    names = pd.read_csv(case.folder / "rehearsal/papi.csv")["province_name"]
    assert set(names) - {"Bình Dương"} == {f"Tỉnh giả định {n:02d}" for n in range(2, 64)}


def test_records_of_a_rehearsal_hold_together(case):
    forms = pd.read_csv(case.folder / "rehearsal/exports/a_t1.csv")
    assert (forms["a2_due"] - forms["a2_on_time"] == forms["d2_late"]).all()
    assert (forms["d2_apologies"] <= forms["d2_late"]).all()
    assert sorted(set(forms["period_from"])) == ["2015-09-01", "2015-10-01", "2015-11-01"]
    treasury = forms["unit"].str.startswith("kbnn")
    assert forms.loc[treasury, "d2_congratulations"].isna().all()  # asked of local governments only
    assert forms.loc[~treasury, "d2_congratulations"].notna().all()


def test_four_years_before_the_pilot_are_said_to_be_too_few(case):
    words = printed(context.synthetic(case, lang="en"))
    assert "doi:10.1257/jel.20191450" in words and "at least" in words
    numbers = {number.key: number.value for number in context.synthetic(case, lang="en").numbers}
    assert (numbers["enough"], numbers["years"]) == (10, 4)
    assert "papi_gaps" not in words and "papi_donors" not in words


def test_with_years_enough_come_gaps_placebo_ranks_and_donors(case, tmp_path):
    """Twelve years before: the same panel, its years told four times over."""
    shutil.copytree(case.stages, tmp_path / "stages")
    files = open_study(_study_of(case))
    panel = pd.read_csv(case.folder / "rehearsal/papi.csv")
    early = [panel[panel["year"] < 2015].assign(year=lambda rows, n=n: rows["year"] - 4 * n) for n in (1, 2)]
    pd.concat([panel, *early]).to_csv(tmp_path / "papi.csv", index=False)
    made = beside_units(replace(files, study=replace(files.study, other_sources=())), folder=tmp_path)
    assert made.tables["papi_fits"]["years_before"].eq(12).all()
    for name, rows in made.tables.items():
        rows.to_csv(tmp_path / "stages" / f"{name}.csv", index=False)
    block = context.synthetic(replace(case, folder=tmp_path), lang="vi")
    assert [one.kind for one in block.blocks] == ["text", "figure", "table", "table"]
    fits = made.tables["papi_fits"].set_index("dimension")
    shown = {number.key: number.value for number in block.blocks[2].numbers}
    key = next(name for name in shown if name.startswith("5.") and name.endswith("p_value"))
    assert shown[key] == pytest.approx(fits.at["5", "p_value"], abs=1e-9)


def _study_of(case) -> Path:
    return case.folder.parents[2] / "data/binh_duong"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_says_first_what_a_provinces_series_cannot_say(case, lang):
    first = exhibits(case, lang)[0].blocks[0]
    words = printed(first)
    assert ("cannot tell" if lang == "en" else "không cho biết") in words
    assert {number.value for number in first.numbers} == {2}  # the pilots of the small study
    assert first.tone == "warning"
    cautions = printed(records.move_table(case, lang=lang))
    assert ("self-reported" if lang == "en" else "tự trích") in cautions


def test_without_a_papi_file_the_page_says_so_and_shows_the_records(case, small, tmp_path):
    """As in a real run, where nobody has put the file there yet."""
    files = open_study(small)
    made = beside_units(files, folder=small / "raw")
    assert set(made.tables) == RECORD_TABLES and not made.simulated
    (tmp_path / "stages").mkdir()
    for name in ("study", "plan", "questionnaire", "instruments", "findings", "run"):
        shutil.copy(case.stages / f"{name}.json", tmp_path / "stages")
    bare = replace(case, folder=tmp_path)
    for lang in ("vi", "en"):
        assert "papi.csv" in printed(context.province_figure(bare, lang=lang))
        assert all(block.kind in ("text", "group") for block in exhibits(bare, lang))
    assert context.files(bare) == ("run.json",)


def test_a_workbook_as_it_is_published_is_read(small, tmp_path):
    workbook(tmp_path, years=range(2011, 2017))
    files = open_study(small)
    asked = replace(files.study, context=Context(papi="papi.xlsx", province="Binh Duong"), other_sources=())
    made = beside_units(replace(files, study=asked), folder=tmp_path)
    years = made.tables["papi_years"]
    assert set(years["dimension"]) == {"3", "5"} and years["year"].max() == 2016
    assert made.tables["papi_fits"]["years_before"].eq(4).all()
    with pytest.raises(SurveyError, match="unknown province"):
        other = replace(asked, context=Context(papi="papi.xlsx", province="Atlantis"))
        beside_units(replace(files, study=other), folder=tmp_path)


def test_the_verdict_does_not_know_of_the_context(small, case, tmp_path):
    """The same stages with and without: only the tables of context differ."""
    files = open_study(small)
    apart = replace(files, study=replace(files.study, context=None, other_sources=()))
    made = compute(apart, folder=case.folder / "rehearsal", rehearsal=True)
    keep(made, folder=tmp_path, run="rehearsal")
    for name in (
        "decision.json",
        "evidence.json",
        "value.json",
        "standard_cells.csv",
        "interim.csv",
        "cells.csv",
    ):
        assert (tmp_path / name).read_bytes() == (case.stages / name).read_bytes(), name
    assert not any((tmp_path / f"{name}.csv").exists() for name in PAPI_TABLES | RECORD_TABLES)


def test_a_file_that_has_not_come_in_is_a_finding(small, tmp_path):
    found = beside_units(open_study(small), folder=tmp_path).findings
    assert [one.code for one in found] == ["D16"] * 3


def test_files_of_context_count_among_the_inputs_of_a_run(small):
    named = {path.name for path in run_inputs(open_study(small), run="2015-11")}
    assert {"a_t0.csv", "a_interim.csv", "a_t1.csv"} <= named


def test_only_the_extract_of_records_is_read(small, tmp_path):
    files = open_study(small)
    other = next(name for name in files.study.other_instruments if "s_staff" in name)
    source = replace(files.study.other_sources[0], instrument=other)
    with pytest.raises(SurveyError, match="the extract of records only") as caught:
        record_form(files, source)
    assert "instrument A" in caught.value.expected and other in caught.value.got
    assert "`sources`" in caught.value.hint
    with pytest.raises(SurveyError, match="the extract of records only"):
        rehearse(replace(files, study=replace(files.study, other_sources=(source,))), folder=tmp_path)


def test_papi_can_first_be_touched_in_the_first_whole_year(small):
    study = open_study(small).study
    assert first_year(study) == 2015  # the pilots began in November 2014
    new_year = Exposure(kind="pilot", start=datetime.date(2014, 1, 1))
    units = tuple(replace(u, exposure=new_year) if u.arm == "pilot" else u for u in study.units)
    assert first_year(replace(study, units=units)) == 2014
    nobody = tuple(replace(u, exposure=Exposure(kind="none")) for u in study.units)
    assert first_year(replace(study, units=nobody)) is None


def test_the_page_is_there_only_where_it_is_declared(small):
    study = open_study(small).study
    assert [page.notebooks for page in pages(study) if page.name == "context"] == [("80_context",)]
    assert not any(page.name == "context" for page in pages(replace(study, context=None, other_sources=())))
