"""Kitagawa's split of a change: what the visitors' answers did, and what the visitors' mix did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.weighting.cells import blocks, codes, counts, joint, level_order


class Kitagawa(NamedTuple):
    """The two parts of a change of a weighted mean; they add up to it."""

    rate_change: float
    mix_change: float


def kitagawa(
    mean_pre: np.ndarray, share_pre: np.ndarray, mean_post: np.ndarray, share_post: np.ndarray
) -> Kitagawa:
    """Split the change of Σ share·mean into the part of the means and the part of the shares.

    rate = Σ ½(p₀ + p₁)(m₁ − m₀), mix = Σ ½(m₀ + m₁)(p₁ − p₀) (Kitagawa 1955, JASA 50:1168). A cell
    empty in one of the two has no mean there: it takes the other's, so that its coming or going counts as
    mix.

    Parameters
    ----------
    mean_pre, mean_post : float arrays (cells,)
        Mean by cell; NaN where the cell is empty.
    share_pre, share_post : float arrays (cells,)
        Shares of the cells, each adding to 1.

    Raises
    ------
    SurveyError
        Shapes that differ, shares that do not add to 1, a filled cell without a mean.

    Examples
    --------
    >>> kitagawa(np.array([3.0, 4.0]), np.array([0.5, 0.5]), np.array([3.0, 4.0]), np.array([0.25, 0.75]))
    Kitagawa(rate_change=0.0, mix_change=0.25)
    """
    m0, p0, m1, p1 = (np.asarray(a, dtype=float) for a in (mean_pre, share_pre, mean_post, share_post))
    if not m0.shape == p0.shape == m1.shape == p1.shape:
        raise SurveyError(
            "means and shares differ in length", where="Kitagawa", got=f"{m0.shape}, {p0.shape}"
        )
    for name, share in (("before", p0), ("after", p1)):
        if not abs(share.sum() - 1) <= 1e-9 or (share < 0).any():
            raise SurveyError("shares do not add to 1", where=f"Kitagawa, {name}", got=f"{share.sum():.10g}")
    if (np.isnan(m0) & (p0 > 0)).any() or (np.isnan(m1) & (p1 > 0)).any():
        raise SurveyError("a cell with visitors has no mean", where="Kitagawa")
    there = (p0 > 0) | (p1 > 0)
    m0, p0, m1, p1 = m0[there], p0[there], m1[there], p1[there]
    m0, m1 = np.where(p0 > 0, m0, m1), np.where(p1 > 0, m1, m0)
    return Kitagawa(
        rate_change=float(((p0 + p1) / 2 * (m1 - m0)).sum()),
        mix_change=float(((m0 + m1) / 2 * (p1 - p0)).sum()),
    )


def kitagawa_table(
    rows: pd.DataFrame,
    weights: np.ndarray,
    *,
    outcome: np.ndarray,
    cells: Sequence[str],
    pre: str,
    post: str,
    by: Sequence[str] = ("unit",),
) -> pd.DataFrame:
    """Kitagawa's split of every unit's change between two waves.

    Parameters
    ----------
    rows : DataFrame (n rows)
        With ``wave``, the columns of `by` and of `cells`.
    weights : float array (n,)
        Weights *before* standardisation: it is their mix that changed.
    outcome : float array (n,)
        NaN where there is no score; such rows, and those with a blank cell variable, are left out.
    pre, post : str
        The two waves.

    Returns
    -------
    DataFrame
        `by`, ``mean_pre, mean_post, change, rate_change, mix_change, cells, one_wave_share``: the last is
        the share of visitors (mean of the two waves) in cells seen in one wave only, whose whole weight
        counts as mix. NaN where a wave has no rows.

    Examples
    --------
    Nobody's answer moved, only who came: all of the change is one of mix.

    >>> rows = pd.DataFrame({"unit": "a", "wave": ["t0"] * 4 + ["t1"] * 4, "kind": [1, 1, 1, 2, 1, 2, 2, 2]})
    >>> outcome = rows["kind"].map({1: 4.0, 2: 2.0}).to_numpy()
    >>> made = kitagawa_table(rows, np.ones(8), outcome=outcome, cells=("kind",), pre="t0", post="t1")
    >>> made[["mean_pre", "mean_post", "rate_change", "mix_change"]]
       mean_pre  mean_post  rate_change  mix_change
    0       3.5        2.5          0.0        -1.0
    """
    wave = rows["wave"].astype(str)
    for name in (pre, post):
        if not (wave == name).any():
            raise unknown("wave", name, wave.unique(), where="Kitagawa")
    cell, known = blocks(rows, within=by), joint(rows, columns=cells)
    levels = level_order(known)
    use = np.isfinite(outcome) & known.notna().to_numpy()
    level, y = codes(known, levels=levels), np.where(use, outcome, 0.0)
    sums = {}
    for name in (pre, post):
        inside = np.where(use & (wave == name).to_numpy(), level, -1)
        mass = counts(cell.codes, inside, shape=(len(cell), len(levels)), weights=weights)
        sums[name] = mass, counts(cell.codes, inside, shape=mass.shape, weights=weights * y)
    records = [_split(*(table[b] for name in (pre, post) for table in sums[name])) for b in range(len(cell))]
    return cell.keys.join(pd.DataFrame(records))


def _split(mass_pre, sum_pre, mass_post, sum_post) -> dict[str, float]:
    n = int(((mass_pre > 0) | (mass_post > 0)).sum())
    if not (mass_pre.sum() > 0 and mass_post.sum() > 0):
        names = ("mean_pre", "mean_post", "change", "rate_change", "mix_change")
        return {**dict.fromkeys(names, np.nan), "cells": n, "one_wave_share": np.nan}
    share_pre, share_post = mass_pre / mass_pre.sum(), mass_post / mass_post.sum()
    mean_pre = np.divide(sum_pre, mass_pre, out=np.full_like(mass_pre, np.nan), where=mass_pre > 0)
    mean_post = np.divide(sum_post, mass_post, out=np.full_like(mass_post, np.nan), where=mass_post > 0)
    parts = kitagawa(mean_pre, share_pre, mean_post, share_post)
    overall_pre, overall_post = sum_pre.sum() / mass_pre.sum(), sum_post.sum() / mass_post.sum()
    once = (mass_pre > 0) != (mass_post > 0)
    return {
        "mean_pre": overall_pre,
        "mean_post": overall_post,
        "change": overall_post - overall_pre,
        **parts._asdict(),
        "cells": n,
        "one_wave_share": float((share_pre[once].sum() + share_post[once].sum()) / 2),
    }
