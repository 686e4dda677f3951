"""The designs whose intervals are counted: how each draws, and how its sample is declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.estimation import declare, unequal
from surveylib.model.design import SurveyDesign
from surveylib.model.unequal import UnequalDraw
from surveylib.weighting import Target, calibrate_to, calibration_columns
from tests.simulations.population import DISTRICTS, VILLAGES, Population


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampled:
    """One sample: its rows and what an analyst would declare about them."""

    rows: pd.DataFrame
    design: SurveyDesign
    draw: UnequalDraw | None = None


def simple(whole: Population, random: np.random.Generator) -> Sampled:
    """400 people, simple random, without replacement."""
    rows = whole.people.take(random.choice(whole.size, 400, replace=False)).assign(N=whole.size)
    return Sampled(rows=rows, design=declare(rows, fpc="N"))


def stratified(whole: Population, random: np.random.Generator, *, each: int = 50) -> Sampled:
    """50 people of each of the 8 districts, which differ in size."""
    district = whole.people["district"].to_numpy()
    sizes = np.bincount(district)
    picked = [random.choice(size, each, replace=False) for size in sizes]
    first = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    rows = whole.people.take(np.concatenate([a + b for a, b in zip(first, picked, strict=True)]))
    rows = rows.assign(N=sizes[rows["district"]])
    return Sampled(rows=rows, design=declare(rows, strata="district", fpc="N"))


def clustered(whole: Population, random: np.random.Generator) -> Sampled:
    """5 of the 60 villages of each district, everybody in them."""
    rows = _whole_villages(whole, _villages(random, each=5)).assign(N=VILLAGES)
    return Sampled(rows=rows, design=declare(rows, strata="district", psu="village", fpc="N"))


def six_clusters(whole: Population, random: np.random.Generator) -> Sampled:
    """6 of the 480 villages, everybody in them: 5 degrees of freedom."""
    villages = random.choice(DISTRICTS * VILLAGES, 6, replace=False)
    rows = _whole_villages(whole, villages).assign(N=DISTRICTS * VILLAGES)
    return Sampled(rows=rows, design=declare(rows, psu="village", fpc="N"))


def two_stage(whole: Population, random: np.random.Generator) -> Sampled:
    """5 of the 60 villages of each district, 10 people of each; finite populations at both stages."""
    villages = _villages(random, each=5)
    sizes = np.diff(whole.starts)[villages]
    picked = [
        start + random.choice(size, 10, replace=False)
        for start, size in zip(whole.starts[villages], sizes, strict=True)
    ]
    rows = whole.people.take(np.concatenate(picked)).assign(N=VILLAGES)
    made = declare(rows, strata="district", psu="village", fpc="N", psu2="person", fpc2="M")
    return Sampled(rows=rows, design=made)


def proportional(whole: Population, random: np.random.Generator) -> Sampled:
    """5 villages of each district by size, without replacement; Brewer's variance."""
    rows = _by_size(whole, random)
    made = declare(rows, weights="w", strata="district", psu="village")
    return Sampled(rows=rows, design=made, draw=unequal(rows, made, probability="chance"))


def raked(whole: Population, random: np.random.Generator) -> Sampled:
    """700 people drawn, of whom the old and the women answer more often; raked to age and sex."""
    asked = whole.people.take(random.choice(whole.size, 700, replace=False))
    age, sex = asked["age"].to_numpy(), asked["sex"].to_numpy()
    answers = random.random(len(asked)) < np.array([0.5, 0.65, 0.85])[age] * np.array([1.0, 0.8])[sex]
    rows = asked[answers].reset_index(drop=True)
    base, targets = np.full(len(rows), whole.size / len(rows)), _margins(whole)
    step = calibrate_to(base, rows, targets=targets)
    columns = calibration_columns(rows, targets=targets, weights=base)
    made = declare(rows, weights=step.values, calibration=columns, calibration_weights=base)
    return Sampled(rows=rows, design=made)


def for_domain(whole: Population, random: np.random.Generator) -> Sampled:
    """100 people of each district, of whom about one in twenty belongs to the domain."""
    return stratified(whole, random, each=100)


def _villages(random: np.random.Generator, *, each: int) -> np.ndarray:
    picked = np.array([random.choice(VILLAGES, each, replace=False) for _ in range(DISTRICTS)])
    return (picked + VILLAGES * np.arange(DISTRICTS)[:, None]).ravel()


def _whole_villages(whole: Population, villages: np.ndarray) -> pd.DataFrame:
    places = [np.arange(whole.starts[v], whole.starts[v + 1]) for v in villages]
    return whole.people.take(np.concatenate(places))


def _by_size(whole: Population, random: np.random.Generator, *, each: int = 5) -> pd.DataFrame:
    """Systematic with probability proportional to size, the villages of a district in random order."""
    sizes, villages, chances = np.diff(whole.starts), [], []
    for district in range(DISTRICTS):
        order = VILLAGES * district + random.permutation(VILLAGES)
        chance = each * sizes[order] / sizes[order].sum()
        ends = np.cumsum(chance)
        hit = np.searchsorted(ends, random.random() + np.arange(each), side="right")
        villages.append(order[hit])
        chances.append(chance[hit])
    rows = _whole_villages(whole, np.concatenate(villages))
    chance = pd.Series(np.concatenate(chances), index=np.concatenate(villages))
    probability = chance.loc[rows["village"]].to_numpy()
    return rows.assign(chance=probability, w=1 / probability)


def _margins(whole: Population) -> list[Target]:
    return [
        Target(variable=name, levels=tuple(map(str, counts.index)), counts=counts.to_numpy(dtype=float))
        for name, counts in ((v, whole.people[v].value_counts().sort_index()) for v in ("age", "sex"))
    ]


DESIGNS: dict[str, Callable[[Population, np.random.Generator], Sampled]] = {
    "simple random": simple,
    "stratified": stratified,
    "clustered": clustered,
    "two-stage, FPC at both": two_stage,
    "PPS without replacement": proportional,
    "raked": raked,
    "domain of 5 %": for_domain,
    "six clusters": six_clusters,
}
