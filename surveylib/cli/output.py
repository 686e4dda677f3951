"""How commands print results: a table for people, JSON and CSV for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

import click
import numpy as np
import pandas as pd

from surveylib.model.finding import Finding
from surveylib.model.text import Lang, Text
from surveylib.report.estimates import csv_text

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}
_SEVERITIES = {
    "error": Text(vi="lỗi", en="error"),
    "warning": Text(vi="cảnh báo", en="warning"),
    "note": Text(vi="ghi chú", en="note"),
}

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to print the result.",
)


def show(frames: Mapping[str, pd.DataFrame], *, form: str, extra: Mapping[str, object] | None = None) -> None:
    """Print named tables: as aligned text, as one JSON object, or as CSV (the first table).

    JSON holds one list of records a table, under its name, numbers at full precision, missing values as null,
    and `extra` beside them.
    """
    if form == "json":
        document = {name: records(frame) for name, frame in frames.items()} | dict(extra or {})
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))
    elif form == "csv":
        first = next(iter(frames.values()))
        click.echo(csv_text(first), nl=False)
    else:
        for name, frame in frames.items():
            if len(frames) > 1:
                click.echo(click.style(f"\n{name}", bold=True))
            click.echo(text_table(frame))


def print_findings(findings: Iterable[Finding], *, about: str, lang: Lang) -> None:
    """Print findings for people, errors first: what and where, the message, the remedy; a count at the
    end."""
    order = list(_COLOURS)
    found = sorted(findings, key=lambda f: (order.index(f.severity), f.code, f.where))
    for finding in found:
        severity = click.style(_SEVERITIES[finding.severity].get(lang), fg=_COLOURS[finding.severity])
        click.echo(f"{severity} {finding.code} {finding.where}")
        click.echo(f"  {finding.message.get(lang)}\n  → {finding.remedy.get(lang)}")
    many = "(s)" if lang == "en" else ""
    counts = [
        f"{sum(f.severity == kind for f in found)} {words.get(lang)}{many}"
        for kind, words in _SEVERITIES.items()
    ]
    click.echo(f"{about}: {', '.join(counts)}")


def text_table(frame: pd.DataFrame) -> str:
    """The table as aligned text; columns without any value are left out, numbers have six significant
    digits."""
    kept = frame.loc[:, [not _empty(frame[column]) for column in frame.columns]]
    if kept.empty:
        return "(nothing)"
    return kept.to_string(index=False, na_rep="–", float_format=lambda value: f"{value:.6g}")


def _empty(column: pd.Series) -> bool:
    return bool(column.isna().all() or (column.astype(str) == "").all())


def records(frame: pd.DataFrame) -> list[dict]:
    """The rows as plain values: numpy scalars unwrapped, NaN and infinities as None."""
    return [{str(key): plain(value) for key, value in row.items()} for row in frame.to_dict("records")]


def plain(value: object) -> object:
    """A value JSON can hold."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (str, int, bool)) or value is None:
        return value
    return str(value)
