"""Nouns as rows of a spreadsheet and back: one column a field, so that people can edit what forms do not
show.

A `Text` makes two columns (``text::vi``, ``text::en``), a tuple of words is written with blanks between them,
anything deeper as JSON. What has its default is left empty.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

from surveylib.model.text import LANGS, Text


def to_cells(noun: Any, *, leave: Iterable[str] = ()) -> dict[str, str]:
    """Header to text of every field of `noun` that is not its default, those in `leave` apart.

    >>> from surveylib.model.scale import Scale
    >>> to_cells(Scale(id="VISITS", kind="number", minimum=1, integer=True))
    {'id': 'VISITS', 'kind': 'number', 'minimum': '1', 'integer': 'yes'}
    """
    cells: dict[str, str] = {}
    for field in dataclasses.fields(noun):
        value = getattr(noun, field.name)
        if field.name in leave or value is None or value == _default(field):
            continue
        if isinstance(value, Text):
            cells |= {f"{field.name}::{lang}": value.get(lang) for lang in LANGS}
        else:
            cells[field.name] = _cell(value)
    return cells


def from_cells(cells: Mapping[str, str], noun: type) -> dict[str, Any]:
    """What `documents.build` makes the noun of: the fields that `cells` fill in.

    >>> from surveylib.model.scale import Scale
    >>> from_cells({"id": "OT", "positive": "1 2", "not_applicable": "[]"}, Scale)
    {'id': 'OT', 'positive': ['1', '2'], 'not_applicable': []}
    """
    made: dict[str, Any] = {}
    for header, cell in cells.items():
        name, _, lang = header.partition("::")
        if lang:
            made.setdefault(name, {})[lang] = cell
        else:
            made[name] = _value(cell, _kind(noun, name))
    return made


def headers(rows: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """Every header of the rows, in the order in which they first come."""
    return tuple(dict.fromkeys(header for row in rows for header in row))


def _default(field: dataclasses.Field) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _cell(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}" if float(f"{value:g}") == value else repr(value)
        case tuple() if value and all(
            isinstance(part, (str, int)) and " " not in str(part) for part in value
        ):
            return " ".join(map(str, value))
        case tuple() | dict():
            return json.dumps(_plain(value), ensure_ascii=False)
    return str(value)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _kind(noun: type, name: str) -> str:
    return next((str(field.type) for field in dataclasses.fields(noun) if field.name == name), "str")


def _value(cell: str, kind: str) -> Any:
    if not kind.startswith(("tuple", "dict")):
        return cell
    try:
        return json.loads(cell) if cell.startswith(("[", "{")) else cell.split()
    except ValueError:
        return cell  # `documents.build` says what is wrong with it, and where
