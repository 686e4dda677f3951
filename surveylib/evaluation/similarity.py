"""How like the province's units the pilots are: covariate by covariate, in one index, and type by type.

Tipton (2014), doi:10.3102/1076998614558486: the index B and its bands. With a handful of pilots B is low even
for a lot well drawn, so that beside it stands what such lots give.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from surveylib.model.similarity import COVARIATE_COLUMNS, INDEX_COLUMNS, TYPE_COLUMNS, Province, Similarity
from surveylib.numerics.likeness import chosen_scores, independent, overlap
from surveylib.rng import stream

DRAWS = 1000
_ARMS = ("pilot", "comparison")


def similarity(province: Province, *, seed: int, draws: int = DRAWS) -> Similarity | None:
    """Standardised differences, the generalizability index B, and units by type; None for an unusable file.

    Differences and index concern the units of types that have a pilot: of other types nothing is predicted.
    A covariate that is not known of every such unit has its difference, but no part in the index.

    Parameters
    ----------
    province : Province
    seed : int
        Of the draws within types that say what chance alone does.

    Examples
    --------
    >>> from surveylib.model.similarity import Covariate
    >>> from surveylib.model.text import Text
    >>> size = Covariate(column="size", level="", label=Text(vi="Cỡ", en="Size"), kind="number")
    >>> rows = pd.DataFrame({"unit": [f"u{i}" for i in range(40)], "type": "LG", "c0": range(40)})
    >>> rows["arm"] = ["pilot" if i >= 36 else "comparison" if i < 8 else "" for i in range(40)]
    >>> made = similarity(Province(rows=rows, covariates=(size,)), seed=1, draws=200)
    >>> made.covariates["smd_pilot"].round(2).tolist(), bool(made.index["share_below"][0] < 0.02)
    ([1.56], True)
    """
    if not province.usable or not (province.rows["arm"] == "pilot").any():
        return None
    types = _types(province)
    rows = province.rows[province.rows["type"].isin(types.loc[types["pilot"] > 0, "type"])]
    rows = rows.sort_values("unit", ignore_index=True)
    lots = {arm: _lots(rows, arm, seed=seed, draws=draws) for arm in _ARMS}
    known = _indexed(rows, province)
    return Similarity(
        covariates=_covariate_table(rows, province, lots["pilot"], known),
        index=_index_table(rows, known, lots),
        types=types,
        findings=province.findings,
    )


def _types(province: Province) -> pd.DataFrame:
    counts = pd.crosstab(province.rows["type"], province.rows["arm"])
    made = pd.DataFrame({"province": counts.sum(axis=1)})
    for arm in _ARMS:
        made[arm] = counts.get(arm, 0)
    made["per_pilot"] = (made["province"] / made["pilot"]).where(made["pilot"] > 0)
    return made.rename_axis("type").reset_index()[list(TYPE_COLUMNS)]


def _lots(rows: pd.DataFrame, arm: str, *, seed: int, draws: int) -> np.ndarray:
    """As many units of each type as the arm has, drawn by lot: bool (draws, units)."""
    rng = stream(seed, "similarity", arm)
    chosen = np.zeros((draws, len(rows)), dtype=bool)
    for _, own in rows.groupby("type", sort=True):
        count = int((own["arm"] == arm).sum())
        order = rng.random((draws, len(own))).argsort(axis=1)[:, :count]
        np.put_along_axis(chosen, own.index.to_numpy()[order], True, axis=1)
    return chosen


def _indexed(rows: pd.DataFrame, province: Province) -> list[str]:
    """The covariates known of every unit, that vary."""
    values = rows[province.columns]
    return [name for name in province.columns if values[name].notna().all() and values[name].nunique() > 1]


def _covariate_table(
    rows: pd.DataFrame, province: Province, lots: np.ndarray, known: list[str]
) -> pd.DataFrame:
    lines = []
    for name, covariate in zip(province.columns, province.covariates, strict=True):
        values = rows[name].to_numpy(float)
        there = np.isfinite(values)
        mean = float(values[there].mean()) if there.any() else math.nan
        spread = float(values[there].std()) if there.any() else math.nan
        means = {arm: _mean(values, (rows["arm"] == arm).to_numpy() & there) for arm in _ARMS}
        apart = {arm: (means[arm] - mean) / spread if spread > 0 else math.nan for arm in _ARMS}
        low, high = _by_chance(values, there, lots, mean, spread)
        label = covariate.label
        line = (
            f"{covariate.column}:{covariate.level}".rstrip(":"),
            label.vi,
            label.en,
            int(there.sum()),
            mean,
        )
        line += (means["pilot"], means["comparison"], apart["pilot"], apart["comparison"], low, high)
        lines.append((*line, name in known))
    return pd.DataFrame(lines, columns=list(COVARIATE_COLUMNS))


def _mean(values: np.ndarray, own: np.ndarray) -> float:
    return float(values[own].mean()) if own.any() else math.nan


def _by_chance(values, there, lots: np.ndarray, mean: float, spread: float) -> tuple[float, float]:
    """Between which standardised differences 95 of 100 lots lie."""
    drawn = lots & there
    counts = drawn.sum(axis=1)
    if not spread > 0 or not (counts > 0).any():
        return math.nan, math.nan
    sums = drawn[counts > 0] @ np.where(there, values, 0.0)
    low, high = np.quantile((sums / counts[counts > 0] - mean) / spread, [0.025, 0.975])
    return float(low), float(high)


def _index_table(rows: pd.DataFrame, known: list[str], lots: dict[str, np.ndarray]) -> pd.DataFrame:
    dummies = pd.get_dummies(rows["type"], dtype=float).iloc[:, 1:]
    x = np.column_stack([rows[known].to_numpy(float), dummies.to_numpy(float)])
    x = x[:, independent(x)]
    lines = []
    for arm in _ARMS:
        own = (rows["arm"] == arm).to_numpy()
        if not known or not own.any() or own.all():
            continue
        chosen = np.vstack([own, lots[arm]])
        b = overlap(chosen_scores(x, chosen), chosen)
        ends = np.quantile(b[1:], [0.05, 0.5, 0.95])
        lines.append((arm, int(own.sum()), len(rows), b[0], *ends, float((b[1:] <= b[0]).mean())))
    return pd.DataFrame(lines, columns=list(INDEX_COLUMNS))
