"""Rules that keep waves comparable: anchors alike everywhere, and what is needed to compare them."""

from __future__ import annotations

from collections.abc import Iterator

from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.model.questionnaire import PIPED
from surveylib.model.text import LANGS, Text

_OPINIONS = ("C", "R")  # those whose answers are compared between waves


def _no_anchor(subject: Subject) -> Iterator[Hit]:
    asked = subject.questionnaire
    # A form without a score has nothing that waves would compare.
    if asked.instrument in _OPINIONS and asked.indices and not any(item.anchor for item in asked.items):
        yield Hit(path=("items",), details={"instrument": asked.instrument})


def _piped_anchor(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for lang in LANGS if item.anchor else ():
            if found := PIPED.search(item.text.get(lang)):
                yield Hit(path=("items", item.id, "text", lang), details={"word": found.group()})


def _drawn_anchor(subject: Subject) -> Iterator[Hit]:
    drawn = {section.id for section in subject.questionnaire.sections if section.randomise}
    for item in subject.questionnaire.items:
        if item.anchor and item.section in drawn:
            yield Hit(path=("items", item.id), details={"section": str(item.section)})


def _not_everywhere(subject: Subject) -> Iterator[Hit]:
    used = {kind for item in subject.questionnaire.items for kind in item.applies_to}
    for item in subject.questionnaire.items:
        missing = sorted(used - set(item.applies_to))
        if item.anchor and missing:
            yield Hit(path=("items", item.id, "applies_to"), details={"types": ", ".join(missing)})


def _below_one(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for name in ("meaning_version", "text_version"):
            if getattr(item, name) < 1:
                yield Hit(path=("items", item.id, name), details={"name": name})


RULES = (
    Rule(
        code="Q901",
        family="comparability",
        severity="warning",
        message=Text(
            vi="Phiếu {instrument} không có câu neo nào.", en="Form {instrument} has no anchor at all."
        ),
        remedy=Text(
            vi="Đặt role: anchor cho vài câu giữ nguyên văn ở mọi đợt.",
            en="Give role: anchor to a few items that stay word for word in every wave.",
        ),
        example="role: covariate",
        check=_no_anchor,
    ),
    Rule(
        code="Q902",
        family="comparability",
        severity="error",
        message=Text(
            vi="Câu neo có chữ thay đổi theo đơn vị: {word}.",
            en="An anchor holds a word that differs with the unit: {word}.",
        ),
        remedy=Text(
            vi="Viết câu neo bằng lời giống nhau ở mọi đơn vị.", en="Word anchors alike for all units."
        ),
        example="text: {vi: 'Nhìn chung {head} thế nào?', en: How was it overall?}",
        check=_piped_anchor,
    ),
    Rule(
        code="Q903",
        family="comparability",
        severity="error",
        message=Text(
            vi="Câu neo nằm trong mục {section} có thứ tự rút ngẫu nhiên.",
            en="An anchor stands in section {section}, whose order is drawn at random.",
        ),
        remedy=Text(
            vi="Chuyển câu neo sang mục có thứ tự cố định.", en="Move it to a section with a fixed order."
        ),
        example="- {id: all, title: {vi: Chung, en: All}, randomise: true}",
        check=_drawn_anchor,
    ),
    Rule(
        code="Q904",
        family="comparability",
        severity="error",
        message=Text(
            vi="Câu neo không hỏi ở loại đơn vị {types}.",
            en="An anchor is not asked in units of type {types}.",
        ),
        remedy=Text(vi="Hỏi câu neo ở mọi loại đơn vị.", en="Ask anchors in every type of unit."),
        example="applies_to: [LG]",
        check=_not_everywhere,
    ),
    Rule(
        code="Q905",
        family="comparability",
        severity="error",
        message=Text(vi="`{name}` nhỏ hơn 1.", en="`{name}` is below 1."),
        remedy=Text(vi="Đếm từ 1.", en="Count from 1."),
        example="meaning_version: 0",
        check=_below_one,
    ),
)
