"""Rows gathered into the cells of their margins: what depends on the cell alone is worked out once a cell."""

from __future__ import annotations

import math
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
    if not len(rows) or not set(names) <= set(rows.columns):
        return None
    # A column's first rows mostly show how far its numbers go; then the rows need be gone through but once.
    for look in (_as_at_first, distinct):
        found = [look(rows[name]) for name in names]
        shape = tuple(len(values) for _, values in found)
        if math.prod(shape) > max(len(rows), SMALL):
            return None
        added = _added_up([place for place, _ in found], shape, weights)
        if added is not None:
            break
    else:
        return None
    cell, mass = added
    occurs = np.flatnonzero(mass)
    at = np.unravel_index(occurs, shape)
    table = {name: values[k] for name, (_, values), k in zip(names, found, at, strict=True)}
    return Gathered(cell=cell, occurs=occurs, mass=mass[occurs], rows=pd.DataFrame(table))


def _as_at_first(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """`distinct`, taking the first rows for all where they are small whole numbers."""
    if not (isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu"):
        return distinct(column)
    whole = column.to_numpy()
    low, high = int(whole[:BLOCK].min()), int(whole[:BLOCK].max())
    return (whole, np.arange(high + 1)) if low >= 0 and high < SMALL else distinct(column)


def _added_up(
    places: Sequence[np.ndarray], shape: tuple[int, ...], weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """The number of each row's combination, the last column running fastest, and the weights by number; None
    where a place lies beyond `shape` or a weight is not above 0."""
    size = math.prod(shape)
    cell, mass = np.empty(len(weights), dtype=np.min_scalar_type(size)), np.zeros(size)
    for block in _blocks(len(weights), max(BLOCK, size)):
        here = [place[block] for place in places]
        # Seen as unsigned a number below 0 is greater than all others.
        beyond = (h.view(f"u{h.itemsize}").max() >= k for h, k in zip(here, shape, strict=True))
        if not weights[block].min() > 0 or any(beyond):
            return None
        number = cell[block]
        number[:] = here[0]
        for place, k in zip(here[1:], shape[1:], strict=True):
            number *= k
            number += place.astype(number.dtype)
        mass += np.bincount(number, weights[block], minlength=size)
    return cell, mass


def _blocks(n: int, length: int) -> Iterator[slice]:
    return (slice(first, first + length) for first in range(0, n, length))
