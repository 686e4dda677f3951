"""Rows placed in targets: what weights add up to there, beside what they should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.numerics.calibration import relative_misses
from surveylib.weighting.classify import Missing, auxiliary, classify
from surveylib.weighting.diagnostics import balance
from surveylib.weighting.targets import Target

HIT = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """A target and where the rows lie in it: their codes, or their numbers."""

    target: Target
    values: np.ndarray

    def sums(self, weights: np.ndarray) -> np.ndarray:
        if self.target.levels:
            return np.bincount(self.values, weights, minlength=len(self.target.levels))
        return np.array([weights @ self.values])

    def columns(self) -> np.ndarray:
        if not self.target.levels:
            return self.values[:, None]
        return (self.values[:, None] == np.arange(len(self.target.levels))).astype(float)


def place(
    rows: pd.DataFrame, *, targets: Sequence[Target], weights: np.ndarray, missing: Missing = "error"
) -> tuple[Placed, ...]:
    """Every target with the rows' levels or numbers (`classify`, `auxiliary` say what may not fit)."""
    known = []
    for target in targets:
        if target.levels:
            codes, used = classify(rows, target=target, weights=weights, missing=missing)
            known.append(Placed(target=used, values=codes))
        else:
            known.append(Placed(target=target, values=auxiliary(rows, target=target)))
    return tuple(known)


def target_table(
    before: np.ndarray,
    after: np.ndarray,
    rows: pd.DataFrame,
    *,
    targets: Sequence[Target],
    missing: Missing = "error",
) -> pd.DataFrame:
    """Every level with its target and what the weights before and after give: the data of a love plot.

    Returns
    -------
    DataFrame
        ``variable, level, n, target, before, after, register_share, before_share, after_share, asmd_before,
        asmd_after, hit``: sums, shares, absolute standardised differences (`margin_table`), and whether the
        sum after is the target to 1e-6. Totals of numbers have no shares.
    """
    parts = []
    for one in place(rows, targets=targets, weights=np.asarray(before, dtype=float), missing=missing):
        target, old, new = one.target, one.sums(before), one.sums(after)
        count = np.bincount(one.values, minlength=len(old)) if target.levels else [len(rows)]
        lines = {
            "variable": target.variable,
            "level": target.levels or ("",),
            "n": count,
            "target": target.counts,
            "before": old,
            "after": new,
        }
        if target.levels:
            p, b, a = target.counts / target.total, old / old.sum(), new / new.sum()
            lines |= {"register_share": p, "before_share": b, "after_share": a}
            lines |= {"asmd_before": balance(b, p), "asmd_after": balance(a, p)}
        parts.append(pd.DataFrame(lines).assign(hit=relative_misses(new, target.counts) <= HIT))
    return pd.concat(parts, ignore_index=True)


def balance_notes(
    before: np.ndarray, after: np.ndarray, known: Sequence[Placed]
) -> tuple[tuple[str, float], ...]:
    """Diagnostics of a calibration: worst relative miss, margins hit of how many, worst ASMD before and
    after."""
    old, new = ([one.sums(weights) for one in known] for weights in (before, after))
    missed = [
        float(relative_misses(sums, one.target.counts).max()) for sums, one in zip(new, known, strict=True)
    ]
    return (
        ("worst_miss", max(missed)),
        ("margins", float(len(known))),
        ("margins_hit", float(sum(miss <= HIT for miss in missed))),
        ("asmd_before", _worst_balance(old, known)),
        ("asmd_after", _worst_balance(new, known)),
    )


def _worst_balance(sums: Sequence[np.ndarray], known: Sequence[Placed]) -> float:
    worst = [0.0]
    for found, one in zip(sums, known, strict=True):
        if len(one.target.levels) > 1:
            off = balance(found / found.sum(), one.target.counts / one.target.total)
            worst.append(float(np.nanmax(off, initial=0.0)))
    return max(worst)
