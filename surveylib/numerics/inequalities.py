"""Which values of one parameter a set of moment inequalities allows: the conditional least-favourable hybrid
test without nuisance parameters, for few units.

Andrews, Roth & Pakes (2023), "Inference for linear conditional moment inequalities", Review of Economic
Studies 90(6), as used for trends by Rambachan & Roth (2023), doi:10.1093/restud/rdad018, section 3.2. Their
test is for many units: normal quantiles, a first stage by simulation. Here the quantiles are those of t with
the fewest degrees of freedom among the moments, and the first stage, which has a tenth of the error, is
Bonferroni's: with 15 units the normal quantiles reject too often (docs/effects.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

FIRST_STAGE = 0.1  # share of the error spent on the least favourable case, as in the papers' programs
_GRID, _HALVINGS = 161, 25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """E[`mean` − `slope`·θ] ≤ 0 in every element, with the covariance of `mean`.

    `df` counts the degrees of freedom of that covariance: inf where it is known.
    """

    mean: np.ndarray
    slope: np.ndarray
    covariance: np.ndarray
    df: float


def allowed(
    theta: np.ndarray, moments: Moments, *, level: float, first_stage: float = FIRST_STAGE
) -> np.ndarray:
    """Whether each value of θ passes the test at `level`: bool, in the shape of `theta` (1-d).

    The largest studentised moment is held against its distribution given that it is the largest, cut off
    where the first stage would have rejected. With `first_stage` 0 there is none: the conditional test alone.

    >>> one = Moments(mean=np.zeros(1), slope=np.ones(1), covariance=np.eye(1), df=math.inf)
    >>> allowed(np.array([-1.3, -1.2]), one, level=0.90).tolist()
    [False, True]
    """
    error = 1 - level
    z, correlation = _studentised(theta, moments)
    place = np.arange(len(theta))
    largest = z.argmax(axis=1)
    top, with_top = z[place, largest], correlation[largest]
    rest, slack = z - with_top * top[:, None], 1 - with_top
    # What moves with the largest one can never overtake it.
    passes = np.divide(rest, slack, out=np.full_like(rest, -np.inf), where=slack > 1e-9)
    first = _first_stage(moments, level, first_stage)
    below, cut = (stdtr(moments.df, edge) for edge in (passes.max(axis=1), first))
    second = (error - first_stage * error) / (1 - first_stage * error)
    critical = stdtrit(moments.df, below + (1 - second) * np.maximum(cut - below, 0.0))
    return (top <= first) & (top <= np.maximum(critical, 0.0))


def allowed_interval(moments: Moments, *, level: float) -> tuple[float, float]:
    """The least interval with every θ that is `allowed`; NaN where none is.

    The first stage bounds where to look; there must be moments with slopes of either sign.
    """
    first = _first_stage(moments, level, FIRST_STAGE)
    reach = first * np.sqrt(np.diag(moments.covariance))
    low = (moments.mean - reach)[moments.slope > 0] / moments.slope[moments.slope > 0]
    high = (moments.mean - reach)[moments.slope < 0] / moments.slope[moments.slope < 0]
    grid = np.linspace(low.max(), high.min(), _GRID) if low.max() < high.min() else np.array([low.max()])
    inside = np.flatnonzero(allowed(grid, moments, level=level))
    if not len(inside):
        return math.nan, math.nan
    ends = np.array([grid[inside[0]], grid[inside[-1]]])
    out = np.array([grid[max(inside[0] - 1, 0)], grid[min(inside[-1] + 1, len(grid) - 1)]])
    for _ in range(_HALVINGS):
        middle = (ends + out) / 2
        kept = allowed(middle, moments, level=level)
        ends, out = np.where(kept, middle, ends), np.where(kept, out, middle)
    return float(ends[0]), float(ends[1])


def _first_stage(moments: Moments, level: float, share: float) -> float:
    return float(stdtrit(moments.df, 1 - share * (1 - level) / len(moments.mean)))


def _studentised(theta: np.ndarray, moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Moments by their errors, values of θ × moments, and their correlations."""
    variance = np.diag(moments.covariance)
    error = np.sqrt(np.maximum(variance, 1e-18 * max(float(np.abs(variance).max()), 1e-300)))
    correlation = moments.covariance / np.outer(error, error)
    return (moments.mean - np.outer(theta, moments.slope)) / error, correlation
