"""One figure for each of the plan's criteria, 0 to 100, from the items that name it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from surveylib.instrument.score import relevant, valid
from surveylib.model.criterion import CriterionPoints, ItemPoints
from surveylib.model.evidence import CRITERION
from surveylib.model.questionnaire import Item, Questionnaire

MIN_ITEMS_SHARE = 0.8
_SCORED = ("ordinal", "binary", "choice")


def criterion_items(questionnaire: Questionnaire, criterion: str) -> tuple[Item, ...]:
    """The items that judge a criterion: answered on a scale with a better end.

    Left out are numbers (minutes and trips are facts of their own), lists without a better answer, and
    questions that only decide whether another of the criterion is asked: that somebody had a problem to
    raise is neither good nor bad.
    """
    own = [item for item in questionnaire.items if criterion in item.criteria]
    filters = {name for item in own if item.relevance is not None for name in item.relevance.names}
    return tuple(item for item in own if item.id not in filters and _judges(questionnaire, item))


def _judges(questionnaire: Questionnaire, item: Item) -> bool:
    scale = questionnaire.scale_of(item.id)
    return scale.kind in _SCORED and (scale.kind == "ordinal" or bool(_codes(questionnaire, item)[0]))


def criterion_points(questionnaire: Questionnaire) -> tuple[CriterionPoints, ...]:
    """For every criterion that has a figure what `criterion_scores` counts for each code of its items."""
    judged = {one.id: criterion_items(questionnaire, one.id) for one in questionnaire.criteria}
    return tuple(
        CriterionPoints(
            criterion=criterion,
            items=tuple(_item_points(questionnaire, item) for item in items),
            min_items_share=MIN_ITEMS_SHARE,
        )
        for criterion, items in judged.items()
        if items
    )


def _item_points(questionnaire: Questionnaire, item: Item) -> ItemPoints:
    codes = questionnaire.scale_of(item.id).codes
    rows = pd.DataFrame({item.id: np.array(codes, dtype=float)})
    points, outside = _points(rows, questionnaire, item)
    told = zip(codes, points.tolist(), outside.tolist(), strict=True)
    return ItemPoints(
        item=item.id,
        points=tuple((code, value) for code, value, _ in told if np.isfinite(value)),
        aside=tuple(code for code, away in zip(codes, outside.tolist(), strict=True) if away),
    )


def criterion_scores(
    rows: pd.DataFrame, questionnaire: Questionnaire, *, unit_types: Mapping[str, str]
) -> pd.DataFrame:
    """One column a criterion (``criterion_a1``), one row a respondent: the mean of its items, 0 to 100.

    A rating counts ``(code − lowest) / (highest − lowest) · 100``, a yes-or-no or a choice 100 for a good
    answer and 0 for another, as the questionnaire's own outcome of that item counts them. Reversed items are
    turned round. NaN where nothing was asked of the respondent, or less than four fifths answered. A
    criterion without such an item has no column: `criterion_items` tells.

    Raises
    ------
    SurveyError
        If an item's column is missing.
    """
    types = rows["unit"].map(dict(unit_types)).to_numpy(dtype=object)
    columns = {}
    for criterion in questionnaire.criteria:
        items = criterion_items(questionnaire, criterion.id)
        if items:
            columns[f"{CRITERION}{criterion.id}"] = _score(rows, questionnaire, items, types)
    return pd.DataFrame(columns, index=rows.index, dtype=float)


def _score(rows: pd.DataFrame, questionnaire: Questionnaire, items: tuple[Item, ...], types) -> np.ndarray:
    total, asked_count, answered_count = (np.zeros(len(rows)) for _ in range(3))
    for item in items:
        points, outside = _points(rows, questionnaire, item)
        asked = np.isin(types, item.applies_to) & relevant(rows, questionnaire, item.id) & ~outside
        answered = asked & ~np.isnan(points)
        total += np.where(answered, points, 0.0)
        asked_count += asked
        answered_count += answered
    enough = (answered_count > 0) & (answered_count >= MIN_ITEMS_SHARE * asked_count - 1e-9)
    return np.where(enough, total / np.maximum(answered_count, 1), np.nan)


def _points(rows: pd.DataFrame, questionnaire: Questionnaire, item: Item) -> tuple[np.ndarray, np.ndarray]:
    """Points of the answers (NaN: none), and where the question did not concern the respondent."""
    scale, answers = questionnaire.scale_of(item.id), valid(rows, questionnaire, item.id)
    aside = [code for code in scale.off_codes if code in scale.not_applicable]
    outside = np.isin(rows[item.id].to_numpy(dtype=float, na_value=np.nan), aside)
    if scale.kind == "ordinal":
        low, high = min(scale.codes), max(scale.codes)
        points = (answers - low) / (high - low) * 100
    else:
        good, among = _codes(questionnaire, item)
        outside |= np.isfinite(answers) & ~np.isin(answers, among)
        points = np.where(np.isin(answers, among), np.isin(answers, good) * 100.0, np.nan)
    return (100 - points if item.reversed else points), outside


def _codes(questionnaire: Questionnaire, item: Item) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The codes that count 100 (before turning round), among which: as an outcome of the item has them."""
    scale = questionnaire.scale_of(item.id)
    shares = [one for one in questionnaire.outcomes if one.item == item.id and one.measure == "share"]
    positive = shares[0].positive if shares else ()
    among = shares[0].among if shares else ()
    return positive or scale.positive, among or scale.codes
