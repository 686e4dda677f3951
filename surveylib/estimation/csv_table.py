"""A CSV too large for memory, as a table expression for DuckDB: nothing about the file is guessed."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.query import Dialect, Kind

DUCKDB = Dialect(mark='"', escapes=(("'", "''"),))
BLANK = ("", "NA", "NaN", "nan")
DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 10_000_000
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?[iI]nf(inity)?"


def header(path: Path) -> tuple[str, tuple[str, ...]]:
    """The separator (the one that gives the header most columns) and the names, composed and folded.

    Raises
    ------
    SurveyError
        If the file is empty or not UTF-8, or if a name is blank or stands twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline(LONGEST_HEADER)
    except UnicodeDecodeError as error:
        raise SurveyError(
            "file is not UTF-8", where=str(path), hint="save it again as UTF-8, or leave --engine at memory"
        ) from error
    if not line.strip():
        raise SurveyError("file is empty", where=str(path), expected="a line of headers and lines of answers")
    cells = {mark: next(csv.reader([line], delimiter=mark)) for mark in DELIMITERS}
    mark = max(DELIMITERS, key=lambda mark: len(cells[mark]))
    names = tuple(" ".join(unicodedata.normalize("NFC", name).split()) for name in cells[mark])
    folded = [name.casefold() for name in names]
    for name in names:
        if not name or folded.count(name.casefold()) > 1:
            raise SurveyError(
                "a column without a name" if not name else "a column stands twice",
                where=f"{path}, line 1",
                got=repr(name),
            )
    return mark, names


def cells(path: Path, used: Sequence[str]) -> str:
    """The columns used, as text: trimmed, composed, blanks NULL."""
    mark, names = header(path)
    for name in used:
        if name not in names:
            raise unknown("column", name, names, where=str(path))
    columns = ", ".join(f"{DUCKDB.literal(name)}: 'VARCHAR'" for name in names)
    table = (
        f"read_csv({file_literal(path)}, columns = {{{columns}}}, delim = {DUCKDB.literal(mark)}, "
        "header = true, auto_detect = false, quote = '\"', escape = '\"', null_padding = false, "
        "strict_mode = true)"
    )
    return f"SELECT {', '.join(f'{_cell(name)} AS {DUCKDB.name(name)}' for name in used)} FROM {table}"


def typed(path: Path, kinds: Mapping[str, Kind]) -> str:
    """The same, columns of numbers as DOUBLE."""
    names = [(DUCKDB.name(name), kind) for name, kind in kinds.items()]
    chosen = [f"CAST({name} AS DOUBLE) AS {name}" if kind == "number" else name for name, kind in names]
    return f"SELECT {', '.join(chosen)} FROM ({cells(path, list(kinds))})"


def not_numbers(path: Path, used: Sequence[str]) -> str:
    """The question how many cells there are of every column, and how many are no numbers."""
    counts = [
        f"count({name}), count(*) FILTER (WHERE NOT regexp_full_match({name}, {DUCKDB.literal(_NUMBER)}))"
        for name in map(DUCKDB.name, used)
    ]
    return f"SELECT {', '.join(counts)} FROM ({cells(path, used)})"


def file_literal(path: Path) -> str:
    """A path that is no pattern: DuckDB would read every file that fits one."""
    text = str(path)
    for sign in "[*?":
        text = text.replace(sign, {"[": "[[]", "*": "[*]", "?": "[?]"}[sign])
    return DUCKDB.literal(text)


def _cell(name: str) -> str:
    text = f"trim({DUCKDB.name(name)}, ' \t\r\n\u00a0')"
    blanks = ", ".join(map(DUCKDB.literal, BLANK))
    return f"CASE WHEN {text} IN ({blanks}) THEN NULL ELSE nfc_normalize({text}) END"
