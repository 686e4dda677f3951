"""Tables of a scale: item by item, and the whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.questionnaire import Questionnaire
from surveylib.psychometrics.items import scored
from surveylib.psychometrics.reliability import (
    alpha,
    alpha_if_deleted,
    alpha_interval,
    item_rest,
    mean_correlation,
    weighted_covariance,
)

CEILING = 0.5


def scale_table(
    rows: pd.DataFrame,
    *,
    questionnaire: Questionnaire,
    items: Sequence[str],
    weights: np.ndarray | None = None,
) -> pd.DataFrame:
    """One row an item of a scale: how it is answered, and how it goes with the others.

    Parameters
    ----------
    rows : DataFrame (n rows)
    questionnaire : Questionnaire
    items : sequence of str
        Items with codes on an ordered scale.
    weights : float array (n,), optional

    Returns
    -------
    DataFrame
        ``item, n, mean, sd``; ``floor, ceiling``: weighted shares of the worst and the best code;
        ``at_ceiling``: over half at the best (W1: a gain can no longer show); ``item_rest,
        alpha_if_deleted`` from rows that answered all.

    Raises
    ------
    SurveyError
        An unknown item or column, or one without ordered codes.
    """
    weights = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    x = _scores(rows, questionnaire, items)
    covariance = weighted_covariance(x, weights=weights)
    records = []
    for k, item in enumerate(items):
        codes = questionnaire.scale_of(item).codes
        records.append({"item": item, **_item(x[:, k], weights, best=max(codes), worst=min(codes))})
    return pd.DataFrame(records).assign(
        item_rest=item_rest(covariance), alpha_if_deleted=alpha_if_deleted(covariance)
    )


def reliability_table(
    rows: pd.DataFrame,
    *,
    questionnaire: Questionnaire,
    weights: np.ndarray | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """One row an index of the questionnaire with at least two items: its α, interval and mean correlation.

    The interval takes the effective number of respondents as n and does not know of strata and clusters: a
    description, not a test.

    Returns
    -------
    DataFrame
        ``index, items, n, n_eff, alpha, conf_low, conf_high, standardised_alpha, mean_correlation``; n
        counts those who answered every item. Rare indices (conditional items) are left out.
    """
    weights = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    records = []
    for index in questionnaire.indices:
        if index.rare or len(index.items) < 2:
            continue
        x = _scores(rows, questionnaire, index.items)
        covariance = weighted_covariance(x, weights=weights)
        w = weights[np.isfinite(x).all(axis=1)]
        effective = w.sum() ** 2 / np.square(w).sum() if (w > 0).any() else 0.0
        value = alpha(covariance)
        low, high = alpha_interval(value, n=effective, items=len(index.items), confidence=confidence)
        r = mean_correlation(covariance)
        records.append(
            {
                "index": index.id,
                "items": len(index.items),
                "n": len(w),
                "n_eff": effective,
                "alpha": value,
                "conf_low": low,
                "conf_high": high,
                "standardised_alpha": len(index.items) * r / (1 + (len(index.items) - 1) * r),
                "mean_correlation": r,
            }
        )
    columns = ["index", "items", "n", "n_eff", "alpha", "conf_low", "conf_high"]
    return pd.DataFrame(records, columns=[*columns, "standardised_alpha", "mean_correlation"])


def _scores(rows: pd.DataFrame, questionnaire: Questionnaire, items: Sequence[str]) -> np.ndarray:
    for item in items:
        scale = questionnaire.scale_of(item)
        if scale.kind not in ("ordinal", "binary"):
            raise SurveyError(
                "item has no ordered codes",
                where=f"item {item}, scale {scale.id}",
                expected="a scale of kind ordinal or binary",
                got=scale.kind,
            )
    if not items:
        raise SurveyError("a scale needs items", where="scale table")
    return np.column_stack([scored(rows, questionnaire=questionnaire, item=item) for item in items])


def _item(x: np.ndarray, weights: np.ndarray, *, best: float, worst: float) -> dict[str, object]:
    there = np.isfinite(x) & (weights > 0)
    names = ("mean", "sd", "floor", "ceiling")
    if not there.any():
        return {"n": 0, **dict.fromkeys(names, np.nan), "at_ceiling": False}
    y, w = x[there], weights[there] / weights[there].sum()
    variance = weighted_covariance(y[:, None], weights=w)[0, 0]
    ceiling = float(w[y == best].sum())
    values = (float(w @ y), float(np.sqrt(variance)), float(w[y == worst].sum()), ceiling)
    return {"n": int(there.sum()), **dict(zip(names, values, strict=True)), "at_ceiling": ceiling > CEILING}
