"""Unequal weights: what they cost, and how far they may go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surveylib.errors import SurveyError

PATIENCE = 10  # turns that hardly help before we stop


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
    squares = float(weights @ weights)
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cycled:
    """What trimming and calibrating by turns ended in.

    Attributes
    ----------
    weights : float array (n,)
        Calibrated; within the bounds too where `converged`.
    cycles : int
    converged : bool
    excess : float
        By how much (relative) the worst weight lies beyond its bound.
    """

    weights: np.ndarray
    cycles: int
    converged: bool
    excess: float


def trim_and_calibrate(
    weights: np.ndarray,
    *,
    cut: Callable[[np.ndarray], np.ndarray],
    calibrate: Callable[[np.ndarray], np.ndarray],
    upper: float | np.ndarray,
    tolerance: float = 1e-6,
    most: int = 200,
) -> Cycled:
    """Trim and calibrate by turns until the calibrated weights lie within their bounds.

    Trimming alone loses the margins, calibrating alone the bounds; each turn undoes less of the other's work
    where both can hold at once. Where they cannot, it stops after `most` turns, or when a turn no longer
    brings the worst weight nearer, and says by how much.

    Parameters
    ----------
    weights : float array (n,)
        Calibrated already.
    cut, calibrate : functions of weights
        Each gives the weights it makes of them.
    upper : float or float array (n,)
        The bound of each weight.
    tolerance : float
        Greatest relative excess.

    Examples
    --------
    Weights that add up to 10 and none above 4:

    >>> made = trim_and_calibrate(
    ...     np.array([1.0, 2.0, 7.0]),
    ...     cut=lambda w: np.minimum(w, 4.0),
    ...     calibrate=lambda w: w * 10 / w.sum(),
    ...     upper=4.0,
    ... )
    >>> made.weights.round(3), made.converged
    (array([2., 4., 4.]), True)
    """
    cycle, stuck, excess = 0, 0, _excess(weights, upper)
    while excess > tolerance and cycle < most and stuck < PATIENCE:
        weights = calibrate(cut(weights))
        before, excess = excess, _excess(weights, upper)
        cycle, stuck = cycle + 1, stuck + 1 if excess > before * (1 - 1e-3) else 0
    return Cycled(weights=weights, cycles=cycle, converged=excess <= tolerance, excess=excess)


def _excess(weights: np.ndarray, upper: float | np.ndarray) -> float:
    return float((weights / upper - 1).max(initial=0.0))
