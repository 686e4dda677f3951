"""Calibration within blocks: all of them raked at once, or Newton steps block by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.weighting import CalibrationMethod
from surveylib.numerics.calibration import Calibrated, calibrate
from surveylib.numerics.raking import rake
from surveylib.weighting.margins import TOLERANCE, Margin, flatten, missed_blocks
from surveylib.weighting.notes import note


class Way(NamedTuple):
    """How margins are met: see `calibrate_to`."""

    method: CalibrationMethod = "rake"
    bounds: tuple[float, float] | None = None
    soft: float | None = None
    most: int = 500


RAKE = Way()


def calibrate_margins(
    weights: np.ndarray, margins: Sequence[Margin], *, names: Sequence[str], way: Way = RAKE
) -> tuple[np.ndarray, tuple[Margin, ...], tuple[Finding, ...], int]:
    """Calibrate to all margins within their blocks; where they cannot be met, give up the last one there that
    still divides, say so, and try again.

    Returns
    -------
    (weights, margins as used, findings, rounds)

    Raises
    ------
    SurveyError
        Linear calibration that makes a weight negative, naming the block.
    """
    margins, found, rounds = list(margins), [], 0
    code = "WT05" if way.bounds is None else "WT10"
    while True:
        made, turns, missed = _met(weights, margins, names, way)
        rounds += turns
        divides = [divides_by_block(margin, number=len(names)) for margin in margins]
        if not (missed & np.any(divides, axis=0)).any():
            return made, tuple(margins), tuple(found), rounds
        for i in reversed(range(len(margins))):
            given_up = missed & divides[i]
            margins[i] = flatten(margins[i], at=given_up)
            values = {"variable": margins[i].variable}
            found += [note(code, where=names[b], values=values) for b in np.flatnonzero(given_up)]
            missed &= ~given_up


def divides_by_block(margin: Margin, *, number: int) -> np.ndarray:
    """By block: whether the margin still tells respondents apart there."""
    return np.bincount(margin.block[margin.targets > 0], minlength=number) > 1


def calibrate_block(weights: np.ndarray, margins: Sequence[Margin], *, block: int, way: Way) -> Calibrated:
    """The weights of one block (its rows only) by Newton steps; `way.bounds` may go row by row."""
    columns, goals = [], []
    rows = margins[0].block[margins[0].codes] == block
    for margin in margins:
        mine = margin.codes[rows]
        there = np.bincount(mine, minlength=len(margin.targets)) > 0
        kept = np.flatnonzero((margin.block == block) & ((margin.targets > 0) | there))
        columns.append(mine[:, None] == kept)
        goals.append(margin.targets[kept])
    goal = np.concatenate(goals)
    return calibrate(
        weights,
        np.hstack(columns).astype(float),
        goal,
        distance="raking" if way.method == "rake" else way.method,
        bounds=way.bounds,
        ridge=0.0 if way.soft is None else way.soft * goals[0].sum(),
        tolerance=TOLERANCE,
        most=way.most,
    )


def _met(weights, margins, names, way: Way) -> tuple[np.ndarray, int, np.ndarray]:
    """The weights, the rounds they took, and the blocks whose margins were missed."""
    if way.method != "rake" or way.soft is not None:
        return _block_by_block(weights, margins, names, way)
    result = rake(
        weights,
        [margin.codes for margin in margins],
        [margin.targets for margin in margins],
        names=[margin.variable for margin in margins],
        labels=[margin.labels for margin in margins],
        tolerance=TOLERANCE,
        most=way.most,
    )
    missed = missed_blocks(result.weights, margins, number=len(names), tolerance=100 * TOLERANCE)
    return result.weights, result.iterations, missed & (not result.converged)


def _block_by_block(weights, margins, names, way: Way) -> tuple[np.ndarray, int, np.ndarray]:
    made, turns, missed = np.array(weights, dtype=float), 0, np.zeros(len(names), dtype=bool)
    owner = margins[0].block[margins[0].codes]
    for b in np.unique(owner):
        rows = owner == b
        result = calibrate_block(made[rows], margins, block=b, way=way)
        turns, missed[b] = max(turns, result.iterations), not result.converged
        if result.converged and (result.weights < 0).any():
            raise SurveyError(
                f"{int((result.weights < 0).sum())} weight(s) would be negative",
                where=f"linear calibration, {names[b]}",
                got=f"{result.weights.min():.4g}",
                hint="use method: raking, or bounds such as [0.1, 10]",
            )
        made[rows] = result.weights if result.converged else made[rows]
    return made, turns, missed
