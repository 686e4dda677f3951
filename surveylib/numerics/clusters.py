"""Difference in differences on respondents, from the cells alone, with errors clustered by unit.

The regressors (1, pilot, after, pilot × after) do not vary within a unit's wave, so counts and means of the
cells are all that coefficients, cluster-robust errors and the wild cluster bootstrap need of the respondents.

Cameron & Miller (2015), doi:10.3368/jhr.50.2.317; Cameron, Gelbach & Miller (2008),
doi:10.1162/rest.90.3.414; Carter, Schnepel & Steigerwald (2017), doi:10.1162/REST_a_00639.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveylib.numerics.randomisation import TIE, Difference

MOST_SIGNS = 2**17
_BLOCK = 2**13  # sign patterns a step: 8,192 × units floats at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """p of the restricted wild cluster bootstrap, and how many sign patterns it rests on.

    `p` counts ties as at least as large; `p_strict`, for comparison with other software, does not.
    """

    p: float
    p_strict: float
    patterns: int
    enumerated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """Rows of X a unit and side (u, 2, 4), counts, inverse of X'X, coefficients, and each unit's scores."""

    x: np.ndarray
    counts: np.ndarray
    bread: np.ndarray
    beta: np.ndarray
    scores: np.ndarray


def _fit(means: np.ndarray, counts: np.ndarray, treated: np.ndarray, *, restricted: bool) -> _Fit:
    pilot = np.broadcast_to(treated[:, None].astype(float), means.shape)
    after = np.broadcast_to([0.0, 1.0], means.shape)
    x = np.stack([np.ones_like(means), pilot, after, pilot * after], axis=2)
    whole = np.einsum("gs,gsi,gsj->ij", counts, x, x)
    used = x[:, :, :3] if restricted else x
    inner = np.einsum("gs,gsi,gsj->ij", counts, used, used)
    beta = np.zeros(4)
    beta[: used.shape[2]] = np.linalg.solve(inner, np.einsum("gs,gsi,gs->i", counts, used, means))
    rest = counts * (means - x @ beta)
    return _Fit(
        x=x, counts=counts, bread=np.linalg.inv(whole), beta=beta, scores=np.einsum("gs,gsi->gi", rest, x)
    )


def cr1(means: np.ndarray, counts: np.ndarray, treated: np.ndarray) -> Difference:
    """The usual cluster-robust error, with Stata's small-sample factor and G − 1 degrees of freedom.

    It errs towards too many findings with few units; shown because others print it.

    Parameters
    ----------
    means, counts : float array (units, 2)
        Before and after: mean and number of answers.
    treated : bool array (units,)
    """
    fit = _fit(means, counts, treated, restricted=False)
    units, answers = len(means), counts.sum()
    factor = units / (units - 1) * (answers - 1) / (answers - 4)
    error = float(np.sqrt(factor * ((fit.scores @ fit.bread[3]) ** 2).sum()))
    return _difference(float(fit.beta[3]), error, units - 1)


def cr3(means: np.ndarray, counts: np.ndarray, treated: np.ndarray) -> Difference:
    """The jackknife over units: the spread of the estimates with one unit left out, G − 1 df."""
    fit = _fit(means, counts, treated, restricted=False)
    keep = ~np.eye(len(means), dtype=bool)
    without = [_fit(means[k], counts[k], treated[k], restricted=False).beta[3] for k in keep]
    units = len(means)
    error = float(np.sqrt((units - 1) / units * ((np.array(without) - fit.beta[3]) ** 2).sum()))
    return _difference(float(fit.beta[3]), error, units - 1)


def _difference(estimate: float, error: float, df: float) -> Difference:
    statistic = estimate / error if error > 0 else float("nan")
    return Difference(estimate=estimate, std_error=error, df=float(df), statistic=statistic)


def effective_clusters(counts: np.ndarray, treated: np.ndarray) -> float:
    """How many equal units the units are worth for this coefficient: G / (1 + squared variation of leverage).

    The answers of one unit and wave are taken as wholly alike, the cautious case. Few pilots count for little
    however many units they are compared with.

    >>> round(effective_clusters(np.full((15, 2), 150.0), np.arange(15) < 5), 2)
    10.0
    """
    fit = _fit(np.zeros_like(counts), counts, treated, restricted=False)
    pull = ((counts * (fit.x @ fit.bread[3])) ** 2).sum(axis=1)
    return float(len(counts) / (1 + pull.var() / pull.mean() ** 2))


def wild_bootstrap(
    means: np.ndarray,
    counts: np.ndarray,
    treated: np.ndarray,
    *,
    rng: np.random.Generator | None = None,
    most: int = MOST_SIGNS,
    draws: int = 9_999,
) -> Bootstrap:
    """Restricted wild cluster bootstrap of "no effect": every pattern of signs, or `draws` of them.

    The residuals of the regression without the effect have their signs turned unit by unit (Rademacher), and
    the cluster-robust t is formed anew each time. The pattern of no change always counts.

    Raises
    ------
    ValueError
        If the patterns are too many to enumerate and no generator is given.
    """
    free = _fit(means, counts, treated, restricted=False)
    null = _fit(means, counts, treated, restricted=True)
    own = np.einsum("gs,gsi,gsj->gij", counts, free.x, free.x)
    pull = null.scores @ free.bread[3]  # what a unit's score moves the coefficient by
    back = np.einsum("i,gij,jk->gk", free.bread[3], own, free.bread)  # and what the fit takes back of it
    variance = float(((free.scores @ free.bread[3]) ** 2).sum())
    observed = free.beta[3] ** 2 / variance if variance > 0 else np.inf
    ties = above = patterns = 0
    for signs in _signs(len(means), rng, most, draws):
        moved = signs @ null.scores
        top = (moved @ free.bread[3]) ** 2
        spread = ((signs * pull - moved @ back.T) ** 2).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            squared = np.where(spread > 0, top / spread, np.where(top > 0, np.inf, 0.0))
        ties += int((squared >= observed * (1 - 2 * TIE)).sum())
        above += int((squared > observed * (1 + 2 * TIE)).sum())
        patterns += len(signs)
    enumerated = 2 ** len(means) <= most
    return Bootstrap(p=ties / patterns, p_strict=above / patterns, patterns=patterns, enumerated=enumerated)


def _signs(units: int, rng: np.random.Generator | None, most: int, draws: int):
    if 2**units <= most:
        for start in range(0, 2**units, _BLOCK):
            number = np.arange(start, min(start + _BLOCK, 2**units))
            yield (1 - 2 * ((number[:, None] >> np.arange(units)) & 1)).astype(float)
        return
    if rng is None:
        raise ValueError("too many patterns of signs to enumerate: a random generator is needed")
    yield np.vstack([np.ones((1, units)), rng.choice([-1.0, 1.0], size=(draws, units))])
