"""The one variance kernel: multistage, stratified, clustered, with finite populations and lonely clusters.

For influence totals z (one row a sampled last-stage cluster, one column an estimate) the covariance is

    V(z) = Σ_h (1 − n_h/N_h) n_h/(n_h − 1) Σ_i (z_hi − z̄_h)(z_hi − z̄_h)ᵀ  +  Σ_h (n_h/N_h) Σ_i V_hi(z)

where h runs over first-stage strata, i over their clusters and V_hi is the same law one stage down, inside
cluster i (Särndal, Swensson & Wretman 1992, result 4.3.1; Binder 1983 for smooth functions of totals). A
stage without population sizes was drawn with replacement: its own term is whole, and stages below add
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from surveylib.errors import SurveyError

LONELY = ("error", "certainty", "adjust", "average", "collapse")


class StageCodes(NamedTuple):
    """One stage over the P rows: strata, clusters (codes from 0), population of the row's stratum or None."""

    strata: np.ndarray
    clusters: np.ndarray
    population: np.ndarray | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Level:
    """One stage made ready: how rows add up to clusters, clusters to strata, and what a spread is worth.

    `order` sorts rows so that clusters, and strata of clusters, are contiguous (None: they already are);
    `cluster_starts` is None where every row is a cluster. `scale` is the factor of each stratum, `centred` is
    0 for strata that "adjust" leaves uncentred, `inflate` makes up for strata that "average" leaves out.
    """

    order: np.ndarray | None
    cluster_starts: np.ndarray | None
    stratum_starts: np.ndarray
    sizes: np.ndarray
    scale: np.ndarray
    centred: np.ndarray
    inflate: float


def prepare(stages: Sequence[StageCodes], *, lonely: str = "error") -> tuple[Level, ...]:
    """Sort out the stages once, for any number of `variance` and `covariance` calls.

    Parameters
    ----------
    stages : sequence of StageCodes
        First stage first; arrays of length P.
    lonely : {'error', 'certainty', 'adjust', 'average', 'collapse'}
        What a stratum with one sampled cluster (and not wholly sampled) contributes: an error naming it;
        nothing; its squared distance from the grand mean of the influences, which is 0; the average of the
        other strata; or it joins the next stratum inside the same cluster of the stage above.

    Raises
    ------
    SurveyError
        For a lonely stratum under 'error', one that has no other beside it under 'collapse', lonely strata
        alone under 'average', and for a population smaller than its sample.
    """
    if lonely not in LONELY:
        raise SurveyError("unknown rule for lonely clusters", expected=", ".join(LONELY), got=repr(lonely))
    levels, rows = [], len(stages[0].strata)
    factor, parent = np.ones(rows), np.zeros(rows, dtype=np.int64)
    for depth, stage in enumerate(stages, start=1):
        level, fraction = _level(stage, factor, parent, lonely, depth)
        levels.append(level)
        if stage.population is None:
            break
        factor, parent = factor * fraction, stage.clusters
    return tuple(levels)


def _level(
    stage: StageCodes, factor: np.ndarray, parent: np.ndarray, lonely: str, depth: int
) -> tuple[Level, np.ndarray]:
    """The stage as a Level, and the sampling fraction n/N of each row's stratum."""
    width = int(stage.strata.max(initial=0)) + 1
    groups = np.unique(parent * width + stage.strata, return_inverse=True)[1]
    _, first_row, row_cluster = np.unique(stage.clusters, return_index=True, return_inverse=True)
    cluster_group = groups[first_row]
    if not np.array_equal(groups, cluster_group[row_cluster]):
        raise SurveyError(
            "a cluster lies in two strata",
            where=f"stage {depth}",
            hint="number clusters within strata (nest)",
        )
    sizes = np.bincount(cluster_group).astype(float)
    population = _population(stage, groups, cluster_group, first_row, sizes, depth)
    fraction = np.where(np.isinf(population), 0.0, sizes / population)
    weight = np.zeros(len(sizes))
    weight[groups] = factor
    alone = (sizes == 1) & _counts(fraction, weight)
    if lonely == "error":
        _refuse_lonely(stage, groups, alone, depth)
    if lonely == "collapse":
        above = np.zeros(len(sizes), dtype=np.int64)
        above[groups] = parent
        _refuse_nowhere_to_join(stage, groups, alone & (np.bincount(above)[above] == 1), depth)
        cluster_group, sizes, fraction, weight = _collapse(
            cluster_group, sizes, fraction, weight, alone=alone, above=above
        )
        alone = np.zeros(len(sizes), dtype=bool)
    spread = np.where(sizes > 1, sizes / np.maximum(sizes - 1, 1), 1.0)
    scale = np.where(_counts(fraction, weight), weight * (1 - fraction) * spread, 0.0)
    inflate = 1.0
    if lonely == "average" and alone.any():
        if alone.all():
            raise SurveyError(
                "every stratum has a single cluster: there is nothing to average", where=f"stage {depth}"
            )
        inflate, scale = len(sizes) / (len(sizes) - alone.sum()), np.where(alone, 0.0, scale)
    centred = np.where(alone & (lonely == "adjust"), 0.0, 1.0)
    level = _sorted_level(row_cluster, cluster_group, sizes, scale, centred, inflate)
    return level, fraction[cluster_group[row_cluster]]


def _counts(fraction: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Strata that contribute: not wholly sampled here, and inside a stage above that was sampled."""
    return (1 - fraction > 1e-7) & (weight > 0)


def _population(stage, groups, cluster_group, first_row, sizes, depth) -> np.ndarray:
    """Population clusters per stratum (inf where drawn with replacement), checked."""
    if stage.population is None:
        return np.full(len(sizes), np.inf)
    population = np.zeros(len(sizes))
    population[cluster_group] = stage.population[first_row]
    agrees = np.isclose(population[groups], stage.population, rtol=1e-9, equal_nan=True)
    if not agrees.all():
        row = int(np.argmin(agrees))
        raise SurveyError(
            "population size differs within a stratum",
            where=f"stage {depth}, {_name(stage, row)}",
            expected="one fpc for all its rows",
            got=f"{stage.population[row]:g} and {population[groups[row]]:g}",
        )
    population = np.where(np.isnan(population), np.inf, population)
    # Sizes given as fractions (all at most 1), as R's survey also allows, mean n/N; 1 of 1 is all either way.
    if (population <= 1).all():
        population = sizes / population
    low = population < sizes - 1e-6
    if low.any():
        row = int(np.argmax(low[groups]))
        raise SurveyError(
            "population is smaller than the sample",
            where=f"stage {depth}, {_name(stage, row)}",
            expected=f"fpc of at least {int(sizes[groups[row]])}",
            got=f"{population[groups[row]]:g}",
            hint="fpc is the number of clusters in the stratum's population (or the sampled fraction)",
        )
    return population


def _name(stage: StageCodes, row: int) -> str:
    code = int(stage.strata[row])
    return f"stratum {stage.names[code]!r}" if code < len(stage.names) else f"stratum number {code + 1}"


def _refuse_lonely(stage: StageCodes, groups: np.ndarray, alone: np.ndarray, depth: int) -> None:
    if alone.any():
        row = int(np.argmax(alone[groups]))
        raise SurveyError(
            f"{int(alone.sum())} stratum(s) with a single sampled cluster: no variance can be estimated",
            where=f"stage {depth}, {_name(stage, row)}",
            expected="at least two clusters in every stratum",
            hint="merge strata, or choose lonely = certainty, adjust, average or collapse",
        )


def _refuse_nowhere_to_join(stage: StageCodes, groups: np.ndarray, nowhere: np.ndarray, depth: int) -> None:
    if nowhere.any():
        row = int(np.argmax(nowhere[groups]))
        inside = "in all" if depth == 1 else f"inside a cluster of stage {depth - 1}"
        raise SurveyError(
            f"a single sampled cluster {inside}: there is no stratum to join it to",
            where=f"stage {depth}, {_name(stage, row)}",
            expected="at least two clusters, of one stratum or of several",
            hint=None if depth == 1 else "choose lonely = certainty, adjust or average",
        )


def _collapse(cluster_group, sizes, fraction, weight, *, alone, above):
    """Join each lonely stratum to the next one (the last to the one before); sizes and populations add.

    Below the first stage only strata inside one cluster of the stage above are joined: the term of that
    cluster is its own, and two such clusters differ by more than the spread within either.
    """
    target, last = np.arange(len(sizes)), np.append(above[1:] != above[:-1], True)
    for index in np.flatnonzero(alone):
        target[index] = target[index - 1] if last[index] else index + 1
    for index in range(len(sizes) - 1, -1, -1):
        target[index] = target[target[index]] if target[index] > index else target[index]
    kept, joined = np.unique(target, return_inverse=True)
    new_sizes = np.bincount(joined, weights=sizes)
    with np.errstate(divide="ignore"):
        population = np.bincount(joined, weights=np.where(fraction > 0, sizes / fraction, np.inf))
    return (
        joined[cluster_group],
        new_sizes,
        np.where(np.isinf(population), 0.0, new_sizes / population),
        weight[kept],
    )


def _sorted_level(row_cluster, cluster_group, sizes, scale, centred, inflate) -> Level:
    order = np.lexsort((row_cluster, cluster_group[row_cluster]))
    in_order = np.array_equal(order, np.arange(len(order)))
    sorted_clusters = row_cluster[order]
    starts = np.flatnonzero(np.r_[True, sorted_clusters[1:] != sorted_clusters[:-1]])
    stratum_starts = np.r_[0, np.cumsum(sizes)[:-1]].astype(np.int64)
    return Level(
        order=None if in_order else order,
        cluster_starts=None if len(starts) == len(order) else starts,
        stratum_starts=stratum_starts,
        sizes=sizes,
        scale=scale,
        centred=centred,
        inflate=inflate,
    )


def _scaled(z: np.ndarray, level: Level) -> np.ndarray:
    """Cluster totals, centred within strata and scaled, so that their cross-product is the stage's term."""
    z = z if level.order is None else z[level.order]
    if level.cluster_starts is not None:
        z = np.add.reduceat(z, level.cluster_starts, axis=0)
    means = np.add.reduceat(z, level.stratum_starts, axis=0) * (level.centred / level.sizes)[:, None]
    counts = level.sizes.astype(np.int64)
    centred = np.repeat(means, counts, axis=0)
    np.subtract(z, centred, out=centred)
    centred *= np.repeat(np.sqrt(level.scale), counts)[:, None]
    return centred


def covariance(z: np.ndarray, levels: Sequence[Level]) -> np.ndarray:
    """Covariance (k, k) of k estimates from their influence totals z (P, k).

    Examples
    --------
    Five values drawn without replacement from fifteen: s² (1 − 5/15) / 5.

    >>> stage = StageCodes(np.zeros(5, int), np.arange(5), np.full(5, 15.0))
    >>> y = np.array([1.0, 2, 4, 4, 9])
    >>> round(float(covariance((y / 5)[:, None], prepare([stage]))[0, 0]), 12)
    1.266666666667
    >>> round(float(y.var(ddof=1) * (1 - 5 / 15) / 5), 12)
    1.266666666667
    """
    total = np.zeros((z.shape[1], z.shape[1]))
    for level in levels:
        scaled = _scaled(z, level)
        total += level.inflate * (scaled.T @ scaled)
    return total


def variance(z: np.ndarray, levels: Sequence[Level]) -> np.ndarray:
    """The diagonal of `covariance` (k,), without the rest."""
    total = np.zeros(z.shape[1])
    for level in levels:
        scaled = _scaled(z, level)
        total += level.inflate * np.einsum("ij,ij->j", scaled, scaled)
    return total
