"""Unequal weights: what they cost, and how far they may go."""

from __future__ import annotations

import numpy as np

from surveylib.errors import SurveyError


def kish_deff(weights: np.ndarray) -> float:
    """Kish's design effect of weighting, n Σw² / (Σw)²: 1 for equal weights (Kish 1965, §11.7).

    >>> kish_deff(np.array([1.0, 1.0, 2.0]))
    1.125
    """
    return len(weights) / effective_size(weights) if len(weights) else float("nan")


def effective_size(weights: np.ndarray) -> float:
    """Number of equally weighted respondents that say as much: (Σw)² / Σw².

    >>> float(round(effective_size(np.array([1.0, 1.0, 2.0])), 4))
    2.6667
    """
    squares = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / squares if squares else float("nan")


def trim(weights: np.ndarray, *, upper: float, lower: float = 0.0) -> np.ndarray:
    """Trim: the nearest weights (least squares) within the bounds with the same total.

    These are clip(w + s, lower, upper) with one shift s: what is cut off above is shared out equally among
    the weights that still have room, as R's ``trimWeights`` does, but to the end.

    Parameters
    ----------
    weights : float array (n,)
    upper, lower : float
        Greatest and least weight allowed.

    Raises
    ------
    SurveyError
        When no such weights exist: n·upper lies below the total, or n·lower above it.

    Examples
    --------
    >>> trim(np.array([1.0, 2.0, 9.0]), upper=6.0)
    array([2.5, 3.5, 6. ])
    """
    weights = np.asarray(weights, dtype=float)
    if not len(weights) or (weights.min() >= lower and weights.max() <= upper):
        return weights.copy()
    n, total = len(weights), float(weights.sum())
    if not lower <= total / n <= upper:
        raise SurveyError(
            "weights cannot be trimmed to these bounds and keep their total",
            where="trimming",
            expected=f"bounds around the mean weight {total / n:.6g}",
            got=f"{lower:g} to {upper:g}",
            hint="take a wider bound",
        )
    low, high = lower - weights.max(), upper - weights.min()
    for _ in range(200):  # the sum grows with the shift: halve the interval until it holds one
        middle = (low + high) / 2
        if np.clip(weights + middle, lower, upper).sum() < total:
            low = middle
        else:
            high = middle
    return np.clip(weights + high, lower, upper)
