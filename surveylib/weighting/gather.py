"""Rows gathered into the cells of their margins: what depends on the cell alone is worked out once a cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.weighting.classify import SMALL, distinct
from surveylib.weighting.targets import Target, margin_columns

BLOCK = 65_536  # rows at a time: what is made of them stays near the processor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """Rows by the m combinations of their margins' values.

    Attributes
    ----------
    cell : int array (n,)
        A number for each row's combination; not all numbers occur.
    occurs : int array (m,)
        The numbers that do, ascending.
    mass : float array (m,)
        What the weights add up to.
    rows : DataFrame (m rows)
        The margins' columns, a row a combination.
    """

    cell: np.ndarray
    occurs: np.ndarray
    mass: np.ndarray
    rows: pd.DataFrame

    def scaled(self, weights: np.ndarray, *, mass: np.ndarray) -> np.ndarray:
        """The weights (n,) so that every combination adds up to `mass` (m,)."""
        factors = np.zeros(int(self.occurs[-1]) + 1)
        factors[self.occurs] = mass / self.mass
        made = np.empty(len(self.cell))
        for block in _blocks(len(made), BLOCK):
            np.multiply(factors.take(self.cell[block]), weights[block], out=made[block])
        made.setflags(write=False)  # so that the noun need not copy it
        return made


def gather(rows: pd.DataFrame, *, targets: Sequence[Target], weights: np.ndarray) -> Gathered | None:
    """The combinations of the margins' values that occur, and what the weights (n,) add up to in each.

    None where it does not help: more combinations than rows, a column that is not there, or a weight of 0,
    whose combination would be lost.

    >>> rows = pd.DataFrame({"sex": [2, 1, 2, 2], "age": ["a", "b", "a", "b"]})
    >>> sex = Target(variable="sex", levels=("1", "2"), counts=[5, 5])
    >>> age = Target(variable="age", levels=("a", "b"), counts=[4, 6])
    >>> made = gather(rows, targets=[sex, age], weights=np.array([1.0, 1.0, 2.0, 5.0]))
    >>> made.rows.assign(mass=made.mass).to_dict("list")
    {'sex': [1, 2, 2], 'age': ['b', 'a', 'b'], 'mass': [1.0, 3.0, 5.0]}
    """
    names = list(dict.fromkeys(name for target in targets for name in margin_columns(rows, target.variable)))
    if not len(rows) or not weights.min() > 0 or not set(names) <= set(rows.columns):
        return None
    places, values, size = [], [], 1
    for name in names:
        place, found = distinct(rows[name])
        places.append(place)
        values.append(found)
        size *= len(found)
        if size > max(len(rows), SMALL):
            return None
    shape = tuple(len(found) for found in values)
    cell, mass = _added_up(places, shape, size, weights)
    occurs = np.flatnonzero(mass)
    at = np.unravel_index(occurs, shape)
    table = {name: found[k] for name, found, k in zip(names, values, at, strict=True)}
    return Gathered(cell=cell, occurs=occurs, mass=mass[occurs], rows=pd.DataFrame(table))


def _added_up(
    places: Sequence[np.ndarray], shape: tuple[int, ...], size: int, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The number of each row's combination, the last column running fastest, and the weights by number."""
    cell, mass = np.empty(len(weights), dtype=np.min_scalar_type(size)), np.zeros(size)
    for block in _blocks(len(weights), max(BLOCK, size)):
        number = places[0][block].astype(np.int64)
        for place, k in zip(places[1:], shape[1:], strict=True):
            number *= k
            number += place[block]
        mass += np.bincount(number, weights[block], minlength=size)
        cell[block] = number
    return cell, mass


def _blocks(n: int, length: int) -> Iterator[slice]:
    return (slice(first, first + length) for first in range(0, n, length))
