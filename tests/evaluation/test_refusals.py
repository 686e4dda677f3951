"""Every code has a cause that brings it about through the public verbs, and its line on the page of codes."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.evaluation import CODES, assess_value, decide, effect, evaluate
from surveylib.evaluation.changes import changes
from surveylib.model.frozen import Deviation
from surveylib.model.plan import AnalysisPlan, Arms, ComparisonArm, Gates, Mix, PlanWaves, UnitsGate
from surveylib.model.study import UnitSetting
from surveylib.report.refusal_page import refusals_page

from .conftest import OWN_RISES, PILOT_RISES, make_cells, make_study

PAGE = Path(__file__).resolve().parents[2] / "docs" / "refusals.md"
HIGH = np.array(PILOT_RISES) + 0.1


def raised(call) -> set[str]:
    with pytest.raises(SurveyError) as caught:
        call()
    return {caught.value.code}


def said(cells, plan, **more) -> set[str]:
    return {one.code for one in evaluate(cells, plan=plan, **more).refusals}


def post(cells) -> pd.Series:
    return cells["wave"] == "post"


def treasury(cells) -> pd.DataFrame:
    return cells.assign(type=np.where(cells["unit"].isin(["p00", "c00", "c01"]), "OV", "LG"))


def selected(plan) -> AnalysisPlan:
    return dataclasses.replace(plan, waves=dataclasses.replace(plan.waves, selection_wave="pre"))


def with_exceptions(*units) -> object:
    """The study, with these units asked by tablet in the wave after."""
    study = make_study()
    after = dataclasses.replace(study.waves[1], exceptions=dict.fromkeys(units, UnitSetting(mode="tablet")))
    return dataclasses.replace(study, waves=(study.waves[0], after))


CAUSES = {
    "R1": lambda c, p: raised(
        lambda: effect(changes(c, plan=p)[0], plan=p, outcome="overall", unit_of_analysis="respondent")
    ),
    "R2": lambda c, p: said(make_cells(HIGH, OWN_RISES[:4]), p),
    "R3": lambda c, p: said(make_cells((0.8,) * 3 + (0.801,), (0.0, 0.001, 0.0)), p),
    "R4": lambda c, p: said(make_cells(PILOT_RISES[:3]), p),
    "R5": lambda c, p: said(c, p),
    "R6": lambda c, p: said(treasury(c), p),
    "R7": lambda c, p: said(c, selected(p)),
    "R8": lambda c, p: said(c, p, study=with_exceptions("p00", "p01")),
    "R9": lambda c, p: {
        one.code for one in assess_value(evaluate(c, plan=p), costs=None, plan=p, visitors=1.0).refusals
    },
    "W1": lambda c, p: said(c.assign(top_share=np.where(c["unit"] == "p01", 0.6, 0.3)), p),
    "W2": lambda c, p: said(c, p, invariance={"group_c": 3}),
    "W3": lambda c, p: said(c.assign(n_eff=np.where(c["unit"] == "c02", 60.0, 150.0)), p),
    "W4": lambda c, p: said(pd.concat([c, make_cells(PILOT_RISES, OWN_RISES[:1], outcome="c1")]), p),
    "W5": lambda c, p: said(c.assign(mean=c["mean"] + 0.3 * c["unit"].isin(["c01", "p01"]) * post(c)), p),
    "W6": lambda c, p: said(c.assign(n=np.where(c["unit"] == "p04", 40.0, 150.0)), p),
    "W7": lambda c, p: said(c, dataclasses.replace(p, registered=None)),
}


def test_no_code_is_without_its_cause():
    assert list(CAUSES) == list(CODES)


@pytest.mark.parametrize("code", CAUSES)
def test_the_cause_brings_the_code(cells, plan, code):
    assert code in CAUSES[code](cells, plan)


def test_the_refused_p_says_its_floor(plan):
    """Four pilots and three others can be told apart in 35 ways."""
    few = make_cells((0.8,) * 3 + (0.801,), (0.0, 0.001, 0.0))
    assert "The floor here is 1/35." in evaluate(few, plan=plan).refusal("R3").why.en


def test_the_floor_of_equal_arms_is_said_and_not_undercut(plan):
    """Three against three, far apart: 20 ways, and two of them the observed one and its mirror image."""
    apart = make_cells((0.8, 0.801, 0.803), (0.0, 0.001, 0.002))
    made = evaluate(apart, plan=plan)
    assert "The floor here is 1/10." in made.refusal("R3").why.en
    assert any("smallest attainable p is 1/10; here p = 0.1000" in one.en for one in made.sentences)


def test_a_sound_study_has_none(cells, plan):
    before = cells[cells["wave"] == "pre"].assign(wave="before")
    longer = dataclasses.replace(plan, waves=PlanWaves(pre=("before", "pre"), post=("post",)))
    assert said(pd.concat([cells, before]), longer, study=None) == set()


def test_a_change_in_both_arms_is_no_refusal(cells, plan):
    assert "R8" in said(cells, plan, study=with_exceptions("p03"))
    assert "R8" not in said(cells, plan, study=with_exceptions("p03", "c01"))
    assert "R8" not in said(cells, plan, study=with_exceptions("c01", "c02"))
    everywhere = [*(f"p{i:02d}" for i in range(5)), *(f"c{i:02d}" for i in range(10))]
    assert "R8" not in said(cells, plan, study=with_exceptions(*everywhere))


def test_a_unit_an_exception_names_must_exist():
    with pytest.raises(SurveyError, match="did you mean 'p0"):
        with_exceptions("p0")


def test_a_random_phase_in_takes_the_place_of_five_comparison_units(plan):
    cells, study = make_cells(HIGH, OWN_RISES[:3]), make_study(comparison=("c00", "c01", "c02"))
    few = dataclasses.replace(
        plan,
        arms=Arms(comparison=ComparisonArm(min=2)),
        gates=Gates(comparison_units=UnitsGate(min=2)),
    )
    drawn = dataclasses.replace(few, arms=dataclasses.replace(few.arms, assignment="random"))
    assert "R2" in said(cells, few, study=study) and "R2" not in said(cells, drawn, study=study)


def test_the_share_of_effective_answers_is_the_plans(cells, plan):
    thin = cells.assign(n_eff=np.where(cells["unit"] == "c02", 90.0, 150.0))
    strict = dataclasses.replace(plan, mix=Mix(min_ess_share=0.7))
    assert "W3" not in said(thin, plan) and "W3" in said(thin, strict)


def test_the_warning_of_lost_answers_names_unit_and_wave(cells, plan):
    cell = (cells["unit"] == "c02") & post(cells)
    for n_eff, where in ((75.0, None), (74.9, "c02 post")):
        found = evaluate(cells.assign(n_eff=np.where(cell, n_eff, 150.0)), plan=plan).refusal("W3")
        assert (found and found.where) == where


def test_days_of_interviews_go_before_the_days_of_the_wave(cells, plan):
    """The plan is of 30 September: the first interview was a day before it, or only later."""
    for day, late in ((29, True), (30, True), (31, False)):
        first = datetime.date(2015, 9, 1) + datetime.timedelta(days=day - 1)
        made = evaluate(cells, plan=plan, study=make_study(), first_answer=first)
        assert (made.refusal("W7") is not None) is late and made.exploratory is late
        assert (evaluate(cells, plan=plan, first_answer=first).refusal("W7") is not None) is late


def test_what_makes_an_analysis_exploratory_is_named(cells, plan):
    moved = (Deviation(part="plan", field="thresholds.sesoi", old="0.2", new="0.1"),)
    for options, words in (
        ({"plan": dataclasses.replace(plan, registered=None)}, "no plan was frozen"),
        ({"plan": plan, "deviations": moved}, "thresholds.sesoi"),
        (
            {
                "plan": dataclasses.replace(
                    plan,
                    registered=dataclasses.replace(plan.registered, at=datetime.date(2015, 11, 20)),
                ),
                "study": make_study(),
            },
            "20/11/2015",
        ),
    ):
        evidence = evaluate(cells, **options)
        assert evidence.exploratory and words in evidence.refusal("W7").why.en
        assert decide(evidence, plan=options["plan"]).exploratory


BAD = {
    "one pilot unit": (make_cells((0.4,)), "R6"),
    "no comparison": (make_cells(PILOT_RISES, ()), "R2"),
    "equal changes": (make_cells((0.3,) * 5, (0.1,) * 10), "R3"),
    "all self-piloting": (
        make_cells().assign(arm=lambda c: c["arm"].replace("comparison", "self_pilot")),
        "R2",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_input_that_allows_no_verdict_ends_in_its_code_and_what_may_still_be_said(plan, name):
    cells, code = BAD[name]
    evidence = evaluate(cells, plan=plan)
    decision = decide(evidence, plan=plan)
    assert decision.verdict == "undecided" and decision.decided_by == code
    assert evidence.refusal(code).still.vi in decision.sentences[0].vi


def test_a_wave_missing_for_a_unit_leaves_that_unit_out_by_name(plan):
    cells = make_cells()
    evidence = evaluate(cells[~((cells["unit"] == "p02") & post(cells))], plan=plan)
    assert "p02" not in set(evidence.changes["unit"]) and "p02" in evidence.findings[0].message.vi
    assert "p02" not in " ".join(evidence.effects["reason_en"])


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("P(thetta > 0) >= 0.9", "did you mean 'theta'"),
        ("P(theta > 0) / 0 >= 0.9", "rule stop"),
        ("__import__('os').system('x') >= 1", "rule stop"),
        ("P(theta > 0) >= 95", "a number from 0 to 1"),
    ],
)
def test_a_rule_that_asks_for_what_there_is_not(plan, when, words):
    with pytest.raises(SurveyError) as caught:
        dataclasses.replace(plan.rules[0], when=when)
    assert words in str(caught.value)


def test_the_page_is_the_one_the_command_makes():
    assert PAGE.read_text("utf-8") == refusals_page(), "run `make refusals`"
    for code, (refused, _, _) in CODES.items():
        assert f"| {code} | {refused.vi}" in refusals_page() and f"| {code} | {refused.en}" in refusals_page()


@pytest.mark.parametrize("code", CODES)
def test_sentences_are_whole_in_both_languages(code):
    for text in CODES[code]:
        for words in (text.vi, text.en):
            assert words[0].isupper() and words.rstrip().endswith(".") and "  " not in words


def test_self_pilots_cannot_be_told_to_stay():
    with pytest.raises(SurveyError, match="cannot stay"):
        ComparisonArm(exclude_exposure=())
