"""Answers that look copied, drawn with a ruler, rounded, or mistyped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from surveylib.fieldwork.messages import finding, first_few
from surveylib.fieldwork.quality.limits import Limits
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.responses import Responses


def straight_lines(responses: Responses, questionnaire: Questionnaire, limits: Limits) -> Iterator[Finding]:
    """D22: the same answer to every question on one scale."""
    for scale in questionnaire.scales:
        names = [i.id for i in questionnaire.items if i.scale == scale.id and i.id in responses.rows]
        if scale.kind != "ordinal" or len(names) < limits.line_items:
            continue
        for wave, rows in responses.rows.groupby("wave", sort=True):
            answers = rows[names].where(rows[names].isin(scale.codes))
            flat = (answers.nunique(axis=1) == 1) & (answers.notna().sum(axis=1) >= limits.line_items)
            if flat.any():
                fields = {
                    "count": int(flat.sum()),
                    "share": f"{flat.mean():.1%}",
                    "scale": scale.id,
                    "rows": first_few(rows.loc[flat, "respondent"]),
                }
                yield finding("D22", where=f"wave {wave}, scale {scale.id}", fields=fields)


def copies(responses: Responses, questionnaire: Questionnaire, limits: Limits) -> Iterator[Finding]:
    """D30: two forms of one unit and wave that agree in every answer."""
    names = [item.id for item in questionnaire.items if item.id in responses.rows]
    if len(names) < limits.copied_items:
        return
    rows = responses.rows[responses.rows[names].notna().sum(axis=1) >= limits.copied_items]
    twins = rows[rows.duplicated(["wave", "unit", *names], keep=False)]
    for wave, part in twins.groupby("wave", sort=True):
        groups = part.groupby(["unit", *names], dropna=False, sort=True)["respondent"]
        pairs = [" = ".join(members) for _, members in groups]
        fields = {"count": len(pairs), "rows": first_few(pairs, most=3)}
        yield finding("D30", where=f"wave {wave}", fields=fields)


def heaped_numbers(responses: Responses, questionnaire: Questionnaire, limits: Limits) -> Iterator[Finding]:
    """D27: numbers given in fives far more often than chance would."""
    for name, wave, rows in _numbers(responses, questionnaire):
        values = rows.loc[rows[name] > 0, name]
        if len(values) < limits.fewest or values.quantile(0.9) < 10:
            continue
        share = float((values % 5 == 0).mean())
        if share > limits.heaped:
            fields = {"item": name, "share": f"{share:.0%}", "step": 5}
            yield finding("D27", where=f"wave {wave}, item {name}", fields=fields)


def far_numbers(responses: Responses, questionnaire: Questionnaire, limits: Limits) -> Iterator[Finding]:
    """D32: numbers far above all others."""
    for name, wave, rows in _numbers(responses, questionnaire):
        values = rows[name].to_numpy(dtype=float)
        if values.size < limits.fewest:
            continue
        low, high = np.quantile(values, [0.25, 0.75])
        bound = high + limits.far * max(high - low, 1.0)
        far = rows[values > bound]
        if len(far):
            fields = {
                "item": name,
                "bound": f"{bound:g}",
                "count": len(far),
                "rows": first_few(far["respondent"]),
            }
            yield finding("D32", where=f"wave {wave}, item {name}", fields=fields)


def _numbers(responses: Responses, questionnaire: Questionnaire) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for item in questionnaire.items:
        scale = questionnaire.scale_of(item.id)
        if scale.kind == "number" and item.id in responses.rows:
            for wave, rows in responses.rows.groupby("wave", sort=True):
                yield item.id, wave, rows[rows[item.id].notna() & ~rows[item.id].isin(scale.off_codes)]
