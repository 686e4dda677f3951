"""Replicates of stratified clusters as multipliers of their totals, and the spread of what they give.

The clusters of the first stage come from the same `variance.prepare` that the variance kernel uses, so that
the rule for lonely clusters and the finite populations mean here what they mean there: for totals the
jackknife, half-samples and successive differences give the kernel's numbers exactly, the bootstraps in the
mean over their draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from surveylib.numerics.hadamard import hadamard
from surveylib.numerics.variance import Level


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """First-stage clusters, numbered stratum by stratum.

    Attributes
    ----------
    of_row : int array (P,)
        Row of the totals → cluster 0 … m−1.
    sizes, starts : int arrays (H,)
        Clusters of a stratum, and its first one.
    remaining : float array (H,)
        1 − n/N; 0 also for a stratum that adds nothing to the variance.
    alone : bool array (H,)
        Single clusters whose whole square counts ("adjust").
    inflate : float
        What the strata left out by "average" are made up with.
    """

    of_row: np.ndarray
    sizes: np.ndarray
    starts: np.ndarray
    remaining: np.ndarray
    alone: np.ndarray
    inflate: float

    @property
    def strata(self) -> np.ndarray:
        """Stratum of every cluster (m,)."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)


def clusters(level: Level, rows: int) -> Clusters:
    """The clusters of a prepared first stage over `rows` rows of totals."""
    order = np.arange(rows) if level.order is None else level.order
    sizes = level.sizes.astype(np.int64)
    numbers = np.arange(rows)
    if level.cluster_starts is not None:
        numbers = np.repeat(np.arange(sizes.sum()), np.diff(np.r_[level.cluster_starts, rows]))
    of_row = np.empty(rows, dtype=np.int64)
    of_row[order] = numbers
    single = sizes == 1
    spread = np.where(single, 1.0, sizes / np.maximum(sizes - 1, 1))
    alone = single & (level.centred == 0)
    return Clusters(
        of_row=of_row,
        sizes=sizes,
        starts=np.r_[0, np.cumsum(sizes)[:-1]],
        remaining=np.where(single & ~alone, 0.0, level.scale / spread),
        alone=alone,
        inflate=level.inflate,
    )


def expansion(of_row: np.ndarray, m: int) -> sparse.csr_array:
    """The matrix (m, P) that adds rows up to clusters."""
    rows = len(of_row)
    return sparse.csr_array((np.ones(rows), (of_row, np.arange(rows))), shape=(m, rows))


def jackknife(c: Clusters) -> tuple[tuple[sparse.csr_array, ...], np.ndarray]:
    """Delete one cluster at a time: factors of the multipliers, and rscales (1 − f)(n − 1)/n.

    The total without cluster i of stratum h is (T − T_h) + n/(n−1) (T_h − z_i); each difference is a factor's
    row of its own, so that what is left when nothing is left is exactly 0.
    """
    m, h = int(c.sizes.sum()), len(c.sizes)
    strata = c.strata
    kept = np.flatnonzero((c.remaining > 0)[strata])
    count, of = len(kept), strata[kept]
    several = c.sizes[of] > 1
    n = c.sizes[of].astype(float)
    up = np.where(several, n / np.maximum(n - 1, 1), 0.0)
    deleted = sparse.csr_array(
        (
            np.r_[np.ones(count), up[several]],
            (np.r_[np.arange(count), np.flatnonzero(several)], np.r_[of, h + kept[several]]),
        ),
        shape=(count, h + m),
    )
    differences = sparse.csr_array(
        (
            np.r_[np.ones(h), -np.ones(h), np.ones(m), -np.ones(m)],
            (
                np.r_[np.arange(h), np.arange(h), h + np.arange(m), h + np.arange(m)],
                np.r_[np.zeros(h, dtype=int), 1 + np.arange(h), 1 + strata, 1 + h + np.arange(m)],
            ),
        ),
        shape=(h + m, 1 + h + m),
    )
    sums = sparse.vstack(
        [sparse.csr_array(np.ones((1, m))), expansion(strata, h), sparse.eye_array(m)], format="csr"
    )
    rscales = c.remaining[of] * np.where(several, (n - 1) / n, 1.0)
    return (deleted, differences, sums), rscales


def half_samples(c: Clusters, *, rho: float) -> np.ndarray:
    """Balanced half-samples (R, m) of strata of two clusters: 2 − ρ for the one taken, ρ for the other."""
    signs = hadamard(len(c.sizes) + 1)[:, 1 : len(c.sizes) + 1]
    made = np.empty((len(signs), 2 * len(c.sizes)))
    made[:, 0::2], made[:, 1::2] = 1 + (1 - rho) * signs, 1 - (1 - rho) * signs
    return made


def successive_differences(c: Clusters) -> np.ndarray:
    """Multipliers (R, m) 1 + √(1 − f) 2^(−3/2) (a_i − a_{i+1}), in a circle within each stratum."""
    m, strata = int(c.sizes.sum()), c.strata
    signs = hadamard(m + 1)[:, 1 : m + 1]
    after = np.arange(m) + 1
    last = c.starts + c.sizes - 1
    after[last] = c.starts
    made = signs - signs[:, after]
    made *= np.sqrt(c.remaining)[strata] * 2**-1.5
    made += 1
    return made


def rao_wu(c: Clusters, *, replicates: int, generator: np.random.Generator) -> np.ndarray:
    """Multipliers (R, m): n − 1 draws with replacement in every stratum, rescaled for 1 − f."""
    made = np.ones((replicates, int(c.sizes.sum())))
    for start, n, remaining in zip(c.starts, c.sizes, c.remaining, strict=True):
        if remaining == 0:
            continue
        drawn = generator.integers(n, size=(replicates, n - 1))
        drawn += (np.arange(replicates) * n)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=replicates * n).reshape(replicates, n)
        shrink = np.sqrt(remaining)
        made[:, start : start + n] = (1 - shrink) + counts * (shrink * n / (n - 1))
    return made


def canty_davison(
    c: Clusters, *, replicates: int, generator: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Multipliers (R, m) of n draws from a population made of copies of the sample, and the scale × (R − 1).

    Counts have variance (n−1)/n (1 − f) or so where (1 − f) is wanted. What is lacking is the scale where it
    is the same in all strata; else it is the largest lack, and strata with less are drawn towards 1.
    """
    lacks = np.array([_lack(n, remaining) for n, remaining in zip(c.sizes, c.remaining, strict=True)])
    scale = float(lacks.max(initial=0.0)) or 1.0
    made = np.ones((replicates, int(c.sizes.sum())))
    for start, n, remaining, lack in zip(c.starts, c.sizes, c.remaining, lacks, strict=True):
        if remaining == 0:
            continue
        counts = _copies_drawn(n, remaining, replicates, generator)
        toward = np.sqrt(lack / scale)
        made[:, start : start + n] = (1 - toward) + toward * counts
    return made, scale


def _copies_drawn(n: int, remaining: float, replicates: int, generator: np.random.Generator) -> np.ndarray:
    """How often each cluster is drawn (R, n); which of them have one copy more changes with the replicate."""
    if remaining == 1:
        drawn = generator.integers(n, size=(replicates, n)) + (np.arange(replicates) * n)[:, None]
        return np.bincount(drawn.ravel(), minlength=replicates * n).reshape(replicates, n)
    copies, more = divmod(_population(n, remaining), n)
    population = np.full(n, copies)
    population[:more] += 1
    counts = generator.multivariate_hypergeometric(population, n, size=replicates, method="marginals")
    return generator.permuted(counts, axis=1)


def _population(n: int, remaining: float) -> int:
    return max(n + 1, round(n / (1 - remaining)))


def _lack(n: int, remaining: float) -> float:
    """(1 − f) over the variance of a count; 0 where nothing remains."""
    if remaining == 0:
        return 0.0
    if remaining == 1:
        return n / (n - 1)
    population = _population(n, remaining)
    copies, more = divmod(population, n)
    pairs = more * (copies + 1) * copies + (n - more) * copies * (copies - 1)
    return remaining / ((n - 1) / (population * (population - 1)) * pairs)
