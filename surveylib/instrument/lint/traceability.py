"""Rules on the thread from the plan's criteria to items, and from items to indices."""

from __future__ import annotations

from collections.abc import Iterator

from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.model.questionnaire import UNIT_TYPES
from surveylib.model.text import Text


def _untraced(subject: Subject) -> Iterator[Hit]:
    # A questionnaire that declares no criteria has nothing to trace to.
    for item in subject.questionnaire.items if subject.questionnaire.criteria else ():
        if item.role == "criterion" and not item.criteria:
            yield Hit(path=("items", item.id))


def _no_primary(subject: Subject) -> Iterator[Hit]:
    questionnaire = subject.questionnaire
    in_use = [kind for kind in UNIT_TYPES if any(kind in item.applies_to for item in questionnaire.items)]
    for criterion in questionnaire.criteria if questionnaire.instrument == "C" else ():
        if criterion.supported_by_clients in ("primary", "with_records"):
            primary = [item for item in questionnaire.items if criterion.id in item.primary_for]
            missing = [kind for kind in in_use if not any(kind in item.applies_to for item in primary)]
            if missing:
                yield Hit(path=("criteria", criterion.id), details={"types": ", ".join(missing)})


def _primary_elsewhere(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for name in sorted(set(item.primary_for) - set(item.criteria)):
            yield Hit(path=("items", item.id, "primary_for"), details={"criterion": name})


def _overclaimed(subject: Subject) -> Iterator[Hit]:
    questionnaire = subject.questionnaire
    weak = {c.id for c in questionnaire.criteria if c.supported_by_clients in ("awareness_only", "no")}
    for item in questionnaire.items if questionnaire.instrument == "C" else ():
        for name in sorted(weak & set(item.primary_for)):
            yield Hit(path=("items", item.id, "primary_for"), details={"criterion": name})


def _skipped_anchor(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        if item.anchor and item.ask_if is not None:
            yield Hit(path=("items", item.id, "ask_if"))


def _rare_in_index(subject: Subject) -> Iterator[Hit]:
    for index in subject.questionnaire.indices:
        rare = [name for name in index.items if subject.item(name).rare]
        if rare and not index.rare:
            yield Hit(path=("indices", index.id, "items"), details={"items": ", ".join(rare)})


def _double_count(subject: Subject) -> Iterator[Hit]:
    for index in subject.questionnaire.indices:
        anchors = [name for name in index.items if subject.item(name).anchor]
        if anchors and len(anchors) < len(index.items):
            yield Hit(path=("indices", index.id, "items"), details={"items": ", ".join(anchors)})


def _foreign_group(subject: Subject) -> Iterator[Hit]:
    groups = {criterion.id: criterion.group for criterion in subject.questionnaire.criteria}
    for index in subject.questionnaire.indices:
        for name in index.items if index.group else ():
            if index.group not in {groups[criterion] for criterion in subject.item(name).criteria}:
                yield Hit(
                    path=("indices", index.id, "items"), details={"item": name, "group": str(index.group)}
                )


RULES = (
    Rule(
        code="Q701",
        family="traceability",
        severity="error",
        message=Text(vi="Câu không thuộc tiêu chí nào.", en="The item belongs to no criterion."),
        remedy=Text(
            vi="Ghi `criteria`, hoặc `role` (anchor, covariate, open, process).",
            en="Name its `criteria`, or give it a `role` (anchor, covariate, open, process).",
        ),
        example="id: papers\nscale: L5",
        check=_untraced,
    ),
    Rule(
        code="Q702",
        family="traceability",
        severity="error",
        message=Text(
            vi="Tiêu chí không có câu bằng chứng chính ở loại đơn vị {types}.",
            en="The criterion has no primary item in units of type {types}.",
        ),
        remedy=Text(
            vi="Thêm câu có `primary_for`, hoặc hạ mức supported_by_clients.",
            en="Add an item with `primary_for`, or lower supported_by_clients.",
        ),
        example="criteria: [a1]",
        check=_no_primary,
    ),
    Rule(
        code="Q703",
        family="traceability",
        severity="error",
        message=Text(
            vi="Câu là bằng chứng chính của {criterion} nhưng không ghi tiêu chí ấy.",
            en="The item is primary for {criterion} without belonging to it.",
        ),
        remedy=Text(vi="Thêm tiêu chí vào `criteria`.", en="Add the criterion to `criteria`."),
        example="criteria: [b3]\nprimary_for: [a1]",
        check=_primary_elsewhere,
    ),
    Rule(
        code="Q704",
        family="traceability",
        severity="error",
        message=Text(
            vi="Ý kiến khách không thể là bằng chứng chính của {criterion}.",
            en="Clients cannot be primary evidence for {criterion}.",
        ),
        remedy=Text(
            vi="Bỏ khỏi `primary_for`: cần hồ sơ hoặc kiểm tra.",
            en="Remove it from `primary_for`: records or inspection are needed.",
        ),
        example="primary_for: [b3]",
        check=_overclaimed,
    ),
    Rule(
        code="Q705",
        family="traceability",
        severity="error",
        message=Text(vi="Câu neo có điều kiện hỏi.", en="An anchor has a skip rule."),
        remedy=Text(
            vi="Câu neo phải hỏi mọi người, ở mọi đợt.", en="Anchors are asked of everyone in every wave."
        ),
        example="role: anchor\nask_if: box == 1",
        check=_skipped_anchor,
    ),
    Rule(
        code="Q706",
        family="traceability",
        severity="error",
        message=Text(
            vi="Chỉ số chứa câu chỉ hỏi ít người: {items}.",
            en="The index holds items few are asked: {items}.",
        ),
        remedy=Text(
            vi="Bỏ các câu đó, hoặc ghi rare: true cho chỉ số.",
            en="Take them out, or mark the index rare: true.",
        ),
        example="items: [opened]",
        check=_rare_in_index,
    ),
    Rule(
        code="Q707",
        family="traceability",
        severity="warning",
        message=Text(
            vi="Chỉ số tính cả câu neo lẫn câu chi tiết, nên có ý tính hai lần: {items}.",
            en="The index mixes anchors with detailed items and counts things twice: {items}.",
        ),
        remedy=Text(vi="Để các câu neo thành chỉ số riêng.", en="Keep anchors in an index of their own."),
        example="items: [papers, neo]",
        check=_double_count,
    ),
    Rule(
        code="Q708",
        family="traceability",
        severity="error",
        message=Text(
            vi="Câu {item} không thuộc nhóm {group} của chỉ số.",
            en="Item {item} is not of the index's group {group}.",
        ),
        remedy=Text(vi="Chuyển câu hoặc sửa `group`.", en="Move the item or mend `group`."),
        example="{id: score, group: b,",
        check=_foreign_group,
    ),
)
