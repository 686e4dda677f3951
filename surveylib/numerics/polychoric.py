"""Ordered answers as cuts of normal variables: thresholds, polychoric correlations and their covariance.

Two steps: thresholds from each item alone, then each correlation by maximum likelihood with the thresholds
held (Olsson 1979, doi:10.1007/BF02296207); the covariance of both together from the scores of the two steps
(Muthén 1984, doi:10.1007/BF02294210).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from surveylib.numerics.normal import bivariate_cdf, bivariate_density

_LARGEST = 0.9999
_MOST_STEPS = 60
_FAR = 38.0  # stands for infinity: there the normal distribution has ended in double precision


class Moments(NamedTuple):
    """What a sample of ordered answers says: thresholds and correlations, and how surely.

    `values` holds the thresholds, item after item, then the correlations of the pairs (0, 1), (0, 2) … in
    `pairs`; `item` names the item of each threshold. `gamma` is n times the covariance of `values`.
    """

    values: np.ndarray
    gamma: np.ndarray
    item: np.ndarray
    pairs: np.ndarray
    n: int

    @property
    def thresholds(self) -> np.ndarray:
        return self.values[: len(self.item)]

    @property
    def correlations(self) -> np.ndarray:
        """The correlation matrix (p, p)."""
        return as_matrix(self.values[len(self.item) :], pairs=self.pairs)


def as_matrix(correlations: np.ndarray, *, pairs: np.ndarray) -> np.ndarray:
    """Correlations of pairs of items as a symmetric matrix with ones on its diagonal."""
    made = np.eye(int(pairs.max()) + 1)
    made[pairs[:, 0], pairs[:, 1]] = made[pairs[:, 1], pairs[:, 0]] = correlations
    return made


def moments(codes: np.ndarray, *, weights: np.ndarray | None = None) -> Moments:
    """Thresholds, polychoric correlations and n times their covariance.

    Parameters
    ----------
    codes : int array (n, p)
        Answers 0, 1, …, each level of an item occurring; no missing ones.
    weights : float array (n,), optional
        Sampling weights; they are scaled to a mean of 1. The covariance then is that of independent
        respondents drawn with unequal chances: it knows of no strata and clusters.

    Examples
    --------
    Of two yes-or-no items the correlation is the tetrachoric one.

    >>> x = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [40, 10, 10, 40], axis=0)
    >>> made = moments(x)
    >>> made.values.round(4), bool(abs(made.values[2] - np.sin(0.3 * np.pi)) < 1e-12)
    (array([0.   , 0.   , 0.809]), True)
    """
    codes = np.asarray(codes)
    n, p = codes.shape
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=float) / np.mean(weights)
    cuts = [thresholds(np.bincount(codes[:, i], weights=w)) for i in range(p)]
    pairs = np.array([(i, j) for i in range(p) for j in range(i + 1, p)])
    tables, bounds = pair_tables(codes, w, pairs=pairs), padded(cuts)
    low, high = bounds[pairs[:, 0]], bounds[pairs[:, 1]]
    rho = correlate(tables, low, high)
    item = np.repeat(np.arange(p), [len(cut) for cut in cuts])
    gamma = _gamma(codes, w, tables=tables, bounds=bounds, pairs=pairs, rho=rho, item=item)
    return Moments(np.concatenate([*cuts, rho]), gamma, item, pairs, n)


def thresholds(counts: np.ndarray) -> np.ndarray:
    """Normal quantiles of the cumulated shares of an item's levels.

    >>> thresholds(np.array([25.0, 50.0, 25.0])).round(4)
    array([-0.6745,  0.6745])
    """
    return ndtri(np.cumsum(counts)[:-1] / np.sum(counts))


def padded(cuts: list[np.ndarray]) -> np.ndarray:
    """Thresholds (p, most levels + 1) between −∞ and +∞; items with fewer levels end in several +∞."""
    made = np.full((len(cuts), max(len(cut) for cut in cuts) + 2), _FAR)
    made[:, 0] = -_FAR
    for i, cut in enumerate(cuts):
        made[i, 1 : len(cut) + 1] = cut
    return made


def pair_tables(codes: np.ndarray, weights: np.ndarray, *, pairs: np.ndarray) -> np.ndarray:
    """Weighted cross tables (pairs, levels, levels)."""
    levels = int(codes.max()) + 1
    places = codes[:, pairs[:, 0]] * levels + codes[:, pairs[:, 1]] + np.arange(len(pairs)) * levels**2
    spread = np.broadcast_to(weights[:, None], places.shape)
    flat = np.bincount(places.ravel(), weights=spread.ravel(), minlength=len(pairs) * levels**2)
    return flat.reshape(len(pairs), levels, levels)


def correlate(tables: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The polychoric correlation of each table, given both items' thresholds, by Fisher scoring.

    Parameters
    ----------
    tables : float array (m, J, K)
    low, high : float arrays (m, J + 1), (m, K + 1)
        Thresholds of rows and columns between −∞ and +∞ (`padded`).
    """
    rho = np.zeros(len(tables))
    total = tables.sum(axis=(1, 2))
    for _ in range(_MOST_STEPS):
        chance, slope = _cells(low, high, rho)
        ratio = slope / chance
        step = np.einsum("mjk,mjk->m", tables, ratio) / (total * np.einsum("mjk,mjk->m", slope, ratio))
        # A step never goes more than halfway to the boundary.
        new = np.clip(rho + step, (rho - 1) / 2, (rho + 1) / 2)
        done, rho = np.abs(new - rho).max() < 1e-12, np.clip(new, -_LARGEST, _LARGEST)
        if done:
            break
    return rho


def _cells(low: np.ndarray, high: np.ndarray, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Chance of each cell and its derivative by the correlation, both (m, J, K)."""
    h, k, r = low[:, :, None], high[:, None, :], rho[:, None, None]
    below = ndtr(h) * ndtr(k)  # right at the borders, where one of the bounds is infinite
    inner = np.broadcast_to(r, below[:, 1:-1, 1:-1].shape)
    below[:, 1:-1, 1:-1] = bivariate_cdf(h[:, 1:-1], k[:, :, 1:-1], inner)
    return np.maximum(_rectangles(below), 1e-12), _rectangles(bivariate_density(h, k, r))


def _rectangles(corners: np.ndarray) -> np.ndarray:
    return np.diff(np.diff(corners, axis=1), axis=2)


def _gamma(codes, w, *, tables, bounds, pairs, rho, item) -> np.ndarray:
    """n times the sandwich covariance of thresholds and correlations, from the scores of the two steps."""
    m, t = len(pairs), len(item)
    first = _threshold_scores(codes, bounds, item)
    low, high = bounds[pairs[:, 0]], bounds[pairs[:, 1]]
    chance, slope = _cells(low, high, rho)
    by_rho = slope / chance
    second = by_rho[np.arange(m), codes[:, pairs[:, 0]], codes[:, pairs[:, 1]]]
    bread = np.zeros((t + m, t + m))
    bread[:t, :t] = np.where(item[:, None] == item, (first * w[:, None]).T @ first, 0.0)
    bread[t:, :t] = _crossed(tables * by_rho / chance, low, high, pairs=pairs, rho=rho, item=item)
    bread[np.arange(t, t + m), np.arange(t, t + m)] = np.einsum("mjk,mjk->m", tables, by_rho**2)
    scores = np.hstack([first, second]) * w[:, None]
    influence = np.linalg.solve(bread, scores.T)
    return len(codes) * influence @ influence.T


def _threshold_scores(codes: np.ndarray, bounds: np.ndarray, item: np.ndarray) -> np.ndarray:
    """Scores (n, thresholds) of each respondent for each item's own thresholds."""
    place = _place(item)
    cut = bounds[item, place + 1]
    density = np.exp(-(cut**2) / 2) / np.sqrt(2 * np.pi)
    chance = np.diff(ndtr(bounds), axis=1)
    own = codes[:, item]
    return density * ((own == place) / chance[item, place] - (own == place + 1) / chance[item, place + 1])


def _place(item: np.ndarray) -> np.ndarray:
    """Of each threshold, its number among those of its item."""
    return np.arange(len(item)) - np.searchsorted(item, item)


def _crossed(scaled, low, high, *, pairs, rho, item) -> np.ndarray:
    """Σ score of a correlation × score of a threshold in the pair's likelihood, (pairs, thresholds).

    `scaled` is count × score / chance (m, J, K).
    """
    made, place = np.zeros((len(pairs), len(item))), _place(item)
    for side, (one, other) in enumerate(((low, high), (high, low))):
        table = scaled if side == 0 else scaled.swapaxes(1, 2)
        inner = one[:, 1:-1]
        rest = np.sqrt(1 - rho**2)[:, None, None]
        given = np.diff(ndtr((other[:, None, :] - rho[:, None, None] * inner[:, :, None]) / rest), axis=2)
        # Beyond an item's last threshold the bounds are infinite and the density is 0.
        with np.errstate(invalid="ignore"):
            part = (
                np.exp(-(inner**2) / 2)
                / np.sqrt(2 * np.pi)
                * np.einsum("mjk,mjk->mj", table[:, :-1] - table[:, 1:], np.nan_to_num(given))
            )
        rows, columns = np.nonzero(pairs[:, side][:, None] == item)
        made[rows, columns] = part[rows, place[columns]]
    return made
