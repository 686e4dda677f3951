"""From a DataFrame to a table block: headings, formats, missing values, p-values and their floors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from surveylib.errors import unknown
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Cell, Column, Table
from surveylib.report.printing import MISSING, Format, is_missing, named_number, parse_format, show
from surveylib.report.words import ARMS, ROLES, UNIT_TYPES, VERDICTS, column_label, phrase, said

Labels = Mapping[str, str | Text]
_FORMATS = {
    "n": "count",
    "n_eff": "count",
    "df": "number:1",
    "p_value": "p",
    "p_adjusted": "p",
    "p_floor": "number:5",
    "change": "signed:2",
    "effect": "signed:2",
    "share": "percent:1",
    "response_rate": "percent:1",
    "probability": "number:4",
}
_VALUES = {"arm": ARMS, "role": ROLES, "type": UNIT_TYPES, "verdict": VERDICTS}
_P_COLUMNS = ("p_value", "p_adjusted")


def build_table(
    frame: pd.DataFrame,
    *,
    caption: str,
    lang: Lang,
    columns: Sequence[str] | None,
    labels: Labels,
    formats: Mapping[str, str | Format],
    headers: Sequence[str] | None,
    row_key: Sequence[str] | None,
    missing: str | Text | Mapping[str, str | Text] | None,
    notes: tuple[str, ...],
    key: str,
) -> Table:
    """The table of `exhibits.table`, which explains the parameters."""
    shown = list(columns) if columns is not None else [name for name in frame.columns if name != "p_floor"]
    for name in (*shown, *(headers or ()), *(row_key or ()), *formats):
        if name not in frame.columns:
            raise unknown("column", name, frame.columns, where=f"table “{caption}”")
    forms = {name: parse_format(formats.get(name) or _default(name, frame[name])) for name in shown}
    heads = tuple(headers) if headers is not None else _heads(shown, forms)
    keys = _row_keys(frame, tuple(row_key) if row_key is not None else heads)
    reasons = {name: _reason(name, missing, lang) for name in shown}
    rows = tuple(
        tuple(_cell(row, name, forms[name], f"{keys[i]}.{name}", reasons[name], lang) for name in shown)
        for i, row in enumerate(frame.to_dict(orient="records"))
    )
    made = tuple(
        Column(
            key=name,
            label=said(labels[name], lang=lang) if name in labels else column_label(name, lang=lang),
            align="left" if forms[name].kind == "text" else "right",
            header=name in heads,
        )
        for name in shown
    )
    return Table(
        caption=caption, columns=made, rows=rows, lang=lang, notes=notes + _missing_notes(made, rows), key=key
    )


def _default(name: str, values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return "date" if pd.api.types.is_datetime64_any_dtype(values) else "text"
    return _FORMATS.get(name) or ("count" if pd.api.types.is_integer_dtype(values) else "number:2")


def _heads(shown: Sequence[str], forms: Mapping[str, Format]) -> tuple[str, ...]:
    return tuple(shown[:1]) if shown and forms[shown[0]].kind == "text" else ()


def _row_keys(frame: pd.DataFrame, by: tuple[str, ...]) -> list[str]:
    """One key a row, from the columns `by`; numbered where they do not tell the rows apart."""
    named = [".".join(str(row[name]) for name in by) for row in frame.to_dict(orient="records")]
    counts = Counter(named)
    return [
        name if name and counts[name] == 1 else f"{name}#{i + 1}".lstrip(".") for i, name in enumerate(named)
    ]


def _cell(row: Mapping[str, Any], name: str, form: Format, key: str, reason: str, lang: Lang) -> Cell:
    value = row[name]
    if is_missing(value):
        return Cell(text=MISSING, reason=reason)
    if form.kind == "date":
        return Cell(text=show(value, form=form, lang=lang))
    if form.kind == "text":
        known = (
            _VALUES.get(name, {}).get(value)
            if isinstance(value, str)
            else value
            if isinstance(value, Text)
            else None
        )
        return Cell(text=known.get(lang) if known else show(value, form=form, lang=lang))
    if not np.isfinite(float(value)):
        return Cell(text=show(value, form=form, lang=lang))
    floor = row.get("p_floor") if name in _P_COLUMNS or form.kind == "p" else None
    number = named_number(key, value, lang=lang, form=form, floor=None if is_missing(floor) else float(floor))
    return Cell(text=number.printed, number=number)


def _reason(name: str, missing: str | Text | Mapping[str, str | Text] | None, lang: Lang) -> str:
    if isinstance(missing, Mapping):
        missing = missing.get(name)
    return said(missing, lang=lang) if missing else phrase("no_value", lang=lang)


def _missing_notes(columns: tuple[Column, ...], rows: tuple[tuple[Cell, ...], ...]) -> tuple[str, ...]:
    """One line for each reason in the table; with several reasons each says which columns it is about."""
    where: dict[str, list[str]] = {}
    for position, column in enumerate(columns):
        for reason in sorted({row[position].reason for row in rows} - {""}):
            where.setdefault(reason, []).append(column.label)
    if len(where) == 1:
        return tuple(f"{MISSING} : {reason}." for reason in where)
    return tuple(f"{MISSING} ({', '.join(labels)}): {reason}." for reason, labels in where.items())
