"""Confidence intervals from an estimate, its standard error and the design's degrees of freedom."""

from __future__ import annotations

import numpy as np
from scipy import special, stats


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


def correlation(estimate, std_error, df, *, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a correlation: symmetric on Fisher's scale artanh r, so that it stays within −1 and 1.

    >>> low, high = correlation(np.array([0.9]), np.array([0.06]), np.array([np.inf]), confidence=0.95)
    >>> float(low[0].round(3)), float(high[0].round(3))
    (0.693, 0.97)
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        centre, half = np.arctanh(estimate), quantile_t(confidence, df) * std_error / (1 - estimate**2)
        low, high = np.tanh(centre - half), np.tanh(centre + half)
    edge = np.abs(estimate) == 1
    return np.where(edge, estimate, low), np.where(edge, estimate, high)


def proportion(
    estimate, std_error, df, n, *, confidence: float, method: str
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a proportion with a design's standard error.

    `mean` is estimate ± t·se; `logit` (also called `xlogit`) the same on the log odds; `asin` the same for
    the arcsine of the square root, not below 0 nor above 1. `wilson`, `beta` (Korn & Graubard 1998) and
    `likelihood` use the effective sample size n* = p(1−p)/se²: `beta` multiplies it by (t_{n−1}/t_df)²;
    `likelihood` holds the π whose deviance 2n*·{p ln(p/π) + (1−p) ln((1−p)/(1−π))} is at most t² (Rao & Scott
    1984, doi:10.1214/aos/1176346391). Proportions of 0 and 1, whose standard error is 0, keep n* = n.

    Raises
    ------
    ValueError
        For a method that is not among `PROPORTION_INTERVALS`.

    Examples
    --------
    >>> p, se, n = np.array([0.5]), np.array([0.05]), np.array([100.0])
    >>> low, high = proportion(p, se, n - 1, n, confidence=0.95, method="logit")
    >>> float(low[0].round(4)), float(high[0].round(4))
    (0.4021, 0.5979)
    """
    if method not in PROPORTION_INTERVALS:
        raise ValueError(f"unknown interval {method!r}")
    estimate, std_error = np.asarray(estimate, dtype=float), np.asarray(std_error, dtype=float)
    n, t = np.asarray(n, dtype=float), quantile_t(confidence, df)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _METHODS[method](estimate, std_error, t, n, confidence)


def _mean(p, se, t, n, confidence):
    return p - t * se, p + t * se


def _logit(p, se, t, n, confidence):
    spread = p * (1 - p)
    centre, half = special.logit(p), t * se / spread
    low, high = special.expit(centre - half), special.expit(centre + half)
    return np.where(spread == 0, p, low), np.where(spread == 0, p, high)


def _asin(p, se, t, n, confidence):
    spread = p * (1 - p)
    centre, half = np.arcsin(np.sqrt(p)), t * se / (2 * np.sqrt(spread))
    # Beyond the ends of the scale the sine turns back: without the bounds a wider interval would exclude 0.
    low, high = np.maximum(centre - half, 0.0), np.minimum(centre + half, np.pi / 2)
    return np.where(spread == 0, p, np.sin(low) ** 2), np.where(spread == 0, p, np.sin(high) ** 2)


def _effective(p, se, n):
    return np.where(se > 0, p * (1 - p) / se**2, n)


def _wilson(p, se, t, n, confidence):
    effective = _effective(p, se, n)
    shrink = 1 + t**2 / effective
    centre = (p + t**2 / (2 * effective)) / shrink
    half = t / shrink * np.sqrt(p * (1 - p) / effective + t**2 / (4 * effective**2))
    return centre - half, centre + half


def _beta(p, se, t, n, confidence):
    adjusted = _effective(p, se, n) * (quantile_t(confidence, n - 1.0) / t) ** 2
    effective = np.where(se > 0, adjusted, n)
    tail, hits = (1 - confidence) / 2, effective * p
    misses = effective - hits
    low = special.betaincinv(np.maximum(hits, 1e-300), misses + 1, tail)
    high = special.betaincinv(hits + 1, np.maximum(misses, 1e-300), 1 - tail)
    return np.where(hits <= 0, 0.0, low), np.where(misses <= 0, 1.0, high)


def _likelihood(p, se, t, n, confidence):
    effective = _effective(p, se, n)

    def beyond(log_odds):
        inside = special.xlogy(p, p) - p * special.log_expit(log_odds)
        outside = special.xlog1py(1 - p, -p) - (1 - p) * special.log_expit(-log_odds)
        return 2 * effective * (inside + outside) > t**2

    centre = special.logit(np.clip(p, 1e-15, 1 - 1e-15))
    low, high = _crossing(beyond, centre, -700.0), _crossing(beyond, centre, 700.0)
    low, high = special.expit(np.where(p == 0, -np.inf, low)), special.expit(np.where(p == 1, np.inf, high))
    known = np.isfinite(p) & np.isfinite(t) & np.isfinite(effective)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def _crossing(beyond, near: np.ndarray, far: float) -> np.ndarray:
    """Where `beyond` turns from false (at `near`) to true (towards `far`), by bisection to the last digit."""
    near, far = np.array(near, dtype=float), np.full(np.shape(near), far)
    for _ in range(80):
        middle = (near + far) / 2
        there = beyond(middle)
        near, far = np.where(there, near, middle), np.where(there, middle, far)
    return (near + far) / 2


_METHODS = {
    "mean": _mean,
    "logit": _logit,
    "wilson": _wilson,
    "beta": _beta,
    "xlogit": _logit,
    "likelihood": _likelihood,
    "asin": _asin,
}
PROPORTION_INTERVALS = tuple(_METHODS)
