"""Random effects without a prior: the spread τ² between units, their mean, and where the next one may lie.

    y_j ~ N(μ, τ² + v_j)

Serves as a second opinion on the grid of `hierarchical`: four estimates of τ², Hartung and Knapp's error,
which allows for τ² being estimated from few units, and the prediction interval.

DerSimonian & Laird (1986), doi:10.1016/0197-2456(86)90046-2; Paule & Mandel (1982); Viechtbauer (2005),
doi:10.3102/10769986030003261; Hartung & Knapp (2001), doi:10.1002/sim.791; Higgins, Thompson &
Spiegelhalter (2009), doi:10.1111/j.1467-985X.2008.00552.x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats
from scipy.optimize import brentq, minimize_scalar

Method = Literal["DL", "PM", "ML", "REML"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """Mean μ with two errors (normal theory; Hartung–Knapp), τ², Cochran's Q and I², and how many units."""

    mean: float
    std_error: float
    std_error_hk: float
    tau2: float
    q: float
    i2: float
    n: int


def pool(values: np.ndarray, variances: np.ndarray, *, method: Method = "REML") -> Pooled:
    """The random-effects mean of `values` with known sampling `variances` (above 0).

    Raises
    ------
    ValueError
        For fewer than two values, or a variance that is not above 0.

    Examples
    --------
    >>> made = pool(np.array([0.2, 0.4, 0.9]), np.full(3, 0.01))
    >>> round(made.mean, 3), round(made.tau2, 4)
    (0.5, 0.12)
    """
    if len(values) < 2 or not (variances > 0).all():
        raise ValueError("two values or more are needed, with variances above 0")
    tau2 = _TAU2[method](values, variances)
    weights = 1 / (variances + tau2)
    mean = float(weights @ values / weights.sum())
    spread = float(weights @ (values - mean) ** 2) / (len(values) - 1)
    fixed = 1 / variances
    q = float(fixed @ (values - fixed @ values / fixed.sum()) ** 2)
    typical = (len(values) - 1) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
    return Pooled(
        mean=mean,
        std_error=float(weights.sum() ** -0.5),
        std_error_hk=float((spread / weights.sum()) ** 0.5),
        tau2=tau2,
        q=q,
        i2=float(tau2 / (tau2 + typical)),
        n=len(values),
    )


def mean_interval(made: Pooled, *, level: float, hartung_knapp: bool = True) -> tuple[float, float]:
    """The interval of μ: by t with n − 1 df and Hartung–Knapp's error, or by the normal distribution."""
    return _around(made, 0.0, level, hartung_knapp)


def prediction_interval(
    made: Pooled, *, level: float, variance: float = 0.0, hartung_knapp: bool = True
) -> tuple[float, float]:
    """Where a further unit's true value lies; with the `variance` of its survey, where its survey will."""
    return _around(made, made.tau2 + variance, level, hartung_knapp)


def _around(made: Pooled, more: float, level: float, hartung_knapp: bool) -> tuple[float, float]:
    error = made.std_error_hk if hartung_knapp else made.std_error
    top = (1 + level) / 2
    reach = float(stats.t.ppf(top, made.n - 1) if hartung_knapp else stats.norm.ppf(top))
    half = reach * (error**2 + more) ** 0.5
    return made.mean - half, made.mean + half


def _dersimonian_laird(y: np.ndarray, v: np.ndarray) -> float:
    w = 1 / v
    q = w @ (y - w @ y / w.sum()) ** 2
    return float(max(0.0, (q - (len(y) - 1)) / (w.sum() - (w**2).sum() / w.sum())))


def _paule_mandel(y: np.ndarray, v: np.ndarray) -> float:
    def excess(tau2: float) -> float:
        w = 1 / (v + tau2)
        return float(w @ (y - w @ y / w.sum()) ** 2) - (len(y) - 1)

    return 0.0 if excess(0.0) <= 0 else float(brentq(excess, 0.0, _reach(y), xtol=1e-15, rtol=1e-14))


def _likelihood(y: np.ndarray, v: np.ndarray, tau2: float, restricted: bool) -> float:
    w = 1 / (v + tau2)
    value = -0.5 * np.log(v + tau2).sum() - 0.5 * float(w @ (y - w @ y / w.sum()) ** 2)
    return float(value - (0.5 * np.log(w.sum()) if restricted else 0.0))


def _score(y: np.ndarray, v: np.ndarray, tau2: float, restricted: bool) -> float:
    """Derivative of the likelihood in τ²: its root is found to more digits than its flat top."""
    w = 1 / (v + tau2)
    value = -0.5 * w.sum() + 0.5 * float(w**2 @ (y - w @ y / w.sum()) ** 2)
    return float(value + (0.5 * (w**2).sum() / w.sum() if restricted else 0.0))


def _most_likely(y: np.ndarray, v: np.ndarray, *, restricted: bool) -> float:
    top = _reach(y)
    grid = np.concatenate([[0.0], np.geomspace(1e-8, 1.0, 200) * top])
    best = int(np.argmax([_likelihood(y, v, tau2, restricted) for tau2 in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    ends = [_score(y, v, tau2, restricted) for tau2 in (low, high)]
    if ends[0] <= 0:
        return 0.0
    if ends[1] < 0:
        return float(brentq(lambda tau2: _score(y, v, tau2, restricted), low, high, xtol=1e-15, rtol=1e-14))
    found = minimize_scalar(lambda tau2: -_likelihood(y, v, tau2, restricted), bounds=(low, high))
    return float(found.x)


def _reach(y: np.ndarray) -> float:
    """Beyond this τ² no method looks: the values cannot spread more than they range."""
    return float(max(np.ptp(y) ** 2, 1e-300) * len(y))


_TAU2 = {
    "DL": _dersimonian_laird,
    "PM": _paule_mandel,
    "ML": lambda y, v: _most_likely(y, v, restricted=False),
    "REML": lambda y, v: _most_likely(y, v, restricted=True),
}
