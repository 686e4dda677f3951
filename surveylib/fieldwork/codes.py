"""From what stands in a cell to a code of the scale, with the reason wherever the two differ."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.model.questionnaire import Scale

BLANK = frozenset({"", "na", "n/a", "#n/a", "nan", "null"})
SPACES, LABEL, WORDS = "stray spaces", "label read as its code", "number taken out of words"
OFF_SCALE, SEVERAL, UNREAD, AMBIGUOUS = (
    "code not on the scale",
    "several boxes ticked where one is asked",
    "not a code",
    "number can be read in two ways",
)
LOST = frozenset({OFF_SCALE, SEVERAL, UNREAD, AMBIGUOUS})  # the answer counts as blank
_NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d+)?$")
_IN_WORDS = re.compile(r"^(\d+(?:[.,]\d+)?)\s*[^\W\d_][^\d]*$")
_THOUSANDS = re.compile(r"^\d{1,3}(?:[.,]\d{3})+$")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coded:
    """Codes (n,), NaN for blank; per row why its cell was not taken as it stood ("" where it was)."""

    values: np.ndarray
    reasons: np.ndarray


def to_codes(cells: pd.Series, *, scale: Scale, recode: dict[str, float | None]) -> Coded:
    """The codes of one column of text.

    `recode` is the source's declaration and no correction. Spaces, labels in place of codes, decimal commas
    and numbers with their unit are understood; anything else is blank, with its reason.

    >>> from surveylib.model.questionnaire import Choice
    >>> from surveylib.model.text import Text
    >>> yes = Scale(id="YN", kind="binary", choices=tuple(Choice(code=c, text=Text(vi=v, en=e))
    ...     for c, v, e in ((1, "Có", "Yes"), (0, "Không", "No"))))
    >>> coded = to_codes(pd.Series(["1", " 0 ", "Có", "7", "0 1", ""]), scale=yes, recode={})
    >>> coded.values
    array([ 1.,  0.,  1., nan, nan, nan])
    >>> list(coded.reasons)
    ['', 'stray spaces', 'label read as its code', 'code not on the scale', 'several boxes ticked where one
    is asked', '']
    """
    labels = {
        _fold(choice.text.get(lang)): float(choice.code)
        for choice in (*scale.choices, *scale.off_scale)
        for lang in ("vi", "en")
    }
    # A column has few different cells: each is understood once.
    kinds, which = np.unique(cells.to_numpy(dtype=str), return_inverse=True)
    read = [_cell(kind, scale, recode, labels) for kind in kinds]
    values = np.array([value for value, _ in read], dtype=float)
    reasons = np.array([reason for _, reason in read], dtype=object)
    return Coded(values=values[which], reasons=reasons[which])


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def _cell(
    raw: str, scale: Scale, recode: dict[str, float | None], labels: dict[str, float]
) -> tuple[float, str]:
    text = raw.strip()
    if text in recode or _plain(text) in recode:
        code = recode[text] if text in recode else recode[_plain(text)]
        return (math.nan, "") if code is None else _on_scale(code, scale, SPACES if text != raw else "")
    if text.casefold() in BLANK:
        return math.nan, ""
    loose = SPACES if text != raw else ""
    if scale.kind == "number":
        return _number(text, scale, loose)
    if _NUMBER.match(text):
        return _on_scale(float(text.replace(",", ".")), scale, loose)
    if _fold(text) in labels:
        return labels[_fold(text)], LABEL
    parts = text.replace(",", " ").replace(";", " ").split()
    if len(parts) > 1 and all(part.isdigit() for part in parts):
        codes = {float(part) for part in parts}
        return _on_scale(codes.pop(), scale, SPACES) if len(codes) == 1 else (math.nan, SEVERAL)
    return math.nan, UNREAD


def _plain(text: str) -> str:
    """``98.0`` is the 98 of a recode table."""
    return text[:-2] if text.endswith(".0") else text


def _on_scale(code: float, scale: Scale, reason: str) -> tuple[float, str]:
    if scale.kind == "number":
        inside = (scale.minimum is None or code >= scale.minimum) and (
            scale.maximum is None or code <= scale.maximum
        )
        return (code, reason) if inside or code in scale.off_codes else (math.nan, OFF_SCALE)
    return (code, reason) if code in scale.codes or code in scale.off_codes else (math.nan, OFF_SCALE)


def _number(text: str, scale: Scale, loose: str) -> tuple[float, str]:
    words = _IN_WORDS.match(text)
    if words:
        text, loose = words.group(1), WORDS
    if not _NUMBER.match(text) and not _THOUSANDS.match(text):
        return math.nan, UNREAD
    if not _THOUSANDS.match(text) or text.startswith("0"):
        return _on_scale(float(text.replace(",", ".")), scale, loose)
    # 1.500 is one and a half here and fifteen hundred there: taken only if the scale's bounds leave one
    # reading, or if nothing bounds it and it is written the way machines write decimals.
    whole = float(text.replace(".", "").replace(",", ""))
    readings = [whole] if len(re.findall("[.,]", text)) > 1 else [float(text.replace(",", ".")), whole]
    inside = [value for value in readings if not math.isnan(_on_scale(value, scale, "")[0])]
    if len(inside) == 1:
        return inside[0], loose
    if scale.maximum is None and "." in text and len(readings) == 2:
        return readings[0], loose
    return math.nan, AMBIGUOUS if inside else OFF_SCALE
