"""Trimming: no weight above a multiple of its unit and wave's median; and calibrated again, so that margins
hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.weights import WeightStep
from surveylib.numerics.trimming import trim, trim_and_calibrate
from surveylib.weighting.calibrate import met, worst_miss
from surveylib.weighting.cells import blocks
from surveylib.weighting.diagnostics import diagnose
from surveylib.weighting.margins import Margin
from surveylib.weighting.notes import note
from surveylib.weighting.within import RAKE, Way, calibrate_block

_TURNS = 200


def trim_weights(
    values: np.ndarray, rows: pd.DataFrame, *, max_ratio: float, within: Sequence[str] = ("unit", "wave")
) -> tuple[WeightStep, tuple[Finding, ...]]:
    """Trim the weights of each block at `max_ratio` × its median; what is cut off goes to the others of the
    block.

    The total of every block stays. Where no weights within the bound have it, the block is left as it is
    and noted.

    Raises
    ------
    SurveyError
        If `max_ratio` is not above 1.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": "a", "wave": "t0"}, index=range(5))
    >>> step, findings = trim_weights(np.array([1.0, 1, 1, 1, 6]), rows, max_ratio=3)
    >>> step.values.round(3).tolist()
    [1.75, 1.75, 1.75, 1.75, 3.0]
    """
    if not max_ratio > 1:
        raise SurveyError("max_ratio must be above 1", where="weighting plan", got=str(max_ratio))
    cell = blocks(rows, within=within)
    new, found = np.array(values, dtype=float), []
    for b, name in enumerate(cell.names):
        inside = cell.codes == b
        upper = max_ratio * float(np.median(new[inside]))
        if new[inside].mean() > upper:
            found.append(note("WT06", where=name, values={"bound": f"{max_ratio:g}"}))
            continue
        new[inside] = trim(new[inside], upper=upper)
    cut = float((new < np.asarray(values) * (1 - 1e-12)).sum())
    return WeightStep(name="trim", values=new, diagnostics=diagnose(new, extra=(("cut", cut),))), tuple(found)


def trim_within(
    values: np.ndarray,
    *,
    max_ratio: float,
    margins: Sequence[Margin],
    asked: Sequence[Margin],
    names: Sequence[str],
) -> tuple[WeightStep, tuple[Finding, ...], np.ndarray]:
    """Trim calibrated weights block by block at `max_ratio` × the block's median, and rake again by turns
    until the margins hold too.

    Near the tightest bound that is possible the turns no longer settle; then the weights nearest to `values`
    in the raking distance are found at once. Where none are within the bound and hit the margins, the block
    is trimmed only, and that is noted with the miss.

    Parameters
    ----------
    values : float array (n,)
        Calibrated to `margins`.
    margins, asked : sequence of Margin
        As they could be met, and as the plan asked for them (for the diagnostics).
    names : sequence of str
        Of the blocks.

    Returns
    -------
    (WeightStep, findings, held)
        `held` (bool array (n,)): whether the margins of the row's block still hold.
    """
    owner = margins[0].block[margins[0].codes]
    new, held, found, cycles = np.array(values, dtype=float), np.ones(len(values), dtype=bool), [], 0
    for b in np.unique(owner):
        rows = owner == b
        upper = max_ratio * float(np.median(new[rows]))
        if new[rows].max() <= upper:
            continue
        if new[rows].mean() > upper:
            found.append(note("WT06", where=names[b], values={"bound": f"{max_ratio:g}"}))
            continue
        new[rows], turns, held[rows] = _cut_and_held(new[rows], margins, block=b, upper=upper)
        cycles = max(cycles, turns)
        if not held[rows].all():
            miss = worst_miss(np.where(rows, new, values), margins)
            filled = {"bound": f"{max_ratio:g}", "miss": f"{100 * miss:.1f}"}
            found.append(note("WT11", where=names[b], values=filled))
    cut = float((new < np.asarray(values) * (1 - 1e-9)).sum())
    extra = (("cut", cut), ("cycles", float(cycles)), *met(new, asked=asked, used=margins))
    step = WeightStep(name="trim", values=new, diagnostics=diagnose(new, extra=extra))
    return step, tuple(found), held


def _cut_and_held(start, margins, *, block: int, upper: float) -> tuple[np.ndarray, int, bool]:
    """Weights of one block within the bound, how many turns, and whether the margins hold."""

    def again(weights: np.ndarray) -> np.ndarray:
        return calibrate_block(weights, margins, block=block, way=RAKE).weights

    made = trim_and_calibrate(
        start, cut=lambda weights: trim(weights, upper=upper), calibrate=again, upper=upper, most=_TURNS
    )
    if made.converged:
        return made.weights, made.cycles, True
    bounds = (np.zeros(len(start)), upper / start)
    nearest = calibrate_block(start, margins, block=block, way=Way(method="raking", bounds=bounds))
    if nearest.converged:
        return nearest.weights, made.cycles, True
    return trim(start, upper=upper), made.cycles, False
