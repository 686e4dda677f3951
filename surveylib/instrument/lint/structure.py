"""Rules on how the parts of a questionnaire hang together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.model.text import Text

_VERSION = re.compile(r"\d+\.\d+\.\d+")


def _one_scale(subject: Subject) -> Iterator[Hit]:
    questionnaire = subject.questionnaire
    for index in questionnaire.indices:
        scales = sorted({subject.item(name).scale for name in index.items})
        if len(scales) > 1:
            yield Hit(path=("indices", index.id, "items"), details={"scales": ", ".join(scales)})


def _scorable(subject: Subject) -> Iterator[Hit]:
    for index in subject.questionnaire.indices:
        for name in index.items:
            if subject.scale_of(name).kind not in ("ordinal", "binary"):
                yield Hit(path=("indices", index.id, "items"), details={"item": name})


def _twice_in_index(subject: Subject) -> Iterator[Hit]:
    for index in subject.questionnaire.indices:
        for name in sorted({name for name in index.items if index.items.count(name) > 1}):
            yield Hit(path=("indices", index.id, "items"), details={"item": name})


def _same_wording(subject: Subject) -> Iterator[Hit]:
    first: dict[str, str] = {}
    for item in subject.questionnaire.items:
        words = " ".join(item.text.vi.casefold().split())
        other = first.setdefault(words, item.id)
        if words and other != item.id:
            yield Hit(path=("items", item.id, "text", "vi"), details={"other": other})


def _version(subject: Subject) -> Iterator[Hit]:
    if not _VERSION.fullmatch(subject.questionnaire.version):
        yield Hit(path=("version",), details={"version": subject.questionnaire.version})


def _empty_section(subject: Subject) -> Iterator[Hit]:
    used = {item.section for item in subject.questionnaire.items}
    for section in subject.questionnaire.sections:
        if section.id not in used:
            yield Hit(path=("sections", section.id))


RULES = (
    Rule(
        code="Q101",
        family="structure",
        severity="error",
        message=Text(vi="Chỉ số trộn nhiều thang đo: {scales}.", en="The index mixes scales: {scales}."),
        remedy=Text(vi="Chỉ gộp các câu cùng một thang đo.", en="Put only items of one scale into an index."),
        example="items: [papers, box]",
        check=_one_scale,
    ),
    Rule(
        code="Q102",
        family="structure",
        severity="error",
        message=Text(
            vi="Câu {item} không có điểm thứ bậc để tính chỉ số.",
            en="Item {item} has no ordered points to average.",
        ),
        remedy=Text(
            vi="Bỏ câu khỏi chỉ số; đưa vào `outcomes`.",
            en="Take it out of the index; report it under `outcomes`.",
        ),
        example="items: [wait]",
        check=_scorable,
    ),
    Rule(
        code="Q103",
        family="structure",
        severity="error",
        message=Text(
            vi="Câu {item} được tính hai lần trong chỉ số.", en="Item {item} counts twice in the index."
        ),
        remedy=Text(vi="Chỉ ghi mỗi câu một lần.", en="Name every item once."),
        example="items: [papers, papers]",
        check=_twice_in_index,
    ),
    Rule(
        code="Q104",
        family="structure",
        severity="warning",
        message=Text(
            vi="Câu này trùng nguyên văn với câu {other}.", en="This item has the very wording of {other}."
        ),
        remedy=Text(vi="Bỏ một câu hoặc phân biệt rõ hai câu.", en="Drop one of the two or tell them apart."),
        example="text: {vi: Giấy tờ đơn giản đến mức nào?, en: How was it overall?}",
        check=_same_wording,
    ),
    Rule(
        code="Q105",
        family="structure",
        severity="warning",
        message=Text(
            vi="Phiên bản “{version}” không có dạng 1.2.3.",
            en="Version “{version}” is not of the form 1.2.3.",
        ),
        remedy=Text(
            vi="Ghi ba số; tăng số giữa khi đổi câu chữ, số đầu khi đổi nghĩa.",
            en="Write three numbers: the second changes with wording, the first with meaning.",
        ),
        example="version: bản đầu",
        check=_version,
    ),
    Rule(
        code="Q106",
        family="structure",
        severity="warning",
        message=Text(vi="Mục không có câu nào.", en="The section holds no item."),
        remedy=Text(
            vi="Bỏ mục, hoặc kiểm tra `section` của các câu.", en="Drop it, or check the items' `section`."
        ),
        example="- {id: empty, title: {vi: Trống, en: Empty}}",
        check=_empty_section,
    ),
)
