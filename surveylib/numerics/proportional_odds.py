"""Ordered outcomes: cumulative logit and probit models by weighted maximum likelihood.

P(Y ≤ j) = F(ζ_j − xᵀβ), for the thresholds ζ_1 < … < ζ_{J−1}. The log-likelihood is concave in (β, ζ), so
that Newton's steps, halved where they go too far, end at its one maximum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import linalg, special

from surveylib.errors import SurveyError
from surveylib.numerics.irls import BLOCK, MOST_ITERATIONS, Fit, orthonormalise

_FARTHEST = 1e3  # stands for an infinite threshold: F is 0 or 1 there


class Link(NamedTuple):
    """F, the share between two thresholds without cancellation, its density and the density's derivative."""

    quantile: Callable[[np.ndarray], np.ndarray]
    between: Callable[[np.ndarray, np.ndarray], np.ndarray]
    density: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]


def fit_ordinal(columns: np.ndarray, y: np.ndarray, w: np.ndarray, *, levels: int, link: Link) -> Fit:
    """Coefficients (k slopes, then J − 1 thresholds) at which the weighted score is 0.

    Parameters
    ----------
    columns : float array (k, n)
        Regressors without a constant, one a row.
    y : int array (n,)
        Levels 0 … J − 1, each of which occurs among rows with a weight.
    w : float array (n,)
    levels : int
        J, at least 2.
    link : Link

    Raises
    ------
    SurveyError
        A regressor that is a combination of others (or constant), or no finite maximum.

    Examples
    --------
    Without regressors the thresholds are the logits of the cumulated shares.

    >>> y, w = np.array([0, 1, 1, 2]), np.ones(4)
    >>> made = fit_ordinal(np.empty((0, 4)), y, w, levels=3, link=LINKS["logit"])
    >>> made.coefficients.round(6)
    array([-1.098612,  1.098612])

    References
    ----------
    McCullagh (1980), doi:10.1111/j.2517-6161.1980.tb01109.x; Binder (1983), doi:10.2307/1402588.
    """
    k, share = len(columns), w / w.sum()
    # The constant goes first and away again: what is left of the regressors is orthogonal to it.
    columns = np.vstack([np.ones(len(y)), columns])
    turn = orthonormalise(columns, share, constants=1)
    columns, back = columns[1:], turn[1:, 1:]
    below = np.cumsum(np.bincount(y, weights=share, minlength=levels))[:-1]
    start = np.r_[np.zeros(k), link.quantile(below)]
    theta, information, deviance, iterations = _climb(columns, y, share, start, link)
    # Back to the regressors as given: thresholds move by the constant that was taken off.
    whole = linalg.block_diag(back, np.eye(levels - 1))
    whole[k:, :k] = -turn[0, 1:]
    inverse = linalg.inv(information)
    influence = (whole @ inverse / w.sum()) @ _scores(columns, y, theta, link)
    used = np.count_nonzero(w)
    return Fit(whole @ theta, whole @ inverse @ whole.T / used, influence, deviance * used, iterations)


def _climb(q: np.ndarray, y: np.ndarray, share: np.ndarray, theta: np.ndarray, link: Link):
    gradient, information, deviance = _sums(q, y, share, theta, link)
    last = np.inf
    for iteration in range(1, MOST_ITERATIONS + 1):
        try:
            step = linalg.solve(information, gradient, assume_a="pos")
        except linalg.LinAlgError:
            break
        length = float(np.linalg.norm(step))
        for _ in range(40):
            moved = _sums(q, y, share, theta + step, link)
            if moved[2] <= deviance * (1 + 1e-9):
                break
            step = step / 2
        theta, (gradient, information, deviance) = theta + step, moved
        if length <= 1e-12 or (length < 1e-9 and length >= last / 2):
            if linalg.eigvalsh(information)[0] < 1e-9:
                break
            return theta, information, deviance, iteration
        last = length
    raise SurveyError(
        "the model has no finite coefficients",
        expected="levels of the outcome that overlap among the regressors",
        got=f"no convergence in {iteration} steps",
        hint="a regressor (or a few together) orders the outcome perfectly: merge its levels or leave it out",
    )


def _sums(q: np.ndarray, y: np.ndarray, share: np.ndarray, theta: np.ndarray, link: Link):
    """Gradient of the log-likelihood, its negated second derivatives, and the deviance."""
    k, p = len(q), len(theta)
    gradient, information, deviance = np.zeros(p), np.zeros((p, p)), 0.0
    if (np.diff(theta[k:]) <= 0).any():
        return gradient, information, np.inf
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for start in range(0, len(y), BLOCK):
            rows = slice(start, start + BLOCK)
            w = share[rows]
            upper, lower, top, bottom = _cuts(q[:, rows], y[rows], theta)
            chance = link.between(bottom, top)
            deviance -= 2 * float(w @ np.log(np.where(w > 0, chance, 1.0)))
            # The likelihood of a row depends on two numbers only: its upper and its lower cut.
            up, down = link.density(top) / chance, -link.density(bottom) / chance
            gradient += upper @ (w * up) + lower @ (w * down)
            curve_up = up * up - link.slope(top) / chance
            curve_down = down * down + link.slope(bottom) / chance
            cross = (upper * (w * up * down)) @ lower.T
            information += (upper * (w * curve_up)) @ upper.T + (lower * (w * curve_down)) @ lower.T
            information += cross + cross.T
    return gradient, information, deviance if np.isfinite(deviance) else np.inf


def _cuts(part: np.ndarray, y: np.ndarray, theta: np.ndarray):
    """The derivatives (p, n) of a row's upper and lower cut by the parameters, and the cuts themselves."""
    k = len(part)
    bounds = np.r_[-_FARTHEST, theta[k:], _FARTHEST]
    eta = theta[:k] @ part
    thresholds = np.arange(len(theta) - k)[:, None]
    last, first = y == len(theta) - k, y == 0
    upper = np.vstack([-part * ~last, thresholds == y])
    lower = np.vstack([-part * ~first, thresholds == y - 1])
    top = np.where(last, _FARTHEST, bounds[y + 1] - eta)
    bottom = np.where(first, -_FARTHEST, bounds[y] - eta)
    return upper, lower, top, bottom


def _scores(q: np.ndarray, y: np.ndarray, theta: np.ndarray, link: Link) -> np.ndarray:
    """Derivatives (p, n) of every row's log-likelihood."""
    made = np.empty((len(theta), len(y)))
    for start in range(0, len(y), BLOCK):
        rows = slice(start, start + BLOCK)
        upper, lower, top, bottom = _cuts(q[:, rows], y[rows], theta)
        chance = link.between(bottom, top)
        made[:, rows] = (upper * link.density(top) - lower * link.density(bottom)) / chance
    return made


# ---- the links -------------------------------------------------------------------------------------------


def _logistic_between(low, high):
    return special.expit(high) * special.expit(-low) * -np.expm1(low - high)


def _logistic_density(x):
    return special.expit(x) * special.expit(-x)


def _logistic_slope(x):
    return _logistic_density(x) * (special.expit(-x) - special.expit(x))


def _normal_between(low, high):
    # Both above 0: the other tail holds more digits.
    flip = low > 0
    return special.ndtr(np.where(flip, -low, high)) - special.ndtr(np.where(flip, -high, low))


def _normal_density(x):
    return np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


def _normal_slope(x):
    return -x * _normal_density(x)


LINKS = {
    "logit": Link(special.logit, _logistic_between, _logistic_density, _logistic_slope),
    "probit": Link(special.ndtri, _normal_between, _normal_density, _normal_slope),
}
