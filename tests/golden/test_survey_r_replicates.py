"""Replicates of R survey 4.1.1: jackknife, half-samples, given bootstraps, raked replicates, to 1e-8.

R and we differ on purpose in one thing. R's degrees of freedom are the rank of the replicate weights less 1:
99 for 100 bootstrap replicates of 200 schools in 3 strata, where the design has 197; ours are the design's.
"""

from __future__ import annotations

import json
from functools import reduce
from operator import matmul
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import (
    balanced,
    declare,
    estimate,
    given,
    jackknife,
    reweighted,
    totals,
    with_replicates,
)
from surveylib.estimation.given import independent
from surveylib.model.totals import Request

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "golden" / "design"
GOLDENS = (
    {
        g["id"]: g["v"]
        for g in json.loads((FOLDER / "survey_r.json").read_text(encoding="utf-8"))["goldens"]
        if g["id"].startswith("rep.")
    }
    if FOLDER.is_dir()
    else {}
)
pytestmark = pytest.mark.skipif(not GOLDENS, reason="no folder `shared` beside the project")
TOLERANCE = 1e-8

CLUS = {"psu": "dnum", "weights": "pw"}
STRAT = {"strata": "stype", "weights": "pw"}
ASKED = [
    Request(kind="mean", variable="api00"),
    Request(kind="mean", variable="enroll"),
    Request(kind="total", variable="enroll"),
    Request(kind="ratio", variable="api.stu", denominator="enroll"),
]
DEATHS = [Request(kind="ratio", variable="alive", denominator="arrests")]
MADE = {
    "rep.jk1.clus1": ("apiclus1", {**CLUS, "fpc": "fpc"}, False),
    "rep.jk1.clus1.nofpc": ("apiclus1", CLUS, False),
    "rep.jk1.clus1.mse": ("apiclus1", CLUS, True),
    "rep.jkn.strat": ("apistrat", {**STRAT, "fpc": "fpc"}, False),
    "rep.jkn.strat.nofpc": ("apistrat", STRAT, False),
}
GIVEN = {
    "rep.jk1.clus1": ("apiclus1", "rep_jk1_clus1", CLUS, "JK1"),
    "rep.subboot.clus1": ("apiclus1", "rep_subboot_clus1", CLUS, "bootstrap"),
    "rep.boot.strat": ("apistrat", "rep_boot_strat", STRAT, "bootstrap"),
}
OTHERS = {
    *("rep.brr.scd", "rep.brr.scd.made", "rep.fay.scd", "rep.jk1.by", "rep.jk1.glm", "rep.jk1.raked"),
}


def read(name):
    return pd.read_csv(FOLDER / f"{name}.csv")


def agree(got, want, tolerance=TOLERANCE):
    np.testing.assert_allclose(
        np.asarray(got, dtype=float), np.asarray(want, dtype=float), rtol=tolerance, atol=0
    )


def agree_all(result, want):
    agree(
        result.values, [want["mean"]["api00"], want["mean"]["enroll"], want["total"]["enroll"], want["ratio"]]
    )
    agree(
        result.table["std_error"],
        [want["se_mean"]["api00"], want["se_mean"]["enroll"], want["se_total"], want["se_ratio"]],
    )


def test_no_golden_of_replicates_is_left_out():
    assert set(GOLDENS) == {*MADE, *GIVEN, *OTHERS}


@pytest.mark.parametrize("name", MADE)
def test_jackknife(name):
    data, design, mse = MADE[name]
    want, rows = GOLDENS[name], read(data)
    summed = totals(rows, declare(rows, **design), requests=ASKED)
    made = jackknife(summed, mse=mse)
    assert made.shape[0] == want["nrep"] and made.mse == want["mse"]
    agree(made.scale, want["scale"])
    # R numbers replicates by the order of clusters in the data, we by the order of strata.
    agree(np.sort(made.rscales), np.sort(np.broadcast_to(want["rscales"], made.rscales.shape)))
    result = estimate(summed, replicates=made)
    agree_all(result, want)
    assert (result.table["df"] == want["df"]).all()


@pytest.mark.parametrize("name", GIVEN)
def test_given_weights(name):
    data, weights, design, method = GIVEN[name]
    want, table = GOLDENS[name], read(weights)
    rows = pd.concat([read(data).drop(columns="pw"), table], axis=1)
    columns = [column for column in table.columns if column.startswith("rw")]
    declared = declare(rows, **design)
    made = given(rows, declared, columns=columns, method=method, scale=want["scale"])
    assert made.shape[0] == want["nrep"]
    result = estimate(totals(rows, declared, requests=ASKED), replicates=made)
    agree_all(result, want)
    assert independent(made.factors[0]) == want["df"]
    assert (result.table["df"] == (197 if name == "rep.boot.strat" else want["df"])).all()


def test_given_scales_are_those_of_r():
    for name in ("rep.jk1.clus1.nofpc", "rep.subboot.clus1"):
        weights = "rep_jk1_clus1" if "jk1" in name else "rep_subboot_clus1"
        table = read(weights)
        rows = pd.concat([read("apiclus1").drop(columns="pw"), table], axis=1)
        made = given(
            rows,
            declare(rows, **CLUS),
            columns=list(table.columns[1:]),
            method="JK1" if "jk1" in name else "bootstrap",
        )
        agree(made.scale, GOLDENS[name]["scale"])


def test_half_samples_given():
    want, rows = GOLDENS["rep.brr.scd"], read("scd")
    factors = np.array(want["repw"])
    rows[[f"f{r}" for r in range(4)]] = factors
    design = declare(rows, strata="ESA", psu="ambulance", nest=True)
    made = given(rows, design, columns=[f"f{r}" for r in range(4)], method="BRR", combined=False)
    result = estimate(totals(rows, design, requests=DEATHS), replicates=made)
    agree(result.table[["estimate", "std_error"]], [[want["est"], want["se"]]])
    assert independent(made.factors[0]) == result.table["df"][0] == 3


@pytest.mark.parametrize(("name", "rho"), [("rep.brr.scd.made", 0.0), ("rep.fay.scd", 0.3)])
def test_half_samples_made(name, rho):
    want, rows = GOLDENS[name], read("scd")
    design = declare(rows, strata="ESA", psu="ambulance", nest=True)
    made = balanced(design, rho=rho)
    agree(reduce(matmul, made.factors).T, want["repw"])
    asked = [*DEATHS, Request(kind="total", variable="alive")]
    result = estimate(totals(rows, design, requests=asked), replicates=made)
    agree(result.table[["estimate", "std_error"]][:1], [[want["est"], want["se"]]])
    if "tot" in want:
        agree(result.table[["estimate", "std_error"]][1:], [[want["tot"], want["se_tot"]]])
    else:
        agree(made.scale, want["scale"])


def test_domains():
    want, rows = GOLDENS["rep.jk1.by"], read("apiclus1")
    summed = totals(rows, declare(rows, **CLUS, fpc="fpc"), requests=ASKED[:1], by=["stype"])
    result = estimate(summed, replicates=jackknife(summed))
    agree(result.values, [want["est"][level] for level in "EHM"])
    agree(result.table["std_error"], [want["se"][level] for level in "EHM"])


def test_regression_as_a_function_of_the_weights():
    want, rows = GOLDENS["rep.jk1.glm"], read("apiclus1")
    design = declare(rows, **CLUS, fpc="fpc")
    x = np.column_stack([np.ones(len(rows)), rows["ell"], rows["meals"]])

    def fit(w):
        root = np.sqrt(w)
        return np.linalg.lstsq(root[:, None] * x, root * rows["api00"].to_numpy(), rcond=None)[0]

    names = ["(Intercept)", "ell", "meals"]
    result = with_replicates(
        design, replicates=jackknife(design), function=fit, names=names, df=14 - (len(names) - 1)
    )
    for column, key in (("estimate", "coef"), ("std_error", "se"), ("statistic", "t"), ("p_value", "p")):
        agree(result.table[column], [want[key][name] for name in names])
    agree(result.table["df"], [want["df"]] * 3)
    agree(result.covariance, want["vcov"])


MARGINS = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}


def raked(rows, weights):
    for _ in range(60):
        for name, sizes in MARGINS.items():
            for level, size in sizes.items():
                inside = (rows[name] == level).to_numpy()
                weights = np.where(inside[:, None], weights * (size / weights[inside].sum(axis=0)), weights)
    return weights


def test_raked_replicates():
    want, rows = GOLDENS["rep.jk1.raked"], read("apiclus1")
    design = declare(rows, **CLUS, fpc="fpc")
    summed, replicates = reweighted(
        rows,
        design,
        replicates=jackknife(design),
        weigh=lambda weights: raked(rows, weights),
        requests=ASKED[:1],
    )
    result = estimate(summed, replicates=replicates)
    agree(result.table[["estimate", "std_error"]], [[want["est"], want["se"]]])
