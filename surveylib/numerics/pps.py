"""Variance of a sample drawn without replacement with unequal probabilities, from pairs of clusters.

With π_i the probability that cluster i was drawn, π_ij that i and j both were, Δ_ij = 1 − π_i π_j / π_ij (and
Δ_ii = 1 − π_i), and z_i the influence totals already divided by π_i:

    Horvitz–Thompson (1952)       V = Σ_i Σ_j Δ_ij z_i z_j
    Yates–Grundy (1953), Sen      V = −½ Σ_i Σ_j Δ_ij (z_i − z_j)²
    Brewer                        V = n/(n−1) Σ_i (1 − π_i) (z_i − z̄)², within strata; needs no pairs

doi:10.1080/01621459.1952.10483446, doi:10.1111/j.2517-6161.1953.tb00140.x; Brewer (2002), Combined Survey
Sampling Inference. Overton's and Hartley & Rao's (doi:10.1214/aoms/1177704564) probabilities of pairs need
those of the single clusters only.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def overton(probabilities: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Δ (P, P) by Overton's pairs: π_i π_j / π_ij = (n − (π_i + π_j)/2) / (n − 1); 0 across strata.

    >>> overton(np.array([0.5, 0.5, 0.5]), np.zeros(3, int)).round(3)[0]
    array([ 0.5 , -0.25, -0.25])
    """
    pi, n = probabilities, np.bincount(strata)[strata]
    return _within(1 - (n - (pi[:, None] + pi) / 2) / _others(n), pi, strata)


def hartley_rao(
    probabilities: np.ndarray, strata: np.ndarray, *, squares: Mapping[int, float] | None = None
) -> np.ndarray:
    """Δ (P, P) by Hartley & Rao's pairs: π_i π_j / π_ij = (n − π_i − π_j + S/n) / (n − 1); 0 across strata.

    Parameters
    ----------
    squares : mapping of stratum to float, optional
        S = Σ π² over all clusters of the stratum's population; without it, the sum of π over those sampled,
        which estimates it.
    """
    pi, n = probabilities, np.bincount(strata)[strata]
    if squares is None:
        total = np.bincount(strata, weights=pi)[strata]
    else:
        total = np.array([squares[int(code)] for code in strata])
    return _within(1 - (n - pi[:, None] - pi + total / n) / _others(n), pi, strata)


def from_joint(joint: np.ndarray) -> np.ndarray:
    """Δ (P, P) from the probabilities π_ij of pairs, π_i on the diagonal.

    >>> from_joint(np.array([[0.5, 0.2], [0.2, 0.5]]))
    array([[ 0.5 , -0.25],
           [-0.25,  0.5 ]])
    """
    pi = np.diag(joint)
    delta = 1 - np.outer(pi, pi) / joint
    np.fill_diagonal(delta, 1 - pi)
    return delta


def _others(n: np.ndarray) -> np.ndarray:
    """n − 1; a cluster alone in its stratum is there with certainty: its term is 0 whatever stands here."""
    return np.maximum(n - 1, 1)


def equal(sizes: np.ndarray, populations: np.ndarray, strata: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Δ (n, n) of rows whose clusters were drawn with equal probabilities in strata.

    Parameters
    ----------
    sizes, populations : float arrays (n,)
        Clusters drawn in the row's stratum, and clusters in its population (inf: with replacement).
    strata, clusters : int arrays (n,)

    Examples
    --------
    >>> equal(np.full(2, 2.0), np.full(2, 4.0), np.zeros(2, int), np.arange(2)).round(3)
    array([[ 0.5, -0.5],
           [-0.5,  0.5]])
    """
    fraction = sizes / populations
    # π_i π_j / π_ij = n/(n − 1) · (N − 1)/N, which has a limit as N grows.
    ratio = sizes / _others(sizes) * (1 - 1 / populations)
    delta = np.where(strata[:, None] == strata, 1 - ratio[:, None], 0.0)
    same = clusters[:, None] == clusters
    return np.where(same, 1 - fraction[:, None], delta)


def both(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Δ (n, n) of rows drawn in two phases, from those of the first and, given the first, of the second.

    The probabilities of pairs multiply: 1 − Δ = (1 − Δ₁)(1 − Δ₂) (Särndal, Swensson & Wretman 1992, ch. 9).
    """
    return first + second - first * second


def _within(delta: np.ndarray, pi: np.ndarray, strata: np.ndarray) -> np.ndarray:
    delta = np.where(strata[:, None] == strata, delta, 0.0)
    np.fill_diagonal(delta, 1 - pi)
    return delta


def horvitz_thompson(z: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """Covariance (k, k) from influence totals z (P, k); unbiased, and may come out negative."""
    return z.T @ delta @ z


def yates_grundy(z: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """Covariance (k, k) from influence totals z (P, k); unbiased where the sample's size is fixed."""
    return z.T @ delta @ z - (z * delta.sum(axis=1)[:, None]).T @ z


def brewer(z: np.ndarray, probabilities: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Covariance (k, k) from influence totals z (P, k), without pairs; never negative."""
    n = np.bincount(strata)[strata].astype(float)
    sums = np.zeros((int(strata.max(initial=0)) + 1, z.shape[1]))
    np.add.at(sums, strata, z)
    centred = (z - (sums[strata] / n[:, None])) * np.sqrt((1 - probabilities) * n / _others(n))[:, None]
    return centred.T @ centred
