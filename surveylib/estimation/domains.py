"""Domains: the groups of rows that are estimated one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import column
from surveylib.estimation.encode import cross
from surveylib.model.results import RESULT_COLUMNS

_TAKEN = ("kind", "variable", "level", *RESULT_COLUMNS)


def domains(rows: pd.DataFrame, by: Sequence[str]) -> tuple[np.ndarray | None, pd.DataFrame]:
    """The domain of every row (−1: none; all None without `by`), and the values of `by` in each domain.

    Domains are the combinations that occur; where a column is a pandas categorical, all combinations of its
    categories with the values of the others: what was declared and nobody chose is a domain without rows.

    Raises
    ------
    SurveyError
        Unknown column, one named twice or as a column of results is; no row with a value in all of them.

    Examples
    --------
    >>> codes, table = domains(pd.DataFrame({"sex": ["nữ", "nam", None, "nữ"]}), ["sex"])
    >>> codes, table["sex"].tolist()
    (array([ 1,  0, -1,  1]), ['nam', 'nữ'])
    """
    if not by:
        return None, pd.DataFrame(index=[0])
    _refuse_unusable(by)
    for name in by:
        column(rows, name)
    codes, first = cross(rows, by)
    if not len(first):
        raise SurveyError(
            "no row belongs to a domain",
            where=f"columns {', '.join(map(repr, by))}",
            expected="values",
            got="all missing",
        )
    table = rows[list(by)].iloc[first].reset_index(drop=True)
    return _with_declared(codes, table) if any(map(_categorical, table.dtypes)) else (codes, table)


def _with_declared(codes: np.ndarray, table: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """The domains and, among them, the combinations that do not occur."""
    levels = [
        list(table[name].cat.categories) if _categorical(table[name].dtype) else sorted(set(table[name]))
        for name in table.columns
    ]
    every = list(product(*levels))
    places = {combination: place for place, combination in enumerate(every)}
    found = np.array([places[line] for line in table.itertuples(index=False, name=None)])
    return np.where(codes < 0, -1, found[codes]), pd.DataFrame(every, columns=table.columns)


def _categorical(dtype: object) -> bool:
    return isinstance(dtype, pd.CategoricalDtype)


def _refuse_unusable(by: Sequence[str]) -> None:
    if isinstance(by, str):
        raise SurveyError("domains are a list of columns", expected=f"by=[{by!r}]", got=f"by={by!r}")
    for name in by:
        if list(by).count(name) > 1:
            raise SurveyError("a domain column is named twice", where=f"by {name!r}", hint="name it once")
        if name in _TAKEN:
            raise SurveyError(
                "domain has the name of a result",
                where=f"by {name!r}",
                hint=f"rename the column, for example {name}_group",
            )
