"""Missing answers filled several times, and the estimates of the fillings put together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

DONORS = 5


class Pooled(NamedTuple):
    """Mean estimate, its standard error, degrees of freedom, share of the information that was missing."""

    estimate: float
    std_error: float
    df: float
    missing_information: float


def rubin(estimates: Sequence[float], errors: Sequence[float], *, complete_df: float = math.inf) -> Pooled:
    """Estimates from completed data sets put together by Rubin's rules.

    Parameters
    ----------
    estimates, errors : M numbers each
        Estimates and their standard errors, M ≥ 2.
    complete_df : float
        Degrees of freedom had nothing been missing.

    Raises
    ------
    ValueError
        For fewer than two.

    Examples
    --------
    >>> made = rubin([1.0, 1.2, 0.9], [0.3, 0.3, 0.3], complete_df=12)
    >>> round(made.std_error, 4), round(made.df, 2)
    (0.348, 6.16)

    References
    ----------
    Rubin (1987), Multiple Imputation; Barnard & Rubin (1999), doi:10.1093/biomet/86.4.948.
    """
    q, u = np.asarray(estimates, dtype=float), np.square(np.asarray(errors, dtype=float))
    if len(q) < 2 or len(q) != len(u):
        raise ValueError("at least two completed data sets are needed, each with its error")
    within, between = float(u.mean()), float(q.var(ddof=1)) * (1 + 1 / len(q))
    total = within + between
    share = between / total if total > 0 else 0.0
    old = (len(q) - 1) / share**2 if share > 0 else math.inf
    seen = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    seen = math.inf if math.isinf(complete_df) else seen
    inverse = (1 / old if old > 0 else math.inf) + (1 / seen if seen > 0 else math.inf)
    df = 1 / inverse if inverse > 0 else math.inf
    return Pooled(float(q.mean()), math.sqrt(total), df, share)


def hot_deck(
    answers: np.ndarray, wanted: np.ndarray, groups: np.ndarray, *, rng: np.random.Generator
) -> np.ndarray:
    """One completion of the answers `wanted`: each takes that of somebody of the same group who is like it.

    Within a group the donors are first drawn with replacement (approximate Bayesian bootstrap), which lets
    the completions differ as much as the unknown distribution does; of those who answered the item, one of
    the `DONORS` nearest by the mean of the other answers, measured from the items' means, gives its answer.
    An item that nobody of the group answered stays NaN.

    Parameters
    ----------
    answers : float array (n, k)
        NaN where there is none.
    wanted : bool array (n, k)
        What is to be filled; all of it NaN.
    groups : int array (n,)
        Codes from 0.

    References
    ----------
    Rubin & Schenker (1986), doi:10.1080/01621459.1986.10478280; Little (1988), predictive mean matching.

    Examples
    --------
    >>> got = hot_deck(np.array([[1.0, 2.0], [1.0, np.nan]]), np.array([[0, 0], [0, 1]], dtype=bool),
    ...                np.zeros(2, dtype=int), rng=np.random.default_rng(1))
    >>> float(got[1, 1])
    2.0
    """
    filled = answers.copy()
    apart = answers - _column_means(answers)
    there = np.isfinite(apart)
    total, count = np.where(there, apart, 0.0).sum(axis=1), there.sum(axis=1)
    for place in np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1]):
        if not wanted[place].any():
            continue
        drawn = place[rng.integers(len(place), size=len(place))]
        for item in np.flatnonzero(wanted[place].any(axis=0)):
            donors = drawn[np.isfinite(answers[drawn, item])]
            donors = donors if len(donors) else place[np.isfinite(answers[place, item])]
            takers = place[wanted[place, item]]
            if len(donors):
                # A donor's own answer to the item must not make it look like the taker.
                others = count[donors] - there[donors, item]
                of_donors = _mean(
                    total[donors] - np.where(there[donors, item], apart[donors, item], 0), others
                )
                near = _near(_mean(total[takers], count[takers]), of_donors, rng)
                filled[takers, item] = answers[donors[near], item]
    return filled


def _near(takers: np.ndarray, donors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A donor's place for each taker, at random among the nearest; among all where the taker answered
    nothing else."""
    near = min(DONORS, len(donors))
    distance = np.abs(takers[:, None] - donors)
    order = np.argsort(distance, axis=1, kind="stable")[:, :near]
    chosen = order[np.arange(len(takers)), rng.integers(near, size=len(takers))]
    return np.where(np.isfinite(takers), chosen, rng.integers(len(donors), size=len(takers)))


def _column_means(values: np.ndarray) -> np.ndarray:
    there = np.isfinite(values)
    return np.where(there, values, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)


def _mean(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
