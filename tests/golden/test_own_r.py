"""R's survey package on rows we made up: two stages, intervals of proportions, lonely second stages,
calibrated weights.

`r/design.R` computed `r/survey_own.json` from the CSV files beside it (`r/session.txt` says with what); a
test marked needs_r runs it again. R and we differ on purpose in one thing: the "average" rule for lonely
clusters below the first stage, where R averages within each first-stage cluster and so gets nothing.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import declare, estimate, totals
from surveylib.model.totals import Request

HERE = Path(__file__).resolve().parent / "r"
GOLDENS = json.loads((HERE / "survey_own.json").read_text(encoding="utf-8"))
TWO_STAGE = {"strata": "h", "psu": "psu", "fpc": "n1", "psu2": "ssu", "fpc2": "n2"}
CLUSTERS = {"strata": "h", "psu": "psu", "fpc": "n1"}
TOLERANCE = 1e-9


def mean(*names):
    return [Request(kind="mean", variable=name) for name in names]


def total(*names):
    return [Request(kind="total", variable=name) for name in names]


SHARES = [Request(kind="proportion", variable="g")]
RATIO = [Request(kind="ratio", variable="y", denominator="x")]


def made(file, requests, *, by=(), interval="mean", **design):
    rows = pd.read_csv(HERE / f"{file}.csv")
    return estimate(totals(rows, declare(rows, **design), requests=requests, by=by), interval=interval)


def agree(result, want):
    np.testing.assert_allclose(result.values, np.atleast_1d(want["estimate"]), rtol=TOLERANCE)
    np.testing.assert_allclose(result.table["std_error"], np.atleast_1d(want["std_error"]), rtol=TOLERANCE)
    matrix = np.atleast_2d(want["vcov"])
    np.testing.assert_allclose(
        result.covariance, matrix, rtol=TOLERANCE, atol=TOLERANCE * np.diag(matrix).min()
    )
    if "df" in want:
        assert result.table["df"].tolist() == [want["df"]] * len(result.table)


TWO_STAGE_CASES = {
    "two_stage_mean": (mean("y", "x"), ()),
    "two_stage_total": (total("y", "x"), ()),
    "two_stage_factor": (SHARES, ()),
    "two_stage_factor_total": (total("g"), ()),
    "two_stage_ratio": (RATIO, ()),
    "two_stage_by_mean": (mean("y"), ("d",)),
    "two_stage_by_total": (total("y"), ("d",)),
}


@pytest.mark.parametrize("name", TWO_STAGE_CASES)
def test_two_stages_with_finite_populations(name):
    requests, by = TWO_STAGE_CASES[name]
    agree(made("generated_two_stage", requests, by=by, **TWO_STAGE), GOLDENS[name])


def test_ratio_by_domain():
    result, want = made("generated_two_stage", RATIO, by=("d",), **TWO_STAGE), GOLDENS["two_stage_by_ratio"]
    np.testing.assert_allclose(
        result.table[["estimate", "std_error"]].T, [want["estimate"], want["std_error"]], rtol=TOLERANCE
    )


def test_weights_made_from_populations():
    rows = pd.read_csv(HERE / "generated_two_stage.csv")
    np.testing.assert_allclose(
        declare(rows, **TWO_STAGE).weights, GOLDENS["two_stage_weights"]["estimate"], rtol=1e-12
    )


def test_first_stage_only_and_with_replacement():
    agree(
        made("generated_two_stage", mean("y", "x"), weights="pw", **CLUSTERS), GOLDENS["two_stage_first_only"]
    )
    replaced = {"strata": "h", "psu": "psu", "psu2": "ssu", "weights": "pw"}
    agree(made("generated_two_stage", mean("y", "x"), **replaced), GOLDENS["two_stage_replacement"])


@pytest.mark.parametrize("method", ["mean", "logit", "beta"])
def test_intervals_of_a_proportion(method):
    table = made("generated_two_stage", SHARES, interval=method, **TWO_STAGE).table.query("level == 'tot'")
    want = GOLDENS[f"interval_{method}"]
    got = table[["estimate", "conf_low", "conf_high"]].to_numpy()[0]
    np.testing.assert_allclose(got, [want["estimate"], want["conf_low"], want["conf_high"]], rtol=TOLERANCE)


@pytest.mark.parametrize("rule", ["certainty", "adjust"])
def test_a_lonely_second_stage_cluster(rule):
    for request, name in ((mean("y"), ""), (total("y"), "total_")):
        result = made("generated_lonely_second", request, lonely=rule, **TWO_STAGE)
        agree(result, GOLDENS[f"lonely_second_{name}{rule}"])


def test_a_domain_that_reaches_few_clusters():
    """A domain is no design of its own: its one cluster in a stratum is not lonely, the others count as
    zeros."""
    table = made("generated_two_stage", mean("y"), by=("rare",), **TWO_STAGE).table.set_index("rare")
    want = GOLDENS["rare_domain"]
    np.testing.assert_allclose(
        table.loc["in", ["estimate", "std_error"]].astype(float),
        [want["estimate"], want["std_error"]],
        rtol=TOLERANCE,
    )
    assert table.loc["in", "df"] == want["df"]


# ---- calibrated weights: R's weights, our variance ----------------------------------------------


def calibrated(name, requests, *, by=()):
    rows = pd.read_csv(HERE / "generated_calibration.csv")
    margins = ["sex"] if name == "poststratified" else ["sex", "age"]
    indicators = pd.get_dummies(rows[margins], columns=margins, dtype=float).to_numpy()
    weights = np.array(GOLDENS[f"{name}_weights"]["estimate"])
    # R takes the residuals of a regression weighted by the weights before calibration, but of an unweighted
    # one after rake().
    regression = np.ones(len(rows)) if name == "raked" else rows["pw"].to_numpy(dtype=float)
    design = declare(
        rows, weights=weights, calibration=indicators, calibration_weights=regression, **CLUSTERS
    )
    return estimate(totals(rows, design, requests=requests, by=by))


@pytest.mark.parametrize("name", ["poststratified", "linear", "raked"])
@pytest.mark.parametrize("asked", ["mean", "total", "by", "gaps"])
def test_standard_errors_after_calibration(name, asked):
    requests = {"mean": mean("y", "x"), "total": total("y", "sex"), "by": mean("y"), "gaps": mean("gaps")}[
        asked
    ]
    result, want = (
        calibrated(name, requests, by=("age",) if asked == "by" else ()),
        GOLDENS[f"{name}_{asked}"],
    )
    np.testing.assert_allclose(result.values, want["estimate"], rtol=TOLERANCE)
    # A total that was calibrated to has no variance: there both sides are rounding.
    scale = np.max(want["std_error"])
    np.testing.assert_allclose(
        result.table["std_error"],
        want["std_error"],
        rtol=TOLERANCE,
        atol=1e-6 * scale if asked == "total" else 0,
    )


def test_no_golden_is_left_out():
    tested = {
        *TWO_STAGE_CASES,
        *(
            "two_stage_by_ratio",
            "two_stage_weights",
            "two_stage_first_only",
            "two_stage_replacement",
            "rare_domain",
        ),
        *(f"interval_{method}" for method in ("mean", "logit", "beta")),
        *(f"lonely_second_{total}{rule}" for total in ("", "total_") for rule in ("certainty", "adjust")),
        *(
            f"{name}_{asked}"
            for name in ("poststratified", "linear", "raked")
            for asked in ("mean", "total", "by", "gaps", "weights")
        ),
    }
    assert set(GOLDENS) == tested


# ---- with R at hand -----------------------------------------------------------------------------


def run_r(*arguments):
    done = subprocess.run(["Rscript", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def close(one, other, path):
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key in one:
            close(one[key], other[key], f"{path}.{key}")
    else:
        one, other = np.array(one, dtype=float), np.array(other, dtype=float)
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-8 * np.abs(other).max(), err_msg=path)


@pytest.mark.needs_r("jsonlite")
def test_the_script_gives_the_kept_answers(tmp_path):
    run_r(HERE / "design.R", HERE, tmp_path / "again.json")
    close(json.loads((tmp_path / "again.json").read_text(encoding="utf-8")), GOLDENS, "answers")


LIVE = """
suppressPackageStartupMessages({library(survey); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
data(api)
write.csv(apiclus2, file.path(folder, "apiclus2.csv"), row.names = FALSE)
design <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2)
kept <- function(s) {
  list(estimate = as.numeric(coef(s)), std_error = as.numeric(SE(s)), vcov = unname(as.matrix(vcov(s))))
}
answer <- list(
  mean = kept(svymean(~api00 + api99, design)),
  total = kept(svytotal(~enroll, design, na.rm = TRUE)),
  ratio = kept(svyratio(~api.stu, ~enroll, subset(design, !is.na(enroll)))),
  by = kept(svyby(~api00, ~stype, design, svymean, covmat = TRUE)),
  share = kept(svymean(~stype, design)),
  df = degf(design)
)
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE), file.path(folder, "answer.json"))
"""


@pytest.mark.needs_r("jsonlite")
def test_the_two_stage_example_of_the_package(tmp_path):
    """Schools in districts, as in the package's documentation; R ships the data and answers beside us."""
    (tmp_path / "live.R").write_text(LIVE, encoding="utf-8")
    run_r(tmp_path / "live.R", tmp_path)
    want = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    rows = pd.read_csv(tmp_path / "apiclus2.csv")
    design = declare(rows, psu="dnum", fpc="fpc1", psu2="snum", fpc2="fpc2")
    cases = {
        "mean": (mean("api00", "api99"), ()),
        "total": (total("enroll"), ()),
        "ratio": ([Request(kind="ratio", variable="api.stu", denominator="enroll")], ()),
        "by": (mean("api00"), ("stype",)),
        "share": ([Request(kind="proportion", variable="stype")], ()),
    }
    for name, (requests, by) in cases.items():
        agree(estimate(totals(rows, design, requests=requests, by=by)), want[name])
    whole = estimate(totals(rows, design, requests=mean("api00")))
    assert whole.table["df"][0] == want["df"]
