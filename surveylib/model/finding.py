"""What a check found: findings come all at once, each with a code, a place, a message and a remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from surveylib.model.text import Text

Severity = Literal["error", "warning", "note"]
# One kind of finding in a catalogue: severity, message (vi, en), remedy (vi, en), with {blanks}.
Entry = tuple[Severity, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of a check.

    Attributes
    ----------
    code : str
        Stable code of the rule, for example ``Q03`` (questionnaire) or ``D02`` (data).
    severity : {'error', 'warning', 'note'}
    where : str
        The place: file, line, item, row.
    message, remedy : Text
        What was found, and what to do, in both languages.
    """

    code: str
    severity: Severity
    where: str
    message: Text
    remedy: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFinding(Finding):
    """A finding in a file, its place also in parts: `line` counts from 1, `part` is what is meant there
    (``item a2_slip``), `lang` the language of the words it is about."""

    file: str | None = None
    line: int | None = None
    part: str = ""
    lang: str | None = None


def find(
    catalogue: Mapping[str, Entry], code: str, *, where: str, fields: Mapping[str, object] | None = None
) -> Finding:
    """The finding of this code at this place, the blanks of its sentences filled with `fields`.

    >>> known = {"D1": ("note", "{n} ô trống", "{n} blanks", "Bỏ qua.", "Pass.")}
    >>> find(known, "D1", where="t0", fields={"n": 2}).message.en
    '2 blanks'
    """
    severity, vi, en, remedy_vi, remedy_en = catalogue[code]
    message, remedy = Text(vi=vi, en=en), Text(vi=remedy_vi, en=remedy_en)
    return Finding(
        code=code,
        severity=severity,
        where=where,
        message=message.filled(fields or {}),
        remedy=remedy.filled(fields or {}),
    )


def findings_frame(findings: Iterable[Finding], *, lang: str = "en") -> pd.DataFrame:
    """One row a finding, errors first, for printing and for CSV."""
    order = {"error": 0, "warning": 1, "note": 2}
    rows = [
        (f.code, f.severity, f.where, f.message.get(lang), f.remedy.get(lang))
        for f in sorted(findings, key=lambda f: (order[f.severity], f.code, f.where))
    ]
    return pd.DataFrame(rows, columns=["code", "severity", "where", "message", "remedy"])
