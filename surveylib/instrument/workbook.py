"""Spreadsheets as we write them: the same bytes every time, and no cell that a spreadsheet takes for a
formula."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.worksheet.worksheet import Worksheet

from surveylib.errors import SurveyError
from surveylib.model.text import like_a_formula

LONGEST_CELL = 32_767
_LONG_AGO = datetime.datetime(1980, 1, 1)
_STAMPED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
_WIDEST, _NARROWEST = 60, 8
_TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: its headers, and rows as mappings from header to text; cells a row does not name are
    empty."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]


def workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as an .xlsx file: every cell is text, headers stand fast, long texts are wrapped.

    A text that begins like a formula gets a blank before it, and the mark by which spreadsheets know text:
    readers of forms strip the one, and no program computes the other.

    Raises
    ------
    SurveyError
        If a text is too long for a cell or holds a control character.
    """
    book = Workbook()
    book.remove(book.active)
    book.add_named_style(NamedStyle(_TEXT, alignment=Alignment(wrap_text=True, vertical="top")))
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    book.properties.creator = "surveylib"
    raw = io.BytesIO()
    book.save(raw)
    return _unstamped(raw.getvalue())


def after_blank(text: str) -> str:
    """`text` so that no spreadsheet, and no CSV made from it, takes it for a formula.

    >>> after_blank("=1+1"), after_blank("- một"), after_blank("Có")
    (' =1+1', ' - một', 'Có')
    """
    return " " + text if like_a_formula(text) else text


def _fill(place: Worksheet, sheet: Sheet) -> None:
    for column, header in enumerate(sheet.headers, 1):
        cell = place.cell(1, column, header)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", start_color="DDE6F0")
        texts = [header, *(row.get(header, "") for row in sheet.rows)]
        width = min(max(map(len, texts)) + 2, _WIDEST)
        place.column_dimensions[get_column_letter(column)].width = max(width, _NARROWEST)
    for line, row in enumerate(sheet.rows, 2):
        for column, header in enumerate(sheet.headers, 1):
            if text := row.get(header, ""):
                _write(place.cell(line, column), text, f"sheet {sheet.name}, line {line}, column {header}")
    place.freeze_panes = "A2"


def _write(cell: Cell, text: str, where: str) -> None:
    if len(text) > LONGEST_CELL:
        raise SurveyError(
            "text is too long for a cell of a spreadsheet",
            where=where,
            expected=f"at most {LONGEST_CELL} characters",
            got=str(len(text)),
        )
    try:
        cell.value = after_blank(text)
    except IllegalCharacterError as error:
        raise SurveyError("text holds a control character", where=where, got=repr(text[:60])) from error
    cell.data_type = "s"
    cell.style = _TEXT  # by name: openpyxl compares an alignment of the cell's own with all others
    if like_a_formula(text):
        cell.quotePrefix = True


def _unstamped(raw: bytes) -> bytes:
    """The same archive without the hour at which it was made."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                content = _STAMPED.sub(rb"\g<1>" + _LONG_AGO.isoformat().encode() + b"Z", content)
            fixed = zipfile.ZipInfo(entry.filename, date_time=_LONG_AGO.timetuple()[:6])
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o600 << 16
            new.writestr(fixed, content)
    return made.getvalue()
