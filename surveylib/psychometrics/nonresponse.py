"""Item non-response: who was asked, who answered, who could not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveylib.grammar import answers as as_answers
from surveylib.grammar import evaluate
from surveylib.model.questionnaire import Item, Questionnaire
from surveylib.model.sample import require_columns
from surveylib.psychometrics.items import answers


def item_nonresponse(
    rows: pd.DataFrame,
    *,
    questionnaire: Questionnaire,
    items: Sequence[str] = (),
    unit_types: Mapping[str, str] | None = None,
    by: Sequence[str] = ("wave",),
) -> pd.DataFrame:
    """Item non-response: of those asked, how many answered, chose a code off the scale, or left a blank.

    Asked is who belongs to a unit type the item applies to and satisfies its skip rule.

    Parameters
    ----------
    rows : DataFrame
    items : sequence of str
        Default: every coded or numeric item that is a column of `rows`.
    unit_types : mapping of unit to type, optional
        Without it every unit counts as one the item applies to.
    by : sequence of str
        Columns to tell apart.

    Returns
    -------
    DataFrame
        `by`, ``item, asked, answered, off_scale, blank, nonresponse``; the last is (off_scale + blank) /
        asked, NaN where nobody was asked.
    """
    require_columns(rows, (*by, *(("unit",) if unit_types else ())), where="responses")
    names = list(items) or [item.id for item in questionnaire.items if _shown(item, rows, questionnaire)]
    parts = []
    for name in names:
        item, scale, codes = questionnaire.item(name), questionnaire.scale_of(name), answers(rows, item=name)
        asked = _asked(item, rows, unit_types)
        off = asked & np.isin(codes, scale.off_codes)
        good = asked & np.isfinite(codes) & ~off & (np.isin(codes, scale.codes) if scale.codes else True)
        counted = pd.DataFrame(
            {"asked": asked, "answered": good, "off_scale": off, "blank": asked & ~good & ~off},
            index=rows.index,
        ).astype(int)
        keys = [rows[column].astype(str) for column in by]
        total = counted.groupby(keys, sort=True).sum().reset_index() if by else counted.sum().to_frame().T
        total.insert(len(by), "item", name)
        parts.append(total)
    table = pd.concat(parts, ignore_index=True)
    missing = table["off_scale"] + table["blank"]
    return table.assign(
        nonresponse=missing.where(table["asked"] > 0) / table["asked"].where(table["asked"] > 0)
    )


def _shown(item: Item, rows: pd.DataFrame, questionnaire: Questionnaire) -> bool:
    return item.id in rows.columns and questionnaire.scale_of(item.id).kind not in ("text", "date")


def _asked(item: Item, rows: pd.DataFrame, unit_types: Mapping[str, str] | None) -> np.ndarray:
    asked = np.ones(len(rows), dtype=bool)
    if unit_types:
        asked &= rows["unit"].map(unit_types).isin(item.applies_to).to_numpy()
    if item.relevance is not None:
        values = {name: as_answers(rows[name]) for name in item.relevance.names}
        asked &= evaluate(item.relevance, values=values, where=f"item {item.id}, ask_if")
    return asked
