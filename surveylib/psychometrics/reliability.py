"""Internal consistency from a covariance matrix, so that it can be had from totals alone."""

from __future__ import annotations

import numpy as np
from scipy.stats import f as f_distribution

from surveylib.errors import SurveyError


def alpha(covariance: np.ndarray) -> float:
    """Cronbach's α = k/(k−1) · (1 − Σ variances / Σ all covariances) (Cronbach 1951, Psychometrika 16:297).

    Parameters
    ----------
    covariance : float array (k, k)
        Of the k items; its scale does not matter. Pass correlations for the standardised α.

    Returns
    -------
    float
        NaN for fewer than two items, or where the sum score does not vary.

    Raises
    ------
    SurveyError
        If the matrix is not square.

    Examples
    --------
    >>> alpha(np.array([[1.0, 0.5], [0.5, 1.0]]))
    0.6666666666666667
    """
    covariance = np.asarray(covariance, dtype=float)
    if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1]:
        raise SurveyError("a covariance matrix must be square", where="alpha", got=str(covariance.shape))
    k, total = len(covariance), covariance.sum()
    if k < 2 or not total > 1e-12 * np.abs(covariance).sum():
        return float("nan")
    return float(k / (k - 1) * (1 - np.trace(covariance) / total))


def weighted_covariance(x: np.ndarray, *, weights: np.ndarray | None = None) -> np.ndarray:
    """Covariance matrix Σ w (x − x̄)(x − x̄)ᵀ / Σ w · n/(n−1), of complete rows (what R's ``svyvar``
    estimates).

    Parameters
    ----------
    x : float array (n, k)
        Rows with a NaN are left out.
    weights : float array (n,), optional
        1 each when left out.
    """
    x = np.asarray(x, dtype=float)
    weights = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=float)
    if x.ndim != 2 or weights.shape != x.shape[:1]:
        raise SurveyError(
            "items and weights do not fit",
            where="covariance",
            got=f"items {x.shape}, weights {weights.shape}",
        )
    complete = np.isfinite(x).all(axis=1) & (weights > 0)
    x, w = x[complete], weights[complete]
    if len(x) < 2:
        return np.full((x.shape[1], x.shape[1]), np.nan)
    w = w / w.sum()
    centred = x - w @ x
    return (centred * w[:, None]).T @ centred * len(x) / (len(x) - 1)


def cronbach_alpha(x: np.ndarray, *, weights: np.ndarray | None = None) -> float:
    """Cronbach's α of items (n, k), weighted where weights are given; rows with a NaN are left out.

    >>> round(cronbach_alpha(np.array([[1.0, 2], [2, 2], [3, 5], [4, 4]])), 4)
    0.8675
    """
    return alpha(weighted_covariance(x, weights=weights))


def alpha_if_deleted(covariance: np.ndarray) -> np.ndarray:
    """α of the others, item by item: above the scale's α where an item does not belong."""
    keep = ~np.eye(len(covariance), dtype=bool)
    return np.array([alpha(covariance[np.ix_(rest, rest)]) for rest in keep])


def item_rest(covariance: np.ndarray) -> np.ndarray:
    """Correlation of each item with the sum of the others (corrected item-total correlation).

    >>> item_rest(np.array([[1.0, 0.5], [0.5, 1.0]]))
    array([0.5, 0.5])
    """
    covariance = np.asarray(covariance, dtype=float)
    variance = np.diag(covariance)
    with_rest = covariance.sum(axis=1) - variance
    rest = covariance.sum() - 2 * covariance.sum(axis=1) + variance
    scale = np.sqrt(np.maximum(variance * rest, 0.0))
    return np.divide(with_rest, scale, out=np.full(len(scale), np.nan), where=scale > 0)


def mean_correlation(covariance: np.ndarray) -> float:
    """Mean correlation between different items."""
    scale = np.sqrt(np.diag(covariance))
    k = len(scale)
    if k < 2 or not (scale > 0).all():
        return float("nan")
    return float(((covariance / np.outer(scale, scale)).sum() - k) / (k * (k - 1)))


def alpha_interval(value: float, *, n: float, items: int, confidence: float = 0.95) -> tuple[float, float]:
    """Feldt's interval of α: (1 − α)/(1 − α̂) is F(n−1, (n−1)(k−1)) (Feldt, Woodruff & Salih 1987).

    Parameters
    ----------
    value : float
        α̂.
    n : float
        Respondents; with weights their effective number.
    items : int

    Examples
    --------
    >>> tuple(round(end, 3) for end in alpha_interval(0.8, n=100, items=5))
    (0.731, 0.856)
    """
    if not (n > 1 and items > 1 and np.isfinite(value)):
        return float("nan"), float("nan")
    tail, one, other = (1 - confidence) / 2, n - 1, (n - 1) * (items - 1)
    low = 1 - (1 - value) * f_distribution.ppf(1 - tail, one, other)
    high = 1 - (1 - value) * f_distribution.ppf(tail, one, other)
    return float(low), float(high)
