"""The spread of replicate values."""

from __future__ import annotations

import numpy as np


def deviations(
    values: np.ndarray,
    *,
    scale: float,
    rscales: np.ndarray,
    centre: np.ndarray | None = None,
    drop: bool = False,
) -> np.ndarray:
    """√(scale · rscale_r) (θ_r − centre): the cross-product of these (R, k) is the covariance of k estimates.

    Parameters
    ----------
    values : float array (R, k)
        NaN where a replicate has nothing to estimate from.
    centre : float array (k,), optional
        The estimates; without them the mean of the replicates whose rscale is above 0.
    drop : bool
        Leave out undefined replicates, the others carrying their share. Without it an estimate undefined in
        one replicate has an undefined variance: right where every replicate stands for a cluster of its own.

    Examples
    --------
    Jackknife of a mean of three: s²/n = 4/3.

    >>> d = deviations(np.array([[6.0], [5.0], [4.0]]), scale=2 / 3, rscales=np.ones(3))
    >>> round(float((d.T @ d)[0, 0]), 12)
    1.333333333333
    """
    used = rscales > 0
    there = np.isfinite(values)
    share = np.ones(values.shape[1])
    if drop and not there.all():
        count = (there & used[:, None]).sum(axis=0)
        share = np.where(count > 1, used.sum() / np.maximum(count, 1), np.nan)
        if centre is None:
            centre = np.where(there & used[:, None], values, 0.0).sum(axis=0) / np.maximum(count, 1)
        values = np.where(there, values, centre)
    elif centre is None:
        centre = values[used].mean(axis=0)
    made = values - centre
    made *= np.sqrt(scale * rscales)[:, None]
    return made * np.sqrt(share)
