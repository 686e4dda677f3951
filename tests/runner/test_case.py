import shutil
import threading
from pathlib import Path

import pytest

from surveylib.errors import SurveyError
from surveylib.runner import case as module
from surveylib.runner.case import STUDY_VARIABLE, Case, OutdatedPages, open_case
from surveylib.runner.place import open_study
from tests.e2e import projects

MARK = "DIỄN TẬP, SỐ LIỆU GIẢ LẬP / REHEARSAL, SIMULATED DATA"


@pytest.fixture
def again(small, tmp_path) -> Path:
    """The study with what was computed, to change as one likes."""
    shutil.copytree(small.parents[1], tmp_path / "project")
    return tmp_path / "project/data/binh_duong"


def stamp(case: Case) -> int:
    return (case.stages / "run.json").stat().st_mtime_ns


def test_nouns_come_back_as_they_were_declared(case, small):
    files = open_study(small)
    assert (case.study, case.plan, case.questionnaire) == (files.study, files.plan, files.instrument)
    assert case.mark == MARK
    assert case.primary == "overall"
    assert case.labels["overall"].vi and case.labels["a1_trips"].en
    assert case.decision.verdict in ("extend", "revise", "stop", "roll_out")
    assert set(case.evidence.changes["unit"]) == set(projects.UNITS)
    assert {row["unit"] for row in case.truth["cells"]} == set(projects.UNITS)


def test_a_table_comes_whole_or_for_one_unit_and_wave(case):
    whole = case.table("cells")
    part = case.table("cells", unit="phu_hoa", wave="t1")
    assert set(whole["unit"]) == set(projects.UNITS) and (whole["outcome"] == "overall").sum() == 4 * 3
    assert set(part["unit"]) == {"phu_hoa"} and set(part["wave"]) == {"t1"}
    own = whole[(whole["unit"] == "phu_hoa") & (whole["wave"] == "t1")]
    assert len(part) == len(own) > 20 and list(part.index) == list(range(len(part)))


def test_a_table_may_be_changed_without_changing_the_next(case):
    mine = case.table("cells")
    mine.loc[:, "estimate"] = 0.0
    assert case.table("cells")["estimate"].max() > 1


def test_keys_stay_text(case):
    rows = case.table("responses")
    for name in ("respondent", "unit", "wave", "stratum", "psu", "dossier"):
        assert rows[name].dropna().map(type).eq(str).all(), name


@pytest.mark.parametrize(
    ("name", "unit", "words"),
    [("cell", None, "did you mean 'cells'"), ("cells", "phu_hoaa", "did you mean 'phu_hoa'")],
)
def test_an_unknown_table_or_unit_is_named_with_its_neighbour(case, name, unit, words):
    with pytest.raises(SurveyError, match=words):
        case.table(name, unit=unit)


def test_findings_come_by_stage(case):
    everything = case.findings()
    parts = [case.findings(stage) for stage in ("questionnaire", "fieldwork", "weights", "standardisation")]
    assert sum(map(len, parts)) == len(everything) > 0
    assert all(found.code.startswith("D") for found in case.findings("fieldwork"))


def test_artefacts_are_the_files_with_their_hashes(case):
    frame = case.artefacts("cells.csv", "evidence.json")
    assert list(frame["file"]) == ["cells.csv", "evidence.json"]
    assert frame["sha256"].str.fullmatch("[0-9a-f]{16}").all()


def test_what_is_current_is_not_computed_again(again):
    case = open_case(again)
    made = stamp(case)
    assert open_case(again) == case and stamp(case) == made


def test_a_change_of_the_plan_is_computed(again):
    made = stamp(open_case(again))
    with open(again / "plan.yaml", "a", encoding="utf-8") as file:
        file.write("# thêm\n")
    assert stamp(open_case(again)) != made


def test_the_study_of_the_laboratory_is_the_one_it_was_opened_with(again, monkeypatch):
    monkeypatch.setenv(STUDY_VARIABLE, str(again))
    assert open_case().folder == again.parents[1] / "reports/binh_duong/rehearsal"


def test_notebooks_opened_together_compute_once(again, monkeypatch):
    with open(again / "study.yaml", "a", encoding="utf-8") as file:
        file.write("# thêm\n")
    counted, compute = [], module.compute_stages
    monkeypatch.setattr(module, "compute_stages", lambda *a, **k: counted.append(1) or compute(*a, **k))
    threads = [threading.Thread(target=open_case, args=(again,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted == [1]


def test_a_failed_computation_leaves_the_stages_that_were_there(again):
    case = open_case(again)
    before = projects.contents(case.stages)
    projects.change(again / "study.yaml", lambda document: document["weighting"].update(margins=["vung"]))
    with pytest.raises(SurveyError, match="vung"):
        open_case(again)
    assert projects.contents(case.stages) == before


def test_a_run_is_found_by_the_path_of_its_folder(case, monkeypatch, tmp_path):
    assert open_case(run=str(case.folder)) == Case(folder=case.folder)
    monkeypatch.chdir(case.folder)
    assert open_case(run=".").study == case.study
    with pytest.raises(SurveyError, match="no run in this folder"):
        open_case(run=str(tmp_path))


def test_a_run_of_real_data_without_sources_is_refused(tmp_path):
    study = projects.lay(tmp_path)
    with pytest.raises(SurveyError) as refusal:
        open_case(study, run="field")
    assert "t0" in str(refusal.value)
    assert not list((tmp_path / "reports").rglob("run.json"))


def test_a_wave_that_has_not_come_in_is_left_out_and_told_until_it_does(again):
    path = again / "raw/exports/t1.csv"
    path.rename(again / "later.csv")
    case = open_case(again, run="field")
    assert set(case.table("responses")["wave"]) == {"t0", "interim"}
    assert [found.where for found in case.findings("fieldwork") if found.code == "D16"] == ["wave t1"]
    (again / "later.csv").rename(path)
    case = open_case(again, run="field")
    assert set(case.table("responses")["wave"]) == {"t0", "interim", "t1"}
    assert "D16" not in [found.code for found in case.findings("fieldwork")]


# ---- a published run ---------------------------------------------------------------------------------------


@pytest.fixture
def published(again) -> Case:
    """A run whose pages were made, and then its plan was changed."""
    case = open_case(again)
    (case.folder / "manifest.json").write_text("{}", encoding="utf-8")
    with open(again / "plan.yaml", "a", encoding="utf-8") as file:
        file.write("# thêm\n")
    return case


def test_what_was_published_is_left_as_it_is(again, published):
    before = projects.contents(published.folder)
    with pytest.warns(OutdatedPages, match="rehearsal"):
        case = open_case(again)
    assert case.folder == published.folder.with_name("rehearsal.opened") and case.mark == MARK
    assert projects.contents(published.folder) == before
    assert case.about["digest"] != published.about["digest"]


def test_what_was_computed_beside_is_not_computed_again(again, published):
    with pytest.warns(OutdatedPages):
        made = stamp(open_case(again))
    with pytest.warns(OutdatedPages):
        assert stamp(open_case(again)) == made


def test_a_published_run_that_is_current_is_opened_without_a_word(again, recwarn):
    case = open_case(again)
    (case.folder / "manifest.json").write_text("{}", encoding="utf-8")
    assert open_case(again) == case and not [one for one in recwarn if one.category is OutdatedPages]
