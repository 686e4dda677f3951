"""Answers as scores: codes off the scale set aside, reversed items turned round."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.errors import unknown
from surveylib.model.questionnaire import Questionnaire


def answers(rows: pd.DataFrame, *, item: str) -> np.ndarray:
    """The column of an item as floats, NaN where it is blank; of a list of marks ("1 3") the first."""
    if item not in rows.columns:
        raise unknown("column", item, rows.columns, where="responses")
    cells = rows[item]
    if not pd.api.types.is_numeric_dtype(cells):
        cells = cells.astype("str").str.split().str[0]
    return pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def scored(rows: pd.DataFrame, *, questionnaire: Questionnaire, item: str) -> np.ndarray:
    """Codes of the scale as scores, reversed where the item is; NaN for blanks and codes off the scale."""
    scale, codes = questionnaire.scale_of(item), answers(rows, item=item)
    if not scale.codes:
        return codes
    codes = np.where(np.isin(codes, scale.codes), codes, np.nan)
    return min(scale.codes) + max(scale.codes) - codes if questionnaire.item(item).reversed else codes
