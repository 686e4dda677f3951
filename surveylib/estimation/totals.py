"""From rows to PsuTotals, in memory: integer codes and `numpy.bincount`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.columns import plan
from surveylib.estimation.domains import domains
from surveylib.estimation.thin import thin
from surveylib.model.design import SurveyDesign
from surveylib.model.totals import PsuTotals, Request

MOST_CELLS = 600_000_000


def totals(
    rows: pd.DataFrame, design: SurveyDesign, *, requests: Sequence[Request], by: Sequence[str] = ()
) -> PsuTotals:
    """Weighted sums per cluster and domain: all that means, totals, proportions, ratios and alpha need.

    Parameters
    ----------
    rows : DataFrame (n rows)
        In the order of `design`. A missing value drops its row from that variable only, numerator and
        denominator alike.
    requests : sequence of Request
    by : sequence of str
        Domain columns, crossed; rows with a missing value there belong to no domain.

    Raises
    ------
    SurveyError
        Unknown column, text where a number is needed, rows and design of different length, no row with a
        value.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"y": [1.0, 3.0, 5.0], "g": ["a", "a", "b"]})
    >>> totals(rows, declare(rows), requests=[Request(kind="mean", variable="y")], by=["g"]).sums.sum(axis=1)
    array([[4., 5.],
           [2., 1.]])
    """
    if len(rows) != len(design.weights):
        raise SurveyError(
            "rows and design differ in length", expected=str(len(design.weights)), got=str(len(rows))
        )
    if not requests:
        raise SurveyError("nothing to estimate", hint="ask for a mean, total, ratio or proportion")
    columns, statistics = plan(rows, requests)
    domain, table = domains(rows, by)
    finest, stages, labels = thin(design)
    if len(columns) * len(labels) * len(table) > MOST_CELLS:
        raise SurveyError(
            "too many cells for memory",
            got=f"{len(columns)} columns × {len(labels)} clusters × {len(table)} domains",
            hint="name a PSU column, or ask for fewer domains at a time",
        )
    return PsuTotals(
        columns=tuple(item.name for item in columns),
        **_sum(columns, design, finest, len(labels), domain, len(table)),
        domains=table,
        statistics=statistics,
        stages=stages,
        labels=labels,
        counted=design.counted,
        lonely=design.lonely,
    )


def _sum(
    columns, design: SurveyDesign, finest: np.ndarray, p: int, domain: np.ndarray | None, d: int
) -> dict:
    w, q = design.weights, design.calibration_weights
    cell, group = _places(finest, domain, p, d)
    a = 0 if design.calibration is None else design.calibration.shape[1]
    made = {
        "sums": np.empty((len(columns), p, d)),
        "squares": np.empty((len(columns), d)),
        "counts": np.empty((len(columns), d)),
        "weight_squares": np.empty((len(columns), d)),
        "cross": np.zeros((len(columns), d, a)),
        "rows": np.bincount(cell, minlength=p * d)[: p * d].reshape(p, d),
    }
    shared: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    product, present, mask = np.empty(len(w)), w, None
    for c, item in enumerate(columns):
        if item.missing is not mask:
            present, mask = w if item.missing is None else np.where(item.missing, 0.0, w), item.missing
        values = item.values
        weighted = _weighted(present, values, product)
        made["sums"][c] = _added(cell, weighted, p * d).reshape(p, d)
        if values is None:
            made["squares"][c] = made["sums"][c].sum(axis=0)
        else:
            made["squares"][c] = _added(group, np.multiply(weighted, values, out=product), d)
        if id(mask) not in shared:
            shared[id(mask)] = (
                _added(group, (present > 0).astype(float), d),
                _added(group, present * present, d),
            )
        made["counts"][c], made["weight_squares"][c] = shared[id(mask)]
        for k in range(a):
            plain = _weighted(present if q is None else np.where(present > 0, q, 0.0), values, product)
            made["cross"][c, :, k] = _added(group, plain * design.calibration[:, k], d)
    made["auxiliary"], made["gram"] = _auxiliary(design, finest, p, a)
    return made


def _places(finest: np.ndarray, domain: np.ndarray | None, p: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Cell and domain of every row; rows of none go to a place after the last, which `_added` cuts off."""
    if domain is None:
        return finest, np.zeros(len(finest), dtype=np.int64)
    cell, outside = finest * d + domain, domain < 0
    return (np.where(outside, p * d, cell), np.where(outside, d, domain)) if outside.any() else (cell, domain)


def _weighted(weights: np.ndarray, values: np.ndarray | None, out: np.ndarray) -> np.ndarray:
    return weights if values is None else np.multiply(weights, values, out=out)


def _added(places: np.ndarray, values: np.ndarray, length: int) -> np.ndarray:
    return np.bincount(places, weights=values, minlength=length)[:length]


def _auxiliary(design: SurveyDesign, finest: np.ndarray, p: int, a: int) -> tuple[np.ndarray, np.ndarray]:
    if not a:
        return np.zeros((p, 0)), np.zeros((0, 0))
    x, w = design.calibration, design.weights
    q = w if design.calibration_weights is None else design.calibration_weights
    sums = np.column_stack([np.bincount(finest, weights=w * x[:, k], minlength=p) for k in range(a)])
    return sums, (x * q[:, None]).T @ x
