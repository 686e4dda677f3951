"""How often bounds under drifting trends hold the truth, and how wide they are: the table of docs/effects.md.

    python -m tests.simulations.trend_bounds

Pilots drift by the same step from wave to wave before the start and by M̄ times as much after it, the most
that the restriction allows; no effect. Beside our intervals stand the authors' test, which takes normal
quantiles and the covariance as known, and what is often done instead: the identified set widened by the error
of the effect alone, as if the drift before were known (diff-diff 3.13 does for relative magnitudes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from surveylib.evaluation.trends import drift_interval, moments_of
from surveylib.numerics.inequalities import allowed
from surveylib.numerics.randomisation import welch
from surveylib.rng import stream

LEVEL, SIMS, WIDTHS = 0.90, 2000, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Units an arm, waves before the start, drift of the pilots a wave, sd of a unit's shock in a wave."""

    pilots: int = 5
    comparisons: int = 10
    before: int = 2
    drift: float = 0.0
    m_bar: float = 1.0
    pilot_sd: float = 0.1


WORLDS = (
    World(),
    World(drift=0.1),
    World(drift=0.5),
    World(drift=0.5, pilot_sd=0.2),
    World(drift=0.5, pilots=2, comparisons=8),
    World(drift=0.1, before=3),
    World(drift=0.5, before=3),
)


def drawn(world: World, number: int) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Changes after and drifts before of every unit, and who is piloted."""
    random = stream(7, "trend bounds", repr(world), number)
    treated = np.arange(world.pilots + world.comparisons) < world.pilots
    y = random.normal(0, np.where(treated, world.pilot_sd, 0.1)[:, None], (len(treated), world.before + 1))
    steps = np.append(np.arange(world.before), world.before - 1 + world.m_bar)
    y[treated] += world.drift * steps
    return y[:, -1] - y[:, -2], list(np.diff(y[:, :-1], axis=1).T), treated


def held(world: World, *, sims: int = SIMS) -> dict[str, float]:
    """Share of intervals with the truth: by t, by the normal, and with the drift taken as known."""
    counts = dict.fromkeys(("t", "normal", "naive"), 0)
    at = np.zeros(1)
    for number in range(sims):
        effect, drifts, treated = drawn(world, number)
        sets = moments_of(effect, drifts, treated, world.m_bar)
        counts["t"] += any(allowed(at, one, level=LEVEL)[0] for one in sets)
        counts["normal"] += any(allowed(at, replace(one, df=math.inf), level=LEVEL)[0] for one in sets)
        low, high = naive(effect, drifts, treated, world.m_bar)
        counts["naive"] += low <= 0 <= high
    return {name: count / sims for name, count in counts.items()}


def naive(effect, drifts, treated, m_bar: float) -> tuple[float, float]:
    seen = welch(effect, treated)
    half = m_bar * max(abs(welch(one, treated).estimate) for one in drifts)
    half += stats.norm.ppf((1 + LEVEL) / 2) * seen.std_error
    return seen.estimate - half, seen.estimate + half


def width(world: World) -> float:
    """Mean length of our intervals."""
    ends = [drift_interval(*drawn(world, number), world.m_bar, LEVEL) for number in range(WIDTHS)]
    return float(np.mean([high - low for low, high in ends]))


def line(world: World) -> str:
    """The row of the table for one world."""
    shares = (f"{100 * value:.1f}" for value in held(world).values())
    restless = ", pilots twice as restless" if world.pilot_sd > 0.1 else ""
    who = f"{world.pilots} v {world.comparisons}{restless}"
    cells = (who, str(world.before), f"{world.drift:g}", *shares, f"{width(world):.2f}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    print("| units | waves before | drift a wave | ours | normal | drift as known | mean length |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for world in WORLDS:
        print(line(world), flush=True)


if __name__ == "__main__":
    main()
