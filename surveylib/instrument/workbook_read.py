"""Reads workbooks that people send: bounded in size and time, with what is odd about them said."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from surveylib.errors import SurveyError
from surveylib.instrument.xlsform_findings import finding
from surveylib.model.finding import Finding

LARGEST, LARGEST_UNPACKED, MOST_PARTS = 10_000_000, 60_000_000, 500
MOST_ROWS, MOST_COLUMNS, MOST_EMPTY = 20_000, 300, 60
_OLD = b"\xd0\xcf\x11\xe0"
OLD, NEW = ".xls", ".xlsx"
_BLOCK, _OVERLAP = 1 << 20, 400
_MERGED = re.compile(rb'<mergeCell ref="([A-Z0-9:]+)"')
_FORMULA = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*>\s*<f[ >/]')
_LOGICAL = re.compile(rb'<c r="([A-Z]+\d+)"[^>]* t="b"')
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a sheet: its number, and the text under each header; empty cells are absent."""

    number: int
    cells: dict[str, str]


def check_workbook(path: Path) -> str:
    """Which of the two formats the workbook has (``.xls`` or ``.xlsx``), whatever its name says.

    Refuses, before anything is unpacked, a file that is no workbook or would not fit.

    Raises
    ------
    SurveyError
        If the file is missing, larger than 10 MB, unpacks to more than 60 MB, declares XML entities, or is
        neither .xlsx nor .xls.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            head = file.read(4)
    except OSError as error:
        raise SurveyError("file cannot be read", where=str(path), got=error.strerror) from error
    if size > LARGEST:
        raise SurveyError(
            "workbook is too large", where=str(path), expected=f"at most {LARGEST} bytes", got=str(size)
        )
    if head == _OLD:
        return OLD
    if not zipfile.is_zipfile(path):
        raise SurveyError("file is not a workbook", where=str(path), expected=".xlsx, .xlsm or .xls")
    with zipfile.ZipFile(path) as archive:
        _check_parts(archive, str(path))
    return NEW


def read_sheets(path: Path) -> tuple[dict[str, tuple[Line, ...]], tuple[Finding, ...]]:
    """The sheets of an .xlsx file by their names in small letters; every cell as text, in NFC.

    A sheet ends after 60 empty rows in a row, as form tools have it. Call `check_workbook` first.

    Raises
    ------
    SurveyError
        If the file is damaged, a sheet has more rows or columns than a questionnaire can have, or a header
        stands twice.
    """
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError) as error:
        raise SurveyError("workbook is damaged", where=str(path), got=str(error)) from error
    sheets, findings, mended = {}, [], 0
    try:
        for sheet in book.worksheets:
            place = f"{path.name}, sheet {sheet.title}"
            sheets[sheet.title.strip().lower()], changed = _lines(sheet, place)
            mended += changed
            if sheet.sheet_state != "visible":
                findings.append(finding("X201", where=place, fields={"sheet": sheet.title}))
            findings += _odd_cells(path, sheet._worksheet_path, place)
    except (zipfile.BadZipFile, ParseError, KeyError, ValueError, EOFError) as error:
        if isinstance(error, SurveyError):
            raise
        raise SurveyError("workbook is damaged", where=str(path), got=str(error)) from error
    finally:
        book.close()
    if mended:
        findings.append(finding("X205", where=path.name, fields={"count": mended}))
    return sheets, tuple(findings)


def _check_parts(archive: zipfile.ZipFile, where: str) -> None:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > LARGEST_UNPACKED or len(parts) > MOST_PARTS:
        raise SurveyError(
            "workbook unpacks to more than a questionnaire can need",
            where=where,
            expected=f"at most {LARGEST_UNPACKED} bytes in {MOST_PARTS} parts",
            got=f"{unpacked} bytes in {len(parts)} parts",
        )
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            try:
                with archive.open(part) as stream:
                    head = stream.read(4096)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
                raise SurveyError("workbook is damaged", where=where, got=str(error)) from error
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise SurveyError("workbook declares XML entities", where=f"{where}, {part.filename}")


def _lines(sheet: ReadOnlyWorksheet, place: str) -> tuple[tuple[Line, ...], int]:
    rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
    first = next(rows, ())
    if len(first) > MOST_COLUMNS and any(value is not None for value in first[MOST_COLUMNS:]):
        raise SurveyError("sheet has too many columns", where=place, expected=f"at most {MOST_COLUMNS}")
    names = [_text(value)[0] for value in first[:MOST_COLUMNS]]
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise SurveyError("a header stands twice", where=f"{place}, line 1", got=", ".join(twice))
    found, mended, empty = [], 0, 0
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS or empty >= MOST_EMPTY:
            break
        cells = {}
        for name, value in zip(names, row, strict=False):
            if name and value is not None:
                cells[name], changed = _text(value)
                mended += changed
        cells = {name: cell for name, cell in cells.items() if cell}
        empty = 0 if cells else empty + 1
        if cells:
            found.append(Line(number=number, cells=cells))
    if _cut_off(found):
        raise SurveyError("sheet has too many rows", where=place, expected=f"at most {MOST_ROWS}")
    return tuple(found), mended


def _cut_off(lines: list[Line]) -> bool:
    """Whether the sheet was cut off rather than read to its end."""
    return bool(lines) and lines[-1].number >= MOST_ROWS


def _text(value: object) -> tuple[str, bool]:
    """A cell as text without blanks around it, and whether its letters or white space had to be mended."""
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), False
    if isinstance(value, float) and value.is_integer():
        return str(int(value)), False
    if value is None:
        return "", False
    raw = str(value).strip(" ")
    text = unicodedata.normalize("NFC", raw.replace("\t", " ").replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip(), text.strip() != raw


def _odd_cells(path: Path, part: str, place: str) -> Iterator[Finding]:
    patterns = {"X202": _MERGED, "X203": _FORMULA, "X204": _LOGICAL}
    found: dict[str, dict[str, None]] = {code: {} for code in patterns}
    with zipfile.ZipFile(path) as archive, archive.open(part.lstrip("/")) as stream:
        tail = b""
        while block := stream.read(_BLOCK):
            window = tail + block
            for code, pattern in patterns.items():
                if len(found[code]) <= _SHOWN:
                    found[code] |= dict.fromkeys(ref.decode() for ref in pattern.findall(window))
            tail = window[-_OVERLAP:]
    for code, cells in found.items():
        if cells:
            shown = [*list(cells)[:_SHOWN], *(["…"] if len(cells) > _SHOWN else [])]
            yield finding(code, where=place, fields={"cells": ", ".join(shown)})
