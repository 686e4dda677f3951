"""The clusters, strata and domains of several totals, matched by their names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.agree import named_alike
from surveylib.estimation.encode import cross, encode
from surveylib.estimation.thin import stage_label, thin
from surveylib.model.design import Stage, SurveyDesign
from surveylib.model.totals import PsuTotals


def match_clusters(
    parts: Sequence[PsuTotals], names: Sequence[str]
) -> tuple[list[np.ndarray], tuple[Stage, ...], pd.DataFrame]:
    """For each part, the places of its clusters among all; the stages and labels of all."""
    labels = pd.concat([part.labels for part in parts], ignore_index=True)
    whose = np.repeat(np.arange(len(parts)), [len(part.labels) for part in parts])
    named_alike(labels, whose, names)
    if parts[0].counted:
        _whole_strata(parts, names)
    stages: list[Stage] = []
    for depth in range(len(parts[0].stages)):
        stage = _stage(parts, depth, labels, stages[-1].clusters if stages else None)
        if stages or not stage.nested:
            _one_stratum(stage, depth, labels, whose, names)
        if stage.population is not None:
            _one_population(stage, depth, stages[-1].clusters if stages else None, labels, whose, names)
        stages.append(stage)
    design = SurveyDesign(weights=np.ones(len(labels)), stages=tuple(stages), lonely=parts[0].lonely)
    finest, kept, together = thin(design)
    starts = np.cumsum([0, *(len(part.labels) for part in parts)])
    return [finest[a:b] for a, b in pairwise(starts)], kept, together


def _strata(column: pd.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Codes of the strata, numbers in the order of numbers, and their names."""
    codes, found = pd.factorize(column)
    order = np.empty(len(found), dtype=np.int64)
    order[in_order(found)] = np.arange(len(found))
    return order[codes], tuple(found[in_order(found)])


def in_order(names: Sequence[str]) -> np.ndarray:
    """The places of names in sorted order: numbers as numbers where all are, crossed names piece by piece.

    >>> in_order(["10 / b", "9 / b", "9 / a"]).tolist()
    [2, 1, 0]
    """
    table = pd.DataFrame([str(name).split(" / ") for name in names])
    keys = [table[column].fillna("") for column in table]
    numbers = [pd.to_numeric(key, errors="coerce") for key in keys]
    sortable = [number if number.notna().all() else key for number, key in zip(numbers, keys, strict=True)]
    return np.lexsort([encode(key)[0] for key in (*reversed(keys), *reversed(sortable))])


def _stage(parts: Sequence[PsuTotals], depth: int, labels: pd.DataFrame, above: np.ndarray | None) -> Stage:
    """A stage over the clusters of all parts, those of the same names having the same codes."""
    strata, stratum_names = _strata(labels[stage_label("stratum", depth + 1)])
    nested, population = parts[0].stages[depth].nested, None
    if parts[0].stages[depth].population is not None:
        population = np.concatenate([part.stages[depth].population for part in parts])
    names = labels[stage_label("cluster", depth + 1)]
    if names.isna().all():
        clusters, found = np.arange(len(names)), None
    else:
        clusters, found = encode(names)
        found = np.asarray(found, dtype=object)
        if nested:
            inside = strata if above is None else above
            clusters, both = encode(pd.Series(inside * len(found) + clusters))
            found = found[np.asarray(both) % len(found)]
    return Stage(
        strata=strata,
        clusters=clusters,
        population=population,
        stratum_names=stratum_names,
        cluster_names=found,
        nested=nested,
    )


def _whole_strata(parts: Sequence[PsuTotals], names: Sequence[str]) -> None:
    """Weights N/n of a part of a stratum are too large: n is that of the part."""
    seen: dict[object, str] = {}
    for part, name in zip(parts, names, strict=True):
        for stratum in part.labels["stratum"].unique():
            if stratum in seen:
                raise SurveyError(
                    "a stratum is spread over parts whose weights were counted in each part alone",
                    where=f"{seen[stratum]} and {name}, stratum {stratum!r}",
                    expected="a column of weights, made for the whole sample",
                    hint="make the totals again and name the weights",
                )
            seen[stratum] = name


def _one_stratum(stage: Stage, depth: int, labels: pd.DataFrame, whose, names: Sequence[str]) -> None:
    if stage.cluster_names is None:
        return
    first = _firsts(stage.clusters)[stage.clusters]
    wrong = stage.strata != stage.strata[first]
    if wrong.any():
        row = int(np.argmax(wrong))
        strata = labels[stage_label("stratum", depth + 1)]
        raise SurveyError(
            "a PSU lies in two strata"
            if depth == 0
            else f"a cluster of stage {depth + 1} lies in two strata",
            where=f"{_both(whose, names, first[row], row)}, "
            f"PSU {labels[stage_label('cluster', depth + 1)][row]!r}",
            got=f"strata {strata[first[row]]!r} and {strata[row]!r}",
            hint="if PSU numbers start again in every stratum, make the totals with nest",
        )


def _one_population(stage: Stage, depth: int, above, labels: pd.DataFrame, whose, names) -> None:
    width = int(stage.strata.max()) + 1
    groups, _ = encode(pd.Series((0 if above is None else above) * width + stage.strata))
    first = _firsts(groups)[groups]
    wrong = ~np.isclose(stage.population, stage.population[first], rtol=1e-9, equal_nan=True)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise SurveyError(
            "population size differs within a stratum",
            where=f"{_both(whose, names, first[row], row)}, stage {depth + 1}, "
            f"stratum {labels['stratum'][row]!r}",
            expected="one fpc for all its rows",
            got=f"{stage.population[first[row]]:g} and {stage.population[row]:g}",
        )


def _both(whose: np.ndarray, names: Sequence[str], one: int, other: int) -> str:
    return " and ".join(dict.fromkeys((names[whose[one]], names[whose[other]])))


def _firsts(codes: np.ndarray) -> np.ndarray:
    """The first row of every code."""
    first = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first


def match_domains(parts: Sequence[PsuTotals], names: Sequence[str]) -> tuple[list[np.ndarray], pd.DataFrame]:
    """For each part, the places of its domains among all; the values of `by` in all."""
    by = list(parts[0].domains.columns)
    if not by:
        return [np.zeros(1, dtype=np.int64)] * len(parts), pd.DataFrame(index=[0])
    table = pd.concat([part.domains for part in parts], ignore_index=True)
    whose = np.repeat(np.arange(len(parts)), [len(part.domains) for part in parts])
    named_alike(table, whose, names)
    codes, first = cross(table, by)
    starts = np.cumsum([0, *(len(part.domains) for part in parts)])
    places = [codes[a:b] for a, b in pairwise(starts)]
    return places, table.iloc[first].reset_index(drop=True)
