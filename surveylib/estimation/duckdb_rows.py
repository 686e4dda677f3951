"""Rows in Parquet or CSV files larger than memory, summed by DuckDB."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.cells import totals_from
from surveylib.estimation.csv_table import DUCKDB, cells, file_literal, not_numbers, typed
from surveylib.estimation.query import Kind, Source
from surveylib.model.design import DesignColumns
from surveylib.model.totals import PsuTotals, Request

PARQUET = (".parquet", ".pq")
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_NUMBER = {"UBIGINT", "HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL"}


def totals_duckdb(
    paths: Sequence[Path],
    columns: DesignColumns,
    *,
    requests: Sequence[Request],
    by: Sequence[str] = (),
    unique: Sequence[str] = (),
    threads: int | None = None,
    memory: str = "1GB",
) -> PsuTotals:
    """The totals of all rows of some Parquet or CSV files, which need not fit in memory.

    The same numbers as `totals` of the rows, to the rounding of sums in another order (with one thread always
    the same bytes). Blank, NA and NaN cells of a CSV are missing, space around cells is not read, and a
    column of nothing but numbers is numbers.

    Parameters
    ----------
    paths : sequence of Path
        All Parquet (``.parquet``) or all CSV. Each must have every column that is used.
    columns : DesignColumns
        Clusters must be named.
    unique : sequence of str
        Columns that together tell one row from another (`refuse_repeated`).
    threads : int, optional
        At most; the processors this process may use when not given.
    memory : str
        What DuckDB may hold, ``"1GB"``; beyond, it works from a temporary folder. The totals come on top.

    Raises
    ------
    SurveyError
        Whatever `declare` and `totals` refuse; a file that is not there, cannot be read or is damaged (which
        is named, and nothing is made of the others); a column that is text in one file and numbers in
        another.

    Examples
    --------
    >>> rows = pd.DataFrame({"commune": ["a", "a", "b"], "y": [1.0, 3.0, 5.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows.to_csv(Path(folder) / "rows.csv", index=False)
    ...     made = totals_duckdb(
    ...         [Path(folder) / "rows.csv"],
    ...         DesignColumns(psu="commune"),
    ...         requests=[Request(kind="mean", variable="y")],
    ...     )
    >>> made.sums[0, :, 0]
    array([4., 5.])
    """
    used = {*columns.names, *by, *unique, *(name for request in requests for name in request.columns)}
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(config=_settings(threads, memory, folder))
        try:
            source = _source(connection, [Path(path) for path in paths], sorted(used), text=unique)
            return totals_from(source, columns, requests=requests, by=by, unique=unique)
        finally:
            connection.close()


def read_duckdb(paths: Sequence[Path], *, names: Sequence[str] | None, most: int) -> pd.DataFrame:
    """These columns of all rows, at most `most` rows, in the order of the files; None: all columns that the
    first file, a Parquet file, has.

    Raises
    ------
    SurveyError
        As `totals_duckdb`; more rows than `most`.
    """
    connection = duckdb.connect(config=_settings(1, "2GB", None) | {"preserve_insertion_order": True})
    try:
        paths = [Path(path) for path in paths]
        if names is None:
            first = f"DESCRIBE SELECT * FROM read_parquet({file_literal(paths[0])})"
            names = _asked(connection, first, paths[:1], [])["column_name"]
        source = _source(connection, paths, sorted(set(names)))
        chosen = ", ".join(f"{source.value(name)} AS {DUCKDB.name(name)}" for name in source.kinds)
        rows = source.run(f"SELECT {chosen} FROM {source.table} LIMIT {most + 1}")
    finally:
        connection.close()
    if len(rows) > most:
        raise SurveyError(
            "too many rows for memory",
            where=", ".join(map(str, paths)),
            expected=f"at most {most:,}",
            hint="`surveylib totals` with clusters (psu) sums them where they lie",
        )
    return rows


def _settings(threads: int | None, memory: str, folder: str | None) -> dict[str, object]:
    settings = {
        "threads": threads or len(os.sched_getaffinity(0)),
        "memory_limit": memory,
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return settings if folder is None else settings | {"temp_directory": folder}


def _source(
    connection: duckdb.DuckDBPyConnection, paths: list[Path], used: list[str], *, text: Sequence[str] = ()
) -> Source:
    """The files as one table; columns of a CSV in `text` stay as they are written: 007 is not 7."""
    if not paths:
        raise SurveyError("no file", expected="Parquet or CSV files")
    for path in paths:
        if not path.is_file():
            raise SurveyError("no such file", where=str(path))
    forms = {path.suffix.lower() in PARQUET for path in paths}
    if len(forms) > 1:
        raise SurveyError("files of two kinds", got="CSV and Parquet", hint="combine the totals of each kind")
    (parquet,) = forms
    kinds = _agreed(paths, [(_parquet_kinds if parquet else _csv_kinds)(connection, p, used) for p in paths])
    if not parquet:
        kinds |= dict.fromkeys(text, "text")
    if parquet:
        table = f"read_parquet([{', '.join(map(file_literal, paths))}], union_by_name = true)"
    else:
        table = f"({' UNION ALL '.join(typed(path, kinds) for path in paths)}) AS u"
    return Source(
        table=table,
        kinds=kinds,
        dialect=DUCKDB,
        run=lambda text: _asked(connection, text, paths, used),
        complete=_complete(connection, paths, used) if parquet else frozenset(),
    )


def _agreed(paths: list[Path], found: list[dict[str, Kind | None]]) -> dict[str, Kind]:
    """The kind of every column in all files; one without a value anywhere is numbers."""
    kinds: dict[str, Kind | None] = {}
    for path, own in zip(paths, found, strict=True):
        for name, kind in own.items():
            known = kinds.get(name)
            if "text" in (kind, known) and None not in (kind, known) and kind != known:
                raise SurveyError(
                    "a column is text in one file and not in another",
                    where=f"{path}, column {name!r}",
                    expected=f"{known}, as in the files before",
                    got=kind,
                    hint="write it alike in all files",
                )
            kinds[name] = known if kind is None else kind if known in (None, kind) else "number"
    return {name: kind or "number" for name, kind in kinds.items()}


def _parquet_kinds(connection: duckdb.DuckDBPyConnection, path: Path, used: list[str]) -> dict[str, Kind]:
    table = f"SELECT * FROM read_parquet({file_literal(path)})"
    described = _asked(connection, f"DESCRIBE {table}", [path], [])
    types = dict(zip(described["column_name"], described["column_type"], strict=True))
    kinds: dict[str, Kind] = {}
    for name in used:
        if name not in types:
            raise unknown("column", name, types, where=str(path))
        kind = str(types[name]).partition("(")[0]
        kinds[name] = "whole" if kind in _WHOLE else "number" if kind in _NUMBER else "text"
        if kind == "BOOLEAN":
            kinds[name] = "boolean"
    return kinds


def _csv_kinds(connection: duckdb.DuckDBPyConnection, path: Path, used: list[str]) -> dict[str, Kind | None]:
    counts = _asked(connection, not_numbers(path, used), [path], []).iloc[0].tolist()
    pairs = zip(used, counts[::2], counts[1::2], strict=True)
    return {name: None if not cells else "text" if wrong else "number" for name, cells, wrong in pairs}


def _complete(connection: duckdb.DuckDBPyConnection, paths: list[Path], used: list[str]) -> frozenset[str]:
    """Columns of which every row group of every file says that none of its values is NULL."""
    files = ", ".join(map(file_literal, paths))
    text = (
        "SELECT path_in_schema AS name FROM parquet_metadata([" + files + "]) GROUP BY path_in_schema "
        "HAVING count(*) = count(stats_null_count) AND sum(stats_null_count) = 0"
    )
    return frozenset(_asked(connection, text, paths, used)["name"]) & frozenset(used)


def _asked(
    connection: duckdb.DuckDBPyConnection, text: str, paths: list[Path], used: list[str]
) -> pd.DataFrame:
    try:
        return connection.execute(text).df()
    except duckdb.OutOfMemoryException as error:
        raise SurveyError(
            "not enough memory for this group-by",
            got=_first_line(error),
            hint="allow more memory, or ask for fewer questions and domains at a time",
        ) from error
    except duckdb.Error as error:
        path, error = _culprit(connection, paths, used, error)
        raise SurveyError(
            "file cannot be read",
            where=str(path),
            expected="a whole Parquet or CSV file",
            got=_first_line(error),
            hint="nothing was made: mend this file, or leave it out",
        ) from error


def _culprit(
    connection, paths: list[Path], used: list[str], error: duckdb.Error
) -> tuple[Path, duckdb.Error]:
    """The first file that cannot be read by itself."""
    for path in paths if len(paths) > 1 else ():
        parquet = path.suffix.lower() in PARQUET
        names = ", ".join(map(DUCKDB.name, used)) or "*"
        rows = f"SELECT {names} FROM read_parquet({file_literal(path)})" if parquet else cells(path, used)
        try:
            connection.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM ({rows})").fetchall()
        except duckdb.Error as own:
            return path, own
    return paths[0], error


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().partition("\n")[0]
