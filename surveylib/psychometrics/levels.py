"""Answers of an item as levels 0, 1, …, those that hardly anybody gave joined to their neighbours."""

from __future__ import annotations

import numpy as np

LEAST_ANSWERS = 10  # of a level in every wave: with fewer its threshold is a guess


def joined_levels(counts: np.ndarray, *, least: int = LEAST_ANSWERS) -> np.ndarray:
    """The level each code belongs to once no level has fewer than `least` answers in any group.

    The rarest level is joined to the rarer of its neighbours (the lower one of two alike), until none is rare
    or one is left. All groups are joined alike, so that what they are compared on is the same.

    Parameters
    ----------
    counts : int array (groups, codes)
        Answers by code, ascending.

    Returns
    -------
    int array (codes,)

    Examples
    --------
    >>> joined_levels(np.array([[3, 20, 40, 80], [1, 30, 60, 50]]))
    array([0, 0, 1, 2])
    """
    levels = [[code] for code in range(np.shape(counts)[1])]
    while len(levels) > 1:
        rarest = [int(np.min(counts[:, codes].sum(axis=1))) for codes in levels]
        at = int(np.argmin(rarest))
        if rarest[at] >= least:
            break
        beside = [place for place in (at - 1, at + 1) if 0 <= place < len(levels)]
        other = min(beside, key=lambda place: rarest[place])
        low, high = sorted((at, other))
        levels[low : high + 1] = [levels[low] + levels[high]]
    made = np.empty(np.shape(counts)[1], dtype=int)
    for level, codes in enumerate(levels):
        made[codes] = level
    return made
