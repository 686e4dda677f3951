"""R's survey package on tests and regressions of rows we made up: two stages with finite populations, missing
values, post-stratified weights.

`r/models.R` computed `r/survey_models.json` from `r/generated_models.csv` (`r/session_models.txt` says with
what); a test marked needs_r runs it again. R and we differ on purpose in four things:

- R scales Pearson's statistic to all rows, those with a missing value too; we to the rows in the table.
- R counts the clusters of a table's denominator over all rows; here both are the same.
- R's one-sample t-test takes one degree of freedom more away than the mean needs.
- R's own saddlepoint cuts fractional degrees of freedom down to whole ones: see test_survey_r_models.py.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveylib.estimation import declare, totals
from surveylib.estimation.chisquare import association, goodness_of_fit
from surveylib.estimation.compare import compare_groups, joint_test, mean_test, paired_test
from surveylib.estimation.marginal import marginal_effects, predictions
from surveylib.estimation.ordinal import regress_ordinal
from surveylib.estimation.regression import regress
from surveylib.estimation.terms import likelihood_ratio, term_test
from surveylib.model.totals import Request
from surveylib.numerics.quadratic_forms import saddlepoint

HERE = Path(__file__).resolve().parent / "r"
GOLDENS = json.loads((HERE / "survey_models.json").read_text(encoding="utf-8"))
TOLERANCE = 1e-8
STAGES = {"strata": "h", "psu": "psu", "fpc": "n1", "psu2": "ssu", "fpc2": "n2"}
DESIGNS = ("two_stage", "poststratified")
SCORES = ("wilcoxon", "vanderWaerden", "median")
MODELS = {
    "gaussian": ("score ~ wait + age", "gaussian"),
    "interaction": ("score ~ wait * sex + age", "gaussian"),
    "without_constant": ("score ~ age + wait - 1", "gaussian"),
    "logit": ("ok ~ wait + age + sex", "logit"),
    "probit": ("ok ~ wait + age + sex", "probit"),
    "poisson": ("visits ~ wait + age + sex", "poisson"),
}
ROWS = pd.read_csv(HERE / "generated_models.csv")
ONCE = ROWS.assign(once=ROWS["score"].mask(ROWS["score"].duplicated()))


def design(kind="two_stage", rows=ROWS):
    if kind == "two_stage":
        return declare(rows, weights="pw", **STAGES)
    known = rows["sex"].map({"nam": 900.0, "nu": 1000.0})
    weights = rows["pw"] * known / rows.groupby("sex")["pw"].transform("sum")
    return declare(
        rows,
        weights=weights.to_numpy(),
        calibration=pd.get_dummies(rows["sex"], dtype=float).to_numpy(),
        calibration_weights=rows["pw"].to_numpy(),
        **STAGES,
    )


def agree(got, want, tolerance=TOLERANCE):
    np.testing.assert_allclose(np.asarray(got, float), np.asarray(want, float), rtol=tolerance)


def agree_matrix(got, want, tolerance=TOLERANCE):
    scale = np.sqrt(np.outer(np.diag(want), np.diag(want)))
    np.testing.assert_allclose(got / scale, np.asarray(want) / scale, rtol=0, atol=tolerance)


def order(estimates, names):
    """Our coefficients in R's order, by R's names."""
    pieces = [
        [f"{v}{lev}" for v, lev in zip(term.split(":"), fill(term, level), strict=True)]
        for term, level in zip(estimates.table["variable"], estimates.table["level"], strict=True)
    ]
    ours = [":".join(piece) for piece in pieces]
    return [ours.index(name) for name in names]


def fill(term, level):
    """The level of every variable of a term, '' for numbers (here labels come last)."""
    levels = level.split(":") if level else []
    return [""] * (term.count(":") + 1 - len(levels)) + levels


@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("name", MODELS)
def test_regressions(kind, name):
    model, family = MODELS[name]
    made, want = (
        regress(ROWS, design(kind), model=model, family=family).estimates,
        GOLDENS[f"glm_{kind}_{name}"],
    )
    places = order(made, want["names"])
    agree(made.values[places], want["estimate"])
    agree_matrix(made.covariance[np.ix_(places, places)], want["vcov"])
    assert made.table["df"].tolist() == [want["df"]] * len(places)
    assert made.table["n"].tolist() == [want["n"]] * len(places)


@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("name", MODELS)
def test_terms(kind, name):
    model, family = MODELS[name]
    made, want = (
        regress(ROWS, design(kind), model=model, family=family),
        GOLDENS[f"term_{kind}_{name}"],
    )
    test = term_test(made, term="age")
    agree(
        [test.statistic, test.df_num, test.df, test.p_value],
        [want[key] for key in ("statistic", "df_num", "df", "p_value")],
    )
    if name == "without_constant":
        return  # without age the smaller model has other columns for the same space: not nested by terms
    fewer = model.replace(" + age", "")
    # The larger model leaves out the rows without an age; the smaller must too.
    aged = ROWS.assign(wait=ROWS["wait"].where(ROWS["age"].notna()))
    smaller = regress(aged, design(kind), model=fewer, family=family)
    ratio = likelihood_ratio(smaller, made, approximate=True)
    # R's weights have mean 1 over all rows, ours over the rows used: the unit of both numbers differs.
    unit = sum(want["eigenvalues"])
    agree(ratio.statistic, want["ratio"] / unit, 1e-7)
    agree(np.array(ratio.eigenvalues) / sum(ratio.eigenvalues), np.array(want["eigenvalues"]) / unit, 1e-6)
    # R finds the saddle to 1e-8 only.
    agree(ratio.p_value, want["ratio_p"], 1e-6)


def test_standardised_predictions():
    made = regress(ROWS, design(), model="ok ~ wait + age + sex", family="logit")
    want = GOLDENS["predictions"]
    got = predictions(made, ROWS, design(), at={"age": want["age"]})
    means = dict(zip(want["level"], want["estimate"], strict=True))
    agree(got.values, [means[age] for age in want["age"]], 1e-7)
    agree_matrix(got.covariance, want["vcov"])


def test_marginal_effect_of_a_number():
    made = regress(ROWS, design(), model="ok ~ wait + age + sex", family="logit")
    row = marginal_effects(made, ROWS, design(), variables=["wait"]).table.iloc[0]
    agree(
        row[["estimate", "std_error"]].astype(float),
        [GOLDENS["effect"]["estimate"], GOLDENS["effect"]["std_error"]],
    )


@pytest.mark.parametrize(("link", "method"), [("logit", "logistic"), ("probit", "probit")])
def test_ordinal_regression(link, method):
    """R maximises without a Newton step and takes second derivatives numerically: its answer holds six
    digits."""
    made = regress_ordinal(ROWS, design(), model="q ~ wait + age + sex", link=link).estimates
    want = GOLDENS[f"ordinal_{method}"]
    names = [
        level if kind == "threshold" else f"{variable}{level}"
        for kind, variable, level in made.table[["kind", "variable", "level"]].to_numpy()
    ]
    places = [names.index(name) for name in want["names"]]
    agree(made.values[places], want["estimate"], 1e-6)
    agree_matrix(made.covariance[np.ix_(places, places)], want["vcov"], 1e-6)
    assert made.table["df"].tolist() == [want["df"]] * len(places)


@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("statistic", ["F", "Chisq", "Wald", "adjWald", "saddlepoint"])
def test_independence(kind, statistic):
    asked = [Request(kind="proportion", variable="age")]
    counted = totals(ROWS, design(kind), requests=asked, by=["q"])
    made, want = (
        association(counted, variable="age", statistic=statistic),
        GOLDENS[f"chisq_{kind}_{statistic}"],
    )
    if statistic in ("Chisq", "saddlepoint"):
        agree(made.unadjusted * len(ROWS) / made.n, want["statistic"])
    else:
        agree(made.statistic, want["statistic"])
    if statistic == "saddlepoint":
        whole = int(made.df)
        law = [*made.eigenvalues, -made.unadjusted / made.df], [1.0] * len(made.eigenvalues) + [whole]
        agree(saddlepoint(0.0, *law), want["p_value"], 1e-6)
        return
    agree(made.p_value, want["p_value"])
    agree([made.df_num, *([made.df] if np.isfinite(made.df) else [])], np.atleast_1d(want["parameter"]))


def test_goodness_of_fit():
    counted = totals(ROWS, design(), requests=[Request(kind="proportion", variable="q")])
    made = goodness_of_fit(
        counted, variable="q", expected={1: 1, 2: 2, 3: 4, 4: 5, 5: 4}, statistic="Satterthwaite"
    )
    want = GOLDENS["fit"]
    scale, df = want["parameter"]
    agree([made.statistic, made.df_num, made.p_value], [want["statistic"] / scale, df, want["p_value"]])
    # R leaves the statistic in the units of the population.
    size = ROWS.loc[ROWS["q"].notna(), "pw"].sum()
    agree(made.unadjusted * size / made.n, want["statistic"])


def test_t_tests():
    columns = ["estimate", "statistic", "df", "p_value"]
    made = compare_groups(ROWS, design(), outcome="score", group="sex").table
    agree(made[columns].iloc[0], [GOLDENS["t_two_groups"][column] for column in columns])
    for name, row in {
        "t_one_sample": mean_test(ROWS, design(), outcome="score", null=57).table.iloc[0],
        "t_paired": paired_test(ROWS, design(), outcome="score", before="before").table.iloc[0],
    }.items():
        want = GOLDENS[name]
        agree(row["estimate"] - (57 if name == "t_one_sample" else 0), want["estimate"])
        agree(row["statistic"], want["statistic"])
        assert row["df"] == want["df"] + 1
        agree(2 * stats.t.sf(abs(row["statistic"]), row["df"] - 1), want["p_value"])


@pytest.mark.parametrize("scores", SCORES)
@pytest.mark.parametrize(("outcome", "name"), [("once", "rank"), ("q", "rank_tied")])
def test_rank_tests_of_two_groups(outcome, name, scores):
    row = compare_groups(ONCE, design(), outcome=outcome, group="sex", scores=scores).table.iloc[0]
    columns = ["estimate", "statistic", "df", "p_value"]
    agree(row[columns].astype(float), [GOLDENS[f"{name}_{scores}"][column] for column in columns])


def test_rank_test_of_several_groups():
    made = joint_test(compare_groups(ONCE, design(), outcome="once", group="age", scores="wilcoxon"))
    want = GOLDENS["rank_many"]
    agree(
        [made.statistic * made.df_num, made.df_num, made.df, made.p_value],
        [want["chisq"], want["df_num"], want["df"], want["p_value"]],
    )


def test_no_golden_is_left_out():
    tested = {
        *(f"{what}_{kind}_{name}" for what in ("glm", "term") for kind in DESIGNS for name in MODELS),
        *(f"chisq_{k}_{s}" for k in DESIGNS for s in ("F", "Chisq", "Wald", "adjWald", "saddlepoint")),
        *("predictions", "effect", "ordinal_logistic", "ordinal_probit", "fit"),
        *("t_two_groups", "t_one_sample", "t_paired", "rank_many"),
        *(f"{name}_{scores}" for name in ("rank", "rank_tied") for scores in SCORES),
    }
    assert set(GOLDENS) == tested


@pytest.mark.needs_r("jsonlite")
def test_the_script_gives_the_kept_answers(tmp_path):
    command = ["Rscript", HERE / "models.R", HERE, tmp_path / "again.json"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    again = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    assert again.keys() == GOLDENS.keys()
    for name, want in GOLDENS.items():
        for key, value in want.items():
            if key in ("names", "level", "age"):
                assert again[name][key] == value
            else:
                one, other = np.array(again[name][key], float), np.array(value, float)
                np.testing.assert_allclose(
                    one, other, rtol=1e-6, atol=1e-7 * np.abs(other).max(initial=0), err_msg=name
                )
