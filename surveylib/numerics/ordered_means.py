"""Ordered answers compared without taking their codes for distances: ordered probit, chances to be better."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

_MOST_STEPS = 100
_FAR = 38.0


def probit_means(counts: np.ndarray, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the normal variable behind an item in each group, with known thresholds and spread 1.

    Parameters
    ----------
    counts : float array (groups, levels)
        Weighted answers by level; rows without any give NaN.
    thresholds : float array (levels − 1,)

    Returns
    -------
    means : float array (groups,)
        By maximum likelihood. Where everybody chose the lowest (highest) level half an answer is moved to
        the next one, so that the mean is finite.
    influence : float array (groups, levels)
        Of an answer at a level on its group's mean, times the group's total weight.

    Examples
    --------
    >>> means, _ = probit_means(np.array([[50.0, 50.0], [16.0, 84.0]]), np.array([0.0]))
    >>> [round(float(mean), 2) for mean in means]
    [0.0, 0.99]

    References
    ----------
    Liddell & Kruschke (2018), doi:10.1016/j.jesp.2018.08.009.
    """
    counts = _moved(np.asarray(counts, dtype=float))
    total = counts.sum(axis=1)
    bounds = np.concatenate([[-_FAR], thresholds, [_FAR]])
    means = np.zeros(len(counts))
    for _ in range(_MOST_STEPS):
        score, information = _score(bounds, means, counts, total)
        step = np.clip(np.einsum("gl,gl->g", counts, score) / (total * information), -1.0, 1.0)
        means = means + step
        if np.nanmax(np.abs(step), initial=0.0) < 1e-11:
            break
    score, information = _score(bounds, means, counts, total)
    return means, score / information[:, None]


def _score(bounds, means, counts, total) -> tuple[np.ndarray, np.ndarray]:
    """Derivative of each level's log chance by the mean, and the information of one answer."""
    z = bounds - means[:, None]
    chance = np.maximum(np.diff(ndtr(z), axis=1), 1e-300)
    slope = -np.diff(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), axis=1)
    with np.errstate(invalid="ignore"):
        return slope / chance, np.where(total > 0, np.sum(slope**2 / chance, axis=1), np.nan)


def _moved(counts: np.ndarray) -> np.ndarray:
    made, total = counts.copy(), counts.sum(axis=1)
    for end, beside in ((0, 1), (-1, -2)):
        alone = (counts[:, end] == total) & (total > 0)
        made[alone, end] -= 0.5 * np.minimum(total[alone], 1.0)
        made[alone, beside] += 0.5 * np.minimum(total[alone], 1.0)
    return made


def superiority(before: np.ndarray, after: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """P(an answer after is above one before) + ½ P(they are alike), and the influence of each level.

    Parameters
    ----------
    before, after : float arrays (levels,)
        Weighted answers by level.

    Returns
    -------
    chance : float
        One half where nothing changed.
    influence_before, influence_after : float arrays (levels,)
        Of an answer at a level, times its side's total weight (DeLong, DeLong & Clarke-Pearson 1988).

    Examples
    --------
    >>> superiority(np.array([1.0, 1.0]), np.array([0.0, 1.0]))[0]
    0.75
    """
    p, q = before / before.sum(), after / after.sum()
    below, above = np.cumsum(p) - p / 2, 1 - (np.cumsum(q) - q / 2)
    chance = float(q @ below)
    return chance, above - chance, below - chance
