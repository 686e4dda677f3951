"""A synthetic comparison: donors mixed so that together they moved like one case did beforehand.

    w = argmin ‖y − X w‖²,   w ≥ 0,   Σ w = 1

Abadie, Diamond & Hainmueller (2010), doi:10.1198/jasa.2009.ap08746.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls


def convex_weights(own: np.ndarray, donors: np.ndarray) -> np.ndarray:
    """Weights (k,) of the donors (t, k) that come nearest to `own` (t,), none below 0, in sum 1.

    Non-negative least squares, with the sum held by a row that outweighs the data; then scaled to 1 exactly.

    Raises
    ------
    ValueError
        Without donors, or for lengths that do not match.

    Examples
    --------
    >>> convex_weights(np.array([1.0, 2.0]), np.array([[0.0, 4.0], [0.0, 8.0]])).round(3).tolist()
    [0.75, 0.25]
    """
    if donors.ndim != 2 or donors.shape[1] == 0 or len(own) != len(donors):
        raise ValueError("donors must be (times, at least one), with as many times as the case")
    # Constants shift all alike under weights that sum to 1: without them the sum is better conditioned.
    level, heavy = own.mean(), 1e4 * max(float(np.abs(donors - own.mean()).max()), 1.0)
    left = np.vstack([donors - level, np.full((1, donors.shape[1]), heavy)])
    weights, _ = nnls(left, np.append(own - level, heavy))
    return weights / weights.sum()


def rmspe(own: np.ndarray, made: np.ndarray) -> float:
    """Root of the mean squared gap."""
    return float(np.sqrt(np.mean((own - made) ** 2)))
