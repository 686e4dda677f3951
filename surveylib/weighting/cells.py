"""Rows to integer codes: levels of a variable, blocks such as unit × wave, small cells joined to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.sample import Frame, require_columns

KEYS = ["dossier", "unit", "wave"]
JOINT = " × "


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """Groups of rows treated apart: ``codes`` (n,) number each row's block, ``keys`` has a row a block."""

    codes: np.ndarray
    names: tuple[str, ...]
    keys: pd.DataFrame

    def __len__(self) -> int:
        return len(self.names)


def blocks(rows: pd.DataFrame, *, within: Sequence[str]) -> Blocks:
    """The blocks of `rows` by the columns `within`, sorted; one block of all rows when there are none.

    >>> blocks(pd.DataFrame({"unit": ["b", "a"], "wave": ["t0", "t0"]}), within=("unit", "wave")).names
    ('a, t0', 'b, t0')
    """
    require_columns(rows, tuple(within), where="weighting")
    if not within:
        return Blocks(codes=np.zeros(len(rows), dtype=np.int64), names=("*",), keys=pd.DataFrame(index=[0]))
    grouped = rows[list(within)].astype(str).groupby(list(within), sort=True)
    keys = grouped.size().index.to_frame(index=False)
    names = tuple(", ".join(key) for key in keys.itertuples(index=False))
    return Blocks(codes=grouped.ngroup().to_numpy(dtype=np.int64), names=names, keys=keys)


def labels(column: pd.Series) -> pd.Series:
    """The values of a category column as text: 4, 4.0 and "4" are one category, blanks are missing.

    >>> labels(pd.Series([4.0, "4", " x", None])).tolist()
    ['4', '4', 'x', None]
    """
    place, distinct = pd.factorize(column.astype(object), use_na_sentinel=True)
    written = np.array([*map(label, distinct), None], dtype=object)  # −1, a blank, is the last one
    return pd.Series(written[place], index=column.index, dtype=object)


def label(value: object) -> str | None:
    """A value that is not missing, as text (`labels`)."""
    text = str(value).strip()
    if _is_number(text) and float(text).is_integer():
        return str(int(float(text)))
    return None if text in ("", "nan") else text


def level_order(values: Iterable[str | None]) -> tuple[str, ...]:
    """The distinct levels, numbers by size before words by letter.

    >>> level_order(["10", "2", None, "b"])
    ('2', '10', 'b')
    """
    return tuple(sorted({value for value in values if value is not None}, key=_sort_key))


def _sort_key(level: str) -> tuple:
    parts = level.split(JOINT)
    return tuple((0, float(p), "") if _is_number(p) else (1, 0.0, p) for p in parts)


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def joint(rows: pd.DataFrame, *, columns: Sequence[str]) -> pd.Series:
    """The labels of several columns crossed, missing where one of them is.

    >>> joint(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]}), columns=("a", "b")).tolist()
    ['1 × x', None]
    """
    require_columns(rows, tuple(columns), where="weighting")
    result = labels(rows[columns[0]])
    for column in columns[1:]:
        result = result + JOINT + labels(rows[column])  # a blank part makes a blank
    return result.astype(object).where(result.notna(), None)


def codes(values: pd.Series, *, levels: Sequence[str]) -> np.ndarray:
    """The number of each value among `levels`, −1 where it is missing or not among them."""
    return pd.Index(list(levels), dtype=object).get_indexer(pd.Index(values, dtype=object)).astype(np.int64)


def with_register(rows: pd.DataFrame, *, frame: Frame, columns: Sequence[str]) -> pd.DataFrame:
    """`rows` with `columns` as the register has them for the row's dossier, and as answered where it has
    none.

    Weights are calibrated to the register, so a respondent must be classified the way the register does.
    """
    require_columns(frame.rows, tuple(columns), where="register")
    if "dossier" not in rows.columns:
        require_columns(rows, tuple(columns), where="responses")
        return rows
    index = pd.MultiIndex.from_frame(frame.rows[KEYS].astype(str))
    place = index.get_indexer(pd.MultiIndex.from_frame(rows[KEYS].astype(str)))
    found, result = place >= 0, rows.copy()
    for column in columns:
        answered = (
            labels(rows[column]).to_numpy()
            if column in rows.columns
            else np.full(len(rows), None, dtype=object)
        )
        register = labels(frame.rows[column]).to_numpy()
        result[column] = pd.Series(np.where(found, register[place], answered), index=rows.index, dtype=object)
    return result


def counts(
    code: np.ndarray, level: np.ndarray, *, shape: tuple[int, int], weights: np.ndarray | None = None
) -> np.ndarray:
    """Sums (or numbers) of rows by block and level; rows with a negative code are left out."""
    known = (code >= 0) & (level >= 0)
    cell = code[known] * shape[1] + level[known]
    mass = None if weights is None else weights[known]
    return np.bincount(cell, mass, minlength=shape[0] * shape[1]).reshape(shape)


def collapse(number: Sequence[int], *, levels: Sequence[str], fewest: int) -> np.ndarray:
    """Join ordered categories with fewer than `fewest` respondents to a neighbour; the group of each.

    Smallest first. Of its two neighbours a group takes one with the same first part of a crossed level, if
    there is one, then the smaller, then the lower.

    >>> collapse([10, 1, 0, 8], levels=["1", "2", "3", "4"], fewest=5)
    array([0, 1, 1, 1])
    >>> collapse([9, 2, 3, 9], levels=["1 × 1", "1 × 2", "2 × 1", "2 × 2"], fewest=5)
    array([0, 0, 1, 1])
    """
    if fewest < 1:
        raise SurveyError("the least number of respondents must be at least 1", got=str(fewest))
    groups = [[i] for i in range(len(number))]
    sizes = [int(value) for value in number]
    family = [{level.split(JOINT)[0]} for level in levels]
    while len(groups) > 1 and min(sizes) < fewest:
        i = sizes.index(min(sizes))
        near = [j for j in (i - 1, i + 1) if 0 <= j < len(groups)]
        j = min(near, key=lambda k: (not family[k] & family[i], sizes[k], k))
        pair = slice(min(i, j), max(i, j) + 1)
        groups[pair] = [[member for part in groups[pair] for member in part]]
        sizes[pair] = [sum(sizes[pair])]
        family[pair] = [set().union(*family[pair])]
    result = np.empty(len(number), dtype=np.int64)
    for group, members in enumerate(groups):
        result[members] = group
    return result


def merged_text(levels: Sequence[str], group: np.ndarray) -> str:
    """The groups of more than one level, written "3 + 4; 7 + 8"; empty when nothing was joined.

    >>> merged_text(["1", "2", "3"], np.array([0, 1, 1]))
    '2 + 3'
    """
    sets = [[level for level, g in zip(levels, group, strict=True) if g == k] for k in np.unique(group)]
    return "; ".join(" + ".join(members) for members in sets if len(members) > 1)
