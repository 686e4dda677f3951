"""Two correlated standard normal variables: their density and distribution function."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

_NODES, _SHARES = np.polynomial.legendre.leggauss(32)


def bivariate_density(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Density at (h, k) with correlation r, |r| < 1; 0 where h or k is infinite. Arrays broadcast.

    >>> round(float(bivariate_density(0.0, 0.0, 0.0)) * 2 * np.pi, 12)
    1.0
    """
    h, k = _finite(h), _finite(k)
    rest = (1 - r) * (1 + r)
    return np.exp(-(h * h - 2 * r * h * k + k * k) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))


def bivariate_cdf(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """P(X ≤ h, Y ≤ k) with correlation r: an integral over the arc from 0 to asin r, by 32 Gauss points.

    Parameters
    ----------
    h, k : float arrays
        Infinite bounds are allowed.
    r : float array
        |r| < 1. Arrays broadcast against each other.

    Returns
    -------
    float array
        Errors stay below 1e-14 for |r| ≤ 0.9, 1e-9 for |r| ≤ 0.98.

    Examples
    --------
    Sheppard: at (0, 0) it is 1/4 + asin(r) / 2π.

    >>> round(float(bivariate_cdf(0.0, 0.0, 0.5)), 12) == round(1 / 3, 12)
    True

    References
    ----------
    Drezner & Wesolowsky (1990), doi:10.1080/00949659008811236, after Plackett (1954).
    """
    h, k = _finite(h), _finite(k)
    half = np.arcsin(r) / 2
    arc = half[..., None] * (_NODES + 1) if np.ndim(half) else half * (_NODES + 1)
    sine, cosine = np.sin(arc), np.square(np.cos(arc))
    squares, product = np.asarray(h * h + k * k)[..., None], np.asarray(h * k)[..., None]
    inside = np.exp(-(squares - 2 * product * sine) / (2 * cosine))
    return ndtr(h) * ndtr(k) + half * (inside @ _SHARES) / (2 * np.pi)


def _finite(x: np.ndarray) -> np.ndarray:
    """Infinite bounds as ±38, where the normal distribution has ended in double precision."""
    return np.clip(np.asarray(x, dtype=float), -38.0, 38.0)
