"""Reads the delimited files that offices send: several encodings and separators, never a silent guess."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from pathlib import Path

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.fieldwork.submissions import read_submissions
from surveylib.model.table import Table

LARGEST = 500_000_000
ROW_NAMES = "row_name"
DELIMITERS = (",", ";", "\t", "|")
_BOMS = (  # the longer first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_VIETNAMESE = frozenset(
    unicodedata.normalize("NFC", base + shape + tone)
    for base in "aeiouyAEIOUY"
    for shape in ("", "\u0302", "\u0306", "\u031b")
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
) | frozenset("đĐ")
_SHOWN = 5


def read_table(path: Path, *, where: str | None = None) -> Table:
    """Read a delimited text file: UTF-8, UTF-16 or Windows-1258; comma, semicolon, tab or bar.

    Nothing is guessed silently: a file that is not UTF-8 or UTF-16 is taken for Windows-1258 only if every
    letter beyond ASCII then is a Vietnamese one and no accent is left without its letter; otherwise it is
    refused. The separator is the one that gives the header, and every line after it, the same number of
    columns. Cells are kept as text, in NFC, not trimmed. A folder, or a file ``*.xml``, is read as the
    submissions of a form (`fieldwork.submissions`).

    Parameters
    ----------
    path : Path
    where : str, optional
        How errors name the file; its path when not given.

    Raises
    ------
    SurveyError
        If the file is missing, empty, a workbook or Parquet, in an encoding that cannot be told, holds NUL
        bytes, has headers twice or blank, or lines with another number of cells than the header (with their
        numbers).
    """
    path, where = Path(path), where or str(path)
    if path.is_dir() or path.suffix.lower() == ".xml":
        return read_submissions(path)
    raw = _bytes(path, where)
    text, encoding = _decode(raw, where)
    composed = unicodedata.normalize("NFC", text)
    lines, delimiter = _parse(composed, where)
    header = _header(lines, where)
    cells = _cells(lines, header, where)
    # Windows-1258 always writes tones apart: that is its way, not a defect of the cells.
    count = 0 if composed == text or encoding == "windows-1258" else _count_composed(text, delimiter)
    rows = pd.DataFrame(cells, columns=header, dtype=object)
    return Table(rows=rows, path=path, encoding=encoding, delimiter=delimiter, composed=count)


def _bytes(path: Path, where: str) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise SurveyError(
                "file is too large", where=where, expected=f"at most {LARGEST} bytes", got=str(size)
            )
        raw = path.read_bytes()
    except OSError as error:
        raise SurveyError("file cannot be read", where=where, got=error.strerror) from error
    if not raw.strip():
        raise SurveyError("file is empty", where=where, expected="a line of headers and lines of answers")
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise SurveyError(
            "file is a workbook, not delimited text",
            where=where,
            hint="save the sheet as “CSV UTF-8” and name that file",
        )
    if raw.startswith(b"PAR1"):
        raise SurveyError(
            "file is Parquet, not delimited text",
            where=where,
            hint="name it .parquet for `surveylib estimate`, `crosstab`, `regress` and `totals`, which read "
            "it; save it as CSV for the others",
        )
    return raw


def _decode(raw: bytes, where: str) -> tuple[str, str]:
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _strict(raw, "utf-8-sig" if encoding == "utf-8" else encoding, where), encoding
    if b"\0" in raw:
        return _strict(raw, _unmarked_utf16(raw, where), where), "utf-16"
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        return _windows_1258(raw, where, error.start), "windows-1258"


def _strict(raw: bytes, encoding: str, where: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise SurveyError(
            f"file begins like {encoding.removesuffix('-sig')} but is not",
            where=f"{where}, byte {error.start}",
            hint="save it again as UTF-8",
        ) from error
    if "\0" in text:
        raise _nul(where, text.index("\0"))
    return text


def _nul(where: str, place: int) -> SurveyError:
    return SurveyError(
        "file holds NUL bytes",
        where=f"{where}, position {place}",
        expected="text",
        hint="the file is damaged or not a CSV: export it again",
    )


def _unmarked_utf16(raw: bytes, where: str) -> str:
    """UTF-16 without its mark has its zeros on one side only: digits and separators all have one there."""
    even, odd = raw[0::2].count(0), raw[1::2].count(0)
    if len(raw) % 2 == 0 and min(even, odd) == 0 and max(even, odd) > len(raw) / 8:
        return "utf-16-le" if odd else "utf-16-be"
    raise _nul(where, raw.index(b"\0"))


def _windows_1258(raw: bytes, where: str, place: int) -> str:
    line = raw.count(b"\n", 0, place) + 1
    refusal = SurveyError(
        "the file's encoding cannot be told",
        where=f"{where}, line {line}",
        expected="UTF-8, UTF-16 or Windows-1258",
        got=f"bytes {raw[max(0, place - 8) : place + 8]!r}",
        hint="old TCVN3 (ABC) and VNI files must be converted; save the file again as UTF-8",
    )
    try:
        text = raw.decode("cp1258")
    except UnicodeDecodeError as error:
        raise refusal from error
    previous = ""
    for letter in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(letter)
        strange_letter = ord(letter) > 127 and kind.startswith("L") and letter not in _VIETNAMESE
        # Symbols inside words are how TCVN3 and VNI look when taken for Windows-1258.
        inside = (
            ord(letter) > 159 and kind[0] in "SPNC" and letter not in "–—“”‘’…«»\u00a0" and previous.isalpha()
        )
        if strange_letter or inside or kind == "Mn":
            raise refusal
        previous = letter
    return text


def _parse(text: str, where: str) -> tuple[list[tuple[int, list[str]]], str]:
    """Lines (number, cells) by the separator that fits; blank lines are passed over."""
    first, _, rest = text.partition("\n")
    number = 1
    if first.strip().lower().startswith("sep=") and len(first.strip()) <= 5:
        # A line some spreadsheets write; the separator is told by the lines themselves all the same.
        text, number = rest, 2
    best: tuple[tuple[bool, bool, int], str, list] | None = None
    for delimiter in DELIMITERS:
        try:
            lines = _lines(text, delimiter, first=number)
        except csv.Error as error:
            raise SurveyError("file cannot be read as a table", where=where, got=str(error)) from error
        if not lines:
            break
        width = len(lines[0][1])
        fitting = sum(len(cells) == width for _, cells in lines)
        score = (width > 1, fitting == len(lines), width)
        if best is None or score > best[0]:
            best = (score, delimiter, lines)
    if best is None:
        raise SurveyError("file is empty", where=where, expected="a line of headers and lines of answers")
    return best[2], best[1]


def _lines(text: str, delimiter: str, *, first: int = 1) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    lines, began = [], first
    for cells in reader:
        if any(cell.strip() for cell in cells):
            lines.append((began, cells))
        began = reader.line_num + first
    return lines


def _header(lines: list[tuple[int, list[str]]], where: str) -> list[str]:
    header = [" ".join(name.split()) for name in lines[0][1]]
    while header and not header[-1]:
        # A separator at the end of the line makes a column without name: it may go if nothing stands in it.
        if any(len(cells) >= len(header) and cells[len(header) - 1].strip() for _, cells in lines[1:]):
            break
        header.pop()
    if len(header) > 1 and not header[0] and ROW_NAMES not in header:
        header[0] = ROW_NAMES  # R writes its row names like that
    if blank := [number for number, name in enumerate(header, 1) if not name]:
        raise SurveyError(
            "a column has no header", where=f"{where}, line {lines[0][0]}", got=f"column {blank[0]}"
        )
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise SurveyError("a header stands twice", where=f"{where}, line {lines[0][0]}", got=", ".join(twice))
    return header


def _cells(lines: list[tuple[int, list[str]]], header: list[str], where: str) -> list[list[str]]:
    width, kept, ragged = len(header), [], []
    for number, cells in lines[1:]:
        while len(cells) > width and not cells[-1].strip():
            cells = cells[:-1]
        if len(cells) != width:
            ragged.append(f"line {number}: {len(cells)} cells")
        kept.append(cells)
    if ragged:
        more = f", … ({len(ragged)} lines in all)" if len(ragged) > _SHOWN else ""
        raise SurveyError(
            "lines do not have as many cells as the header",
            where=where,
            expected=f"{width} cells",
            got=", ".join(ragged[:_SHOWN]) + more,
            hint="a separator inside an answer must stand in quotation marks",
        )
    return kept


def _count_composed(text: str, delimiter: str) -> int:
    lines = _lines(text, delimiter)
    return sum(cell != unicodedata.normalize("NFC", cell) for _, cells in lines for cell in cells)
