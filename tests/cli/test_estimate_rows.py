"""`surveylib estimate`: quantiles, variances, correlations and kappa from the real command line; flags."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

DESIGN = Path(__file__).resolve().parents[3] / "shared" / "golden" / "design"
STRAT = ("--strata", "stype", "--weights", "pw", "--fpc", "fpc")
CLUS = ("--psu", "dnum", "--weights", "pw", "--fpc", "fpc")


@pytest.fixture(scope="module")
def r(shared) -> dict:
    goldens = json.loads((DESIGN / "survey_r.json").read_text(encoding="utf-8"))["goldens"]
    return {golden["id"]: golden["v"] for golden in goldens}


@pytest.fixture
def estimates(cli):
    def call(file, *arguments) -> dict:
        said = cli("estimate", DESIGN / file, *arguments, "--format", "json")
        assert (said.code, said.err) == (0, "")
        return said.json

    return call


def agree(rows, column, want):
    np.testing.assert_allclose([row[column] for row in rows], want, rtol=1e-8)


def test_quantiles_by_rule(estimates, r):
    want = r["quantile.strat.hf7"]
    at = [part for p in want["p"] for part in ("--q", str(p))]
    rows = estimates("apistrat.csv", *STRAT, "--quantile", "api00", *at, "--rule", "hf7")["estimates"]
    assert [(row["kind"], row["variable"], row["level"]) for row in rows] == [
        ("quantile", "api00", f"{p:g}") for p in want["p"]
    ]
    for column, key in (("estimate", "q"), ("conf_low", "lo"), ("conf_high", "hi"), ("std_error", "se")):
        agree(rows, column, list(want["api00"][key].values()))


def test_the_median_is_what_is_meant_when_no_q_is_given(estimates, r):
    rows = estimates("apiclus1.csv", *CLUS, "--quantile", "api00", "--quantile-interval", "beta")["estimates"]
    want = r["quantile.clus1.beta"]["api00"]
    assert [rows[0][name] for name in ("estimate", "conf_low", "conf_high")] == [
        want[key]["0.5"] for key in ("q", "lo", "hi")
    ]


def test_variance_kappa_and_the_covariances_between_all(estimates, r):
    asked = ("--mean", "api00", "--var", "api00", "--cor", "api00/api99", "--kappa", "comp.imp/sch.wide")
    said = estimates("apiclus1.csv", *CLUS, *asked, "--covariance")
    rows, matrix = said["estimates"], np.array(said["covariance"]["matrix"])
    assert [row["kind"] for row in rows] == ["mean", "variance", "correlation", "kappa"]
    assert said["covariance"]["names"][2:] == ["correlation:api00:api99", "kappa:comp.imp:sch.wide"]
    agree(rows[-1:], "estimate", r["kappa.clus1"]["est"])
    agree(rows[-1:], "std_error", r["kappa.clus1"]["se"])
    agree(rows, "std_error", np.sqrt(np.diag(matrix)))
    assert np.isfinite(matrix).all() and np.allclose(matrix, matrix.T) and matrix[0, 1] != 0


@pytest.mark.parametrize("interval", ["xlogit", "beta"])
def test_intervals_of_proportions(estimates, r, interval):
    rows = estimates("apistrat.csv", *STRAT, "--prop", "sch.wide", "--interval", interval)["estimates"]
    (row,) = (row for row in rows if row["level"] == "Yes")
    agree([row], "conf_low", r[f"ciprop.strat.{interval}"]["ci"][0])
    agree([row], "conf_high", r[f"ciprop.strat.{interval}"]["ci"][1])


def test_flags_say_why(estimates):
    asked = ("--prop", "stype", "--min-n", "20", "--max-cv", "0.5")
    rows = {row["level"]: row for row in estimates("apiclus1.csv", *CLUS, *asked)["estimates"]}
    assert rows["E"]["flag"] == "" and rows["E"]["cv"] == rows["E"]["std_error"] / rows["E"]["estimate"]
    by = estimates("apiclus1.csv", *CLUS, "--mean", "api00", "--by", "stype", "--min-n", "20")["estimates"]
    assert {row["stype"]: row["flag"] for row in by} == {"E": "", "H": "n < 20", "M": ""}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--quantile", "api0"), "did you mean 'api00'"),
        (("--quantile", "api00", "--q", "25"), "a percentage? 0.25"),
        (("--quantile", "stype"), "not a number"),
        (("--cor", "api00"), "Y/X, two columns"),
        (("--kappa", "/stype"), "Y/X, two columns"),
        (("--mean", "api00", "--max-cv", "0"), "must be above 0"),
    ],
)
def test_mistakes_end_in_one_message(cli, shared, arguments, words):
    said = cli("estimate", DESIGN / "apiclus1.csv", *CLUS, *arguments)
    assert said.code == 2 and said.out == "" and words in said.err and "Traceback" not in said.err
