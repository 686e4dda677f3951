"""Rows against targets: which level each row has, and every way the two may not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, did_you_mean
from surveylib.weighting.cells import label, labels
from surveylib.weighting.margins import independent
from surveylib.weighting.targets import Target, margin_labels

Missing = Literal["error", "keep"]
SMALL = 1000  # whole numbers up to here are their own places


def classify(
    rows: pd.DataFrame, *, target: Target, weights: np.ndarray, missing: Missing = "error"
) -> tuple[np.ndarray, Target]:
    """The level of each row as a code into the target's levels, and the target the rows can meet.

    With ``missing="keep"`` rows without a value are a level of their own that keeps its weighted share of
    the sample, and the others are scaled to what is left.

    Raises
    ------
    SurveyError
        A value the target does not have; a level of the population without respondents, or the other way
        round; a blank, unless they are kept.
    """
    codes, values = _codes(rows, target)
    absent = codes < 0
    if absent.any():
        _refuse_strangers(target, values, codes)
        if missing == "error":
            raise SurveyError(
                f"{int(absent.sum())} row(s) have no value in a margin",
                where=f"column {target.variable!r}, row {int(np.argmax(absent)) + 1}",
                hint="fill the value in, drop these rows, or --missing keep: they keep their share",
            )
        share = float(weights[absent].sum() / weights.sum())
        counts = [*(target.counts * (1 - share)), target.total * share]
        codes = np.where(absent, len(target.levels), codes)
        target = Target(variable=target.variable, levels=(*target.levels, ""), counts=counts)
    _refuse_empty(target, codes, weights)
    return codes, target


def auxiliary(rows: pd.DataFrame, *, target: Target) -> np.ndarray:
    """The number whose total is the target, every row's."""
    if target.variable not in rows.columns:
        margin_labels(rows, target.variable)
        raise SurveyError("a total needs one column of numbers", where=f"margins, {target.variable}")
    column = rows[target.variable]
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise SurveyError(
            f"{int(wrong.sum())} row(s) without a number",
            where=f"column {target.variable!r}, row {row + 1}",
            expected="a number in every row: its total is a target",
            got="nothing" if pd.isna(column.iloc[row]) else repr(column.iloc[row]),
        )
    return values


def calibration_columns(
    rows: pd.DataFrame, *, targets: Sequence[Target], weights: np.ndarray, missing: Missing = "error"
) -> np.ndarray:
    """The auxiliary variables (n, p) that the targets speak of, for the variance of what is estimated.

    Indicators of levels, and the numbers with a known total; linearly independent ones only. `weights` are
    those the calibration started from.
    """
    parts = []
    for target in targets:
        if target.levels:
            codes, used = classify(rows, target=target, weights=weights, missing=missing)
            parts.append(codes[:, None] == np.arange(len(used.levels)))
        else:
            parts.append(auxiliary(rows, target=target)[:, None])
    return independent(np.hstack(parts).astype(float))


def carried(
    columns: np.ndarray, regression: np.ndarray, *, ratio: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Calibration columns and regression weights for the variance after weights were changed once more.

    Trimming makes w·t of the calibrated weights w. An estimate Σ w·t·z is calibrated for t·z, so its
    residuals are those of t·z on the columns, weighted by `regression`: the same as those of z on columns/t
    weighted by regression·t², times w·t.

    Parameters
    ----------
    columns : float array (n, p)
    regression : float array (n,)
    ratio : float array (n,)
        t, above 0.

    Returns
    -------
    (columns, regression)
        For `SurveyDesign.calibration` and `calibration_weights`.
    """
    if not (ratio > 0).all():
        raise SurveyError("weights were changed to 0 after calibration", hint="drop those rows")
    return columns / ratio[:, None], regression * ratio**2


def distinct(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The place of each row's value among some values, None of them where one is blank.

    Small whole numbers and categories need no hashing, and not every value given must occur.

    >>> place, values = distinct(pd.Series(["b", None, "b"]))
    >>> place.tolist(), values.tolist()
    ([0, 1, 0], ['b', None])
    """
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu" and len(column):
        whole = column.to_numpy()
        # Seen as unsigned a number below 0 is greater than all others: one pass tells that all are small.
        low, high = 0, int(whole.view(f"u{whole.itemsize}").max())
        if high > min(SMALL, np.iinfo(whole.dtype).max):
            low, high = int(whole.min()), int(whole.max())
        if high - low < max(SMALL, len(whole) // 10):
            whole = whole.astype(np.int64, copy=False)
            return whole - low if low else whole, np.arange(low, high + 1)
    if isinstance(column.dtype, pd.CategoricalDtype):
        place, values = column.cat.codes.to_numpy(dtype=np.int64), column.cat.categories
    else:
        place, values = pd.factorize(column, use_na_sentinel=True)
    values = np.asarray(values, dtype=object)
    if len(place) and place.min() < 0:
        return np.where(place < 0, len(values), place), np.append(values, None)
    return place, values


def _codes(rows: pd.DataFrame, target: Target) -> tuple[np.ndarray, np.ndarray | pd.Series]:
    """Codes of the rows (−1: blank or not a level), and the distinct values behind them."""
    if target.variable not in rows.columns:
        values = margin_labels(rows, target.variable)  # of columns crossed; says so where there are none
        return pd.Index(target.levels, dtype=object).get_indexer(pd.Index(values, dtype=object)), values
    # The distinct values are labelled, not the rows: a million rows cost one factorisation.
    column = rows[target.variable]
    place, values = distinct(column)
    known = {level: k for k, level in enumerate(target.levels)}
    level = np.array([-1 if value is None else known.get(label(value), -1) for value in values.tolist()])
    return level[place], column


def _refuse_strangers(target: Target, values, codes: np.ndarray) -> None:
    written = labels(pd.Series(values).reset_index(drop=True)[codes < 0])
    strange = written.dropna()
    if len(strange):
        first = strange.iloc[0]
        raise SurveyError(
            f"{len(strange)} row(s) have a level that the margins do not",
            where=f"column {target.variable!r}, row {strange.index[0] + 1}",
            expected=", ".join(target.levels[:12]),
            got=repr(first),
            hint=did_you_mean(first, target.levels) or "add the level to the margins, or recode the rows",
        )


def _refuse_empty(target: Target, codes: np.ndarray, weights: np.ndarray) -> None:
    mass = np.bincount(codes, weights, minlength=len(target.levels))
    empty = (mass <= 0) & (target.counts > 0)
    if empty.any():
        names = [level for level, none in zip(target.levels, empty, strict=True) if none]
        k = int(np.argmax(empty))
        raise SurveyError(
            "a category of the population has no respondents",
            where=f"margin {target.variable}, level {', '.join(map(repr, names[:6]))}",
            got=f"0 respondents, {target.counts[k]:g} in the population",
            hint="join it to another level, in the data and in the margins, or leave the margin out",
        )
    nobody = (mass > 0) & (target.counts == 0)
    if nobody.any():
        k = int(np.argmax(nobody))
        raise SurveyError(
            "a category of respondents has no population",
            where=f"margin {target.variable}, level {target.levels[k]!r}",
            got=f"{int((codes == k).sum())} respondents, 0 in the population",
            hint="drop these rows, recode them, or mend the margins",
        )
