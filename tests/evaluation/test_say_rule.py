"""Rules in words: every form the grammar of a plan allows, and the formula where there are no words."""

import dataclasses

import pytest

from surveylib.evaluation import rule_words
from surveylib.evaluation.say_rule import question_words
from surveylib.model.plan import AnalysisPlan, Thresholds
from surveylib.model.rule import Rule

WORDS = {
    "P(theta > 0) >= 0.95": (
        "xác suất mô hình có ích là ít nhất 95%",
        "the probability that the programme helps is at least 95%",
    ),
    "P(theta < harm) > 0.975": (
        "xác suất mô hình gây hại là trên 97,5%",
        "the probability that the programme harms is above 97.5%",
    ),
    "P(theta_new >= sesoi) < 0.5": (
        "xác suất tác động ở một đơn vị mới từ 0,25 điểm trở lên là dưới 50%",
        "the probability that the effect in a new unit is at least 0.25 points is below 50%",
    ),
    "P(theta <= -0.1) <= 0.1": (
        "xác suất tác động trung bình không quá −0,10 điểm là không quá 10%",
        "the probability that the average effect is at most −0.10 points is at most 10%",
    ),
    "0.8 <= P(theta_new > 0)": (
        "xác suất một đơn vị mới được lợi là ít nhất 80%",
        "the probability that a new unit gains is at least 80%",
    ),
    "0.5 < P(theta > 0) <= 0.9": (
        "xác suất mô hình có ích là trên 50%, và xác suất mô hình có ích là không quá 90%",
        "the probability that the programme helps is above 50%, and the probability that the programme helps "
        "is at most 90%",
    ),
    "not P(theta_new < 0) > 0.2": (
        "không đúng rằng (xác suất một đơn vị mới bị thiệt là trên 20%)",
        "it is not so that (the probability that a new unit loses is above 20%)",
    ),
    "else": ("không quy tắc nào đứng trước thỏa mãn", "none of the rules before it holds"),
}


@pytest.fixture
def plan() -> AnalysisPlan:
    return AnalysisPlan(thresholds=Thresholds(sesoi=0.25, harm=0.0, noninferior_margin=0.1))


@pytest.mark.parametrize("when", WORDS)
def test_a_rule_is_said_in_both_languages(plan, when):
    said = rule_words(Rule(verdict="extend", when=when), plan=plan)
    assert (said.vi, said.en) == WORDS[when]


def test_brackets_stand_where_and_meets_or(plan):
    one, other, third = (f"P(theta > 0) >= 0.{digit}" for digit in "678")
    said = rule_words(Rule(verdict="stop", when=f"({one} or {other}) and {third}"), plan=plan).en
    least = "the probability that the programme helps is at least"
    assert said == f"({least} 60%, or {least} 70%), and {least} 80%"
    flat = rule_words(Rule(verdict="stop", when=f"{one} or {other}"), plan=plan).en
    assert flat == f"{least} 60%, or {least} 70%"


@pytest.mark.parametrize(
    "when", ["P(theta > 0) != 0.5", "P(theta > 0) == 0.5", "P(theta > 0) and not 0.5 > 1"]
)
def test_what_has_no_words_stays_a_formula(plan, when):
    said = rule_words(Rule(verdict="extend", when=when), plan=plan)
    assert said.vi == said.en == when


def test_a_bound_of_harm_other_than_nought_is_told_in_points(plan):
    thresholds = dataclasses.replace(plan.thresholds, harm=-0.05)
    moved = dataclasses.replace(plan, thresholds=thresholds)
    said = rule_words(Rule(verdict="stop", when="P(theta < harm) >= 0.9"), plan=moved)
    assert "nhỏ hơn −0,05 điểm" in said.vi and "harms" not in said.en


def test_every_rule_of_the_methods_note_has_words():
    plan = AnalysisPlan()
    for rule in plan.rules:
        said = rule_words(rule, plan=plan)
        for lang in ("vi", "en"):
            assert "theta" not in said.get(lang) and "P(" not in said.get(lang)
        for asked in rule.questions:
            assert question_words(asked, plan=plan).vi
