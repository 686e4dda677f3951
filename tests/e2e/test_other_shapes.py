"""Studies of other shapes, from their files to the page of the decision: the same people asked twice, and
units that begin late or pilot by themselves.

Small, with the effects and the decision as the project's own notebooks show them and light ones for the rest.
"""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pandas as pd
import pytest

from surveylib.runner.case import Case, open_case
from tests.e2e import projects
from tests.report import as_read

SHOWN = ("60_effects.ipynb", "90_decision.ipynb")
FOLLOWED = ("phu_cuong", "binh_my", "kbnn_dau_tieng", "phu_hoa", "lai_thieu", "an_binh", "kbnn_phu_giao")
pytestmark = pytest.mark.slow
LOCAL = {  # two pilots, of which one begins after the interim wave; two that pilot by themselves
    "phu_cuong": ("pilot", datetime.date(2014, 11, 1)),
    "binh_my": ("pilot", datetime.date(2015, 6, 1)),
    "phu_hoa": ("none", None),
    "an_binh": ("none", None),
    "lai_thieu": ("self_pilot", datetime.date(2015, 3, 1)),
    "tan_dinh": ("self_pilot", datetime.date(2016, 3, 1)),  # after the last wave
}


def published(study: Path, *arguments: str) -> Case:
    """The run, made by the command line."""
    notebooks = projects.light_notebooks(study)
    for name in SHOWN:
        shutil.copy(projects.ROOT / "notebooks" / name, notebooks / name)
    done = projects.command("run", study, *arguments)
    assert done.returncode == 0, done.stderr
    run = "rehearsal" if "--rehearsal" in arguments else "field"
    return Case(folder=study.parents[1] / "reports/binh_duong" / run)


def page(case: Case, lang: str = "en") -> str:
    return as_read.words_of((case.folder / f"province.{lang}.html").read_text(encoding="utf-8"))


def codes(case: Case) -> set[str]:
    return {one.code for one in case.evidence.refusals}


# ---- the same people before and after --------------------------------------------------------------------


def follow(study: Path) -> None:
    """A key of the person on every form: who thought alike in both waves is the same person, for the test."""
    persons: dict[str, str] = {}
    for wave in ("t0", "t1"):
        table = pd.read_csv(study / f"raw/exports/{wave}.csv", dtype=str, keep_default_na=False)
        done = table[table["phieu-disposition"] == "complete"].sort_values(["neo-overall", "KEY"])
        place = done.drop_duplicates("KEY").groupby("phieu-unit").cumcount().astype(str)
        persons |= dict(
            zip(done.loc[place.index, "KEY"], done.loc[place.index, "phieu-unit"] + place, strict=True)
        )

    def keyed(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(ma_nguoi=[persons.get(key, key) for key in table["KEY"]])

    for path in (study / "raw/exports").glob("*.csv"):
        projects.change_table(path, keyed)

    def panel(document: dict) -> None:
        document["panel"] = True
        for source in document["sources"]:
            source["respondent"] = "ma_nguoi"

    projects.change(study / "study.yaml", panel)


@pytest.fixture(scope="module")
def panel(tmp_path_factory) -> Case:
    study = projects.lay_small(tmp_path_factory.mktemp("panel") / "project", units=FOLLOWED)
    follow(study)
    return published(study)


def test_people_asked_twice_stand_on_the_page_beside_the_units(panel):
    line = panel.evidence.sensitivity.set_index("check").loc["paired"]
    rows = panel.table("responses")
    rows = rows[rows["wave"].isin(["t0", "t1"]) & ~rows["date"].str[:7].isin(["2014-11", "2014-12"])]
    both = rows.groupby(["unit", "respondent"])["wave"].nunique().eq(2).sum()
    assert both > 250
    pairs = int(line["sentence_en"].split()[2])
    assert 0.9 * both < pairs <= both  # but for those who left the index unanswered in one wave
    assert line["sentence_en"] in page(panel) and line["sentence_vi"] in page(panel, "vi")
    assert line["conf_low"] < line["estimate"] < line["conf_high"]


def test_a_panel_of_seven_units_is_told_what_it_cannot_say(panel):
    assert codes(panel) >= {"R2", "R4", "R5", "R6", "W7"}
    assert panel.decision.verdict != "roll_out" and panel.decision.exploratory
    said = page(panel)
    for code in ("R2", "W7"):
        assert panel.evidence.refusal(code).why.en in said
    assert "nobody is followed" not in said


# ---- late starts and pilots of their own -----------------------------------------------------------------


@pytest.fixture(scope="module")
def staggered(tmp_path_factory) -> Case:
    study = projects.lay(tmp_path_factory.mktemp("staggered") / "project")

    def started(document: dict) -> None:
        document["units"] = [unit for unit in document["units"] if unit["id"] in LOCAL]
        for unit in document["units"]:
            kind, day = LOCAL[unit["id"]]
            unit["exposure"] = {"kind": kind} | ({} if day is None else {"start": day})
        document["sampling"]["per_cell"] = 80

    def effects(document: dict) -> None:
        document["effects"] = {
            name: dict(document["effects"]["phu_cuong"]) for name in LOCAL if LOCAL[name][1]
        }

    projects.change(study / "study.yaml", started)
    projects.change(study / "rehearsal.yaml", effects)
    return published(study, "--rehearsal")


def test_arms_follow_the_days(staggered):
    rows = staggered.evidence.changes.query("outcome == 'overall'").set_index("unit")["arm"]
    assert rows.to_dict() == {
        "phu_cuong": "pilot",
        "binh_my": "pilot",
        "phu_hoa": "comparison",
        "an_binh": "comparison",
        "lai_thieu": "self_pilot",
        "tan_dinh": "comparison",
    }
    notes = [one for one in staggered.evidence.findings if one.code == "E03"]
    assert [one.where for one in notes] == ["unit tan_dinh"]


def test_every_cohort_is_compared_with_who_has_not_begun(staggered):
    rows = staggered.evidence.staggered
    cells = rows[rows["kind"] == "group_time"].set_index(["cohort", "wave"])
    assert cells["units"].to_dict() == {
        ("interim", "interim"): "lai_thieu, phu_cuong",
        ("interim", "t1"): "lai_thieu, phu_cuong",
        ("t1", "t1"): "binh_my",
    }
    # binh_my has not begun by the interim wave and compares there; tan_dinh compares throughout
    assert cells["n_comparison"].to_dict() == {
        ("interim", "interim"): 4.0,
        ("interim", "t1"): 3.0,
        ("t1", "t1"): 3.0,
    }
    assert "By day of start, against units not yet started" in page(staggered)


def test_what_may_be_said_is_on_the_page_of_the_decision(staggered):
    assert codes(staggered) >= {"R2", "R4", "R5"} and "W7" not in codes(staggered)
    assert staggered.decision.verdict != "roll_out"
    assert (
        "others that pilot by themselves and compare no longer: 1." in staggered.evidence.refusal("R2").why.en
    )
    assert staggered.evidence.refusal("R2").why.en in page(staggered)
    assert not [one for one in staggered.evidence.grade_reasons if "lack" in one.en]
    assert {"self_pilots", "self_pilots_treated"} <= set(staggered.evidence.sensitivity["check"])


def test_a_pilot_that_has_not_begun_is_compared_and_not_missed(staggered, tmp_path):
    project = tmp_path / "project"
    shutil.copytree(staggered.folder.parents[2], project, ignore=shutil.ignore_patterns("reports"))
    study = project / "data/binh_duong"

    def later(document: dict) -> None:
        (unit,) = (unit for unit in document["units"] if unit["id"] == "binh_my")
        unit["exposure"]["start"] = datetime.date(2016, 1, 1)

    projects.change(study / "study.yaml", later)
    evidence = open_case(study).evidence
    assert evidence.changes.query("unit == 'binh_my'")["arm"].eq("comparison").all()
    assert not [one for one in evidence.grade_reasons if "lack" in one.en]
    assert evidence.refusal("R6") is not None  # one pilot unit is left
