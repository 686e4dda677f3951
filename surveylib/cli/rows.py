"""A CSV named on the command line, as a table; and the names of its columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.fieldwork import read_table
from surveylib.report.estimates import without_apostrophe

_BLANK = ("", "NA", "NaN", "nan")
_COMMA_NUMBER = r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?"


class _Column(click.ParamType):
    """A column's name, composed and folded as headers are when a file is read."""

    name = "column"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return " ".join(unicodedata.normalize("NFC", value).split())


COLUMN = _Column()

id_option = click.option(
    "--id",
    "identity",
    multiple=True,
    type=COLUMN,
    metavar="COLUMN",
    help="Refuse rows that stand there twice, told by this column; repeated columns are crossed.",
)


def read_rows(file: Path, *, decimal_comma: bool = False, text: Collection[str] = ()) -> pd.DataFrame:
    """A CSV as a table: columns of nothing but numbers as floats, but for those of `text` (007 is not 7);
    blanks and NA as missing.

    Raises
    ------
    SurveyError
        Whatever `fieldwork.read_table` refuses, and a file with a header and no rows.
    """
    rows = read_cells(file)
    for name in rows.columns.difference(list(text), sort=False):
        cells = rows[name]
        if decimal_comma:
            swapped = cells.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
            cells = swapped.where(cells.str.fullmatch(_COMMA_NUMBER, na=False), cells)
        numeric = pd.to_numeric(cells, errors="coerce")
        if numeric.notna().eq(rows[name].notna()).all():
            rows[name] = numeric.astype(np.float64)
    return rows


def read_cells(file: Path) -> pd.DataFrame:
    """A CSV as text, without the space around it and the apostrophe that kept a spreadsheet from computing a
    cell; blanks and NA as missing."""
    rows = read_table(file).rows
    if rows.empty:
        raise SurveyError(
            "file has a header and no rows", where=str(file), expected="a line for every record"
        )
    rows = rows.map(lambda cell: without_apostrophe(cell.strip()))
    return rows.mask(rows.isin(_BLANK))


def refuse_commas(rows: pd.DataFrame, names: Iterable[str | None]) -> None:
    """A column of numbers with decimal commas would be taken for text: say so instead."""
    for name in names:
        if name not in rows.columns or pd.api.types.is_numeric_dtype(rows[name]):
            continue
        values = rows[name].dropna()
        commas = values.str.contains(",", regex=False)
        if commas.any() and values.str.fullmatch(_COMMA_NUMBER).all():
            raise SurveyError(
                "numbers are written with a comma",
                where=f"column {name!r}",
                got=repr(values[commas].iloc[0]),
                hint="--decimal-comma reads it as a decimal comma",
            )


@contextmanager
def within(file: Path) -> Iterator[None]:
    """Name `file`, once, in the errors of what is done with its rows."""
    try:
        yield
    except SurveyError as error:
        named = (error.where or "").startswith(str(file))
        raise SurveyError(
            error.what,
            where=error.where if named else f"{file}, {error.where}" if error.where else str(file),
            expected=error.expected,
            got=error.got,
            hint=error.hint,
            code=error.code,
        ) from error
