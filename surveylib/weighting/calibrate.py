"""Calibration to the register: every margin, within every unit and wave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.sample import Frame
from surveylib.model.weights import WeightStep, frozen
from surveylib.weighting.cells import Blocks, blocks, codes, counts, labels, level_order, with_register
from surveylib.weighting.diagnostics import balance, diagnose
from surveylib.weighting.margins import Margin, build_margin, indicators, rake_margins

FEWEST = 5
HIT = 1e-6
WITHIN = ("unit", "wave")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """A calibration step, the auxiliary variables it used (n, p) for the variance, and what it had to say."""

    step: WeightStep
    indicators: np.ndarray
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

    Respondents are classified as the register classifies their dossier. A category with fewer than `fewest`
    answers is joined to a neighbour; answers the register cannot place keep their share of the block; where
    margins fight, the last one is given up in that block. All of that is noted. One margin is
    post-stratification.

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
    within : sequence of str
    fewest : int
        5 is a rule of thumb: with fewer the residuals understate the variance.

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
    cell = blocks(rows, within=within)
    place = register_blocks(frame, cell, within=within)
    built = [
        _margin(variable, rows, frame, cell=cell, place=place, values=values, fewest=fewest)
        for variable in margins
    ]
    used = tuple(margin for margin, _ in built)
    weights, used, fights, rounds = rake_margins(values, used, names=cell.names)
    findings = (*(finding for _, found in built for finding in found), *fights)
    extra = (
        ("rounds", float(rounds)),
        ("worst_miss", worst_miss(weights, used)),
        ("margins", float(len(margins))),
        ("margins_hit", float(sum(worst_miss(weights, [one]) <= HIT for one in used))),
        ("asmd_before", worst_balance(values, used)),
        ("asmd_after", worst_balance(weights, used)),
    )
    step = WeightStep(name="calibrate", values=weights, diagnostics=diagnose(weights, extra=extra))
    return Calibration(step=step, indicators=indicators(used), findings=findings)


def register_blocks(frame: Frame, cell: Blocks, *, within: Sequence[str]) -> np.ndarray:
    """The block of each register row, −1 for blocks without answers; all with answers must be there."""
    own = blocks(frame.rows, within=within)
    absent = set(cell.names) - set(own.names)
    if absent:
        raise SurveyError(
            "answers from a unit and wave that the register does not have",
            where=f"register, {min(absent)}",
            expected="register rows for every unit and wave with answers",
            got="; ".join(sorted(absent)[:6]),
            hint="add the register of that wave, or leave its answers out",
        )
    return pd.Index(cell.names).get_indexer(list(own.names))[own.codes]


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


def _margin(variable, rows, frame, *, cell, place, values, fewest):
    known = labels(frame.rows[variable])
    levels = level_order(known)
    if not levels:
        raise SurveyError("a margin has no values in the register", where=f"register, column {variable}")
    register = counts(place, codes(known, levels=levels), shape=(len(cell), len(levels))).astype(float)
    whole = np.bincount(
        place[place >= 0], minlength=len(cell)
    )  # blanks in the register: shares of what is known
    known_total = register.sum(axis=1)
    if (known_total == 0).any():
        raise SurveyError(
            "a margin is blank in the whole register of a unit and wave",
            where=f"register, {cell.names[int(np.argmin(known_total))]}, column {variable}",
            hint="fill it in, or leave the margin out of the weighting plan",
        )
    return build_margin(
        variable,
        level=codes(labels(rows[variable]), levels=levels),
        levels=levels,
        block=cell.codes,
        names=cell.names,
        register=register * (whole / known_total)[:, None],
        weights=values,
        fewest=fewest,
    )
