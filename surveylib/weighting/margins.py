"""Margins within blocks: the categories of a variable, unit by unit and wave by wave, with their targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surveylib.model.finding import Finding
from surveylib.model.weights import frozen
from surveylib.numerics.calibration import relative_misses
from surveylib.weighting.cells import collapse, counts, merged_text
from surveylib.weighting.notes import note

TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Margin:
    """One variable crossed with the blocks, ready for raking.

    Attributes
    ----------
    variable : str
    codes : int array (n,)
        Category of each row; categories are numbered across blocks.
    targets : float array (k,)
        What the weights of a category must add up to; 0 where it has no respondents.
    block : int array (k,)
        The block of each category.
    labels : tuple of str (k,)
        For messages: block, colon, levels.
    """

    variable: str
    codes: np.ndarray
    targets: np.ndarray
    block: np.ndarray
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", frozen(self.codes, np.int64))
        object.__setattr__(self, "targets", frozen(self.targets))
        object.__setattr__(self, "block", frozen(self.block, np.int64))


def build_margin(
    variable: str,
    *,
    level: np.ndarray,
    levels: Sequence[str],
    block: np.ndarray,
    names: Sequence[str],
    register: np.ndarray,
    weights: np.ndarray,
    fewest: int,
    together: np.ndarray | None = None,
) -> tuple[Margin, tuple[Finding, ...]]:
    """The margin of a variable within blocks, small categories joined, respondents of no known category set
    aside.

    Parameters
    ----------
    level : int array (n,)
        Level of each row; −1 where it has none.
    block : int array (n,)
        Block of each row.
    register : float array (blocks, levels)
        Population by block and level.
    weights : float array (n,)
        Weights so far: respondents without a known level keep their share of the block.
    together : int array (blocks,), optional
        Blocks with one number join their categories alike (the waves of one unit); each for itself when None.
    """
    shape = (len(names), len(levels))
    level = np.where((level >= 0) & (register[block, level] > 0), level, -1)
    together = np.arange(shape[0]) if together is None else together
    group, found = _groups(
        variable, counts(block, level, shape=shape), register, together, levels, names, fewest
    )
    level = np.where((level >= 0) & (group[block, level] >= 0), level, -1)
    unknown = np.bincount(block[level < 0], minlength=shape[0])
    found += [
        note("WT04", where=names[b], values={"variable": variable, "count": int(unknown[b])})
        for b in np.flatnonzero(unknown)
    ]
    # Categories of a block: its groups 0 … k−1, then one for the rows without a level.
    size = group.max(axis=1, initial=-1) + 2
    start = np.concatenate([[0], np.cumsum(size)])
    codes = start[block] + np.where(level >= 0, group[block, level], size[block] - 1)
    targets = _targets(register, group, start, size, codes, weights, block)
    owner = np.repeat(np.arange(shape[0]), size)
    margin = Margin(
        variable=variable,
        codes=codes,
        targets=targets,
        block=owner,
        labels=_labels(group, size, levels, names),
    )
    return margin, tuple(found)


def _groups(variable, number, register, together, levels, names, fewest):
    """The group of each level in each block (−1: not there), and what was joined."""
    group = np.full(register.shape, -1, dtype=np.int64)
    found: list[Finding] = []
    for g in np.unique(together):
        members = np.flatnonzero(together == g)
        where = " / ".join(names[b] for b in members)
        support = register[members].max(axis=0) > 0
        kept = np.flatnonzero(support)
        there = [levels[k] for k in kept]
        joined = collapse(number[np.ix_(members, kept)].min(axis=0), levels=there, fewest=fewest)
        group[np.ix_(members, kept)] = joined
        if text := merged_text(there, joined):
            values = {"variable": variable, "fewest": fewest, "merged": text}
            found.append(note("WT03", where=where, values=values))
    return group, found


def _targets(register, group, start, size, codes, weights, block) -> np.ndarray:
    """Register counts by category; the rows without a level keep their share and the rest is scaled."""
    targets = np.zeros(start[-1])
    for b in range(len(size)):
        there = group[b] >= 0
        mass = np.bincount(group[b, there], register[b, there], minlength=size[b])
        total = register[b].sum()
        rest = codes == start[b] + size[b] - 1
        share = weights[rest].sum() / weights[block == b].sum() if rest.any() else 0.0
        targets[start[b] : start[b + 1]] = mass * (1 - share)
        targets[start[b + 1] - 1] = total * share
    return targets


def _labels(group, size, levels, names) -> tuple[str, ...]:
    result = []
    for b, name in enumerate(names):
        for k in range(size[b] - 1):
            inside = " + ".join(level for level, g in zip(levels, group[b], strict=True) if g == k)
            result.append(f"{name}: {inside}")
        result.append(f"{name}: –")
    return tuple(result)


def flatten(margin: Margin, *, at: np.ndarray) -> Margin:
    """Give the margin up in the blocks `at` (bool by block): all their categories become one."""
    first = np.full(at.size, -1)
    first[margin.block[::-1]] = np.arange(len(margin.block))[::-1]
    given_up = at[margin.block]
    targets = np.where(given_up, 0.0, margin.targets)
    sums = np.bincount(margin.block, margin.targets, minlength=at.size)
    targets[first[at]] = sums[at]
    codes = np.where(given_up[margin.codes], first[margin.block[margin.codes]], margin.codes)
    return replace(margin, codes=codes, targets=targets)


def missed_blocks(
    weights: np.ndarray, margins: Sequence[Margin], *, number: int, tolerance: float
) -> np.ndarray:
    """By block: whether a category of some margin is off its target by more than `tolerance` (relative)."""
    missed = np.zeros(number, dtype=bool)
    for margin in margins:
        sums = np.bincount(margin.codes, weights, minlength=len(margin.targets))
        missed[margin.block[relative_misses(sums, margin.targets) > tolerance]] = True
    return missed


def indicators(margins: Sequence[Margin]) -> np.ndarray:
    """The categories with respondents as columns of 0 and 1, those linearly independent in each block.

    The columns span what the weights were calibrated to, block by block, earlier margins first.
    """
    n, columns = len(margins[0].codes), []
    row_block = margins[0].block[margins[0].codes]
    for b in np.unique(row_block):
        rows = np.flatnonzero(row_block == b)
        parts = [margin.codes[rows][:, None] == np.unique(margin.codes[rows]) for margin in margins]
        x = independent(np.hstack(parts).astype(float))
        block = np.zeros((n, x.shape[1]))
        block[rows] = x
        columns.append(block)
    return np.hstack(columns)


def independent(x: np.ndarray) -> np.ndarray:
    """The columns of x that no earlier ones add up to.

    >>> independent(np.array([[1.0, 0, 1], [0, 1, 1], [0, 1, 1]])).shape
    (3, 2)
    """
    triangle = np.abs(np.linalg.qr(x, mode="r").diagonal()) if x.shape[1] <= x.shape[0] else None
    if triangle is not None and triangle.min(initial=1.0) > 1e-8:
        return x
    kept: list[int] = []
    basis = np.zeros((x.shape[0], 0))
    for k in range(x.shape[1]):
        rest = x[:, k] - basis @ (basis.T @ x[:, k])
        rest -= basis @ (basis.T @ rest)  # twice is enough
        length = np.linalg.norm(rest)
        if length > 1e-8 * max(np.linalg.norm(x[:, k]), 1e-300):
            kept.append(k)
            basis = np.column_stack([basis, rest / length])
    return x[:, kept]
