"""What people wrote into the list of doubts: read, held against the form, and logged as corrections."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.paper_layout import PrintedItem
from surveylib.model.responses import CORRECTION_COLUMNS
from surveylib.model.scanned import REASONS, Decided

BLANK = "-"  # a person's decision that nothing was answered
LOG_COLUMNS = (*CORRECTION_COLUMNS, "by", "on")
_NEEDED = ("serial", "item", "answer", "by", "on")
_SHOWN = 20
Decisions = Mapping[tuple[str, str], Decided]


def read_decisions(rows: pd.DataFrame) -> dict[tuple[str, str], Decided]:
    """The answers in the list of doubts by (serial, item); lines without an answer are left out.

    Raises
    ------
    SurveyError
        If a column is missing; with all lines at once, where an answer has no name (``by``) or no day
        (``on``, year-month-day), or one doubt is decided twice and differently.
    """
    if missing := [name for name in _NEEDED if name not in rows.columns]:
        raise SurveyError(
            "list of decisions lacks columns", expected=", ".join(missing), got=", ".join(rows.columns)
        )
    decided: dict[tuple[str, str], Decided] = {}
    amiss = []
    for serial, item, *written in rows[list(_NEEDED)].itertuples(index=False):
        answer, by, on = (cell.strip() for cell in written)
        if not answer:
            continue
        made = Decided(answer=answer, by=by, on=on)
        if not by:
            amiss.append(f"{_place(serial, item)}: nobody named in `by`")
        if not _is_day(on):
            amiss.append(f"{_place(serial, item)}: {on!r} in `on` is no day")
        if decided.setdefault((serial, item), made).answer != answer:
            amiss.append(
                f"{_place(serial, item)}: decided twice, {decided[serial, item].answer!r} and {answer!r}"
            )
    refuse(amiss, hint="who decided, and when (2014-11-30), stand beside every answer")
    return decided


def settle(decided: Decided | None, item: PrintedItem) -> str | None:
    """The cell of an item in doubt: "" while nobody has decided or where blank was decided; None where the
    item cannot have this answer.

    Codes of the item; of a number, digits; of a date, ``30/11/2014`` or ``2014-11-30``.
    """
    if decided is None or decided.answer == BLANK:
        return ""
    answer = decided.answer
    if item.kind in ("one", "several"):
        codes = list(dict.fromkeys(answer.replace(",", " ").split()))
        single = item.kind == "one" or set(codes) & set(map(str, item.alone))
        return None if not set(codes) <= set(item.labels) or (single and len(codes) > 1) else " ".join(codes)
    if item.kind == "number":
        return answer if re.fullmatch(r"\d{1,9}", answer) else None
    if item.kind == "date":
        day, slash, rest = answer.partition("/")
        turned = "-".join([*reversed(rest.split("/")), day]) if slash else answer
        return turned if _is_day(turned) else None
    return answer


def refused(decided: Decided, item: PrintedItem, serial: str) -> str:
    """Why an answer cannot be."""
    wanted = ", ".join(item.labels) if item.labels else item.kind
    return f"{_place(serial, item.id)}: {decided.answer!r} (expected {wanted}, or {BLANK} for blank)"


def refuse(amiss: list[str], *, hint: str = "") -> None:
    """All that is wrong with the decisions in one error."""
    if amiss:
        more = [f"… and {len(amiss) - _SHOWN} more"] if len(amiss) > _SHOWN else []
        raise SurveyError(
            "decisions that cannot be used",
            where=f"{len(amiss)} of the list",
            got="; ".join([*amiss[:_SHOWN], *more]),
            hint=hint or None,
        )


def log_decisions(doubts: Iterable[Mapping[str, object]], answers: pd.DataFrame) -> pd.DataFrame:
    """The decisions as lines of a corrections log: what the reader had seen, what a person said, why it was
    in doubt, who decided and when."""
    waves = answers.set_index("serial")["wave"]
    lines = [
        {
            "respondent": doubt["serial"],
            "wave": waves[doubt["serial"]],
            "column": doubt["item"],
            "old": doubt["seen"],
            "new": "" if doubt["answer"] == BLANK else doubt["answer"],
            "reason": f"read by a person: {REASONS[str(doubt['reason'])].en}",
            "by": doubt["by"],
            "on": doubt["on"],
        }
        for doubt in doubts
        if doubt["answer"]
    ]
    made = pd.DataFrame(lines, columns=list(LOG_COLUMNS), dtype=object)
    return made.sort_values(["wave", "respondent", "column"], kind="stable", ignore_index=True)


def _place(serial: str, item: str) -> str:
    return f"sheet {serial}, item {item}"


def _is_day(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
