"""Answers in codes with a normal variable behind them: what the ends of a scale do to means.

Somebody's latent answer is normal; it is given as the nearest code, and beyond the ends as the end itself. So
gains near the top show less than gains in the middle.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

_HALVINGS = 60


def coded_mean(latent: np.ndarray, codes: np.ndarray, *, sd: float) -> np.ndarray:
    """The expected code of latent means `latent` (any shape) with this spread around them.

    Parameters
    ----------
    codes : float array (k,)
        Ascending, at least two.
    sd : float
        Above 0; of the latent answers, in points of the codes.

    Examples
    --------
    >>> codes = np.arange(1.0, 6.0)
    >>> coded_mean(np.array([3.0, 4.5, 9.0]), codes, sd=1.1).round(2)
    array([3.  , 4.28, 5.  ])
    """
    cuts = (codes[:-1] + codes[1:]) / 2
    above = ndtr((np.asarray(latent)[..., None] - cuts) / sd)
    return codes[0] + (above * np.diff(codes)).sum(axis=-1)


def coded_variance(latent: np.ndarray, codes: np.ndarray, *, sd: float) -> np.ndarray:
    """The variance of the code; it falls towards the ends.

    >>> coded_variance(np.array([3.0, 4.5]), np.arange(1.0, 6.0), sd=1.1).round(2)
    array([1.17, 0.72])
    """
    cuts = (codes[:-1] + codes[1:]) / 2
    above = ndtr((np.asarray(latent)[..., None] - cuts) / sd)
    mean = (above * np.diff(codes)).sum(axis=-1) + codes[0]
    return (above * np.diff(codes**2)).sum(axis=-1) + codes[0] ** 2 - mean**2


def coded_slope(latent: np.ndarray, codes: np.ndarray, *, sd: float) -> np.ndarray:
    """By how much the expected code rises with the latent mean.

    >>> coded_slope(np.array([3.0, 4.5]), np.arange(1.0, 6.0), sd=1.1).round(2)
    array([0.94, 0.68])
    """
    cuts = (codes[:-1] + codes[1:]) / 2
    z = (np.asarray(latent)[..., None] - cuts) / sd
    density = np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * sd)
    return (density * np.diff(codes)).sum(axis=-1)


def latent_mean(means: np.ndarray, codes: np.ndarray, *, sd: float) -> np.ndarray:
    """The latent means whose expected codes are `means`, by halving.

    Raises
    ------
    ValueError
        For a mean that is not between the ends.

    >>> codes = np.arange(1.0, 6.0)
    >>> latent_mean(coded_mean(np.array([2.0, 4.7]), codes, sd=1.1), codes, sd=1.1).round(9)
    array([2. , 4.7])
    """
    wanted = np.asarray(means, dtype=float)
    if not ((wanted > codes[0]) & (wanted < codes[-1])).all():
        raise ValueError("a mean lies outside the scale")
    width = codes[-1] - codes[0] + 8 * sd
    low, high = np.full(wanted.shape, codes[0] - width), np.full(wanted.shape, codes[-1] + width)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        under = coded_mean(middle, codes, sd=sd) < wanted
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return (low + high) / 2
