"""R's survey package on rows we made up: quantiles with ties and unequal weights, variances, correlations,
kappa, intervals of proportions; two stages, domains, calibrated weights.

`r/moments.R` computed `r/moments_own.json` (`r/session.txt` says with what); a test marked needs_r runs it
again. Where R searches with a tolerance (score, likelihood) the script works the answer out step by step.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import declare, estimate, kappa, moments, quantile, totals
from surveylib.estimation.replicates import jackknife
from surveylib.model.totals import Request

HERE = Path(__file__).resolve().parent / "r"
GOLDENS = json.loads((HERE / "moments_own.json").read_text(encoding="utf-8"))
TWO_STAGE = {"strata": "h", "psu": "psu", "fpc": "n1", "psu2": "ssu", "fpc2": "n2"}
AT = [0.1, 0.25, 0.5, 0.75, 0.9]
RULES = ("math", "school", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")


def two_stage() -> pd.DataFrame:
    rows = pd.read_csv(HERE / "generated_two_stage.csv")
    other = np.select([rows["y"] < 58, rows["y"] < 66], ["kem", "kha"], "tot")
    return rows.assign(tied=np.floor(rows["y"] / 4), other=other)


def calibration():
    """The linear calibration of the R script: residuals with the weights as they were before."""
    rows = pd.read_csv(HERE / "generated_calibration.csv")
    size = rows["pw"].sum()
    first, second = np.round(size * 0.49), np.round(size * 0.51)
    whole = first + second
    x = np.column_stack([np.ones(len(rows)), rows["sex"] == "nu", rows["age"] == "tre", rows["age"] == "vua"])
    w = rows["pw"].to_numpy(float)
    gap = np.array([whole, second, 0.45 * whole, 0.35 * whole]) - w @ x
    weights = w * (1 + x @ np.linalg.solve((x * w[:, None]).T @ x, gap))
    return rows, declare(
        rows, weights=weights, strata="h", psu="psu", fpc="n1", calibration=x, calibration_weights=w
    )


def design_of(name):
    if name == "calibrated":
        return calibration()
    if name == "plain":
        rows = pd.read_csv(HERE / "generated_calibration.csv")
        return rows, declare(rows, weights="pw", strata="h", psu="psu", fpc="n1")
    rows = two_stage()
    return rows, declare(rows, **TWO_STAGE)


def agree(got, want, tolerance=1e-9):
    np.testing.assert_allclose(np.asarray(got, float), np.asarray(want, float), rtol=tolerance)


def agree_columns(table, want):
    for name in want:
        agree(table[name], want[name])


@pytest.mark.parametrize("rule", RULES)
def test_quantiles(rule):
    rows, design = design_of("two")
    made = quantile(rows, design, variables=["y", "tied"], at=AT, rule=rule).table
    agree_columns(made[:5], GOLDENS[f"quantile_{rule}"])
    made = quantile(rows, design, variables=["tied"], at=AT, rule=rule, interval="xlogit").table
    agree_columns(made, GOLDENS[f"quantile_tied_{rule}"])


@pytest.mark.parametrize("interval", ["mean", "beta", "xlogit", "asin"])
def test_intervals_of_quantiles(interval):
    rows, design = design_of("two")
    made = quantile(rows, design, variables=["y"], at=AT, interval=interval).table
    agree_columns(made, GOLDENS[f"quantile_interval_{interval}"])


def test_score_intervals_are_those_found_by_trying_every_value():
    rows, design = design_of("two")
    made = quantile(rows, design, variables=["y"], at=AT, interval="score").table
    agree_columns(made, GOLDENS["quantile_score"])


def test_quantiles_of_domains():
    rows, design = design_of("two")
    made = quantile(rows, design, variables=["y"], at=AT, rule="hf7", by=["d"]).table
    for sex in ("nam", "nu"):
        agree_columns(made[made["d"] == sex], GOLDENS[f"quantile_{sex}"])


def test_shah_and_vaish_agrees_with_r_where_weights_have_a_mean_of_1_and_whatever_their_scale():
    rows, design = design_of("two")
    one = rows.assign(w1=design.weights / design.weights.mean())
    for factor in (1.0, 50.0):
        scaled = declare(one.assign(w1=one["w1"] * factor), strata="h", psu="psu", weights="w1")
        made = quantile(rows, scaled, variables=["y"], at=AT, rule="shahvaish", interval="xlogit").table
        agree_columns(made, GOLDENS["quantile_shahvaish"])


@pytest.mark.parametrize("name", ["plain", "two", "calibrated"])
def test_variances_covariance_and_correlation(name):
    rows, design = design_of(name)
    made = moments(rows, design, variances=["y", "x"], covariances=[("y", "x")], correlations=[("y", "x")])
    want = GOLDENS[f"moments_{name}"]
    agree(made.values, [*want["estimate"], want["correlation"]])
    agree(made.covariance[:3, :3], want["vcov"], 1e-8)
    agree(made.table["std_error"][3], want["correlation_se"])


def test_variance_of_a_domain():
    rows, design = design_of("two")
    made = moments(rows, design, variances=["y"], by=["d"]).table.query("d == 'nu'")
    want = GOLDENS["moments_domain"]
    agree(made[["estimate", "std_error"]].iloc[0], [want["estimate"], want["std_error"]])


def test_kappa():
    rows, design = design_of("two")
    whole = kappa(rows, design, pairs=[("g", "other")]).table
    domain = kappa(rows, design, pairs=[("g", "other")], by=["d"]).table.query("d == 'nu'")
    for made, name in ((whole, "kappa"), (domain, "kappa_domain")):
        agree(made[["estimate", "std_error"]].iloc[0], list(GOLDENS[name].values()))


def test_variances_correlation_and_kappa_by_a_jackknife():
    rows = pd.read_csv(HERE / "generated_calibration.csv")
    rows = rows.assign(tall=np.where(rows["y"] > 60, "nu", "nam"))
    design = declare(rows, weights="pw", strata="h", psu="psu")
    made = moments(
        rows, design, variances=["y", "x"], correlations=[("y", "x")], replicates=jackknife(design)
    )
    agree(made.values[:2], GOLDENS["moments_jackknife"]["estimate"])
    agree(made.covariance[:2, :2], GOLDENS["moments_jackknife"]["vcov"])
    names = ["estimate", "std_error"]
    agree(made.table[names].iloc[2], list(GOLDENS["correlation_jackknife"].values()))
    alike = kappa(rows, design, pairs=[("sex", "tall")], replicates=jackknife(design)).table
    agree(alike[names].iloc[0], list(GOLDENS["kappa_jackknife"].values()))


@pytest.mark.parametrize("method", ["likelihood", "asin", "xlogit", "beta", "mean"])
def test_intervals_of_a_proportion(method):
    rows, design = design_of("two")
    asked = totals(rows, design, requests=[Request(kind="proportion", variable="g")])
    made = estimate(asked, interval=method).table.query("level == 'tot'")
    want = GOLDENS[f"interval_{method}"]
    got = made[["estimate", "conf_low", "conf_high"]].to_numpy()[0]
    agree(got, [want["estimate"], want["conf_low"], want["conf_high"]], 1e-8)


@pytest.mark.needs_r("jsonlite")
def test_r_still_gives_these_answers(tmp_path):
    script = ["Rscript", str(HERE / "moments.R"), str(HERE), str(tmp_path / "again.json")]
    run = subprocess.run(script, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    again = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    assert set(again) == set(GOLDENS)
    for name, want in GOLDENS.items():
        for key, value in want.items():
            agree(again[name][key], value)
