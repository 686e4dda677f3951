"""An extension in stages: the order drawn by lot, and what that design can find.

Who waits is decided by lot, and those who wait compare. After every step a wave is read, and all waves that
are in count, as `staggered` will count them. The effect may be found at any step, so each look has a level
that lets nought be found at any of them 5 times in 100. Once nobody waits there is nothing to compare with.

Hussey & Hughes (2007), doi:10.1016/j.cct.2006.05.007; Pocock (1977), doi:10.1093/biomet/64.2.191.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
from scipy import stats

from surveylib.evaluation.effect import MDE_ALPHA, MDE_POWER
from surveylib.model.evidence import Evidence, Staged
from surveylib.model.plan import AnalysisPlan
from surveylib.numerics.staged_looks import looks, steps
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
    made = Staged(batches=groups, seed=evidence.seed, effect=plan.thresholds.sesoi, power=None, mde=None)
    world = _world(evidence)
    if world is None or not steps(tuple(parts)):
        return made
    found = staged_power(
        tuple(parts), **world, effect=plan.thresholds.sesoi, rng=stream(evidence.seed, "staged_power")
    )
    return dataclasses.replace(
        made,
        power=found.power,
        mde=found.mde,
        looks=found.looks,
        first=found.first,
        level=found.level,
        familywise=found.familywise,
    )


def _world(evidence: Evidence) -> dict[str, float] | None:
    """By the ups and downs this pilot showed: σ and τ at their posterior means, the sampling error of a
    unit in a wave."""
    known = evidence.posterior[evidence.posterior["prior"] == "plan"].set_index("quantity")["estimate"]
    if "sigma" not in known:
        return None
    rows = evidence.changes[
        (evidence.changes["outcome"] == evidence.primary) & (evidence.changes["arm"] == "comparison")
    ]
    waves = rows[["n_pre_waves", "n_post_waves"]].astype(float)
    sampling = rows["std_error"].astype(float) ** 2 / (1 / waves).sum(axis=1)
    return {
        "sigma": float(known["sigma"]),
        "tau": float(known["tau"]),
        "error": float(np.sqrt(sampling.mean())),
    }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StagedPower:
    """What a staged start finds: at any look, at the first alone, at which level, how often wrongly."""

    power: float
    mde: float
    looks: int
    first: float
    level: float
    familywise: float


def staged_power(
    sizes: tuple[int, ...],
    *,
    sigma: float,
    tau: float,
    error: float,
    effect: float,
    rng: np.random.Generator,
) -> StagedPower:
    """The chance that a staged start finds `effect` at one of its steps, by 20,000 simulated extensions.

    The look's bound is the one that a null effect passes at any look in 5 % of one half of further 20,000
    null extensions; the other half, not used for it, says how often it does (`familywise`).

    Parameters
    ----------
    sizes : tuple of int
        Units of every batch, in the order of their start.
    sigma, error : float
        Standard deviation of a unit's shock in a wave, and of its sampling error in a wave.
    tau : float
        Standard deviation of the effect over units.

    Examples
    --------
    >>> made = staged_power(
    ...     (4, 3, 3), sigma=0.1, tau=0.1, error=0.074, effect=0.2, rng=np.random.default_rng(1)
    ... )
    >>> made.looks, made.power > made.first, round(made.familywise, 2)
    (2, True, 0.05)
    """
    spread = float(np.hypot(sigma, error))
    null = _statistics(sizes, spread=spread, tau=0.0, rng=rng)
    worst = np.abs(null[0] / null[1]).max(axis=1)
    bound = float(np.quantile(worst[: DRAWS // 2], 1 - MDE_ALPHA))
    estimates, errors = _statistics(sizes, spread=spread, tau=tau, rng=rng)
    # Whatever is added to every started unit is added to every estimate: the least that would be found.
    least = bound * errors - estimates
    one = np.abs(null[0][:, 0] / null[1][:, 0])
    return StagedPower(
        power=float((least.min(axis=1) <= effect).mean()),
        mde=float(np.quantile(least.min(axis=1), MDE_POWER)),
        looks=least.shape[1],
        first=float((least[:, 0] <= effect).mean()),
        level=float((one >= bound).mean()),
        familywise=float((worst[DRAWS // 2 :] >= bound).mean()),
    )


def _statistics(sizes: tuple[int, ...], *, spread: float, tau: float, rng) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and errors of every look (draws, looks) where the average effect is nought."""
    units, waves = sum(sizes), len(steps(sizes)) + 1
    y = spread * rng.standard_normal((DRAWS, units, waves))
    own, batch = tau * rng.standard_normal((DRAWS, units)), np.repeat(np.arange(len(sizes)), sizes)
    for wave in range(1, waves):
        y[:, batch < wave, wave] += own[:, batch < wave]
    return looks(y, sizes=sizes)


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
