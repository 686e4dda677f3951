"""The item bank: what several instruments share; and the form of a questionnaire's file, which may use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from surveylib.errors import unknown
from surveylib.model.identifier import check_id, check_once
from surveylib.model.questionnaire import Criterion, Item, Section, UnitType, Word
from surveylib.model.scale import Scale
from surveylib.model.score import Index, Outcome, Profile
from surveylib.model.text import Text

InstrumentCode = Literal["C", "R", "S", "K", "A"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """Criteria, scales, words, score profiles and shared items, each written once.

    `required` names the items that an instrument must use, by its letter.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    scales: tuple[Scale, ...]
    criteria: tuple[Criterion, ...] = ()
    items: tuple[Item, ...] = ()
    words: tuple[Word, ...] = ()
    profiles: tuple[Profile, ...] = ()
    required: dict[InstrumentCode, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id("bank", self.id)
        for kind, nouns in (
            ("scale", self.scales),
            ("criterion", self.criteria),
            ("item", self.items),
            ("word", self.words),
            ("profile", self.profiles),
        ):
            check_once(kind, (noun.id for noun in nouns))
        scales, items = {scale.id for scale in self.scales}, {item.id for item in self.items}
        for item in self.items:
            if item.scale not in scales:
                raise unknown("scale", item.scale, scales, where=f"item {item.id}")
        for letter, names in self.required.items():
            for name in names:
                if name not in items:
                    raise unknown("item", name, items, where=f"required, {letter}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An item of the bank, asked here: only what may differ between instruments can be said anew. Words,
    scale and meaning are the bank's."""

    __pydantic_config__ = {"extra": "forbid"}
    use: str
    section: str | None = None
    applies_to: tuple[UnitType, ...] | None = None
    ask_if: str | None = None
    required: bool | None = None
    rare: bool | None = None
    primary_for: tuple[str, ...] | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for every item of an instrument that does not say otherwise, those of the bank included."""

    __pydantic_config__ = {"extra": "forbid"}
    applies_to: tuple[UnitType, ...] | None = None
    required: bool | None = None


def _either(schema: dict) -> None:
    # An editor then complains about the field that is wrong, not about "none of two forms".
    one, other = schema.pop("anyOf")
    schema |= {"if": {"required": ["use"]}, "then": other, "else": one}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireFile:
    """A questionnaire as it is written: as `Questionnaire`, or with `bank` naming the file of an item bank
    beside it. Then criteria, score profiles and the scales and words that are used come from there, and
    `use: ID` asks an item of the bank."""

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    instrument: InstrumentCode
    version: str
    title: Text
    notice: Text
    items: tuple[Annotated[Item | Use, Field(json_schema_extra=_either)], ...]
    bank: str | None = None
    defaults: Defaults | None = None
    scales: tuple[Scale, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    sections: tuple[Section, ...] = ()
    words: tuple[Word, ...] = ()
    indices: tuple[Index, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    profiles: tuple[Profile, ...] = ()
    languages: tuple[Literal["vi", "en"], ...] = ("vi", "en")
