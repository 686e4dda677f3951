"""Did respondents understand the items after as they did before? Ordinal factor models of both waves.

A rise in a group's score is a gain only if its items are still used in the same way: a pilot that teaches
visitors what to expect may move their answers and nothing else. Wu and Estabrook's sequence makes
thresholds, then loadings, then intercepts equal over the waves; where that fits worse, the item at fault is
looked for and set free (partial invariance).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from surveylib.errors import SurveyError
from surveylib.model.invariance import ITEM_COLUMNS, MEAN_COLUMNS, STEP_COLUMNS, Invariance, Untested
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.text import Text
from surveylib.numerics.factor import FactorFit, slices
from surveylib.numerics.invariance_steps import STEPS
from surveylib.numerics.polychoric import Moments, moments
from surveylib.psychometrics.items import scored
from surveylib.psychometrics.levels import joined_levels
from surveylib.psychometrics.search import Found, search

LEAST_ITEMS = 3  # of a group: the fewest of which one can be told to have moved against the others
LEAST_LEVELS = 3  # of an item
LEAST_RESPONDENTS = 150  # of a wave, all items answered

_FEW_ITEMS = Text(
    vi="Số câu hỏi thang điểm đủ số liệu: {items}; cần ít nhất {least} câu mới biết câu nào đổi nghĩa. "
    "Ở nhóm này chỉ các câu hỏi sự việc là mốc đối chiếu.",
    en="Rated items with enough answers: {items}; it takes {least} to tell which one has moved. In this "
    "group only items of fact can serve as anchors.",
)
_FEW_PEOPLE = Text(
    vi="Chỉ có {n} người trả lời đủ mọi câu ở một đợt; cần ít nhất {least}.",
    en="Only {n} people answered every item in a wave; {least} are needed.",
)
_NO_FIT = Text(
    vi="Mô hình nhân tố không ước lượng được với số liệu này.",
    en="The factor model cannot be estimated from these answers.",
)


def invariance(
    rows: pd.DataFrame,
    *,
    questionnaire: Questionnaire,
    before: Sequence[str],
    after: Sequence[str],
    scope: str = "all",
    weights: np.ndarray | None = None,
    level: float = 0.05,
) -> Invariance:
    """Test whether the items of each group of criteria kept their meaning, and find those that did not.

    Tested are the indices that belong to a group, with at least three rated items of which at least three
    levels are used (levels with fewer than 10 answers in a wave are joined to a neighbour). Respondents with
    a gap in these items are left out. Respondents count as independent: days and units of the survey are not
    allowed for.

    Parameters
    ----------
    rows : DataFrame
        Responses with ``wave``.
    before, after : sequences of str
        Waves; several on one side are taken together.
    scope : str
        A word for whose answers `rows` are.
    weights : float array, optional
    level : float
        Of each step's test; among the items searched p is adjusted by Holm.

    Returns
    -------
    Invariance
        What cannot be tested stands in `untested` with its reason; it is never an error.

    References
    ----------
    Wu & Estabrook (2016), doi:10.1007/s11336-016-9506-0; Satorra (2000),
    doi:10.1007/978-1-4615-4603-0_17, for the difference tests.
    """
    after_it = rows["wave"].isin(after).to_numpy()
    used = after_it | rows["wave"].isin(before).to_numpy()
    wave = after_it[used].astype(int)
    groups = [index for index in questionnaire.indices if index.group]
    codes, untested = {}, []
    for index in groups:
        rated = [item for item in index.items if questionnaire.scale_of(item).kind == "ordinal"]
        made = {item: _levels(rows[used], questionnaire, item, wave) for item in rated}
        made = {item: x for item, x in made.items() if x is not None}
        if len(made) < LEAST_ITEMS:
            words = {"items": len(made), "least": LEAST_ITEMS}
            untested.append(Untested(group=index.id, reason=_FEW_ITEMS.filled(words)))
        else:
            codes[index.id] = made
    names = [(group, item) for group, items in codes.items() for item in items]
    if not names:
        return _nothing(scope, (0, 0), untested)
    x = np.column_stack([codes[group][item] for group, item in names])
    whole = (x >= 0).all(axis=1)
    counts = np.bincount(wave[whole], minlength=2)
    kept = [np.flatnonzero(whole & (wave == side)) for side in (0, 1)]
    levels = x.max(axis=0) + 1
    if counts.min() < LEAST_RESPONDENTS or not _full(x, kept, levels):
        words = {"n": int(counts.min()), "least": LEAST_RESPONDENTS}
        reason = _FEW_PEOPLE.filled(words)
        return _nothing(scope, counts, [*untested, *(Untested(group=g, reason=reason) for g in codes)])
    w = None if weights is None else np.asarray(weights, dtype=float)[used]
    loads_on = np.array([list(codes).index(group) for group, _ in names])
    try:
        sides = [moments(x[place], weights=None if w is None else w[place]) for place in kept]
        found = search(sides, loads_on=loads_on, level=level)
    except (SurveyError, np.linalg.LinAlgError):
        return _nothing(scope, counts, [*untested, *(Untested(group=g, reason=_NO_FIT) for g in codes)])
    return Invariance(
        scope=scope,
        n_before=int(counts[0]),
        n_after=int(counts[1]),
        steps=_step_table(found, names),
        items=_item_table(found, names, levels=levels, moments=sides[0]),
        means=_mean_table(found.fits[-1], list(codes), items=len(names), moments=sides[0]),
        untested=tuple(untested),
    )


def _levels(
    rows: pd.DataFrame, questionnaire: Questionnaire, item: str, wave: np.ndarray
) -> np.ndarray | None:
    """Levels 0, 1, … of each respondent, −1 for none; None where too few levels are used."""
    if item not in rows.columns:
        return None
    values = scored(rows, questionnaire=questionnaire, item=item)
    codes = np.unique(values[np.isfinite(values)])
    if len(codes) < LEAST_LEVELS:
        return None
    place = np.searchsorted(codes, np.where(np.isfinite(values), values, codes[0]))
    counts = np.zeros((2, len(codes)), dtype=int)
    np.add.at(counts, (wave, place), np.isfinite(values))
    levels = joined_levels(counts)
    return np.where(np.isfinite(values), levels[place], -1) if levels.max() + 1 >= LEAST_LEVELS else None


def _full(x: np.ndarray, kept: list[np.ndarray], levels: np.ndarray) -> bool:
    """Whether every level of every item still occurs in both waves among those who answered all items."""
    return all(len(np.unique(x[place, i])) == levels[i] for place in kept for i in range(x.shape[1]))


def _nothing(scope: str, counts: Sequence[int], untested: Sequence[Untested]) -> Invariance:
    return Invariance(
        scope=scope,
        n_before=int(counts[0]),
        n_after=int(counts[1]),
        steps=pd.DataFrame(columns=list(STEP_COLUMNS)),
        items=pd.DataFrame(columns=list(ITEM_COLUMNS)),
        means=pd.DataFrame(columns=list(MEAN_COLUMNS)),
        untested=tuple(untested),
    )


def _step_table(found: Found, names: list[tuple[str, str]]) -> pd.DataFrame:
    records = []
    for step, test, fit, change in zip(STEPS, found.tests, found.indices, found.changes, strict=True):
        freed = " ".join(names[i][1] for i, at in found.freed.items() if at == step)
        against = (change.statistic, change.df or np.nan, change.p_value)
        records.append((step, freed, *test, fit.cfi_scaled, fit.rmsea_scaled, fit.srmr, *against))
    return pd.DataFrame(records, columns=list(STEP_COLUMNS))


def _item_table(
    found: Found, names: list[tuple[str, str]], *, levels: np.ndarray, moments: Moments
) -> pd.DataFrame:
    fit = found.fits[-1]
    after = fit.patterns[1]
    place = slices(items=len(names), factors=after.factors, thresholds=len(moments.item))["intercepts"]
    free, records = after.free[place], []
    for i, (group, item) in enumerate(names):
        test = found.against.get(i, (np.nan, 0, np.nan, np.nan))
        shift = fit.estimates[free[i]] if free[i] >= 0 else np.nan
        records.append((group, item, int(levels[i]), found.freed.get(i, ""), *test, shift))
    return pd.DataFrame(records, columns=list(ITEM_COLUMNS))


def _mean_table(fit: FactorFit, groups: list[str], *, items: int, moments: Moments) -> pd.DataFrame:
    after = fit.patterns[1]
    place = slices(items=items, factors=after.factors, thresholds=len(moments.item))["means"]
    at = after.free[place]
    estimate, error = fit.estimates[at], np.sqrt(np.diag(fit.covariance)[at])
    half, z = norm.ppf(0.975) * error, estimate / error
    columns = (groups, estimate, error, estimate - half, estimate + half, z, 2 * norm.sf(np.abs(z)))
    return pd.DataFrame(dict(zip(MEAN_COLUMNS, columns, strict=True)))
