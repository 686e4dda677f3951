"""Rules on codes and their labels."""

from __future__ import annotations

from collections.abc import Iterator

from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.model.questionnaire import Choice, Scale
from surveylib.model.text import LANGS, Text

_MOST_CHOICES = 12
_MOST_LABEL_WORDS = 16


def _same_label(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        for lang in LANGS:
            first: dict[str, Choice] = {}
            for part, choice in _placed(scale):
                label = choice.text.get(lang).strip().casefold()
                other = first.setdefault(label, choice)
                if label and other is not choice:
                    path = ("scales", scale.id, part, str(choice.code), "text", lang)
                    yield Hit(path=path, details={"other": str(other.code)})


def _placed(scale: Scale) -> Iterator[tuple[str, Choice]]:
    yield from (("choices", choice) for choice in scale.choices)
    yield from (("off_scale", choice) for choice in scale.off_scale)


def _off_inside(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        low, high = _range(scale)
        for code in scale.off_codes:
            if low is not None and high is not None and low <= code <= high:
                yield Hit(path=("scales", scale.id, "off_scale", str(code)), details={"code": str(code)})


def _range(scale: Scale) -> tuple[float | None, float | None]:
    if scale.kind == "number":
        return scale.minimum, scale.maximum
    return (min(scale.codes), max(scale.codes)) if scale.codes else (None, None)


def _not_ascending(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        steps = {later - earlier for earlier, later in zip(scale.codes, scale.codes[1:], strict=False)}
        if scale.kind == "ordinal" and steps != {1}:
            yield Hit(
                path=("scales", scale.id, "choices"), details={"codes": ", ".join(map(str, scale.codes))}
            )


def _needless(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        if scale.kind in ("number", "text", "date") and scale.choices:
            yield Hit(path=("scales", scale.id, "choices"), details={"kind": scale.kind})


def _too_many(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        if len(scale.choices) > _MOST_CHOICES:
            details = {"count": str(len(scale.choices)), "most": str(_MOST_CHOICES)}
            yield Hit(path=("scales", scale.id, "choices"), details=details)


def _long_label(subject: Subject) -> Iterator[Hit]:
    for scale in subject.questionnaire.scales:
        for part, choice in _placed(scale):
            for lang in LANGS:
                if (words := len(choice.text.get(lang).split())) > _MOST_LABEL_WORDS:
                    path = ("scales", scale.id, part, str(choice.code), "text", lang)
                    yield Hit(path=path, details={"words": str(words), "most": str(_MOST_LABEL_WORDS)})


RULES = (
    Rule(
        code="Q301",
        family="choices",
        severity="error",
        message=Text(vi="Nhãn trùng với nhãn của mã {other}.", en="The label is that of code {other}."),
        remedy=Text(vi="Đặt nhãn khác nhau cho mỗi mã.", en="Give every code a label of its own."),
        example="{code: 3, text: {vi: Vừa, en: Poor}}",
        check=_same_label,
    ),
    Rule(
        code="Q302",
        family="choices",
        severity="error",
        message=Text(
            vi="Mã ngoài thang {code} nằm giữa các điểm của thang.",
            en="Off-scale code {code} lies among the scale's points.",
        ),
        remedy=Text(
            vi="Chọn mã ngoài khoảng của thang (ví dụ 99).", en="Choose a code outside the scale (99, say)."
        ),
        example="{code: 10, text: {vi: Rất tốt, en: Very good}}",
        check=_off_inside,
    ),
    Rule(
        code="Q303",
        family="choices",
        severity="error",
        message=Text(
            vi="Điểm của thang thứ bậc không tăng đều từng bậc: {codes}.",
            en="The ordered scale does not rise by ones: {codes}.",
        ),
        remedy=Text(
            vi="Xếp các điểm tăng dần, cách nhau 1; nếu không có thứ bậc thì dùng kind: choice.",
            en="List the points in ascending order, one apart; without an order use kind: choice.",
        ),
        example="{code: 7, text: {vi: Rất tốt, en: Very good}}",
        check=_not_ascending,
    ),
    Rule(
        code="Q304",
        family="choices",
        severity="error",
        message=Text(
            vi="Thang loại “{kind}” không dùng danh sách mã.",
            en="A scale of kind “{kind}” takes no list of codes.",
        ),
        remedy=Text(vi="Bỏ danh sách mã hoặc đổi loại thang.", en="Drop the codes or change the kind."),
        example="choices: [{code: 1, text: {vi: Một, en: One}}]",
        check=_needless,
    ),
    Rule(
        code="Q305",
        family="choices",
        severity="warning",
        message=Text(
            vi="Có {count} lựa chọn (nên tối đa {most}).",
            en="There are {count} choices (at most {most} advised).",
        ),
        remedy=Text(vi="Gộp bớt, hoặc chia thành hai câu.", en="Merge some, or ask in two steps."),
        example="{code: 14, text: {vi: Mã 14, en: Code 14}}",
        check=_too_many,
    ),
    Rule(
        code="Q306",
        family="choices",
        severity="warning",
        message=Text(
            vi="Nhãn dài {words} chữ (nên tối đa {most}).",
            en="The label has {words} words (at most {most} advised).",
        ),
        remedy=Text(vi="Rút gọn nhãn.", en="Shorten the label."),
        example="vừa vừa vừa vừa vừa vừa",
        check=_long_label,
    ),
)
