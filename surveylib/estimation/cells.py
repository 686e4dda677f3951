"""From the answer of a group-by to PsuTotals: the same nouns as from rows in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import declared
from surveylib.estimation.domains import domains
from surveylib.estimation.identifiers import refuse_repeated_in
from surveylib.estimation.query import Asked, Query, Source, Sum, query, with_nan
from surveylib.estimation.thin import thin
from surveylib.estimation.totals import MOST_CELLS
from surveylib.model.design import DesignColumns, SurveyDesign
from surveylib.model.totals import PsuTotals, Request, Statistic

_ONE = "one "  # of which the sums in the cells are weighted already; no column is called so


def totals_from(
    source: Source,
    columns: DesignColumns,
    *,
    requests: Sequence[Request],
    by: Sequence[str] = (),
    unique: Sequence[str] = (),
) -> PsuTotals:
    """Totals of rows that stay where they are; one group-by comes back.

    `unique` are columns that together tell one row from another, which is looked at first.

    Raises
    ------
    SurveyError
        Whatever `declare` and `totals` refuse; every row its own cluster.
    """
    if unique:
        refuse_repeated_in(source, names=unique)
    asked = query(source, columns, requests=requests, by=by)
    cells = source.run(asked.text).set_axis(list(asked.fields), axis=1)
    if not source.with_nan and not _finite(cells, asked):
        return totals_from(with_nan(source), columns, requests=requests, by=by)
    _check(cells, asked, columns)
    table = cells.rename(columns={f"key {name}": name for name in asked.keys})
    table = table.rename(columns={f"min {name}": name for name in asked.sizes})
    with _whole_file():
        weights = None if columns.weights is None else _ONE
        design = declared(table.assign(**{_ONE: 1.0}), replace(columns, weights=weights))
    return _totals(table, design, asked, by)


def _finite(cells: pd.DataFrame, asked: Query) -> bool:
    fields = {sums for one in asked.asked for sums in (one.top.sums, one.top.squares, one.ones.sums)}
    fields |= {one.bottom.sums for one in asked.asked if one.bottom is not None}
    return all(np.isfinite(cells[field].to_numpy(dtype=float).sum()) for field in fields)


def _check(cells: pd.DataFrame, asked: Query, columns: DesignColumns) -> None:
    """What in memory is checked row by row."""
    if cells.empty:
        raise SurveyError("no rows", expected="a line for every record")
    clusters = {
        name for of in (columns.psu, columns.psu2) for name in ((of,) if isinstance(of, str) else of or ())
    }
    strata = (*columns.strata, *filter(None, columns.deeper_strata))
    for kind, names in (("stratum", strata), ("cluster", sorted(clusters))):
        for name in names:
            none = int(cells.loc[cells[f"key {name}"].isna(), "R "].sum())
            if none:
                raise SurveyError(
                    f"{none} row(s) without a {kind}",
                    where=f"column {name!r}",
                    hint=f"drop these rows or give them a {kind}",
                )
    lightest = float(cells["lightest"].min())
    if cells["weightless"].sum() or not np.isfinite(cells["W "].sum()) or lightest < 0:
        missing = int(cells["weightless"].sum())
        raise SurveyError(
            "weights cannot be used",
            where=f"column {columns.weights!r}",
            expected="finite weights, none below 0",
            got=f"{missing} missing"
            if missing
            else f"{lightest:g}"
            if lightest < 0
            else "an infinite weight",
            hint="drop these rows or give them a weight",
        )
    for name in asked.sizes:
        _check_sizes(cells, name)
    for one in asked.asked:
        _check_column(cells, one)


def _check_sizes(cells: pd.DataFrame, name: str) -> None:
    low, high = cells[f"min {name}"].to_numpy(dtype=float), cells[f"max {name}"].to_numpy(dtype=float)
    if none := int(cells[f"none {name}"].sum()):
        raise SurveyError(f"{none} row(s) without a population size", where=f"column {name!r}")
    wrong = ~np.isclose(low, high, rtol=1e-9)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise SurveyError(
            "population size differs within a cluster",
            where=f"column {name!r}",
            expected="one fpc for all rows of a stratum",
            got=f"{low[at]:g} and {high[at]:g}",
        )


def _check_column(cells: pd.DataFrame, one: Asked) -> None:
    if not cells[f"R {one.ones.mask}"].sum():
        raise SurveyError("no row has a value", where=f"column {one.variable!r}", got="all missing")
    for item in filter(None, (one.top, one.bottom)):
        if not np.isfinite(cells[item.sums].sum() + cells[item.squares].sum()):
            raise SurveyError(
                "an infinite value",
                where=f"column {item.name.partition('|')[0]!r}",
                expected="finite numbers",
                hint="mend it, or leave it empty",
            )


@contextmanager
def _whole_file() -> Iterator[None]:
    """Rows of the group-by are not rows of the data: their numbers would mislead."""
    try:
        yield
    except SurveyError as error:
        raise SurveyError(
            error.what,
            where=re.sub(r", row \d+$", "", error.where) if error.where else None,
            expected=error.expected,
            got=error.got,
            hint=error.hint,
            code=error.code,
        ) from error


def _totals(cells: pd.DataFrame, design: SurveyDesign, asked: Query, by: Sequence[str]) -> PsuTotals:
    domain, table = domains(cells, by)
    finest, stages, labels = thin(design)
    p, d = len(labels), len(table)
    columns, statistics = _statistics(cells, asked)
    if len(columns) * p * d > MOST_CELLS:
        raise SurveyError(
            "too many cells for memory",
            got=f"{len(columns)} columns × {p} clusters × {d} domains",
            hint="ask for fewer domains at a time",
        )
    domain = np.zeros(len(cells), dtype=np.int64) if domain is None else domain
    inside = domain >= 0
    place, group = np.where(inside, finest * d + domain, p * d), np.where(inside, domain, d)
    w = design.weights

    def by_cell(field: str) -> np.ndarray:
        return np.bincount(place, cells[field].to_numpy(dtype=float) * w, p * d + 1)[:-1].reshape(p, d)

    def by_domain(field: str, factor: np.ndarray | float = 1.0) -> np.ndarray:
        return np.bincount(group, cells[field].to_numpy(dtype=float) * factor, d + 1)[:-1]

    rows = np.bincount(place, cells["R "].to_numpy(dtype=float), p * d + 1)[:-1].reshape(p, d)
    return PsuTotals(
        columns=tuple(columns),
        sums=np.stack([by_cell(item.sums) for item in columns.values()]),
        squares=np.stack([by_domain(item.squares, w) for item in columns.values()]),
        counts=np.stack([by_domain(f"N {item.mask}") for item in columns.values()]),
        weight_squares=np.stack([by_domain(f"Q {item.mask}", w * w) for item in columns.values()]),
        rows=np.rint(rows).astype(np.int64),
        domains=table,
        statistics=statistics,
        stages=stages,
        labels=labels,
        lonely=design.lonely,
        auxiliary=np.zeros((p, 0)),
        cross=np.zeros((len(columns), d, 0)),
        gram=np.zeros((0, 0)),
        counted=design.counted,
    )


def _statistics(cells: pd.DataFrame, asked: Query) -> tuple[dict[str, Sum], tuple[Statistic, ...]]:
    """Columns as in memory, where variables without a gap share the weights alone."""
    everyone = cells["R "].sum()
    complete = {mask for mask in asked.masks if cells[f"R {mask}"].sum() == everyone}
    columns: dict[str, Sum] = {}

    def place(item: Sum | None) -> int | None:
        if item is None:
            return None
        if item.name == f"1|{item.mask}" and item.mask in complete:
            item = Sum("1|", "", "W ", "W ")
        columns.setdefault(item.name, item)
        return list(columns).index(item.name)

    statistics = []
    for one in asked.asked:
        top, ones, bottom = place(one.top), place(one.ones), place(one.bottom)
        statistics.append(
            Statistic(
                kind=one.kind, variable=one.variable, level=one.level, top=top, bottom=bottom, ones=ones
            )
        )
    return columns, tuple(statistics)
