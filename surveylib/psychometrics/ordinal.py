"""A unit's change measured otherwise than by mean points: does another reading of the answers agree?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from surveylib.model.questionnaire import Questionnaire
from surveylib.numerics.ordered_means import probit_means, superiority
from surveylib.numerics.polychoric import thresholds
from surveylib.psychometrics.items import scored

ORDINAL_COLUMNS = (
    *("unit", "outcome", "pre", "post", "change", "std_error"),
    *("n", "n_eff", "n_pre", "n_post"),
)


def ordinal_changes(
    rows: pd.DataFrame,
    *,
    questionnaire: Questionnaire,
    items: Sequence[str],
    before: Sequence[str],
    after: Sequence[str],
    weights: np.ndarray | None = None,
    moved: Sequence[str] = (),
) -> pd.DataFrame:
    """One row a unit and way of measuring the rated items: `ORDINAL_COLUMNS`.

    - ``probit``: the mean behind the answers, with thresholds common to all units and waves, in standard
      deviations of the answers;
    - ``kept``: the same by the items that are not in `moved` (only where there are both): the latent change
      under partial invariance;
    - ``superiority``: the chance that somebody asked after answers above somebody asked before;
    - ``top_two``: the share of answers at the scale's positive codes, reversed items turned round.

    Each is the plain mean over the items. The error takes a unit's respondents for independent draws with
    their weights, all items of a respondent together.

    Parameters
    ----------
    rows : DataFrame
        ``unit, wave`` and the items.
    items : sequence of str
        Those of an index; items not rated on an ordinal scale are left out.
    before, after : sequences of str
        Waves; several on one side are taken together.
    weights : float array (n,), optional
    moved : sequence of str
        Items that did not keep their meaning.
    """
    rated = [item for item in items if questionnaire.scale_of(item).kind == "ordinal"]
    kept = [item for item in rated if item not in set(moved)]
    w = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    post = rows["wave"].isin(after).to_numpy()
    used = (post | rows["wave"].isin(before).to_numpy()) & (w > 0)
    rows, w, post = rows[used], w[used], post[used]
    asked = {item: _answers(rows, questionnaire, item, w) for item in rated}
    measures = {"probit": (rated, _probit), "superiority": (rated, _superior), "top_two": (rated, _top)}
    if 0 < len(kept) < len(rated):
        measures["kept"] = (kept, _probit)
    records = []
    for unit, place in sorted(rows.groupby("unit").indices.items()):
        sides = (place[~post[place]], place[post[place]])
        for name, (own, measure) in measures.items():
            if own and min(map(len, sides)):
                records.append((unit, name, *_figures(sides, [asked[item] for item in own], w, measure)))
    return pd.DataFrame(records, columns=list(ORDINAL_COLUMNS)).dropna(subset=["change"])


class _Answers(NamedTuple):
    """An item's answers as levels (−1 for none), the thresholds between these, and which levels are good."""

    levels: np.ndarray
    cuts: np.ndarray
    good: np.ndarray


def _answers(rows: pd.DataFrame, questionnaire: Questionnaire, item: str, w: np.ndarray) -> _Answers:
    values = scored(rows, questionnaire=questionnaire, item=item)
    there, scale = np.isfinite(values), questionnaire.scale_of(item)
    codes = np.unique(values[there])
    levels = np.where(there, np.searchsorted(codes, np.where(there, values, 0.0)), -1)
    counts = np.bincount(levels[there], weights=w[there], minlength=len(codes))
    return _Answers(levels, thresholds(counts), np.isin(codes, scale.positive).astype(float))


# Of each way of measuring: the figures before and after, and the influence of each level on them.
_Measured = tuple[float, float, np.ndarray, np.ndarray]


def _probit(counts: np.ndarray, asked: _Answers) -> _Measured:
    means, influence = probit_means(counts, asked.cuts)
    return float(means[0]), float(means[1]), influence[0], influence[1]


def _superior(counts: np.ndarray, asked: _Answers) -> _Measured:
    chance, before, after = superiority(counts[0], counts[1])
    return 0.5, chance, -before, after


def _top(counts: np.ndarray, asked: _Answers) -> _Measured:
    shares = counts @ asked.good / counts.sum(axis=1)
    return float(shares[0]), float(shares[1]), asked.good - shares[0], asked.good - shares[1]


def _figures(
    sides: tuple[np.ndarray, np.ndarray],
    asked: Sequence[_Answers],
    w: np.ndarray,
    measure: Callable[[np.ndarray, _Answers], _Measured],
) -> tuple[float, ...]:
    """pre, post, change, std_error, n, n_eff, n_pre, n_post of one unit, over the items."""
    values, parts = [], [np.zeros(len(side)) for side in sides]
    for own in asked:
        answers = [own.levels[side] for side in sides]
        levels = len(own.good)
        counts = np.array(
            [
                np.bincount(x[x >= 0], weights=w[side][x >= 0], minlength=levels)
                for x, side in zip(answers, sides, strict=True)
            ]
        )
        if levels < 2 or counts.sum(axis=1).min() == 0:
            continue
        pre, post, *influence = measure(counts, own)
        values.append((pre, post))
        for part, x, side, by, total in zip(
            parts, answers, sides, influence, counts.sum(axis=1), strict=True
        ):
            part += np.where(x >= 0, w[side] * by[x] / total, 0.0)
    if not values:
        return (np.nan,) * 8
    pre, post = np.mean(values, axis=0)
    n = [len(side) for side in sides]
    spread = sum(
        np.sum((part / len(values)) ** 2) * k / max(k - 1, 1) for part, k in zip(parts, n, strict=True)
    )
    effective = [w[side].sum() ** 2 / np.square(w[side]).sum() for side in sides]
    return float(pre), float(post), float(post - pre), float(np.sqrt(spread)), sum(n), sum(effective), *n
