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
_VAGUE = {
    "vi": re.compile(r"\b(thường xuyên|thỉnh thoảng|đôi khi|gần đây|dạo này)\b", re.IGNORECASE),
    "en": re.compile(r"\b(often|sometimes|frequently|recently|regularly|these days)\b", re.IGNORECASE),
}
_ABSOLUTE = {
    "vi": re.compile(r"\b(luôn luôn|không bao giờ|hoàn toàn|tuyệt đối)\b", re.IGNORECASE),
    "en": re.compile(r"\b(always|never|completely|absolutely)\b", re.IGNORECASE),
}
_MOST_WORDS = 32
_MOST_TO_READ = 80


def _asked(questionnaire: Questionnaire) -> Iterator[tuple[tuple[str, ...], str, str]]:
    for item in questionnaire.items:
        for lang in LANGS:
            yield ("items", item.id, "text", lang), lang, item.text.get(lang)


def _judged(subject: Subject) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """The sentences that ask for a judgement, not for a trait of the respondent."""
    judged = {item.id for item in subject.questionnaire.items if item.role in ("criterion", "anchor")}
    return (entry for entry in _asked(subject.questionnaire) if entry[0][1] in judged)


def _two_things(subject: Subject) -> Iterator[Hit]:
    for path, lang, sentence in _judged(subject):
        kind = subject.scale_of(path[1]).kind
        found = _TWO[lang].search(_ADDRESS.sub("", sentence))
        # "Did you see A or B?" is one question, and a number is counted as the sentence says.
        either = kind == "binary" and found and found.group().casefold() in ("hoặc", "hay", "or")
        if found and not either and kind != "number":
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


def _reading_load(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for lang in LANGS if item.note is not None else ():
            words = len(item.text.get(lang).split()) + len(item.note.get(lang).split())
            if words > _MOST_TO_READ:
                details = {"words": str(words), "most": str(_MOST_TO_READ)}
                yield Hit(path=("items", item.id, "note", lang), details=details)


def _vague(subject: Subject) -> Iterator[Hit]:
    for path, lang, sentence in _judged(subject):
        if found := _VAGUE[lang].search(sentence):
            yield Hit(path=path, details={"word": found.group()})


def _absolute(subject: Subject) -> Iterator[Hit]:
    for path, lang, sentence in _asked(subject.questionnaire):
        if found := _ABSOLUTE[lang].search(sentence):
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
        example='vi: "Giấy tờ và biểu mẫu có đơn giản không?"',
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
        example="rất rất rất rất rất rất",
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
        example='vi: "Ông/Bà có đồng ý rằng giấy tờ đã đơn giản?"',
        check=_leading,
    ),
    Rule(
        code="Q504",
        family="wording",
        severity="warning",
        message=Text(vi="Phủ định hai lần (“{word}”).", en="A double negative (“{word}”)."),
        remedy=Text(vi="Viết lại ở thể khẳng định.", en="Say it positively."),
        example='en: "Was it not unclear?"',
        check=_negatives,
    ),
    Rule(
        code="Q505",
        family="wording",
        severity="warning",
        message=Text(
            vi="Câu hỏi và lời giải thích có {words} chữ phải đọc (nên tối đa {most}).",
            en="Question and explanation have {words} words to read (at most {most} advised).",
        ),
        remedy=Text(vi="Rút gọn lời giải thích.", en="Shorten the explanation."),
        example="dài dài dài dài dài dài",
        check=_reading_load,
    ),
    Rule(
        code="Q506",
        family="wording",
        severity="warning",
        message=Text(
            vi="Từ mơ hồ, mỗi người hiểu một khác (“{word}”).",
            en="A vague word that everyone reads otherwise (“{word}”).",
        ),
        remedy=Text(vi="Nêu khoảng thời gian hoặc số lần.", en="Name a period or a number of times."),
        example='en: "Were papers often simple?"',
        check=_vague,
    ),
    Rule(
        code="Q507",
        family="wording",
        severity="note",
        message=Text(
            vi="Từ tuyệt đối, ít người có thể đồng ý (“{word}”).",
            en="An absolute word that few can agree with (“{word}”).",
        ),
        remedy=Text(vi="Bỏ từ đó, hoặc hỏi mức độ.", en="Drop it, or ask how much."),
        example='en: "Were papers always simple?"',
        check=_absolute,
    ),
)
