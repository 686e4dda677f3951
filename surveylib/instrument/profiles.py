"""Named score profiles: the same answers as means, as top-2 shares, or as a pooled share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.instrument.score import answered_items, enough, types_of
from surveylib.model.questionnaire import Index, Profile, Questionnaire, Scale


def score_profile(
    rows: pd.DataFrame,
    questionnaire: Questionnaire,
    *,
    profile: str,
    unit_types: Mapping[str, str] | pd.Series,
) -> pd.DataFrame:
    """The indices scored by a declared profile, one row a respondent.

    Returns
    -------
    DataFrame
        ``mean_0_100`` and ``top2``: a column an index, in points from 0 to 100. ``sipas_style`` pools the
        answers of all respondents, so it is a ratio of two totals: the column of the index holds 100 × the
        number of positive answers, ``<index>_answers`` the number of valid ones; estimate their ratio.
        Reversed items are turned round first; off-scale codes and blanks never count.

    Raises
    ------
    SurveyError
        If there is no such profile, a scale has no positive codes, a unit has no type or a column is missing.
    """
    known = {declared.id: declared for declared in questionnaire.profiles}
    if profile not in known:
        raise unknown("score profile", profile, known, where=f"questionnaire {questionnaire.id}")
    types, memo = types_of(rows, unit_types), {}
    columns: dict[str, np.ndarray] = {}
    for index in questionnaire.indices:
        columns |= _scored(rows, questionnaire, index, known[profile], types, memo)
    return pd.DataFrame(columns, index=rows.index, dtype=float)


def _scored(
    rows: pd.DataFrame,
    questionnaire: Questionnaire,
    index: Index,
    profile: Profile,
    types: np.ndarray,
    memo: dict,
) -> dict[str, np.ndarray]:
    total, asked_count, answered_count = (np.zeros(len(rows)) for _ in range(3))
    for scale, points, asked, answered in answered_items(rows, questionnaire, index, types, memo):
        total += np.where(answered, _hundred(points, scale, profile, index), 0.0)
        asked_count += asked
        answered_count += answered
    if profile.formula == "sipas_style":
        return {index.id: total, f"{index.id}_answers": answered_count}
    scored = enough(index, asked=asked_count, answered=answered_count)
    return {index.id: np.where(scored, total / np.maximum(answered_count, 1), np.nan)}


def _hundred(points: np.ndarray, scale: Scale, profile: Profile, index: Index) -> np.ndarray:
    if profile.formula == "mean_0_100":
        low, high = min(scale.codes), max(scale.codes)
        return (points - low) / (high - low) * 100
    if not scale.positive:
        raise SurveyError("scale names no positive codes", where=f"index {index.id}, scale {scale.id}")
    return np.isin(points, scale.positive) * 100.0
