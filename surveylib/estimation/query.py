"""The one group-by that makes totals where the rows lie: its text, for DuckDB and for Spark alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.columns import shown
from surveylib.estimation.encode import encode, label
from surveylib.model.design import DesignColumns
from surveylib.model.totals import Request

Kind = Literal["whole", "number", "boolean", "text"]
MOST_LEVELS = 2_000


class Dialect(NamedTuple):
    """How a database quotes: the mark around names, and the escapes inside text."""

    mark: str
    escapes: tuple[tuple[str, str], ...]

    def name(self, name: str) -> str:
        return f"{self.mark}{name.replace(self.mark, self.mark * 2)}{self.mark}"

    def literal(self, value: object) -> str:
        if isinstance(value, (bool, np.bool_)):
            return "TRUE" if value else "FALSE"
        if isinstance(value, (int, float, np.number)):
            return f"CAST({float(value)!r} AS DOUBLE)"
        text = str(value)
        for sign, escaped in self.escapes:
            text = text.replace(sign, escaped)
        return f"'{text}'"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """Rows in a database: a table expression, the kinds of its columns, and a way to ask.

    `complete` are columns known to have no NULL; `with_nan` says that NaN, too, is to be taken for missing.
    """

    table: str
    kinds: Mapping[str, Kind]
    dialect: Dialect
    run: Callable[[str], pd.DataFrame]
    complete: frozenset[str] = frozenset()
    with_nan: bool = False

    def kind(self, name: str) -> Kind:
        if name not in self.kinds:
            raise unknown("column", name, self.kinds, where="data")
        return self.kinds[name]

    def value(self, name: str) -> str:
        """The column as it names things: text, a number or a truth value."""
        kind, quoted = self.kind(name), self.dialect.name(name)
        if kind == "number":
            return f"nullif(CAST({quoted} AS DOUBLE), CAST('NaN' AS DOUBLE))"
        return f"CAST({quoted} AS STRING)" if kind == "text" else quoted

    def number(self, name: str) -> str:
        """The column as DOUBLE, NULL where missing."""
        quoted = f"CAST({self.dialect.name(name)} AS DOUBLE)"
        if self.with_nan and self.kind(name) in ("number", "text"):
            return f"CASE WHEN isnan({quoted}) THEN NULL ELSE {quoted} END"
        return quoted


class Sum(NamedTuple):
    """A column of totals: its name, that of its mask (the rows with a value), and the fields of the answer
    that hold Σ w·column and Σ w·column²."""

    name: str
    mask: str
    sums: str
    squares: str


class Asked(NamedTuple):
    """A statistic by the names of its columns."""

    kind: str
    variable: str
    level: str
    top: Sum
    bottom: Sum | None
    ones: Sum


class Query(NamedTuple):
    """The text of the group-by, and what its answer holds.

    `fields` names its columns, in their order. For every mask m: ``W m`` (Σ w), ``N m`` (rows with w above
    0), ``Q m`` (Σ w²) and ``R m`` (rows).
    """

    text: str
    fields: tuple[str, ...]
    keys: tuple[str, ...]
    sizes: tuple[str, ...]
    asked: tuple[Asked, ...]
    masks: tuple[str, ...]


def query(source: Source, columns: DesignColumns, *, requests: Sequence[Request], by: Sequence[str]) -> Query:
    """The group-by over strata, clusters and domains that `requests` need.

    Raises
    ------
    SurveyError
        Nothing asked; no clusters named; an unknown column; text where a number is needed; more levels than
        a table of them could hold.
    """
    if not requests:
        raise SurveyError("nothing to estimate", hint="ask for a mean, total, ratio or proportion")
    sizes = _by_stage(columns.fpc, columns.fpc2)
    clusters = _by_stage(columns.psu, columns.psu2)
    if not clusters or len(sizes) > len(clusters):
        raise SurveyError(
            "every row would be a cluster: its totals are as many as the rows",
            expected="a column of clusters for every stage",
            hint="name the clusters with psu, or read the rows into memory",
        )
    deeper = filter(None, columns.deeper_strata)
    keys = tuple(dict.fromkeys((*columns.strata, *deeper, *clusters, *by)))
    builder = _Builder(source)
    asked = [one for request in requests for one in builder.parts(request)]
    weight = "CAST(1 AS DOUBLE)" if columns.weights is None else source.number(columns.weights)
    inner = {f"k{i}": source.value(name) for i, name in enumerate(keys)}
    inner |= {f"s{i}": source.number(name) for i, name in enumerate(sizes)}
    inner |= {"w": weight} | {field: text for text, field in builder.fields.items()}
    outer = {f"key {name}": f"k{i}" for i, name in enumerate(keys)}
    outer |= {"lightest": "min(w)", "weightless": "count(*) - count(w)"}
    for i, name in enumerate(sizes):
        outer |= {f"min {name}": f"min(s{i})", f"max {name}": f"max(s{i})"}
        outer |= {f"none {name}": f"count(*) - count(s{i})"}
    outer |= builder.sums
    # Answers are named by their place: names of columns may differ by case alone, which databases do not see.
    rows = f"SELECT {', '.join(f'{text} AS {field}' for field, text in inner.items())} FROM {source.table}"
    sums = ", ".join(f"{text} AS a{i}" for i, text in enumerate(outer.values()))
    return Query(
        text=f"SELECT {sums} FROM ({rows}) AS r GROUP BY {', '.join(f'k{i}' for i in range(len(keys)))}",
        fields=tuple(outer),
        keys=keys,
        sizes=sizes,
        asked=tuple(asked),
        masks=tuple(builder.masks),
    )


def _by_stage(first: str | tuple[str, ...] | None, second: str | None) -> tuple[str, ...]:
    columns = () if first is None else (first,) if isinstance(first, str) else tuple(first)
    return columns if second is None else (*columns, second)


class _Builder:
    """Collects the columns to read, each once, and the sums to make of them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.fields: dict[str, str] = {}
        self.sums: dict[str, str] = {}
        self.masks: dict[str, tuple[str, ...]] = {}
        self._levels: dict[str, list] = {}
        self._mask("", ())

    def parts(self, request: Request) -> list[Asked]:
        name, pair = request.variable, shown(request)
        if request.kind == "alpha":
            return self._scale_parts(name, request.items)
        if request.kind == "ratio":
            fields = (self._number(name), self._number(request.denominator))
            ones = self._mask(pair, tuple(zip((name, request.denominator), fields, strict=True)))
            top, bottom = (
                self._value(f"{variable}|{pair}", field, ones.mask)
                for variable, field in zip((name, request.denominator), fields, strict=True)
            )
            return [Asked("ratio", pair, "", top, bottom, ones)]
        numeric = self._numeric(name)
        if request.kind == "proportion" or (request.kind == "total" and not numeric):
            return self._level_parts(request.kind, name)
        if not numeric:
            raise SurveyError(
                "a mean needs numbers", where=f"column {name!r}", got="text", hint="ask for proportions"
            )
        field = self._number(name)
        ones = self._mask(name, ((name, field),))
        return [
            Asked(request.kind, name, "", self._value(name, field, ones.mask), _bottom(request, ones), ones)
        ]

    def _scale_parts(self, name: str, items: Sequence[str]) -> list[Asked]:
        scale, fields = "/".join(items), {item: self._number(item) for item in items}
        ones = self._mask(scale, tuple(fields.items()))
        tops = {item: fields[item] for item in items}
        tops |= {f"{a}*{b}": f"{fields[a]} * {fields[b]}" for a, b in combinations_with_replacement(items, 2)}
        return [
            Asked("alpha", name, level, self._value(f"{level}|{scale}", field, ones.mask), ones, ones)
            for level, field in tops.items()
        ]

    def _level_parts(self, kind: str, name: str) -> list[Asked]:
        field = self._add(self.source.value(name))
        # A file that says it has no NULL may still have NaN, which is no level.
        ones, made = self._mask(name, ((name if self.source.kind(name) != "number" else None, field),)), []
        for level in self._found(name):
            alias = f"L {name}={label(level)}"
            self.sums[alias] = _sum("w", f"{field} = {self.source.dialect.literal(level)}")
            top = Sum(f"{name}={label(level)}", ones.mask, alias, alias)
            made.append(Asked(kind, name, label(level), top, None if kind == "total" else ones, ones))
        return made

    def _found(self, name: str) -> list:
        """The levels of a column, sorted as in memory."""
        if name not in self._levels:
            text = f"SELECT DISTINCT {self.source.value(name)} AS v FROM {self.source.table}"
            values = self.source.run(f"{text} LIMIT {MOST_LEVELS + 2}")["v"]
            self._levels[name] = list(encode(values)[1])
        if not self._levels[name]:
            raise SurveyError("no row has a value", where=f"column {name!r}", got="all missing")
        if len(self._levels[name]) > MOST_LEVELS:
            raise SurveyError(
                "too many levels",
                where=f"column {name!r}",
                expected=f"at most {MOST_LEVELS:,}",
                hint="ask for the mean of numbers, or group the column first",
            )
        return self._levels[name]

    def _numeric(self, name: str) -> bool:
        """Numbers, or text that is nothing but numbers."""
        if self.source.kind(name) != "text":
            return True
        quoted = self.source.dialect.name(name)
        wrong = f"count(*) FILTER (WHERE {quoted} IS NOT NULL AND TRY_CAST({quoted} AS DOUBLE) IS NULL)"
        return int(self.source.run(f"SELECT {wrong} AS n FROM {self.source.table}")["n"][0]) == 0

    def _number(self, name: str) -> str:
        if not self._numeric(name):
            raise SurveyError("not a number", where=f"column {name!r}", got="text")
        return self._add(self.source.number(name))

    def _add(self, text: str) -> str:
        return self.fields.setdefault(text, f"x{len(self.fields)}")

    def _mask(self, name: str, fields: Sequence[tuple[str | None, str]]) -> Sum:
        """The weights alone over the rows with a value in all fields; complete columns share one mask."""
        gaps = tuple(field for column, field in fields if column not in self.source.complete)
        name = name if gaps else ""
        if name not in self.masks:
            self.masks[name] = gaps
            there = " AND ".join(f"{field} IS NOT NULL" for field in gaps)
            self.sums[f"W {name}"] = _sum("w", there)
            self.sums[f"Q {name}"] = _sum("w * w", there)
            self.sums[f"N {name}"] = f"count(*) FILTER (WHERE {' AND '.join(filter(None, ('w > 0', there)))})"
            self.sums[f"R {name}"] = f"count(*) FILTER (WHERE {there})" if there else "count(*)"
        return Sum(f"1|{name}", name, f"W {name}", f"W {name}")

    def _value(self, name: str, field: str, mask: str) -> Sum:
        others = [other for other in self.masks[mask] if other != field]
        there = " AND ".join(f"{other} IS NOT NULL" for other in others)
        self.sums[f"S {name}"] = _sum(f"w * {field}", there)
        self.sums[f"P {name}"] = _sum(f"w * {field} * {field}", there)
        return Sum(name, mask, f"S {name}", f"P {name}")


def _sum(text: str, there: str) -> str:
    return f"coalesce(sum({text}){f' FILTER (WHERE {there})' if there else ''}, CAST(0 AS DOUBLE))"


def _bottom(request: Request, ones: Sum) -> Sum | None:
    return None if request.kind == "total" else ones


def with_nan(source: Source) -> Source:
    """The same rows, NaN taken for missing: asked again only where a sum shows that there is one."""
    return replace(source, with_nan=True, complete=frozenset())
