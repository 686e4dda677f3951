"""`surveylib estimate`: R's numbers come out of the real command line, in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from surveylib.model.results import RESULT_COLUMNS

HERE = Path(__file__).resolve()
DESIGN = HERE.parents[3] / "shared" / "golden" / "design"
OWN = HERE.parents[1] / "golden" / "r"
TOLERANCE = 1e-9
STRAT = ("--strata", "stype", "--weights", "pw", "--fpc", "fpc")
CLUS = ("--psu", "dnum", "--weights", "pw", "--fpc", "fpc")
TWO_STAGE = ("--strata", "h", "--psu", "psu", "--fpc", "n1", "--psu2", "ssu", "--fpc2", "n2")


@pytest.fixture(scope="module")
def r(shared) -> dict:
    """R survey's values by their id."""
    goldens = json.loads((DESIGN / "survey_r.json").read_text(encoding="utf-8"))["goldens"]
    return {golden["id"]: golden["v"] for golden in goldens}


@pytest.fixture
def estimates(cli):
    """The JSON answer of `surveylib estimate` on a file, which must succeed silently."""

    def call(file: Path, *arguments: str) -> dict:
        said = cli("estimate", file, *arguments, "--format", "json")
        assert (said.code, said.err) == (0, "")
        return said.json

    return call


def agree(rows: list[dict], column: str, want: object) -> None:
    np.testing.assert_allclose([row[column] for row in rows], np.atleast_1d(want), rtol=TOLERANCE)


def test_means_of_the_stratified_sample_with_intervals(estimates, r):
    rows = estimates(DESIGN / "apistrat.csv", *STRAT, "--mean", "api00", "--mean", "enroll", "--mean", "ell")[
        "estimates"
    ]
    want = r["mean.strat.fpc"]
    assert [(row["kind"], row["variable"], row["level"]) for row in rows] == [
        ("mean", name, "") for name in want["est"]
    ]
    for column, key in (
        ("estimate", "est"),
        ("std_error", "se"),
        ("conf_low", "ci_lo"),
        ("conf_high", "ci_hi"),
    ):
        agree(rows, column, list(want[key].values()))
    agree(rows, "df", [want["df"]] * 3)


def test_totals_and_ratio(estimates, r):
    arguments = (*STRAT, "--total", "enroll", "--total", "api.stu", "--ratio", "api.stu/enroll")
    rows = estimates(DESIGN / "apistrat.csv", *arguments)["estimates"]
    assert [row["kind"] for row in rows] == ["total", "total", "ratio"]
    agree(rows, "estimate", [*r["total.strat"]["est"].values(), r["ratio.strat"]["est"]])
    agree(rows, "std_error", [*r["total.strat"]["se"].values(), r["ratio.strat"]["se"]])


def test_proportions_of_every_level(estimates, r):
    rows = estimates(DESIGN / "apiclus1.csv", *CLUS, "--prop", "stype")["estimates"]
    want = r["factor.mean.clus1"]
    assert [f"{row['variable']}{row['level']}" for row in rows] == list(want["est"])
    agree(rows, "estimate", list(want["est"].values()))
    agree(rows, "std_error", list(want["se"].values()))


def test_total_of_a_text_column_is_that_of_each_level(estimates, r):
    rows = estimates(DESIGN / "apistrat.csv", *STRAT, "--total", "comp.imp")["estimates"]
    agree(rows, "estimate", list(r["factor.total.strat"]["est"].values()))


def test_two_domains_are_crossed(estimates, r):
    rows = estimates(DESIGN / "apistrat.csv", *STRAT, "--mean", "api00", "--by", "comp.imp", "--by", "stype")[
        "estimates"
    ]
    got = {f"{row['comp.imp']}.{row['stype']}": row for row in rows}
    want = r["by2.strat.mean"]
    assert set(got) == set(want["est"])
    agree([got[name] for name in want["est"]], "estimate", list(want["est"].values()))
    agree([got[name] for name in want["se"]], "std_error", list(want["se"].values()))


def test_a_domain_named_twice_counts_once(shared, estimates):
    once = estimates(DESIGN / "apistrat.csv", *STRAT, "--mean", "api00", "--by", "stype")
    assert once == estimates(
        DESIGN / "apistrat.csv", *STRAT, "--mean", "api00", "--by", "stype", "--by", "stype"
    )


@pytest.mark.parametrize("option, golden", [("wor", "deff.clus1"), ("wr", "deff.replace.clus1")])
def test_design_effects(estimates, r, option, golden):
    rows = estimates(DESIGN / "apiclus1.csv", *CLUS, "--mean", "api00", "--mean", "enroll", "--deff", option)[
        "estimates"
    ]
    agree(rows, "deff", list(r[golden]["deff"].values()))


def test_cluster_numbers_that_start_again_need_nest(estimates, refused, r):
    arguments = ("--strata", "stratid", "--psu", "psuid", "--weights", "weight", "--fpc", "Nh", "--mean", "x")
    rows = estimates(DESIGN / "fpc.csv", *arguments, "--nest")["estimates"]
    agree(rows, "estimate", r["mean.fpcdata.fpc"]["est"]["x"])
    agree(rows, "std_error", r["mean.fpcdata.fpc"]["se"]["x"])
    assert "nest" in refused("estimate", DESIGN / "fpc.csv", *arguments)


@pytest.mark.parametrize("rule", ["certainty", "adjust", "average"])
def test_rules_for_a_stratum_with_one_cluster(estimates, r, rule):
    rows = estimates(DESIGN / "lonely.csv", *STRAT, "--lonely", rule, "--mean", "api00", "--total", "enroll")[
        "estimates"
    ]
    want = r[f"lonely.{rule}.fpc"]
    agree(rows, "estimate", [want["mean"], want["total"]])
    agree(rows, "std_error", [want["se"], want["se_total"]])


def test_without_a_rule_a_stratum_with_one_cluster_is_refused_by_name(shared, refused):
    said = refused("estimate", DESIGN / "lonely.csv", *STRAT, "--mean", "api00")
    assert "single sampled cluster" in said and "stratum 'H'" in said and "adjust" in said


def test_two_stages_and_their_covariance(estimates):
    want = json.loads((OWN / "survey_own.json").read_text(encoding="utf-8"))["two_stage_mean"]
    made = estimates(
        OWN / "generated_two_stage.csv", *TWO_STAGE, "--mean", "y", "--mean", "x", "--covariance"
    )
    agree(made["estimates"], "estimate", want["estimate"])
    agree(made["estimates"], "std_error", want["std_error"])
    assert made["covariance"]["names"] == ["mean:y", "mean:x"]
    np.testing.assert_allclose(made["covariance"]["matrix"], want["vcov"], rtol=TOLERANCE)


def test_json_holds_what_help_promises(estimates):
    made = estimates(
        OWN / "generated_two_stage.csv", *TWO_STAGE, "--mean", "y", "--by", "d", "--confidence", "0.9"
    )
    assert set(made) == {"estimates", "confidence", "interval"}
    assert (made["confidence"], made["interval"]) == (0.9, "mean")
    assert list(made["estimates"][0]) == ["kind", "variable", "level", "d", *RESULT_COLUMNS]
    assert made["estimates"][0]["p_value"] is None  # a mean is tested against nothing


def test_csv_is_the_same_table_at_full_precision(cli, estimates):
    arguments = (OWN / "generated_two_stage.csv", *TWO_STAGE, "--mean", "y", "--prop", "g", "--covariance")
    made = estimates(*arguments)
    rows = list(csv.DictReader(io.StringIO(cli("estimate", *arguments, "--format", "csv").out)))
    for row, want in zip(rows, made["estimates"], strict=True):
        assert {k: row[k] for k in ("kind", "variable", "level")} == {
            k: want[k] for k in ("kind", "variable", "level")
        }
        assert [row[k] for k in RESULT_COLUMNS] == [
            "" if want[k] is None else str(want[k]) for k in RESULT_COLUMNS
        ]
    names = made["covariance"]["names"]
    got = [[float(row[f"cov {name}"]) for name in names] for row in rows]
    np.testing.assert_array_equal(got, made["covariance"]["matrix"])


def test_tables_are_grouped_and_labelled_in_both_languages(cli, r):
    asked = (*STRAT, "--mean", "api00", "--prop", "sch.wide", "--by", "stype")
    vi = cli("estimate", DESIGN / "apistrat.csv", *asked).out.splitlines()
    en = cli(
        "estimate", DESIGN / "apistrat.csv", *asked, "--lang", "en", "--confidence", "0.9"
    ).out.splitlines()
    assert [vi[0], vi[6]] == ["Trung bình: api00 theo stype", "Tỷ lệ các mức trả lời: sch.wide theo stype"]
    assert [en[0], en[6]] == ["Mean: api00 by stype", "Proportions: sch.wide by stype"]
    assert en[1].split() == [
        *("stype", "Estimate", "Std.", "error", "df", "Lower", "Upper", "Answers", "Effective", "n"),
        *("Design", "effect"),
    ]
    assert "Sai số chuẩn" in vi[1] and "Mức trả lời" in vi[7]
    assert [line.split()[:2] for line in en[2:5]] == [["E", "674.43"], ["H", "625.82"], ["M", "636.6"]]
    assert "khoảng tin cậy 95%; tỷ lệ: ước lượng ± t" in vi[-1]
    assert "90% confidence interval; proportions: estimate ± t" in en[-1]


def test_the_covariance_is_printed_under_its_own_heading(cli, shared):
    asked = (*STRAT, "--mean", "api00", "--mean", "ell", "--covariance", "--lang", "en")
    said = cli("estimate", DESIGN / "apistrat.csv", *asked).out
    lines = said.partition("Covariance of the estimates\n")[2].splitlines()
    assert lines[0].split() == ["mean:api00", "mean:ell"] and lines[1].split()[0] == "mean:api00"
