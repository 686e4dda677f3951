"""What a new unit can expect: a two-level normal model on the unit changes, integrated on a grid.

    pilot        d_j ~ N(δ + θ_j, s_j σ² + v_j),    θ_j ~ N(θ, τ²)
    comparison   d_k ~ N(δ,       s_k σ² + v_k)

v is the sampling variance of a unit's change, s counts how often the unit-by-wave shock enters it (2 for
one wave a side). δ is flat, θ ~ N(0, theta_sd²), τ and σ are half-normal. Given (τ, σ) all is normal and
analytic; those two are integrated by Gauss–Legendre quadrature. No simulation: the same data give the same
digits.

Röver, Bender, Dias et al. (2021), "On weakly informative prior distributions for the heterogeneity
parameter", doi:10.1002/jrsm.1475.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, roots_hermitenorm, roots_legendre

_REACH = 7.0  # prior standard deviations integrated over: beyond lies 3e-12 of a half-normal


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """A mixture of normals: weights (sum 1), means, standard deviations, each (g,)."""

    weights: np.ndarray
    means: np.ndarray
    sds: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """The grid: nodes with their posterior weights, and the normal pieces at each node, all (g,)."""

    weights: np.ndarray
    tau: np.ndarray
    sigma: np.ndarray
    theta: np.ndarray
    theta_var: np.ndarray
    delta: np.ndarray
    delta_var: np.ndarray
    covariance: np.ndarray


def posterior(
    changes: np.ndarray,
    variances: np.ndarray,
    treated: np.ndarray,
    *,
    shocks: np.ndarray,
    theta_sd: float,
    tau_hn: float,
    sigma_hn: float,
    nodes: int = 40,
) -> Posterior:
    """Posterior of (τ, σ) on the grid, and of (δ, θ) at each of its nodes.

    Parameters
    ----------
    changes, variances, shocks : float array (n,)
        Unit changes, their sampling variances (above 0, or σ above 0 carries them), and s of the model.
    treated : bool array (n,)
        At least one unit on either side.
    theta_sd : float
        ``inf`` for a flat prior.
    tau_hn, sigma_hn : float
        Scales of the half-normal priors; 0 fixes that parameter at 0.

    Raises
    ------
    ValueError
        If a side is empty or nothing gives any unit a spread.
    """
    if treated.all() or not treated.any():
        raise ValueError("units are needed on both sides")
    tau, sigma, prior = grid(tau_hn, sigma_hn, nodes)
    spread = sigma[:, None] ** 2 * shocks + variances + np.where(treated, tau[:, None] ** 2, 0.0)
    if not (spread > 0).all():
        raise ValueError("a unit without any variance")
    precision = 1 / spread
    p1, p0 = precision[:, treated].sum(axis=1), precision[:, ~treated].sum(axis=1)
    m1 = precision[:, treated] @ changes[treated] / p1
    m0 = precision[:, ~treated] @ changes[~treated] / p0
    residual = changes - np.where(treated, m1[:, None], m0[:, None])
    log = prior - 0.5 * np.log(spread).sum(axis=1) - 0.5 * (precision * residual**2).sum(axis=1)
    log -= 0.5 * np.log(p1) + 0.5 * np.log(p0)
    return posterior_of(log, tau, sigma, p1, p0, m1, m0, theta_sd)


def posterior_of(log, tau, sigma, p1, p0, m1, m0, theta_sd: float) -> Posterior:
    """The posterior from what the arms say at every node; also for many studies, one a row.

    `log` is the log prior plus the log likelihood with both arms' means integrated out, p and m precision and
    mean of the pilots (1) and the comparison units (0): all (g,) or (s, g). Given a node, mean and covariance
    of (δ, θ) come from the inverse of a 2 × 2 precision.
    """
    if np.isfinite(theta_sd):
        wide = 1 / p1 + 1 / p0 + theta_sd**2
        log = log - (0.5 * np.log(wide) + 0.5 * (m1 - m0) ** 2 / wide)
    weights = np.exp(log - log.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    own = 1 / theta_sd**2 if np.isfinite(theta_sd) else 0.0
    determinant = (p1 + p0) * (p1 + own) - p1**2
    right_delta, right_theta = p1 * m1 + p0 * m0, p1 * m1
    return Posterior(
        weights=weights,
        tau=tau,
        sigma=sigma,
        theta=((p1 + p0) * right_theta - p1 * right_delta) / determinant,
        theta_var=(p1 + p0) / determinant,
        delta=((p1 + own) * right_delta - p1 * right_theta) / determinant,
        delta_var=(p1 + own) / determinant,
        covariance=-p1 / determinant,
    )


def grid(tau_hn: float, sigma_hn: float, nodes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes and log prior weight (quadrature × half-normal density)."""
    tau, log_tau = _axis(tau_hn, nodes)
    sigma, log_sigma = _axis(sigma_hn, nodes)
    return (
        np.repeat(tau, len(sigma)),
        np.tile(sigma, len(tau)),
        np.repeat(log_tau, len(sigma)) + np.tile(log_sigma, len(tau)),
    )


def _axis(scale: float, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    if scale == 0:
        return np.zeros(1), np.zeros(1)
    x, w = roots_legendre(nodes)
    # x = u² places half of the nodes in the lowest quarter, where the likelihood bends.
    u = (x + 1) / 2
    value = _REACH * scale * u**2
    return value, np.log(w * u) - 0.5 * (value / scale) ** 2


def selected(post: Posterior, *, correlation: float, variation: float) -> Posterior:
    """The posterior for all units when those piloted were chosen with an eye to what they would gain.

    A unit's gain correlates by `correlation` (ρ) with its chance to be chosen, whose coefficient of variation
    over all units is `variation`: the pilots' average then lies ρ·CV·τ above that of all units.

    Olsen, Orr, Bell & Stuart (2013), doi:10.1002/pam.21660.
    """
    return replace(post, theta=post.theta - correlation * variation * post.tau)


def of_theta(post: Posterior) -> Mixture:
    """The average effect θ."""
    return Mixture(weights=post.weights, means=post.theta, sds=np.sqrt(post.theta_var))


def of_new(post: Posterior) -> Mixture:
    """The effect θ_new in a unit not yet piloted."""
    return Mixture(weights=post.weights, means=post.theta, sds=np.sqrt(post.theta_var + post.tau**2))


def of_unit(post: Posterior, *, change: float, variance: float, shock: float) -> Mixture:
    """The effect θ_j in a pilot unit that is among the data: its own change, drawn towards the average.

    Given (δ, θ, τ, σ) it lies between ``change − δ`` and θ, the nearer to θ the noisier the unit's change.
    """
    noise = shock * post.sigma**2 + variance
    own = post.tau**2 / (post.tau**2 + noise)
    spread = own * noise + (1 - own) ** 2 * post.theta_var + own**2 * post.delta_var
    spread = spread - 2 * own * (1 - own) * post.covariance
    means = (1 - own) * post.theta + own * (change - post.delta)
    return Mixture(weights=post.weights, means=means, sds=np.sqrt(spread))


def of_delta(post: Posterior) -> Mixture:
    """The change δ that comes without the programme."""
    return Mixture(weights=post.weights, means=post.delta, sds=np.sqrt(post.delta_var))


def of_new_change(post: Posterior, *, variance: float, shock: float) -> Mixture:
    """The change a new unit's survey will show: δ + θ_new, the unit's shocks and its sampling error."""
    spread = (
        post.theta_var + post.delta_var + 2 * post.covariance + post.tau**2 + shock * post.sigma**2 + variance
    )
    return Mixture(weights=post.weights, means=post.theta + post.delta, sds=np.sqrt(spread))


def below(mixture: Mixture, c: float) -> float:
    """P(x < c)."""
    return float(mixture.weights @ ndtr((c - mixture.means) / mixture.sds))


def above(mixture: Mixture, c: float) -> float:
    """P(x > c), with full relative accuracy in the far tail."""
    return float(mixture.weights @ ndtr((mixture.means - c) / mixture.sds))


def quantile(mixture: Mixture, q: float) -> float:
    """The q-quantile, by root finding on the distribution function."""
    reach = 12.0
    low = float((mixture.means - reach * mixture.sds).min())
    high = float((mixture.means + reach * mixture.sds).max())
    return float(brentq(lambda c: below(mixture, c) - q, low, high, xtol=1e-12, rtol=1e-12))


def moments(mixture: Mixture) -> tuple[float, float]:
    """Mean and standard deviation."""
    mean = float(mixture.weights @ mixture.means)
    second = float(mixture.weights @ (mixture.sds**2 + (mixture.means - mean) ** 2))
    return mean, float(np.sqrt(second))


def node_summary(
    weights: np.ndarray, values: np.ndarray, *, level: float
) -> tuple[float, float, float, float]:
    """Mean, standard deviation and equal-tailed interval of a grid parameter (τ or σ), on its nodes."""
    mean = float(weights @ values)
    sd = float(np.sqrt(weights @ (values - mean) ** 2))
    nodes, where = np.unique(values, return_inverse=True)
    mass = np.bincount(where, weights=weights)
    # Half of a node's mass lies below it; nothing lies below 0.
    cumulative = np.concatenate([[0.0], np.cumsum(mass) - mass / 2])
    ends = np.interp([(1 - level) / 2, (1 + level) / 2], cumulative, np.concatenate([[0.0], nodes]))
    return mean, sd, float(ends[0]), float(ends[1])


def next_units(post: Posterior, *, threshold: float, count: int = 10) -> np.ndarray:
    """P(k of the next `count` units have an effect of at least `threshold`), k = 0 … count.

    The units share θ and τ, so their successes are not independent: a single binomial would be too narrow.
    """
    x, w = roots_hermitenorm(21)
    theta = post.theta[:, None] + np.sqrt(post.theta_var)[:, None] * x
    share = ndtr((theta - threshold) / np.maximum(post.tau, 1e-12)[:, None])
    share, weight = share.ravel(), (post.weights[:, None] * (w / w.sum())).ravel()
    # A sum, not a dot product: on long vectors the order in which BLAS adds depends on its threads.
    return np.array(
        [np.sum(weight * comb(count, k) * share**k * (1 - share) ** (count - k)) for k in range(count + 1)]
    )
