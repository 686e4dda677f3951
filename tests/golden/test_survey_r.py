"""Every mean, factor, total, by, ratio, deff, contrast and lonely value of R survey 4.1.1, to 1e-9
relative."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import contrast, declare, estimate, smooth, totals
from surveylib.model.totals import Request

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "golden" / "design"
FAMILIES = ("mean", "total", "factor", "by", "by2", "ratio", "deff", "contrast", "lonely")
GOLDENS = (
    {
        g["id"]: g["v"]
        for g in json.loads((FOLDER / "survey_r.json").read_text())["goldens"]
        if g["id"].split(".")[0] in FAMILIES
    }
    if FOLDER.is_dir()
    else {}
)
TOLERANCE = 1e-9

STRAT = {"strata": "stype", "weights": "pw"}
CLUS = {"psu": "dnum", "weights": "pw"}
MEANS = {
    "mean.srs": ("apisrs", ["api00", "enroll"], {"fpc": "fpc"}),
    "mean.strat.fpc": ("apistrat", ["api00", "enroll", "ell"], {**STRAT, "fpc": "fpc"}),
    "mean.strat.nofpc": ("apistrat", ["api00", "enroll", "ell"], STRAT),
    "mean.clus1.fpc": ("apiclus1", ["api00", "enroll"], {**CLUS, "fpc": "fpc"}),
    "mean.clus1.nofpc": ("apiclus1", ["api00", "enroll"], CLUS),
    "mean.fpcdata.fpc": (
        "fpc",
        ["x"],
        {"strata": "stratid", "psu": "psuid", "weights": "weight", "fpc": "Nh", "nest": True},
    ),
    "mean.fpcdata.nofpc": (
        "fpc",
        ["x"],
        {"strata": "stratid", "psu": "psuid", "weights": "weight", "nest": True},
    ),
}


def made(name, requests, *, by=(), replacement=False, **design):
    if not FOLDER.is_dir():
        pytest.skip("no folder `shared` beside the project")
    rows = pd.read_csv(FOLDER / f"{name}.csv")
    asked = [Request(kind=kind, variable=variable, denominator=other) for kind, variable, other in requests]
    return estimate(
        totals(rows, declare(rows, **design), requests=asked, by=by), replacement_deff=replacement
    )


def agree(got, want):
    np.testing.assert_allclose(
        np.asarray(got, dtype=float), np.asarray(want, dtype=float), rtol=TOLERANCE, atol=0
    )


def agree_all(result, want, names):
    """Estimates, standard errors, df and intervals against the golden's dictionaries, in the order of
    `names`."""
    table = result.table
    agree(table["estimate"], [want["est"][n] for n in names])
    agree(table["std_error"], [want["se"][n] for n in names])
    for column, key in (("conf_low", "ci_lo"), ("conf_high", "ci_hi"), ("deff", "deff")):
        if key in want:
            agree(table[column], [want[key][n] for n in names])
    if "df" in want:
        agree(table["df"], [want["df"]] * len(names))


def test_no_golden_of_these_families_is_left_out():
    if not GOLDENS:
        pytest.skip("no folder `shared` beside the project")
    tested = {
        *MEANS,
        *(
            f"lonely.{rule}.{fpc}"
            for rule in ("remove", "certainty", "adjust", "average")
            for fpc in ("fpc", "nofpc")
        ),
        *(
            "total.strat",
            "total.clus1",
            "factor.mean.clus1",
            "factor.total.strat",
            "by.clus1.mean",
            "by.clus1.total",
        ),
        *(
            "by2.strat.mean",
            "ratio.strat",
            "ratio.separate.strat",
            "deff.clus1",
            "deff.replace.clus1",
            "deff.strat",
        ),
        *("deff.total.clus1", "contrast.clus1", "contrast.nonlin.clus1"),
    }
    assert set(GOLDENS) <= tested


@pytest.mark.parametrize("name", MEANS)
def test_means(name):
    data, variables, design = MEANS[name]
    result = made(data, [("mean", variable, None) for variable in variables], **design)
    agree_all(result, GOLDENS[name], variables)


def test_totals():
    names = ["enroll", "api.stu"]
    result = made("apistrat", [("total", n, None) for n in names], **STRAT, fpc="fpc")
    agree_all(result, GOLDENS["total.strat"], names)
    agree_all(
        made("apiclus1", [("total", "enroll", None)], **CLUS, fpc="fpc"), GOLDENS["total.clus1"], ["enroll"]
    )


def test_proportions_and_totals_of_a_factor():
    result = made("apiclus1", [("proportion", "stype", None)], **CLUS, fpc="fpc")
    agree_all(result, GOLDENS["factor.mean.clus1"], ["stypeE", "stypeH", "stypeM"])
    result = made("apistrat", [("total", "comp.imp", None)], **STRAT, fpc="fpc")
    agree_all(result, GOLDENS["factor.total.strat"], ["comp.impNo", "comp.impYes"])


def test_domains_with_their_whole_covariance():
    want = GOLDENS["by.clus1.mean"] if GOLDENS else None
    result = made(
        "apiclus1", [("mean", "api99", None), ("mean", "api00", None)], by=["stype"], **CLUS, fpc="fpc"
    )
    names = [f"{level}:{variable}" for variable in ("api99", "api00") for level in "EHM"]
    agree_all(result, want, names)
    agree(result.covariance, want["vcov"])


def test_totals_by_domain():
    result = made("apiclus1", [("total", "enroll", None)], by=["stype"], **CLUS, fpc="fpc")
    agree_all(result, GOLDENS["by.clus1.total"], ["E", "H", "M"])


def test_domains_of_two_variables():
    result = made("apistrat", [("mean", "api00", None)], by=["comp.imp", "stype"], **STRAT, fpc="fpc")
    want = GOLDENS["by2.strat.mean"]
    names = [f"{a}.{b}" for a, b in zip(result.table["comp.imp"], result.table["stype"], strict=True)]
    agree_all(result, want, names)


def test_ratio_combined():
    result = made("apistrat", [("ratio", "api.stu", "enroll")], **STRAT, fpc="fpc")
    agree(
        result.table[["estimate", "std_error"]],
        [[GOLDENS["ratio.strat"]["est"], GOLDENS["ratio.strat"]["se"]]],
    )


def test_ratio_separate_predicts_the_total():
    by = made("apistrat", [("ratio", "api.stu", "enroll")], by=["stype"], **STRAT, fpc="fpc")
    known = pd.read_csv(FOLDER / "apipop.csv").groupby("stype")["enroll"].sum()
    total = contrast(by, coefficients=known[by.table["stype"]].to_numpy(), names=["total"])
    want = GOLDENS["ratio.separate.strat"]
    agree(total.table[["estimate", "std_error"]], [[want["total"], want["se"]]])


def test_design_effects():
    names = ["api00", "enroll"]
    asked = [("mean", n, None) for n in names]
    agree_all(made("apiclus1", asked, **CLUS, fpc="fpc"), GOLDENS["deff.clus1"], names)
    replaced = made("apiclus1", asked, **CLUS, fpc="fpc", replacement=True)
    agree(replaced.table["deff"], [GOLDENS["deff.replace.clus1"]["deff"][n] for n in names])
    strat = made("apistrat", [("mean", "api00", None)], **STRAT, fpc="fpc")
    agree(strat.table["deff"], [GOLDENS["deff.strat"]["deff"]["api00"]])
    total = made("apiclus1", [("total", "enroll", None)], **CLUS, fpc="fpc")
    agree(total.table["deff"], [GOLDENS["deff.total.clus1"]["deff"]["enroll"]])


def test_contrasts():
    means = made("apiclus1", [("mean", "api00", None), ("mean", "api99", None)], **CLUS, fpc="fpc")
    want = GOLDENS["contrast.clus1"]
    result = contrast(means, coefficients=np.array([1, -1]), names=["gain"])
    agree(result.table[["estimate", "std_error"]], [[want["est"], want["se"]]])
    agree(means.covariance, want["vcov"])
    want = GOLDENS["contrast.nonlin.clus1"]
    result = smooth(means, function=lambda m: m[0] / m[1], names=["ratio"])
    agree(result.table[["estimate", "std_error"]], [[want["est"], want["se"]]])


@pytest.mark.parametrize("fpc", ["fpc", None])
@pytest.mark.parametrize(
    ("rule", "ours"),
    [("remove", "certainty"), ("certainty", "certainty"), ("adjust", "adjust"), ("average", "average")],
)
def test_lonely_clusters(rule, ours, fpc):
    result = made(
        "lonely", [("mean", "api00", None), ("total", "enroll", None)], **STRAT, fpc=fpc, lonely=ours
    )
    want = GOLDENS[f"lonely.{rule}.{'fpc' if fpc else 'nofpc'}"]
    agree(result.table["estimate"], [want["mean"], want["total"]])
    agree(result.table["std_error"], [want["se"], want["se_total"]])
    agree(result.table["df"], [want["df"]] * 2)
