"""The published PAPI workbook as it is: a sheet a year, each dimension followed by its sub-indices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from openpyxl import load_workbook

from surveylib.errors import SurveyError
from surveylib.evaluation.papi import panel_of
from surveylib.model.papi import DIMENSIONS, SUB_COLUMNS

_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_PROVINCE = "tinhid"
_NAMES = ("tentinh_vie", "tentinh_eng")  # the first that is there is shown
_HIGHEST = 999  # the line of the highest score, which is no province
_OFF = 0.02  # how far sub-indices may be from the sum that is printed beside them, for its rounding
_LABELS = {  # headings of the dimensions as published, besides their full names
    "1": ("participation at local levels",),
    "2": ("transparency",),
    "4": ("control of corruption",),
}
_EXPECTED = (
    "sheets named by year (2011_PAPI …), each with a row of headings: tinhid, tentinh_vie or tentinh_eng, "
    "the dimensions (“Thủ tục hành chính công” or “Public Administrative Procedures” …), after each its "
    "sub-indices"
)


def workbook_panel(path: Path) -> pd.DataFrame:
    """One row a province, year and dimension (`PANEL_COLUMNS`) from the published workbook at `path`.

    Sub-indices are known by their headings, not by their place: one that was replaced (as in the third
    dimension) ends its dimension's series, see `panel_of`. Provinces have the statistics office's numbers.

    Raises
    ------
    SurveyError
        For a file that is no such workbook, a cell that is no number, sub-indices that do not add up to the
        dimension printed beside them, or a province that stands twice in a year.
    """
    path = Path(path)
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        parts = [
            rows for sheet in book.worksheets for rows in _sheet(sheet, f"{path.name}, sheet {sheet.title}")
        ]
    finally:
        book.close()
    if not parts:
        raise SurveyError(
            "this is no PAPI workbook",
            where=path.name,
            expected=_EXPECTED,
            got=f"sheets {', '.join(sheet for sheet in book.sheetnames[:6])}",
        )
    return panel_of(pd.concat(parts, ignore_index=True), source=path.name)


def _sheet(sheet, where: str) -> Iterator[pd.DataFrame]:
    """The sub-indices of one year; nothing for a sheet not named by a year or without such headings."""
    year = _YEAR.search(sheet.title)
    lines = [list(line) for line in sheet.iter_rows(values_only=True)] if year else []
    top = next((n for n, line in enumerate(lines) if _fold(line[0] if line else "") == _PROVINCE), None)
    if top is None:
        return
    headings = [_fold(cell) for cell in lines[top]]
    name = next((headings.index(one) for one in _NAMES if one in headings), None)
    columns = _columns(headings)
    if name is None or not columns:
        raise SurveyError("headings of a PAPI workbook are missing", where=where, expected=_EXPECTED)
    provinces = [line for line in lines[top + 1 :] if _is_province(line[0])]
    for dimension, whole, subs in columns:
        _check_sum(provinces, whole, subs, where)
        for place in subs:
            keys = [(str(int(line[0])), str(line[name]).strip(), int(year[0])) for line in provinces]
            values = [_number(line[place], where, headings[place]) for line in provinces]
            rows = pd.DataFrame(keys, columns=["province", "name", "year"])
            rows = rows.assign(dimension=dimension, sub=headings[place], value=values)
            yield rows[list(SUB_COLUMNS)]


def _columns(headings: list[str]) -> list[tuple[str, int, tuple[int, ...]]]:
    """For every dimension its number, its column, and the columns of its sub-indices."""
    known = {_fold(text.get(lang)): one for one, text in DIMENSIONS.items() for lang in ("vi", "en")}
    known |= {label: one for one, labels in _LABELS.items() for label in labels}
    starts = [(place, known[heading]) for place, heading in enumerate(headings) if heading in known]
    ends = [place for place, _ in starts[1:]] + [len(headings)]
    made = []
    for (place, dimension), end in zip(starts, ends, strict=True):
        subs = tuple(n for n in range(place + 1, end) if headings[n] and "papi" not in headings[n])
        made.append((dimension, place, subs))
    return [one for one in made if one[2]]


def _check_sum(lines: list[list], whole: int, subs: tuple[int, ...], where: str) -> None:
    """Columns taken for another's sub-indices would give scores nobody published."""
    for line in lines:
        cells = [line[place] for place in subs]
        if line[whole] is None or None in cells:
            continue
        parts = [_number(cell, where, "sub-index") for cell in cells]
        if abs(sum(parts) - _number(line[whole], where, "dimension")) > _OFF:
            raise SurveyError(
                "sub-indices do not add up to their dimension",
                where=f"{where}, tinhid {line[0]}, column {whole + 1}",
                expected=f"{line[whole]}",
                got=f"{sum(parts):.4f} in columns {', '.join(str(place + 1) for place in subs)}",
            )


def _number(cell: object, where: str, heading: str) -> float:
    if cell is None or cell == "":
        return float("nan")
    try:
        return float(cell)
    except (TypeError, ValueError) as error:
        raise SurveyError("not a number", where=f"{where}, column {heading}", got=repr(cell)) from error


def _is_province(cell: object) -> bool:
    return isinstance(cell, int | float) and int(cell) != _HIGHEST


def _fold(cell: object) -> str:
    """Small letters, blanks single."""
    return " ".join(unicodedata.normalize("NFC", str("" if cell is None else cell)).casefold().split())
