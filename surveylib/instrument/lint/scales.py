"""Rules on scales and on how items use them."""

from __future__ import annotations

from collections.abc import Iterator

from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.model.text import Text


def _unused(subject: Subject) -> Iterator[Hit]:
    used = {item.scale for item in subject.questionnaire.items}
    for scale in subject.questionnaire.scales:
        if scale.id not in used:
            yield Hit(path=("scales", scale.id))


def _no_way_out(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        if scale.kind == "ordinal" and not scale.off_scale:
            yield Hit(path=("scales", scale.id))


def _unbounded(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        if scale.kind == "number" and (scale.minimum is None or scale.maximum is None):
            yield Hit(path=("scales", scale.id))


def _not_reversible(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        kind = subject.scale_of(item.id).kind
        if item.reversed and kind not in ("ordinal", "binary"):
            yield Hit(path=("items", item.id, "reversed"), details={"kind": kind})


def _wrong_way(subject: Subject) -> Iterator[Hit]:
    for outcome in subject.questionnaire.outcomes:
        if subject.item(outcome.item).reversed and outcome.better == "higher":
            yield Hit(path=("outcomes", outcome.id), details={"item": outcome.item})


def _reversed_in_index(subject: Subject) -> Iterator[Hit]:
    for index in subject.questionnaire.indices:
        turned = [name for name in index.items if subject.item(name).reversed]
        if turned:
            yield Hit(path=("indices", index.id, "items"), details={"items": ", ".join(turned)})


def _no_positive(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        if scale.kind in ("ordinal", "binary") and not scale.positive:
            yield Hit(path=("scales", scale.id))


def _all_positive(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        if scale.kind in ("ordinal", "binary", "choice") and set(scale.positive) == set(scale.codes):
            yield Hit(path=("scales", scale.id, "positive"))


def _positive_inside(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        ordered, count = sorted(scale.codes), len(set(scale.positive))
        ends = (set(ordered[:count]), set(ordered[-count:]))
        if scale.kind == "ordinal" and scale.positive and set(scale.positive) not in ends:
            details = {"codes": ", ".join(map(str, scale.positive))}
            yield Hit(path=("scales", scale.id, "positive"), details=details)


RULES = (
    Rule(
        code="Q601",
        family="scales",
        severity="warning",
        message=Text(vi="Không câu nào dùng thang này.", en="No item uses this scale."),
        remedy=Text(
            vi="Bỏ thang hoặc kiểm tra tên thang ở các câu.", en="Drop it, or check the items' scale names."
        ),
        example="id: MIN",
        check=_unused,
    ),
    Rule(
        code="Q602",
        family="scales",
        severity="error",
        message=Text(
            vi="Thang đánh giá không có lựa chọn “không áp dụng, không biết”.",
            en="The rating scale has no “not applicable, don't know”.",
        ),
        remedy=Text(
            vi="Thêm `off_scale` (8, 9); nếu không người trả lời buộc phải chọn mức giữa.",
            en="Add `off_scale` (8, 9); otherwise respondents are pushed to the middle.",
        ),
        example="kind: ordinal",
        check=_no_way_out,
    ),
    Rule(
        code="Q603",
        family="scales",
        severity="warning",
        message=Text(vi="Thang số không có giới hạn.", en="The number has no bounds."),
        remedy=Text(vi="Ghi `minimum` và `maximum`.", en="State `minimum` and `maximum`."),
        example="minimum: 0",
        check=_unbounded,
    ),
    Rule(
        code="Q604",
        family="scales",
        severity="error",
        message=Text(
            vi="Câu đảo chiều nhưng thang loại “{kind}” không đảo được.",
            en="The item is reversed, but a scale of kind “{kind}” has no direction.",
        ),
        remedy=Text(
            vi="Bỏ `reversed` hoặc dùng thang thứ bậc.", en="Drop `reversed` or use an ordered scale."
        ),
        example="reversed: true",
        check=_not_reversible,
    ),
    Rule(
        code="Q605",
        family="scales",
        severity="error",
        message=Text(
            vi="Câu {item} đảo chiều nhưng tỷ lệ của nó được coi là càng cao càng tốt.",
            en="Item {item} is reversed, yet its figure counts as better when higher.",
        ),
        remedy=Text(vi="Ghi better: lower.", en="Write better: lower."),
        example="{id: extra, item: asked_extra, measure: share,",
        check=_wrong_way,
    ),
    Rule(
        code="Q606",
        family="scales",
        severity="note",
        message=Text(vi="Chỉ số có câu đảo chiều: {items}.", en="The index holds reversed items: {items}."),
        remedy=Text(
            vi="Xem lại khi phỏng vấn thử: câu đảo chiều hay bị trả lời nhầm.",
            en="Watch them in pre-testing: reversed items are often misread.",
        ),
        example="reversed: true",
        check=_reversed_in_index,
    ),
    Rule(
        code="Q607",
        family="scales",
        severity="note",
        message=Text(
            vi="Thang không nói mã nào là tích cực.", en="The scale does not say which codes are positive."
        ),
        remedy=Text(
            vi="Ghi `positive`, để tính được tỷ lệ.", en="State `positive`, so that shares can be counted."
        ),
        example="kind: ordinal",
        check=_no_positive,
    ),
    Rule(
        code="Q608",
        family="scales",
        severity="error",
        message=Text(
            vi="Mọi mã đều là tích cực: tỷ lệ luôn là 100 %.",
            en="Every code is positive: the share is always 100 %.",
        ),
        remedy=Text(vi="Chỉ ghi các mã tích cực.", en="Name the positive codes only."),
        example="positive: [1, 0]",
        check=_all_positive,
    ),
    Rule(
        code="Q609",
        family="scales",
        severity="error",
        message=Text(
            vi="Các mã tích cực {codes} không nằm ở một đầu của thang.",
            en="The positive codes {codes} are not at one end of the scale.",
        ),
        remedy=Text(vi="Chọn các mã ở một đầu thang.", en="Choose codes at one end."),
        example="positive: [2, 4]",
        check=_positive_inside,
    ),
)
