"""Every quantile, ciprop, var and kappa value of R survey 4.1.1, to 1e-8 relative, and where we differ.

Four definitions differ, and each test below says so with the arithmetic that gives R's number:
- rule shahvaish: R subtracts half of the raw weight from sums of weights scaled to a mean of 1, so that its
  answer changes with the scale of the weights. Ours subtracts half of the scaled one.
- interval score: R searches the ends with a tolerance and lands on either side of the jump at an answer; ours
  are the ends of the set of values that are not rejected.
- interval asin of a proportion near 0: R's lower angle turns negative, and its squared sine positive again.
- intervals logit and likelihood: R's are those of a logistic regression that has not converged (logit, in the
  eighth digit) or is interpolated by a spline (likelihood, in the second digit of the small limit).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveylib.estimation import covariance_matrix, declare, estimate, kappa, quantile, totals
from surveylib.model.totals import Request

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "golden" / "design"
FAMILIES = ("quantile", "ciprop", "var", "kappa")
GOLDENS = (
    {
        g["id"]: g["v"]
        for g in json.loads((FOLDER / "survey_r.json").read_text())["goldens"]
        if g["id"].split(".")[0] in FAMILIES
    }
    if FOLDER.is_dir()
    else {}
)
DESIGNS = {
    "strat": ("apistrat", {"strata": "stype", "weights": "pw", "fpc": "fpc"}),
    "clus1": ("apiclus1", {"psu": "dnum", "weights": "pw", "fpc": "fpc"}),
}
INTERVALS = ("mean", "beta", "xlogit")
RULES = ("math", "school", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9")
SHARES = {
    "clus1": ("logit", "likelihood", "asin", "beta", "mean", "xlogit"),
    "strat": ("logit", "beta", "xlogit", "mean"),
}
LEFT, RIGHT = ("q", "lo", "hi", "se"), ("estimate", "conf_low", "conf_high", "std_error")

pytestmark = pytest.mark.skipif(not GOLDENS, reason="no folder `shared` beside the project")


def survey(name):
    file, design = DESIGNS[name]
    rows = pd.read_csv(FOLDER / f"{file}.csv")
    return rows, declare(rows, **design)


def agree(got, want, tolerance=1e-8):
    np.testing.assert_allclose(np.asarray(got, float), np.asarray(want, float), rtol=tolerance, atol=0)


def quantiles(name, **how):
    want = GOLDENS[name]
    rows, design = survey(name.split(".")[1])
    made = quantile(rows, design, variables=["api00"], at=want["p"], **how)
    return made.table, {key: np.array(list(want["api00"][key].values()), float) for key in LEFT}


def test_no_golden_of_these_families_is_left_out():
    tested = {
        *(f"quantile.clus1.{name}" for name in (*INTERVALS, "score")),
        *(f"quantile.strat.{name}" for name in (*RULES, "shahvaish")),
        *(f"ciprop.{design}.{name}" for design, names in SHARES.items() for name in names),
        *("quantile.old.clus1", "var.strat", "kappa.clus1"),
    }
    assert set(GOLDENS) == tested


@pytest.mark.parametrize("interval", INTERVALS)
def test_intervals_of_quantiles(interval):
    table, want = quantiles(f"quantile.clus1.{interval}", interval=interval)
    for ours, theirs in zip(RIGHT, LEFT, strict=True):
        agree(table[ours], want[theirs])


@pytest.mark.parametrize("rule", RULES)
def test_rules_of_quantiles(rule):
    table, want = quantiles(f"quantile.strat.{rule}", rule=rule)
    for ours, theirs in zip(RIGHT, LEFT, strict=True):
        agree(table[ours], want[theirs])


def test_linear_interpolation_of_the_old_function():
    rows, design = survey("clus1")
    made = quantile(
        rows, design, variables=["api00"], at=[0.25, 0.5, 0.75], rule="hf4", interval="woodruff"
    ).table
    for ours, theirs in zip(RIGHT, LEFT, strict=True):
        agree(made[ours], GOLDENS["quantile.old.clus1"][theirs])


def test_shah_and_vaish_with_the_raw_weight_is_what_r_gives():
    table, want = quantiles("quantile.strat.shahvaish", rule="shahvaish")
    rows, _ = survey("strat")
    order = np.argsort(rows["api00"].to_numpy(), kind="stable")
    x, w = rows["api00"].to_numpy(float)[order], rows["pw"].to_numpy(float)[order]
    half = {"raw": w / 2, "scaled": w / w.mean() / 2}
    for kind, told in (("raw", want["q"]), ("scaled", table["estimate"])):
        points = (np.cumsum(w / w.mean()) + 0.5 - half[kind]) / (len(x) + 1)
        # A step function over points that need not rise when raw weights are subtracted from scaled sums.
        rising = np.argsort(points, kind="stable")
        steps = [x[rising][points[rising] <= p][-1] for p in GOLDENS["quantile.strat.shahvaish"]["p"]]
        agree(told, steps)


def test_score_intervals_differ_from_r_by_one_answer_at_most():
    table, want = quantiles("quantile.clus1.score", interval="score")
    agree(table["estimate"], want["q"])
    answers = np.unique(survey("clus1")[0]["api00"])
    for ours, theirs in (("conf_low", "lo"), ("conf_high", "hi")):
        steps = np.searchsorted(answers, table[ours]) - np.searchsorted(answers, want[theirs])
        assert set(steps) <= {0, 1}


def share(name):
    design, method = name.split(".")[1:]
    rows, declared = survey(design)
    rows = rows.assign(here=rows["ell"] == 0 if design == "clus1" else rows["sch.wide"] == "Yes")
    asked = totals(rows, declared, requests=[Request(kind="proportion", variable="here")])
    return estimate(asked, interval=method).table.query("level == 'True'").iloc[0], GOLDENS[name]


# Six digits of the regression that stopped early, or none for the limit whose spline is far off.
NOT_CONVERGED = {"logit": 1e-7}


@pytest.mark.parametrize(
    "name",
    [
        f"ciprop.{design}.{method}"
        for design, methods in SHARES.items()
        for method in methods
        if method not in ("likelihood", "asin")
    ],
)
def test_intervals_of_proportions(name):
    row, want = share(name)
    tolerance = NOT_CONVERGED.get(name.split(".")[-1], 1e-8)
    agree([row["estimate"], row["conf_low"], row["conf_high"]], [want["est"], *want["ci"]], tolerance)
    agree([row["std_error"], row["df"]], [want["se"], want["df"]])


def test_the_arcsine_does_not_turn_back_at_0():
    row, want = share("ciprop.clus1.asin")
    agree([row["estimate"], row["std_error"], row["conf_high"]], [want["est"], want["se"], want["ci"][1]])
    p, half = want["est"], stats.t.ppf(0.975, want["df"]) * want["se"]
    lower = np.arcsin(np.sqrt(p)) - half / (2 * np.sqrt(p * (1 - p)))
    assert lower < 0 and row["conf_low"] == 0.0
    agree(np.sin(lower) ** 2, want["ci"][0])


def test_the_likelihood_interval_without_a_spline():
    row, want = share("ciprop.clus1.likelihood")
    agree([row["estimate"], row["std_error"]], [want["est"], want["se"]], 1e-7)
    p, effective = row["estimate"], row["estimate"] * (1 - row["estimate"]) / row["std_error"] ** 2
    for limit, theirs, near in zip(
        (row["conf_low"], row["conf_high"]), want["ci"], (2e-2, 1e-5), strict=True
    ):
        deviance = 2 * effective * (p * np.log(p / limit) + (1 - p) * np.log((1 - p) / (1 - limit)))
        agree(np.sqrt(deviance), stats.t.ppf(0.975, want["df"]))
        agree(limit, theirs, near)


def test_variances_and_covariances():
    """The golden's errors are entries 2 and 4 of the four that R prints by column: of the covariance, and
    of the variance of enroll."""
    rows, design = survey("strat")
    made, want = covariance_matrix(rows, design, variables=["api00", "enroll"]).table, GOLDENS["var.strat"]
    (first, both), (_, second) = want["var"]
    agree(made["estimate"], [first, second, both])
    agree(made["std_error"].iloc[[2, 1]], [want["se"]["api00"], want["se"]["enroll"]])


def test_kappa():
    rows, design = survey("clus1")
    made, want = kappa(rows, design, pairs=[("comp.imp", "sch.wide")]).table, GOLDENS["kappa.clus1"]
    agree(made.loc[0, ["estimate", "std_error"]], [want["est"], want["se"]])
