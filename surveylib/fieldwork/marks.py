"""From what stands in a cell to the marks of a list, with the reason wherever the two differ."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from surveylib.fieldwork.codes import BLANK, OFF_SCALE, SEVERAL, UNREAD, Coded
from surveylib.model.questionnaire import Scale


def to_marks(cells: pd.Series, *, scale: Scale) -> Coded:
    """The marked codes of one column of text, in ascending order with a blank between them; NaN for none.

    Blanks, commas and semicolons may stand between codes. A cell with an unknown code, or with a code that
    should stand alone beside others, counts as blank, with its reason.

    >>> from surveylib.model.questionnaire import Choice
    >>> from surveylib.model.text import Text
    >>> ways = Scale(id="WAYS", kind="multiple", alone=(4,),
    ...     choices=tuple(Choice(code=c, text=Text(vi=str(c), en=str(c))) for c in (1, 2, 4)))
    >>> coded = to_marks(pd.Series(["2 1", "4", "1 4", "1;7", ""]), scale=ways)
    >>> list(coded.values), [reason for reason in coded.reasons if reason]
    (['1 2', '4', nan, nan, nan], ['several boxes ticked where one is asked', 'code not on the scale'])
    """
    kinds, which = np.unique(cells.to_numpy(dtype=str), return_inverse=True)
    read = [_cell(kind, scale) for kind in kinds]
    values = np.array([value for value, _ in read], dtype=object)
    reasons = np.array([reason for _, reason in read], dtype=object)
    return Coded(values=values[which], reasons=reasons[which])


def _cell(raw: str, scale: Scale) -> tuple[str | float, str]:
    text = raw.strip()
    if text.casefold() in BLANK:
        return math.nan, ""
    parts = [part.removesuffix(".0") for part in text.replace(",", " ").replace(";", " ").split()]
    if not all(part.isdigit() for part in parts):
        return math.nan, UNREAD
    codes = sorted({int(part) for part in parts})
    if not set(codes) <= {*scale.codes, *scale.off_codes}:
        return math.nan, OFF_SCALE
    if len(codes) > 1 and set(codes) & {*scale.alone, *scale.off_codes}:
        return math.nan, SEVERAL
    return " ".join(map(str, codes)), ""
