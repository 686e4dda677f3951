"""A questionnaire as the data of its paper template: parts of a section, rows, rules in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Literal

from surveylib.grammar import parse
from surveylib.instrument.rule_words import rule_in_words
from surveylib.model.questionnaire import Choice, Item, Questionnaire, Scale
from surveylib.model.text import LANGS, Text

PaperLang = Literal["vi", "en", "both"]
Numbers = Mapping[str, int]
LINES = 3  # to write an open answer on
_BESIDE = 46  # letters of choices that find room beside the question
_GRID = 4  # points from which a scale is worth columns of its own
_LARGEST = 99999

HOW = Text(
    vi="Cách điền: dùng bút mực xanh hoặc đen, đánh dấu × hoặc tô kín một ô tròn ở mỗi câu (câu ghi “chọn "
    "các ô phù hợp” được chọn nhiều ô). Nếu đánh nhầm, gạch bỏ ô sai rồi đánh dấu ô đúng. Ô ngăn cách bằng "
    "vạch đứng là ô “không áp dụng”, “không biết”.",
    en="How to fill in: blue or black ink; mark × or fill one circle a question (several where it says so). "
    "If you err, strike the wrong circle out and mark the right one.",
)
SEALED = Text(
    vi="Điền xong, xin gấp phiếu và tự tay bỏ vào thùng niêm phong. Cán bộ của cơ quan được đánh giá không "
    "phát, không thu, không xem phiếu.",
    en="Please fold the form and put it into the sealed box yourself. Staff of the office neither hand out, "
    "collect nor see forms.",
)
SEVERAL = Text(vi="(chọn các ô phù hợp)", en="(mark all that apply)")
ONLY_IF = Text(vi="Chỉ trả lời nếu {rule}.", en="Answer only if {rule}.")
ELSE_TO = Text(
    vi="Nếu không, chuyển sang câu {number}.",
    en="Otherwise go to question {number}.",
)
ELSE_END = Text(vi="Nếu không, dừng tại đây.", en="Otherwise stop here.")
QUESTION = Text(vi="câu {number}", en="question {number}")
PAGE = Text(vi="Trang", en="Page")


def paper_data(questionnaire: Questionnaire, *, lang: PaperLang, unit: Text | None) -> dict:
    """What the template prints, every text a pair: as read, and its gloss ("" unless `lang` is both).

    The words that differ with the unit must be filled in already (`instrument.fill_words`).
    """
    numbers = {item.id: number for number, item in enumerate(questionnaire.items, 1)}
    sections = [
        {
            "title": _pair(section.title, lang),
            "note": section.note and _pair(section.note, lang),
            "parts": list(_parts(questionnaire, list(questionnaire.items_in(section.id)), numbers, lang)),
        }
        for section in questionnaire.sections
    ]
    if not sections:
        parts = list(_parts(questionnaire, list(questionnaire.items), numbers, lang))
        sections = [{"title": _pair(questionnaire.title, lang), "note": None, "parts": parts}]
    asked_of_people = questionnaire.instrument in ("C", "R", "S")
    return {
        "lang": lang,
        "title": _pair(questionnaire.title, lang),
        "unit": unit and _pair(unit, lang),
        "head": [_pair(HOW, lang)],
        "footer": [_pair(questionnaire.notice, lang), *([_pair(SEALED, lang)] if asked_of_people else [])],
        "page_words": _pair(PAGE, lang),
        "stamp": f"{questionnaire.id} {questionnaire.version}",
        "keywords": ["Libertinus Serif stands in for Times New Roman", questionnaire.version],
        "sections": sections,
    }


def _pair(text: Text, lang: PaperLang) -> list[str]:
    return [text.vi, text.en] if lang == "both" else [text.get(lang), ""]


def _parts(
    questionnaire: Questionnaire, items: list[Item], numbers: Numbers, lang: PaperLang
) -> Iterator[dict]:
    """Neighbours that share a scale and a rule stand in one grid; every other item is a part of its own."""
    before: str | None = None
    for (rule, name), run in groupby(items, key=lambda item: (item.ask_if, item.scale)):
        rows = list(run)
        scale = next(scale for scale in questionnaire.scales if scale.id == name)
        said = None if rule is None or rule == before else _rule(questionnaire, rule, rows[0], numbers, lang)
        before = rule
        if _columns(scale) and len(rows) > 1:
            made = [_row(item, scale, numbers, lang) for item in rows]
            heads = {name: [_head(one) for one in some] for name, some in _choices(scale, lang).items()}
            yield {"kind": "grid", "rule": said, "rows": made, **heads}
            continue
        for item in rows:
            yield {
                "kind": _kind(scale, lang),
                "rule": said,
                "rows": [_row(item, scale, numbers, lang) | _choices(scale, lang)],
            }
            said = None


def _columns(scale: Scale) -> bool:
    """Whether every point is worth a column: few points, all of them words."""
    points = (*scale.choices, *scale.off_scale)
    return (
        scale.kind in ("ordinal", "binary")
        and _GRID <= len(points) <= 7
        and max(len(word) for point in points for word in point.text.vi.split()) < 10
    )


def _kind(scale: Scale, lang: PaperLang) -> str:
    if scale.kind in ("number", "date"):
        return "digits"
    if scale.kind == "text":
        return "text"
    labels = [" ".join(_pair(choice.text, lang)) for choice in (*scale.choices, *scale.off_scale)]
    return "side" if sum(len(label) + 4 for label in labels) <= _BESIDE + 4 else "flow"


def _choices(scale: Scale, lang: PaperLang) -> dict[str, list[dict]]:
    def printed(choices: tuple[Choice, ...]) -> list[dict]:
        return [{"code": choice.code, "label": _pair(choice.text, lang)} for choice in choices]

    return {"choices": printed(scale.choices), "off": printed(scale.off_scale)}


def _head(choice: dict) -> dict:
    """The head of a column: its last two words stay together, so that no line holds one short word."""
    return choice | {
        "label": [re.sub(r"^(.* \S+) (\S+)$", "\\1\N{NO-BREAK SPACE}\\2", words) for words in choice["label"]]
    }


def _row(item: Item, scale: Scale, numbers: Numbers, lang: PaperLang) -> dict:
    text = item.text
    if scale.kind == "multiple":
        text = Text(vi=f"{text.vi} {SEVERAL.vi}", en=f"{text.en} {SEVERAL.en}")
    return {
        "id": item.id,
        "number": numbers[item.id],
        "text": _pair(text, lang),
        "note": item.note and _pair(item.note, lang),
        "boxes": _boxes(scale),
        "lines": LINES,
    }


def _boxes(scale: Scale) -> list[str]:
    """A box a digit, "" each; what stands between them as it is printed."""
    if scale.kind == "date":
        return ["", "", "/", "", "", "/", "", "", "", ""]
    return [""] * len(str(int(scale.maximum if scale.maximum is not None else _LARGEST)))


def _rule(
    questionnaire: Questionnaire, rule: str, first: Item, numbers: Numbers, lang: PaperLang
) -> list[str]:
    """The rule as a printed instruction, with numbers in place of ids and the number to go on at."""
    following = [item for item in questionnaire.items if numbers[item.id] > numbers[first.id]]
    onward = next((numbers[item.id] for item in following if item.ask_if != rule), None)
    parsed = parse(rule, where=f"item {first.id}, ask_if")
    said = {}
    for language in LANGS:
        words = rule_in_words(parsed, questionnaire=questionnaire, lang=language)
        for name in parsed.names:
            number = QUESTION.get(language).format(number=numbers[name])
            words = re.sub(rf"\b{name}\b(?![^“]*”)", number, words)
        goes_on = (ELSE_END if onward is None else ELSE_TO).get(language).format(number=onward)
        said[language] = f"{ONLY_IF.get(language).format(rule=words)} {goes_on}"
    return _pair(Text(**said), lang)
