"""Our answers about the rows, by name; `theirs.py` and `survey.R` answer under the same names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.estimation import (
    balanced,
    bootstrap,
    declare,
    estimate,
    jackknife,
    moments,
    quantile,
    replicate_weights,
    successive,
    totals,
)
from surveylib.estimation.chisquare import association
from surveylib.estimation.compare import compare_groups, joint_test, mean_test, paired_test
from surveylib.estimation.marginal import marginal_effects, predictions
from surveylib.estimation.regression import regress
from surveylib.estimation.terms import term_test
from surveylib.model.hypothesis import Hypothesis
from surveylib.model.results import Estimates
from surveylib.model.totals import Request
from surveylib.rng import stream
from surveylib.weighting import Target, calibrate_to, calibration_columns, share_nonresponse, trim_weights

Answer = dict[str, list[float]]
CLUSTERS = {"weights": "w", "strata": "h", "psu": "psu"}
PAIRS = {"weights": "w", "strata": "pair", "psu": "psu"}
AGE = Target(variable="age", levels=("old", "young"), counts=[350, 240])
GROUP = Target(variable="d", levels=("p", "q"), counts=[300, 290])
SIZE = Target(variable="x", levels=(), counts=[17400.0])
BOUNDS = (0.8, 1.25)
MODELS = {
    "linear": ("y ~ x + g", "gaussian"),
    "logistic": ("yes ~ x + g", "logit"),
    "probit": ("yes ~ x + g", "probit"),
    "poisson": ("visits ~ x + g", "poisson"),
}


def mean(variable: str) -> Request:
    return Request(kind="mean", variable=variable)


def answers(rows: pd.DataFrame) -> dict[str, Answer]:
    return {
        **_estimates(rows),
        **_designs(rows),
        **_replicates(rows),
        **_tests(rows),
        **_models(rows),
        **_weights(rows),
    }


def of(made: Estimates | Hypothesis, *, tests: bool = False) -> Answer:
    if isinstance(made, Hypothesis):
        return {
            "statistic": [made.statistic],
            "df_num": [made.df_num],
            "df": [made.df],
            "p_value": [made.p_value],
        }
    names = ["estimate", "std_error", "df", "conf_low", "conf_high", *(["statistic", "p_value"] * tests)]
    return {name: made.table[name].tolist() for name in names}


def asked(rows, request, *, by=(), columns=CLUSTERS, interval="mean", **design):
    made = totals(rows, declare(rows, **columns, **design), requests=[request], by=by)
    return estimate(made, interval=interval)


def _estimates(rows) -> dict[str, Answer]:
    design = declare(rows, **CLUSTERS)
    shares = Request(kind="proportion", variable="g")
    rare = Request(kind="proportion", variable="rare")
    plain = totals(rows, design, requests=[mean("y")], by=["d"])
    made = {
        "mean": asked(rows, mean("y")),
        "mean by domain": asked(rows, mean("y"), by=["d"]),
        "mean with gaps": asked(rows, mean("gap")),
        "total": asked(rows, Request(kind="total", variable="y")),
        "total by domain": asked(rows, Request(kind="total", variable="y"), by=["d"]),
        "ratio": asked(rows, Request(kind="ratio", variable="y", denominator="x")),
        "shares, logit": asked(rows, shares, interval="logit"),
        "rare share, beta": asked(rows, rare, interval="beta"),
        "rare share, Wilson": asked(rows, rare, interval="wilson"),
        "quantiles": quantile(rows, design, variables=["y"], at=[0.25, 0.5, 0.9]),
        "covariance": moments(rows, design, covariances=[("y", "x")]),
        "correlation": moments(rows, design, correlations=[("y", "x")]),
    }
    effects = {
        f"design effect, {name}": {"deff": estimate(plain, replacement_deff=with_it).table["deff"].tolist()}
        for name, with_it in (("without replacement", False), ("with replacement", True))
    }
    return {name: of(one) for name, one in made.items()} | effects


def _designs(rows) -> dict[str, Answer]:
    two = {"strata": "h", "psu": "psu", "fpc": "N", "psu2": "person", "fpc2": "M"}
    lonely = {"weights": "w", "strata": "alone", "psu": "psu"}
    total = Request(kind="total", variable="y")
    made = {
        "FPC, mean": asked(rows, mean("y"), fpc="N"),
        "two stages with FPC, mean": asked(rows, mean("y"), columns=two),
        "two stages with FPC, total": asked(rows, total, columns=two),
        **{
            f"lonely cluster, {rule}": asked(rows, mean("y"), columns=lonely, lonely=rule)
            for rule in ("adjust", "average", "certainty")
        },
    }
    return {name: of(one) for name, one in made.items()}


def drawn(rows: pd.DataFrame) -> pd.DataFrame:
    """Our bootstrap weights, for the others to read."""
    design = declare(rows, **CLUSTERS)
    made = bootstrap(design, replicates=100, generator=stream(3, "second opinion"))
    return replicate_weights(design, replicates=made)


def _replicates(rows) -> dict[str, Answer]:
    clusters, pairs, plain = (
        declare(rows, **columns) for columns in (CLUSTERS, PAIRS, {"weights": "w", "psu": "psu"})
    )
    ratio = Request(kind="ratio", variable="y", denominator="x")
    made = {
        "jackknife (JKn), mean": (clusters, jackknife(clusters), mean("y")),
        "jackknife (JKn), ratio": (clusters, jackknife(clusters), ratio),
        "jackknife (JK1), ratio": (plain, jackknife(plain), ratio),
        "half-samples (BRR), ratio": (pairs, balanced(pairs), ratio),
        "Fay's half-samples, ratio": (pairs, balanced(pairs, rho=0.3), ratio),
        "successive differences, mean": (plain, successive(plain), mean("y")),
        "bootstrap weights read, ratio": (
            clusters,
            bootstrap(clusters, replicates=100, generator=stream(3, "second opinion")),
            ratio,
        ),
    }
    return {
        name: of(estimate(totals(rows, design, requests=[request]), replicates=how))
        for name, (design, how, request) in made.items()
    }


def _tests(rows) -> dict[str, Answer]:
    design = declare(rows, **CLUSTERS)
    table = totals(rows, design, requests=[Request(kind="proportion", variable="g")], by=["d"])
    made = {
        "Rao–Scott F": association(table, variable="g"),
        "Rao–Scott chi-square": association(table, variable="g", statistic="Chisq"),
        "t-test, one sample": mean_test(rows, design, outcome="y", null=49.0),
        "t-test, paired": paired_test(rows, design, outcome="y", before="before"),
        "t-test, two groups": compare_groups(rows, design, outcome="y", group="d"),
        "rank test, Kruskal–Wallis": joint_test(
            compare_groups(rows, design, outcome="y", group="g", scores="wilcoxon")
        ),
        **{
            f"rank test, {name}": compare_groups(rows, design, outcome="y", group="d", scores=scores)
            for name, scores in (("van der Waerden", "vanderWaerden"), ("median", "median"))
        },
    }
    keep = ("statistic", "df_num", "df", "p_value", "std_error")
    return {
        name: {key: values for key, values in of(one, tests=True).items() if key in keep}
        for name, one in made.items()
    }


def _models(rows) -> dict[str, Answer]:
    design, found = declare(rows, **CLUSTERS), {}
    for name, (model, family) in MODELS.items():
        made = regress(rows, design, model=model, family=family)
        found[f"{name} regression"] = of(made.estimates)
        found[f"{name} regression, term test"] = of(term_test(made, term="g"))
        if name == "logistic":
            slope = marginal_effects(made, rows, design, variables=["x"])
            found["marginal effect (logistic)"] = of(slope)
            levels = predictions(made, rows, design, at={"g": ["a", "b", "c"]})
            found["standardised predictions (logistic)"] = of(levels)
    return found


def _weights(rows) -> dict[str, Answer]:
    base, found = rows["w"].to_numpy(), {}
    ways = {
        "post-stratified": ([AGE], {}),
        "raked": ([AGE, GROUP], {}),
        "regression (GREG)": ([AGE, SIZE], {"method": "linear"}),
        "bounded (linear)": ([AGE, SIZE], {"method": "linear", "bounds": BOUNDS}),
    }
    for name, (targets, how) in ways.items():
        weights = calibrate_to(base, rows, targets=targets, **how).values
        columns = calibration_columns(rows, targets=targets, weights=base)
        design = {"calibration": columns, "calibration_weights": base}
        found[f"{name}, weights"] = {"weights": weights.tolist()}
        made = asked(rows, mean("y"), columns={**CLUSTERS, "weights": weights}, **design)
        found[f"{name}, mean of y"] = of(made)
    told = rows.assign(outcome=np.where(rows["yes"] == 1, "complete", "refusal"))
    found["non-response in classes, weights"] = {
        "weights": share_nonresponse(base, told, classes=["h"])[0].values.tolist()
    }
    trimmed = trim_weights(base, rows, max_ratio=1.4, within=())[0].values
    found["trimmed weights"] = {"weights": trimmed.tolist()}
    return found
