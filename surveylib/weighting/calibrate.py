"""Calibration to what is known of the population: every margin, within every unit and wave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.sample import Frame, require_columns
from surveylib.model.weights import WeightStep, frozen
from surveylib.weighting.cells import Blocks, blocks, codes, labels, with_register
from surveylib.weighting.diagnostics import balance, diagnose
from surveylib.weighting.margins import Margin, build_margin, indicators
from surveylib.weighting.population import WITHIN, Known, Population, register_population
from surveylib.weighting.within import RAKE, Way, calibrate_margins

FEWEST = 5
HIT = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """A calibration step and what it had to say.

    Attributes
    ----------
    step : WeightStep
    indicators : float array (n, p)
        The auxiliary variables it used, for the variance.
    margins, asked : tuple of Margin
        As they could be met, and as they were to be.
    names : tuple of str
        Of the blocks.
    findings : tuple of Finding
    """

    step: WeightStep
    indicators: np.ndarray
    margins: tuple[Margin, ...]
    asked: tuple[Margin, ...]
    names: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "indicators", frozen(self.indicators))


def rake_to_register(
    values: np.ndarray,
    rows: pd.DataFrame,
    *,
    frame: Frame,
    margins: Sequence[str],
    within: Sequence[str] = WITHIN,
    fewest: int = FEWEST,
) -> Calibration:
    """Rake the weights to the register's counts of each margin, within every block of `within`.

    Respondents are classified as the register classifies their dossier; the rest is `calibrate_within`. One
    margin is post-stratification.

    Parameters
    ----------
    values : float array (n,)
        Weights so far.
    rows : DataFrame (n rows)
        Answers with the columns of `within`, and ``dossier`` or the margins.
    frame : Frame
        The register.
    margins : sequence of str
        Register columns, the most important first.

    Raises
    ------
    SurveyError
        A margin the register does not have; answers from a unit and wave that are not in the register.
    """
    if not margins:
        raise SurveyError(
            "no margin to rake to", where="weighting plan", expected="at least one register column"
        )
    rows = with_register(rows, frame=frame, columns=margins)
    population = register_population(frame, margins=margins, within=within)
    return calibrate_within(values, rows, population=population, fewest=fewest)


def calibrate_within(
    values: np.ndarray,
    rows: pd.DataFrame,
    *,
    population: Population,
    way: Way = RAKE,
    fewest: int = FEWEST,
) -> Calibration:
    """Calibrate the weights to the population's counts of each variable, within every block.

    A category with fewer than `fewest` answers is joined to a neighbour; answers of no known category keep
    their share of the block; where margins cannot be met, the last one is given up in that block. All of that
    is noted.

    Parameters
    ----------
    values : float array (n,)
        Weights so far; with bounds or softly they must add up to the blocks' populations (`scale_within`).
    rows : DataFrame (n rows)
        Answers with the columns of the blocks and the variables.
    population : Population
        Variables in the order in which they may be given up, the most important first.
    way : Way
        Method, bounds and softness, as in `calibrate_to`. Softly met margins miss by little: the residuals
        then say a little too little of the variance.
    fewest : int
        5 is a rule of thumb: with fewer the residuals understate the variance.

    Raises
    ------
    SurveyError
        Blocks or categories that do not fit; linear calibration that makes a weight negative.
    """
    require_columns(rows, population.variables, where="responses")
    cell = blocks(rows, within=population.within)
    at = population.blocks_of(cell.names)
    built = [
        _margin(one, rows, population, cell=cell, at=at, values=values, fewest=fewest)
        for one in population.known
    ]
    asked = tuple(margin for margin, _ in built)
    weights, used, fights, rounds = calibrate_margins(values, asked, names=cell.names, way=way)
    findings = (*(finding for _, found in built for finding in found), *fights)
    extra = (
        ("rounds", float(rounds)),
        *met(weights, asked=asked, used=used),
        ("asmd_before", worst_balance(values, asked)),
        ("asmd_after", worst_balance(weights, asked)),
    )
    step = WeightStep(name="calibrate", values=weights, diagnostics=diagnose(weights, extra=extra))
    return Calibration(
        step=step,
        indicators=indicators(used),
        margins=used,
        asked=asked,
        names=cell.names,
        findings=findings,
    )


def scale_within(values: np.ndarray, rows: pd.DataFrame, *, population: Population) -> WeightStep:
    """Scale the weights of every block to the size of its population: the step ``scale``."""
    cell = blocks(rows, within=population.within)
    size = population.known[0].counts[population.blocks_of(cell.names)].sum(axis=1)
    scaled = values * (size / np.bincount(cell.codes, values, minlength=len(cell)))[cell.codes]
    return WeightStep(name="scale", values=scaled, diagnostics=diagnose(scaled))


def met(
    weights: np.ndarray, *, asked: Sequence[Margin], used: Sequence[Margin]
) -> tuple[tuple[str, float], ...]:
    """Diagnostics: the worst miss of the margins as used, and how many of those asked for are hit
    everywhere."""
    return (
        ("worst_miss", worst_miss(weights, used)),
        ("margins", float(len(asked))),
        ("margins_hit", float(sum(worst_miss(weights, [one]) <= HIT for one in asked))),
    )


def worst_miss(weights: np.ndarray, margins: Sequence[Margin]) -> float:
    """Greatest distance of a category from its target, relative to its block."""
    worst = 0.0
    for margin in margins:
        sums = np.bincount(margin.codes, weights, minlength=len(margin.targets))
        total = np.bincount(margin.block, margin.targets)[margin.block]
        miss = np.divide(np.abs(sums - margin.targets), total, out=np.zeros_like(sums), where=total > 0)
        worst = max(worst, float(miss.max(initial=0.0)))
    return worst


def worst_balance(weights: np.ndarray, margins: Sequence[Margin]) -> float:
    """Greatest absolute standardised difference of a category from its share of the block (`balance`)."""
    worst = 0.0
    for margin in margins:
        sums = np.bincount(margin.codes, weights, minlength=len(margin.targets))
        mass, total = (np.bincount(margin.block, part)[margin.block] for part in (sums, margin.targets))
        there = (mass > 0) & (total > 0)
        off = balance(sums[there] / mass[there], margin.targets[there] / total[there])
        worst = max(worst, float(np.nanmax(off, initial=0.0)))
    return worst


def _margin(one: Known, rows, population: Population, *, cell: Blocks, at: np.ndarray, values, fewest: int):
    register = one.counts[at]
    if (register.sum(axis=1) == 0).any():
        name = cell.names[int(np.argmin(register.sum(axis=1)))]
        raise SurveyError(
            f"a margin is blank in the whole {population.source} of a unit and wave",
            where=f"{population.source}, {name}, column {one.variable}",
            hint="fill it in, or leave the margin out of the weighting plan",
        )
    return build_margin(
        one.variable,
        level=codes(labels(rows[one.variable]), levels=one.levels),
        levels=one.levels,
        block=cell.codes,
        names=cell.names,
        register=register,
        weights=values,
        fewest=fewest,
    )
