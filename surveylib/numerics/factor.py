"""Factor models of ordered answers in several groups, fitted to thresholds and polychoric correlations.

In group g the response behind item i is y* = ν + Λη + ε, η with means α and covariance Φ, ε with variances θ
(the theta parameterisation); the answer is the interval between thresholds τ that y* falls into. Estimates
minimise the squared differences between implied and observed standardised thresholds and correlations, each
divided by its own variance (DWLS); standard errors use their whole covariance (Muthén, du Toit & Spisic
1997).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from surveylib.errors import SurveyError
from surveylib.numerics.polychoric import Moments

_MOST_STEPS = 500


class Pattern(NamedTuple):
    """The model's matrices in one group, laid end to end: which elements are free, and what the others are.

    The elements are the loadings Λ (p × k), thresholds τ, intercepts ν (p), residual variances θ (p), factor
    means α (k) and the lower triangle of Φ by rows. `free` numbers the model's parameters, −1 for an element
    held at `fixed`; elements that share a number are equal, within a group and across groups.
    """

    free: np.ndarray
    fixed: np.ndarray
    factors: int


class Elements(NamedTuple):
    """The model's matrices in one group."""

    loadings: np.ndarray
    thresholds: np.ndarray
    intercepts: np.ndarray
    residuals: np.ndarray
    means: np.ndarray
    covariance: np.ndarray


class FactorFit(NamedTuple):
    """Estimates (m,), their covariance, the derivatives of each group's moments and what was fitted.

    `chisq` is the weighted sum of squares, which by itself follows no chi-square distribution:
    `factor_tests.scaled_test` gives one that does.
    """

    estimates: np.ndarray
    covariance: np.ndarray
    jacobians: tuple[np.ndarray, ...]
    residuals: tuple[np.ndarray, ...]
    chisq: float
    df: int
    patterns: tuple[Pattern, ...]


def slices(*, items: int, factors: int, thresholds: int) -> dict[str, slice]:
    """Where each matrix lies among the elements of a `Pattern`."""
    lengths = {
        "loadings": items * factors,
        "thresholds": thresholds,
        "intercepts": items,
        "residuals": items,
        "means": factors,
        "covariance": factors * (factors + 1) // 2,
    }
    ends = np.cumsum(list(lengths.values()))
    return {name: slice(int(e - n), int(e)) for (name, n), e in zip(lengths.items(), ends, strict=True)}


def elements(pattern: Pattern, estimates: np.ndarray, *, items: int, thresholds: int) -> Elements:
    """The matrices at given estimates.

    >>> free, fixed = np.array([0, 1] + 8 * [-1]), np.repeat([0.0, 1.0, 0.0, 1.0], [6, 2, 1, 1])
    >>> one = Pattern(free, fixed, 1)
    >>> elements(one, np.array([0.5, 0.7]), items=2, thresholds=2).loadings.ravel()
    array([0.5, 0.7])
    """
    values = np.where(pattern.free >= 0, estimates[pattern.free], pattern.fixed)
    cut = slices(items=items, factors=pattern.factors, thresholds=thresholds)
    part = {name: values[where] for name, where in cut.items()}
    phi = np.zeros((pattern.factors, pattern.factors))
    phi[np.tril_indices(pattern.factors)] = part["covariance"]
    phi = phi + np.tril(phi, -1).T
    return Elements(**part | {"loadings": part["loadings"].reshape(items, -1), "covariance": phi})


def implied(made: Elements, *, item: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standardised thresholds and correlations under the model, and their derivatives by its elements."""
    p, k = made.loadings.shape
    cut = slices(items=p, factors=k, thresholds=len(item))
    total, every = cut["covariance"].stop, np.arange(p)
    low = np.tril_indices(k)
    common = made.loadings @ made.covariance
    sigma = common @ made.loadings.T + np.diag(made.residuals)
    sd = np.sqrt(np.diag(sigma))
    by_mean, by_variance = np.zeros((p, total)), np.zeros((p, total))
    by_covariance = np.zeros((len(pairs), total))
    loading = every[:, None] * k + np.arange(k)
    one, two = pairs.T
    rows = np.arange(len(pairs))[:, None]
    by_mean[every[:, None], loading] = made.means
    by_mean[every, cut["intercepts"].start + every] = 1.0
    by_mean[:, cut["means"]] = made.loadings
    by_variance[every[:, None], loading] = 2 * common
    by_variance[every, cut["residuals"].start + every] = 1.0
    by_variance[:, cut["covariance"]] = _quadratic(made.loadings, made.loadings, low)
    by_covariance[rows, loading[one]] += common[two]
    by_covariance[rows, loading[two]] += common[one]
    by_covariance[:, cut["covariance"]] = _quadratic(made.loadings[one], made.loadings[two], low)
    mean = made.intercepts + made.loadings @ made.means
    standard = (made.thresholds - mean[item]) / sd[item]
    log_variance = by_variance / np.square(sd)[:, None]
    thresholds = -by_mean[item] / sd[item][:, None] - standard[:, None] / 2 * log_variance[item]
    thresholds[np.arange(len(item)), cut["thresholds"].start + np.arange(len(item))] += 1 / sd[item]
    r = sigma[one, two] / (sd[one] * sd[two])
    correlations = by_covariance / (sd[one] * sd[two])[:, None]
    correlations -= r[:, None] / 2 * (log_variance[one] + log_variance[two])
    return np.concatenate([standard, r]), np.vstack([thresholds, correlations])


def _quadratic(left: np.ndarray, right: np.ndarray, low: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Derivatives of leftᵀ Φ right by the lower triangle of Φ."""
    a, b = low
    return left[:, a] * right[:, b] + np.where(a != b, left[:, b] * right[:, a], 0.0)


def fit_factors(groups: Sequence[Moments], patterns: Sequence[Pattern], *, start: np.ndarray) -> FactorFit:
    """DWLS estimates of a factor model in one or more groups, by Levenberg and Marquardt's steps.

    Parameters
    ----------
    groups : sequence of Moments
    patterns : sequence of Pattern
        One a group; together they number the parameters 0 … m − 1.
    start : float array (m,)

    Raises
    ------
    SurveyError
        If the steps do not end, or the model is not identified.
    """
    roots = [np.sqrt((g.n - 1) / np.diag(g.gamma)) for g in groups]
    estimates, damping = np.asarray(start, dtype=float), 1e-3
    residual, slope, value = _stacked(groups, patterns, estimates, roots)
    for _ in range(_MOST_STEPS):
        gradient, curve = slope.T @ residual, slope.T @ slope
        step = np.linalg.solve(curve + damping * np.diag(np.diag(curve) + 1e-12), gradient)
        ahead = _stacked(groups, patterns, estimates + step, roots)
        if not ahead[2] <= value:
            damping *= 4
            if damping > 1e12:
                break
            continue
        gain, estimates = value - ahead[2], estimates + step
        residual, slope, value = ahead
        damping = max(damping / 8, 1e-14)
        if gain <= 1e-13 * max(value, 1.0) and np.abs(step).max() < 1e-7:
            break
    else:
        raise SurveyError("the factor model found no best fit", where="factor model", got="no convergence")
    if not np.isfinite(value) or np.linalg.cond(curve) > 1e14:
        raise SurveyError("the factor model is not identified by these answers", where="factor model")
    return _finished(groups, patterns, estimates)


def _stacked(groups, patterns, estimates, roots) -> tuple[np.ndarray, np.ndarray, float]:
    residual, slope = [], []
    for group, pattern, root in zip(groups, patterns, roots, strict=True):
        away, by = _group(group, pattern, estimates)
        residual.append(away * root)
        slope.append(by * root[:, None])
    together = np.concatenate(residual)
    value = float(together @ together)
    return together, np.vstack(slope), value if np.isfinite(value) else np.inf


def _group(group: Moments, pattern: Pattern, estimates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Observed minus implied moments, and the derivatives of the implied ones by the parameters."""
    size = {"items": int(group.pairs.max()) + 1, "thresholds": len(group.item)}
    with np.errstate(invalid="ignore"):
        values, by_element = implied(elements(pattern, estimates, **size), item=group.item, pairs=group.pairs)
    free = np.flatnonzero(pattern.free >= 0)
    slope = np.zeros((len(values), len(estimates)))
    np.add.at(slope.T, pattern.free[free], by_element[:, free].T)
    return group.values - values, slope


def _finished(groups, patterns, estimates) -> FactorFit:
    pieces = [_group(g, pattern, estimates) for g, pattern in zip(groups, patterns, strict=True)]
    total = sum(g.n for g in groups)
    bread = meat = 0.0
    for group, (_, slope) in zip(groups, pieces, strict=True):
        weighted, share = slope / np.diag(group.gamma)[:, None], group.n / total
        bread = bread + share * slope.T @ weighted
        meat = meat + share * weighted.T @ group.gamma @ weighted
    inverse = np.linalg.inv(bread)
    chisq = sum(
        (g.n - 1) * float(away**2 @ (1 / np.diag(g.gamma)))
        for g, (away, _) in zip(groups, pieces, strict=True)
    )
    return FactorFit(
        estimates=estimates,
        covariance=inverse @ meat @ inverse / (total - len(groups)),
        jacobians=tuple(slope for _, slope in pieces),
        residuals=tuple(away for away, _ in pieces),
        chisq=chisq,
        df=sum(len(g.values) for g in groups) - len(estimates),
        patterns=tuple(patterns),
    )
