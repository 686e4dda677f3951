"""Evaluation: from unit changes to evidence, from evidence to a decision, and what is refused."""

from surveylib.evaluation.by_unit import unit_effects
from surveylib.evaluation.changes import changes
from surveylib.evaluation.cost import KINDS, cost_template, read_cost_lines
from surveylib.evaluation.decide import VERDICTS, decide, judge, verdict_name
from surveylib.evaluation.diagnose import diagnose
from surveylib.evaluation.effect import effect
from surveylib.evaluation.effects import effects
from surveylib.evaluation.equivalence import group_sentence
from surveylib.evaluation.evaluate import evaluate
from surveylib.evaluation.foreseen import scenario_of
from surveylib.evaluation.gates import GRADE_NAMES
from surveylib.evaluation.guards import guards
from surveylib.evaluation.interim import interim_review, named_by_chance
from surveylib.evaluation.panel import paired_changes
from surveylib.evaluation.predict import predict
from surveylib.evaluation.ranking import rank_units
from surveylib.evaluation.record import (
    decision_from_json,
    decision_to_json,
    evidence_from_json,
    evidence_to_json,
    value_from_json,
    value_to_json,
)
from surveylib.evaluation.redesign import redesign
from surveylib.evaluation.refuse import CODES, refuse
from surveylib.evaluation.say_rule import rule_words
from surveylib.evaluation.say_value import dong
from surveylib.evaluation.sensitivity import sensitivity
from surveylib.evaluation.staged import staged, staged_order
from surveylib.evaluation.value import assess_value

__all__ = [
    "CODES",
    "GRADE_NAMES",
    "KINDS",
    "VERDICTS",
    "assess_value",
    "changes",
    "cost_template",
    "decide",
    "decision_from_json",
    "decision_to_json",
    "diagnose",
    "dong",
    "effect",
    "effects",
    "evaluate",
    "evidence_from_json",
    "evidence_to_json",
    "group_sentence",
    "guards",
    "interim_review",
    "judge",
    "named_by_chance",
    "paired_changes",
    "predict",
    "rank_units",
    "read_cost_lines",
    "redesign",
    "refuse",
    "rule_words",
    "scenario_of",
    "sensitivity",
    "staged",
    "staged_order",
    "unit_effects",
    "value_from_json",
    "value_to_json",
    "verdict_name",
]
