"""surveylib totals: from rows to a small file of totals, which can be handed on and combined."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import pandas as pd

from surveylib.cli.asked_design import AskedDesign
from surveylib.cli.design_options import design_options
from surveylib.cli.output import format_option, show
from surveylib.cli.request_options import named, refuse_taken, request_options
from surveylib.cli.rows import read_rows, refuse_commas, within
from surveylib.cli.rows_of_file import MOST_ROWS
from surveylib.cli.totals_file import refuse_recognisable, summary, warn_recognisable
from surveylib.errors import SurveyError, unknown
from surveylib.estimation import totals as sum_up
from surveylib.estimation.duckdb_rows import PARQUET, read_duckdb, totals_duckdb
from surveylib.estimation.spark_rows import read_spark, totals_spark
from surveylib.estimation.store import write_totals
from surveylib.model.totals import PsuTotals, Request

LARGE = 200_000_000  # bytes of CSV that are no longer read into memory


@click.command(
    "totals",
    epilog="Example: surveylib totals thu_dau_mot.csv --output thu_dau_mot.totals --weights w --strata "
    "stratum --psu office --mean c3 --prop c4 --by sex",
)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--output",
    "--out",
    "out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file to write.",
)
@request_options
@design_options
@click.option(
    "--min-cluster-n",
    type=click.IntRange(min=1),
    metavar="N",
    help="Refuse to write where a cluster has, in any domain, fewer rows.  [default: a warning below 3]",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "memory", "duckdb", "spark"]),
    default="auto",
    show_default=True,
    help="Who sums; auto: DuckDB for Parquet and for CSV above 200 MB.",
)
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="DuckDB's and Spark's threads.")
@click.option("--memory", default="1GB", show_default=True, metavar="SIZE", help="What DuckDB may hold.")
@click.option("--decimal-comma", is_flag=True, help="Numbers in a CSV are written 3,5 (engine memory).")
@format_option
def command(
    files, out, requests, by, design, min_cluster_n, engine, threads, memory, decimal_comma, form
) -> None:
    """Sum FILES (CSV, or Parquet) into a small file of totals, from which all estimates can be made.

    The file holds weighted sums by cluster and domain, and the design: no respondent's row. A commune or a
    month hands it on; `surveylib combine` adds several, `surveylib estimate --totals` prints the estimates,
    the same as from all rows together.
    """
    refuse_taken(by)
    _refuse_twice(files)
    chosen = _engine(files, engine, design)
    if design.margins is not None and chosen != "memory":
        raise SurveyError(
            "--margins would be ignored", expected="--engine memory", got=chosen, hint="or a smaller file"
        )
    if decimal_comma and chosen != "memory":
        raise SurveyError("--decimal-comma would be ignored", expected="--engine memory", got=chosen)
    if chosen == "memory":
        made = _in_memory(files, design, requests, by, decimal_comma=decimal_comma)
    elif chosen == "duckdb":
        made = totals_duckdb(
            *(files, design.columns),
            requests=requests,
            by=by,
            unique=design.identity,
            threads=threads,
            memory=memory,
        )
    else:
        table = read_spark(files, threads=threads)
        made = totals_spark(table, design.columns, requests=requests, by=by, unique=design.identity)
    if min_cluster_n is not None:
        refuse_recognisable(made, least=min_cluster_n)
    write_totals(made, out)
    if min_cluster_n is None:
        warn_recognisable(made)
    show({"totals": summary(made, file=out)}, form=form)


def _refuse_twice(files: Sequence[Path]) -> None:
    resolved = [file.resolve() for file in files]
    for file, place in zip(files, resolved, strict=True):
        if resolved.count(place) > 1:
            raise SurveyError("a file is named twice: its rows would count twice", where=str(file))


def _engine(files: Sequence[Path], engine: str, design: AskedDesign) -> str:
    if engine != "auto":
        return engine
    # Where every row is a cluster there is nothing to group; calibration needs the rows.
    if design.columns.psu is None or design.margins is not None:
        return "memory"
    large = sum(file.stat().st_size for file in files if file.is_file()) > LARGE
    return "duckdb" if large or any(_parquet(file) for file in files) else "memory"


def _parquet(file: Path) -> bool:
    return file.suffix.lower() in PARQUET


def _in_memory(
    files: Sequence[Path], design: AskedDesign, requests: list[Request], by, *, decimal_comma: bool
) -> PsuTotals:
    used = list(dict.fromkeys([*design.names, *named(requests), *by]))
    where = files[0] if len(files) == 1 else Path(f"{files[0]} … {files[-1]}")
    if any(map(_parquet, files)):
        rows = read_duckdb(files, names=used, most=MOST_ROWS)
    else:
        how = {"decimal_comma": decimal_comma, "text": design.identity}
        parts = [_read(file, used, named(requests), **how) for file in files]
        rows = _together(parts, files)
    with within(where):
        return sum_up(rows, design.declared(rows), requests=requests, by=by)


def _read(
    file: Path, used: list[str], numbers: list[str], *, decimal_comma: bool, text: Sequence[str]
) -> pd.DataFrame:
    rows = read_rows(file, decimal_comma=decimal_comma, text=text)
    with within(file):
        for name in used:
            if name not in rows.columns:
                raise unknown("column", name, rows.columns, where="header")
        refuse_commas(rows, numbers)
    return rows[used]


def _together(parts: list[pd.DataFrame], files: Sequence[Path]) -> pd.DataFrame:
    """The rows of all files; a column must be numbers in all of them or in none."""
    for name in parts[0].columns:
        numeric = [
            None if part[name].isna().all() else pd.api.types.is_numeric_dtype(part[name]) for part in parts
        ]
        if {True, False} <= set(numeric):
            raise SurveyError(
                "a column is text in one file and numbers in another",
                where=f"{files[numeric.index(False)]} and {files[numeric.index(True)]}, column {name!r}",
                hint="write it alike in all files",
            )
    return pd.concat(parts, ignore_index=True)
