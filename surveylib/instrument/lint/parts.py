"""Rules on counts that are part of another count, so that no rate exceeds 100 %."""

from __future__ import annotations

from collections.abc import Iterator

from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.model.text import Text


def _asked_before(subject: Subject) -> Iterator[Hit]:
    order = {item.id: place for place, item in enumerate(subject.questionnaire.items)}
    drawn = {section.id for section in subject.questionnaire.sections if section.randomise}
    for item in subject.questionnaire.items:
        if item.part_of is None:
            continue
        mixed = item.section in drawn and subject.item(item.part_of).section == item.section
        if mixed or order[item.part_of] > order[item.id]:
            yield Hit(path=("items", item.id, "part_of"), details={"whole": item.part_of})


def _asked_where(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        if item.part_of is None:
            continue
        missing = sorted(set(item.applies_to) - set(subject.item(item.part_of).applies_to))
        if missing:
            details = {"whole": item.part_of, "types": ", ".join(missing)}
            yield Hit(path=("items", item.id, "part_of"), details=details)


def _unbounded_rate(subject: Subject) -> Iterator[Hit]:
    for outcome in subject.questionnaire.outcomes:
        if outcome.measure == "ratio" and subject.item(outcome.item).part_of != outcome.of:
            details = {"part": outcome.item, "whole": outcome.of}
            yield Hit(path=("outcomes", outcome.id), details=details)


RULES = (
    Rule(
        code="Q610",
        family="scales",
        severity="error",
        message=Text(
            vi="Số này là một phần của câu {whole}, nhưng câu {whole} chưa chắc được hỏi trước.",
            en="The count is part of {whole}, which is not sure to be asked before it.",
        ),
        remedy=Text(
            vi="Đặt câu hỏi tổng trước câu hỏi phần, ở mục có thứ tự cố định.",
            en="Ask the whole before its part, in a section with a fixed order.",
        ),
        example="part_of: days",
        check=_asked_before,
    ),
    Rule(
        code="Q611",
        family="scales",
        severity="error",
        message=Text(
            vi="Số này là một phần của câu {whole}, nhưng câu {whole} không hỏi ở đơn vị loại {types}.",
            en="The count is part of {whole}, which is not asked in units of type {types}.",
        ),
        remedy=Text(
            vi="Hỏi câu tổng ở mọi nơi hỏi câu phần.", en="Ask the whole wherever its part is asked."
        ),
        example="part_of: wait",
        check=_asked_where,
    ),
    Rule(
        code="Q612",
        family="scales",
        severity="note",
        message=Text(
            vi="Tỷ lệ {part} / {whole} có thể vượt 100 %: {part} không khai báo là một phần của {whole}.",
            en="The rate {part} / {whole} may exceed 100 %: {part} is not declared part of {whole}.",
        ),
        remedy=Text(
            vi="Nếu tử số luôn nằm trong mẫu số thì ghi `part_of` ở câu của tử số.",
            en="Where the numerator is counted among the denominator, write `part_of` on its item.",
        ),
        example="measure: ratio, of: wait",
        check=_unbounded_rate,
    ),
)
