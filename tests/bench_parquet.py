"""The row of the bench whose data do not fit in memory: totals of a Parquet file by DuckDB."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import numpy as np

from surveylib.estimation import estimate
from surveylib.estimation.duckdb_rows import totals_duckdb
from surveylib.model.design import DesignColumns
from surveylib.model.totals import Request

STRATA, PSUS, DOMAINS, ITEMS, THREADS = 200, 10_000, 50, 20, 2
SIZE = "BENCH_PARQUET_ROWS"  # in the environment, so that the process that measures memory has it too
FOLDER = Path(__file__).resolve().parents[1] / "reports" / "bench"
DESIGN = DesignColumns(weights="weight", strata=("stratum",), psu="psu")


def rows() -> int:
    return int(os.environ.get(SIZE, 10_000_000))


def file() -> Path:
    """Made-up answers on a five-point scale, written once for a size."""
    path = FOLDER / f"survey-{rows()}.parquet"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        items = ", ".join(f"(1 + hash(i, {k}) % 5)::TINYINT AS item{k:02d}" for k in range(ITEMS))
        made = path.with_suffix(".part")
        with duckdb.connect(config={"threads": THREADS, "memory_limit": "1GB"}) as connection:
            connection.execute("SET preserve_insertion_order = false")
            connection.execute(
                f"COPY (SELECT (hash(i, 'psu') % {PSUS})::INTEGER AS psu, psu % {STRATA} AS stratum, "
                f"(hash(i, 'domain') % {DOMAINS})::TINYINT AS domain, "
                f"0.5 + (hash(i, 'weight') % 1000) / 1000.0::DOUBLE AS weight, {items} "
                f"FROM range({rows()}) AS r(i)) TO '{made}' (FORMAT parquet)"
            )
        made.replace(path)
    return path


def parquet():
    """20 items × 50 domains from rows on disk, beside the aggregate alone."""
    path = file()
    requests = [Request(kind="mean", variable=f"item{k:02d}") for k in range(ITEMS)]

    def ours():
        made = totals_duckdb([path], DESIGN, requests=requests, by=["domain"], threads=THREADS)
        return estimate(made)

    def bare():
        sums = ", ".join(
            f"sum(weight * item{k:02d}) AS s{k}, sum(weight * item{k:02d} * item{k:02d}) AS p{k}"
            for k in range(ITEMS)
        )
        with duckdb.connect(config={"threads": THREADS, "memory_limit": "1GB"}) as connection:
            return connection.execute(
                f"SELECT stratum, psu, domain, sum(weight) AS w, sum(weight * weight) AS q, count(*) AS n, "
                f"{sums} FROM read_parquet('{path}') GROUP BY ALL"
            ).fetchnumpy()

    return ours, bare, _same_means


def _same_means(result, sums) -> None:
    domain = np.asarray(sums["domain"]).astype(np.int64)
    sizes = np.bincount(domain, np.asarray(sums["w"]), DOMAINS)
    means = [np.bincount(domain, np.asarray(sums[f"s{k}"]), DOMAINS) / sizes for k in range(ITEMS)]
    np.testing.assert_allclose(result.values, np.concatenate(means), rtol=1e-10)
    if not (result.table["std_error"] > 0).all():
        raise AssertionError("a standard error is not there")
