"""Answers that cannot both be true, and collection that was not alike in both arms."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from surveylib.fieldwork.messages import finding, first_few
from surveylib.fieldwork.quality.limits import Limits
from surveylib.grammar import evaluate, parse
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.responses import Responses
from surveylib.model.study import Study

# Each rule is checked where the questionnaire has all the items it names.
IMPOSSIBLE = (
    "a2_slip == 0 and a2_ontime in [1, 2, 3]",  # on time or late by a slip that was not given
    "a2_slip == 1 and a2_ontime == 5",  # "no slip was given" with a slip
    "got_it == 1 and a2_ontime == 4",  # all received, and no result yet
)
_NUMBER = re.compile(r"(?:\d[\s.\-]?){9,}")


def impossible(responses: Responses, questionnaire: Questionnaire) -> Iterator[Finding]:
    """D26: two answers of one form that exclude one another."""
    items = {item.id for item in questionnaire.items}
    for text in IMPOSSIBLE:
        rule = parse(text)
        if not set(rule.names) <= items & set(responses.rows.columns):
            continue
        for wave, rows in responses.rows.groupby("wave", sort=True):
            values = {name: rows[name].to_numpy(dtype=float) for name in rule.names}
            wrong = rows[np.asarray(evaluate(rule, values=values))]
            if len(wrong):
                fields = {"count": len(wrong), "rule": text, "rows": first_few(wrong["respondent"])}
                yield finding("D26", where=f"wave {wave}, {', '.join(rule.names)}", fields=fields)


def parts_too_large(responses: Responses, questionnaire: Questionnaire) -> Iterator[Finding]:
    """D33: a count above the one it is part of, so that a rate would exceed 100 %."""
    for item in questionnaire.items:
        if item.part_of is None or not {item.id, item.part_of} <= set(responses.rows.columns):
            continue
        off = questionnaire.scale_of(item.id).off_codes
        for wave, rows in responses.rows.groupby("wave", sort=True):
            part, whole = (rows[name].astype(float) for name in (item.id, item.part_of))
            wrong = rows[(part > whole) & ~part.isin(off) & ~whole.isin(off)]
            if len(wrong):
                fields = {"item": item.id, "whole": item.part_of, "count": len(wrong)}
                fields |= {"rows": first_few(wrong["respondent"])}
                yield finding("D33", where=f"wave {wave}, item {item.id}", fields=fields)


def unlike_arms(
    responses: Responses, questionnaire: Questionnaire, study: Study, limits: Limits
) -> Iterator[Finding]:
    """D28: how answers were collected (items of role `process`) differs between pilot and comparison units.

    Named when a code's shares differ by more than the limit and by more than three standard errors.
    """
    arms = {unit.id: unit.arm for unit in study.units}
    for item in questionnaire.items:
        if item.role != "process" or item.id not in responses.rows:
            continue
        scale = questionnaire.scale_of(item.id)
        for wave, rows in responses.rows.groupby("wave", sort=True):
            arm = rows["unit"].map(arms)
            groups = [
                rows.loc[(arm == name) & rows[item.id].isin(scale.codes), item.id]
                for name in ("pilot", "comparison")
            ]
            if min(map(len, groups)) < limits.fewest:
                continue
            for code in scale.codes:
                pilot, comparison = ((group == code).mean() for group in groups)
                pooled = float((len(groups[0]) * pilot + len(groups[1]) * comparison) / sum(map(len, groups)))
                error = math.sqrt(pooled * (1 - pooled) * sum(1 / len(group) for group in groups))
                if abs(pilot - comparison) > max(limits.imbalance, 3 * error):
                    fields = {
                        "wave": wave,
                        "item": f"{item.id} = {code}",
                        "pilot": f"{pilot:.0%}",
                        "comparison": f"{comparison:.0%}",
                    }
                    yield finding("D28", where=f"wave {wave}, item {item.id}", fields=fields)
                    break


def numbers_in_comments(responses: Responses) -> Iterator[Finding]:
    """D31: an open comment with nine digits or more in a row: a telephone or a document."""
    private = responses.private
    texts = [name for name in private.columns if name not in ("respondent", "wave")]
    for wave, rows in private.groupby("wave", sort=True):
        hits = rows[
            [any(_NUMBER.search(str(text)) for text in line) for line in rows[texts].itertuples(index=False)]
        ]
        if len(hits):
            # The number itself is never repeated in a finding.
            fields = {"count": len(hits), "rows": first_few(hits["respondent"])}
            yield finding("D31", where=f"wave {wave}", fields=fields)
