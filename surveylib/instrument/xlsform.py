"""A questionnaire as an XLSForm workbook: what ODK, Kobo and other form servers take, and what researchers
may edit and bring back by `instrument.xlsform_read`.

The sheets ``survey``, ``choices`` and ``settings`` are the form. The others hold what forms have no place for
(criteria, indices, bounds …), one row a noun; form servers pass them over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from surveylib.errors import SurveyError
from surveylib.instrument.fill import fill_words
from surveylib.instrument.noun_cells import headers, to_cells
from surveylib.instrument.workbook import Sheet, workbook_bytes
from surveylib.instrument.xlsform_answers import constraint, constraint_message, question_type
from surveylib.instrument.xlsform_fieldwork import (
    GROUP,
    LISTS,
    MUST,
    TITLE,
    UNIT_TYPE,
    fieldwork_choices,
    fieldwork_rows,
    piped,
)
from surveylib.instrument.xlsform_findings import finding
from surveylib.instrument.xlsform_scores import asked_everywhere, score_rows
from surveylib.instrument.xpath import reference, to_xpath
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Item, Questionnaire, Scale, Section
from surveylib.model.setting import Setting
from surveylib.model.text import LANGS, Lang, Text

LANGUAGES: dict[Lang, str] = {"vi": "Tiếng Việt (vi)", "en": "English (en)"}
NAMESPACE = 'surveylib="urn:surveylib:questionnaire"'
BIND = "bind::surveylib:"
CRITERION = BIND + "criterion"
IN_COLUMNS = ("id", "text", "note", "required", "section", "criteria")
NOUN_SHEETS = ("criteria", "sections", "words", "indices", "outcomes", "profiles")
NOTICE, SECTION, SECTION_NOTE = "notice", "section_", "note_"
_SURVEY = (
    *("type", "name", "label", "hint", "required", "required_message", "relevant", "constraint"),
    *("constraint_message", "calculation", "appearance", CRITERION),
)
_CHOICES = ("list_name", "name", "label", "off_scale", "type", "place")
Row = Mapping[str, str | Text]
_UNKNOWN = Setting()


def xlsform(
    questionnaire: Questionnaire, *, setting: Setting = _UNKNOWN
) -> tuple[bytes, tuple[Finding, ...]]:
    """The workbook, and what it could not carry.

    Vietnamese is the default language. Blank answers behave as in `grammar`: skip rules, bounds and scores
    agree with `instrument.score`. Codes off the scale stand after those of the scale as plain choices, never
    as points of a row. The same questionnaire and setting give the same bytes.

    Raises
    ------
    SurveyError
        If two rows of the form would bear one name, a skip rule cannot be written as XPath, or a text does
        not fit into a cell.
    """
    findings = tuple(_not_carried(questionnaire, setting))
    for unit in setting.units if setting.unit is not None else ():
        questionnaire = fill_words(questionnaire, unit_type=unit.type, place=unit.place)
    survey = [*_survey(questionnaire, setting)]
    _check_names(survey)
    choices = [*fieldwork_choices(questionnaire, setting), *_choices(questionnaire)]
    sheets = [
        _sheet("survey", _SURVEY, survey, questionnaire),
        _sheet("choices", _CHOICES, choices, questionnaire),
        _sheet("settings", (), [_settings(questionnaire)], questionnaire),
        *_noun_sheets(questionnaire),
    ]
    return workbook_bytes(sheets), findings


def asked(item: Item) -> str:
    """When `item` is asked, as XPath: in units of its types, and where its skip rule holds; "" for always."""
    parts = []
    if not asked_everywhere(item):
        tests = [f"{reference(UNIT_TYPE)} = '{name}'" for name in item.applies_to]
        parts.append(f"({' or '.join(tests)})" if len(tests) > 1 else tests[0])
    if item.relevance is not None:
        rule = to_xpath(item.relevance, where=f"item {item.id}, ask_if")
        parts.append(f"({rule})" if parts else rule)
    return " and ".join(parts)


def _survey(questionnaire: Questionnaire, setting: Setting) -> Iterator[Row]:
    yield {"type": "start", "name": "start"}
    yield {"type": "end", "name": "end"}
    yield {"type": "begin_group", "name": GROUP, "label": TITLE, "appearance": "field-list"}
    yield from fieldwork_rows(questionnaire, setting)
    yield {"type": "end_group", "name": GROUP}
    yield {"type": "note", "name": NOTICE, "label": piped(questionnaire.notice)}
    sections = {section.id: section for section in questionnaire.sections}
    scales = {scale.id: scale for scale in questionnaire.scales}
    wholes = {item.id: item for item in fill_words(questionnaire).items}  # messages pipe no words
    for name, items in groupby(questionnaire.items, key=lambda item: item.section):
        rows = [_question(item, scales[item.scale], whole=wholes.get(item.part_of)) for item in items]
        yield from rows if name is None else _page(sections[name], rows)
    yield from score_rows(questionnaire, asked=asked)


def _page(section: Section, rows: list[Row]) -> Iterator[Row]:
    title = piped(section.title)
    group = SECTION + section.id
    yield {"type": "begin_group", "name": group, "label": title, "appearance": "field-list"}
    if section.note is not None:
        note = piped(section.note)
        yield {"type": "note", "name": SECTION_NOTE + section.id, "label": note}
    yield from rows
    yield {"type": "end_group", "name": group}


def _question(item: Item, scale: Scale, *, whole: Item | None) -> Row:
    row: dict[str, str | Text] = {
        "type": question_type(scale),
        "name": item.id,
        "label": piped(item.text),
        "relevant": asked(item),
        "constraint": constraint(scale, part_of=item.part_of),
        "appearance": "multiline" if scale.kind == "text" else "",
        CRITERION: " ".join(item.criteria),
    }
    row |= {"hint": piped(item.note)} if item.note is not None else {}
    row |= MUST if item.required else {}
    message = constraint_message(scale, whole=whole)
    row |= {"constraint_message": message} if message is not None else {}
    return row | {BIND + name: cell for name, cell in to_cells(item, leave=IN_COLUMNS).items()}


def _choices(questionnaire: Questionnaire) -> Iterator[Row]:
    for scale in questionnaire.scales:
        if scale.id in LISTS and scale.choices:
            raise SurveyError(
                "a scale bears the name of a list of the form",
                where=f"scale {scale.id}",
                expected="none of " + ", ".join(LISTS),
            )
        for off, choices in (("", scale.choices), ("yes", scale.off_scale)):
            for choice in choices:
                text = piped(apart(choice.text) if off else choice.text)
                yield {"list_name": scale.id, "name": str(choice.code), "label": text, "off_scale": off}


def apart(text: Text) -> Text:
    """The words of a code off the scale as forms set them apart: in italics, the one mark all clients know.

    >>> apart(Text(vi="Không áp dụng", en="Not applicable")).en
    '*Not applicable*'
    """
    return Text(vi=f"*{text.vi}*" if text.vi else "", en=f"*{text.en}*" if text.en else "")


def _settings(questionnaire: Questionnaire) -> Row:
    return {
        "form_id": questionnaire.id,
        "form_title": fill_words(questionnaire).title.get(questionnaire.languages[0]),
        "version": questionnaire.version,
        "default_language": LANGUAGES[questionnaire.languages[0]],
        "namespaces": NAMESPACE,
        "style": "pages",
    }


def _noun_sheets(questionnaire: Questionnaire) -> Iterator[Sheet]:
    shown = ("id", "version", "notice", "scales", "items", *NOUN_SHEETS)
    nouns = {"questionnaire": (to_cells(questionnaire, leave=shown),)}
    nouns["scales"] = tuple(to_cells(scale, leave=("choices", "off_scale")) for scale in questionnaire.scales)
    for name in NOUN_SHEETS:
        on_form = ("title", "note") if name == "sections" else ()
        nouns[name] = tuple(to_cells(noun, leave=on_form) for noun in getattr(questionnaire, name))
    for name, rows in nouns.items():
        if rows:
            yield Sheet(name=name, headers=headers(rows), rows=rows)


def _sheet(name: str, first: tuple[str, ...], rows: Iterable[Row], questionnaire: Questionnaire) -> Sheet:
    """Texts spread over one column a language; columns without any cell left out."""
    spread = [dict(_spread(row, questionnaire.languages)) for row in rows]
    order = [
        part
        for header in (*first, *headers(spread))
        for part in (header, *(f"{header}::{LANGUAGES[lang]}" for lang in questionnaire.languages))
    ]
    filled = headers(spread)
    return Sheet(
        name=name, headers=tuple(dict.fromkeys(part for part in order if part in filled)), rows=tuple(spread)
    )


def _spread(row: Row, languages: tuple[Lang, ...]) -> Iterator[tuple[str, str]]:
    for header, value in row.items():
        if isinstance(value, Text):
            yield from ((f"{header}::{LANGUAGES[lang]}", value.get(lang)) for lang in languages)
        elif value:
            yield header, value


def _check_names(rows: Iterable[Row]) -> None:
    seen = set()
    for row in rows:
        if row["type"] == "end_group":
            continue
        if row["name"] in seen:
            raise SurveyError(
                "two rows of the form would bear one name",
                where="sheet survey",
                got=str(row["name"]),
                hint="the form adds fields of its own (unit, wave, score_…, section_…): rename the item",
            )
        seen.add(row["name"])


def _not_carried(questionnaire: Questionnaire, setting: Setting) -> Iterator[Finding]:
    for section in questionnaire.sections:
        if section.randomise:
            yield finding("X101", where=f"section {section.id}")
    if setting.unit is not None and questionnaire.words:
        yield finding("X102", where=f"unit {setting.unit}")
    if set(questionnaire.languages) != set(LANGS):
        langs = ", ".join(questionnaire.languages)
        yield finding("X103", where=f"questionnaire {questionnaire.id}", fields={"langs": langs})
