"""Totals by Spark in local mode are those of the same rows in memory."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declared, estimate, totals
from surveylib.estimation.duckdb_rows import totals_duckdb
from surveylib.estimation.spark_rows import read_spark, totals_spark
from surveylib.model.design import DesignColumns
from surveylib.model.totals import Request
from surveylib.rng import stream

pytestmark = pytest.mark.needs_java

DESIGN = DesignColumns(weights="w", strata=("h",), psu="psu", fpc="n1")
REQUESTS = (
    Request(kind="mean", variable="y"),
    Request(kind="total", variable="nhóm"),
    Request(kind="proportion", variable="nhóm"),
    Request(kind="proportion", variable="score"),
    Request(kind="mean", variable="yes"),
    Request(kind="ratio", variable="y", denominator="it`s x"),
)
RESULTS = ["estimate", "std_error", "df", "conf_low", "conf_high", "n", "n_eff", "deff"]


def survey() -> pd.DataFrame:
    random, n = stream(12, "spark"), 240
    psu = np.repeat(np.arange(12), 20)
    rows = pd.DataFrame(
        {
            "h": np.repeat(["thị xã", "huyện", "c"], 80),
            "psu": psu,
            "n1": np.repeat([8.0, 9, 40], 80),
            "w": random.uniform(0.5, 3, n),
            "y": random.normal(50, 10, n) + psu,
            "it`s x": random.uniform(5, 9, n),
            "nhóm": random.choice(["tốt", "it's", "a\\'b\"c"], n),
            "score": random.choice([1, 2, 10], n),
            "yes": random.random(n) < 0.3,
            "d": random.choice(["nam", "nữ"], n),
        }
    )
    for name in ("y", "nhóm", "d"):
        rows.loc[random.random(n) < 0.1, name] = None
    return rows


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    folder, rows = tmp_path_factory.mktemp("spark"), survey()
    paths = []
    with duckdb.connect() as connection:
        for k in range(2):
            part = rows[rows.index % 2 == k]
            connection.register("part", part)
            paths.append(folder / f"part [{k}].parquet")
            connection.execute(f"COPY (SELECT * FROM part) TO '{paths[-1]}'")
    return paths


@pytest.fixture(scope="module")
def table(files):
    made = read_spark(files, threads=2)
    yield made
    made.sparkSession.stop()


@pytest.mark.parametrize("by", [(), ("d",), ("h", "d")], ids=["whole", "by one", "by two"])
def test_the_same_estimates_as_in_memory_and_by_duckdb(table, files, by):
    made = totals_spark(table, DESIGN, requests=REQUESTS, by=by)
    rows = survey()
    for other in (
        totals(rows, declared(rows, DESIGN), requests=REQUESTS, by=by),
        totals_duckdb(files, DESIGN, requests=REQUESTS, by=by, threads=1),
    ):
        assert made.columns == other.columns and made.statistics == other.statistics
        np.testing.assert_array_equal(made.rows, other.rows)
        np.testing.assert_allclose(made.sums, other.sums, rtol=1e-12, atol=1e-12)
        pd.testing.assert_frame_equal(made.labels, other.labels)
        one, two = estimate(made), estimate(other)
        pd.testing.assert_frame_equal(
            one.table[[*one.keys, *RESULTS]],
            two.table[[*two.keys, *RESULTS]],
            rtol=1e-10,
            check_dtype=False,
        )


def test_mistakes_are_said(table, files, tmp_path):
    with pytest.raises(SurveyError, match="stand in several rows"):
        totals_spark(table, DESIGN, requests=REQUESTS, unique=["psu", "score"])
    with pytest.raises(SurveyError, match="unknown column"):
        totals_spark(table, DESIGN, requests=[Request(kind="mean", variable="z")])
    with pytest.raises(SurveyError, match="a mean needs numbers"):
        totals_spark(table, DESIGN, requests=[Request(kind="mean", variable="nhóm")])
    with pytest.raises(SurveyError, match="no such file"):
        read_spark([tmp_path / "none.parquet"])
    with pytest.raises(SurveyError, match="Parquet alone"):
        read_spark([Path(__file__)])


def test_a_corrupt_file_among_good_ones_is_named_and_nothing_made(table, files, tmp_path):
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(files[1].read_bytes()[:500])
    with pytest.raises(SurveyError, match=r"damaged\.parquet"):
        rows = read_spark([files[0], damaged], threads=2)
        totals_spark(rows, DESIGN, requests=[Request(kind="mean", variable="y")])
