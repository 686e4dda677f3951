"""Evaluation: from unit changes to evidence, from evidence to a decision, and what is refused."""

from surveylib.evaluation.changes import changes
from surveylib.evaluation.decide import VERDICTS, decide, staged_order
from surveylib.evaluation.effect import effect
from surveylib.evaluation.effects import effects
from surveylib.evaluation.evaluate import evaluate
from surveylib.evaluation.gates import GRADE_NAMES
from surveylib.evaluation.guards import guards
from surveylib.evaluation.predict import predict
from surveylib.evaluation.record import (
    decision_from_json,
    decision_to_json,
    evidence_from_json,
    evidence_to_json,
)
from surveylib.evaluation.refuse import CODES, refuse
from surveylib.evaluation.sensitivity import sensitivity

__all__ = [
    "CODES",
    "GRADE_NAMES",
    "VERDICTS",
    "changes",
    "decide",
    "decision_from_json",
    "decision_to_json",
    "effect",
    "effects",
    "evaluate",
    "evidence_from_json",
    "evidence_to_json",
    "guards",
    "predict",
    "refuse",
    "sensitivity",
    "staged_order",
]
