"""Cronbach's alpha with a design-based standard error, from the moments of a scale in totals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from surveylib.errors import SurveyError, unknown
from surveylib.model.totals import PsuTotals, Statistic
from surveylib.numerics.intervals import quantile_t


def asked_together(statistics: Sequence[Statistic]) -> list[tuple[Statistic, ...]]:
    """The statistics, those that make one estimate together: the moments of a scale, else each alone."""
    made: list[tuple[Statistic, ...]] = []
    for (kind, _), group in groupby(statistics, key=lambda s: (s.kind, s.variable)):
        members = tuple(group)
        made += [members] if kind == "alpha" else [(one,) for one in members]
    return made


def items_of(moments: int) -> int:
    """How many items k have so many moments: k means and k(k + 1)/2 products.

    >>> items_of(9)
    3
    """
    k = (int(np.sqrt(9 + 8 * moments)) - 3) // 2
    if k < 2 or k * (k + 3) // 2 != moments:
        raise SurveyError("totals hold a part of a scale's moments only", got=f"{moments} moments")
    return k


def alpha_of(means: np.ndarray) -> np.ndarray:
    """α = k/(k−1) · (1 − Σ variances / Σ all covariances) (Cronbach 1951, doi:10.1007/BF02310555).

    Parameters
    ----------
    means : float array (m, …)
        Means of the k items, then of their products, pairs in the order 11, 12 … 1k, 22 ….
    """
    parts, whole = _variances(means)
    k = items_of(len(means))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, k / (k - 1) * (1 - parts / whole), np.nan)


def alpha_slopes(means: np.ndarray) -> np.ndarray:
    """Derivatives (m, …) of α in the means.

    >>> means = np.array([2.0, 3.0, 5.0, 6.5, 10.5])
    >>> step = np.array([0, 0, 0, 1e-7, 0])
    >>> bool(np.isclose((alpha_of(means + step) - alpha_of(means - step)) / 2e-7, alpha_slopes(means)[3]))
    True
    """
    k = items_of(len(means))
    parts, whole = _variances(means)
    rows, columns = np.triu_indices(k)
    own = (rows == columns).reshape(-1, *[1] * (means.ndim - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        by_parts, by_whole = -k / (k - 1) / whole, k / (k - 1) * parts / whole**2
    to_items = -2 * means[:k] * by_parts - 2 * means[:k].sum(axis=0) * by_whole
    to_products = np.where(own, by_parts + by_whole, 2 * by_whole)
    return np.concatenate([to_items, to_products])


def alpha_ends(value, std_error, df, *, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """An interval that is symmetric in ln(1 − α), and so never above 1 (Bonett 2002,
    doi:10.3102/10769986027004335, with the design's standard error)."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        half = quantile_t(confidence, df) * std_error / (1 - value)
        return 1 - (1 - value) * np.exp(half), 1 - (1 - value) * np.exp(-half)


def item_covariances(totals: PsuTotals, *, scale: str) -> np.ndarray:
    """Covariances (D, k, k) of the items of a scale in every domain, over the rows that answered all of them.

    What else is told of a scale follows from them: alpha without an item, item-rest correlations, the mean
    correlation (`psychometrics.reliability`).

    Raises
    ------
    SurveyError
        Totals without alpha of this scale.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveylib.estimation.declare import declare
    >>> from surveylib.estimation.totals import totals
    >>> from surveylib.model.totals import Request
    >>> rows = pd.DataFrame({"a": [1.0, 2, 3, 6], "b": [2.0, 1, 4, 5]})
    >>> asked = [Request(kind="alpha", variable="ease", items=("a", "b"))]
    >>> item_covariances(totals(rows, declare(rows), requests=asked), scale="ease")[0].round(4)
    array([[4.6667, 3.3333],
           [3.3333, 3.3333]])
    """
    found = [s for s in totals.statistics if (s.kind, s.variable) == ("alpha", scale)]
    if not found:
        known = {s.variable for s in totals.statistics if s.kind == "alpha"}
        raise unknown("scale in the totals", scale, known)
    k, ones = items_of(len(found)), found[0].ones
    n = totals.counts[ones]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = totals.sums[[s.top for s in found]].sum(axis=1) / totals.sums[ones].sum(axis=0)
        bessel = np.where(n > 1, n / (n - 1), np.nan)
    rows, columns = np.triu_indices(k)
    made = np.empty((len(n), k, k))
    made[:, rows, columns] = ((means[k:] - means[rows] * means[columns]) * bessel).T
    made[:, columns, rows] = made[:, rows, columns]
    return made


def _variances(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the items' variances; variance of their sum (0 where only rounding is left)."""
    k = items_of(len(means))
    rows, columns = np.triu_indices(k)
    items, products = means[:k], means[k:]
    own = rows == columns
    parts = products[own].sum(axis=0) - (items**2).sum(axis=0)
    squared = products[own].sum(axis=0) + 2 * products[~own].sum(axis=0)
    whole = squared - items.sum(axis=0) ** 2
    return parts, np.where(whole > 1e-12 * squared, whole, 0.0)
