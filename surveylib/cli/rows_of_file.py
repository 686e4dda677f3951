"""The rows of a FILE that may be CSV or Parquet."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from surveylib.cli.rows import read_rows
from surveylib.errors import SurveyError
from surveylib.estimation.duckdb_rows import PARQUET, read_duckdb

MOST_ROWS = 5_000_000


def rows_of(file: Path, *, decimal_comma: bool = False, text: Collection[str] = ()) -> pd.DataFrame:
    """A CSV as `read_rows` reads it; a Parquet file (``.parquet``, ``.pq``) with the types it has.

    Raises
    ------
    SurveyError
        What `read_rows` refuses; a Parquet file that cannot be read, has no row, or more rows than memory is
        meant to hold.
    """
    if file.suffix.lower() not in PARQUET:
        return read_rows(file, decimal_comma=decimal_comma, text=text)
    if decimal_comma:
        raise SurveyError("--decimal-comma would be ignored", where=str(file), expected="a CSV")
    if not file.is_file():
        raise SurveyError("no such file", where=str(file))
    rows = read_duckdb([file], names=None, most=MOST_ROWS)
    if rows.empty:
        raise SurveyError("file has no rows", where=str(file), expected="a row for every record")
    return rows
