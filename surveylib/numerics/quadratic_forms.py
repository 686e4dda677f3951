"""Tail probabilities of Q = Σ λ_i χ²(h_i): what Pearson's statistic follows when the design is not simple.

Weights λ may have either sign, so that P(F > f), for F = (Σ λ_i χ²_i) / (χ²_ν / ν), is a tail of such a form
too: that of Σ λ_i χ²_i − (f / ν) χ²_ν at 0.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, stats

_STEP = 1 / 16  # of the trapezoidal rule; its error falls as exp(−2π · 0.9 / step)
_NEGLIGIBLE = 45.0  # exp(−45) is nothing beside a probability in double precision


def tail(x: float, weights: np.ndarray, df: np.ndarray) -> float:
    """P(Σ λ_i χ²(h_i) > x), exact to about 12 digits: an inversion integral along a hyperbola through the
    saddle.

    Parameters
    ----------
    x : float
    weights, df : float arrays (k,)
        λ and the degrees of freedom h, which need not be whole; weights of 0 count for nothing.

    Examples
    --------
    >>> round(tail(3.841458820694124, np.array([1.0]), np.array([1.0])), 12)
    0.05
    >>> f = stats.f.isf(0.01, 3, 7.5)
    >>> round(tail(0.0, np.array([1.0, -3 * f / 7.5]), np.array([3.0, 7.5])), 12)
    0.01

    References
    ----------
    Imhof (1961), doi:10.1093/biomet/48.3-4.419, for the integral; Rice (1980), SIAM Journal on Scientific and
    Statistical Computing 1, 438-448, for the contour.
    """
    weights, df = _present(weights, df)
    if x < 0:
        return 1.0 - tail(-x, -weights, df)
    if not (weights > 0).any():
        return 0.0
    if x == 0 and (weights > 0).all():
        return 1.0
    edge = 1 / (2 * weights.max())
    crossing = float(np.clip(_saddle(x, weights, df), 0.05 * edge, edge * (1 - 1e-9)))
    width = min(crossing, edge - crossing)
    t = np.arange(0.0, _reach(x, weights, df, width), _STEP)
    s = crossing + width * (0.5 * (np.cosh(t) - 1) + 1j * np.sinh(t))
    slope = width * (0.5 * np.sinh(t) + 1j * np.cosh(t))
    exponent = -0.5 * df @ np.log(1 - 2 * np.outer(weights, s)) - s * x
    values = (np.exp(exponent) / s * slope).imag
    values[0] /= 2
    return float(np.clip(values.sum() * _STEP / np.pi, 0.0, 1.0))


def saddlepoint(x: float, weights: np.ndarray, df: np.ndarray) -> float:
    """P(Σ λ_i χ²(h_i) > x) by the saddlepoint approximation, good far out in the tail too.

    Examples
    --------
    >>> round(saddlepoint(9.0, np.array([2.0, 1.0]), np.array([1.0, 1.0])), 4)
    0.0538
    >>> round(tail(9.0, np.array([2.0, 1.0]), np.array([1.0, 1.0])), 4)
    0.054

    References
    ----------
    Kuonen (1999), doi:10.1093/biomet/86.4.929.
    """
    weights, df = _present(weights, df)
    if not (weights > 0).any() or (x <= 0 and (weights > 0).all()):
        return tail(x, weights, df)
    s = _saddle(x, weights, df)
    shrunk = 1 - 2 * weights * s
    v = s * np.sqrt(2 * df @ (weights / shrunk) ** 2)
    if abs(v) < 1e-7:
        # At the mean the formula is 0/0; its limit is a sixth of the skewness.
        return float(stats.norm.sf(8 * df @ weights**3 / (2 * df @ weights**2) ** 1.5 / 6))
    w = np.sign(s) * np.sqrt(df @ _gain(2 * weights * s))
    return float(stats.norm.sf(w + np.log(v / w) / w))


def satterthwaite(weights: np.ndarray) -> tuple[float, float]:
    """(scale, df) of the scaled chi-square with the mean and variance of Σ λ_i χ²(1).

    Examples
    --------
    >>> satterthwaite(np.array([2.0, 2.0]))
    (2.0, 2.0)

    References
    ----------
    Satterthwaite (1946), doi:10.2307/3002019.
    """
    total, squares = float(np.sum(weights)), float(np.sum(np.square(weights)))
    return squares / total, total**2 / squares


def _present(weights: np.ndarray, df: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weights, df = np.asarray(weights, dtype=float), np.asarray(df, dtype=float)
    return weights[weights != 0], df[weights != 0]


def _gain(u: np.ndarray) -> np.ndarray:
    """u / (1 − u) + log(1 − u), of order u²: by its series where the two terms would cancel."""
    k = np.arange(2, 14)
    series = (np.where(np.abs(u) < 0.02, u, 0.0)[:, None] ** k) @ (1 - 1 / k)
    return np.where(np.abs(u) < 0.02, series, u / (1 - u) + np.log1p(-u))


def _saddle(x: float, weights: np.ndarray, df: np.ndarray) -> float:
    """Where the derivative of the cumulant function equals x; it rises from end to end of its interval."""

    def excess(s: float) -> float:
        return float(df @ (weights / (1 - 2 * weights * s))) - x

    upper = 1 / (2 * weights.max())
    lower = 1 / (2 * weights.min()) if weights.min() < 0 else -df.sum() / (2 * x)
    low, high = _inside(lower, excess, -1), _inside(upper, excess, 1)
    return float(optimize.brentq(excess, low, high, xtol=1e-300, rtol=1e-14, maxiter=500))


def _inside(end: float, excess, sign: int) -> float:
    """A point near an end of the interval where `excess` already has the sign it has at the end."""
    gap = 0.5
    while sign * excess(end * (1 - gap)) < 0 and gap > 1e-15:
        gap /= 4
    return end * (1 - gap)


def _reach(x: float, weights: np.ndarray, df: np.ndarray, width: float) -> float:
    """How far along the hyperbola the integrand matters: it falls as a power, and exponentially where
    x > 0."""
    powers = 2 * _NEGLIGIBLE / df.sum() + max(0.0, np.log(1 / (np.abs(weights).min() * width))) + 5
    if x == 0:
        return powers
    return min(powers, float(np.arccosh(1 + 2 * _NEGLIGIBLE / (x * width))) + 1)
