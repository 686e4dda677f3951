"""Every chisq, gof, ttest, ranktest, glm, olr, did and prepost value of R survey 4.1.1, to 1e-8 relative.

Not to 1e-8, each for a reason of R's:

- probit.tight: glm stops on the change of the deviance, whose square root is left in the coefficients: 6e-8.
  tests/golden/test_own_r_models.py goes on in R until nothing moves, and agrees to 1e-8.
- p-values below 1e-100 magnify the last digits of their statistic.
- olr: optim's BFGS stops at 1e-8 of the likelihood; the same test drives R further.
- chisq lincom: R lacked a package and fell back on the saddlepoint, so that both entries are one number.
- chisq saddlepoint: R takes floor(df) copies of the denominator for df = 20.92; with 20 we get its number.
- glm without .tight: R's default stops too early; the .tight entries stand for them.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import contrast, declare, estimate, totals
from surveylib.estimation.chisquare import association, goodness_of_fit
from surveylib.estimation.compare import compare_groups, joint_test
from surveylib.estimation.ordinal import regress_ordinal
from surveylib.estimation.regression import regress
from surveylib.model.totals import Request
from surveylib.numerics.quadratic_forms import saddlepoint

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "golden" / "design"
FAMILIES = ("chisq", "gof", "ttest", "ranktest", "glm", "olr", "did", "prepost")
GOLDENS = (
    {
        g["id"]: g["v"]
        for g in json.loads((FOLDER / "survey_r.json").read_text(encoding="utf-8"))["goldens"]
        if g["id"].split(".")[0] in FAMILIES
    }
    if FOLDER.is_dir()
    else {}
)
TOLERANCE = 1e-8
STRAT = ("apistrat", {"strata": "stype", "weights": "pw", "fpc": "fpc"})
CLUS = ("apiclus1", {"psu": "dnum", "weights": "pw", "fpc": "fpc"})
STACKED = ("stacked_did", {"psu": "dnum", "weights": "pw"})
MODELS = {
    "glm.gauss.strat": (*STRAT, "api00 ~ ell + meals + mobility", "gaussian", TOLERANCE),
    "glm.logit.strat.tight": (*STRAT, "sch.wide ~ ell + meals + mobility", "logit", TOLERANCE),
    "glm.probit.strat.tight": (*STRAT, "sch.wide ~ ell + meals + mobility", "probit", 5e-7),
    "glm.poisson.strat.tight": (*STRAT, "enroll ~ ell + stype", "poisson", TOLERANCE),
    "glm.logit.clus1.tight": (*CLUS, "sch.wide ~ ell + mobility + stype", "logit", TOLERANCE),
    "did.stacked": (*STACKED, "score ~ wave * grp", "gaussian", TOLERANCE),
}
STATISTICS = ("F", "Chisq", "Wald", "adjWald")


def data(name, columns):
    if not FOLDER.is_dir():
        pytest.skip("no folder `shared` beside the project")
    rows = pd.read_csv(FOLDER / f"{name}.csv")
    return rows, declare(rows, **columns)


def agree(got, want, tolerance=TOLERANCE):
    np.testing.assert_allclose(np.asarray(got, float), np.asarray(want, float), rtol=tolerance)


def crossed(name, columns, by, variable):
    rows, design = data(name, columns)
    return totals(rows, design, requests=[Request(kind="proportion", variable=variable)], by=[by])


@pytest.mark.parametrize("name", MODELS)
def test_regressions(name):
    file, columns, model, family, tolerance = MODELS[name]
    made, want = regress(*data(file, columns), model=model, family=family).estimates, GOLDENS[name]
    names = [f"{v}{level}" for v, level in zip(made.table["variable"], made.table["level"], strict=True)]
    assert sorted(names) == sorted(want["coef"])
    for column, key in (("estimate", "coef"), ("std_error", "se"), ("statistic", "t")):
        agree(made.table[column], [want[key][n] for n in names], tolerance)
    p_values = np.array([want["p"][n] for n in names])
    agree(made.table["p_value"], p_values, np.maximum(tolerance, 1e-7 * (p_values.min() < 1e-100)))
    assert made.table["df"].tolist() == [want["df"]] * len(names)
    order = [names.index(n) for n in want["coef"]]
    scale = np.sqrt(np.outer(np.diag(want["vcov"]), np.diag(want["vcov"])))
    np.testing.assert_allclose(
        made.covariance[np.ix_(order, order)] / scale, want["vcov"] / scale, rtol=0, atol=tolerance
    )


def test_ordinal_regression():
    rows, design = data(*CLUS)
    rows = rows.assign(part=pd.cut(rows["meals"], [0, 25, 50, 75, 100], include_lowest=True, labels=False))
    made = regress_ordinal(rows, design, model="part ~ `avg.ed` + mobility + stype").estimates.table
    want = GOLDENS["olr.clus1"]
    values = [*want["coef"].values(), *want["zeta"].values()]
    agree(made["estimate"], values, 2e-5)
    agree(made["std_error"], list(want["se"].values()), 2e-4)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_independence(statistic):
    made = association(crossed(*CLUS, "sch.wide", "stype"), variable="stype", statistic=statistic)
    want = GOLDENS[f"chisq.clus1.{statistic}"]
    agree(made.unadjusted if statistic == "Chisq" else made.statistic, want["stat"])
    parameters = [made.df_num] if statistic == "Chisq" else [made.df_num, made.df]
    agree(parameters, np.atleast_1d(want["par"]))
    agree(made.p_value, want["p"])


def test_independence_in_strata():
    made, want = association(crossed(*STRAT, "comp.imp", "stype"), variable="stype"), GOLDENS["chisq.strat.F"]
    agree([made.statistic, made.df_num, made.df, made.p_value], [want["stat"], *want["par"], want["p"]])


def test_the_combination_of_chi_squares():
    counted = crossed(*CLUS, "sch.wide", "stype")
    near = association(counted, variable="stype", statistic="saddlepoint")
    for name in ("chisq.clus1.saddlepoint", "chisq.clus1.lincom"):
        agree(near.unadjusted, GOLDENS[name]["stat"])
        law = [*near.eigenvalues, -near.unadjusted / near.df], [1.0, 1.0, int(near.df)]
        # R looks for the saddle to 1e-8 only.
        agree(saddlepoint(0.0, *map(np.array, law)), GOLDENS[name]["p"], 1e-6)
    exact = association(counted, variable="stype", statistic="lincom")
    assert exact.p_value == pytest.approx(near.p_value, rel=0.05)


def test_goodness_of_fit():
    rows, design = data(*CLUS)
    counted = totals(rows, design, requests=[Request(kind="proportion", variable="stype")])
    expected = {"E": 0.6, "H": 0.2, "M": 0.2}
    made = goodness_of_fit(counted, variable="stype", expected=expected, statistic="Satterthwaite")
    want, size = GOLDENS["gof.clus1"], design.weights.sum() / made.n  # R's statistic is in population units
    scale, df = want["par"]
    agree([made.unadjusted * size, made.df_num, made.p_value], [want["stat"], df, want["p"]])
    agree(made.statistic, want["stat"] / scale)


def test_t_tests():
    columns = ["statistic", "df", "p_value", "estimate"]
    row = compare_groups(*data(*CLUS), outcome="enroll", group="comp.imp").table.iloc[0]
    want = GOLDENS["ttest.clus1"]
    agree(row[columns].astype(float), [want[key] for key in ("t", "df", "p", "diff")])
    agree([row["conf_low"], row["conf_high"]], want["ci"])
    row = compare_groups(*data(*STRAT), outcome="api00", group="comp.imp").table.iloc[0]
    agree(row[columns].astype(float), [GOLDENS["ttest.strat"][key] for key in ("t", "df", "p", "diff")])


@pytest.mark.parametrize("kind", ["wilcoxon", "vanderWaerden", "median", "KruskalWallis", "nofpc"])
def test_rank_tests(kind):
    scores = "wilcoxon" if kind in ("KruskalWallis", "nofpc") else kind
    columns = {k: v for k, v in CLUS[1].items() if not (kind == "nofpc" and k == "fpc")}
    row = compare_groups(*data(CLUS[0], columns), outcome="ell", group="comp.imp", scores=scores).table.iloc[
        0
    ]
    want = GOLDENS[f"ranktest.clus1.{kind}"]
    got = row[["statistic", "df", "p_value", "estimate"]].astype(float)
    agree(got, [want[key] for key in ("stat", "df", "p", "est")])


def test_rank_test_of_three_groups():
    """R's object names its chi-square `parameter` and the degrees of freedom `statistic`."""
    made = joint_test(compare_groups(*data(*CLUS), outcome="ell", group="stype", scores="wilcoxon"))
    want = GOLDENS["ranktest.k.clus1"]
    agree([made.df_num, made.statistic * made.df_num, made.p_value], [want["stat"], want["df"], want["p"]])


def test_before_and_after():
    rows, design = data(*STACKED)
    means = estimate(totals(rows, design, requests=[Request(kind="mean", variable="score")], by=["wave"]))
    gain, want = contrast(means, coefficients=np.array([-1, 1]), names=["gain"]), GOLDENS["prepost.stacked"]
    agree(gain.table[["estimate", "std_error"]].iloc[0], [want["est"], want["se"]])
    agree(means.covariance, want["vcov"])


def test_no_golden_of_these_families_is_left_out():
    if not GOLDENS:
        pytest.skip("no folder `shared` beside the project")
    loose = {name.removesuffix(".tight") for name in MODELS if name.endswith(".tight")}
    kinds = ("wilcoxon", "vanderWaerden", "median", "KruskalWallis", "nofpc")
    tested = {
        *MODELS,
        *loose,
        *(f"chisq.clus1.{statistic}" for statistic in (*STATISTICS, "lincom", "saddlepoint")),
        *(f"ranktest.clus1.{kind}" for kind in kinds),
        *("chisq.strat.F", "gof.clus1", "olr.clus1", "prepost.stacked", "ranktest.k.clus1"),
        *("ttest.clus1", "ttest.strat"),
    }
    assert set(GOLDENS) == tested
