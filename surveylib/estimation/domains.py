"""Domains: the groups of rows that are estimated one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import column
from surveylib.estimation.encode import cross


def domains(rows: pd.DataFrame, by: Sequence[str]) -> tuple[np.ndarray | None, pd.DataFrame]:
    """The domain of every row (−1: none; all None without `by`), and the values of `by` in each domain.

    Raises
    ------
    SurveyError
        Unknown column; no row with a value in all of them.

    Examples
    --------
    >>> codes, table = domains(pd.DataFrame({"sex": ["nữ", "nam", None, "nữ"]}), ["sex"])
    >>> codes, table["sex"].tolist()
    (array([ 1,  0, -1,  1]), ['nam', 'nữ'])
    """
    if not by:
        return None, pd.DataFrame(index=[0])
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
    return codes, rows[list(by)].iloc[first].reset_index(drop=True)
