"""Rows on an Apache Spark cluster, or in local mode, summed by Spark: an optional extra."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.cells import totals_from
from surveylib.estimation.query import Dialect, Kind, Source
from surveylib.model.design import DesignColumns
from surveylib.model.totals import PsuTotals, Request

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SPARK = Dialect(mark="`", escapes=(("\\", "\\\\"), ("'", "\\'")))
_VIEW = "surveylib_rows"
_WHOLE = ("tinyint", "smallint", "int", "bigint")
_NUMBER = ("float", "double", "decimal")


def totals_spark(
    table: DataFrame,
    columns: DesignColumns,
    *,
    requests: Sequence[Request],
    by: Sequence[str] = (),
    unique: Sequence[str] = (),
) -> PsuTotals:
    """The totals of all rows of a Spark DataFrame: one group-by on the cluster, its answer here.

    The same numbers as `totals` of the rows, to the rounding of sums in another order.

    Parameters
    ----------
    table : pyspark.sql.DataFrame
        Columns of text that hold numbers (a CSV read without types) are numbers for means, totals and ratios.
    columns : DesignColumns
        Clusters must be named.
    unique : sequence of str
        Columns that together tell one row from another (`refuse_repeated`).

    Raises
    ------
    SurveyError
        Whatever `declare` and `totals` refuse; a file that Spark cannot read.
    """
    types = dict(table.dtypes)
    table.createOrReplaceTempView(_VIEW)
    session = table.sparkSession
    source = Source(
        table=_VIEW,
        kinds={name: _kind(type_name) for name, type_name in types.items()},
        dialect=SPARK,
        run=lambda text: _asked(session, text),
    )
    try:
        return totals_from(source, columns, requests=requests, by=by, unique=unique)
    finally:
        session.catalog.dropTempView(_VIEW)


def read_spark(paths: Sequence[Path], *, threads: int | None = None) -> DataFrame:
    """Parquet files as a Spark DataFrame, in local mode.

    Raises
    ------
    SurveyError
        Spark or Java is not installed; a file that is not there, is not Parquet or cannot be read.
    """
    for path in map(Path, paths):
        if not path.is_file():
            raise SurveyError("no such file", where=str(path))
        if path.suffix.lower() not in (".parquet", ".pq"):
            raise SurveyError("Spark reads Parquet alone", where=str(path), hint="sum CSV files with DuckDB")
    session = _session(threads)
    try:
        return session.read.parquet(*map(_literal, paths))
    except Exception as error:  # Py4J wraps every Java exception anew
        raise _unreadable(error) from error


def _literal(path: Path) -> str:
    """A local path that is no pattern: Spark would read every file that fits one."""
    return "file:" + re.sub(r"([][*?{}\\,])", r"\\\1", str(Path(path).resolve()))


def _session(threads: int | None) -> SparkSession:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SurveyError(
            "Spark is not installed", hint="install the extra `spark` of surveylib, and Java 17"
        ) from error
    try:
        return (
            SparkSession.builder.master(f"local[{threads or '*'}]")
            .appName("surveylib")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", str(2 * (threads or 2)))
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
    except Exception as error:
        raise SurveyError("Spark does not start", got=_first_line(error), hint="is Java 17 there?") from error


def _kind(type_name: str) -> Kind:
    if type_name == "boolean":
        return "boolean"
    if type_name in _WHOLE:
        return "whole"
    return "number" if type_name.startswith(_NUMBER) else "text"


def _asked(session: SparkSession, text: str) -> pd.DataFrame:
    try:
        answer = session.sql(text)
        return pd.DataFrame([tuple(row) for row in answer.collect()], columns=answer.columns)
    except Exception as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> SurveyError:
    return SurveyError(
        "Spark cannot sum these rows",
        expected="whole files of the same columns",
        got=_first_line(error),
        hint="nothing was made: mend the file that is named, or leave it out",
    )


def _first_line(error: Exception) -> str:
    """Spark's own sentence, ``[CODE] what``, from among the frames of Java; else the first line."""
    text = str(error).strip()
    own = re.search(r"\[[A-Z][A-Z_.]+\].*", text)
    return (own.group() if own else text.partition("\n")[0])[:500]
