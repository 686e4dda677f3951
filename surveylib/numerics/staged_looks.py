"""A staged start looked at step by step: the statistic of `staggered.average` after every wave, for many
studies at once."""

from __future__ import annotations

import itertools
import math

import numpy as np


def looks(y: np.ndarray, *, sizes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Estimate and standard error after each step, of batches that start one wave apart.

    At every look all that came in counts: the mean over batches and waves of the changes since just before a
    batch's start, less those of the units still waiting, each started unit alike. A step after which fewer
    than two units wait adds nothing and is no look.

    Parameters
    ----------
    y : float array (studies, units, waves)
        Units in the order of their start; the first wave lies before the first start, then a wave follows
        every start.
    sizes : tuple of int
        Units in each batch, at least two of them behind the first.

    Returns
    -------
    (estimate, error) : float arrays (studies, looks)

    References
    ----------
    Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001.
    """
    number = len(steps(sizes))
    made = [_look(y, sizes, wave) for wave in range(1, number + 1)]
    return tuple(np.stack(part, axis=1) for part in zip(*made, strict=True))


def steps(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """How many units still wait after each step that can be read.

    >>> steps((4, 3, 3)), steps((5, 5)), steps((3, 1))
    ((6, 3), (5,), ())
    """
    waiting = [sum(sizes) - started for started in itertools.accumulate(sizes)]
    return tuple(count for count in waiting if count >= 2)


def _look(y: np.ndarray, sizes: tuple[int, ...], last: int) -> tuple[np.ndarray, np.ndarray]:
    ends = np.cumsum([0, *sizes])
    cells = [(batch, wave) for batch in range(1, last + 1) for wave in range(batch, last + 1)]
    whole = sum(sizes[batch - 1] for batch, _ in cells)
    estimate, own, lent = np.zeros(len(y)), np.zeros(y.shape[:2]), np.zeros(len(y))
    single: dict[int, np.ndarray] = {}
    for batch, wave in cells:
        d, weight = y[:, :, wave] - y[:, :, batch - 1], sizes[batch - 1] / whole
        started, waiting = slice(ends[batch - 1], ends[batch]), slice(ends[wave], None)
        for sign, units in ((1.0, started), (-1.0, waiting)):
            values = d[:, units]
            count, mean = values.shape[1], values.mean(axis=1)
            estimate += sign * weight * mean
            if count > 1:
                deviation = values - mean[:, None]
                own[:, units] += sign * weight * deviation / math.sqrt(count * (count - 1))
        if sizes[batch - 1] == 1:
            single[batch] = single.get(batch, 0.0) + weight * d
    for z in single.values():  # a batch of one is lent the spread of those that wait to the end
        lent += z[:, ends[last] :].var(axis=1, ddof=1)
    return estimate, np.sqrt((own**2).sum(axis=1) + lent)
