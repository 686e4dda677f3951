"""What the ends of a scale let be seen of a simulated world: near the top a gain shows less."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surveylib.model.scenario import Scenario
from surveylib.numerics.coded_means import coded_mean, coded_slope, coded_variance, latent_mean


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Endless:
    """A scale without ends: everything shows as it is; unit means are departures from the unit's level."""

    def shown(self, moved: np.ndarray) -> np.ndarray:
        return moved

    def spread(self, moved: np.ndarray) -> np.ndarray:
        return np.ones(1)

    def average(self, effect: float) -> float:
        return effect

    def new_unit(self, gains: np.ndarray) -> np.ndarray:
        return gains


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ends:
    """A scale of codes: every answer is a latent one given as the nearest code, and the ends stay the ends.

    `latent` is each unit's latent mean before, `stretch` how far it moves for a point gained in the middle
    of the scale.
    """

    scenario: Scenario
    codes: np.ndarray
    latent: np.ndarray
    stretch: float

    def shown(self, moved: np.ndarray) -> np.ndarray:
        """Unit means (s, n, waves) of units that departed from their levels by `moved`."""
        return coded_mean(self._at(moved), self.codes, sd=self.scenario.answer_sd)

    def spread(self, moved: np.ndarray) -> np.ndarray:
        """By how much answers spread, of what they did at the unit's level."""
        sd = self.scenario.answer_sd
        before = coded_variance(self.latent, self.codes, sd=sd)[:, None]
        return np.sqrt(coded_variance(self._at(moved), self.codes, sd=sd) / before)

    def average(self, effect: float) -> float:
        """The pilots' average effect as the scale shows it: the expectation over shocks and units' own."""
        world, pilots = self.scenario, self.latent[: len(self.scenario.pilots)]
        restless = [world.answer_sd, self.stretch * world.sigma, self.stretch * world.common]
        without = coded_mean(pilots, self.codes, sd=math.hypot(*restless))
        spread = math.hypot(*restless, self.stretch * world.tau)
        return float((coded_mean(pilots + self.stretch * effect, self.codes, sd=spread) - without).mean())

    def new_unit(self, gains: np.ndarray) -> np.ndarray:
        """The effect (s,) in a unit not in the study, whose level is the comparison units' median."""
        middle, sd = np.median(self.latent[len(self.scenario.pilots) :]), self.scenario.answer_sd
        return coded_mean(middle + self.stretch * gains, self.codes, sd=sd) - coded_mean(
            middle, self.codes, sd=sd
        )

    def _at(self, moved: np.ndarray) -> np.ndarray:
        return self.latent[:, None] + self.stretch * moved


def scale_of(scenario: Scenario) -> Endless | Ends:
    """The scale on which the scenario's answers are given: with ends where it knows the units' levels.

    >>> high = Scenario(pilots=(150,) * 2, comparisons=(150,) * 2, levels=(4.35,) * 4, tau=0.0)
    >>> round(scale_of(high).average(0.3), 2)
    0.19
    """
    if not scenario.levels:
        return Endless()
    codes = np.array(scenario.codes, dtype=float)
    middle = np.array((codes[0] + codes[-1]) / 2)
    stretch = 1 / float(coded_slope(middle, codes, sd=scenario.answer_sd))
    restless = math.hypot(scenario.answer_sd, stretch * scenario.sigma)
    latent = latent_mean(np.array(scenario.levels), codes, sd=restless)
    return Ends(scenario=scenario, codes=codes, latent=latent, stretch=stretch)
