"""From codes to figures: which answers count, who was asked, indices and outcomes by respondent."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.grammar import evaluate
from surveylib.model.questionnaire import Index, Item, Outcome, Questionnaire, Scale

_EPSILON = 1e-9  # 0.8 × 5 must not ask for a fifth answer


def valid(rows: pd.DataFrame, questionnaire: Questionnaire, item: str) -> np.ndarray:
    """The answers to `item` that count: codes of its scale, numbers within its bounds; the rest is NaN.

    Returns
    -------
    float array (n,)

    Raises
    ------
    SurveyError
        If the item or its column is unknown, or its answers are text or dates.
    """
    scale = questionnaire.scale_of(item)
    if scale.kind in ("text", "date"):
        raise SurveyError(
            "item has no codes", where=f"item {item}", expected="choices or a number", got=scale.kind
        )
    return np.where(_counts(answers := _column(rows, item), scale), answers, np.nan)


def relevant(rows: pd.DataFrame, questionnaire: Questionnaire, item: str) -> np.ndarray:
    """Whether `item` was to be asked by its skip rule, as the form decides it.

    A blank answer satisfies no comparison, and the answer to an item that was itself skipped counts as blank.

    Returns
    -------
    bool array (n,)

    Raises
    ------
    SurveyError
        If skip rules turn in a circle, or a column is missing.
    """
    return _relevant(rows, questionnaire, item, {}, ())


def top2(rows: pd.DataFrame, questionnaire: Questionnaire, item: str) -> np.ndarray:
    """1 where the answer is a `positive` code of the scale, 0 where another code of the scale, NaN elsewhere.

    Raises
    ------
    SurveyError
        If the item's scale names no positive codes.
    """
    if not questionnaire.scale_of(item).positive:
        raise SurveyError(
            "scale names no positive codes", where=f"item {item}, scale {questionnaire.item(item).scale}"
        )
    return _share(valid(rows, questionnaire, item), questionnaire.scale_of(item), (), ())


def index_scores(
    rows: pd.DataFrame, questionnaire: Questionnaire, *, unit_types: Mapping[str, str] | pd.Series
) -> pd.DataFrame:
    """One column an index, one row a respondent, in points of the index's scale.

    The mean of the items answered, where at least `min_items_share` of those *asked of this respondent* are
    answered: an item is asked when it applies to the type of the unit, its skip rule holds, and it was
    not marked "not applicable". Reversed items are turned round. NaN where nothing was asked, or too little
    answered.

    Parameters
    ----------
    rows : DataFrame
        ``unit`` and one column an item (codes; blanks NaN).
    unit_types : mapping or Series
        Type of unit (LG, OD, OV) by unit.

    Raises
    ------
    SurveyError
        If a unit has no type or an item's column is missing.
    """
    types = _types(rows, unit_types)
    memo: dict[str, np.ndarray] = {}
    columns = {index.id: _index(rows, questionnaire, index, types, memo) for index in questionnaire.indices}
    return pd.DataFrame(columns, index=rows.index, dtype=float)


def outcomes(
    rows: pd.DataFrame, questionnaire: Questionnaire, *, unit_types: Mapping[str, str] | pd.Series
) -> pd.DataFrame:
    """Every figure the questionnaire declares, one row a respondent: its indices, then its outcomes.

    A share is 1 or 0 within its denominator and NaN outside; a value is the answer itself. Both are NaN where
    the item does not apply to the unit's type or was skipped by its rule. For parameters and errors see
    `index_scores`.
    """
    types = _types(rows, unit_types)
    memo: dict[str, np.ndarray] = {}
    scores = index_scores(rows, questionnaire, unit_types=unit_types)
    columns = {
        outcome.id: _outcome(rows, questionnaire, outcome, types, memo) for outcome in questionnaire.outcomes
    }
    return pd.concat([scores, pd.DataFrame(columns, index=rows.index, dtype=float)], axis=1)


def _index(rows, questionnaire: Questionnaire, index: Index, types: np.ndarray, memo: dict) -> np.ndarray:
    total, asked_count, answered_count = (np.zeros(len(rows)) for _ in range(3))
    for name in index.items:
        item, scale = questionnaire.item(name), questionnaire.scale_of(name)
        answers = _column(rows, name)
        asked = _asked(rows, questionnaire, item, types, memo) & ~_not_applicable(answers, scale)
        answered = asked & _counts(answers, scale)
        points = _reverse(answers, scale) if item.reversed else answers
        total += np.where(answered, points, 0.0)
        asked_count += asked
        answered_count += answered
    enough = (answered_count > 0) & (answered_count >= index.min_items_share * asked_count - _EPSILON)
    return np.where(enough, total / np.maximum(answered_count, 1), np.nan)


def _outcome(
    rows, questionnaire: Questionnaire, outcome: Outcome, types: np.ndarray, memo: dict
) -> np.ndarray:
    answers = valid(rows, questionnaire, outcome.item)
    asked = _asked(rows, questionnaire, questionnaire.item(outcome.item), types, memo)
    answers = np.where(asked, answers, np.nan)
    if outcome.measure == "value":
        return answers
    return _share(answers, questionnaire.scale_of(outcome.item), outcome.positive, outcome.among)


def _share(
    answers: np.ndarray, scale: Scale, positive: tuple[int, ...], among: tuple[int, ...]
) -> np.ndarray:
    inside = np.isin(answers, among or scale.codes)
    return np.where(inside, np.isin(answers, positive or scale.positive).astype(float), np.nan)


def _asked(rows, questionnaire: Questionnaire, item: Item, types: np.ndarray, memo: dict) -> np.ndarray:
    return np.isin(types, item.applies_to) & _relevant(rows, questionnaire, item.id, memo, ())


def _relevant(rows, questionnaire: Questionnaire, name: str, memo: dict, path: tuple[str, ...]) -> np.ndarray:
    if name in path:
        circle = " → ".join([*path[path.index(name) :], name])
        raise SurveyError(
            "skip rules turn in a circle", where=f"questionnaire {questionnaire.id}", got=circle
        )
    if name not in memo:
        rule = questionnaire.item(name).relevance
        answer = True
        if rule is not None:
            values = {
                other: np.where(
                    _relevant(rows, questionnaire, other, memo, (*path, name)), _column(rows, other), np.nan
                )
                for other in rule.names
            }
            answer = evaluate(rule, values=values, where=f"item {name}, ask_if")
        memo[name] = np.broadcast_to(np.asarray(answer, dtype=bool), len(rows))
    return memo[name]


def _counts(answers: np.ndarray, scale: Scale) -> np.ndarray:
    if scale.kind == "number":
        low = -np.inf if scale.minimum is None else scale.minimum
        high = np.inf if scale.maximum is None else scale.maximum
        return (answers >= low) & (answers <= high) & ~np.isin(answers, scale.off_codes)
    return np.isin(answers, scale.codes)


def _not_applicable(answers: np.ndarray, scale: Scale) -> np.ndarray:
    return np.isin(answers, [code for code in scale.off_codes if code in scale.not_applicable])


def _reverse(answers: np.ndarray, scale: Scale) -> np.ndarray:
    return min(scale.codes) + max(scale.codes) - answers


def _column(rows: pd.DataFrame, name: str) -> np.ndarray:
    if name not in rows.columns:
        raise unknown("column", name, rows.columns, where="answers")
    try:
        return rows[name].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise SurveyError(
            "answers are not codes", where=f"column {name}", expected="numbers", got=str(error)
        ) from error


def _types(rows: pd.DataFrame, unit_types: Mapping[str, str] | pd.Series) -> np.ndarray:
    known = dict(unit_types)
    if "unit" not in rows.columns:
        raise unknown("column", "unit", rows.columns, where="answers")
    for unit in rows["unit"].drop_duplicates():
        if unit not in known:
            raise unknown("unit", unit, known, where="answers, column unit")
    return rows["unit"].map(known).to_numpy(dtype=object)
