"""Weighted generalised linear models: maximum pseudo-likelihood by scoring, converged to rounding.

Regressors are orthonormalised first, so that precision is lost with the condition of the regressors and not
with its square; the rows are passed in blocks that stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from scipy import linalg, special

from surveylib.errors import SurveyError

BLOCK = 8192
MANY = 32 * BLOCK  # from so many rows on, every sixteenth tells where to start
MOST_ITERATIONS = 60
_SMALLEST_PIVOT = 1e-10  # share of a column's square that the columns before it must leave unexplained
_SMALLEST_INFORMATION = 1e-9


class Family(NamedTuple):
    """A distribution with its link.

    `pieces(y, eta)` gives, by row, the derivative of the log-likelihood by the linear predictor, its expected
    square, and the deviance less `saturated(y)`, which no coefficient moves; `mean(eta)` gives μ,
    `slopes(eta)` its first and second derivatives; `start(y)` a first linear predictor; `low` and `high`
    bound the outcome.
    """

    pieces: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]
    saturated: Callable[[np.ndarray], np.ndarray]
    mean: Callable[[np.ndarray], np.ndarray]
    slopes: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    start: Callable[[np.ndarray], np.ndarray]
    low: float
    high: float


class Fit(NamedTuple):
    """What a fit gives, over k columns and n rows.

    `coefficients` (k,); `information_inverse` (k, k) of Σ v x xᵀ with weights of mean 1; `influence` (k, n):
    the error of the coefficients is about Σ w · influence; `deviance` with weights of mean 1.
    """

    coefficients: np.ndarray
    information_inverse: np.ndarray
    influence: np.ndarray
    deviance: float
    iterations: int


def fit(columns: np.ndarray, y: np.ndarray, w: np.ndarray, *, family: Family) -> Fit:
    """Coefficients at which the weighted score is 0, and what their variance needs.

    Parameters
    ----------
    columns : float array (k, n)
        One regressor a row, C order. Its memory is used again and becomes the influence.
    y, w : float arrays (n,)
        Outcome and weights; weights of 0 count for nothing.
    family : Family

    Raises
    ------
    SurveyError
        When a column is a linear combination of those before it (`got` holds its number), or the outcome is
        separated by the regressors: no finite coefficients exist.

    Examples
    --------
    >>> x = np.array([[1.0, 1, 1, 1], [0, 1, 2, 3]])
    >>> fit(x, np.array([1.0, 3, 5, 7]), np.ones(4), family=FAMILIES["gaussian"]).coefficients.round(12)
    array([1., 2.])

    References
    ----------
    Binder (1983), doi:10.2307/1402588; McCullagh & Nelder (1989), ch. 2.
    """
    share = w / w.sum()
    back = orthonormalise(columns, share)
    coefficients, information, deviance, iterations = _climb(columns, y, share, family)
    inverse = linalg.inv(information)
    turn = back @ inverse / w.sum()
    for rows in _blocks(len(y)):
        score = family.pieces(y[rows], coefficients @ columns[:, rows])[0]
        columns[:, rows] = turn @ (columns[:, rows] * score)
    used = np.count_nonzero(w)
    deviance = used * (deviance + float(share @ family.saturated(y)))
    return Fit(back @ coefficients, back @ inverse @ back.T / used, columns, deviance, iterations)


def orthonormalise(columns: np.ndarray, share: np.ndarray, *, constants: int = 0) -> np.ndarray:
    """Replace the columns (k, n) by orthonormal ones under `share`; returns the matrix (k, k) that leads
    coefficients back.

    Raises SurveyError, with the number of the column in `got` (after the first `constants` of them), when one
    is a combination of those before it.
    """
    k, n = columns.shape
    gram = np.zeros((k, k))
    for rows in _blocks(n):
        gram += (columns[:, rows] * share[rows]) @ columns[:, rows].T
    scale = np.sqrt(np.diag(gram))
    if (scale == 0).any():
        raise _dependent(int(np.argmin(scale)) - constants)
    factor, fault = linalg.lapack.dpotrf(gram / np.outer(scale, scale), lower=1, clean=1)
    pivots = np.diag(factor)[: fault - 1 if fault else k] ** 2
    weak = np.flatnonzero(pivots < _SMALLEST_PIVOT)
    if fault or len(weak):
        raise _dependent(int(weak[0] if len(weak) else fault - 1) - constants)
    turn = linalg.solve_triangular(factor, np.diag(1 / scale), lower=True)
    for rows in _blocks(n):
        columns[:, rows] = turn @ columns[:, rows]
    return turn.T


def _dependent(number: int) -> SurveyError:
    return SurveyError(
        "a regressor is a linear combination of those before it", got=f"regressor {number + 1}"
    )


def _climb(q: np.ndarray, y: np.ndarray, share: np.ndarray, family: Family):
    """Scoring steps, halved while the deviance rises, until they are rounding."""
    beta = _start(q, y, share, family)
    gradient, information, deviance = _sums(q, y, share, beta, family)
    # What a step is small against; coefficients alone may all be 0.
    size = max(float(np.linalg.norm(beta) + np.sqrt(abs(deviance))), 1e-300)
    last = np.inf
    for iteration in range(1, MOST_ITERATIONS + 1):
        if not linalg.eigvalsh(information)[0] > _SMALLEST_INFORMATION:
            break
        step = linalg.solve(information, gradient, assume_a="pos")
        length = float(np.linalg.norm(step)) / size
        for _ in range(30):
            moved = _sums(q, y, share, beta + step, family)
            if moved[2] <= deviance + 1e-9 * abs(deviance) + 1e-300:
                break
            step = step / 2
        beta, (gradient, information, deviance) = beta + step, moved
        if length <= 1e-12 or (length < 1e-9 and length >= last / 2):
            if linalg.eigvalsh(information)[0] < _SMALLEST_INFORMATION:
                break
            return beta, information, deviance, iteration
        last = length
    raise SurveyError(
        "the model has no finite coefficients",
        expected="an outcome that varies among rows with the same regressors",
        got=f"no convergence in {iteration} steps",
        hint="a regressor, or a few together, predicts the outcome perfectly: merge its levels or drop it",
    )


def _start(q: np.ndarray, y: np.ndarray, share: np.ndarray, family: Family) -> np.ndarray:
    if len(y) >= MANY:
        some = slice(None, None, 16)
        part = share[some] / max(share[some].sum(), 1e-300)
        # Some rows may be separated, or without weight, where all are not.
        with suppress(SurveyError, linalg.LinAlgError):
            return _climb(np.ascontiguousarray(q[:, some]), y[some], part, family)[0]
    return q @ (share * family.start(y))


def _sums(q: np.ndarray, y: np.ndarray, share: np.ndarray, beta: np.ndarray, family: Family):
    """Gradient, expected information and deviance at `beta`."""
    gradient, information, deviance = np.zeros(len(q)), np.zeros((len(q), len(q))), 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for rows in _blocks(len(y)):
            part, w = q[:, rows], share[rows]
            score, weight, unit = family.pieces(y[rows], beta @ part)
            gradient += part @ (w * score)
            information += (part * (w * weight)) @ part.T
            deviance += float(w @ unit)
    return gradient, information, deviance if np.isfinite(deviance) else np.inf


def _blocks(n: int):
    return (slice(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK))


# ---- the families ----------------------------------------------------------------------------------------


def _gaussian(y, eta):
    rest = y - eta
    return rest, np.ones_like(eta), rest * rest


def _logit(y, eta):
    mu = special.expit(eta)
    # log(1 + e^η) − yη, without overflow.
    unit = np.log1p(np.exp(-np.abs(eta))) + np.maximum(eta, 0) - y * eta
    return y - mu, mu * (1 - mu), 2 * unit


def _probit(y, eta):
    low, high = special.log_ndtr(-eta), special.log_ndtr(eta)
    density = -0.5 * eta * eta - 0.5 * np.log(2 * np.pi)
    ratio = np.exp(density - low - high)
    unit = -(y * high + (1 - y) * low)
    return (y - special.ndtr(eta)) * ratio, np.exp(density) * ratio, 2 * unit


def _poisson(y, eta):
    mu = np.exp(eta)
    return y - mu, mu, 2 * (mu - y * eta)


def _binary_saturated(y):
    return 2 * (special.xlogy(y, y) + special.xlogy(1 - y, 1 - y))


def _counts_saturated(y):
    return 2 * (special.xlogy(y, y) - y)


def _logit_slopes(eta):
    mu = special.expit(eta)
    slope = mu * special.expit(-eta)
    return slope, slope * (1 - 2 * mu)


def _probit_slopes(eta):
    slope = np.exp(-0.5 * eta * eta) / np.sqrt(2 * np.pi)
    return slope, -eta * slope


def _unchanged(eta):
    return eta


FAMILIES = {
    "gaussian": Family(
        _gaussian,
        np.zeros_like,
        _unchanged,
        lambda eta: (np.ones_like(eta), np.zeros_like(eta)),
        _unchanged,
        -np.inf,
        np.inf,
    ),
    "logit": Family(
        _logit,
        _binary_saturated,
        special.expit,
        _logit_slopes,
        lambda y: special.logit((y + 0.5) / 2),
        0.0,
        1.0,
    ),
    "probit": Family(
        _probit,
        _binary_saturated,
        special.ndtr,
        _probit_slopes,
        lambda y: special.ndtri((y + 0.5) / 2),
        0.0,
        1.0,
    ),
    "poisson": Family(
        _poisson,
        _counts_saturated,
        np.exp,
        lambda eta: (np.exp(eta), np.exp(eta)),
        lambda y: np.log(y + 0.1),
        0.0,
        np.inf,
    ),
}
