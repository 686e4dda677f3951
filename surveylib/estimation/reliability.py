"""Which estimates rest on too little to be published."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.results import Estimates


def reliability(
    estimates: Estimates, *, most_cv: float | None = None, least_n: float | None = None
) -> pd.DataFrame:
    """The coefficient of variation of every estimate, and what speaks against publishing it.

    Parameters
    ----------
    most_cv : float, optional
        Greatest coefficient of variation, std_error / |estimate|, as a fraction: 0.3 is 30 %.
    least_n : float, optional
        Smallest number of answers behind an estimate.

    Returns
    -------
    DataFrame
        In the order of the estimates: the key columns, ``n``, ``cv``, ``suppress`` (bool) and ``why``
        (``n < 30``, ``cv > 0.3``, ``no standard error``; several joined by ``; ``; empty where nothing does).
        Nothing is removed: the caller decides, and can say how many.

    Raises
    ------
    SurveyError
        Neither limit given, or one that is not above 0.

    Notes
    -----
    An estimate of 0 has no coefficient of variation: it is judged by n alone. A share near 1 has a small one
    although the share of the others has not: ask for all levels, and judge the smallest.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> from surveylib.estimation.estimate import estimate
    >>> from surveylib.estimation.totals import totals
    >>> from surveylib.model.totals import Request
    >>> rows = pd.DataFrame({"y": [1.0, 9.0, 5.0, 5.0, 5.0, 5.0], "g": list("aabbbb")})
    >>> asked = totals(rows, declare(rows), requests=[Request(kind="mean", variable="y")], by=["g"])
    >>> reliability(estimate(asked), most_cv=0.3, least_n=3)["why"].tolist()
    ['n < 3; cv > 0.3', '']
    """
    for name, limit in (("most_cv", most_cv), ("least_n", least_n)):
        if limit is not None and not limit > 0:
            raise SurveyError("limit of reliability must be above 0", where=name, got=f"{limit:g}")
    if most_cv is None and least_n is None:
        raise SurveyError("no limit of reliability", expected="most_cv, least_n, or both")
    table = estimates.table
    value, std_error, n = (table[name].to_numpy(dtype=float) for name in ("estimate", "std_error", "n"))
    with np.errstate(invalid="ignore", divide="ignore"):
        cv = np.where(value == 0, np.nan, std_error / np.abs(value))
    few = np.zeros(len(table), dtype=bool) if least_n is None else ~(n >= least_n)
    wide = np.zeros(len(table), dtype=bool) if most_cv is None else cv > most_cv
    unknown = np.isnan(std_error)
    reasons = (
        (few, "n = 0" if least_n == 1 else f"n < {least_n or 0:g}"),
        (wide, f"cv > {most_cv or 0:g}"),
        (unknown, "no standard error"),
    )
    why = ["; ".join(text for mask, text in reasons if mask[k]) for k in range(len(table))]
    return table[list(estimates.keys)].assign(n=n, cv=cv, suppress=[text != "" for text in why], why=why)
