"""The first look at answers: what is wrong with the data, before anything is estimated from them."""

from __future__ import annotations

from surveylib.fieldwork.quality.completeness import skips_broken, unanswered
from surveylib.fieldwork.quality.contradictions import (
    impossible,
    numbers_in_comments,
    parts_too_large,
    unlike_arms,
)
from surveylib.fieldwork.quality.limits import Limits
from surveylib.fieldwork.quality.patterns import copies, far_numbers, heaped_numbers, straight_lines
from surveylib.fieldwork.quality.times import empty_units, fast_forms, other_version, outside_wave
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.responses import Responses
from surveylib.model.study import Study

__all__ = ["Limits", "quality"]

_DEFAULT = Limits()


def quality(
    responses: Responses, *, questionnaire: Questionnaire, study: Study, limits: Limits = _DEFAULT
) -> tuple[Finding, ...]:
    """Every finding of every check, sorted by code and place. Nothing is changed or dropped.

    Dates outside the wave (D20), units without answers (D21), straight lines (D22), hasty forms (D23), item
    non-response (D24), broken skips (D25), impossible combinations (D26), heaping (D27), unlike collection
    in the two arms (D28), another form version (D29), copied forms (D30), numbers in comments (D31), numbers
    far off (D32), parts above their whole (D33).
    """
    found = (
        *outside_wave(responses, study),
        *empty_units(responses, study),
        *straight_lines(responses, questionnaire, limits),
        *fast_forms(responses, limits),
        *unanswered(responses, questionnaire, study, limits),
        *skips_broken(responses, questionnaire, study),
        *impossible(responses, questionnaire),
        *parts_too_large(responses, questionnaire),
        *heaped_numbers(responses, questionnaire, limits),
        *unlike_arms(responses, questionnaire, study, limits),
        *other_version(responses, study),
        *copies(responses, questionnaire, limits),
        *numbers_in_comments(responses),
        *far_numbers(responses, questionnaire, limits),
    )
    return tuple(sorted(found, key=lambda one: (one.code, one.where)))
