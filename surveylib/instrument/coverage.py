"""What a questionnaire can and cannot say about the plan's criteria, by type of unit."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from surveylib.errors import unknown
from surveylib.model.questionnaire import UNIT_TYPES, Criterion, Item, Questionnaire, UnitType
from surveylib.model.text import Lang, Text

Cell = Literal["primary", "with_records", "supporting", "not_supported", "not_applicable"]

CELL_TEXTS: dict[Cell, Text] = {
    "primary": Text(vi="Bằng chứng chính", en="Primary evidence"),
    "with_records": Text(vi="Chỉ cùng với hồ sơ, kiểm tra", en="Only together with records or inspection"),
    "supporting": Text(vi="Chỉ biết mức độ người dân nhận thấy", en="Only what clients noticed"),
    "not_supported": Text(vi="Phiếu này không đánh giá được", en="This form cannot judge it"),
    "not_applicable": Text(vi="Không áp dụng cho loại đơn vị này", en="Does not apply to this type of unit"),
}
_ALONE = Text(vi="Phiếu đủ để đánh giá; nên đối chiếu.", en="The form suffices; a cross-check is advised.")
_FEW = Text(vi="Ít người được hỏi: chỉ để mô tả.", en="Few are asked: descriptive only.")
_NOT_ALONE = Text(vi="Không kết luận chỉ từ phiếu này.", en="No conclusion from this form alone.")


def coverage(questionnaire: Questionnaire) -> pd.DataFrame:
    """The matrix criterion × type of unit: what this form is worth as evidence.

    A cell is ``primary`` (the form's own items decide), ``with_records`` (of clients: they decide together
    with records or inspection), ``supporting`` (they only add to it: what clients noticed), ``not_supported``
    (the form cannot judge the criterion), or ``not_applicable`` (it asks, but not in units of this type).

    Returns
    -------
    DataFrame
        Index ``criterion`` in the order of the questionnaire, columns LG, OD, OV.
    """
    cells = {
        kind: [_cell(questionnaire, criterion, kind) for criterion in questionnaire.criteria]
        for kind in UNIT_TYPES
    }
    names = pd.Index([criterion.id for criterion in questionnaire.criteria], name="criterion", dtype=object)
    return pd.DataFrame(cells, index=names, columns=list(UNIT_TYPES), dtype=object)


def supported(questionnaire: Questionnaire, *, unit_type: UnitType) -> tuple[str, ...]:
    """The criteria on which this form is evidence in units of this type, alone or together with records.

    Raises
    ------
    SurveyError
        If the type of unit is unknown.
    """
    if unit_type not in UNIT_TYPES:
        raise unknown("unit type", unit_type, UNIT_TYPES)
    cells = coverage(questionnaire)[unit_type]
    return tuple(cells.index[cells.isin(["primary", "with_records"])])


def coverage_table(questionnaire: Questionnaire, *, lang: Lang) -> pd.DataFrame:
    """`coverage` in words: ``criterion, text, items, LG, OD, OV, remark``; the remark says what lacks."""
    cells = coverage(questionnaire)
    rows = []
    for criterion in questionnaire.criteria:
        row = {"criterion": criterion.id, "text": criterion.text.get(lang)}
        row["items"] = ", ".join(item.id for item in _items(questionnaire, criterion.id))
        row |= {kind: CELL_TEXTS[cells.loc[criterion.id, kind]].get(lang) for kind in UNIT_TYPES}
        row["remark"] = _remark(questionnaire, criterion, tuple(cells.loc[criterion.id]), lang)
        rows.append(row)
    return pd.DataFrame(rows, columns=["criterion", "text", "items", *UNIT_TYPES, "remark"])


def _cell(questionnaire: Questionnaire, criterion: Criterion, unit_type: UnitType) -> Cell:
    items = _items(questionnaire, criterion.id)
    if not items:
        return "not_supported"
    here = [item for item in items if unit_type in item.applies_to]
    if not here:
        return "not_applicable"
    primary = any(criterion.id in item.primary_for for item in here)
    if questionnaire.instrument != "C":
        return "primary" if primary else "supporting"
    match criterion.supported_by_clients:
        case "primary" if primary:
            return "primary"
        case "with_records" if primary:
            return "with_records"
        case "no":
            return "not_supported"
    return "supporting"


def _items(questionnaire: Questionnaire, criterion: str) -> list[Item]:
    return [item for item in questionnaire.items if criterion in item.criteria]


def _remark(questionnaire: Questionnaire, criterion: Criterion, cells: tuple[Cell, ...], lang: Lang) -> str:
    verdict = _ALONE if "primary" in cells else _NOT_ALONE
    parts = [verdict.get(lang)]
    deciding = [item for item in questionnaire.items if criterion.id in item.primary_for]
    if deciding and all(item.rare for item in deciding):
        parts.append(_FEW.get(lang))
    if criterion.other_evidence is not None:
        label = Text(vi="Nguồn khác:", en="Other evidence:").get(lang)
        parts.append(f"{label} {criterion.other_evidence.get(lang)}")
    return " ".join(parts)
