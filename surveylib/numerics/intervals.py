"""Confidence intervals from an estimate, its standard error and the design's degrees of freedom."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

PROPORTION_INTERVALS = ("mean", "logit", "wilson", "beta")


def quantile_t(confidence: float, df: np.ndarray) -> np.ndarray:
    """Two-sided critical value of t; NaN where df is below 1, normal where df is infinite."""
    df = np.asarray(df, dtype=float)
    level = 0.5 + confidence / 2
    with np.errstate(invalid="ignore"):
        value = special.stdtrit(np.where(df >= 1, np.where(np.isinf(df), 1.0, df), np.nan), level)
    return np.where(np.isinf(df), stats.norm.ppf(level), value)


def symmetric(estimate, std_error, df, *, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """estimate ± t · se.

    >>> low, high = symmetric(np.array([10.0]), np.array([1.0]), np.array([np.inf]), confidence=0.95)
    >>> float(low[0].round(2)), float(high[0].round(2))
    (8.04, 11.96)
    """
    half = quantile_t(confidence, df) * std_error
    return estimate - half, estimate + half


def proportion(
    estimate, std_error, df, n, *, confidence: float, method: str
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a proportion with a design's standard error.

    `mean` is estimate ± t·se; `logit` the same on the log odds; `wilson` and `beta` (Korn & Graubard 1998)
    use the effective sample size n* = p(1−p)/se², for `beta` times (t_{n−1}/t_df)². Proportions of 0 and 1,
    whose standard error is 0, keep n* = n.

    Examples
    --------
    >>> p, se, n = np.array([0.5]), np.array([0.05]), np.array([100.0])
    >>> low, high = proportion(p, se, n - 1, n, confidence=0.95, method="logit")
    >>> float(low[0].round(4)), float(high[0].round(4))
    (0.4021, 0.5979)
    """
    estimate, std_error = np.asarray(estimate, dtype=float), np.asarray(std_error, dtype=float)
    t = quantile_t(confidence, df)
    spread = estimate * (1 - estimate)
    with np.errstate(invalid="ignore", divide="ignore"):
        if method == "mean":
            return estimate - t * std_error, estimate + t * std_error
        if method == "logit":
            centre, half = special.logit(estimate), t * std_error / spread
            low, high = special.expit(centre - half), special.expit(centre + half)
            edge = spread == 0
            return np.where(edge, estimate, low), np.where(edge, estimate, high)
        effective = np.where(std_error > 0, spread / std_error**2, n)
        if method == "wilson":
            shrink = 1 + t**2 / effective
            centre = (estimate + t**2 / (2 * effective)) / shrink
            half = t / shrink * np.sqrt(spread / effective + t**2 / (4 * effective**2))
            return centre - half, centre + half
        adjusted = effective * (quantile_t(confidence, np.asarray(n) - 1.0) / t) ** 2
        effective = np.where(std_error > 0, adjusted, n)
        tail, hits = (1 - confidence) / 2, effective * estimate
        misses = effective - hits
        low = special.betaincinv(np.maximum(hits, 1e-300), misses + 1, tail)
        high = special.betaincinv(hits + 1, np.maximum(misses, 1e-300), 1 - tail)
        return np.where(hits <= 0, 0.0, low), np.where(misses <= 0, 1.0, high)
