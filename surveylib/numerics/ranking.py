"""Which of the units gained more: joint draws of their effects, pairs of them, ranks.

Under the model of `hierarchical`, given (δ, θ, τ, σ) the effects of the pilot units are independent
normals, each between its own ``change − δ`` and θ. Given (τ, σ) the difference of two of them is normal; over
(τ, σ) it is a mixture, so the chance that one exceeds another is exact on the grid. Ranks of more than two
are drawn.

Goldstein & Spiegelhalter (1996), doi:10.2307/2983325; Laird & Louis (1989), doi:10.3102/10769986014001029.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from surveylib.numerics.hierarchical import Posterior


def superiority(
    post: Posterior, *, changes: np.ndarray, variances: np.ndarray, shocks: np.ndarray
) -> np.ndarray:
    """P(θ_j > θ_k) for every pair of pilot units that are among the data, exact on the grid: (n, n), NaN on
    the diagonal.

    `changes`, `variances` and `shocks` (n,) are the pilots' own, as given to `hierarchical.posterior`.
    """
    own, noise = _shrinkage(post, variances, shocks)
    means = (1 - own) * post.theta[:, None] + own * (changes - post.delta[:, None])
    left = own * noise
    common = post.delta_var + post.theta_var + 2 * post.covariance
    made = np.full((len(changes), len(changes)), np.nan)
    for j in range(len(changes)):
        for k in range(len(changes)):
            if j != k:
                spread = left[:, j] + left[:, k] + (own[:, j] - own[:, k]) ** 2 * common
                # With τ fixed at 0 all effects are one: neither is above the other.
                error = np.maximum(np.sqrt(spread), 1e-300)
                made[j, k] = np.sum(post.weights * ndtr((means[:, j] - means[:, k]) / error))
    return made


def draw_effects(
    post: Posterior,
    *,
    changes: np.ndarray,
    variances: np.ndarray,
    shocks: np.ndarray,
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Joint posterior draws of the pilots' effects, (draws, n): the same shocks δ and average θ for all."""
    own, noise = _shrinkage(post, variances, shocks)
    node = rng.choice(len(post.weights), size=draws, p=post.weights)
    z = rng.standard_normal((draws, 2))
    delta = post.delta[node] + np.sqrt(post.delta_var[node]) * z[:, 0]
    slope = post.covariance[node] / post.delta_var[node]
    rest = np.sqrt(np.maximum(post.theta_var[node] - slope * post.covariance[node], 0.0))
    theta = post.theta[node] + slope * (delta - post.delta[node]) + rest * z[:, 1]
    means = (1 - own[node]) * theta[:, None] + own[node] * (changes - delta[:, None])
    return means + np.sqrt(own[node] * noise[node]) * rng.standard_normal(means.shape)


def ranks(draws: np.ndarray) -> np.ndarray:
    """The rank of every unit in every draw, 1 for the largest effect.

    >>> ranks(np.array([[0.1, 0.3, 0.2]])).tolist()
    [[3, 1, 2]]
    """
    order = np.argsort(-draws, axis=1, kind="stable")
    made = np.empty_like(order)
    np.put_along_axis(made, order, np.arange(1, draws.shape[1] + 1)[None, :], axis=1)
    return made


def joint_order(draws: np.ndarray, *, level: float) -> tuple[list[tuple[int, int]], float]:
    """Statements "j gained more than k" that hold *all together* with probability `level` or more.

    Pairs are taken from the surest on, as long as the share of draws in which all of them hold stays at
    `level`: with many pairs each would need to be surer than one alone.

    Returns
    -------
    (pairs, probability)
        The pairs (j, k) in the order taken, and how probable all of them together are (1 for none).
    """
    count = draws.shape[1]
    above = {(j, k): draws[:, j] > draws[:, k] for j in range(count) for k in range(count) if j != k}
    holds, pairs = np.ones(len(draws), dtype=bool), []
    for pair in sorted(above, key=lambda pair: (-above[pair].mean(), pair)):
        if (together := holds & above[pair]).mean() < level:
            break
        holds, pairs = together, [*pairs, pair]
    return pairs, float(holds.mean())


def _shrinkage(post: Posterior, variances: np.ndarray, shocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each unit's own change counts at each node, and the variance of what is not its effect."""
    noise = post.sigma[:, None] ** 2 * shocks + variances
    tau2 = post.tau[:, None] ** 2
    return tau2 / (tau2 + noise), noise
