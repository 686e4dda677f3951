"""Every estimator there is, as a function of rows and a design; test_complete.py fails where one is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from surveylib.estimation import (
    bootstrap,
    contrast,
    covariance_matrix,
    estimate,
    jackknife,
    kappa,
    moments,
    quantile,
    reweighted,
    smooth,
    successive,
    totals,
    two_phase,
    unequal,
    with_replicates,
)
from surveylib.estimation.chisquare import ASSOCIATION, FIT, association, goodness_of_fit
from surveylib.estimation.code_quantile import code_quantile
from surveylib.estimation.compare import SCORES, compare_groups, joint_test, mean_test, paired_test, pairwise
from surveylib.estimation.linearised import field, join
from surveylib.estimation.marginal import marginal_effects, predictions
from surveylib.estimation.moments import moment_piece
from surveylib.estimation.ordinal import regress_ordinal
from surveylib.estimation.quantile import quantile_piece
from surveylib.estimation.regression import regress
from surveylib.estimation.terms import likelihood_ratio, term_test
from surveylib.model.design import SurveyDesign
from surveylib.model.hypothesis import Hypothesis
from surveylib.model.regression import Regression
from surveylib.model.results import Estimates
from surveylib.model.totals import Request
from surveylib.numerics.intervals import PROPORTION_INTERVALS
from surveylib.rng import stream

Made = Estimates | Regression | Hypothesis
Estimator = Callable[[pd.DataFrame, SurveyDesign], Made]

MEAN = [Request(kind="mean", variable="y")]
SHARES = [Request(kind="proportion", variable="g")]
CODES = [Request(kind="proportion", variable="code")]
RATIO = [Request(kind="ratio", variable="y", denominator="x")]
ALPHA = [Request(kind="alpha", variable="scale", items=("y", "x", "q"))]
EVERY_KIND = [*MEAN, *SHARES, *RATIO, *ALPHA]
OUTCOMES = {"gaussian": "y", "logit": "yes", "probit": "yes", "poisson": "visits"}
FIT_TO = {"khá": 0.3, "kém": 0.3, "tốt": 0.4}


def summed(rows, design, requests=MEAN, by=("d",)):
    return totals(rows, design, requests=requests, by=by)


def of_unequal(**how) -> Estimator:
    def made(rows, design):
        drawn = unequal(rows, design, probability="chance", **how)
        return estimate(summed(rows, design), unequal=drawn)

    return made


def of_table(test, **how) -> Estimator:
    by = () if test is goodness_of_fit else ("d",)
    return lambda rows, design: test(summed(rows, design, SHARES, by), variable="g", **how)


def of_model(function, *, family="logit", **how) -> Estimator:
    """What is said of a fitted model, from its rows."""

    def made(rows, design):
        return function(modelled(rows, design, family), rows, design, **how)

    return made


def modelled(rows, design, family: str, right: str = "x + g") -> Regression:
    if family.startswith("ordinal"):
        return regress_ordinal(rows, design, model=f"q ~ {right}", link=family.split()[1])
    return regress(rows, design, model=f"{OUTCOMES[family]} ~ {right}", family=family)


def of_both_phases(rows, design):
    made = two_phase(rows, design, second="asked", strata="d")
    return estimate(totals(made.rows, made.design, requests=MEAN), unequal=made.draw)


def of_new_weights(rows, design):
    """Every replicate post-stratified anew to the population of the strata."""
    codes, known = np.unique(rows["h"], return_inverse=True)[1], np.array([70.0, 80, 90, 100])

    def weigh(weights):
        sums = np.array([np.bincount(codes, one, minlength=4) for one in weights.T])
        return weights * (known / sums).T[codes]

    made, anew = reweighted(rows, design, replicates=jackknife(design), weigh=weigh, requests=MEAN, by=["d"])
    return estimate(made, replicates=anew)


def of_function(rows, design):
    y, kept = rows["y"].fillna(0).to_numpy(), rows["y"].notna().to_numpy()

    def mean(weights):
        return np.average(y[kept], weights=weights[kept])

    return with_replicates(design, replicates=jackknife(design), function=mean, names=["mean"])


def joined(rows, design):
    where = field(rows, design)
    pieces = [
        quantile_piece(where, rows, variables=["y"]),
        moment_piece(where, rows, variances=["y"], correlations=[("y", "x")]),
    ]
    return join(pieces, where.levels)


def bootstrapped(rows, design):
    made = bootstrap(design, replicates=30, generator=stream(4, "theorem"))
    return estimate(summed(rows, design), replicates=made)


FAMILIES = [*OUTCOMES, "ordinal logit", "ordinal probit"]
ESTIMATORS: dict[str, Estimator] = {
    **{
        f"estimate, {name}": lambda rows, design, name=name: estimate(
            summed(rows, design, SHARES), interval=name
        )
        for name in PROPORTION_INTERVALS
    },
    "estimate, all kinds": lambda rows, design: estimate(summed(rows, design, EVERY_KIND)),
    "estimate, jackknife": lambda rows, design: estimate(summed(rows, design), replicates=jackknife(design)),
    "estimate, successive differences": lambda rows, design: estimate(
        summed(rows, design), replicates=successive(design)
    ),
    "estimate, bootstrap": bootstrapped,
    "estimate, weights made anew": of_new_weights,
    "estimate, brewer": of_unequal(),
    "estimate, overton": of_unequal(pairs="overton", form="yates-grundy"),
    "estimate, hartley-rao": of_unequal(pairs="hartley-rao"),
    "estimate, two-phase": of_both_phases,
    "contrast": lambda rows, design: contrast(
        estimate(summed(rows, design)), coefficients=[1.0, -1.0], names=["nam − nữ"]
    ),
    "smooth": lambda rows, design: smooth(
        estimate(summed(rows, design)), function=lambda v: np.log(v[:1] / v[1:]), names=["log ratio"]
    ),
    "with_replicates": of_function,
    "quantile": lambda rows, design: quantile(rows, design, variables=["y"], at=[0.25, 0.5], by=["d"]),
    "code_quantile": lambda rows, design: code_quantile(
        summed(rows, design, CODES), variables=["code"], at=[0.25, 0.5]
    ),
    "moments": lambda rows, design: moments(rows, design, variances=["y"], correlations=[("y", "x")]),
    "covariance_matrix": lambda rows, design: covariance_matrix(rows, design, variables=["y", "x"]),
    "kappa": lambda rows, design: kappa(rows, design, pairs=[("g", "again")], by=["d"]),
    "join": joined,
    "mean_test": lambda rows, design: mean_test(rows, design, outcome="y", null=45.0),
    "paired_test": lambda rows, design: paired_test(rows, design, outcome="y", before="x"),
    **{
        f"{function.__name__}, {scores}": lambda rows, design, function=function, scores=scores: function(
            rows, design, outcome="y", group="g", scores=scores
        )
        for function in (compare_groups, pairwise)
        for scores in SCORES
    },
    "joint_test": lambda rows, design: joint_test(compare_groups(rows, design, outcome="y", group="g")),
    **{f"association, {name}": of_table(association, statistic=name) for name in ASSOCIATION},
    **{
        f"goodness_of_fit, {name}": of_table(goodness_of_fit, statistic=name, expected=FIT_TO) for name in FIT
    },
    **{f"regress, {name}": lambda rows, design, name=name: modelled(rows, design, name) for name in OUTCOMES},
    **{
        f"regress_{name.replace(' ', ', ')}": lambda rows, design, name=name: modelled(rows, design, name)
        for name in FAMILIES
        if name.startswith("ordinal")
    },
    **{
        f"predictions, {name}": of_model(predictions, family=name, at={"g": ["tốt", "kém"]})
        for name in FAMILIES
    },
    **{f"marginal_effects, {name}": of_model(marginal_effects, family=name) for name in FAMILIES},
    "term_test": of_model(lambda model, rows, design: term_test(model, term="g")),
    "likelihood_ratio": of_model(
        lambda model, rows, design: likelihood_ratio(modelled(rows, design, "logit", "g"), model)
    ),
}


def survey(seed: int = 1) -> pd.DataFrame:
    """Made-up rows: 4 strata of 5 clusters of 12; answers missing here and there; hardly any ties."""
    random, n = stream(seed, "every estimator"), 240
    psu = np.repeat(np.arange(20), 12)
    push = random.normal(size=n)
    rows = pd.DataFrame(
        {
            "h": np.array(list("abcd"))[psu // 5],
            "psu": psu,
            "fpc": 12.0 + psu // 5,
            "chance": (5 / (12.0 + np.arange(20) // 5) * random.uniform(0.8, 1.2, 20))[psu],
            "w": random.uniform(0.5, 3, n),
            "y": 50 + 10 * push + psu,
            "x": 30 + 5 * push + random.normal(0, 6, n),
            "g": random.choice(["tốt", "khá", "kém"], n),
            "d": random.choice(["nam", "nữ"], n),
            "asked": random.choice([0, 1], n, p=[0.4, 0.6]),
        }
    )
    rows["again"] = rows["g"].where(random.random(n) < 0.6, "khá")
    rows["yes"] = (push + random.normal(size=n) + 0.4 * (rows["g"] == "tốt") > 0).astype(int)
    rows["visits"] = random.poisson(np.exp(0.3 + 0.2 * push.clip(-2, 2)))
    rows["q"] = np.digitize(push + random.normal(size=n), [-1.2, -0.2, 0.7]) + 1
    rows["code"] = (10 + 3 * push).round().astype(int)
    for name in ("y", "g"):
        rows.loc[random.random(n) < 0.06, name] = None
    return rows


def numbers(made: Made) -> tuple[np.ndarray, np.ndarray]:
    """All that a user reads off: the results column by column, and the covariance (none of a test)."""
    if isinstance(made, Hypothesis):
        line = (made.statistic, made.df_num, made.df, made.p_value, made.n, made.unadjusted)
        return np.array([*line, *made.eigenvalues], dtype=float), np.zeros((0, 0))
    made = made.estimates if isinstance(made, Regression) else made
    columns = ["estimate", "std_error", "df", "conf_low", "conf_high", "statistic", "p_value", "n", "n_eff"]
    return made.table[columns].to_numpy(dtype=float), made.covariance
