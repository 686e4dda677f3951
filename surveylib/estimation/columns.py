"""What a request stands for: the columns of numbers to be summed, and the statistics made of their sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import column, numbers
from surveylib.estimation.encode import encode, label
from surveylib.model.totals import Request, Statistic


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Numbers to be summed, and which are missing (None: none).

    `factor` holds the values, 0 where missing (None: ones); `other`, where there is one, is what they are
    multiplied with. A scale has many products, and only one at a time need be in memory.
    """

    name: str
    factor: np.ndarray | None
    missing: np.ndarray | None
    other: np.ndarray | None = None

    @property
    def values(self) -> np.ndarray | None:
        return self.factor if self.other is None else self.factor * self.other


def plan(rows: pd.DataFrame, requests: Sequence[Request]) -> tuple[list[Column], tuple[Statistic, ...]]:
    """The columns that the requests need, each once, and the statistics by their places among them."""
    _refuse_twice([request.variable for request in requests if request.kind == "alpha"])
    columns: dict[str, Column] = {}
    statistics: list[Statistic] = []

    def position(item: Column) -> int:
        columns.setdefault(item.name, item)
        return list(columns).index(item.name)

    for request in requests:
        for level, top, bottom, ones in _parts(rows, request):
            top_at, ones_at = position(top), position(ones)
            bottom_at = None if request.kind == "total" else position(bottom)
            statistics.append(
                Statistic(
                    kind=request.kind,
                    variable=shown(request),
                    level=level,
                    top=top_at,
                    bottom=bottom_at,
                    ones=ones_at,
                )
            )
    return list(columns.values()), tuple(statistics)


def _refuse_twice(scales: Sequence[str]) -> None:
    for name in scales:
        if scales.count(name) > 1:
            raise SurveyError("two scales of one name", got=repr(name), hint="name them differently")


def shown(request: Request) -> str:
    """The request's variable as results name it: a ratio as "y/x"."""
    return request.variable if request.denominator is None else f"{request.variable}/{request.denominator}"


def _parts(rows: pd.DataFrame, request: Request) -> list[tuple[str, Column, Column, Column]]:
    """(level, numerator, denominator, ones) of every estimate a request stands for."""
    name = request.variable
    if request.kind == "alpha":
        return _scale_parts(rows, request.items)
    if request.kind == "ratio":
        pair = shown(request)
        (top, first), (bottom, second) = _numbers(rows, name), _numbers(rows, request.denominator)
        missing = second if first is None else first if second is None else _missing(first | second, pair)
        parts = (
            Column(f"{variable}|{pair}", _filled(values, missing), missing)
            for variable, values in ((name, top), (request.denominator, bottom))
        )
        return [("", *parts, _ones(pair, missing))]
    values = column(rows, name)
    if request.kind == "proportion" or (request.kind == "total" and not _numeric(values)):
        return _level_parts(values, name)
    if request.kind == "mean" and not _numeric(values):
        wrong = pd.to_numeric(values, errors="coerce").isna() & values.notna()
        row = int(np.argmax(wrong))
        raise SurveyError(
            "a mean needs numbers",
            where=f"column {name!r}, row {row + 1}",
            got=repr(label(values.iloc[row])),
            hint="ask for proportions",
        )
    array, missing = _numbers(rows, name)
    ones = _ones(name, missing)
    return [("", Column(name, _filled(array, missing), missing), ones, ones)]


def _scale_parts(rows: pd.DataFrame, items: Sequence[str]) -> list[tuple[str, Column, Column, Column]]:
    """The items and their products, over the rows that answered all of them."""
    found, scale = [_numbers(rows, item) for item in items], "/".join(items)
    gaps = [missing for _, missing in found if missing is not None]
    missing = _missing(np.logical_or.reduce(gaps), scale) if gaps else None
    filled = {item: _filled(values, missing) for item, (values, _) in zip(items, found, strict=True)}
    ones = _ones(scale, missing)
    columns = [(item, Column(f"{item}|{scale}", filled[item], missing)) for item in items]
    for a, b in combinations_with_replacement(items, 2):
        columns.append((f"{a}*{b}", Column(f"{a}*{b}|{scale}", filled[a], missing, filled[b])))
    return [(level, column, ones, ones) for level, column in columns]


def _numeric(values: pd.Series) -> bool:
    """Numbers, or text that is nothing but numbers."""
    if pd.api.types.is_numeric_dtype(values):
        return True
    return bool(pd.to_numeric(values, errors="coerce").notna().eq(values.notna()).all())


def _level_parts(values: pd.Series, name: str) -> list[tuple[str, Column, Column, Column]]:
    codes, levels = encode(values)
    missing = _missing(codes < 0, name)
    ones = _ones(name, missing)
    return [
        (
            label(level),
            Column(f"{name}={label(level)}", (codes == code).astype(float), missing),
            ones,
            ones,
        )
        for code, level in enumerate(levels)
    ]


def _missing(missing: np.ndarray, name: str) -> np.ndarray | None:
    if not missing.any():
        return None
    if missing.all():
        raise SurveyError(
            "no row has a value", where=f"column {name!r}", got=f"{len(missing)} rows, all missing"
        )
    return missing


def _numbers(rows: pd.DataFrame, name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """The values, and which are missing (None: none)."""
    values = numbers(rows, name)
    # A missing or infinite value never leaves the sum finite: one pass proves that there are none.
    with np.errstate(invalid="ignore", over="ignore"):
        if np.isfinite(values.sum()):
            return values, None
    wrong = np.isinf(values)
    if wrong.any():
        row = int(np.argmax(wrong)) + 1
        raise SurveyError(
            "an infinite value",
            where=f"column {name!r}, row {row}",
            expected="finite numbers",
            got=str(values[row - 1]),
            hint="mend it, or leave it empty",
        )
    return values, _missing(np.isnan(values), name)


def _filled(values: np.ndarray, missing: np.ndarray | None) -> np.ndarray:
    return values if missing is None else np.where(missing, 0.0, values)


def _ones(name: str, missing: np.ndarray | None) -> Column:
    # Complete variables share one denominator: with many items this halves the work.
    return Column("1|" if missing is None else f"1|{name}", None, missing)
