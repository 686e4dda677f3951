"""What a check found: findings come all at once, each with a code, a place, a message and a remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from surveylib.model.text import Text

Severity = Literal["error", "warning", "note"]


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


def findings_frame(findings: Iterable[Finding], *, lang: str = "en") -> pd.DataFrame:
    """One row a finding, errors first, for printing and for CSV."""
    order = {"error": 0, "warning": 1, "note": 2}
    rows = [
        (f.code, f.severity, f.where, f.message.get(lang), f.remedy.get(lang))
        for f in sorted(findings, key=lambda f: (order[f.severity], f.code, f.where))
    ]
    return pd.DataFrame(rows, columns=["code", "severity", "where", "message", "remedy"])
