"""Totals by DuckDB are those of the same rows in memory; a file that cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declared, totals
from surveylib.estimation.duckdb_rows import read_duckdb, totals_duckdb
from surveylib.model.design import DesignColumns
from surveylib.model.totals import PsuTotals, Request
from surveylib.rng import stream
from tests.estimation.conftest import REQUESTS, agree
from tests.estimation.conftest import survey as made_up

DESIGN = DesignColumns(weights="w", strata=("h",), psu="psu", fpc="n1")


def survey() -> pd.DataFrame:
    """With words that a database might misread, and rows that weigh nothing."""
    rows = made_up()
    strata, words = {2: "thị xã", 9: "huyện", 10: "it's"}, {"kém": "'kém'; --"}
    rows = rows.assign(h=rows["h"].map(strata), g=rows["g"].replace(words))
    rows.loc[rows.index % 17 == 0, "w"] = 0.0
    return rows


def parquet(rows: pd.DataFrame, path: Path) -> Path:
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        connection.execute(f"COPY (SELECT * FROM rows) TO '{path}' (ROW_GROUP_SIZE 2048)")
    return path


def written(rows: pd.DataFrame, folder: Path, form: str, pieces: int = 3) -> list[Path]:
    paths = []
    for k in range(pieces):
        part, path = rows[rows.index % pieces == k], folder / f"part {k}.{form}"
        if form == "csv":
            part.to_csv(path, index=False)
        else:
            parquet(part, path)
        paths.append(path)
    return paths


def whole(rows: pd.DataFrame, design=DESIGN, requests=REQUESTS, by=()) -> PsuTotals:
    return totals(rows, declared(rows, design), requests=requests, by=by)


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("by", [(), ("d",), ("e", "d"), ("h",)], ids=["whole", "one", "two", "stratum"])
def test_the_same_totals_as_in_memory(tmp_path, form, by):
    rows = survey()
    made = totals_duckdb(written(rows, tmp_path, form), DESIGN, requests=REQUESTS, by=by, threads=2)
    agree(made, whole(rows, by=by))


DESIGNS = {
    "weights counted from population sizes": DesignColumns(strata=("h",), psu="psu", fpc="n1"),
    "two stages": DesignColumns(weights="w", strata=("h",), psu="psu", fpc="n1", psu2="ssu", fpc2="n2"),
    "two stages, counted": DesignColumns(strata=("h",), psu="psu", fpc="n1", psu2="ssu", fpc2="n2"),
    "strata in the second stage": DesignColumns(
        weights="w",
        strata=("h",),
        psu=("psu", "ssu"),
        fpc=("n1", "n2"),
        deeper_strata=("s2",),
        lonely="certainty",
    ),
    "nested": DesignColumns(weights="w", strata=("h", "e"), psu="psu", nest=True),
    "clusters alone": DesignColumns(psu="psu"),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_any_design(tmp_path, name):
    rows = survey()
    made = totals_duckdb(written(rows, tmp_path, "parquet"), DESIGNS[name], requests=REQUESTS, by=["d"])
    agree(made, whole(rows, DESIGNS[name], by=["d"]))


def test_nan_in_parquet_is_missing_and_complete_columns_share_their_weights(tmp_path):
    rows = survey().dropna().reset_index(drop=True)
    asked = [r for r in REQUESTS if r.variable != "g"]
    path = parquet(rows, tmp_path / "whole.parquet")
    agree(totals_duckdb([path], DESIGN, requests=asked), whole(rows, requests=asked))
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * REPLACE (CASE WHEN psu = 3 THEN 'nan'::DOUBLE ELSE y END AS y, CASE WHEN e = 2 "
            f"THEN 'nan'::DOUBLE ELSE score::DOUBLE END AS score) FROM read_parquet('{path}')) "
            f"TO '{tmp_path / 'nan.parquet'}'"
        )
    gaps = rows.assign(y=rows["y"].where(rows["psu"] != 3), score=rows["score"].where(rows["e"] != 2))
    agree(totals_duckdb([tmp_path / "nan.parquet"], DESIGN, requests=asked), whole(gaps, requests=asked))


def test_strange_names_and_types(tmp_path):
    rows = survey()
    rows = rows.rename(columns={"y": 'Mức "hài lòng"', "x": "select * from; --", "g": "G"})
    rows["g"] = rows["e"] == 1
    rows["narrow"] = rows["score"].astype("int8")
    rows["single"] = rows["score"].astype("float32")
    asked = [
        Request(kind="mean", variable='Mức "hài lòng"'),
        Request(kind="ratio", variable="select * from; --", denominator="single"),
        Request(kind="proportion", variable="g"),
        Request(kind="mean", variable="g"),
        Request(kind="proportion", variable="narrow"),
        Request(kind="proportion", variable="single"),
    ]
    path = parquet(rows.drop(columns="G"), tmp_path / "a[1]*?.parquet")
    # Which that name would find, were it a pattern.
    parquet(rows.drop(columns="G")[:99], tmp_path / "a1xyz.parquet")
    agree(totals_duckdb([path], DESIGN, requests=asked, by=["g"]), whole(rows, requests=asked, by=["g"]))


def test_one_thread_gives_the_same_bytes(tmp_path):
    paths = written(survey(), tmp_path, "parquet")
    one, two = (totals_duckdb(paths, DESIGN, requests=REQUESTS, threads=1) for _ in range(2))
    assert one.sums.tobytes() == two.sums.tobytes()


def test_a_csv_of_another_office(tmp_path):
    """Semicolons, a mark of UTF-8, quotes, decomposed letters, spaces and blanks."""
    text = '\ufeffpsu;"điểm";nhóm\r\n1; 4 ;"to\u0302\u0301t"\r\n1;NA;tốt \r\n2;2.5;" "\r\n2;-1e1;"a;b"\r\n'
    (tmp_path / "a.csv").write_bytes(text.encode())
    asked = [Request(kind="total", variable="điểm"), Request(kind="proportion", variable="nhóm")]
    made = totals_duckdb([tmp_path / "a.csv"], DesignColumns(psu="psu"), requests=asked)
    assert made.columns == ("điểm", "1|điểm", "nhóm=a;b", "1|nhóm", "nhóm=tốt")
    np.testing.assert_array_equal(made.sums[..., 0], [[4, -7.5], [1, 2], [0, 1], [2, 1], [2, 0]])
    assert made.labels["cluster"].tolist() == [1, 2]


# ---- refusals ------------------------------------------------------------------------------------


def refused(paths: list[Path], design=DESIGN, requests=REQUESTS, **options) -> SurveyError:
    with pytest.raises(SurveyError) as caught:
        totals_duckdb(paths, design, requests=requests, **options)
    return caught.value


@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty", "text"])
def test_a_corrupt_parquet_among_good_ones_is_named(tmp_path, damage):
    paths = written(survey(), tmp_path, "parquet")
    content = bytearray(paths[1].read_bytes())
    if damage == "flipped":
        for place in range(8, len(content) // 2):
            content[place] ^= 0x5A
    damaged = {
        "flipped": bytes(content),
        "truncated": bytes(content[: len(content) // 2]),
        "empty": b"",
        "text": b"psu,y\n1,2\n" * 100,
    }
    paths[1].write_bytes(damaged[damage])
    error = refused(paths)
    assert error.what == "file cannot be read" and error.where == str(paths[1]) and error.got
    assert "nothing was made" in error.hint


def test_files_that_do_not_fit_together(tmp_path):
    rows = survey()
    paths = written(rows, tmp_path, "parquet")
    parquet(rows.drop(columns="x"), paths[2])
    error = refused(paths)
    assert error.what == "unknown column" and error.where == str(paths[2]) and error.got == "'x'"
    parquet(rows.assign(psu=rows["psu"].astype(str)), paths[2])
    error = refused(paths)
    assert "text in one file" in error.what and error.where == f"{paths[2]}, column 'psu'"
    rows.to_csv(tmp_path / "b.csv", index=False)
    assert refused([paths[0], tmp_path / "b.csv"]).what == "files of two kinds"
    assert refused([]).what == "no file"
    assert refused([tmp_path / "none.csv"]).what == "no such file"


def test_whole_numbers_in_one_file_and_decimals_in_another_are_numbers(tmp_path):
    rows = survey()
    for k, part in enumerate((rows.assign(score=rows["score"].astype("float64")), rows)):
        parquet(part[part.index % 2 == k], tmp_path / f"{k}.parquet")
    made = totals_duckdb([tmp_path / "0.parquet", tmp_path / "1.parquet"], DESIGN, requests=REQUESTS)
    agree(made, whole(rows))


CSV_DAMAGE = {
    "a line too long": ("psu,y\n1,2\n1,2,3\n", "file cannot be read"),
    "a line too short": ("psu,y\n1,2\n1\n", "file cannot be read"),
    "empty": ("", "file is empty"),
    "a column twice": ("psu,y,Y\n1,2,3\n", "a column stands twice"),
    "a column without a name": ("psu,y,\n1,2,3\n", "a column without a name"),
    "no such column": ("psu,z\n1,2\n", "unknown column"),
    "a header alone": ("psu,y\n", "no rows"),
    "nothing but blanks": ("psu,y\n1,\n2,NA\n", "no row has a value"),
    "text": ("psu,y\n1,two\n2,3\n", "a mean needs numbers"),
    "infinite": ("psu,y\n1,inf\n2,3\n", "an infinite value"),
    "no cluster": ("psu,y\n1,2\n,3\n,4\n", "2 row(s) without a cluster"),
}


@pytest.mark.parametrize("name", CSV_DAMAGE)
def test_a_csv_that_cannot_be_used(tmp_path, name):
    content, what = CSV_DAMAGE[name]
    (tmp_path / "a.csv").write_text(content)
    error = refused([tmp_path / "a.csv"], DesignColumns(psu="psu"), [Request(kind="mean", variable="y")])
    assert error.what == what


def test_a_csv_that_is_not_utf_8(tmp_path):
    (tmp_path / "a.csv").write_bytes("psu,điểm\n1,2\n".encode("utf-16"))
    error = refused([tmp_path / "a.csv"], DesignColumns(psu="psu"), [Request(kind="mean", variable="điểm")])
    assert error.what == "file is not UTF-8" and str(tmp_path / "a.csv") == error.where


@pytest.mark.parametrize(
    ("change", "what", "where"),
    [
        ({"w": -1.0}, "weights cannot be used", "'w'"),
        ({"w": None}, "weights cannot be used", "'w'"),
        ({"w": np.inf}, "weights cannot be used", "'w'"),
        ({"n1": 7.0}, "population size differs within a cluster", "'n1'"),
        ({"n1": None}, "1 row(s) without a population size", "'n1'"),
        ({"h": "huyện"}, "a PSU lies in two strata", "'psu'"),
        ({"y": np.inf}, "an infinite value", "'y'"),
    ],
    ids=str,
)
def test_one_wrong_row_is_found(tmp_path, change, what, where):
    rows = survey()
    ((name, value),) = change.items()
    rows.loc[5, name] = value
    error = refused([parquet(rows, tmp_path / "a.parquet")])
    assert error.what == what and where in error.where and "row" not in error.where


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_rows_that_stand_there_twice_are_named(tmp_path, form):
    rows = survey()
    paths = written(rows, tmp_path, form)
    made = totals_duckdb(paths, DESIGN, requests=REQUESTS, unique=["id"])
    agree(made, whole(rows))
    rows.loc[[5, 9, 200], "id"] = 7
    error = refused(written(rows, tmp_path, form), unique=["id"])
    assert error.what == "1 identifier(s) stand in several rows" and error.got == "'7' 4 times"
    totals_duckdb(written(rows, tmp_path, form), DESIGN, requests=REQUESTS, unique=["id", "x"])
    rows["id"] = rows["id"].astype("float").where(rows.index != 3)
    assert refused(written(rows, tmp_path, form), unique=["id"]).what == "1 row(s) without an identifier"


def test_a_number_of_a_form_is_told_by_its_signs(tmp_path):
    (tmp_path / "a.csv").write_text("psu,id,y\n1,007,2\n2,7,3\n")
    asked = [Request(kind="mean", variable="y")]
    made = totals_duckdb([tmp_path / "a.csv"], DesignColumns(psu="psu"), requests=asked, unique=["id"])
    assert made.rows.sum() == 2


def test_every_row_a_cluster_is_refused(tmp_path):
    path = parquet(survey(), tmp_path / "a.parquet")
    for design in (DesignColumns(weights="w"), DesignColumns(weights="w", psu="psu", fpc=("n1", "n2"))):
        assert "every row would be a cluster" in refused([path], design).what
    assert refused([path], requests=[]).what == "nothing to estimate"


def test_too_little_memory_is_said(tmp_path):
    random, n = stream(3, "duckdb"), 400_000
    rows = pd.DataFrame({"psu": np.arange(n), "y": random.normal(size=n)})
    path = parquet(rows, tmp_path / "a.parquet")
    asked = [Request(kind="mean", variable="y")]
    error = refused([path], DesignColumns(psu="psu"), asked, threads=1, memory="1MB")
    assert "not enough memory" in error.what
    assert len(totals_duckdb([path], DesignColumns(psu="psu"), requests=asked).labels) == n


def test_reading_rows_themselves(tmp_path):
    rows = survey()
    paths = written(rows, tmp_path, "csv")
    read = read_duckdb(paths, names=["y", "g"], most=1000)
    together = pd.concat([rows[rows.index % 3 == k] for k in range(3)], ignore_index=True)
    pd.testing.assert_frame_equal(read[["y", "g"]], together[["y", "g"]], check_dtype=False)
    with pytest.raises(SurveyError, match="too many rows"):
        read_duckdb(paths, names=["y"], most=100)
