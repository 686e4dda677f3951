"""Waves asked with different versions of the form: what does not compare is left out, and it is said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.evaluation.gates import setting
from surveylib.model.study import UnitSetting
from surveylib.model.text import LANGS
from surveylib.report.render import block_html
from surveylib.runner.case import Case, open_case
from surveylib.runner.comparable import comparable_files, comparable_rows, form_table, wave_forms
from surveylib.runner.place import StudyFiles, open_study
from surveylib.runner.shows import questionnaire as show
from tests.e2e import projects

NAME = "../../questionnaires/c_clients.yaml"


def with_form(study: Path, name: str, *changes: tuple[str, str]) -> None:
    """The first wave asked with a copy of the form in which each `old` is `new`, in version 0.9.0."""
    source = study / NAME
    text = source.read_text("utf-8")
    for old, new in (("version: 1.0.0", "version: 0.9.0"), *changes):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    source.with_name(name).write_text(text, encoding="utf-8")

    def edit(document: dict) -> None:
        document["waves"][0] |= {"instrument": f"../../questionnaires/{name}", "instrument_version": "0.9.0"}

    projects.change(study / "study.yaml", edit)


@pytest.fixture
def study(small: Path, tmp_path: Path) -> Path:
    """A copy of the small study."""
    shutil.copytree(small.parents[1] / "questionnaires", tmp_path / "questionnaires")
    return Path(shutil.copytree(small, tmp_path / "data" / "binh_duong"))


SKIP = ("    ask_if: a2_ontime == 3\n", "    ask_if: a2_ontime in [3, 4]\n")
WORDS = ("with the simplicity of papers and forms?", "with how simple papers and forms are?")


def item_of(files: StudyFiles) -> str:
    """An item of the plan's primary index."""
    index = next(i for i in files.instrument.indices if i.id == files.plan.outcome.primary.index)
    return index.items[0]


def broken_in_primary(files: StudyFiles) -> StudyFiles:
    """The study, the first item of its primary index of another meaning in the first wave."""
    old = files.instrument
    items = tuple(replace(i, meaning_version=2) if i.id == item_of(files) else i for i in old.items)
    first = replace(files.study.waves[0], instrument="old.yaml", instrument_version="0.9.0")
    return replace(
        files,
        study=replace(files.study, waves=(first, *files.study.waves[1:])),
        questionnaires=(*files.questionnaires, ("old.yaml", replace(old, items=items, version="0.9.0"))),
    )


@pytest.fixture(scope="module")
def files(small: Path) -> StudyFiles:
    return open_study(small)


def test_waves_with_one_form_are_scored_as_declared(files: StudyFiles):
    assert wave_forms(files) == ()
    assert form_table(()).empty


def test_an_item_that_does_not_compare_counts_nowhere(files: StudyFiles):
    two = broken_in_primary(files)
    (form,) = wave_forms(two)
    name = item_of(files)
    assert (form.wave, form.diff.broken) == (files.study.waves[0].id, (name,))
    scored = comparable_files(two, (form,)).instrument
    assert all(name not in index.items for index in scored.indices)
    assert [index.id for index in scored.indices] == [index.id for index in files.instrument.indices]
    assert all(name not in (one.item, one.of) for one in scored.outcomes)
    assert scored.item(name).criteria == () and two.instrument.item(name).criteria != ()
    assert [f.code for f in form.findings] == ["Q917"]  # declared to be another; but versions only rise


def test_a_primary_index_of_which_nothing_is_left_is_refused(files: StudyFiles):
    two = broken_in_primary(files)
    index = next(i for i in two.instrument.indices if i.id == two.plan.outcome.primary.index)
    asked = replace(two.instrument, indices=(replace(index, items=(item_of(files),)),))
    two = replace(two, questionnaires=((two.questionnaires[0][0], asked), *two.questionnaires[1:]))
    with pytest.raises(SurveyError, match="no item of the primary index"):
        comparable_files(two, wave_forms(two))


def test_another_questionnaire_is_no_version(files: StudyFiles):
    two = broken_in_primary(files)
    other = replace(two.questionnaires[-1][1], id="another")
    two = replace(two, questionnaires=(*two.questionnaires[:-1], ("old.yaml", other)))
    with pytest.raises(SurveyError, match="versions of one questionnaire") as error:
        wave_forms(two)
    assert f"wave {files.study.waves[0].id}" in str(error.value)


def only_pilots(files: StudyFiles, form) -> StudyFiles:
    """The first wave asked with its old form in the pilots alone."""
    first, *rest = files.study.waves
    pilots = {
        unit.id: UnitSetting(instrument_version="0.9.0") for unit in files.study.units if unit.arm == "pilot"
    }
    first = replace(first, instrument_version=files.instrument.version, exceptions=pilots)
    return replace(files, study=replace(files.study, waves=(first, *rest)))


@pytest.mark.parametrize(("broken", "status"), [(False, "passed"), (True, "failed")])
def test_the_gate_asks_about_forms_that_measure_otherwise(files: StudyFiles, broken: bool, status: str):
    two = broken_in_primary(files)
    if not broken:
        same = replace(files.instrument, version="0.9.0")
        two = replace(two, questionnaires=(*two.questionnaires[:-1], ("old.yaml", same)))
    forms = wave_forms(two)
    scored = comparable_files(only_pilots(two, forms), forms)
    roles = [(w.id, w.role) for w in files.study.waves if w.role in ("pre", "post") and not w.planned]
    cells = pd.DataFrame(
        [(unit.id, unit.arm, wave, role) for unit in files.study.units for wave, role in roles],
        columns=["unit", "arm", "wave", "role"],
    )
    assert setting(cells, study=only_pilots(two, forms).study)[0] == "failed"
    assert setting(cells, study=scored.study)[0] == status
    rows = pd.DataFrame({"version": ["0.9.0", "1.0.0"]})
    assert comparable_rows(rows, two, forms)["version"].iloc[0] == ("0.9.0" if broken else "1.0.0")


def test_a_run_says_what_it_left_out(study: Path):
    with_form(study, "c_before.yaml", SKIP, WORDS)
    case = open_case(study)
    assert isinstance(case, Case)
    told = case.table("wave_forms")
    assert set(zip(told["id"], told["kind"], told["verdict"], strict=True)) == {
        ("d2_apology", "skip", "not_comparable"),
        ("a1_simple", "translation", "comparable"),
    }
    left_out = {one.id for one in case.questionnaire.outcomes if one.item == "d2_apology"}
    assert left_out and not left_out & set(case.table("cells")["outcome"])
    assert {"Q914"} <= {hit.code for hit in case.findings("questionnaire")}
    for lang in LANGS:
        block = show.forms_of_waves(case, lang=lang)
        shown = block_html(block.payload())
        assert "d2_apology" in shown and "0.9.0 → 1.0.0" in shown


def test_a_run_with_one_form_says_so(case: Case):
    assert not case.has("wave_forms")
    assert "một phiên bản" in block_html(show.forms_of_waves(case, lang="vi").payload())
