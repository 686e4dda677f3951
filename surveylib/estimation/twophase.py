"""Two-phase samples: a large first sample that is cheap to ask, and a part of it that is asked more."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import column, declare
from surveylib.estimation.encode import label
from surveylib.estimation.pps import names_of
from surveylib.estimation.thin import thin
from surveylib.model.design import SurveyDesign
from surveylib.model.unequal import UnequalDraw
from surveylib.numerics.pps import both, equal


class TwoPhase(NamedTuple):
    """The rows of the second phase, their design, and the draw that variance needs; see `two_phase`."""

    rows: pd.DataFrame
    design: SurveyDesign
    draw: UnequalDraw


def two_phase(
    rows: pd.DataFrame, design: SurveyDesign, *, second: str, strata: str | None = None
) -> TwoPhase:
    """The second phase of a sample, drawn as rows with equal probabilities within `strata`.

    Use ``estimate(totals(made.rows, made.design, …), unequal=made.draw)``: without the draw the error is
    that of one sample with replacement.

    Parameters
    ----------
    rows : DataFrame (n rows)
        The whole first phase, in the order of `design`.
    design : SurveyDesign
        Of the first phase: one stage, its weights those of the first phase.
    second : str
        Column that is true (or 1) for the rows of the second phase.
    strata : str, optional
        Column of the second phase's strata, known for every row of the first.

    Returns
    -------
    TwoPhase
        Weights are those of the first phase times the number of rows over those taken, by stratum. The
        variance is the Horvitz–Thompson form over pairs of rows: memory grows with their square. Degrees of
        freedom are the second phase's: rows minus strata.

    Raises
    ------
    SurveyError
        A first phase of several stages, or calibrated; a stratum of which no row was taken, or but one.

    References
    ----------
    Särndal, Swensson & Wretman (1992), ch. 9, doi:10.1007/978-1-4612-4378-6.

    Examples
    --------
    >>> rows = pd.DataFrame({"y": [1.0, 2, None, None], "asked": [1, 1, 0, 0], "w": 5.0})
    >>> made = two_phase(rows, declare(rows, weights="w"), second="asked")
    >>> made.design.weights
    array([10., 10.])
    """
    _check(rows, design)
    taken = _taken(column(rows, second), second)
    group = declare(rows, strata=strata).stages[0].strata
    there, size = np.bincount(group)[group], np.bincount(group, weights=taken)[group]
    _check_strata(group, taken, rows, strata)
    kept = rows[taken].reset_index(drop=True)
    weights = (design.weights * there / np.maximum(size, 1))[taken]
    phase = declare(kept, weights=weights, strata=strata)
    delta = both(_first(design)[np.ix_(taken, taken)], _second(group, there, size, taken))
    return TwoPhase(kept, phase, _draw(phase, delta))


def _check(rows: pd.DataFrame, design: SurveyDesign) -> None:
    if len(rows) != len(design.weights):
        raise SurveyError(
            "rows and design differ in length", expected=str(len(design.weights)), got=str(len(rows))
        )
    if len(design.stages) > 1 or design.calibration is not None:
        raise SurveyError(
            "a first phase of several stages or with calibrated weights is not provided for",
            expected="one stage: rows or clusters, in strata or not",
        )
    if design.lonely != "error":
        raise SurveyError("a rule for lonely clusters would be ignored in two phases", got=design.lonely)


def _taken(values: pd.Series, name: str) -> np.ndarray:
    if values.isna().any() or not values.isin([0, 1]).all():
        raise SurveyError(
            "not a mark of the second phase", where=f"column {name!r}", expected="true or false, 1 or 0"
        )
    taken = values.to_numpy().astype(bool)
    if not taken.any():
        raise SurveyError("no row was taken for the second phase", where=f"column {name!r}")
    return taken


def _check_strata(group: np.ndarray, taken: np.ndarray, rows: pd.DataFrame, strata: str | None) -> None:
    there, size = np.bincount(group), np.bincount(group, weights=taken)
    wrong = (size == 0) | ((size == 1) & (there > 1))
    if wrong.any():
        row = int(np.argmax(wrong[group]))
        raise SurveyError(
            f"{int(size[group[row]])} row(s) of a stratum were taken for the second phase",
            where=f"stratum {label(rows[strata].iloc[row])!r}" if strata else "the whole sample",
            expected="at least two, or the only one there is",
            hint="merge strata",
        )


def _first(design: SurveyDesign) -> np.ndarray:
    stage = design.stages[0]
    _, first = np.unique(stage.clusters, return_index=True)
    sizes = np.bincount(stage.strata[first])[stage.strata].astype(float)
    population = np.full(len(sizes), np.inf) if stage.population is None else stage.population
    # Sizes given as fractions (all at most 1) mean n/N, as everywhere.
    population = sizes / population if (population <= 1).all() else population
    if (population < sizes).any():
        raise SurveyError("population is smaller than the sample", where="first phase")
    alone = (sizes == 1) & (population > 1)
    if alone.any():
        raise SurveyError(
            "a stratum with a single sampled cluster: no variance can be estimated",
            where=f"first phase, stratum {stage.stratum_names[stage.strata[int(np.argmax(alone))]]!r}",
            expected="at least two clusters in every stratum",
            hint="merge strata",
        )
    return equal(sizes, population, stage.strata, stage.clusters)


def _second(group: np.ndarray, there: np.ndarray, size: np.ndarray, taken: np.ndarray) -> np.ndarray:
    rows = np.arange(int(taken.sum()))
    return equal(size[taken].astype(float), there[taken].astype(float), group[taken], rows)


def _draw(phase: SurveyDesign, delta: np.ndarray) -> UnequalDraw:
    """The pairs in the order in which clusters stand in totals."""
    finest, (stage,), labels = thin(phase)
    place = np.argsort(finest)
    return UnequalDraw(
        probabilities=1 - np.diag(delta)[place],
        strata=stage.strata,
        pairs="two-phase",
        delta=delta[np.ix_(place, place)],
        form="horvitz-thompson",
        clusters=names_of(labels),
    )
