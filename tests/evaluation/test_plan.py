"""The plan: what it refuses before any answer is in, and that its hash follows its meaning."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from surveylib.documents import build, read
from surveylib.errors import SurveyError
from surveylib.model.plan import AnalysisPlan, PlanWaves, Thresholds, default_plan
from surveylib.model.rule import Rule

STUDY_PLAN = Path(__file__).resolve().parents[2] / "data" / "binh_duong" / "plan.yaml"


def test_the_study_plan_is_the_default_one_but_for_who_signed_it_which_waves_and_facts():
    plan = read(STUDY_PLAN, AnalysisPlan)
    assert not plan.exploratory and plan.waves.pre == ("t0",) and plan.waves.post == ("t1",)
    facts = dataclasses.replace(plan.outcome, facts=default_plan().outcome.facts)
    assert dataclasses.replace(plan, registered=None, waves=PlanWaves(), outcome=facts) == default_plan()


def test_layout_leaves_the_digest_alone_and_numbers_do_not(tmp_path):
    text = STUDY_PLAN.read_text(encoding="utf-8")
    other = tmp_path / "plan.yaml"
    other.write_text(text.replace("  pre: [t0]", "  pre:\n    - t0   # tháng 10"), encoding="utf-8")
    plan = read(STUDY_PLAN, AnalysisPlan)
    assert read(other, AnalysisPlan).digest == plan.digest
    assert dataclasses.replace(plan, thresholds=Thresholds(sesoi=0.19)).digest != plan.digest


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("P(thta > 0) >= 0.95", "did you mean 'theta'"),
        ("P(theta >= sesio) >= 0.5", "did you mean 'sesoi'"),
        ("Q(theta > 0) >= 0.95", "unknown function"),
        ("P(theta > 0) >= 95", "from 0 to 1"),
        ("theta > 0.2", "outside P()"),
        ("P(theta > 0) / 0 >= 0.5", "outside the rule language"),
        ("__import__('os').system('true') > 0", "outside the rule language"),
        ("P(theta) >= 0.5", "one comparison"),
        ("P(theta > 0, 1) >= 0.5", "one comparison"),
        ("0.5 > 0.1", "asks for no probability"),
        ("lambda: 0", "outside the rule language"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_when_written(when, said):
    with pytest.raises(SurveyError) as caught:
        Rule(verdict="roll_out", when=when)
    assert said in str(caught.value)


def test_rules_must_end_in_else():
    only = Rule(verdict="stop", when="P(theta > 0) <= 0.1")
    with pytest.raises(SurveyError, match="else"):
        AnalysisPlan(rules=(only,))
    with pytest.raises(SurveyError, match="else"):
        AnalysisPlan(rules=(Rule(verdict="revise", when="else"), only))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"waves": {"pre": ["t0"], "post": ["t0"]}}, "both before and after"),
        ({"waves": {"exclude_months": ["11/2014"]}}, "YYYY-MM"),
        ({"analysis": {"level": 90}}, "0.9, not 90"),
        ({"model": {"tau_hn": -1}}, "above 0"),
        ({"by_type": {"min_units": 1}}, "one unit shows no type"),
        ({"gats": {}}, "did you mean 'gates'"),
        ({"rules": [{"verdict": "rollout", "when": "else"}]}, "roll_out"),
    ],
)
def test_a_wrong_document_names_its_mistake(document, said):
    with pytest.raises(SurveyError) as caught:
        build(document, AnalysisPlan, where="plan.yaml")
    assert said in str(caught.value)
