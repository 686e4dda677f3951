"""How like a population a few of its units are: who is in by what is known of them, and by how much the two
distributions overlap.

Greenland & Mansournia (2015), doi:10.1002/sim.6537; Tipton (2014), doi:10.3102/1076998614558486.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from surveylib.errors import SurveyError

_STEPS, _HALVINGS, _ENOUGH = 100, 40, 1e-9
_POINTS, _REACH = 256, 5.0
_BLOCK = 64  # draws a step: a block × units × grid of floats at a time


def independent(x: np.ndarray) -> np.ndarray:
    """Which columns are no sum of a constant and the columns before them, as places.

    >>> independent(np.array([[1.0, 2.0, 5.0], [0.0, 0.0, 5.0], [3.0, 6.0, 5.0]])).tolist()
    [0]
    """
    kept: list[int] = []
    basis = np.ones((len(x), 1)) / np.sqrt(len(x))
    for place in range(x.shape[1]):
        column = x[:, place]
        rest = column - basis @ (basis.T @ column)
        size = np.linalg.norm(rest)
        if size > 1e-9 * max(np.linalg.norm(column), 1.0):
            kept.append(place)
            basis = np.column_stack([basis, rest / size])
    return np.array(kept, dtype=int)


def chosen_scores(x: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Logits of being chosen, by logistic regression with a log-F(1, 1) prior on every slope, a row a draw.

    The prior (odds ratios a standard deviation: 95 % between 1/648 and 648) keeps them finite where what is
    known tells the chosen from the rest without fail, as it soon does with a handful of them.

    Parameters
    ----------
    x : float array (n, p)
        What is known of every unit, columns independent (`independent`); no constant.
    chosen : bool array (draws, n)
        At least one chosen and one not in every row.

    Returns
    -------
    float array (draws, n)

    Raises
    ------
    SurveyError
        If the regression does not settle.
    """
    scaled = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / x.std(axis=0)])
    # The prior as data: half a success and half a failure where one slope stands alone.
    design = np.vstack([scaled, np.eye(scaled.shape[1])[1:]])
    wanted = np.column_stack([chosen.astype(float), np.full((len(chosen), x.shape[1]), 0.5)])
    beta = np.zeros((len(chosen), design.shape[1]))
    share = chosen.mean(axis=1)
    beta[:, 0] = np.log(share / (1 - share))
    reached = _fit(beta, design, wanted)
    for _ in range(_STEPS):
        chance = expit(beta @ design.T)
        inner = np.einsum("rn,ni,nj->rij", chance * (1 - chance), design, design, optimize=True)
        step = np.linalg.solve(inner, ((wanted - chance) @ design)[:, :, None])[:, :, 0]
        if np.abs(step).max() < _ENOUGH:
            return (beta + step) @ scaled.T
        beta, reached = _uphill(beta, step, reached, design, wanted)
    raise SurveyError("the regression of who was chosen does not settle", where="similarity")


def _fit(beta: np.ndarray, design: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The penalised log likelihood, a value a draw."""
    logits = beta @ design.T
    return (wanted * logits - np.logaddexp(0, logits)).sum(axis=1)


def _uphill(beta, step, reached, design, wanted) -> tuple[np.ndarray, np.ndarray]:
    """Newton's step, halved in the draws where it would lead down."""
    size = np.ones(len(beta))
    for _ in range(_HALVINGS):
        tried = beta + size[:, None] * step
        now = _fit(tried, design, wanted)
        down = now < reached - 1e-12 * np.abs(reached)
        if not down.any():
            break
        size = np.where(down, size / 2, size)
    return tried, now


def overlap(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Tipton's index B = ∫ √(f_chosen f_all) by draw: 1 where the chosen are spread as all are, 0 apart.

    Densities are Gaussian kernels with the normal-reference bandwidth, that of the chosen never narrower than
    that of all, so that a few units of one value are no spike.

    Parameters
    ----------
    values : float array (draws, n)
        Of all units.
    chosen : bool array (draws, n)
        As many in every row.

    Examples
    --------
    >>> overlap(np.arange(4.0)[None, :], np.ones((1, 4), dtype=bool)).round(6).tolist()
    [1.0]
    """
    parts = [
        _overlap(values[start : start + _BLOCK], chosen[start : start + _BLOCK])
        for start in range(0, len(values), _BLOCK)
    ]
    return np.concatenate(parts)


def _overlap(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    count = int(chosen[0].sum())
    own = values[chosen].reshape(len(values), count)
    wide = np.maximum(_bandwidth(values), 1e-12)
    own_wide = np.maximum(_bandwidth(own), wide)
    low, high = values.min(axis=1) - _REACH * own_wide, values.max(axis=1) + _REACH * own_wide
    grid = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, _POINTS)
    both = np.sqrt(_density(own, own_wide, grid) * _density(values, wide, grid))
    return np.trapezoid(both, grid, axis=1)


def _bandwidth(values: np.ndarray) -> np.ndarray:
    """(4 / 3n)^⅕ s."""
    if values.shape[1] < 2:
        return np.zeros(len(values))
    return (4 / (3 * values.shape[1])) ** 0.2 * values.std(axis=1, ddof=1)


def _density(values: np.ndarray, wide: np.ndarray, grid: np.ndarray) -> np.ndarray:
    apart = (grid[:, :, None] - values[:, None, :]) / wide[:, None, None]
    return np.exp(-0.5 * apart**2).mean(axis=2) / (wide[:, None] * np.sqrt(2 * np.pi))
