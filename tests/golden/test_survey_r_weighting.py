"""Weights of R survey 4.1.1 made by our weighting, and their standard errors through our estimation.

The residuals of calibrated weights come from a regression on the calibration variables, and programs differ
in how they weight it. After `calibrate` R uses the weights before calibration; after `rake` it takes the
residuals of each margin in turn, which ends in those of an unweighted regression on all margins; after
`postStratify` it does the same with one margin, where every weighting of the regression by something constant
within cells gives the same residuals. So `calibration_weights` is the base weight for `calibrate` and 1 for
`rake`; the choices differ by terms that vanish faster than the variance (Deville & Särndal 1992).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import declare, estimate, totals
from surveylib.estimation.influence import influence_covariance
from surveylib.model.totals import Request
from surveylib.numerics.trimming import trim
from surveylib.weighting.calibrate_to import calibrate_to
from surveylib.weighting.classify import calibration_columns, carried
from surveylib.weighting.propensity import fit_propensity
from surveylib.weighting.targets import Target

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "golden" / "design"
FAMILIES = ("poststrat", "rake", "cal", "trim", "nonresponse")
GOLDENS = (
    {
        g["id"]: g["v"]
        for g in json.loads((FOLDER / "survey_r.json").read_text())["goldens"]
        if g["id"].split(".")[0] in FAMILIES
    }
    if FOLDER.is_dir()
    else {}
)
pytestmark = pytest.mark.skipif(not GOLDENS, reason="no folder `shared` beside the project")
TOLERANCE = 1e-8

STYPE = Target(variable="stype", levels=("E", "H", "M"), counts=[4421, 755, 1018])
WIDE = Target(variable="sch.wide", levels=("No", "Yes"), counts=[1072, 5122])
API99 = Target(variable="api99", levels=(), counts=[3914069])
CASES = {
    "poststrat.clus1": ([STYPE], {"method": "rake"}),
    "rake.clus1": ([STYPE, WIDE], {"method": "rake"}),
    "cal.stype.clus1": ([STYPE], {"method": "linear"}),
    "cal.linear.clus1": ([STYPE, API99], {"method": "linear"}),
    "cal.raking.clus1": ([STYPE, API99], {"method": "raking"}),
    "cal.linear.bounded.clus1": ([STYPE, API99], {"method": "linear", "bounds": (0.6, 1.6)}),
    "cal.logit.bounded.clus1": ([STYPE, API99], {"method": "logit", "bounds": (0.6, 1.6)}),
    "cal.logit.wide.clus1": ([API99, STYPE, WIDE], {"method": "logit", "bounds": (0.5, 2)}),
}
# The entry's standard errors rest on weights one step before convergence (R stops at 1e-8 of the deviance).
# R 4.2.2, survey 4.1.1, the same call with control = glm.control(epsilon = 1e-15, maxit = 100):
CONVERGED = [1.99258352154061091, 0.02694263293660171, 0.50499094162972380]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "apiclus1.csv")


def agree(got, want):
    np.testing.assert_allclose(got, want, rtol=TOLERANCE)


def errors_agree(rows, weights, columns, want, *, regression):
    design = declare(
        rows,
        weights=weights,
        psu="dnum",
        fpc="fpc",
        calibration=columns,
        calibration_weights=regression,
    )
    asked = [Request(kind="mean", variable="api00"), Request(kind="total", variable="enroll")]
    table = estimate(totals(rows, design, requests=asked)).table
    agree(table["estimate"], [want["mean_api00"], want["tot_enroll"]])
    agree(table["std_error"], [want["se_api00"], want["se_enroll"]])


@pytest.mark.parametrize("name", CASES)
def test_calibrated_weights_and_their_errors(rows, name):
    targets, method = CASES[name]
    base, want = rows["pw"].to_numpy(dtype=float), GOLDENS[name]
    step = calibrate_to(base, rows, targets=targets, **method)
    agree(step.values, want["w"])
    told = dict(step.diagnostics)
    assert told["margins_hit"] == told["margins"] == len(targets)
    agree([told["sum"], told["min"], told["max"]], [want["w_sum"], want["w_min"], want["w_max"]])
    regression = np.ones(len(rows)) if method["method"] == "rake" else base
    columns = calibration_columns(rows, targets=targets, weights=base)
    errors_agree(rows, step.values, columns, want, regression=regression)


@pytest.mark.parametrize("name", ["trim.clus1", "trim.strict.clus1"])
def test_trimming_raked_weights_and_their_errors(rows, name):
    """After trimming, what was calibrated is the ratio of trimmed to raked weight times the outcome."""
    want, base = GOLDENS[name], rows["pw"].to_numpy(dtype=float)
    raked = calibrate_to(base, rows, targets=[STYPE, WIDE]).values
    trimmed = trim(raked, lower=20, upper=45)
    agree(trimmed, want["w"])
    columns = calibration_columns(rows, targets=[STYPE, WIDE], weights=base)
    columns, regression = carried(columns, np.ones(len(rows)), ratio=trimmed / raked)
    errors_agree(rows, trimmed, columns, want, regression=regression)


def test_propensity_with_its_errors(rows):
    want = GOLDENS["nonresponse.propensity"]
    there = rows["avg.ed"].notna().to_numpy()  # R drops the others from the model, not from the design
    known = rows[there]
    answered, weights = (known["meals"] < 70).to_numpy(), known["pw"].to_numpy(dtype=float)
    model = fit_propensity(answered, known, weights=weights, numbers=["ell", "avg.ed"])
    assert list(model.names) == list(want["coef"])
    agree(model.coefficients, list(want["coef"].values()))
    influence = np.zeros((len(rows), len(model.names)))
    influence[there] = model.influence
    matrix = influence_covariance(influence, declare(rows, weights="pw", psu="dnum"))
    agree(np.sqrt(np.diag(matrix)), CONVERGED)
    np.testing.assert_allclose(matrix, want["vcov"], rtol=2e-6)


def test_no_golden_of_these_families_is_left_out():
    assert set(GOLDENS) == {*CASES, "trim.clus1", "trim.strict.clus1", "nonresponse.propensity"}
