"""Rules on the two languages: nothing empty, nothing untranslated, letters stored one way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.instrument.lint.texts import labels, sentences
from surveylib.model.text import Text

_QUOTES = re.compile("[“”‘’„‟«»]")
_STRAY = re.compile(r"^\s|\s$|\S[ \t]{2,}|[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08]")
_VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
_ENOUGH_WORDS = 4


def _empty(subject: Subject) -> Iterator[Hit]:
    for path, sentence in sentences(subject.questionnaire):
        if not sentence.strip():
            yield Hit(path=path, details={"lang": path[-1]})


def _decomposed(subject: Subject) -> Iterator[Hit]:
    # The reader stores NFC, so a file's own letters can only be seen in its raw text.
    for number, line in enumerate((subject.raw or "").splitlines(), start=1):
        if not unicodedata.is_normalized("NFC", line):
            yield Hit(line=number, details={"sample": _first_decomposed(line)})
    for path, sentence in sentences(subject.questionnaire):
        if not unicodedata.is_normalized("NFC", sentence):
            yield Hit(path=path, details={"sample": _first_decomposed(sentence)})


def _first_decomposed(line: str) -> str:
    return next(word for word in line.split() if not unicodedata.is_normalized("NFC", word))


def _quotes(subject: Subject) -> Iterator[Hit]:
    for path, sentence in labels(subject.questionnaire):
        if found := _QUOTES.search(sentence):
            yield Hit(path=path, details={"sign": found.group()})


def _stray(subject: Subject) -> Iterator[Hit]:
    for path, sentence in sentences(subject.questionnaire):
        if sentence.strip() and _STRAY.search(sentence):
            yield Hit(path=path)


def _untranslated(subject: Subject) -> Iterator[Hit]:
    for path, sentence in labels(subject.questionnaire):
        if path[-1] == "en" and _VIETNAMESE.search(sentence):
            yield Hit(path=path, details={"sentence": sentence})


def _unaccented(subject: Subject) -> Iterator[Hit]:
    for path, sentence in labels(subject.questionnaire):
        if path[-1] == "vi" and len(sentence.split()) >= _ENOUGH_WORDS and sentence.isascii():
            yield Hit(path=path, details={"sentence": sentence})


RULES = (
    Rule(
        code="Q201",
        family="translation",
        severity="error",
        message=Text(
            vi="Thiếu câu bằng ngôn ngữ “{lang}”.", en="The sentence in language “{lang}” is empty."
        ),
        remedy=Text(
            vi="Điền câu: người trả lời sẽ chỉ thấy dấu gạch.",
            en="Fill it in: a respondent would see a bare dash.",
        ),
        check=_empty,
    ),
    Rule(
        code="Q202",
        family="translation",
        severity="error",
        message=Text(
            vi="Chữ có dấu ở dạng tổ hợp (NFD): “{sample}”.",
            en="Accents stored apart from letters (NFD): “{sample}”.",
        ),
        remedy=Text(
            vi="Lưu lại tệp với Unicode dựng sẵn (NFC), nếu không tìm kiếm và so sánh sẽ sai.",
            en="Save the file as composed Unicode (NFC); otherwise searches and comparisons fail.",
        ),
        check=_decomposed,
    ),
    Rule(
        code="Q203",
        family="translation",
        severity="warning",
        message=Text(vi="Nhãn có dấu nháy cong {sign}.", en="The label has a typographic quote {sign}."),
        remedy=Text(
            vi="Dùng nháy thẳng hoặc bỏ nháy: công cụ tạo biểu mẫu sẽ tự thay.",
            en="Use straight quotes or none: form tools rewrite them without a word.",
        ),
        check=_quotes,
    ),
    Rule(
        code="Q204",
        family="translation",
        severity="warning",
        message=Text(
            vi="Câu có khoảng trắng thừa hoặc ký tự ẩn.",
            en="The sentence has stray blanks or invisible characters.",
        ),
        remedy=Text(
            vi="Xóa khoảng trắng thừa, gõ lại câu.", en="Delete the blanks; type the sentence again."
        ),
        check=_stray,
    ),
    Rule(
        code="Q205",
        family="translation",
        severity="warning",
        message=Text(
            vi="Câu tiếng Anh còn chữ tiếng Việt: {sentence}",
            en="The English sentence is still Vietnamese: {sentence}",
        ),
        remedy=Text(vi="Dịch câu.", en="Translate it."),
        check=_untranslated,
    ),
    Rule(
        code="Q206",
        family="translation",
        severity="warning",
        message=Text(
            vi="Câu tiếng Việt không có dấu: {sentence}",
            en="The Vietnamese sentence has no accents: {sentence}",
        ),
        remedy=Text(vi="Gõ tiếng Việt có dấu.", en="Type it with its accents."),
        check=_unaccented,
    ),
)
