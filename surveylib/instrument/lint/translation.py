"""Rules on the two languages: nothing empty, nothing untranslated, letters stored one way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.instrument.lint.texts import labels, sentences
from surveylib.model.questionnaire import PIPED
from surveylib.model.text import Text

_QUOTES = re.compile("[“”‘’„‟«»]")
_STRAY = re.compile(r"^\s|\s$|\S[ \t]{2,}|[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08]")
_VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
_ENOUGH_WORDS = 4
_NUMBER = re.compile(r"\d+")


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


def _pairs(subject: Subject) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """(path, Vietnamese, English) of every label; the path ends before the language."""
    halves = iter(labels(subject.questionnaire))
    for (path, vi), (_, en) in zip(halves, halves, strict=True):
        yield path[:-1], vi, en


def _copied(subject: Subject) -> Iterator[Hit]:
    for path, vi, en in _pairs(subject):
        if vi == en and len(vi.split()) >= _ENOUGH_WORDS:
            yield Hit(path=(*path, "en"), details={"sentence": en})


def _other_words(subject: Subject) -> Iterator[Hit]:
    for path, vi, en in _pairs(subject):
        if en.strip() and (odd := set(PIPED.findall(vi)) ^ set(PIPED.findall(en))):
            details = {"words": ", ".join(f"{{{word}}}" for word in sorted(odd))}
            yield Hit(path=(*path, "en"), details=details)


def _other_numbers(subject: Subject) -> Iterator[Hit]:
    for path, vi, en in _pairs(subject):
        numbers = [sorted(_NUMBER.findall(sentence)) for sentence in (vi, en)]
        if all(numbers) and numbers[0] != numbers[1]:
            details = {"vi": ", ".join(numbers[0]), "en": ", ".join(numbers[1])}
            yield Hit(path=(*path, "en"), details=details)


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
        example='text: {vi: "Giấy tờ đơn giản không?", en: ""}',
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
        example="{code: 5, text: {vi: Rất tốt, en: Very good}}",
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
        example='vi: "Tờ “mẫu” có đơn giản không?"',
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
        example='en: "How  simple?"',
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
        example='en: "Giấy tờ đơn giản không?"',
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
        example='vi: "Giay to don gian khong?"',
        check=_unaccented,
    ),
    Rule(
        code="Q207",
        family="translation",
        severity="warning",
        message=Text(
            vi="Hai ngôn ngữ giống hệt nhau: {sentence}", en="Both languages say the very same: {sentence}"
        ),
        remedy=Text(vi="Dịch câu.", en="Translate it."),
        example='vi: "How simple were these papers?"',
        check=_copied,
    ),
    Rule(
        code="Q208",
        family="translation",
        severity="error",
        message=Text(
            vi="Chữ thay theo đơn vị chỉ có ở một ngôn ngữ: {words}.",
            en="Words that differ with the unit stand in one language only: {words}.",
        ),
        remedy=Text(vi="Dùng cùng các chữ ấy ở cả hai câu.", en="Use the same words in both sentences."),
        example='vi: "{head} có đơn giản không?"',
        check=_other_words,
    ),
    Rule(
        code="Q209",
        family="translation",
        severity="warning",
        message=Text(
            vi="Số ở hai ngôn ngữ khác nhau: {vi} và {en}.",
            en="The numbers differ between the languages: {vi} and {en}.",
        ),
        remedy=Text(vi="Sửa số cho giống nhau.", en="Make them agree."),
        example='en: "How simple in the last 6 months?"',
        check=_other_numbers,
    ),
)
