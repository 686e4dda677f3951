"""What the weights cost and what they achieve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.model.weights import Weights
from surveylib.numerics.trimming import kish_deff
from surveylib.weighting.cells import blocks, codes, labels
from surveylib.weighting.population import Population

STEP_COLUMNS = ("n", "sum", "min", "max", "cv", "kish_deff", "ess")


def diagnose(
    values: np.ndarray, *, extra: tuple[tuple[str, float], ...] = ()
) -> tuple[tuple[str, float], ...]:
    """The diagnostics of one step: n, sum, min, max, CV, Kish's design effect, effective size, and what is
    `extra`.

    >>> dict(diagnose(np.array([1.0, 1.0, 2.0])))["kish_deff"]
    1.125
    """
    deff = kish_deff(values)
    own = (
        ("n", float(len(values))),
        ("sum", float(values.sum())),
        ("min", float(values.min(initial=np.inf))),
        ("max", float(values.max(initial=-np.inf))),
        ("cv", float(np.sqrt(max(deff - 1, 0.0)))),  # Kish: deff = 1 + CV², the CV with divisor n
        ("kish_deff", float(deff)),
        ("ess", float(len(values) / deff)),
    )
    return (*own, *extra)


def step_table(weights: Weights) -> pd.DataFrame:
    """One row a step: ``step, n, sum, min, max, cv, kish_deff, ess`` and what the step says of itself.

    Examples
    --------
    >>> from surveylib.model.weights import WeightStep
    >>> values = np.array([1.0, 1, 2])
    >>> weights = Weights(steps=(WeightStep(name="base", values=values, diagnostics=diagnose(values)),))
    >>> step_table(weights)[["step", "n", "sum", "ess"]].round(2)
       step    n  sum   ess
    0  base  3.0  4.0  2.67
    """
    table = pd.DataFrame([{"step": step.name, **dict(step.diagnostics)} for step in weights.steps])
    own = [column for column in STEP_COLUMNS if column in table.columns]
    return table[["step", *own, *(c for c in table.columns if c not in ("step", *own))]]


def ess_by(rows: pd.DataFrame, weights: np.ndarray, *, by: Sequence[str]) -> pd.DataFrame:
    """Answers, effective size, its share of the answers and Kish's design effect in every cell of `by`.

    >>> table = ess_by(pd.DataFrame({"unit": ["a", "a", "b"]}), np.array([1.0, 3.0, 2.0]), by=("unit",))
    >>> table["ess"].tolist()
    [1.6, 1.0]
    """
    cell = blocks(rows, within=by)
    n = np.bincount(cell.codes, minlength=len(cell))
    total = np.bincount(cell.codes, weights, minlength=len(cell))
    squares = np.bincount(cell.codes, np.square(weights), minlength=len(cell))
    ess = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    deff = np.divide(n, ess, out=np.full_like(ess, np.nan), where=ess > 0)
    return cell.keys.assign(n=n, sum=total, ess=ess, ess_share=ess / n, kish_deff=deff)


def margin_table(weights: Weights, rows: pd.DataFrame, *, population: Population) -> pd.DataFrame:
    """Shares of the population and of the sample, before and after weighting, and their standardised
    differences, over all blocks with answers together.

    "Before" are the base weights, "after" the last step. ``asmd`` is |share − population share| / √(p(1−p))
    with the population's p: the absolute standardised mean difference of the category (Austin 2009), what a
    love plot shows.

    Parameters
    ----------
    rows : DataFrame
        With the population's variables and the columns of its blocks (`weigh_study.placed_rows`).

    Returns
    -------
    DataFrame
        ``variable, level, n, register_share, before_share, after_share, asmd_before, asmd_after``; shares are
        of those with a value.
    """
    cell = blocks(rows, within=population.within)
    at = population.blocks_of(cell.names)
    parts = []
    for one in population.known:
        level = codes(labels(rows[one.variable]), levels=one.levels)
        known, number = level >= 0, len(one.levels)
        p = _shares(one.counts[at].sum(axis=0))
        before, after = (
            _shares(np.bincount(level[known], values[known], minlength=number))
            for values in (weights.steps[0].values, weights.values)
        )
        lines = {
            "variable": one.variable,
            "level": one.levels,
            "n": np.bincount(level[known], minlength=number),
            "register_share": p,
            "before_share": before,
            "after_share": after,
            "asmd_before": balance(before, p),
            "asmd_after": balance(after, p),
        }
        parts.append(pd.DataFrame(lines))
    return pd.concat(parts, ignore_index=True)


def balance(share: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Absolute standardised difference |s − p| / √(p(1−p)) of shares s from those of the population p.

    >>> balance(np.array([0.6, 0.4]), np.array([0.5, 0.5]))
    array([0.2, 0.2])
    """
    return _ratio(np.abs(share - population), np.sqrt(population * (1 - population)))


def _shares(mass: np.ndarray) -> np.ndarray:
    return _ratio(mass, np.full(mass.shape, mass.sum()))


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
