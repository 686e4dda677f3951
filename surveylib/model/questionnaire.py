"""The questionnaire: criteria of the plan, scales, items, indices."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from surveylib.errors import SurveyError, unknown
from surveylib.grammar import Expression, parse
from surveylib.model.identifier import check_id, check_once
from surveylib.model.scale import Choice, Scale
from surveylib.model.score import Index, Outcome, Profile
from surveylib.model.text import LANGS, Text

__all__ = [
    "PLACES",
    "UNIT_TYPES",
    "Choice",
    "Criterion",
    "Index",
    "Item",
    "Outcome",
    "Place",
    "Profile",
    "Questionnaire",
    "Scale",
    "Section",
    "UnitType",
    "Word",
    "check_id",
]

UnitType = Literal["LG", "OD", "OV"]
UNIT_TYPES: tuple[UnitType, ...] = ("LG", "OD", "OV")
Place = Literal["ward", "township", "commune"]
PLACES: tuple[Place, ...] = ("ward", "township", "commune")
PIPED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One of the plan's criteria, tied to its sentence there.

    `quote_hash` is the SHA-256 of the sentence in the plan (NFC, white space folded); `group` is a, b, c or
    d. `other_evidence` names what else must be looked at before the criterion can be judged.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    group: str
    text: Text
    quote_hash: str
    supported_by_clients: Literal["primary", "with_records", "awareness_only", "no"]
    other_evidence: Text | None = None

    def __post_init__(self) -> None:
        check_id("criterion", self.id)
        if not re.fullmatch(r"[0-9a-f]{64}", self.quote_hash):
            raise SurveyError(
                "quote_hash is not a SHA-256", where=f"criterion {self.id}", got=repr(self.quote_hash)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A page of the form: its items stand together. With `randomise`, a form that can do so asks them in an
    order drawn for each respondent."""

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    title: Text
    note: Text | None = None
    randomise: bool = False

    def __post_init__(self) -> None:
        check_id("section", self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word that differs with the unit, written ``{id}`` in the texts.

    `text` stands where the unit is not known; `variants` name a place (``ward``, ``township``, ``commune``)
    or a type of unit, and the place comes first. `instrument.fill_words` puts them in.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    text: Text
    variants: dict[Place | UnitType, Text] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id("word", self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question.

    `role` says why it is asked: for a criterion, as an anchor kept word for word in every wave, as a
    covariate, as open text, or because whoever collects the form notes it (`process`: mode, collector,
    visit). `meaning_version` changes when the question means something else (a new series); `text_version`
    when only its wording does. A count that is `part_of` another ("of these, the number …") cannot exceed it:
    forms do not let it pass, and checks of the data name it.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    text: Text
    scale: str
    role: Literal["criterion", "anchor", "covariate", "open", "process"] = "criterion"
    criteria: tuple[str, ...] = ()
    primary_for: tuple[str, ...] = ()
    applies_to: tuple[UnitType, ...] = UNIT_TYPES
    ask_if: str | None = None
    required: bool = True
    reversed: bool = False
    sensitive: bool = False
    personal: bool = False
    rare: bool = False
    maps: dict[str, str] = field(default_factory=dict)
    meaning_version: int = 1
    text_version: int = 1
    note: Text | None = None
    section: str | None = None
    part_of: str | None = None

    def __post_init__(self) -> None:
        check_id("item", self.id)
        if not self.applies_to:
            raise SurveyError("item applies to no unit type", where=f"item {self.id}")
        if self.ask_if is not None:
            parse(self.ask_if, where=f"item {self.id}, ask_if")

    @property
    def anchor(self) -> bool:
        return self.role == "anchor"

    @property
    def relevance(self) -> Expression | None:
        """The parsed skip rule, or None when the item is always asked."""
        return None if self.ask_if is None else parse(self.ask_if, where=f"item {self.id}, ask_if")


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """An instrument: what is asked, of whom, in which words.

    Construction checks what the noun cannot live without (unique ids, references that exist);
    `instrument.lint` says the rest. Where there are `sections`, every item is in one.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    instrument: Literal["C", "R", "S", "K", "A"]
    version: str
    title: Text
    notice: Text
    scales: tuple[Scale, ...]
    items: tuple[Item, ...]
    criteria: tuple[Criterion, ...] = ()
    sections: tuple[Section, ...] = ()
    words: tuple[Word, ...] = ()
    indices: tuple[Index, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    profiles: tuple[Profile, ...] = ()
    languages: tuple[Literal["vi", "en"], ...] = ("vi", "en")

    def __post_init__(self) -> None:
        check_id("questionnaire", self.id)
        for kind, nouns in (
            ("scale", self.scales),
            ("item", self.items),
            ("criterion", self.criteria),
            ("section", self.sections),
            ("word", self.words),
            ("index", self.indices),
            ("outcome or index", (*self.indices, *self.outcomes)),
            ("profile", self.profiles),
        ):
            check_once(kind, (noun.id for noun in nouns))
        self._check_items()
        self._check_sections()
        self._check_words()
        items = {item.id for item in self.items}
        for index in self.indices:
            for name in index.items:
                _known("item", name, items, f"index {index.id}")
        for outcome in self.outcomes:
            self._check_outcome(outcome, items)

    def _check_items(self) -> None:
        kinds = {scale.id: scale.kind for scale in self.scales}
        items = {item.id: item for item in self.items}
        criteria = {criterion.id for criterion in self.criteria}
        for item in self.items:
            place = f"item {item.id}"
            _known("scale", item.scale, kinds, place)
            for name in (*item.criteria, *item.primary_for):
                _known("criterion", name, criteria, place)
            if item.part_of is not None:
                self._check_part(item, items, kinds)
            marked = _marked(item.relevance) if item.relevance else ()
            for name in item.relevance.names if item.relevance else ():
                _known("item", name, items, f"{place}, ask_if")
                multiple = kinds.get(items[name].scale) == "multiple"
                if multiple != (name in marked):
                    raise SurveyError(
                        "a list of marks is asked for one code, and only such a list is",
                        where=f"{place}, ask_if",
                        expected=f"2 in {name}" if multiple else f"{name} == 2 or {name} in [2, 3]",
                        got=item.ask_if,
                    )

    def _check_part(self, item: Item, items: dict[str, Item], kinds: dict[str, str]) -> None:
        place = f"item {item.id}, part_of"
        _known("item", item.part_of, items, place)
        whole = items[item.part_of]
        if whole is item or kinds[item.scale] != "number" or whole.scale != item.scale:
            raise SurveyError(
                "a count is part of another count on the same scale",
                where=place,
                expected=f"an item on a scale of numbers, {item.scale}",
                got=f"{whole.id}, on scale {whole.scale}",
            )

    def _check_sections(self) -> None:
        if not self.sections and any(item.section is not None for item in self.items):
            raise SurveyError("an item names a section, but there are none", hint="declare `sections`")
        place, order = -1, {section.id: number for number, section in enumerate(self.sections)}
        drawn = {section.id for section in self.sections if section.randomise}
        sections = {item.id: item.section for item in self.items}
        for item in self.items if self.sections else ():
            if item.section is None:
                raise SurveyError("item is in no section", where=f"item {item.id}", expected="`section`")
            _known("section", item.section, order, f"item {item.id}")
            if order[item.section] < place:
                raise SurveyError(
                    "items of a section stand together, sections in their order",
                    where=f"item {item.id}",
                    got=f"section {item.section} after a later one",
                )
            place = order[item.section]
            for name in item.relevance.names if item.relevance else ():
                if item.section in drawn and sections[name] == item.section:
                    raise SurveyError(
                        "a skip rule reads an item whose place is drawn at random",
                        where=f"item {item.id}, ask_if",
                        got=f"{name}, in the same section {item.section}",
                        hint="move one of the two to another section",
                    )

    def _check_words(self) -> None:
        words = {word.id for word in self.words}
        for place, text in self.texts():
            for lang in LANGS:
                for name in PIPED.findall(text.get(lang)):
                    _known("word", name, words, f"{place}, {lang}")

    def _check_outcome(self, outcome: Outcome, items: set[str]) -> None:
        place = f"outcome {outcome.id}"
        for name in (outcome.item, outcome.of) if outcome.of else (outcome.item,):
            _known("item", name, items, place)
            scale = self.scale_of(name)
            if scale.kind in ("text", "date"):
                raise SurveyError(
                    "text and dates have no figure", where=place, got=f"item {name}, scale {scale.id}"
                )
            if outcome.measure != "share" and scale.kind == "multiple":
                raise SurveyError("a list of marks has no value, only shares", where=place, got=name)
            if outcome.measure == "ratio" and scale.kind != "number":
                raise SurveyError("a ratio is of two numbers", where=place, got=f"{name}: {scale.kind}")
        scale = self.scale_of(outcome.item)
        for code in (*outcome.positive, *outcome.among):
            _known("code", code, scale.codes, place)
        if outcome.measure == "share" and not (outcome.positive or scale.positive):
            raise SurveyError(
                "share counts no code", where=place, hint=f"name `positive` here or on scale {scale.id}"
            )

    def texts(self) -> Iterator[tuple[str, Text]]:
        """(place, text) of all that a respondent may read and that may hold a piped word."""
        yield "title", self.title
        yield "notice", self.notice
        for section in self.sections:
            yield f"section {section.id}, title", section.title
            if section.note is not None:
                yield f"section {section.id}, note", section.note
        for item in self.items:
            yield f"item {item.id}, text", item.text
            if item.note is not None:
                yield f"item {item.id}, note", item.note
        for scale in self.scales:
            for choice in (*scale.choices, *scale.off_scale):
                yield f"scale {scale.id}, code {choice.code}", choice.text

    def item(self, name: str) -> Item:
        """The item called `name`; SurveyError with the nearest name when there is none."""
        for item in self.items:
            if item.id == name:
                return item
        raise unknown("item", name, [item.id for item in self.items], where=f"questionnaire {self.id}")

    def scale_of(self, name: str) -> Scale:
        """The scale of the item called `name`."""
        wanted = self.item(name).scale
        return next(scale for scale in self.scales if scale.id == wanted)

    def items_in(self, section: str | None) -> Iterator[Item]:
        """The items of a section, in order; of None, those of a questionnaire without sections."""
        return (item for item in self.items if item.section == section)


def _known(kind: str, name: str | int, options, place: str) -> None:
    if name not in options:
        raise unknown(kind, name, options, where=place)


def _marked(rule: Expression) -> set[str]:
    """The names that the rule asks for a mark: ``2 in ways``."""
    return {
        side.id
        for node in ast.walk(rule.tree)
        if isinstance(node, ast.Compare)
        for op, side in zip(node.ops, node.comparators, strict=True)
        if isinstance(op, ast.In | ast.NotIn) and isinstance(side, ast.Name)
    }
