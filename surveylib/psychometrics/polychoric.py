"""What a matrix of polychoric correlations says of a scale: reliability for ordered answers, adequacy."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from surveylib.errors import SurveyError
from surveylib.psychometrics.reliability import alpha


def ordinal_alpha(correlations: np.ndarray) -> float:
    """Cronbach's α of the answers behind the levels (Zumbo, Gadermann & Zeisser 2007).

    >>> round(ordinal_alpha(np.array([[1.0, 0.5], [0.5, 1.0]])), 4)
    0.6667
    """
    return alpha(correlations)


def ordinal_omega(correlations: np.ndarray) -> float:
    """McDonald's ω of the answers behind the levels: (Σλ)² / ((Σλ)² + Σ(1 − λ²)) of one common factor.

    >>> round(ordinal_omega(np.full((3, 3), 0.5) + np.eye(3) / 2), 4)
    0.75
    """
    loadings = one_factor(correlations)
    common = loadings.sum() ** 2
    return float(common / (common + np.sum(1 - loadings**2)))


def one_factor(correlations: np.ndarray) -> np.ndarray:
    """Loadings (k,) on one factor that come nearest to the correlations, by least squares (minres).

    Raises
    ------
    SurveyError
        For fewer than three items: two have no one answer.

    References
    ----------
    Harman & Jones (1966), doi:10.1007/BF02289468.
    """
    r = np.asarray(correlations, dtype=float)
    if len(r) < 3:
        raise SurveyError("a factor needs three items", where="one factor", got=str(len(r)))
    low = np.tril_indices(len(r), -1)
    values, vectors = np.linalg.eigh(r)
    start = vectors[:, -1] * np.sqrt(values[-1]) * np.sign(vectors[:, -1].sum() or 1.0)
    fit = optimize.least_squares(lambda x: r[low] - np.outer(x, x)[low], start, xtol=1e-12, ftol=1e-14)
    return fit.x


def kmo(correlations: np.ndarray) -> tuple[float, np.ndarray]:
    """Kaiser, Meyer and Olkin's measure of sampling adequacy, of all items and of each (k,).

    Near 1 where items share much and pairs share little beyond it; below 0.5 a factor model is not worth
    fitting.

    >>> whole, each = kmo(np.full((3, 3), 0.5) + np.eye(3) / 2)
    >>> round(whole, 4)
    0.6923

    References
    ----------
    Kaiser & Rice (1974), doi:10.1177/001316447403400115.
    """
    r = np.asarray(correlations, dtype=float)
    inverse = np.linalg.inv(r)
    scale = np.sqrt(np.diag(inverse))
    partial = inverse / np.outer(scale, scale)
    own, rest = (np.square(m - np.diag(np.diag(m))) for m in (r, partial))
    each = own.sum(axis=0) / (own.sum(axis=0) + rest.sum(axis=0))
    return float(own.sum() / (own.sum() + rest.sum())), each
