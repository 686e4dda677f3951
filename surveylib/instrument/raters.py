"""A checklist filled in by two observers: their answers side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from surveylib.errors import SurveyError, unknown


def side_by_side(
    rows: pd.DataFrame,
    *,
    items: Sequence[str],
    rater: str = "rater",
    visit: Sequence[str] = ("unit", "wave", "visit"),
) -> pd.DataFrame:
    """One row a visit: the columns `visit`, then ``<item>_<rater>`` for every item and rater.

    What `estimation.kappa` takes: ``kappa(table, declare(table), pairs=[("b3_box_1", "b3_box_2")])``. A visit
    that one of the raters did not record has blanks there.

    Raises
    ------
    SurveyError
        If a column is missing, a rater is not said, or a rater has two forms of one visit.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": ["u", "u"], "rater": [2, 1], "box": [0, 1]})
    >>> side_by_side(rows, items=["box"], visit=["unit"])
      unit  box_1  box_2
    0    u      1      0
    """
    for name in (*visit, rater, *items):
        if name not in rows.columns:
            raise unknown("column", name, rows.columns, where="answers")
    keys = [*visit, rater]
    if rows[keys].isna().any(axis=None):
        raise SurveyError("visit or observer is not said", where=f"columns {', '.join(keys)}")
    twice = rows[rows.duplicated(keys)]
    if len(twice):
        first = ", ".join(f"{name} {twice.iloc[0][name]}" for name in keys)
        raise SurveyError("an observer has two forms of one visit", where=first, got=f"{len(twice)} too many")
    wide = rows.pivot(index=list(visit), columns=rater, values=list(items))
    wide.columns = [f"{item}_{who:g}" if isinstance(who, float) else f"{item}_{who}" for item, who in wide]
    return wide.reset_index()
