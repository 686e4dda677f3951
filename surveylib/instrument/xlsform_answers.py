"""How a scale is answered on a form: type of question, bounds, what the form says when they are broken."""

from __future__ import annotations

import datetime
import re

from surveylib.errors import SurveyError
from surveylib.instrument.xpath import number, reference
from surveylib.model.questionnaire import Item
from surveylib.model.scale import Choice, Scale
from surveylib.model.text import LANGS, Lang, Text

_LIST = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]*$")
_MARK = Text(
    vi="“{label}” không chọn cùng câu trả lời khác.", en="“{label}” cannot be marked with another answer."
)
_NUMBER, _WHOLE = (
    Text(vi="Ghi một số", en="Write a number"),
    Text(vi="Ghi một số nguyên", en="Write a whole number"),
)
_DAY = Text(vi="Ghi một ngày", en="Give a date")
_BETWEEN = Text(vi=" từ {low} đến {high}", en=" from {low} to {high}")
_FROM, _TO = (
    Text(vi=" từ {low} trở lên", en=" of {low} or more"),
    Text(vi=" không quá {high}", en=" of at most {high}"),
)
_SINCE, _UNTIL = Text(vi=" từ {low}", en=" from {low} on"), Text(vi=" đến hết {high}", en=" up to {high}")
_OR = Text(vi=", hoặc {code} ({label})", en=", or {code} ({label})")
_PART = Text(vi="Không lớn hơn con số ở câu “{whole}”", en="Not more than the answer to “{whole}”")


def question_type(scale: Scale) -> str:
    """The type of question: ``select_one L5``, ``integer``, ``date`` …

    Raises
    ------
    SurveyError
        If the scale's id cannot name a list of choices.
    """
    match scale.kind:
        case "number":
            return "integer" if scale.integer else "decimal"
        case "date" | "text":
            return scale.kind
    if not _LIST.match(scale.id):
        raise SurveyError(
            "scale id cannot name a list of a form",
            where=f"scale {scale.id!r}",
            expected="letters, digits, _ . -",
        )
    return f"select_{'multiple' if scale.kind == 'multiple' else 'one'} {scale.id}"


def constraint(scale: Scale, *, part_of: str | None = None) -> str:
    """What an answer must satisfy beyond its type, as XPath of the answer ``.``; "" when nothing.

    A count that is `part_of` another item's is not above it, unless that one has no figure.

    >>> constraint(Scale(id="AGE", kind="number", minimum=18, maximum=110))
    '. >= 18 and . <= 110'
    >>> constraint(Scale(id="COUNT", kind="number", minimum=0), part_of="due")
    ". >= 0 and (${due} = '' or . <= ${due})"
    """
    if scale.kind == "multiple":
        alone = [f"not(selected(., '{choice.code}') and count-selected(.) > 1)" for choice in _alone(scale)]
        return " and ".join(alone)
    bounds = [
        f". {sign} {bound}"
        for sign, bound in zip((">=", "<="), _bounds(scale), strict=True)
        if bound is not None
    ]
    bounds += [_within(scale, part_of)] if part_of is not None else []
    if not bounds or not scale.off_codes:
        return " and ".join(bounds)
    return " or ".join([f"({' and '.join(bounds)})", *(f". = {code}" for code in scale.off_codes)])


def _within(scale: Scale, part_of: str) -> str:
    whole = reference(part_of)
    unknown = [f"{whole} = ''", *(f"{whole} = {code}" for code in scale.off_codes)]
    return f"({' or '.join([*unknown, f'. <= {whole}'])})"


def constraint_message(scale: Scale, *, whole: Item | None = None) -> Text | None:
    """What the form says when `constraint` is broken, None where there is none; `whole` is the item that a
    count is part of."""
    if whole is not None:
        made = {lang: _PART.get(lang).format(whole=whole.text.get(lang).rstrip("?")) for lang in LANGS}
        own = constraint_message(scale)
        said = {lang: f"{own.get(lang)} {part}." if own else f"{part}." for lang, part in made.items()}
        return Text(vi=said["vi"], en=said["en"])
    if not constraint(scale):
        return None
    say = _say_alone if scale.kind == "multiple" else _say_bounds
    return Text(vi=say(scale, "vi"), en=say(scale, "en"))


def _bounds(scale: Scale) -> tuple[str | None, str | None]:
    if scale.kind == "number":
        limits = (scale.minimum, scale.maximum)
        return tuple(None if limit is None else number(limit) for limit in limits)
    if scale.kind == "date":
        limits = (scale.earliest, scale.latest)
        return tuple(None if limit is None else f"date('{limit.isoformat()}')" for limit in limits)
    return None, None


def _say_alone(scale: Scale, lang: Lang) -> str:
    return " ".join(_MARK.get(lang).format(label=choice.text.get(lang)) for choice in _alone(scale))


def _alone(scale: Scale) -> list[Choice]:
    """The choices of a list of marks that exclude all others."""
    return [choice for choice in scale.choices if choice.code in scale.alone] + list(scale.off_scale)


def _say_bounds(scale: Scale, lang: Lang) -> str:
    dated = scale.kind == "date"
    low, high = (scale.earliest, scale.latest) if dated else (scale.minimum, scale.maximum)
    head = _DAY if dated else (_WHOLE if scale.integer else _NUMBER)
    if low is not None and high is not None:
        middle = _BETWEEN
    elif low is not None:
        middle = _SINCE if dated else _FROM
    else:
        middle = _UNTIL if dated else _TO
    limits = middle.get(lang).format(low=_shown(low, lang), high=_shown(high, lang))
    return head.get(lang) + limits + "".join(_off(choice, lang) for choice in scale.off_scale) + "."


def _off(choice: Choice, lang: Lang) -> str:
    return _OR.get(lang).format(code=choice.code, label=choice.text.get(lang))


def _shown(limit: float | datetime.date | None, lang: Lang) -> str:
    if isinstance(limit, datetime.date):
        return f"{limit:%d/%m/%Y}" if lang == "vi" else limit.isoformat()
    return "" if limit is None else number(limit).replace(".", "," if lang == "vi" else ".")
