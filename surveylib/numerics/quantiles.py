"""Weighted quantiles by named rules.

The discrete rules invert the weighted distribution function F; the continuous ones interpolate between
points (p_k, x_(k)), the weighted forms of types 4 to 9 of Hyndman & Fan (1996), doi:10.2307/2684934. With
C_k the sum of the first k weights and W that of all:

    math, hf1     the smallest x with F(x) ≥ p
    school, hf2   the same; where F hits p exactly, the mean of that x and the next
    hf3           the same; where F hits p exactly, that x or the next, whichever distinct value is even
    hf4           p_k = C_k / W                          hf7   p_k = C_{k−1} / C_{n−1}
    hf5           p_k = (C_k − w_k/2) / W                hf8   p_k = (C_k − w_k/3) / (W + w_n/3)
    hf6           p_k = C_k / (W + w_n)                  hf9   p_k = (C_k − 3w_k/8) / (W + w_n/4)
    shahvaish     the greatest x with (C_k − w_k/2)·n/W + ½ ≤ p·(n + 1)

With equal weights the continuous rules are those of `numpy.quantile` (its methods 4 to 9).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DISCRETE_RULES = ("math", "school", "hf1", "hf2", "hf3")
CONTINUOUS_RULES = ("hf4", "hf5", "hf6", "hf7", "hf8", "hf9")
QUANTILE_RULES = (*DISCRETE_RULES, "shahvaish", *CONTINUOUS_RULES)

# How near F must come to p to have hit it: the sums of weights carry an error of this order.
_HIT = 1e-12


class Ordered(NamedTuple):
    """Values in rising order, with their weights and the sums of the first weights, all (n,)."""

    values: np.ndarray
    weights: np.ndarray
    cumulative: np.ndarray


def ordered(values: np.ndarray, weights: np.ndarray, *, merge: bool = False) -> Ordered:
    """The values sorted; those without weight left out; equal ones in their order, or merged into one.

    >>> ordered(np.array([3.0, 1.0, 3.0]), np.array([1.0, 1.0, 2.0]), merge=True).weights
    array([1., 3.])
    """
    counted = weights > 0
    values, weights = values[counted], weights[counted]
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    if merge and len(values):
        starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
        values, weights = values[starts], np.add.reduceat(weights, starts)
    return Ordered(values, weights, np.cumsum(weights))


def weighted_quantile(data: Ordered, probabilities: np.ndarray, *, rule: str) -> np.ndarray:
    """The quantiles at `probabilities` (k,): NaN where there are no values, or the probability is NaN or
    outside 0 to 1.

    Raises
    ------
    ValueError
        For a rule that is not among `QUANTILE_RULES`.

    Examples
    --------
    >>> data = ordered(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4))
    >>> weighted_quantile(data, np.array([0.25, 0.5]), rule="school")
    array([1.5, 2.5])
    >>> weighted_quantile(data, np.array([0.25, 0.5]), rule="hf7")
    array([1.75, 2.5 ])
    """
    if rule not in QUANTILE_RULES:
        raise ValueError(f"unknown rule {rule!r}")
    p = np.asarray(probabilities, dtype=float)
    known = (p >= 0) & (p <= 1)
    result = np.full(p.shape, np.nan)
    if len(data.values) and known.any():
        find = _discrete if rule in DISCRETE_RULES else _stepped if rule == "shahvaish" else _interpolated
        result[known] = find(data, p[known], rule)
    return result


def _discrete(data: Ordered, p: np.ndarray, rule: str) -> np.ndarray:
    values, share = data.values, data.cumulative / data.cumulative[-1]
    last = len(values) - 1
    at = np.minimum(np.searchsorted(share, p - _HIT), last)
    if rule in ("math", "hf1"):
        return values[at]
    # Of equal values the last one carries F(x).
    at = np.searchsorted(values, values[at], side="right") - 1
    here, after = values[at], values[np.minimum(at + 1, last)]
    hit = np.abs(share[at] - p) <= _HIT
    if rule in ("school", "hf2"):
        return np.where(hit, (here + after) / 2, here)
    even = np.searchsorted(np.unique(values), here) % 2 == 1  # the second, fourth … distinct value
    return np.where(hit & ~even, after, here)


def _stepped(data: Ordered, p: np.ndarray, rule: str) -> np.ndarray:
    values, weights, cumulative = data
    n = len(values)
    points = ((cumulative - weights / 2) * n / cumulative[-1] + 0.5) / (n + 1)
    at = np.searchsorted(points, p + _HIT, side="right") - 1
    return values[np.maximum(at, 0)]


def _interpolated(data: Ordered, p: np.ndarray, rule: str) -> np.ndarray:
    return np.interp(p, _points(data, rule), data.values)


def _points(data: Ordered, rule: str) -> np.ndarray:
    _, w, cumulative = data
    whole, last = cumulative[-1], w[-1]
    if rule == "hf4":
        return cumulative / whole
    if rule == "hf5":
        return (cumulative - w / 2) / whole
    if rule == "hf6":
        return cumulative / (whole + last)
    if rule == "hf7":
        return (cumulative - w) / (whole - last) if len(w) > 1 else np.zeros(1)
    if rule == "hf8":
        return (cumulative - w / 3) / (whole + last / 3)
    return (cumulative - 3 * w / 8) / (whole + last / 4)
