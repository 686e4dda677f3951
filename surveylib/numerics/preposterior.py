"""What more data would make one believe: the distribution of tomorrow's posterior mean, seen from today.

Nested simulation: a truth is drawn from today's posterior of `numerics.hierarchical`, the data of the larger
study from that truth, and the posterior mean of θ taken again, on the same grid. Ades, Lu & Claxton (2004),
doi:10.1177/0272989X04263162.
"""

from __future__ import annotations

import numpy as np

from surveylib.numerics.hierarchical import Posterior, grid

NODES = 24


def posterior_means(
    changes: np.ndarray,
    variances: np.ndarray,
    treated: np.ndarray,
    *,
    groups: np.ndarray,
    shocks: np.ndarray,
    theta_sd: float,
    tau_hn: float,
    sigma_hn: float,
    nodes: int = NODES,
) -> np.ndarray:
    """E(θ | data) for many data sets of one layout at once.

    Parameters
    ----------
    changes : float array (s, n)
        One data set a row.
    variances, shocks : float array (n,); treated : bool array (n,)
        As in `hierarchical.posterior`.
    groups : int array (n,)
        Units of one group share the change δ that comes without the programme; each needs both arms.

    Returns
    -------
    float array (s,)
    """
    tau, sigma, prior = grid(tau_hn, sigma_hn, nodes)
    log = np.broadcast_to(prior, (len(changes), len(prior))).copy()
    weight, weighted = np.zeros(len(prior)), np.zeros((len(changes), len(prior)))
    for group in np.unique(groups):
        here = groups == group
        spread = sigma[:, None] ** 2 * shocks[here] + variances[here]
        spread = spread + np.where(treated[here], tau[:, None] ** 2, 0.0)
        contrast, variance, part = _contrast(changes[:, here], spread, treated[here])
        log += part - 0.5 * np.log(variance) - 0.5 * contrast**2 / variance
        weight += 1 / variance
        weighted += contrast / variance
    total = weight + 1 / theta_sd**2
    log += -0.5 * np.log(total) + 0.5 * weighted**2 / total
    chance = np.exp(log - log.max(axis=1, keepdims=True))
    return (chance * weighted / total).sum(axis=1) / chance.sum(axis=1)


def _contrast(changes: np.ndarray, spread: np.ndarray, treated: np.ndarray):
    """Difference of the precision-weighted means at each node, its variance, the rest of the likelihood."""
    precision = 1 / spread
    rest = -0.5 * np.log(spread).sum(axis=1) - 0.5 * changes**2 @ precision.T
    means, variance = [], 0.0
    for arm in (treated, ~treated):
        p = precision[:, arm].sum(axis=1)
        mean = changes[:, arm] @ precision[:, arm].T / p
        rest = rest + 0.5 * p * mean**2 - 0.5 * np.log(p)
        means.append(mean)
        variance = variance + 1 / p
    return means[0] - means[1], variance, rest


def truths(post: Posterior, *, draws: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draws of τ, σ, θ and δ from the posterior, each (draws,)."""
    node = rng.choice(len(post.weights), size=draws, p=post.weights)
    first, second = rng.standard_normal((2, draws))
    sd = np.sqrt(post.theta_var[node])
    slope = post.covariance[node] / sd
    rest = np.sqrt(np.maximum(post.delta_var[node] - slope**2, 0.0))
    return {
        "tau": post.tau[node],
        "sigma": post.sigma[node],
        "theta": post.theta[node] + sd * first,
        "delta": post.delta[node] + slope * first + rest * second,
    }


def with_more_waves(
    changes: np.ndarray,
    variances: np.ndarray,
    treated: np.ndarray,
    *,
    pre: np.ndarray,
    post: np.ndarray,
    more: int,
    truth: dict[str, np.ndarray],
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """The units' changes after `more` further waves, given those seen; and their sampling variances.

    Parameters
    ----------
    pre, post : float array (n,)
        Waves so far on either side; every wave of a unit is taken to have the same sampling variance.

    Returns
    -------
    (changes, variances) : float arrays (draws, n) and (n,)
    """
    wave = variances / (1 / pre + 1 / post)
    sigma2, tau2 = truth["sigma"][:, None] ** 2, truth["tau"][:, None] ** 2 * treated
    before, after = (sigma2 + wave) / pre, (sigma2 + wave) / post
    whole = tau2 + before + after
    mean = truth["delta"][:, None] + truth["theta"][:, None] * treated
    # The error of the waves after, as far as the change already seen tells of it.
    error = after / whole * (changes - mean)
    error = error + np.sqrt(after * (1 - after / whole)) * rng.standard_normal(whole.shape)
    fresh = np.sqrt((sigma2 + wave) / more) * rng.standard_normal(whole.shape)
    made = changes + more / (post + more) * (fresh - error)
    return made, wave * (1 / pre + 1 / (post + more))


def of_more_units(
    variance: float, *, pilots: int, others: int, shock: float, truth: dict[str, np.ndarray], rng
) -> np.ndarray:
    """Changes of `pilots` units new to the programme and `others` beside them, (draws, pilots + others).

    They share a δ of their own, which is left at 0: nothing that follows depends on it.
    """
    treated = np.arange(pilots + others) < pilots
    spread = shock * truth["sigma"][:, None] ** 2 + variance + truth["tau"][:, None] ** 2 * treated
    return truth["theta"][:, None] * treated + np.sqrt(spread) * rng.standard_normal(spread.shape)
