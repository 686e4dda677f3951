"""An extension in stages: the order drawn by lot, and what that design can find.

Who waits is decided by lot, and those who wait compare. Hussey & Hughes (2007),
doi:10.1016/j.cct.2006.05.007, is the design in full; here the first step alone is counted upon, the first
batch against the rest, which is what can be read when the first wave after it is in.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from scipy import stats

from surveylib.evaluation.effect import MDE_ALPHA, MDE_POWER
from surveylib.model.evidence import Evidence, Staged
from surveylib.model.plan import AnalysisPlan
from surveylib.rng import stream

DRAWS = 20_000


def staged_order(units: Sequence[str], *, seed: int) -> tuple[str, ...]:
    """The units in an order drawn by lot; the same seed draws it again.

    >>> staged_order(["a", "b", "c"], seed=1) == staged_order(["c", "b", "a"], seed=1)
    True
    """
    units = sorted(set(map(str, units)))
    return tuple(units[i] for i in stream(seed, "staged_order").permutation(len(units)))


def staged(evidence: Evidence, *, plan: AnalysisPlan, batches: int = 2) -> Staged | None:
    """The staged extension to the comparison units, with its own power; None without a comparison unit."""
    rows = evidence.changes[evidence.changes["arm"] == "comparison"]
    order = staged_order(rows["unit"].tolist(), seed=evidence.seed)
    if not order:
        return None
    parts = [len(part) for part in np.array_split(np.arange(len(order)), min(batches, len(order)))]
    ends = np.cumsum([0, *parts])
    groups = tuple(order[a:b] for a, b in itertools.pairwise(ends))
    power, least = _power(evidence, first=len(groups[0]), rest=len(order) - len(groups[0]), plan=plan)
    return Staged(batches=groups, seed=evidence.seed, effect=plan.thresholds.sesoi, power=power, mde=least)


def _power(
    evidence: Evidence, *, first: int, rest: int, plan: AnalysisPlan
) -> tuple[float | None, float | None]:
    """By the ups and downs this pilot showed: σ and τ at their posterior means, one wave a side."""
    known = evidence.posterior[evidence.posterior["prior"] == "plan"].set_index("quantity")["estimate"]
    if min(first, rest) < 2 or "sigma" not in known:
        return None, None
    rows = evidence.changes[
        (evidence.changes["outcome"] == evidence.primary) & (evidence.changes["arm"] == "comparison")
    ]
    own = 2 * known["sigma"] ** 2 + float((rows["std_error"].astype(float) ** 2).mean())
    least = least_effects(
        own + known["tau"] ** 2, own, first=first, rest=rest, rng=stream(evidence.seed, "staged_power")
    )
    return float((least <= plan.thresholds.sesoi).mean()), float(np.quantile(least, MDE_POWER))


def least_effects(
    variance_first: float, variance_rest: float, *, first: int, rest: int, rng: np.random.Generator
) -> np.ndarray:
    """The smallest effect that Welch's two-sided 5 % test would have found, in each of many repetitions.

    The share at or below an effect is the power against it, the 80 % quantile the minimal detectable effect.

    >>> least = least_effects(0.0315, 0.0315, first=5, rest=10, rng=np.random.default_rng(1))
    >>> round(float(np.quantile(least, 0.8)), 2)
    0.32
    """
    error = np.sqrt(variance_first / first + variance_rest / rest) * rng.standard_normal(DRAWS)
    one, other = (
        variance / n * rng.chisquare(n - 1, DRAWS) / (n - 1)
        for variance, n in ((variance_first, first), (variance_rest, rest))
    )
    df = (one + other) ** 2 / (one**2 / (first - 1) + other**2 / (rest - 1))
    return stats.t.ppf(1 - MDE_ALPHA / 2, df) * np.sqrt(one + other) - error
