import os
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from surveylib.errors import SurveyError
from surveylib.model.text import LANGS
from surveylib.runner import program
from surveylib.runner.place import open_study
from surveylib.runner.program import job_name, jobs, notebook_folder, pages

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "data/binh_duong"


@pytest.fixture(scope="module")
def study():
    return open_study(STUDY).study


def test_every_unit_and_every_subject_has_a_page_of_its_own_in_each_language(study):
    made = pages(study)
    addresses = [page.address(lang) for page in made for lang in LANGS]
    assert len(set(addresses)) == len(addresses) == 2 * (5 + 15)
    assert {"province.vi.html", "fieldwork.en.html", "units/phu_cuong.vi.html"} <= set(addresses)
    assert [page.unit for page in made if page.unit] == [unit.id for unit in study.units]


def test_every_notebook_of_the_project_is_on_a_page(study):
    """A notebook that no page shows would be executed by nobody."""
    used = {name for page in pages(study) for name in page.notebooks}
    assert used == {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}


def test_only_pilot_units_of_a_study_with_an_interim_wave_have_an_interim_review(study):
    reviewed = {page.unit for page in pages(study) if "45_interim" in page.notebooks}
    assert reviewed == {unit.id for unit in study.units if unit.exposure.kind == "pilot"}
    waves = tuple(wave for wave in study.waves if wave.role != "interim")
    assert not any(
        "45_interim" in page.notebooks
        for page in pages(replace(study, waves=waves, sources=(), other_sources=()))
    )


def test_a_ranking_of_units_stands_on_a_page_of_its_own(study):
    """Beside the effects it would be read as a league table."""
    assert [page.notebooks for page in pages(study) if "70_commendation" in page.notebooks] == [
        ("70_commendation",)
    ]


def test_the_verdict_comes_first(study):
    assert pages(study)[0].notebooks[0] == "90_decision"


def test_jobs_are_one_a_notebook_unit_and_language(study, tmp_path):
    made = jobs(study, study_folder=STUDY, built=tmp_path)
    assert len(made) == len({job.name for job in made}) == 2 * (9 + 15 + 5)
    assert {job.target.parent for job in made} == {tmp_path / "notebooks"}
    assert (tmp_path / "notebooks").is_dir()
    assert all(job.source.is_file() and job.cwd == job.target.parent for job in made)
    one = next(job for job in made if job.name == "40_unit.phu_cuong.en")
    given = dict(one.parameters)
    assert (given["unit"], given["lang"], given["wave"]) == ("phu_cuong", "en", "")
    assert one.target.name == "40_unit.phu_cuong.en.ipynb"


def test_an_executed_notebook_says_nothing_of_the_machine(study, tmp_path):
    """Study and run are found from the notebook's own folder, by relative paths."""
    for job in jobs(study, study_folder=STUDY, built=tmp_path / "built"):
        given = dict(job.parameters)
        assert not any(os.path.isabs(value) for value in given.values())
        assert (job.cwd / given["study"]).resolve() == STUDY.resolve()
        assert (job.cwd / given["run"]).resolve() == (tmp_path / "built").resolve()


def test_parameters_are_those_the_notebooks_declare(study, tmp_path):
    """papermill warns of a parameter that a notebook does not know, and goes on with the default."""
    for job in jobs(study, study_folder=STUDY, built=tmp_path):
        cells = nbformat.read(job.source, as_version=4).cells
        declared = next(cell.source for cell in cells if "parameters" in cell.metadata.get("tags", ()))
        assert set(dict(job.parameters)) == set(re.findall(r"^(\w+) =", declared, re.MULTILINE)), job.name


def test_a_study_may_have_notebooks_of_its_own(tmp_path):
    assert notebook_folder(tmp_path) == ROOT / "notebooks"
    (tmp_path / "notebooks").mkdir()
    assert notebook_folder(tmp_path) == tmp_path / "notebooks"


def test_without_any_notebooks_the_way_out_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(program, "_PROJECT", tmp_path / "installed")
    with pytest.raises(SurveyError, match="no notebooks") as refusal:
        notebook_folder(tmp_path)
    assert "copy the project's notebooks/" in str(refusal.value)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [(("60_effects", "", "vi"), "60_effects.vi"), (("40_unit", "phu_cuong", "en"), "40_unit.phu_cuong.en")],
)
def test_names_of_jobs_leave_out_what_is_empty(parts, expected):
    assert job_name(*parts) == expected
