"""Hints on wording. They ask a person to look: no list of words replaces cognitive pre-testing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.text import LANGS, Text

_TWO = {
    "vi": re.compile(r"\b(và|hoặc|hay)\b|(?<=\w)/(?=\w)", re.IGNORECASE),
    "en": re.compile(r"\b(and|or)\b|(?<=\w)/(?=\w)", re.IGNORECASE),
}
_ADDRESS = re.compile(r"Ông/Bà|Anh/Chị|he/she", re.IGNORECASE)
_LEADING = {
    "vi": re.compile(r"đồng ý rằng|chắc hẳn|phải chăng|lẽ nào|tuyệt vời", re.IGNORECASE),
    "en": re.compile(r"do you agree that|don't you|surely|obviously|excellent service", re.IGNORECASE),
}
_NEGATIVES = {
    "vi": re.compile(r"không phải (là )?không|(không|chưa) (hề |bao giờ )?(không|chưa)\b", re.IGNORECASE),
    "en": re.compile(r"\bnot\b[^,;?]*\b(not|never|un(?:happy|clear|satisfied|helpful))\b", re.IGNORECASE),
}
_MOST_WORDS = 32


def _asked(questionnaire: Questionnaire) -> Iterator[tuple[tuple[str, ...], str, str]]:
    for item in questionnaire.items:
        for lang in LANGS:
            yield ("items", item.id, "text", lang), lang, item.text.get(lang)


def _two_things(subject: Subject) -> Iterator[Hit]:
    judged = {item.id for item in subject.questionnaire.items if item.role in ("criterion", "anchor")}
    for path, lang, sentence in _asked(subject.questionnaire):
        found = _TWO[lang].search(_ADDRESS.sub("", sentence))
        if found and path[1] in judged:
            yield Hit(path=path, details={"word": found.group()})


def _long(subject: Subject) -> Iterator[Hit]:
    for path, _, sentence in _asked(subject.questionnaire):
        if (words := len(sentence.split())) > _MOST_WORDS:
            yield Hit(path=path, details={"words": str(words), "most": str(_MOST_WORDS)})


def _leading(subject: Subject) -> Iterator[Hit]:
    for path, lang, sentence in _asked(subject.questionnaire):
        if found := _LEADING[lang].search(sentence):
            yield Hit(path=path, details={"word": found.group()})


def _negatives(subject: Subject) -> Iterator[Hit]:
    for path, lang, sentence in _asked(subject.questionnaire):
        if found := _NEGATIVES[lang].search(sentence):
            yield Hit(path=path, details={"word": found.group()})


RULES = (
    Rule(
        code="Q501",
        family="wording",
        severity="note",
        message=Text(
            vi="Có thể hỏi hai ý một lúc (“{word}”).", en="Perhaps two questions in one (“{word}”)."
        ),
        remedy=Text(
            vi="Tách câu, nếu người trả lời có thể nghĩ khác nhau về hai ý.",
            en="Split it if one may think differently of the two.",
        ),
        check=_two_things,
    ),
    Rule(
        code="Q502",
        family="wording",
        severity="warning",
        message=Text(
            vi="Câu dài {words} chữ (nên tối đa {most}).",
            en="The question has {words} words (at most {most} advised).",
        ),
        remedy=Text(
            vi="Rút gọn; đưa phần giải thích vào `note`.", en="Shorten it; put explanations into `note`."
        ),
        check=_long,
    ),
    Rule(
        code="Q503",
        family="wording",
        severity="warning",
        message=Text(
            vi="Câu gợi ý câu trả lời (“{word}”).", en="The question suggests its answer (“{word}”)."
        ),
        remedy=Text(vi="Hỏi trung tính.", en="Ask neutrally."),
        check=_leading,
    ),
    Rule(
        code="Q504",
        family="wording",
        severity="warning",
        message=Text(vi="Phủ định hai lần (“{word}”).", en="A double negative (“{word}”)."),
        remedy=Text(vi="Viết lại ở thể khẳng định.", en="Say it positively."),
        check=_negatives,
    ),
)
