import shutil
from pathlib import Path

import pytest

from surveylib.errors import SurveyError
from surveylib.runner import place
from surveylib.runner.place import check_run, digest, is_rehearsal, open_study, reports_folder
from tests.e2e import projects

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "data/binh_duong"
OTHERS = ("r_residents.yaml", "s_staff.yaml", "k_checklist.yaml", "a_records.yaml")


@pytest.fixture
def study(tmp_path) -> Path:
    return projects.lay(tmp_path)


@pytest.mark.parametrize("path", [STUDY, STUDY / "study.yaml"])
def test_a_study_is_opened_by_its_folder_or_its_file(path):
    files = open_study(path)
    assert files.folder == STUDY
    assert len(files.study.units) == 15
    assert [file.name for file in files.files] == [
        "study.yaml", "plan.yaml", "rehearsal.yaml", "c_clients.yaml", "bank.yaml", *OTHERS,
    ]  # fmt: skip
    assert files.rehearsal is not None and files.plan.outcome.primary.index == "overall"


def test_an_instrument_used_by_every_wave_is_read_once():
    files = open_study(STUDY)
    assert [name for name, _ in files.questionnaires] == ["../../questionnaires/c_clients.yaml"]
    assert files.questionnaire("t0") is files.questionnaire("t1") is files.instrument
    assert [form.instrument for form in files.instruments] == ["A", "C", "K", "R", "S"]
    with pytest.raises(SurveyError, match="t9"):
        files.questionnaire("t9")


def test_the_instrument_is_that_of_the_last_wave_that_took_place(study):
    """A planned wave may have a new form; what is reported was asked with the old one."""
    shutil.copy(study / "../../questionnaires/c_clients.yaml", study / "later.yaml")
    shutil.copy(study / "../../questionnaires/bank.yaml", study / "bank.yaml")
    projects.change(study / "later.yaml", lambda form: form.update(version="2.0.0"))

    def another_form(document: dict) -> None:
        document["waves"][-1]["instrument"] = "later.yaml"
        document["waves"][-1]["instrument_version"] = "2.0.0"

    projects.change(study / "study.yaml", another_form)
    files = open_study(study)
    assert files.study.waves[-1].planned
    assert (files.instrument.version, files.questionnaire("extension").version) == ("1.0.0", "2.0.0")


def test_a_study_without_a_plan_gets_the_default_one(study):
    projects.change(study / "study.yaml", lambda document: [document.pop(k) for k in ("plan", "rehearsal")])
    files = open_study(study)
    assert files.plan.registered is None and files.rehearsal is None
    assert [file.name for file in files.files] == ["study.yaml", "c_clients.yaml", "bank.yaml", *OTHERS]


def test_a_folder_without_a_study_is_refused_with_the_way_to_make_one(tmp_path):
    with pytest.raises(SurveyError, match="no study here") as refusal:
        open_study(tmp_path)
    assert "surveylib new" in str(refusal.value)


@pytest.mark.parametrize("name", ["plan.yaml", "rehearsal.yaml", "../../questionnaires/c_clients.yaml"])
def test_a_named_file_that_is_not_there_is_named(study, name):
    (study / name).unlink()
    with pytest.raises(SurveyError, match=Path(name).name.replace(".", r"\.")):
        open_study(study)


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "../a", "a b", "a\\b", "a\0"])
def test_a_run_cannot_be_named_out_of_its_folder(name):
    with pytest.raises(SurveyError, match="unusable name"):
        check_run(name)


@pytest.mark.parametrize("name", ["rehearsal", "2015-11", "field_2", "đợt1", "a.b"])
def test_ordinary_names_of_runs_are_taken(name, tmp_path):
    check_run(name)
    # What the check lets through must be one folder, directly below that of the study.
    (tmp_path / name).mkdir()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("rehearsal", True), ("rehearsal-null", True), ("rehearsals", False), ("field", False), ("", False)],
)
def test_only_a_rehearsal_is_called_so(name, expected):
    assert is_rehearsal(name) is expected


def test_reports_go_beside_data_or_into_the_study_or_where_told(tmp_path):
    assert reports_folder(tmp_path / "p/data/x") == tmp_path / "p/reports"
    assert reports_folder(tmp_path / "p/x") == tmp_path / "p/x/reports"
    assert reports_folder(tmp_path / "p/data/x", output=tmp_path / "here") == tmp_path / "here"


def test_the_digest_changes_with_any_file_and_with_the_library(tmp_path, monkeypatch):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")
    before = digest((one, two))
    assert digest((one, two)) == before
    two.write_text("c")
    assert digest((one, two)) != before
    two.write_text("b")
    assert digest((one, two)) == before and digest((one,)) != before

    (tmp_path / "library").mkdir()
    (tmp_path / "library/kernel.py").write_text("x = 1")
    monkeypatch.setattr(place, "_PACKAGE", tmp_path / "library")
    place._library_digest.cache_clear()
    other = digest((one, two))
    (tmp_path / "library/kernel.py").write_text("x = 2")
    place._library_digest.cache_clear()
    assert before != other != digest((one, two))
    monkeypatch.undo()
    place._library_digest.cache_clear()
