"""Which instrument is evidence for which criterion, in every type of unit, over a set of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.instrument.coverage import coverage
from surveylib.model.questionnaire import UNIT_TYPES, Criterion, Questionnaire
from surveylib.model.text import Lang, Text

Status = Literal["primary", "gap"]

SIGNS = {"primary": "●", "with_records": "◆", "supporting": "○", "not_applicable": "∅"}
SIGN_TEXTS = {
    "●": Text(vi="bằng chứng chính", en="primary evidence"),
    "◆": Text(
        vi="bằng chứng chính, cùng với hồ sơ hoặc kiểm tra",
        en="primary evidence, together with records or inspection",
    ),
    "○": Text(vi="bằng chứng bổ trợ", en="supporting evidence"),
    "∅": Text(
        vi="không áp dụng: không hỏi ở loại đơn vị này", en="not applicable: not asked in this type of unit"
    ),
}
_GAP = Text(vi="CHƯA CÓ bằng chứng chính", en="NO primary evidence")
_WEIGHT = ("primary", "with_records", "supporting", "not_applicable")


def coverage_of_set(questionnaires: Sequence[Questionnaire]) -> pd.DataFrame:
    """One row for every criterion, type of unit and instrument: what that instrument is worth there.

    Returns
    -------
    DataFrame
        ``criterion, unit_type, instrument, cell``, the cells those of `coverage`; criteria in the order of
        the plan, instruments in the order given.

    Raises
    ------
    SurveyError
        If two questionnaires are of one instrument or do not declare the same criteria.
    """
    criteria = shared_criteria(questionnaires)
    matrices = {questionnaire.instrument: coverage(questionnaire) for questionnaire in questionnaires}
    rows = [
        (criterion.id, kind, instrument, cells.loc[criterion.id, kind])
        for criterion in criteria
        for kind in UNIT_TYPES
        for instrument, cells in matrices.items()
    ]
    return pd.DataFrame(rows, columns=["criterion", "unit_type", "instrument", "cell"])


def gaps(questionnaires: Sequence[Questionnaire]) -> pd.DataFrame:
    """``criterion, unit_type`` of the cells for which no instrument of the set is primary evidence."""
    found = coverage_of_set(questionnaires)
    decides = found["cell"].isin(["primary", "with_records"])
    covered = decides.groupby([found["criterion"], found["unit_type"]], sort=False).any()
    return covered[~covered].index.to_frame(index=False)


def coverage_set_table(questionnaires: Sequence[Questionnaire], *, lang: Lang) -> pd.DataFrame:
    """The matrix criterion × type of unit in signs, for reading: ``criterion, text, LG, OD, OV``.

    A cell names the instruments by sign, the weightiest first: ``● A, K · ○ C``; `SIGN_TEXTS` explains them.
    """
    found = coverage_of_set(questionnaires)
    rows = []
    for criterion in shared_criteria(questionnaires):
        row = {"criterion": criterion.id, "text": criterion.text.get(lang)}
        for kind in UNIT_TYPES:
            here = found[(found["criterion"] == criterion.id) & (found["unit_type"] == kind)]
            row[kind] = _in_signs(here, lang)
        rows.append(row)
    return pd.DataFrame(rows, columns=["criterion", "text", *UNIT_TYPES])


def shared_criteria(questionnaires: Sequence[Questionnaire]) -> tuple[Criterion, ...]:
    """The criteria that all questionnaires of a set declare; SurveyError when they differ."""
    if not questionnaires:
        raise SurveyError("a set of questionnaires is empty")
    letters = [questionnaire.instrument for questionnaire in questionnaires]
    if len(set(letters)) < len(letters):
        raise SurveyError("two questionnaires of a set are of one instrument", got=", ".join(letters))
    first = questionnaires[0]
    for other in questionnaires[1:]:
        if other.criteria != first.criteria:
            raise SurveyError(
                "questionnaires of a set declare different criteria",
                where=f"{first.id} and {other.id}",
                hint="let both use the same bank",
            )
    return first.criteria


def _in_signs(here: pd.DataFrame, lang: Lang) -> str:
    # No-break spaces: a line must not end between a sign and its letters.
    parts = [
        f"{SIGNS[cell]} {', '.join(here.loc[here['cell'] == cell, 'instrument'])}".replace(" ", "\u00a0")
        for cell in _WEIGHT
        if (here["cell"] == cell).any()
    ]
    if not here["cell"].isin(["primary", "with_records"]).any():
        parts.insert(0, _GAP.get(lang))
    return " · ".join(parts)
