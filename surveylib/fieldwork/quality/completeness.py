"""Questions left unanswered, and questions answered that were not to be asked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from surveylib.fieldwork.messages import finding, first_few
from surveylib.fieldwork.quality.limits import Limits
from surveylib.grammar import answers, evaluate
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Item, Questionnaire, Scale
from surveylib.model.responses import Responses
from surveylib.model.study import Study


def _asked(rows: pd.DataFrame, item: Item, study: Study) -> np.ndarray:
    types = rows["unit"].map({unit.id: unit.type for unit in study.units})
    asked = types.isin(item.applies_to).to_numpy()
    if item.relevance is None:
        return asked
    if not set(item.relevance.names) <= set(rows.columns):
        return np.zeros(len(rows), dtype=bool)
    values = {name: answers(rows[name]) for name in item.relevance.names}
    return asked & evaluate(item.relevance, values=values)


def _single(cells: pd.Series, scale: Scale) -> pd.Series:
    """Codes as numbers, of a list of marks the first: an off-scale code stands alone. NaN where blank."""
    if scale.kind != "multiple":
        return cells
    return pd.to_numeric(cells.astype("str").str.split().str[0], errors="coerce")


def unanswered(
    responses: Responses, questionnaire: Questionnaire, study: Study, limits: Limits
) -> Iterator[Finding]:
    """D24: items many of those asked leave blank or do not know. "Not applicable" counts as not asked."""
    for item in questionnaire.items:
        if (
            item.id not in responses.rows
            or item.role == "open"
            or questionnaire.scale_of(item.id).kind == "date"
        ):
            continue
        scale = questionnaire.scale_of(item.id)
        unknown = [code for code in scale.off_codes if code not in scale.not_applicable]
        aside = [code for code in scale.off_codes if code in scale.not_applicable]
        for wave, rows in responses.rows.groupby("wave", sort=True):
            rows = rows.assign(**{item.id: _single(rows[item.id], scale)})
            asked = rows[_asked(rows, item, study) & ~rows[item.id].isin(aside).to_numpy()]
            missing = asked[item.id].isna() | asked[item.id].isin(unknown)
            # A column that is missing as a whole has been named on the way in.
            if (
                len(asked) < limits.fewest
                or missing.mean() <= limits.unanswered
                or asked[item.id].isna().all()
            ):
                continue
            by_unit = missing.groupby(asked["unit"]).mean().sort_index()
            fields = {
                "item": item.id,
                "share": f"{missing.mean():.1%}",
                "count": int(missing.sum()),
                "asked": len(asked),
                "unit": by_unit.idxmax(),
                "most": f"{by_unit.max():.1%}",
            }
            yield finding("D24", where=f"wave {wave}, item {item.id}", fields=fields)


def skips_broken(responses: Responses, questionnaire: Questionnaire, study: Study) -> Iterator[Finding]:
    """D25: an answer where the skip rule, or the type of unit, left the question out."""
    for item in questionnaire.items:
        whole = item.ask_if is None and len(item.applies_to) == 3
        if whole or item.id not in responses.rows or questionnaire.scale_of(item.id).kind in ("text", "date"):
            continue
        for wave, rows in responses.rows.groupby("wave", sort=True):
            given = _single(rows[item.id], questionnaire.scale_of(item.id)).notna().to_numpy()
            answered = rows[~_asked(rows, item, study) & given]
            if len(answered):
                fields = {
                    "count": len(answered),
                    "item": item.id,
                    "rule": item.ask_if or ", ".join(item.applies_to),
                    "rows": first_few(answered["respondent"]),
                }
                yield finding("D25", where=f"wave {wave}, item {item.id}", fields=fields)
