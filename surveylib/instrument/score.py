"""From codes to figures: which answers count, who was asked, indices and outcomes by respondent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.grammar import answers as as_answers
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
        If the item or its column is unknown, or its answers are text, dates or lists of marks.
    """
    scale = questionnaire.scale_of(item)
    if scale.kind in ("text", "date", "multiple"):
        raise SurveyError(
            "item has no codes", where=f"item {item}", expected="choices or a number", got=scale.kind
        )
    return np.where(_counts(answers := _column(rows, item), scale), answers, np.nan)


def marks(rows: pd.DataFrame, questionnaire: Questionnaire, item: str) -> pd.DataFrame:
    """The marks of an item that takes several: one column a choice, 1 marked, 0 not, NaN where nothing that
    counts was answered (blank, an off-scale code, an unknown code, or a code that should stand alone and does
    not).

    Raises
    ------
    SurveyError
        If the item or its column is unknown, or the item is no list of marks.
    """
    scale = questionnaire.scale_of(item)
    if scale.kind != "multiple":
        raise SurveyError("item is no list of marks", where=f"item {item}", got=scale.kind)
    kinds, which = np.unique(_marks(rows, item), return_inverse=True)
    codes = [_codes(kind, scale) for kind in kinds]
    table = np.array([[float(c in marked) if marked else np.nan for c in scale.codes] for marked in codes])
    found = table.reshape(len(kinds), len(scale.codes))[which]
    return pd.DataFrame(found, index=rows.index, columns=list(scale.codes))


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
    types = types_of(rows, unit_types)
    memo: dict[str, np.ndarray] = {}
    columns = {index.id: _index(rows, questionnaire, index, types, memo) for index in questionnaire.indices}
    return pd.DataFrame(columns, index=rows.index, dtype=float)


def outcomes(
    rows: pd.DataFrame, questionnaire: Questionnaire, *, unit_types: Mapping[str, str] | pd.Series
) -> pd.DataFrame:
    """Every figure the questionnaire declares, one row a respondent: its indices, then its outcomes.

    A share is 1 or 0 within its denominator and NaN outside (of a list of marks: whether any of the codes is
    marked, among lists that count); a value is the answer itself; a ratio is NaN where its denominator is 0.
    All are NaN where the item does not apply to the unit's type or was skipped by its rule. For parameters
    and errors see `index_scores`.
    """
    types = types_of(rows, unit_types)
    memo: dict[str, np.ndarray] = {}
    scores = index_scores(rows, questionnaire, unit_types=unit_types)
    columns = {
        outcome.id: _outcome(rows, questionnaire, outcome, types, memo) for outcome in questionnaire.outcomes
    }
    return pd.concat([scores, pd.DataFrame(columns, index=rows.index, dtype=float)], axis=1)


def answered_items(
    rows: pd.DataFrame, questionnaire: Questionnaire, index: Index, types: np.ndarray, memo: dict
) -> Iterator[tuple[Scale, np.ndarray, np.ndarray, np.ndarray]]:
    """(scale, points, asked, answered) of every item of `index`; the points of reversed items are turned."""
    for name in index.items:
        item, scale = questionnaire.item(name), questionnaire.scale_of(name)
        answers = _column(rows, name)
        asked = _asked(rows, questionnaire, item, types, memo) & ~_not_applicable(answers, scale)
        points = _reverse(answers, scale) if item.reversed else answers
        yield scale, points, asked, asked & _counts(answers, scale)


def enough(index: Index, *, asked: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """Whether so many of the items asked are answered that the index has a score."""
    return (answered > 0) & (answered >= index.min_items_share * asked - _EPSILON)


def _index(rows, questionnaire: Questionnaire, index: Index, types: np.ndarray, memo: dict) -> np.ndarray:
    total, asked_count, answered_count = (np.zeros(len(rows)) for _ in range(3))
    for _, points, asked, answered in answered_items(rows, questionnaire, index, types, memo):
        total += np.where(answered, points, 0.0)
        asked_count += asked
        answered_count += answered
    scored = enough(index, asked=asked_count, answered=answered_count)
    return np.where(scored, total / np.maximum(answered_count, 1), np.nan)


def _outcome(
    rows, questionnaire: Questionnaire, outcome: Outcome, types: np.ndarray, memo: dict
) -> np.ndarray:
    def answers(name: str) -> np.ndarray:
        asked = _asked(rows, questionnaire, questionnaire.item(name), types, memo)
        return np.where(asked, valid(rows, questionnaire, name), np.nan)

    scale = questionnaire.scale_of(outcome.item)
    if scale.kind == "multiple":
        asked = _asked(rows, questionnaire, questionnaire.item(outcome.item), types, memo)
        found = marks(rows, questionnaire, outcome.item)[list(outcome.positive or scale.positive)]
        return np.where(asked, found.max(axis=1, skipna=False), np.nan)
    match outcome.measure:
        case "value":
            return answers(outcome.item)
        case "ratio":
            below = answers(str(outcome.of))
            return answers(outcome.item) / np.where(below > 0, below, np.nan)
    return _share(answers(outcome.item), scale, outcome.positive, outcome.among)


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
                other: _answered(rows, questionnaire, other, memo, (*path, name)) for other in rule.names
            }
            answer = evaluate(rule, values=values, where=f"item {name}, ask_if")
        memo[name] = np.broadcast_to(np.asarray(answer, dtype=bool), len(rows))
    return memo[name]


def _answered(rows, questionnaire: Questionnaire, name: str, memo: dict, path: tuple[str, ...]) -> np.ndarray:
    """The answers a skip rule reads: blank where the item was skipped itself."""
    asked = _relevant(rows, questionnaire, name, memo, path)
    if questionnaire.scale_of(name).kind == "multiple":
        return np.where(asked, _marks(rows, name), "")
    return np.where(asked, _column(rows, name), np.nan)


def _counts(answers: np.ndarray, scale: Scale) -> np.ndarray:
    if scale.kind == "number":
        low = -np.inf if scale.minimum is None else scale.minimum
        high = np.inf if scale.maximum is None else scale.maximum
        inside = (answers >= low) & (answers <= high) & ~np.isin(answers, scale.off_codes)
        return inside & (answers == np.floor(answers)) if scale.integer else inside
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


def _marks(rows: pd.DataFrame, name: str) -> np.ndarray:
    if name not in rows.columns:
        raise unknown("column", name, rows.columns, where="answers")
    cells = as_answers(rows[name])
    if cells.dtype.kind == "f":  # no cell holds two marks
        cells = np.array(["" if np.isnan(cell) else f"{cell:g}" for cell in cells], dtype=str)
    return cells


def _codes(cell: str, scale: Scale) -> set[int]:
    """The codes marked, or none where the cell does not count."""
    parts = cell.split()
    codes = {int(part) for part in parts if part.isdigit()}
    single = len(codes) == 1 or not codes & set(scale.alone)
    return codes if single and len(codes) == len(parts) and codes <= set(scale.codes) else set()


def types_of(rows: pd.DataFrame, unit_types: Mapping[str, str] | pd.Series) -> np.ndarray:
    """The type of every row's unit; SurveyError when one has none."""
    known = dict(unit_types)
    if "unit" not in rows.columns:
        raise unknown("column", "unit", rows.columns, where="answers")
    for unit in rows["unit"].drop_duplicates():
        if unit not in known:
            raise unknown("unit", unit, known, where="answers, column unit")
    return rows["unit"].map(known).to_numpy(dtype=object)
