"""The multistage rescaled bootstrap: half the clusters of every stratum, at every stage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveylib.numerics.variance import StageCodes

BLOCK = 64


def multistage(
    stages: Sequence[StageCodes], *, replicates: int, generator: np.random.Generator
) -> np.ndarray:
    """Multipliers (R, P) of the last stage's clusters.

    In each stratum n* = ⌊n/2⌋ of n clusters are taken without replacement. With k_s = 1 for what is taken at
    stage s, f_s = n_s/N_s and λ_s = √(f_1 … f_{s−1} · n*_s (1 − f_s)/(n_s − n*_s)) the multiplier is

        1 + Σ_s λ_s · Π_{t<s} √(n_t/n*_t) k_t · (k_s n_s/n*_s − 1).

    A stratum wholly sampled, or with a single cluster, is kept whole: only stages below it vary.

    References
    ----------
    Preston (2009), Survey Methodology 35, 227-234.
    """
    levels = _levels(stages)
    made = np.empty((replicates, len(stages[0].clusters)))
    for first in range(0, replicates, BLOCK):
        block = made[first : first + BLOCK]
        block[:] = _block(levels, len(block), generator)
    return made


def _levels(stages: Sequence[StageCodes]) -> list[tuple]:
    """Per stage: cluster of each row, stratum of each cluster, n, n* and f of each stratum."""
    levels, parent = [], np.zeros(len(stages[0].clusters), dtype=np.int64)
    for stage in stages:
        width = int(stage.strata.max(initial=0)) + 1
        groups = np.unique(parent * width + stage.strata, return_inverse=True)[1]
        _, first, of_row = np.unique(stage.clusters, return_index=True, return_inverse=True)
        group = groups[first]
        sizes = np.bincount(group).astype(float)
        fraction = np.zeros(len(sizes))
        if stage.population is not None:
            given = np.empty(len(sizes))
            given[groups] = stage.population
            fractions = (given <= 1).all() and (sizes > 1).any()
            fraction = np.where(np.isnan(given), 0.0, given if fractions else sizes / given)
        whole = (1 - fraction < 1e-7) | (sizes == 1)
        levels.append((of_row, group, sizes, np.where(whole, sizes, sizes // 2), fraction))
        if stage.population is None:
            break
        parent = stage.clusters
    return levels


def _block(levels: list[tuple], count: int, generator: np.random.Generator) -> np.ndarray:
    rows = len(levels[0][0])
    made, path, above = np.ones((count, rows)), np.ones((count, rows)), np.ones(rows)
    for of_row, group, sizes, half, fraction in levels:
        taken = _taken(group, sizes, half, count, generator)[:, of_row]
        of = group[of_row]
        up = (sizes / half)[of]
        left = np.where(sizes > half, sizes - half, 1.0)
        strength = np.sqrt(above * np.where(sizes > half, half * (1 - fraction) / left, 0.0)[of])
        made += path * strength * (up * taken - 1)
        path *= np.sqrt(up) * taken
        above = above * fraction[of]
    return made


def _taken(group, sizes, half, count: int, generator: np.random.Generator) -> np.ndarray:
    """Which clusters each replicate takes (count, m): those with the lowest of random keys in their
    stratum."""
    order = np.argsort(generator.random((count, len(group))) + group, axis=1)
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    # Keys of group g lie in [g, g+1): position p of the sorted row belongs to the p-th smallest group code.
    sorted_group = np.sort(group)
    rank = np.arange(len(group)) - starts[sorted_group]
    taken = np.empty((count, len(group)), dtype=bool)
    np.put_along_axis(taken, order, np.broadcast_to(rank < half[sorted_group], order.shape), axis=1)
    return taken
