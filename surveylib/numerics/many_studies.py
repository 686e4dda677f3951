"""The tests of `randomisation` and the posterior of `hierarchical` for many studies of one layout at once.

The same arithmetic, laid out so that a simulation of thousands of studies takes seconds: a study is a row.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from surveylib.numerics.hierarchical import Mixture, Posterior, grid, posterior_of
from surveylib.numerics.randomisation import TIE, Difference, Sums, share_as_large, statistics, sums

_CELLS = 200_000  # assignments × studies held at once: what the processor's cache holds


def welch_many(values: np.ndarray, treated: np.ndarray) -> Difference:
    """`welch` of every row: a `Difference` that holds arrays (s,).

    Parameters
    ----------
    values : float array (s, n)
    treated : bool array (n,)
        At least two on either side.

    Examples
    --------
    >>> values = np.array([[2.0, 4.0, 1.0, 2.0], [1.0, 2.0, 4.0, 6.0]])
    >>> welch_many(values, np.array([True, True, False, False])).estimate
    array([ 1.5, -3.5])
    """
    one, none = values[:, treated], values[:, ~treated]
    n1, n0 = one.shape[1], none.shape[1]
    estimate = one.mean(axis=1) - none.mean(axis=1)
    part1, part0 = one.var(axis=1, ddof=1) / n1, none.var(axis=1, ddof=1) / n0
    variance = part1 + part0
    with np.errstate(divide="ignore", invalid="ignore"):
        df = variance**2 / (part1**2 / (n1 - 1) + part0**2 / (n0 - 1))
        error = np.sqrt(variance)
        return Difference(estimate=estimate, std_error=error, df=df, statistic=estimate / error)


def randomisation_p_many(
    values: np.ndarray, treated: np.ndarray, assigned: np.ndarray, *, effect: float | np.ndarray = 0.0
) -> np.ndarray:
    """`randomisation_p` (studentised) of every row, of the hypothesis that the effect is `effect`.

    Parameters
    ----------
    values : float array (s, n)
    effect : float or float array (s,)
        Taken from the treated before testing: a constant effect as large is what is tested.

    Examples
    --------
    >>> treated = np.array([True, True, False, False])
    >>> pairs = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
    >>> every = np.array([[unit in pair for unit in range(4)] for pair in pairs])
    >>> randomisation_p_many(np.array([[4.0, 5.0, 1.0, 2.0]]), treated, every, effect=3.0)
    array([1.])
    """
    shifted = (values - np.where(treated, np.broadcast_to(effect, len(values))[:, None], 0.0)).T
    out, step = np.empty(len(values)), max(1, _CELLS // len(assigned))
    for start in range(0, len(values), step):
        here = shifted[:, start : start + step]
        observed = statistics(sums(here, treated[None, :]))[0]
        out[start : start + step] = _share_as_large(sums(here, assigned), observed)
    return out


def _share_as_large(made: Sums, observed: np.ndarray) -> np.ndarray:
    """`share_as_large` of `statistics`, by squares: nothing is divided and no root drawn, assignment by
    assignment. Where some assignment leaves no spread, as those two say."""
    n1, n0 = made.n_treated, made.n - made.n_treated
    square = made.first**2  # of values whose sum is 0: the difference is the first sum times a constant
    variance = made.second * (1 / (n1 * (n1 - 1)) - 1 / (n0 * (n0 - 1)))
    variance -= square * (1 / (n1**2 * (n1 - 1)) + 1 / (n0**2 * (n0 - 1)))
    variance += made.total_second / (n0 * (n0 - 1))
    if (variance <= 1e-12 * np.maximum(made.total_second, 1e-300)).any():
        return share_as_large(statistics(made), observed)
    square *= (1 / n1 + 1 / n0) ** 2
    variance *= (observed * (1 - TIE)) ** 2
    return np.mean(square >= variance, axis=0)


def leave_one_out(values: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """The difference of means without each unit in turn, (s, n); NaN where an arm would be empty."""
    out = np.empty(values.shape)
    for side, sign in ((treated, 1.0), (~treated, -1.0)):
        own, other = values[:, side], values[:, ~side]
        n = own.shape[1]
        rest = (own.sum(axis=1, keepdims=True) - own) / (n - 1) if n > 1 else np.full(own.shape, np.nan)
        out[:, side] = sign * (rest - other.mean(axis=1, keepdims=True))
    return out


def posteriors(
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
    """`posterior` of every row: weights and normal pieces are (s, g), the nodes τ and σ stay (g,).

    Parameters
    ----------
    changes, variances : float array (s, n)
    treated : bool array (n,); shocks : float array (n,)

    Comparison units do not know τ: what they contribute is computed at the nodes of σ alone.
    """
    tau, sigma, prior = grid(tau_hn, sigma_hn, nodes)
    inner = sigma[: len(np.unique(sigma))]
    ones = _arm(changes, variances, np.flatnonzero(treated), shocks, sigma**2, tau**2)
    rest = _arm(changes, variances, np.flatnonzero(~treated), shocks, inner**2, np.zeros_like(inner))
    p0, m0, log0 = (np.tile(part, (1, len(tau) // len(inner))) for part in rest)
    p1, m1, log1 = ones
    return posterior_of(prior + log1 + log0, tau, sigma, p1, p0, m1, m0, theta_sd)


def _arm(changes, variances, units, shocks, sigma2, tau2):
    """Total precision, weighted mean, log likelihood with the mean integrated out: each (s, nodes)."""
    shape = (len(changes), len(sigma2))
    total, first, second, log = (np.zeros(shape) for _ in range(4))
    for unit in units:
        spread = (sigma2 * shocks[unit] + tau2) + variances[:, unit, None]
        precision, own = 1 / spread, changes[:, unit, None]
        total += precision
        first += precision * own
        second += precision * own**2
        log -= np.log(spread)
    mean = first / total
    return total, mean, 0.5 * (log - np.log(total) - second + total * mean**2)


def above_many(mixture: Mixture, c: float | np.ndarray) -> np.ndarray:
    """P(x > c) for every row of a mixture whose pieces are (s, g); `c` a number or (s,)."""
    bound = np.broadcast_to(c, len(mixture.means))[:, None]
    return (mixture.weights * ndtr((mixture.means - bound) / mixture.sds)).sum(axis=1)
