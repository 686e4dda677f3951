"""Rows of `make bench`: tests and regressions on a million rows."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pandas as pd
from scipy import special
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from surveylib.estimation import declare, totals
from surveylib.estimation.chisquare import association
from surveylib.estimation.regression import regress
from surveylib.model.totals import Request
from surveylib.rng import stream

if find_spec("svy"):
    import polars
    import svy

ROWS, STRATA, PSUS, GROUPS, COVARIATES = 1_000_000, 200, 10_000, 50, 10
DESIGN = {"weights": "weight", "strata": "stratum", "psu": "psu"}

Calls = tuple[Callable[[], object], Callable[[], object], Callable[[object, object], None]]


def made_up() -> pd.DataFrame:
    """Made-up rows: a stratified sample of clusters, an answer, a group, covariates and a yes or no."""
    random = stream(2014, "bench", "models")
    psu = random.integers(PSUS, size=ROWS)
    table = {"stratum": psu % STRATA, "psu": psu, "weight": random.uniform(0.5, 2.0, size=ROWS)}
    table["group"] = random.integers(GROUPS, size=ROWS)
    table["answer"] = random.integers(1, 6, size=ROWS)
    eta = np.full(ROWS, -0.5)
    for number in range(COVARIATES):
        table[f"x{number}"] = random.normal(size=ROWS)
        eta += 0.1 * (number - 4) * table[f"x{number}"]
    table["yes"] = (random.random(ROWS) < special.expit(eta)).astype(float)
    return pd.DataFrame(table)


def logistic_sandwich() -> Calls:
    """statsmodels' GLM and a sandwich by hand: scores per cluster, centred in strata."""
    rows = made_up()
    names = [f"x{number}" for number in range(COVARIATES)]
    model = "yes ~ " + " + ".join(names)

    def ours():
        return regress(rows, declare(rows, **DESIGN), model=model, family="logit").estimates

    def theirs():
        x = np.column_stack([np.ones(ROWS), rows[names].to_numpy()])
        y, w, psu = (rows[name].to_numpy() for name in ("yes", "weight", "psu"))
        fitted = GLM(y, x, family=Binomial(), freq_weights=w).fit(tol=1e-12)
        mu = fitted.fittedvalues
        inverse = np.linalg.inv((x * (w * mu * (1 - mu))[:, None]).T @ x)
        scores = (x * (w * (y - mu))[:, None]) @ inverse
        sums = np.column_stack([np.bincount(psu, score, PSUS) for score in scores.T])
        matrix = np.zeros((len(inverse), len(inverse)))
        for stratum in range(STRATA):
            inside = sums[stratum::STRATA]
            centred = inside - inside.mean(axis=0)
            matrix += len(inside) / (len(inside) - 1) * centred.T @ centred
        return fitted.params, matrix

    def agree(estimates, other) -> None:
        np.testing.assert_allclose(estimates.values, other[0], rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(estimates.table["std_error"], np.sqrt(np.diag(other[1])), rtol=1e-9)

    return ours, theirs, agree


def _rao_scott(rows: pd.DataFrame) -> Callable[[], object]:
    asked = [Request(kind="proportion", variable="answer")]
    return lambda: association(
        totals(rows, declare(rows, **DESIGN), requests=asked, by=["group"]), variable="answer"
    )


def rao_scott_naive() -> Calls:
    """The cells of the table as columns of a matrix, one indicator each, and Rao and Scott's formula."""
    rows = made_up()

    def naive():
        w, psu = rows["weight"].to_numpy(), rows["psu"].to_numpy()
        pairs = [(g, a) for g in range(GROUPS) for a in range(1, 6)]
        cells = [((rows["group"] == g) & (rows["answer"] == a)).to_numpy() for g, a in pairs]
        sums = np.column_stack([np.bincount(psu, w * cell, PSUS) for cell in cells])
        shares = sums.sum(axis=0) / w.sum()
        z = (sums - sums.sum(axis=1, keepdims=True) * shares) / w.sum()
        means = np.stack([z[stratum::STRATA].mean(axis=0) for stratum in range(STRATA)])
        sizes = np.bincount(np.arange(PSUS) % STRATA)[np.arange(PSUS) % STRATA]
        z = (z - means[np.arange(PSUS) % STRATA]) * np.sqrt(sizes / (sizes - 1))[:, None]
        table = shares.reshape(GROUPS, 5)
        expected = np.outer(table.sum(axis=1), table.sum(axis=0))
        contrasts = np.kron(*(np.linalg.qr(np.eye(k)[:, 1:] - 1 / k)[0] for k in (GROUPS, 5)))
        scaled = contrasts / shares[:, None]
        effects = np.linalg.solve(contrasts.T @ scaled, scaled.T @ (z.T @ z) @ scaled) * ROWS
        return ROWS * ((table - expected) ** 2 / expected).sum() / np.trace(effects)

    def agree(test, other) -> None:
        np.testing.assert_allclose(test.statistic, other, rtol=1e-9)

    return _rao_scott(rows), naive, agree


def rao_scott_svy() -> Calls:
    """`svy` on the same rows in polars."""
    rows = made_up()
    frame = polars.from_pandas(rows[["stratum", "psu", "weight", "group", "answer"]])

    def theirs():
        sample = svy.Sample(frame, svy.Design(stratum="stratum", psu="psu", wgt="weight"))
        return sample.categorical.tabulate(rowvar="group", colvar="answer")

    def agree(test, other) -> None:
        np.testing.assert_allclose(test.statistic, other.stats.f.value, rtol=1e-6)

    return _rao_scott(rows), theirs, agree
