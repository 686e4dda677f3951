"""How often each method finds an effect where there is none: those the tool offers, and those it refuses.

What the tool refuses exists here alone. All rest on the cells of simulated studies: means, numbers of
answers, and standard deviations are all these methods need of the respondents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from surveylib.evaluation.diagnose import diagnose
from surveylib.evaluation.guards import cr2
from surveylib.evaluation.simulate import Simulated, simulate
from surveylib.model.plan import default_plan
from surveylib.model.scenario import Scenario
from surveylib.numerics.clusters import cr1, wild_bootstrap
from surveylib.numerics.many_studies import randomisation_p_many, welch_many
from surveylib.numerics.randomisation import assignments, coefficients, share_as_large, sign_flip_p, sums
from surveylib.rng import stream

SIMS, SEED, ALPHA = 4000, 2014, 0.05
_USUAL = Scenario(pilots=(150,) * 5, comparisons=(150,) * 10, tau=0.0)
_UNEQUAL = {
    "pilots": (40, 80, 150, 250, 400),
    "comparisons": (400, 300, 250, 200, 150, 120, 100, 80, 60, 40),
}
SCENARIOS: dict[str, Scenario] = {
    "σ = 0.1": _USUAL,
    "σ = 0.2": replace(_USUAL, sigma=0.2),
    "unequal cells": replace(_USUAL, **_UNEQUAL),
    "effects differ, τ = 0.15": replace(_USUAL, tau=0.15),
    "common shock 0.1": replace(_USUAL, common=0.1),
    "5 v 5": replace(_USUAL, comparisons=(150,) * 5),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """Two waves of many studies: means and sample variances (s, n, 2), answers (n,), pilots first."""

    means: np.ndarray
    variances: np.ndarray
    n: np.ndarray
    treated: np.ndarray

    @property
    def changes(self) -> np.ndarray:
        return self.means[:, :, 1] - self.means[:, :, 0]

    @property
    def within(self) -> np.ndarray:
        """Sums of squares inside the cells (s, n, 2)."""
        return (self.n - 1)[:, None] * self.variances


def cells(made: Simulated) -> Cells:
    """The cells of studies simulated with one wave a side and no average effect."""
    n = np.array([*made.scenario.pilots, *made.scenario.comparisons], dtype=float)
    return Cells(
        means=np.concatenate(made.means(0.0), axis=2),
        variances=np.concatenate(made.std_errors(0.0), axis=2) ** 2 * n[:, None],
        n=n,
        treated=made.treated,
    )


def _groups(seen: Cells, units: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Pooled respondents of some units: means and sums of squares before and after (s, 2), their number."""
    share = seen.n[units] / seen.n[units].sum()
    mean = np.einsum("u,sut->st", share, seen.means[:, units])
    between = np.einsum("u,sut->st", seen.n[units], (seen.means[:, units] - mean[:, None]) ** 2)
    return mean, seen.within[:, units].sum(axis=1) + between, float(seen.n[units].sum())


def pooled_before_after(seen: Cells) -> np.ndarray:
    """p of Welch's t on the pilots' respondents, after against before."""
    mean, square, total = _groups(seen, seen.treated)
    parts = square / (total - 1) / total
    df = parts.sum(axis=1) ** 2 / (parts**2 / (total - 1)).sum(axis=1)
    return 2 * stats.t.sf(np.abs(mean[:, 1] - mean[:, 0]) / np.sqrt(parts.sum(axis=1)), df)


def each_pilot(seen: Cells) -> np.ndarray:
    """p of Welch's t on each pilot unit's own respondents (s, pilots)."""
    part = (seen.variances / seen.n[:, None])[:, seen.treated]
    df = part.sum(axis=2) ** 2 / (part**2 / (seen.n[seen.treated] - 1)[:, None]).sum(axis=2)
    t = seen.changes[:, seen.treated] / np.sqrt(part.sum(axis=2))
    return 2 * stats.t.sf(np.abs(t), df)


def some_pilot(seen: Cells) -> np.ndarray:
    return each_pilot(seen).min(axis=1)


def some_pilot_holm(seen: Cells) -> np.ndarray:
    return np.minimum(each_pilot(seen).min(axis=1) * seen.treated.sum(), 1.0)


def respondents_hc1(seen: Cells) -> np.ndarray:
    """p of pilot × after in the saturated regression of respondents, errors HC1."""
    estimate, variance, whole = 0.0, 0.0, 2 * seen.n.sum()
    for sign, units in ((1, seen.treated), (-1, ~seen.treated)):
        mean, square, total = _groups(seen, units)
        estimate = estimate + sign * (mean[:, 1] - mean[:, 0])
        variance = variance + square.sum(axis=1) / total**2
    t = estimate / np.sqrt(variance * whole / (whole - 4))
    return 2 * stats.t.sf(np.abs(t), whole - 4)


def unit_intercepts(seen: Cells) -> np.ndarray:
    """p of pilot × after with an intercept a unit and otherwise independent respondents.

    The intercepts are fixed: with as many answers after as before, random ones give the same coefficient.
    """
    d, rest = seen.changes, seen.within.sum(axis=(1, 2))
    estimate, factor = 0.0, 0.0
    for sign, units in ((1, seen.treated), (-1, ~seen.treated)):
        n = seen.n[units]
        mean = d[:, units] @ n / n.sum()
        estimate = estimate + sign * mean
        factor = factor + 2 / n.sum()
        rest = rest + (n / 2 * (d[:, units] - mean[:, None]) ** 2).sum(axis=1)
    df = 2 * seen.n.sum() - len(seen.n) - 2
    return 2 * stats.t.sf(np.abs(estimate) / np.sqrt(rest / df * factor), df)


def pilots_alone(seen: Cells) -> np.ndarray:
    """p of the one-sample t on the pilots' changes: a change, taken for an effect."""
    return stats.ttest_1samp(seen.changes[:, seen.treated], 0.0, axis=1).pvalue


def sign_flips(seen: Cells) -> np.ndarray:
    return np.array([sign_flip_p(d) for d in seen.changes[:, seen.treated]])


def _each_study(seen: Cells, test: Callable[[np.ndarray, np.ndarray], float]) -> np.ndarray:
    counts = np.stack([seen.n, seen.n], axis=1)
    return np.array([test(means, counts) for means in seen.means])


def clustered_cr1(seen: Cells) -> np.ndarray:
    def one(means, counts) -> float:
        made = cr1(means, counts, seen.treated)
        return 2 * stats.t.sf(abs(made.statistic), made.df)

    return _each_study(seen, one)


def clustered_cr2(seen: Cells) -> np.ndarray:
    rows = pd.DataFrame(
        {"arm": np.where(seen.treated, "pilot", "comparison"), "n_pre": seen.n, "n_post": seen.n}
    )

    def one(means, counts) -> float:
        made = cr2(rows.assign(pre=means[:, 0], post=means[:, 1]))
        return 2 * stats.t.sf(abs(made.statistic), made.df)

    return _each_study(seen, one)


def wild(seen: Cells) -> np.ndarray:
    return _each_study(seen, lambda means, counts: wild_bootstrap(means, counts, seen.treated).p)


def randomised_raw(seen: Cells) -> np.ndarray:
    """The difference itself under every assignment, a few studies at a time."""
    every, out = assignments(seen.treated), []
    for part in np.array_split(seen.changes.T, max(1, len(seen.changes) // 50), axis=1):
        observed = coefficients(sums(part, seen.treated[None]))[0]
        out.append(share_as_large(coefficients(sums(part, every)), observed))
    return np.concatenate(out)


def welch_t(seen: Cells) -> np.ndarray:
    made = welch_many(seen.changes, seen.treated)
    return 2 * stats.t.sf(np.abs(made.statistic), made.df)


def pooled_t(seen: Cells) -> np.ndarray:
    return stats.ttest_ind(seen.changes[:, seen.treated], seen.changes[:, ~seen.treated], axis=1).pvalue


def ibragimov_mueller(seen: Cells) -> np.ndarray:
    made = welch_many(seen.changes, seen.treated)
    df = min(seen.treated.sum(), (~seen.treated).sum()) - 1
    return 2 * stats.t.sf(np.abs(made.statistic), df)


def randomised_t(seen: Cells) -> np.ndarray:
    return randomisation_p_many(seen.changes, seen.treated, assignments(seen.treated))


def larger_p(seen: Cells) -> np.ndarray:
    return np.maximum(welch_t(seen), randomised_t(seen))


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way to a p-value: its name, what the tool does with it, and the p of every study."""

    name: str
    tool: str
    p: Callable[[Cells], np.ndarray]

    @property
    def primary(self) -> bool:
        return "primary" in self.tool


METHODS = (
    Method(
        name="respondents of the pilots, before against after", tool="refuses (R1)", p=pooled_before_after
    ),
    Method(name="some pilot unit is significant", tool="refuses (R1)", p=some_pilot),
    Method(name="the same with Holm", tool="refuses (R1)", p=some_pilot_holm),
    Method(name="difference in differences of respondents, HC1", tool="refuses (R1)", p=respondents_hc1),
    Method(name="the same with an intercept a unit", tool="refuses (R1)", p=unit_intercepts),
    Method(name="t on the pilots' changes alone", tool="a change, not an effect", p=pilots_alone),
    Method(name="sign-flip on the pilots' changes alone", tool="a change, not an effect", p=sign_flips),
    Method(name="clustered by unit, CR1", tool="shown with a warning", p=clustered_cr1),
    Method(name="clustered by unit, CR2 with Bell–McCaffrey df", tool="guard", p=clustered_cr2),
    Method(name="wild cluster bootstrap, restricted, enumerated", tool="shown", p=wild),
    Method(name="pooled t on unit changes (Donald–Lang)", tool="shown", p=pooled_t),
    Method(name="Ibragimov–Müller", tool="guard", p=ibragimov_mueller),
    Method(name="randomisation, raw difference", tool="not used", p=randomised_raw),
    Method(name="Welch's t on unit changes", tool="primary, with the next", p=welch_t),
    Method(name="randomisation, studentised", tool="primary, with the last", p=randomised_t),
    Method(name="the larger p of these two", tool="**primary**", p=larger_p),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """False positives of every method in one scenario, and what the intervals cover: shares."""

    found: tuple[float, ...]
    interval: float
    new_unit: float


def rates(name: str, *, sims: int = SIMS, methods: tuple[Method, ...] = METHODS) -> Rates:
    """Simulate one scenario without any average effect."""
    scenario = SCENARIOS[name]
    seen = cells(simulate(scenario, sims=sims, rng=stream(SEED, "false positives", name)))
    found = tuple(float((one.p(seen) <= ALPHA).mean()) for one in methods)
    made = diagnose(scenario, plan=default_plan(), effects=[0.0], sims=sims, seed=SEED).set_index(
        ["kind", "quantity"]
    )["estimate"]
    return Rates(
        found=found,
        interval=float(made["estimate", "coverage"]),
        new_unit=float(made["new_unit", "coverage"]),
    )
