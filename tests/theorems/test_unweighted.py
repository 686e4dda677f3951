"""With equal weights every estimator gives what others compute without any: pandas, scipy, statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from statsmodels.api import GLM, families
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.stats.inter_rater import cohens_kappa

from surveylib.estimation import declare
from surveylib.model.hypothesis import Hypothesis
from surveylib.model.regression import Regression
from tests.theorems.every_estimator import ESTIMATORS, FIT_TO, OUTCOMES, survey

ROWS = survey()
DOMAINS, LEVELS = ["nam", "nữ"], ["khá", "kém", "tốt"]
IN = {name: ROWS[ROWS["d"] == name] for name in DOMAINS}
BOTH, MARKED = ROWS.dropna(subset=["y", "x"]), ROWS.dropna(subset=["g"])
FAMILY = {
    "gaussian": families.Gaussian(),
    "logit": families.Binomial(),
    "probit": families.Binomial(families.links.Probit()),
    "poisson": families.Poisson(),
}


# ---- groups ----------------------------------------------------------------------------------------------


def means(rows=ROWS, variable="y"):
    return rows.groupby("d")[variable].mean().to_numpy()


def shares():
    return pd.crosstab(ROWS["g"], ROWS["d"], normalize="columns").to_numpy().ravel()


def ratios():
    return np.array([part["y"].sum() / part["x"][part["y"].notna()].sum() for part in IN.values()])


def alphas():
    complete = [part[["y", "x", "q"]].dropna() for part in IN.values()]
    return np.array([1.5 * (1 - part.var().sum() / part.sum(axis=1).var()) for part in complete])


def post_stratified():
    weight = ROWS["h"].map(pd.Series([70.0, 80, 90, 100], index=list("abcd")) / ROWS["h"].value_counts())
    there = [part.dropna(subset="y") for part in IN.values()]
    return [np.average(part["y"], weights=weight[part.index]) for part in there]


def double_expansion():
    """A row asked stands for all rows of its domain."""
    asked = ROWS[ROWS["asked"] == 1]
    weight = asked["d"].map(ROWS["d"].value_counts() / asked["d"].value_counts())
    there = asked["y"].notna()
    return np.average(asked["y"][there], weights=weight[there])


def medians(at, part=ROWS):
    return np.quantile(part["y"].dropna(), at, method="inverted_cdf")


def agreement(part):
    table = pd.crosstab(part["g"], part["again"]).reindex(index=LEVELS, columns=LEVELS, fill_value=0)
    return cohens_kappa(table).kappa


def scored(scores):
    """Differences of mean scores: b − a, c − a, c − b."""
    kept = ROWS.dropna(subset=["y", "g"])
    rank = (stats.rankdata(kept["y"]) - 0.5) / len(kept)
    score = {
        "values": kept["y"],
        "wilcoxon": rank,
        "vanderWaerden": special.ndtri(rank),
        "median": rank > 0.5,
    }
    values = pd.Series(np.asarray(score[scores], dtype=float), index=kept.index)
    a, b, c = values.groupby(kept["g"]).mean()
    return np.array([b - a, c - a, c - b])


# ---- models ----------------------------------------------------------------------------------------------


def regressors(level=None):
    """x and the levels of g; all rows in one level where it is given."""
    levels = [np.full(len(MARKED), name == level) if level else MARKED["g"] == name for name in LEVELS[1:]]
    return np.column_stack([MARKED["x"], *levels]).astype(float)


def fitted(family, x=None):
    """The coefficients, the mean prediction for any regressors, and the fit itself."""
    x = regressors() if x is None else x
    if family.startswith("ordinal"):
        model = OrderedModel(MARKED["q"].to_numpy(), x, distr=family.split()[1])
        made = model.fit(method="newton", maxiter=100, disp=False)
        ends = model.transform_threshold_params(made.params)[1:-1]
        return np.r_[made.params[:3], ends], lambda z: made.predict(exog=z).mean(axis=0), made
    there = MARKED[OUTCOMES[family]].notna().to_numpy()
    constant = np.ones((len(x), 1))
    model = GLM(MARKED[OUTCOMES[family]][there], np.hstack([constant, x])[there], family=FAMILY[family])
    made = model.fit(tol=1e-13)
    return made.params, lambda z: np.array([made.predict(np.hstack([constant, z])[there]).mean()]), made


def predicted(family):
    _, mean, _ = fitted(family)
    return np.r_[mean(regressors("tốt")), mean(regressors("kém"))]


def effects(family):
    """Of x by a difference of predictions; of g by moving everybody."""
    _, mean, _ = fitted(family)
    step = np.array([1e-4, 0, 0])
    slope = (mean(regressors() + step) - mean(regressors() - step)) / 2e-4
    return np.r_[slope, *(mean(regressors(name)) - mean(regressors("khá")) for name in LEVELS[1:])]


# ---- tests -----------------------------------------------------------------------------------------------


def pearson():
    return stats.chi2_contingency(pd.crosstab(MARKED["d"], MARKED["g"]), correction=False).statistic


def departures():
    """Wald's statistic of the departures from independence, from the spread of what each row adds."""
    d, g = (MARKED[name].to_numpy()[:, None] == np.array(of) for name, of in (("d", DOMAINS), ("g", LEVELS)))
    z = ((d - d.mean(axis=0))[:, :, None] * (g - g.mean(axis=0))[:, None, :])[:, 1:, 1:].reshape(len(d), -1)
    total = z.sum(axis=0)
    n = len(ROWS)  # with those who did not say: they add 0
    spread = (z.T @ z - np.outer(total, total) / n) * n / (n - 1)
    return total @ np.linalg.solve(spread, total)


def fit_statistic():
    observed = MARKED["g"].value_counts()[LEVELS]
    return stats.chisquare(observed, len(MARKED) * np.array([FIT_TO[name] for name in LEVELS])).statistic


def wald(family, x):
    """F of the two levels of g, by White's covariance."""
    robust = fitted(family, x)[2].model.fit(tol=1e-13, cov_type="HC0")
    beta, matrix = np.asarray(robust.params)[-2:], np.asarray(robust.cov_params())[-2:, -2:]
    return beta @ np.linalg.solve(matrix, beta) / 2 * (len(ROWS) - 1) / len(ROWS)


def deviances():
    return fitted("logit", regressors()[:, 1:])[2].deviance - fitted("logit")[2].deviance


UNWEIGHTED = {
    **{
        f"estimate, {name}": shares
        for name in ("mean", "logit", "wilson", "beta", "xlogit", "likelihood", "asin")
    },
    **{
        f"estimate, {name}": means
        for name in ("jackknife", "successive differences", "bootstrap", "brewer", "overton", "hartley-rao")
    },
    "estimate, all kinds": lambda: np.r_[means(), shares(), ratios(), alphas()],
    "estimate, weights made anew": post_stratified,
    "estimate, two-phase": double_expansion,
    "contrast": lambda: -np.diff(means()),
    "smooth": lambda: -np.diff(np.log(means())),
    "with_replicates": lambda: ROWS["y"].mean(),
    "quantile": lambda: [medians(at, part) for at in (0.25, 0.5) for part in IN.values()],
    "code_quantile": lambda: [
        np.quantile(part["code"], at, method="inverted_cdf") for at in (0.25, 0.5) for part in IN.values()
    ],
    "moments": lambda: [ROWS["y"].var(), BOTH["y"].corr(BOTH["x"])],
    "covariance_matrix": lambda: [ROWS["y"].var(), ROWS["x"].var(), BOTH["y"].cov(BOTH["x"])],
    "kappa": lambda: [agreement(part) for part in IN.values()],
    "join": lambda: [medians(0.5), ROWS["y"].var(), BOTH["y"].corr(BOTH["x"])],
    "mean_test": lambda: ROWS["y"].mean(),
    "paired_test": lambda: (BOTH["y"] - BOTH["x"]).mean(),
    **{
        f"compare_groups, {name}": lambda name=name: scored(name)[:2]
        for name in ("values", "wilcoxon", "vanderWaerden", "median")
    },
    **{
        f"pairwise, {name}": lambda name=name: scored(name)
        for name in ("values", "wilcoxon", "vanderWaerden", "median")
    },
    **{f"regress, {name}": lambda name=name: fitted(name)[0] for name in FAMILY},
    **{
        f"regress_ordinal, {link}": lambda link=link: fitted(f"ordinal {link}")[0]
        for link in ("logit", "probit")
    },
    **{
        f"{kind}, {name}": lambda name=name, made=made: made(name)
        for kind, made in (("predictions", predicted), ("marginal_effects", effects))
        for name in (*FAMILY, "ordinal logit", "ordinal probit")
    },
    **{f"association, {name}": pearson for name in ("F", "Chisq", "lincom", "saddlepoint")},
    **{f"association, {name}": departures for name in ("Wald", "adjWald")},
    **{f"goodness_of_fit, {name}": fit_statistic for name in ("F", "Satterthwaite", "lincom", "saddlepoint")},
    "likelihood_ratio": deviances,
    "term_test": lambda: wald("logit", regressors()),
    "joint_test": lambda: wald("gaussian", regressors()[:, 1:]),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_equal_weights_give_the_unweighted_answer(name):
    """Estimates; of a test Pearson's (or Wald's, or the difference of deviances), else its F."""
    rows = ROWS.assign(w=7.0)
    made = ESTIMATORS[name](rows, declare(rows, weights="w"))
    if isinstance(made, Hypothesis):
        got = made.statistic if np.isnan(made.unadjusted) else made.unadjusted
    else:
        got = (made.estimates if isinstance(made, Regression) else made).values
    rtol = 1e-6 if "marginal" in name or "ordinal" in name else 1e-9
    np.testing.assert_allclose(got, UNWEIGHTED[name](), rtol=rtol, atol=1e-9)


def test_the_t_tests_are_students():
    """Of independent rows with equal weights and nothing missing."""
    rows = BOTH.reset_index(drop=True).assign(w=7.0)
    design = declare(rows, weights="w")
    theirs = {
        "mean_test": stats.ttest_1samp(rows["y"], 45.0),
        "paired_test": stats.ttest_rel(rows["y"], rows["x"]),
    }
    for name, test in theirs.items():
        line = ESTIMATORS[name](rows, design).table.iloc[0]
        want = test.statistic, test.df, test.pvalue
        np.testing.assert_allclose(line[["statistic", "df", "p_value"]].astype(float), want, rtol=1e-9)
