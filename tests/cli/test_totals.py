"""`surveylib totals`, `combine`, `estimate --totals`: totals handed on give the estimates of all rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from surveylib.rng import stream

DESIGN = ("--strata", "district", "--psu", "office", "--weights", "w", "--fpc", "offices")
ASKED = ("--mean", "điểm", "--prop", "c4", "--ratio", "điểm/visits", "--total", "visits", "--by", "sex")
RESULTS = ("estimate", "std_error", "df", "conf_low", "conf_high", "n", "n_eff", "deff")


@pytest.fixture
def rows() -> pd.DataFrame:
    random, n = stream(5, "totals command"), 360
    office = np.repeat(np.arange(12), 30)
    made = pd.DataFrame(
        {
            "district": np.repeat(["Thủ Dầu Một", "Dĩ An", "Bến Cát"], 120),
            "office": office,
            "offices": 20,
            "w": random.uniform(1, 4, n).round(3),
            "điểm": random.integers(1, 6, n) + (office % 3 == 0),
            "visits": random.integers(1, 4, n),
            "c4": random.choice(["có", "không"], n),
            "sex": random.choice(["nam", "nữ"], n),
            "month": random.integers(1, 4, n),
        }
    )
    made["điểm"] = made["điểm"].astype(float).where(random.random(n) > 0.08)
    return made


@pytest.fixture
def files(rows, tmp_path) -> dict[str, Path]:
    """All rows, and those of each district and month."""
    made = {"all": tmp_path / "all.csv", "parquet": tmp_path / "all.parquet"}
    rows.to_csv(made["all"], index=False)
    duckdb.sql(f"COPY (SELECT * FROM rows) TO '{made['parquet']}'")
    for name in ("district", "month"):
        for k, (_, part) in enumerate(rows.groupby(name)):
            made[f"{name} {k}"] = tmp_path / f"{name} {k}.csv"
            part.to_csv(made[f"{name} {k}"], index=False)
    return made


def agree(made: dict, want: dict) -> None:
    keys = ("kind", "variable", "level", "sex")
    assert [[row[k] for k in keys] for row in made["estimates"]] == [
        [row[k] for k in keys] for row in want["estimates"]
    ]
    for name in RESULTS:
        got, expected = ([row[name] for row in result["estimates"]] for result in (made, want))
        np.testing.assert_allclose(
            np.array(got, dtype=float), np.array(expected, dtype=float), rtol=1e-10, err_msg=name
        )


@pytest.mark.parametrize("how", ["district", "month"])
def test_combined_totals_give_the_estimates_of_all_rows(cli, files, tmp_path, how):
    parts = [tmp_path / f"{k}.totals" for k in range(3)]
    for k, part in enumerate(parts):
        said = cli("totals", files[f"{how} {k}"], "--output", part, *DESIGN, *ASKED, "--format", "json")
        assert said.code == 0 and said.json["totals"][0]["clusters"] == (4 if how == "district" else 12)
    said = cli("combine", *parts, "--output", tmp_path / "all.totals", "--format", "json")
    assert (said.code, said.err) == (0, "") and said.json["totals"][0]["rows"] == 360
    from_totals = cli("estimate", "--totals", tmp_path / "all.totals", "--covariance", "--format", "json")
    from_rows = cli("estimate", files["all"], *DESIGN, *ASKED, "--covariance", "--format", "json")
    agree(from_totals.json, from_rows.json)
    got, want = (np.array(said.json["covariance"]["matrix"]) for said in (from_totals, from_rows))
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12 * np.abs(want).max())


@pytest.mark.parametrize(
    ("file", "options"),
    [
        ("all", ("--engine", "memory")),
        ("all", ("--engine", "duckdb", "--threads", "1")),
        ("parquet", ()),
        ("parquet", ("--engine", "memory")),
    ],
)
def test_every_engine_gives_the_same(cli, files, tmp_path, file, options):
    out = tmp_path / "a.totals"
    assert cli("totals", files[file], "--output", out, *DESIGN, *ASKED, *options).code == 0
    want = cli("estimate", files["all"], *DESIGN, *ASKED, "--format", "json").json
    agree(cli("estimate", "--totals", out, "--format", "json").json, want)


def test_several_files_at_once(cli, files, tmp_path):
    out, months = tmp_path / "a.totals", [files[f"month {k}"] for k in range(3)]
    assert cli("totals", *months, "--output", out, *DESIGN, *ASKED).code == 0
    want = cli("estimate", files["all"], *DESIGN, *ASKED, "--format", "json").json
    agree(cli("estimate", "--totals", out, "--format", "json").json, want)


def test_the_same_input_gives_the_same_bytes(cli, files, tmp_path):
    for name in ("a", "b"):
        cli("totals", files["all"], "--output", tmp_path / name, *DESIGN, *ASKED)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_table_says_what_was_written(cli, files, tmp_path):
    said = cli("totals", files["all"], "--output", tmp_path / "a.totals", *DESIGN, "--mean", "visits")
    header, line = said.out.splitlines()
    assert header.split() == ["file", "rows", "strata", "clusters", "domains", "columns", "smallest_cell"]
    assert line.split()[-6:] == ["360", "3", "12", "1", "2", "30"]


# ---- a Likert questionnaire from totals alone -----------------------------------------------------

LIKERT = (
    *("--mean", "visits", "--prop", "visits", "--prop", "c4", "--alpha", "bận=visits/month"),
    *("--prop", "month", "--by", "sex"),
)
ANSWERS = {
    "a share of levels": ("--share", "visits=2/3"),
    "a quantile": ("--quantile", "visits", "--q", "0.25", "--q", "0.5"),
    "an interpolated quantile": ("--quantile", "month", "--rule", "hf7", "--merge-ties"),
    "a quantile with a jackknife": ("--quantile", "visits", "--replicates", "jackknife"),
    "alpha": ("--alpha", "bận=visits/month"),
    "several": ("--mean", "visits", "--share", "c4=có", "--quantile", "visits", "--quantile", "month"),
}


@pytest.fixture
def likert(cli, files, tmp_path) -> Path:
    parts = [tmp_path / f"{k}.totals" for k in range(3)]
    for k, part in enumerate(parts):
        assert cli("totals", files[f"month {k}"], "--output", part, *DESIGN, *LIKERT).code == 0
    assert cli("combine", *parts, "--output", tmp_path / "likert.totals").code == 0
    return tmp_path / "likert.totals"


@pytest.mark.parametrize("name", ANSWERS)
def test_merged_totals_answer_what_rows_do(cli, files, likert, name):
    asked = ("--covariance", "--format", "json")
    got = cli("estimate", "--totals", likert, *ANSWERS[name], *asked)
    want = cli("estimate", files["all"], *DESIGN, *ANSWERS[name], "--by", "sex", *asked)
    assert (got.code, got.err) == (0, "") and want.code == 0
    agree(got.json, want.json)
    matrices = (np.array(said.json["covariance"]["matrix"], dtype=float) for said in (got, want))
    np.testing.assert_allclose(*matrices, rtol=1e-8, atol=1e-10)


def test_a_crosstab_of_merged_totals(cli, files, likert):
    table = ("--rows", "sex", "--cols", "c4")
    got = cli("crosstab", "--totals", likert, *table, "--format", "json")
    want = cli("crosstab", files["all"], *DESIGN, *table, "--format", "json")
    assert (got.code, got.err) == (0, "")
    agree({"estimates": got.json["shares"]}, {"estimates": want.json["shares"]})
    for name, value in want.json["test"][0].items():
        assert got.json["test"][0][name] == (value if isinstance(value, str) else pytest.approx(value))
    turned = cli("crosstab", "--totals", likert, "--rows", "c4", "--cols", "sex", "--share", "column")
    assert turned.code == 0 and "Kiểm định tính độc lập" in turned.out


NOT_HELD = {
    "another mean": (("--mean", "điểm"), ["do not hold", "mean of visits", "mean of điểm"]),
    "a share of what is not there": (("--share", "điểm=1"), ["unknown proportion"]),
    "a level that is not there": (("--share", "visits=9"), ["unknown level", "'9'"]),
    "no level": (("--share", "visits"), ["COLUMN=L1/L2"]),
    "quantiles of words": (("--quantile", "c4"), ["words"]),
    "ties one by one": (("--quantile", "visits", "--rule", "hf7"), ["--merge-ties"]),
    "a variance": (("--var", "visits"), ["need the rows"]),
    "items": (("--alpha", "bận=visits/"), ["items cannot be read"]),
    "replicate weights": (("--repweights", "rw", "--reptype", "JK1"), ["would be ignored"]),
}


@pytest.mark.parametrize("name", NOT_HELD)
def test_what_totals_cannot_answer_is_said(refused, likert, name):
    options, said = NOT_HELD[name]
    message = refused("estimate", "--totals", likert, *options)
    assert [words for words in said if words not in message] == [], message


def test_a_crosstab_that_totals_do_not_hold(refused, likert):
    assert "--by c4 alone" in refused("crosstab", "--totals", likert, "--rows", "c4", "--cols", "sex")
    assert "do not hold" in refused("crosstab", "--totals", likert, "--rows", "sex", "--cols", "office")
    assert "one file" in refused("crosstab", "--rows", "sex", "--cols", "c4")
    said = refused("crosstab", "--totals", likert, "--rows", "sex", "--cols", "c4", "--psu", "office")
    assert "--psu would be ignored" in said


def test_the_same_rows_twice_are_refused(refused, files, likert, tmp_path):
    month = tmp_path / "0.totals"
    assert "count twice" in refused("combine", month, month, "--output", tmp_path / "c")
    asked = ("--output", tmp_path / "c", *DESIGN, *LIKERT)
    assert "count twice" in refused("totals", files["month 0"], files["month 0"], *asked)
    assert not (tmp_path / "c").exists()


# ---- who could be recognised ---------------------------------------------------------------------


def test_few_respondents_in_a_cell_are_warned_of_and_can_be_refused(cli, refused, tmp_path):
    lines = ["office,sex,y", *(f"{k},{'nam' if k % 2 else 'nữ'},{k}" for k in (1, 1, 1, 2, 2, 2, 3, 3, 4))]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    asked = (
        tmp_path / "a.csv",
        "--output",
        tmp_path / "a.totals",
        "--psu",
        "office",
        "--mean",
        "y",
        "--by",
        "sex",
    )
    said = cli("totals", *asked)
    assert said.code == 0 and (tmp_path / "a.totals").exists()
    assert "2 of 4 cells" in said.err and "fewer than 3 rows" in said.err and "3 / nam" in said.err
    (tmp_path / "a.totals").unlink()
    error = refused("totals", *asked, "--min-cluster-n", "2")
    assert "1 of 4 cells" in error and "4 / nữ" in error and "--psu" in error
    assert not (tmp_path / "a.totals").exists()
    assert cli("totals", *asked, "--min-cluster-n", "1").err == ""


def test_rows_without_clusters_are_warned_of(cli, files, tmp_path):
    said = cli(
        "totals", files["all"], "--output", tmp_path / "a.totals", "--weights", "w", "--mean", "visits"
    )
    assert said.code == 0 and "360 of 360 cells" in said.err


# ---- refusals ------------------------------------------------------------------------------------


def test_what_totals_make_needless_is_refused(cli, refused, files, tmp_path):
    out = tmp_path / "a.totals"
    cli("totals", files["all"], "--output", out, *DESIGN, *ASKED)
    for options in (("--psu", "office"), ("--by", "sex"), ("--probability", "w"), ("--decimal-comma",)):
        assert f"{options[0]} would be ignored" in refused("estimate", "--totals", out, *options)
    assert "one file to estimate from" in refused("estimate", files["all"], "--totals", out)
    assert "one file to estimate from" in refused("estimate", "--mean", "visits")


def test_lonely_strata_can_be_settled_after_combining(cli, refused, files, tmp_path):
    out = tmp_path / "a.totals"
    (tmp_path / "one.csv").write_text(
        "h,psu,y\na,1,1\na,1,2\na,1,4\nb,2,3\nb,2,1\nb,2,1\nb,3,5\nb,3,5\nb,3,4\n"
    )
    cli("totals", tmp_path / "one.csv", "--output", out, "--strata", "h", "--psu", "psu", "--mean", "y")
    assert "stratum 'a'" in refused("estimate", "--totals", out)
    said = cli("estimate", "--totals", out, "--lonely", "certainty", "--format", "json")
    want = cli(
        *("estimate", tmp_path / "one.csv", "--strata", "h", "--psu", "psu", "--mean", "y"),
        *("--lonely", "certainty", "--format", "json"),
    )
    assert said.json == want.json


def test_damaged_and_foreign_files_are_named_and_nothing_is_written(cli, refused, files, tmp_path):
    good, bad, out = tmp_path / "a.totals", tmp_path / "b.totals", tmp_path / "c.totals"
    cli("totals", files["month 0"], "--output", good, *DESIGN, *ASKED)
    bad.write_bytes(good.read_bytes()[:-100])
    assert str(bad) in refused("combine", good, bad, "--output", out)
    assert str(files["all"]) in refused("estimate", "--totals", files["all"])
    cli("totals", files["month 1"], "--output", bad, *DESIGN, "--mean", "visits")
    error = refused("combine", good, bad, "--output", out)
    assert f"{good} and {bad}" in error and "differ in what was asked" in error
    assert not out.exists()


MISTAKES = {
    "an unknown column": (("--mean", "visit"), "did you mean 'visits'"),
    "nothing asked": ((), "nothing to estimate"),
    "a name of results": (("--mean", "visits", "--by", "estimate"), "name of a result"),
    "decimal commas by DuckDB": (("--mean", "visits", "--engine", "duckdb", "--decimal-comma"), "ignored"),
    "no clusters for DuckDB": (("--mean", "visits", "--engine", "duckdb"), "every row would be a cluster"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_end_in_one_error_and_no_file(refused, files, tmp_path, name):
    options, said = MISTAKES[name]
    assert said in refused("totals", files["all"], "--output", tmp_path / "a.totals", *options)
    assert not (tmp_path / "a.totals").exists()


def test_a_column_of_two_kinds_in_two_files(refused, tmp_path):
    (tmp_path / "a.csv").write_text("psu,y\n1,2\n")
    (tmp_path / "b.csv").write_text("psu,y\nx,2\n")
    files = (tmp_path / "a.csv", tmp_path / "b.csv")
    error = refused("totals", *files, "--output", tmp_path / "c", "--psu", "psu", "--mean", "y")
    assert "text in one file and numbers in another" in error and "'psu'" in error


def test_counted_weights_of_a_part_are_refused_when_combining(cli, refused, files, tmp_path):
    design = ("--strata", "district", "--psu", "office", "--fpc", "offices", "--mean", "visits")
    parts = [tmp_path / f"{k}.totals" for k in range(2)]
    for k, part in enumerate(parts):
        cli("totals", files[f"month {k}"], "--output", part, *design)
    assert "weights were counted" in refused("combine", *parts, "--output", tmp_path / "c")


def test_help_has_an_example(cli):
    for name in ("totals", "combine"):
        assert f"Example: surveylib {name} " in cli(name, "--help").out


WRONG_SIZES = {
    "fewer in the population than counted": ("a,1,1,5\na,2,1,6\nb,3,9,7\n", "smaller than the sample"),
    "two sizes of one stratum": ("a,1,4,5\na,2,5,6\nb,3,9,7\n", "differs within a stratum"),
}


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
@pytest.mark.parametrize("name", WRONG_SIZES)
def test_impossible_population_sizes_are_not_handed_on(refused, tmp_path, name, engine):
    lines, what = WRONG_SIZES[name]
    (tmp_path / "a.csv").write_text("h,psu,N,y\n" + lines)
    design = ("--strata", "h", "--psu", "psu", "--fpc", "N", "--mean", "y", "--engine", engine)
    said = refused("totals", tmp_path / "a.csv", "--output", tmp_path / "a.totals", *design)
    assert what in said and "stratum 'a'" in said and not (tmp_path / "a.totals").exists()


def test_parts_that_are_more_than_the_population_together(cli, refused, tmp_path):
    parts = []
    for k, psus in enumerate(((1, 2), (3, 4))):
        (tmp_path / f"{k}.csv").write_text("h,psu,N,w,y\n" + "".join(f"a,{p},3,1,{p}\n" for p in psus))
        parts.append(tmp_path / f"{k}.totals")
        design = ("--strata", "h", "--psu", "psu", "--fpc", "N", "--weights", "w", "--mean", "y")
        assert cli("totals", tmp_path / f"{k}.csv", "--output", parts[-1], *design).code == 0
    assert "smaller than the sample" in refused("combine", *parts, "--output", tmp_path / "all")
    assert not (tmp_path / "all").exists()
