"""Totals add: those of several files, communes or months make those of all their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from surveylib.errors import SurveyError
from surveylib.estimation.agree import refuse_different
from surveylib.estimation.match import in_order, match_clusters, match_domains
from surveylib.model.totals import PsuTotals, Statistic

Calibrated = Literal["together", "apart"]


def combine(
    parts: Sequence[PsuTotals], *, names: Sequence[str] = (), calibrated: Calibrated | None = None
) -> PsuTotals:
    """The totals of all rows, from totals of parts of them.

    Cells of the same cluster, domain and column add up, so a cluster may be spread over several parts.
    Clusters are the same when their names, their strata's names and the names of the clusters above are.
    Where every row was a cluster of its own, no two are the same. Levels, domains, clusters and strata that
    only some parts have are 0 in the others. Estimates from the result equal those from all rows together.

    Parameters
    ----------
    parts : sequence of PsuTotals
        Of the same requests, `by` and design.
    names : sequence of str, optional
        What to call the parts in errors (files); "part 1", "part 2" … without.
    calibrated : {'together', 'apart'}, optional
        For calibrated weights: whether all parts were calibrated at once, to the same variables in the same
        order, or each by itself. Nothing in totals tells, so it must be said.

    Raises
    ------
    SurveyError
        No part, or the same one twice; different requests, domains or designs; a cluster in two strata;
        population sizes that disagree; weights counted from the sampled clusters of a part of a stratum.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveylib.estimation.declare import declare
    >>> from surveylib.estimation.totals import totals
    >>> from surveylib.model.totals import Request
    >>> rows = pd.DataFrame({"psu": [1, 2, 2, 3], "y": [1.0, 3, 5, 7]})
    >>> months = [
    ...     totals(month, declare(month, psu="psu"), requests=[Request(kind="total", variable="y")])
    ...     for month in (rows[:2], rows[2:])
    ... ]
    >>> combine(months).sums[0, :, 0]
    array([1., 8., 7.])
    """
    if not parts:
        raise SurveyError("nothing to combine", expected="totals of at least one part")
    names = tuple(names) or tuple(f"part {number}" for number in range(1, len(parts) + 1))
    refuse_different(parts, names)
    _check_calibrated(parts, names, calibrated)
    rows, stages, labels = match_clusters(parts, names)
    groups, domains = match_domains(parts, names)
    _refuse_twice(parts, names)
    columns, places, statistics = _columns(parts)
    shape = (len(columns), len(labels), len(domains))
    return PsuTotals(
        columns=columns,
        **_added(parts, places, rows, groups, shape),
        **_auxiliary(parts, places, rows, groups, shape, apart=calibrated == "apart"),
        domains=domains,
        statistics=statistics,
        stages=stages,
        labels=labels,
        lonely=parts[0].lonely,
        counted=parts[0].counted,
    )


def _refuse_twice(parts: Sequence[PsuTotals], names: Sequence[str]) -> None:
    """The same sums of the same clusters are the same respondents, and would count twice."""
    seen: dict[bytes, int] = {}
    for k, part in enumerate(parts):
        j = seen.setdefault(part.sums.tobytes(), k)
        same = part.labels.equals(parts[j].labels) and part.domains.equals(parts[j].domains)
        if j != k and same and part.sums.any():
            raise SurveyError(
                "two parts are the same: their respondents would count twice",
                where=f"{names[j]} and {names[k]}",
                hint="leave one of them out",
            )


class _Places(NamedTuple):
    """For every column of the whole: its place in a part (−1: the part has no such level), and that of the
    weights alone over the same rows."""

    columns: np.ndarray
    ones: np.ndarray


def _columns(
    parts: Sequence[PsuTotals],
) -> tuple[tuple[str, ...], list[_Places], tuple[Statistic, ...]]:
    """The columns of the whole, where they are in each part, and the statistics made of them."""
    found: dict[str, list[tuple[int, int]]] = {}
    statistics = []
    for kind, variable, levels in _asked(parts):
        alike = [[s for s in part.statistics if (s.kind, s.variable) == (kind, variable)] for part in parts]
        for level in levels:
            made = {}
            for role in ("top", "ones", "bottom"):
                at = [_place(those, level, role) for those in alike]
                if at == [None] * len(parts):  # a total has no bottom
                    made[role] = None
                    continue
                name = _name(parts, at)
                ones = (those[0].ones for those in alike)
                found.setdefault(
                    name, [(-1 if k is None else k, other) for k, other in zip(at, ones, strict=True)]
                )
                made[role] = list(found).index(name)
            statistics.append(Statistic(kind=kind, variable=variable, level=level, **made))
    places = [_Places(*np.array([of[k] for of in found.values()]).T) for k in range(len(parts))]
    return tuple(found), places, tuple(statistics)


def _place(those: Sequence[Statistic], level: str, role: str) -> int | None:
    """The column of a part for this level; a part without the level lacks its sums, not the weights."""
    mine = [s for s in those if s.level == level]
    if not mine and role == "top":
        return None
    return getattr((mine or those)[0], role)


def _name(parts: Sequence[PsuTotals], at: Sequence[int | None]) -> str:
    """The column's name: that of all complete variables (``1|``) only where it is complete in every part."""
    names = {part.columns[place] for part, place in zip(parts, at, strict=True) if place is not None}
    return max(names, key=len)


def _asked(parts: Sequence[PsuTotals]) -> list[tuple[str, str, list[str]]]:
    """Kind and variable of every request, with the levels found in any part."""
    asked: dict[tuple[str, str], list[list[str]]] = {}
    for part in parts:
        own: dict[tuple[str, str], list[str]] = {}
        for s in part.statistics:
            own.setdefault((s.kind, s.variable), []).append(s.level)
        for key, levels in own.items():
            asked.setdefault(key, []).append(levels)
    return [(*key, _levels(lists)) for key, lists in asked.items()]


def _levels(lists: list[list[str]]) -> list[str]:
    """All levels: in the order of a part that has them all, else sorted, numbers as numbers."""
    everything, longest = sorted(set().union(*lists)), max(lists, key=len)
    return longest if len(longest) == len(everything) else [everything[k] for k in in_order(everything)]


def _added(parts, places: list[_Places], rows, groups, shape: tuple[int, int, int]) -> dict[str, np.ndarray]:
    c, p, d = shape
    made = {"sums": np.zeros(shape), "rows": np.zeros((p, d), dtype=np.int64)}
    made |= {name: np.zeros((c, d)) for name in ("squares", "counts", "weight_squares")}
    for part, place, row, group in zip(parts, places, rows, groups, strict=True):
        made["rows"][np.ix_(row, group)] += part.rows
        for k in range(c):
            mine, ones = place.columns[k], place.ones[k]
            if mine >= 0:
                made["sums"][k][np.ix_(row, group)] += part.sums[mine]
                made["squares"][k, group] += part.squares[mine]
            for name in ("counts", "weight_squares"):
                made[name][k, group] += getattr(part, name)[ones]
    return made


# ---- calibration ---------------------------------------------------------------------------------


def _check_calibrated(parts, names: Sequence[str], calibrated: Calibrated | None) -> None:
    sizes = [len(part.gram) for part in parts]
    if not any(sizes):
        return
    if calibrated not in ("together", "apart"):
        raise SurveyError(
            "weights were calibrated: whether at once or part by part must be said",
            expected="calibrated = together or apart",
            got=repr(calibrated),
        )
    if calibrated == "together" and len(set(sizes)) > 1:
        other = next(k for k, size in enumerate(sizes) if size != sizes[0])
        raise SurveyError(
            "parts were calibrated to different variables",
            where=f"{names[0]} and {names[other]}",
            got=f"{sizes[0]} and {sizes[other]} variables",
            hint="parts calibrated each by itself: calibrated = apart",
        )


def _auxiliary(parts, places, rows, groups, shape, *, apart: bool) -> dict[str, np.ndarray]:
    """Σ w·x, Σ q·column·x and Σ q·x·xᵀ: added, or in blocks of their own for parts calibrated apart."""
    c, p, d = shape
    sizes = [len(part.gram) for part in parts]
    starts = np.cumsum([0, *sizes[:-1]]) if apart else np.zeros(len(parts), dtype=np.int64)
    a = sum(sizes) if apart else sizes[0]
    made = {"auxiliary": np.zeros((p, a)), "cross": np.zeros((c, d, a)), "gram": np.zeros((a, a))}
    for part, place, row, group, start, size in zip(parts, places, rows, groups, starts, sizes, strict=True):
        block = slice(start, start + size)
        made["auxiliary"][row, block] += part.auxiliary
        made["gram"][block, block] += part.gram
        for k in np.flatnonzero(place.columns >= 0):
            made["cross"][k, group, block] += part.cross[place.columns[k]]
    return made
