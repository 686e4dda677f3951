"""Studies made up by declared rules, to see what the estimators and the decision rule do with them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from surveylib.evaluation.scale_ends import Endless, Ends, scale_of
from surveylib.model.scenario import Scenario


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """Studies drawn from a scenario with a true effect of nought: a study is a row.

    Of every unit (pilots first) and wave (studies, units, waves), before and after: `shocks`, by which the
    world departs from the unit's level; `noise`, by which the sample departs from the world; `errors`, the
    estimated errors. `own` is each unit's departure from the average effect, `new` that of a unit not in the
    study. All of it on a scale without ends; `scale` says what can be seen of it.
    """

    scenario: Scenario
    scale: Endless | Ends
    shocks: tuple[np.ndarray, np.ndarray]
    noise: tuple[np.ndarray, np.ndarray]
    errors: tuple[np.ndarray, np.ndarray]
    own: np.ndarray
    new: np.ndarray

    @property
    def treated(self) -> np.ndarray:
        return np.arange(self.scenario.units) < len(self.scenario.pilots)

    def moved(self, effect: float) -> tuple[np.ndarray, np.ndarray]:
        """How far each unit is from its level before and after (s, n, waves), were the effect `effect`."""
        gained = np.where(self.treated, effect + self.own, 0.0)[:, :, None]
        return self.shocks[0], self.shocks[1] + gained

    def means(self, effect: float) -> tuple[np.ndarray, np.ndarray]:
        """Unit means as surveyed before and after (s, n, waves); without ends, departures from the level."""
        before, after = (
            self.scale.shown(moved) + noise * self.scale.spread(moved)
            for moved, noise in zip(self.moved(effect), self.noise, strict=True)
        )
        return before, after

    def std_errors(self, effect: float) -> tuple[np.ndarray, np.ndarray]:
        """Their estimated errors, likewise."""
        before, after = (
            errors * self.scale.spread(moved)
            for moved, errors in zip(self.moved(effect), self.errors, strict=True)
        )
        return before, after

    def changes(self, effect: float) -> np.ndarray:
        """Unit changes (s, n) were the true average effect `effect`."""
        before, after = self.means(effect)
        return after.mean(axis=2) - before.mean(axis=2)

    def variances(self, effect: float) -> np.ndarray:
        """Estimated sampling variances of the changes (s, n)."""
        parts = [(e**2).sum(axis=2) / e.shape[2] ** 2 for e in self.std_errors(effect)]
        return parts[0] + parts[1]


def simulate(scenario: Scenario, *, sims: int, rng: np.random.Generator) -> Simulated:
    """Draw `sims` studies: unit means with shocks a wave, answers' sampling error, and its estimate."""
    answers, waves = np.array(scenario.cells, dtype=float), len(scenario.pre)
    sides = [_side(scenario, n, sims, rng) for n in (answers[:, :waves], answers[:, waves:])]
    shocks, noise, errors = ((one, other) for one, other in zip(*sides, strict=True))
    common = scenario.common * rng.standard_normal((sims, 1, 1))
    return Simulated(
        scenario=scenario,
        scale=scale_of(scenario),
        shocks=(shocks[0], shocks[1] + common),
        noise=noise,
        errors=errors,
        own=scenario.tau * rng.standard_normal((sims, scenario.units)),
        new=scenario.tau * rng.standard_normal(sims),
    )


def _side(scenario: Scenario, count: np.ndarray, sims: int, rng) -> tuple[np.ndarray, ...]:
    """Shocks, sampling noise and its estimated error (s, n, waves) from effective answers (n, waves)."""
    shape = (sims, *count.shape)
    shocks = scenario.sigma * rng.standard_normal(shape)
    noise = scenario.sd / np.sqrt(count) * rng.standard_normal(shape)
    # A mean and its estimated variance are independent where answers are normal.
    spread = rng.chisquare(count - 1, size=shape) / (count - 1)
    return shocks, noise, scenario.sd * np.sqrt(spread / count)


def cells_of(made: Simulated, *, number: int, effect: float, level: float = 3.6) -> pd.DataFrame:
    """One of the simulated studies as the cells `evaluate` takes: a row a unit and wave.

    `level` is every unit's where the scale does not end.

    Examples
    --------
    >>> scenario = Scenario(pilots=(150,) * 5, comparisons=(150,) * 10)
    >>> made = simulate(scenario, sims=1, rng=np.random.default_rng(1))
    >>> len(cells_of(made, number=0, effect=0.2))
    30
    """
    scenario, added = made.scenario, 0.0 if made.scenario.levels else level
    means = np.concatenate(made.means(effect), axis=2)[number] + added
    errors = np.concatenate(made.std_errors(effect), axis=2)[number]
    waves = [(wave, "pre") for wave in scenario.pre] + [(wave, "post") for wave in scenario.post]
    rows = []
    for unit, pilot in enumerate(made.treated):
        who = (f"p{unit:03d}", "pilot") if pilot else (f"q{unit:03d}", "comparison")
        for place, wave in enumerate(waves):
            found = (means[unit, place], errors[unit, place], scenario.cells[unit][place])
            rows.append((*who, *wave, *found))
    return pd.DataFrame(rows, columns=["unit", "arm", "wave", "role", "mean", "se", "n"])
