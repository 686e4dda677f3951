"""Calibration: the weights nearest to those given whose weighted sums equal known totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveylib.errors import SurveyError

Distance = Literal["linear", "raking", "logit"]
Bounds = tuple[float | np.ndarray, float | np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibrated:
    """What a calibration ended in.

    Attributes
    ----------
    weights : float array (n,)
    iterations : int
    converged : bool
    misses : tuple of float
        By margin (`rake`) or auxiliary variable (`calibrate`): the largest relative distance from its
        targets, for raking as found when its turn came in the last round. Where `converged` is False, those
        above the tolerance fight one another.
    """

    weights: np.ndarray
    iterations: int
    converged: bool
    misses: tuple[float, ...]

    @property
    def worst(self) -> float:
        return max(self.misses, default=0.0)


def relative_misses(sums: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Distance of each sum from its target: relative to the target, or to all targets where it is zero.

    >>> relative_misses(np.array([11.0, 5.0]), np.array([10.0, 0.0]))
    array([0.1, 0.5])
    """
    return np.abs(sums - targets) / miss_scale(targets)


def miss_scale(targets: np.ndarray) -> np.ndarray:
    """What the distance from a target is measured in: the target, or all targets where it is zero."""
    return np.where(targets != 0, np.abs(targets), np.abs(targets).sum() or 1.0)


def calibrate(
    weights: np.ndarray,
    x: np.ndarray,
    totals: np.ndarray,
    *,
    distance: Distance = "linear",
    bounds: Bounds | None = None,
    ridge: float = 0.0,
    tolerance: float = 1e-10,
    most: int = 100,
) -> Calibrated:
    """Calibrate: w = d·F(xλ) with λ such that Σ w x = totals (Deville & Särndal 1992, JASA 87:376).

    Parameters
    ----------
    weights : float array (n,)
        d, the weights to stay close to.
    x : float array (n, p)
        Auxiliary variables.
    totals : float array (p,)
        Their population totals.
    distance : {'linear', 'raking', 'logit'}
        F(u) = 1 + u (regression; its weighted total is the GREG estimator), exp(u) (raking, exponential
        tilting, the entropy balancing of Hainmueller 2012), or the logistic between `bounds`.
    bounds : (low, high), optional
        Least and greatest w/d, low < 1 < high; held exactly: 'linear' and 'raking' are truncated there
        (Deville & Särndal, case 7) and take bounds row by row too, which need not hold 1 (a greatest weight
        is u/d); 'logit' needs them and draws near smoothly.
    ridge : float
        Above 0 the totals are met softly: Σ w x − totals = −ridge·λ (x scaled to a greatest value of 1),
        which has a solution with 'raking' whatever the totals. Where margins conflict, they share the miss.
    tolerance : float
        Greatest relative miss (with a ridge: of the softened equations).
    most : int
        Greatest number of Newton steps; each is halved until the misses shrink.

    Returns
    -------
    Calibrated
        ``converged`` is False where no such weights were found.

    Raises
    ------
    SurveyError
        Shapes that do not fit, bounds that do not hold 1.

    Examples
    --------
    >>> x = np.column_stack([np.ones(4), [1.0, 2.0, 3.0, 4.0]])
    >>> calibrate(np.ones(4), x, np.array([8.0, 24.0]), distance="raking").weights.round(4)
    array([0.9572, 1.4563, 2.2156, 3.3708])
    """
    d, x, totals = (np.asarray(a, dtype=float) for a in (weights, x, totals))
    _check_shapes(d, x, totals)
    _check_bounds(distance, bounds)
    size = np.abs(x).max(axis=0, initial=0.0)
    size[size == 0] = 1.0
    z, goal = x / size, totals / size  # columns of one size: the Newton steps are better conditioned

    def state(lam: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        factor, slope = _link(z @ lam, distance, bounds)
        return factor, slope, z.T @ (d * factor) - goal + ridge * lam

    lam, steps = _newton(state, z=z, d=d, ridge=ridge, goal=goal, tolerance=tolerance, most=most)
    factor, _, gap = state(lam)
    # The softened equations decide about convergence; the misses of the plain ones are reported.
    return Calibrated(
        weights=d * factor,
        iterations=steps,
        converged=bool(relative_misses(goal + gap, goal).max(initial=0.0) <= tolerance),
        misses=tuple(relative_misses(z.T @ (d * factor), goal).tolist()),
    )


def _newton(state, *, z, d, ridge, goal, tolerance, most) -> tuple[np.ndarray, int]:
    """λ where the gap closes, and the number of steps; a step that does not shrink the gap is halved."""
    lam = np.zeros(z.shape[1])
    _, slope, gap = state(lam)
    for step in range(most):
        if relative_misses(goal + gap, goal).max(initial=0.0) <= tolerance:
            return lam, step
        jacobian = (z * (d * slope)[:, None]).T @ z + ridge * np.eye(len(lam))
        move, length, here = np.linalg.lstsq(jacobian, gap, rcond=1e-13)[0], 1.0, np.linalg.norm(gap)
        while True:
            _, slope, gap = state(lam - length * move)
            if np.linalg.norm(gap) < here:
                break
            length /= 2
            if length < 1e-6:  # no step helps: there is no solution, or the arithmetic is exhausted
                return lam, step
        lam = lam - length * move
    return lam, most


def _link(u: np.ndarray, distance: Distance, bounds: Bounds | None) -> tuple[np.ndarray, np.ndarray]:
    """F(u) and F'(u)."""
    low, high = bounds or (-np.inf, np.inf)
    if distance != "logit":
        factor = 1 + u if distance == "linear" else np.exp(np.minimum(u, 500.0))
        slope = np.ones_like(u) if distance == "linear" else factor
        inside = (factor > low) & (factor < high)
        return np.clip(factor, low, high), np.where(inside, slope, 0.0)
    a = (high - low) / ((1 - low) * (high - 1))
    e = np.exp(np.clip(a * u, -500.0, 500.0))
    bottom = (high - 1) + (1 - low) * e
    factor = (low * (high - 1) + high * (1 - low) * e) / bottom
    return factor, (factor - low) * (high - factor) / ((1 - low) * (high - 1))


def _check_shapes(d: np.ndarray, x: np.ndarray, totals: np.ndarray) -> None:
    if x.ndim != 2 or x.shape[0] != d.shape[0] or totals.shape != x.shape[1:]:
        raise SurveyError(
            "auxiliary variables, weights and totals do not fit",
            where="calibration",
            expected="x of n rows and p columns, n weights, p totals",
            got=f"x {x.shape}, weights {d.shape}, totals {totals.shape}",
        )
    if not (np.isfinite(x).all() and np.isfinite(totals).all()):
        raise SurveyError("an auxiliary variable or a total is missing or infinite", where="calibration")


def _check_bounds(distance: Distance, bounds: Bounds | None) -> None:
    if distance not in ("linear", "raking", "logit"):
        raise SurveyError("unknown distance", expected="linear, raking or logit", got=repr(distance))
    if (bounds is None) and distance == "logit":
        raise SurveyError("the logit distance needs bounds", expected="(low, high), low < 1 < high")
    if bounds is None:
        return
    low, high = map(np.asarray, bounds)
    row_by_row = distance != "logit" and (low.ndim or high.ndim)
    if not ((low < high) & (row_by_row | ((low < 1) & (high > 1)))).all():
        raise SurveyError(
            "bounds cannot be used", where="calibration", expected="low < 1 < high", got=str(bounds)
        )
