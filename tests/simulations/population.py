"""A made-up population to draw from: districts, villages in them, people in those; skewed, alike within a
village."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from surveylib.rng import stream

DISTRICTS, VILLAGES = 8, 60  # villages in each district


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """The people, and where each village's rows begin and end (people stand in the order of villages)."""

    people: pd.DataFrame
    starts: np.ndarray

    @property
    def size(self) -> int:
        return len(self.people)


def population(seed: int) -> Population:
    """About 14,200 people in 480 villages of 10 to 60 in 8 districts.

    Columns: ``wait`` (days; skewness near 2, intraclass correlation in villages near 0.11), ``satisfied``
    (seven of ten, alike within a village), ``complained`` (one in forty-two), ``minority`` (one in twenty:
    the small domain), ``age`` and ``sex`` (known margins; satisfaction goes with age), and ``M``, the size of
    the village.
    """
    random = stream(seed, "population")
    count = DISTRICTS * VILLAGES
    sizes = 10 + random.binomial(50, random.beta(1.5, 2.25, count))
    village = np.repeat(np.arange(count), sizes)
    district, n = village // VILLAGES, len(village)
    age = random.choice(3, n, p=[0.35, 0.4, 0.25])
    in_village = random.normal(0, 1, count)
    mood = 0.35 * in_village + 0.25 * random.normal(0, 1, count)
    chance = special.expit(0.5 + 0.45 * age + mood[village] + 0.1 * (district - 3.5))
    people = pd.DataFrame(
        {
            "district": district,
            "village": village,
            "person": np.arange(n),
            "age": age,
            "sex": random.choice(2, n, p=[0.52, 0.48]),
            "wait": np.exp(
                2.4 - 0.1 * age + 0.05 * district - 0.18 * in_village[village] + 0.54 * random.normal(0, 1, n)
            ),
            "satisfied": (random.random(n) < chance).astype(float),
            "complained": (random.random(n) < 0.025).astype(float),
            "minority": (random.random(n) < 0.05).astype(int),
            "M": sizes[village].astype(float),
        }
    )
    return Population(people=people, starts=np.concatenate([[0], np.cumsum(sizes)]))
