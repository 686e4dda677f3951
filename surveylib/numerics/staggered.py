"""Starts at different times: group-time effects against units not yet started, and their average.

A unit's label is the number of the first wave in which it is treated; as many as there are waves means never.
The effect of cohort g in wave t is the cohort's mean change since wave g − 1 less that of the units not yet
treated in t. No unit already treated serves as a comparison, and every unit counts alike.

Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from surveylib.numerics.randomisation import TIE

MOST_LABELLINGS = 20_000

Cell = tuple[int, int, float]  # cohort, wave, weight in the average


def comparison(labels: np.ndarray, cohort: int, wave: int) -> np.ndarray:
    """The units that serve cohort g in wave t: treated neither then nor just before the cohort's start."""
    return (labels > max(wave, cohort - 1)) & (labels != cohort)


def average(y: np.ndarray, labels: np.ndarray, cells: tuple[Cell, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The weighted sum of group-time effects, and its standard error, under every labelling.

    Parameters
    ----------
    y : float array (n, waves)
    labels : int array (R, n)
        Every row holds the same labels in another order.
    cells : tuple of (cohort, wave, weight)
        Each with at least two comparison units.

    Returns
    -------
    (estimate, error) : float arrays (R,)
        The error comes from the units' deviations from their cohort's mean; a cohort of one unit has none, so
        it is lent the spread of the units that are compared with it to the end.
    """
    estimate, own = np.zeros(len(labels)), np.zeros(labels.shape)
    for cohort, wave, weight in cells:
        d = y[:, wave] - y[:, cohort - 1]
        for sign, mark in ((1.0, labels == cohort), (-1.0, comparison(labels, cohort, wave))):
            count = int(mark[0].sum())
            mean = mark @ d / count
            estimate += sign * weight * mean
            if count > 1:
                deviation = mark * (d - mean[:, None]) / math.sqrt(count * (count - 1))
                own += sign * weight * deviation
    return estimate, np.sqrt((own**2).sum(axis=1) + _lent(y, labels, cells))


def _lent(y: np.ndarray, labels: np.ndarray, cells: tuple[Cell, ...]) -> np.ndarray:
    lent = np.zeros(len(labels))
    for cohort in sorted({cohort for cohort, _, _ in cells}):
        if int((labels[0] == cohort).sum()) > 1:
            continue
        own = [(wave, weight) for g, wave, weight in cells if g == cohort]
        z = sum(weight * (y[:, wave] - y[:, cohort - 1]) for wave, weight in own)
        mark = comparison(labels, cohort, max(wave for wave, _ in own))
        count = int(mark[0].sum())
        mean = mark @ z / count
        lent += (mark * (z - mean[:, None]) ** 2).sum(axis=1) / (count - 1)
    return lent


def statistics(y: np.ndarray, labels: np.ndarray, cells: tuple[Cell, ...]) -> np.ndarray:
    """The weighted sum over its standard error under every labelling (R,); 0 where it has no error."""
    estimate, error = average(y, labels, cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(error > 0, estimate / error, 0.0)


def smallest_p(
    labels: np.ndarray, under: np.ndarray, cells: tuple[Cell, ...], *, rng: np.random.Generator
) -> float:
    """The floor of the two-sided p over the labellings `under`: the share that make the observed comparison.

    Some change nothing (units move that no cell compares), some only exchange the two sides, and then |t| is
    the same whatever the values. Those drawn here have no relation to one another: what ties, ties always.

    Examples
    --------
    Two start in the second wave, two in the third; one wave tells them apart, and either side may be first.

    >>> labels = np.array([1, 1, 2, 2])
    >>> rng = np.random.default_rng(1)
    >>> round(1 / smallest_p(labels, labellings(labels), ((1, 1, 1.0),), rng=rng))
    3
    """
    values = rng.normal(size=(len(labels), int(labels.max()) + 1))
    observed = statistics(values, labels[None, :], cells)[0]
    return float(np.isclose(np.abs(statistics(values, under, cells)), abs(observed), rtol=TIE, atol=0).mean())


def count_labellings(labels: np.ndarray) -> int:
    """In how many ways the labels can fall on the units.

    >>> count_labellings(np.array([1, 1, 2, 3, 3]))
    30
    """
    sizes = np.unique(labels, return_counts=True)[1]
    return math.factorial(len(labels)) // math.prod(math.factorial(int(size)) for size in sizes)


def labellings(
    labels: np.ndarray,
    *,
    rng: np.random.Generator | None = None,
    most: int = MOST_LABELLINGS,
    draws: int = 9_999,
) -> np.ndarray:
    """Every way the starts could have fallen, or, above `most`, the observed one and `draws` random ones.

    Raises
    ------
    ValueError
        If they are too many to enumerate and no generator is given.
    """
    if count_labellings(labels) > most:
        if rng is None:
            raise ValueError("too many labellings to enumerate: a random generator is needed")
        drawn = rng.permuted(np.tile(labels, (draws, 1)), axis=1)
        return np.vstack([labels[None, :], drawn])
    values, sizes = np.unique(labels, return_counts=True)
    made = [np.full(len(labels), values[-1])]
    for value, size in zip(values[:-1], sizes[:-1], strict=True):
        made = [_placed(row, chosen, value) for row in made for chosen in _free(row, values[-1], size)]
    return np.array(made)


def _free(row: np.ndarray, last: int, size: int):
    return itertools.combinations(np.flatnonzero(row == last), size)


def _placed(row: np.ndarray, chosen: tuple[int, ...], value: int) -> np.ndarray:
    out = row.copy()
    out[list(chosen)] = value
    return out
