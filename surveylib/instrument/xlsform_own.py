"""A workbook that `instrument.xlsform` wrote, perhaps edited since, read back cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from surveylib import documents
from surveylib.instrument.fill import fill_words
from surveylib.instrument.noun_cells import from_cells
from surveylib.instrument.workbook_read import Line
from surveylib.instrument.xlsform import (
    BIND,
    CRITERION,
    LANGUAGES,
    NOTICE,
    SECTION,
    SECTION_NOTE,
    asked,
)
from surveylib.instrument.xlsform_answers import constraint, question_type
from surveylib.instrument.xlsform_bounds import read_bounds
from surveylib.instrument.xlsform_fieldwork import GROUP, LISTS, UNIT_TYPE
from surveylib.instrument.xlsform_findings import finding
from surveylib.instrument.xlsform_scores import PREFIX
from surveylib.instrument.xpath_read import Unreadable, read_xpath
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import (
    Choice,
    Criterion,
    Index,
    Item,
    Outcome,
    Profile,
    Questionnaire,
    Scale,
    Section,
    Word,
)
from surveylib.model.text import Lang

Noun = TypeVar("Noun")
Sheets = Mapping[str, tuple[Line, ...]]
_NOUNS = {"criteria": Criterion, "words": Word, "indices": Index, "outcomes": Outcome, "profiles": Profile}
_WORD = re.compile(r"\$\{word_([a-z0-9_]+)_(?:vi|en)\}")
_SELECT = re.compile(r"^select_(one|multiple)\s+(\S+)$")
_KINDS = {"integer": "number", "decimal": "number", "text": "text", "date": "date"}
_OURS = re.compile(rf"^({PREFIX}|word_)")
_WHOLE = re.compile(r"-?\d{1,9}")
_ITALIC = re.compile(r"^\*(.*)\*$", re.DOTALL)
_QUIET = {"start", "end", "today"}


def own_questionnaire(sheets: Sheets, *, where: str) -> tuple[Questionnaire, tuple[Finding, ...]]:
    """The questionnaire in the sheets, and the edits that could not be read.

    Texts, order, skip rules, choices, marks of items and everything on the sheets of nouns are taken as they
    stand now. A new question brings its scale with it.

    Raises
    ------
    SurveyError
        If a cell holds what its field cannot be, naming sheet and line.
    """
    reader = _Own(sheets, where)
    return reader.questionnaire(), tuple(reader.findings)


class _Own:
    """One workbook while it is read: findings gather as its rows go by."""

    def __init__(self, sheets: Sheets, where: str) -> None:
        self.sheets, self.where = sheets, where
        self.findings: list[Finding] = []
        self.scales = {scale.id: scale for scale in self.read_scales()}
        self.texts: dict[str, Line] = {}  # rows that carry the words of sections and of the notice
        self.sections: dict[str, None] = {}

    def questionnaire(self) -> Questionnaire:
        settings = self.first("settings")
        items = tuple(self.items())
        head = from_cells(self.first("questionnaire"), Questionnaire)
        document = {
            **head,
            "id": settings.get("form_id"),
            "version": settings.get("version"),
            "notice": self.text(self.texts[NOTICE].cells, "label") if NOTICE in self.texts else None,
            "scales": tuple(self.scales.values()),
            "items": items,
            "sections": tuple(self.read_sections()),
            **{name: tuple(self.nouns(name, noun)) for name, noun in _NOUNS.items()},
        }
        made = documents.build(document, Questionnaire, where=self.where)
        self.compare_title(made, settings.get("form_title", ""))
        return made

    def first(self, sheet: str) -> dict[str, str]:
        lines = self.sheets.get(sheet, ())
        return lines[0].cells if lines else {}

    def nouns(self, sheet: str, noun: type[Noun]) -> Iterator[Noun]:
        for line in self.sheets.get(sheet, ()):
            yield self.build(from_cells(line.cells, noun), noun, sheet, line)

    def build(self, document: Mapping[str, Any], noun: type[Noun], sheet: str, line: Line) -> Noun:
        return documents.build(document, noun, where=f"{self.where}, sheet {sheet}, line {line.number}")

    def text(self, cells: Mapping[str, str], column: str) -> dict[Lang, str]:
        """The words of a row in every language, fields of piped words as they stand in a questionnaire."""
        found = {lang: cells.get(f"{column}::{name}", "") for lang, name in LANGUAGES.items()}
        return {lang: _WORD.sub(r"{\1}", words) for lang, words in found.items()}

    def read_scales(self) -> Iterator[Scale]:
        lists: dict[str, list[Line]] = {}
        for line in self.sheets.get("choices", ()):
            lists.setdefault(line.cells.get("list_name", ""), []).append(line)
        for line in self.sheets.get("scales", ()):
            document = from_cells(line.cells, Scale)
            document |= self.read_choices(lists.pop(document.get("id", ""), []))
            yield self.build(document, Scale, "scales", line)
        for name, lines in lists.items():
            if name not in LISTS:
                document = {"id": name, "kind": "choice", **self.read_choices(lines)}
                yield self.build(document, Scale, "choices", lines[0])

    def read_choices(self, lines: list[Line]) -> dict[str, list[Choice]]:
        made: dict[str, list[Choice]] = {"choices": [], "off_scale": []}
        for line in lines:
            words = self.text(line.cells, "label")
            if off := line.cells.get("off_scale", "").lower() in ("yes", "true"):
                words = {lang: _ITALIC.sub(r"\1", text) for lang, text in words.items()}
            name = line.cells.get("name", "")
            document = {"code": int(name) if _WHOLE.fullmatch(name) else name, "text": words}
            made["off_scale" if off else "choices"].append(self.build(document, Choice, "choices", line))
        return {name: choices for name, choices in made.items() if choices}

    def items(self) -> Iterator[Item]:
        path: list[str] = []
        for line in self.sheets.get("survey", ()):
            kind, name = line.cells.get("type", ""), line.cells.get("name", "")
            if kind.replace(" ", "_") in ("begin_group", "end_group"):
                path = [*path, name] if kind.startswith("begin") else path[:-1]
                if kind.startswith("begin") and name != GROUP:
                    section = name.removeprefix(SECTION)
                    self.sections[section], self.texts[SECTION + section] = None, line
            elif GROUP not in path:
                yield from self.row(line, kind, name, path)

    def row(self, line: Line, kind: str, name: str, path: list[str]) -> Iterator[Item]:
        place = f"{self.where}, sheet survey, line {line.number}"
        if kind == "note" and (name == NOTICE or name.startswith(SECTION_NOTE)):
            self.texts[name] = line
        elif _SELECT.match(kind) or kind in _KINDS:
            yield self.item(line, kind, name, path, place)
        elif kind not in _QUIET and not (kind == "calculate" and _OURS.match(name)):
            self.findings.append(finding("X302", where=place, fields={"kind": kind}))

    def item(self, line: Line, kind: str, name: str, path: list[str], place: str) -> Item:
        cells = line.cells
        marks = {
            header.removeprefix(BIND): cell
            for header, cell in cells.items()
            if header.startswith(BIND) and header != CRITERION
        }
        note = self.text(cells, "hint")
        document = {
            **from_cells(marks, Item),
            "id": name,
            "text": self.text(cells, "label"),
            "scale": self.scale(kind, name, marks, cells, place),
            "criteria": cells.get(CRITERION, "").split(),
            "required": cells.get("required", "").lower() in ("yes", "true", "true()"),
            **({"note": note} if any(note.values()) else {}),
            **({"section": path[-1].removeprefix(SECTION)} if path else {}),
        }
        return self.asked(self.build(document, Item, "survey", line), cells.get("relevant", ""), place)

    def scale(
        self, kind: str, name: str, marks: Mapping[str, str], cells: Mapping[str, str], place: str
    ) -> str:
        """The id of the row's scale; a new one is made for a question that names none."""
        if listed := _SELECT.match(kind):
            return listed[2]
        known = marks.get("scale")
        scale = self.scales.get(known or "")
        if scale is None:
            bounds = read_bounds(cells.get("constraint", ""), kind)
            whole = {"integer": True} if kind == "integer" else {}
            scale = Scale(id=known or name.upper(), kind=_KINDS[kind], **whole, **(bounds or {}))
            self.scales[scale.id] = scale
            edited = [("constraint", bounds is None)]
        else:
            edited = [
                ("type", question_type(scale) != kind),
                (
                    "constraint",
                    constraint(scale, part_of=marks.get("part_of")) != cells.get("constraint", ""),
                ),
            ]
        for column, changed in edited:
            if changed:
                fields = {"column": column, "sheet": "scales"}
                self.findings.append(finding("X310", where=place, fields=fields))
        return scale.id

    def asked(self, item: Item, relevant: str, place: str) -> Item:
        """The item with the skip rule of its row: as it was written where nothing changed, else read anew."""
        if relevant == asked(item):
            return item
        types = asked(replace(item, ask_if=None))
        rest = relevant.removeprefix(types).removeprefix(" and ") if types else relevant
        if UNIT_TYPE in rest or (types and rest == relevant):
            fields = {"column": "relevant", "sheet": f"survey, {BIND}applies_to"}
            self.findings.append(finding("X310", where=place, fields=fields))
        try:
            return replace(item, ask_if=read_xpath(rest, names=_Names(self)) if rest else None)
        except Unreadable as error:
            self.findings.append(finding("X303", where=place, fields={"text": error.got}))
            return replace(item, ask_if=None)

    def read_sections(self) -> Iterator[Section]:
        kept = {line.cells.get("id"): line for line in self.sheets.get("sections", ())}
        for name in self.sections:
            row = self.texts[SECTION + name]
            document = from_cells(kept[name].cells, Section) if name in kept else {"id": name}
            document["title"] = self.text(row.cells, "label")
            if SECTION_NOTE + name in self.texts:
                document["note"] = self.text(self.texts[SECTION_NOTE + name].cells, "label")
            yield self.build(document, Section, "survey", row)

    def compare_title(self, made: Questionnaire, title: str) -> None:
        if title != fill_words(made).title.get(made.languages[0]):
            fields = {"column": "form_title", "sheet": "questionnaire"}
            self.findings.append(finding("X310", where=f"{self.where}, sheet settings", fields=fields))


class _Names:
    """The questions of the workbook, as `read_xpath` asks about them."""

    def __init__(self, own: _Own) -> None:
        self.scales = own.scales
        self.scale_of = {
            line.cells["name"]: own.scales.get(
                line.cells["type"].partition(" ")[2] or line.cells.get(f"{BIND}scale", "")
            )
            for line in own.sheets.get("survey", ())
            if {"name", "type"} <= set(line.cells)
        }

    def rename(self, name: str) -> str:
        if name not in self.scale_of:
            raise Unreadable("a skip rule reads a question that does not exist", got=name)
        return name

    def code(self, name: str, text: str) -> int:
        if not re.fullmatch(r"-?\d+", text):
            raise Unreadable(
                "a skip rule compares with something that is no code", got=f"{name} with {text!r}"
            )
        return int(text)

    def codes(self, name: str) -> tuple[int, ...]:
        scale = self.scale_of.get(name)
        return (*scale.codes, *scale.off_codes) if scale else ()

    def multiple(self, name: str) -> bool:
        scale = self.scale_of.get(name)
        return scale is not None and scale.kind == "multiple"
