"""Every reason of the grade has a cause that brings it about, and moves the grade as it says."""

from __future__ import annotations

import dataclasses
import datetime

import pandas as pd
import pytest

from surveylib.evaluation import evaluate
from surveylib.evaluation.breakdown import Breakdown
from surveylib.evaluation.gates import GRADES, Facts, beyond_spread, gates
from surveylib.evaluation.grade import grade_evidence
from surveylib.model.evidence import Evidence
from surveylib.model.plan import AnalysisPlan, Arms, PlanWaves
from surveylib.model.study import Exposure, Study, UnitSetting
from surveylib.model.text import Text

from .conftest import OWN_RISES, PILOT_RISES, make_cells, make_study

LARGE = "In its favour: no comparison unit moved by itself as far as would undo the result."


def reasons(cells: pd.DataFrame, plan: AnalysisPlan, **more) -> list[str]:
    return [one.en for one in evaluate(cells, plan=plan, **more).grade_reasons]


def drawn(plan: AnalysisPlan) -> AnalysisPlan:
    return dataclasses.replace(plan, arms=Arms(assignment="random"))


def selected(plan: AnalysisPlan) -> AnalysisPlan:
    return dataclasses.replace(plan, waves=dataclasses.replace(plan.waves, selection_wave="pre"))


def other_mode_in_pilots() -> Study:
    study = make_study()
    pilots = [unit.id for unit in study.units if unit.arm == "pilot"]
    after = dataclasses.replace(study.waves[1], exceptions=dict.fromkeys(pilots, UnitSetting(mode="tablet")))
    return dataclasses.replace(study, waves=(study.waves[0], after))


def with_an_earlier_wave(cells: pd.DataFrame, plan: AnalysisPlan) -> Evidence:
    before = cells[cells["wave"] == "pre"].assign(wave="before")
    longer = dataclasses.replace(plan, waves=PlanWaves(pre=("before", "pre"), post=("post",)))
    return evaluate(pd.concat([cells, before]), plan=longer)


def without_a_post(cells: pd.DataFrame, unit: str) -> pd.DataFrame:
    return cells[~((cells["unit"] == unit) & (cells["wave"] == "post"))]


DESIGN = {  # the words, the evidence, its Maryland level
    "Before and after only": (lambda c, p: evaluate(make_cells(PILOT_RISES, OWN_RISES[:1]), plan=p), 2),
    "not drawn by lot": (lambda c, p: evaluate(c, plan=p), 3),
    "several waves before, but not by lot": (with_an_earlier_wave, 4),
    "Pilots were drawn by lot": (lambda c, p: evaluate(c, plan=drawn(p)), 5),
}
DOUBTS = {
    "The interval holds both 0": lambda c, p: reasons(make_cells((0.9, -0.6, 0.7, -0.5, 0.4)), p),
    "hangs on a single unit": lambda c, p: reasons(make_cells((0.9, -0.1, -0.1, -0.1, -0.1)), p),
    "changed in the pilots alone": lambda c, p: reasons(c, p, study=other_mode_in_pilots()),
    "did not keep its meaning": lambda c, p: reasons(c, p, invariance={"group_c": 3}),
    "chosen on the baseline": lambda c, p: reasons(c, selected(p)),
    "1 pilot unit lacks data": lambda c, p: reasons(without_a_post(c, "p04"), p),
}


@pytest.mark.parametrize("words", DESIGN)
def test_the_design_is_the_first_reason(cells, plan, words):
    made, level = DESIGN[words]
    evidence = made(cells, plan)
    assert words in evidence.grade_reasons[0].en and evidence.maryland == level


@pytest.mark.parametrize("words", DOUBTS)
def test_every_doubt_has_its_cause(cells, plan, words):
    assert words in " ".join(DOUBTS[words](cells, plan))
    assert words not in " ".join(reasons(cells, plan, study=make_study(), invariance={"group_c": 1}))


def begun(study: Study, unit: str, day: datetime.date) -> Study:
    units = [
        dataclasses.replace(one, exposure=Exposure(kind="pilot", start=day)) if one.id == unit else one
        for one in study.units
    ]
    return dataclasses.replace(study, units=tuple(units))


def test_only_a_pilot_that_had_begun_is_missed(cells, plan):
    """One that had not by the last wave is compared with; one without a baseline, or without cells, is
    missed."""
    later = begun(make_study(), "p04", datetime.date(2016, 1, 1))
    assert not [one for one in reasons(cells, plan, study=later) if "lack" in one]
    before = begun(make_study(), "p04", datetime.date(2014, 9, 1))
    assert "1 pilot unit lacks data." in reasons(cells, plan, study=before)
    absent = cells[cells["unit"] != "p04"]
    assert "1 pilot unit lacks data." in reasons(absent, plan, study=make_study())
    assert not [one for one in reasons(absent, plan, study=later) if "lack" in one]


def test_a_result_beyond_what_units_do_by_themselves_is_a_reason(cells, plan):
    assert LARGE in reasons(cells, plan)
    assert LARGE not in reasons(make_cells(PILOT_RISES, (0.45, *OWN_RISES[1:])), plan)


# ---- what the reasons do to the grade --------------------------------------------------------------------

SOUND = Facts(
    n_pilot=5,
    n_comparison=10,
    n_self_pilot=0,
    n_pre_waves=2,
    dropped_pilots=0,
    primary=pd.Series({"estimate": 0.4, "conf_low": 0.3, "conf_high": 0.5}),
    guards=pd.DataFrame({"guard": ["leave_one_out"], "estimate": [0.3], "without": ["p01"]}),
    breakdown=Breakdown(value=0.1, spread=0.05, largest=0.2, count=1, total=10),
    setting="passed",
    setting_reason=Text(vi="…", en="…"),
    invariance={"group_a": 0},
    pre_waves=("t0", "t1"),
)
CHANGED = {
    "imprecise": {"primary": pd.Series({"estimate": 0.1, "conf_low": -0.1, "conf_high": 0.3})},
    "one unit": {"guards": SOUND.guards.assign(estimate=-0.1)},
    "setting": {"setting": "failed"},
    "meaning": {"invariance": {"group_a": 2}},
    "dropped": {"dropped_pilots": 1},
    "baseline": {"pre_waves": ("pre", "t1")},
}


def step(facts: Facts, plan: AnalysisPlan) -> int:
    return GRADES.index(grade_evidence(facts, plan=plan)[0])


def test_each_doubt_lowers_the_grade_by_one_step_and_not_below_the_lowest(plan):
    plan = selected(plan)
    assert step(SOUND, plan) == GRADES.index("moderate")
    for change in CHANGED.values():
        assert step(dataclasses.replace(SOUND, **change), plan) == GRADES.index("low")
    every = {name: value for change in CHANGED.values() for name, value in change.items()}
    facts = dataclasses.replace(SOUND, **every)
    grade, told = grade_evidence(facts, plan=plan)
    assert grade == "very_low" and len(told) == 1 + len(CHANGED)


@pytest.mark.parametrize(
    ("design", "plain"),
    [
        ({"n_comparison": 1}, "very_low"),
        ({"n_pre_waves": 1}, "low"),
        ({"n_comparison": 4}, "low"),
        ({}, "moderate"),
    ],
)
def test_the_grade_starts_from_the_design_and_rises_with_a_large_result(plan, design, plain):
    facts = dataclasses.replace(SOUND, **design)
    large = dataclasses.replace(facts, breakdown=dataclasses.replace(SOUND.breakdown, value=0.21))
    assert grade_evidence(facts, plan=plan)[0] == plain
    lifted = step(large, plan) - step(facts, plan)
    assert lifted == (0 if plain == "very_low" else 1)  # before and after alone nothing lifts
    assert grade_evidence(dataclasses.replace(facts, n_comparison=10), plan=drawn(plan))[0] == "high"


@pytest.mark.parametrize("grade", GRADES)
def test_the_gate_asks_for_the_grade_of_the_plan(plan, grade):
    found = {one.name: one for one in gates(SOUND, plan=plan, grade=grade)}["evidence_grade"]
    assert found.status == ("failed" if grade == "very_low" else "passed")


def test_a_comparison_that_fell_is_no_bar_for_a_large_result(plan):
    """The largest of comparison units that all fell is below 0: a breakdown value of 0 is not large."""
    fell = dataclasses.replace(SOUND.breakdown, value=0.0, largest=-0.1)
    assert step(dataclasses.replace(SOUND, breakdown=fell), plan) == GRADES.index("moderate")


# ---- which reasons stand first ---------------------------------------------------------------------------

FOR = (
    "In its favour: the whole interval lies above 0.",
    "In its favour: the result exceeds what units do by themselves.",
)


def test_where_little_speaks_against_the_evidence_it_is_said_what_speaks_for_it(plan):
    told = [one.en for one in grade_evidence(SOUND, plan=plan)[1]]
    assert len(told) == 3 and "not by lot" in told[0] and tuple(told[1:]) == FOR


def test_doubts_stand_before_praise_and_push_it_out(plan):
    doubted = dataclasses.replace(SOUND, **CHANGED["setting"] | CHANGED["dropped"])
    told = [one.en for one in grade_evidence(doubted, plan=plan)[1]]
    assert told[1:] == ["The survey changed in the pilots alone.", "1 pilot unit lacks data."]
    by_lot = [one.en for one in grade_evidence(doubted, plan=drawn(plan))[1]]
    assert by_lot == [*told[1:], "Pilots were drawn by lot."]


@pytest.mark.parametrize(("low", "high", "said"), [(-0.1, 0.1, "narrow enough"), (0.1, 0.5, "above 0")])
def test_an_interval_is_praised_for_what_it_shows_and_only_where_there_is_one(plan, low, high, said):
    row = pd.Series({"estimate": 0.1, "conf_low": low, "conf_high": high})
    told = [one.en for one in grade_evidence(dataclasses.replace(SOUND, primary=row), plan=plan)[1]]
    assert said in told[1]
    for none in (None, pd.Series({"estimate": 0.1, "conf_low": float("nan"), "conf_high": float("nan")})):
        told = [one.en for one in grade_evidence(dataclasses.replace(SOUND, primary=none), plan=plan)[1]]
        assert not any("interval" in one for one in told)


@pytest.mark.parametrize(("value", "status"), [(0.05, "failed"), (0.0501, "passed"), (0.04, "failed")])
def test_a_breakdown_value_only_as_large_as_the_spread_is_not_beyond_it(value, status):
    found = dataclasses.replace(SOUND.breakdown, value=value, spread=0.05)
    assert beyond_spread(dataclasses.replace(SOUND, breakdown=found))[0] == status
