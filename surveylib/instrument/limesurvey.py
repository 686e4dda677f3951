"""A questionnaire as LimeSurvey's tab-separated survey structure (.txt), which its import takes.

This format was chosen over .lss because it is the documented one: one row a group, question, choice; the
whole base language first, then the same rows in each further language.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from html import escape

from surveylib.errors import SurveyError
from surveylib.instrument.export_findings import finding
from surveylib.instrument.expression_script import to_script
from surveylib.instrument.fill import fill_words
from surveylib.instrument.rule_tree import rule_tree
from surveylib.instrument.workbook import after_blank
from surveylib.instrument.xlsform_answers import constraint_message
from surveylib.instrument.xpath import number
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import UNIT_TYPES, Item, Questionnaire, Section
from surveylib.model.scale import Scale
from surveylib.model.setting import Setting
from surveylib.model.text import Lang, Text

LONGEST_CODE = 20
# Names of its own, and words of its expressions: a question called so is renamed, or breaks a rule.
_KEPT = ("self", "that", "this", "and", "or", "eq", "ne", "lt", "le", "gt", "ge")
COLUMNS = (
    *("id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language"),
    *("validation", "mandatory", "other", "default", "same_default"),
    *("hidden", "min_num_value_n", "max_num_value_n", "num_value_int_only", "date_min", "date_max"),
    *("exclude_all_others", "em_validation_q", "em_validation_q_tip", "random_group"),
)
_TYPES = {"number": "N", "multiple": "M", "date": "D", "text": "T"}
_WHERE = Text(vi="Nơi thu phiếu", en="Where the form is filled in")
_UNIT, _WAVE = Text(vi="Mã đơn vị", en="Id of the unit"), Text(vi="Mã đợt", en="Id of the wave")
_UNKNOWN = Setting()
_ENTITIES = {ord("{"): "&#123;", ord("}"): "&#125;", ord('"'): "&quot;", ord("\\"): "&#92;"}
Row = dict[str, str]


def limesurvey(
    questionnaire: Questionnaire, *, setting: Setting = _UNKNOWN
) -> tuple[bytes, tuple[Finding, ...]]:
    """The file, and what it could not carry. The same questionnaire and setting give the same bytes.

    Questions bear the ids of the items without underscores, which LimeSurvey keeps for itself; the fields
    ``unit`` and ``wave`` come first. Codes off the scale stand last among the choices; of a number they are
    admitted beside its bounds.

    Raises
    ------
    SurveyError
        If two items would bear one code, a code of a scale is negative, or a skip rule cannot be translated.
    """
    findings = tuple(_not_carried(questionnaire, setting))
    types = UNIT_TYPES
    for unit in setting.units if setting.unit is not None else ():
        questionnaire = fill_words(questionnaire, unit_type=unit.type, place=unit.place)
        types = (unit.type,)
    form = _Form(fill_words(questionnaire), types)
    rows = [*_survey(form.questionnaire)]
    for lang in form.questionnaire.languages:
        rows += [*_place(setting, lang), *form.rows(lang)]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="", delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: after_blank(cell) for name, cell in row.items()} for row in rows)
    # The mark at the beginning tells spreadsheets that the letters are UTF-8; the import drops it.
    return stream.getvalue().encode("utf-8-sig"), findings


class _Form:
    """The codes of all items, and the rows they make in one language."""

    def __init__(self, questionnaire: Questionnaire, types: tuple[str, ...]) -> None:
        self.questionnaire, self.types = questionnaire, types
        self.codes = _codes(questionnaire)
        self.numbers = {item.id: str(place) for place, item in enumerate(questionnaire.items, 3)}
        self.marks = {
            item.id: tuple(map(str, (*scale.codes, *scale.off_codes)))
            for item in questionnaire.items
            if (scale := questionnaire.scale_of(item.id)).kind == "multiple"
        }
        # The import makes up numbers for choices without one, beginning with 1; where that number is a
        # question's already, it drops the choice.
        marks = ((name, mark) for name, all_marks in self.marks.items() for mark in all_marks)
        self.mark_numbers = {mark: str(at) for at, mark in enumerate(marks, 3 + len(questionnaire.items))}

    def rows(self, lang: Lang) -> Iterator[Row]:
        parts: list[Section | None] = [*self.questionnaire.sections, None]
        group = 1
        for section in parts:
            items = list(self.questionnaire.items_in(section.id if section else None))
            if not items:
                continue
            group += 1
            title = section.title if section else self.questionnaire.title
            note = section.note if section else None
            yield _group(group, title, note, lang)
            for item in items:
                yield from self._item(item, lang)

    def _item(self, item: Item, lang: Lang) -> Iterator[Row]:
        scale = self.questionnaire.scale_of(item.id)
        row = {
            "id": self.numbers[item.id],
            "class": "Q",
            "type/scale": _TYPES.get(scale.kind, "L"),
            "name": self.codes[item.id],
            "relevance": self._relevance(item),
            "text": _html(item.text, lang),
            "help": _html(item.note, lang) if item.note else "",
            "language": lang,
            "mandatory": "Y" if item.required else "N",
            "other": "N",
        }
        yield row | self._bounds(item, scale, lang)
        for choice in (*scale.choices, *scale.off_scale) if scale.choices else ():
            name = str(choice.code)
            one = {"class": "A", "id": row["id"]}
            if scale.kind == "multiple":
                one = {"class": "SQ", "id": self.mark_numbers[item.id, name]}
            yield one | {"type/scale": "0", "name": name, "text": _html(choice.text, lang), "language": lang}

    def _bounds(self, item: Item, scale: Scale, lang: Lang) -> Row:
        """What the scale bounds, and the whole of which a count is a part."""
        row = _limits(scale, lang)
        if item.part_of is None:
            return row
        whole = f"{self.codes[item.part_of]}.NAOK"
        free = [f"is_empty({name})" for name in ("this.NAOK", whole)]
        free += [f"{name} == {code}" for name in ("this.NAOK", whole) for code in scale.off_codes]
        test = " || ".join([*free, f"this.NAOK <= {whole}"])
        known = row.get("em_validation_q")
        message = constraint_message(scale, whole=self.questionnaire.item(item.part_of))
        return row | {
            "em_validation_q": f"({known}) && ({test})" if known else test,
            "em_validation_q_tip": _html(message, lang),
        }

    def _relevance(self, item: Item) -> str:
        if not set(self.types) & set(item.applies_to):
            return "0"
        if item.relevance is None:
            return "1"
        where = f"item {item.id}, ask_if"
        made = to_script(rule_tree(item.relevance, where=where), codes=self.codes, marks=self.marks)
        if set(made) & set("\\{}"):
            raise SurveyError(
                "LimeSurvey cannot read a text that a rule compares with",
                where=where,
                expected="text without braces, backslashes and quotation marks",
                got=item.relevance.text,
            )
        return made


def _survey(questionnaire: Questionnaire) -> Iterator[Row]:
    first, *others = questionnaire.languages
    settings = {"language": first, "additional_languages": " ".join(others), "format": "G"}
    for name, text in (settings | {"anonymized": "Y", "questionindex": "0"}).items():
        yield {"class": "S", "name": name, "text": text}
    for lang in questionnaire.languages:
        texts = {"surveyls_title": questionnaire.title, "surveyls_welcometext": questionnaire.notice}
        for name, text in texts.items():
            yield {"class": "SL", "name": name, "text": _html(text, lang), "language": lang}


def _place(setting: Setting, lang: Lang) -> Iterator[Row]:
    """The unit and the wave: carried where they are known, else asked as text."""
    yield _group(1, _WHERE, None, lang)
    for place, (name, label, known) in enumerate(
        (("unit", _UNIT, setting.unit), ("wave", _WAVE, setting.wave)), 1
    ):
        row = {"id": str(place), "class": "Q", "name": name, "relevance": "1", "language": lang, "other": "N"}
        if known is None:
            yield row | {"type/scale": "S", "text": _html(label, lang), "mandatory": "Y"}
        else:
            yield row | {"type/scale": "*", "text": known, "mandatory": "N", "hidden": "1"}


def _group(group: int, title: Text, note: Text | None, lang: Lang) -> Row:
    made = {"id": str(group), "class": "G", "type/scale": str(group), "name": _html(title, lang)}
    return made | {"relevance": "1", "text": _html(note, lang) if note else "", "language": lang}


def _limits(scale: Scale, lang: Lang) -> Row:
    """Bounds and exclusive marks in LimeSurvey's attributes."""
    if scale.kind == "multiple":
        alone = [str(code) for code in (*scale.codes, *scale.off_codes) if code in _exclusive(scale)]
        return {"exclude_all_others": ";".join(alone)}
    if scale.kind == "date":
        days = {"date_min": scale.earliest, "date_max": scale.latest}
        return {name: day.isoformat() for name, day in days.items() if day is not None}
    if scale.kind != "number":
        return {}
    whole = {"num_value_int_only": "1"} if scale.integer else {}
    limits = {"min_num_value_n": scale.minimum, "max_num_value_n": scale.maximum}
    bounds = {name: number(limit) for name, limit in limits.items() if limit is not None}
    if not (scale.off_codes and bounds):
        return whole | bounds
    tests = [f"this.NAOK {sign} {bound}" for sign, bound in zip((">=", "<="), bounds.values(), strict=False)]
    if scale.minimum is None:
        tests = [f"this.NAOK <= {bounds['max_num_value_n']}"]
    inside = " || ".join([f"({' && '.join(tests)})", *(f"this.NAOK == {code}" for code in scale.off_codes)])
    message = constraint_message(scale)
    tip = _html(message, lang) if message else ""
    return whole | {"em_validation_q": f"is_empty(this.NAOK) || {inside}", "em_validation_q_tip": tip}


def _exclusive(scale: Scale) -> set[int]:
    return {*scale.alone, *scale.off_codes}


def _codes(questionnaire: Questionnaire) -> dict[str, str]:
    """What LimeSurvey calls every item: letters and digits, at most 20."""
    made: dict[str, str] = {}
    taken = {"unit": "unit", "wave": "wave"}
    for item in questionnaire.items:
        scale = questionnaire.scale_of(item.id)
        code = item.id.replace("_", "")[:LONGEST_CODE]
        if code in _KEPT:
            raise SurveyError("LimeSurvey keeps this word for itself", where=f"item {item.id}", got=code)
        if code in taken:
            raise SurveyError(
                "two questions would bear one code in LimeSurvey",
                where=f"item {item.id}",
                got=f"{code}, as {taken[code]}",
                expected=f"ids that differ in their first {LONGEST_CODE} letters and digits",
            )
        if any(number < 0 for number in (*scale.codes, *scale.off_codes)) and scale.choices:
            raise SurveyError("LimeSurvey's codes are not negative", where=f"scale {scale.id}")
        made[item.id] = taken[code] = code
    return made


def _html(text: Text, lang: Lang) -> str:
    """The text as LimeSurvey reads it: HTML in which braces would begin an expression.

    Its import drops quotation marks round a cell, and takes what follows a backslash for text.
    """
    made = escape(text.get(lang), quote=False).translate(_ENTITIES)
    return made.replace("\r\n", "\n").replace("\n", "<br />").replace("\t", " ")


def _not_carried(questionnaire: Questionnaire, setting: Setting) -> Iterator[Finding]:
    for item in questionnaire.items:
        code = item.id.replace("_", "")
        if len(code) > LONGEST_CODE:
            yield finding("X411", where=f"item {item.id}", fields={"kept": code[:LONGEST_CODE]})
    apart = [item.id for item in questionnaire.items if set(item.applies_to) != set(UNIT_TYPES)]
    if setting.unit is None and apart:
        yield finding("X414", where=f"questionnaire {questionnaire.id}", fields={"items": ", ".join(apart)})
    for section in questionnaire.sections:
        if section.randomise:
            yield finding("X413", where=f"section {section.id}")
    if setting.unit is None and questionnaire.words:
        yield finding("X412", where=f"questionnaire {questionnaire.id}")
