"""The questionnaire: criteria of the plan, scales, items, indices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from surveylib.errors import SurveyError, unknown
from surveylib.grammar import Expression, parse
from surveylib.model.text import Text

UnitType = Literal["LG", "OD", "OV"]
UNIT_TYPES: tuple[UnitType, ...] = ("LG", "OD", "OV")
IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]{0,40}$")


def check_id(kind: str, name: str) -> None:
    """Refuse a name that would not survive as a column, a file name and a form field."""
    if not IDENTIFIER.match(name):
        raise SurveyError(
            f"{kind} id is not usable",
            expected="lower-case ASCII letters, digits and _, starting with a letter",
            got=repr(name),
        )


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
class Choice:
    """One code of a scale and its label."""

    __pydantic_config__ = {"extra": "forbid"}
    code: int
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How an item is answered.

    `choices` are the codes that count; `off_scale` (8 not applicable, 9 don't know) never enter a
    denominator. `positive` are the codes counted as "satisfied" or "yes" in a share. An off-scale code that
    stands in `not_applicable`
    says that the question did not concern the respondent, so that a score does not wait for it. Numbers have
    bounds instead of
    choices.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    kind: Literal["ordinal", "binary", "choice", "number", "text", "date"]
    choices: tuple[Choice, ...] = ()
    off_scale: tuple[Choice, ...] = ()
    positive: tuple[int, ...] = ()
    not_applicable: tuple[int, ...] = (8,)
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        codes = [choice.code for choice in (*self.choices, *self.off_scale)]
        if len(set(codes)) != len(codes):
            raise SurveyError("a code stands twice", where=f"scale {self.id}", got=str(sorted(codes)))
        if self.kind in ("ordinal", "binary", "choice") and len(self.choices) < 2:
            raise SurveyError(
                "scale needs at least two choices", where=f"scale {self.id}", got=str(len(self.choices))
            )
        missing = set(self.positive) - {choice.code for choice in self.choices}
        if missing:
            raise unknown(
                "positive code", min(missing), [c.code for c in self.choices], where=f"scale {self.id}"
            )
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise SurveyError("bounds are the wrong way round", where=f"scale {self.id}")

    @property
    def codes(self) -> tuple[int, ...]:
        return tuple(choice.code for choice in self.choices)

    @property
    def off_codes(self) -> tuple[int, ...]:
        return tuple(choice.code for choice in self.off_scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question.

    `role` says why it is asked: for a criterion, as an anchor kept word for word in every wave, as a
    covariate, or as open text. `meaning_version` changes when the question means something else (a new
    series); wording may change
    without it.
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
    note: Text | None = None

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
class Index:
    """A score made of items: the mean of the answered ones, when at least `min_items_share` of those asked
    are answered."""

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    text: Text
    items: tuple[str, ...]
    group: str | None = None
    min_items_share: float = 0.8
    rare: bool = False

    def __post_init__(self) -> None:
        check_id("index", self.id)
        if not self.items or not 0 < self.min_items_share <= 1:
            raise SurveyError("index needs items and a share in (0, 1]", where=f"index {self.id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One item read as a figure: its value, or the share of some codes among others.

    For a share, `positive` are the codes counted (the scale's when empty) and `among` the denominator (all
    codes of the scale when empty): "returned on time" counts codes 1, 2 among 1, 2, 3. `better` says which
    way is an improvement.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    text: Text
    item: str
    measure: Literal["share", "value"]
    positive: tuple[int, ...] = ()
    among: tuple[int, ...] = ()
    better: Literal["higher", "lower"] = "higher"
    rare: bool = False
    unit: Text | None = None

    def __post_init__(self) -> None:
        check_id("outcome", self.id)
        if self.measure == "value" and (self.positive or self.among):
            raise SurveyError("codes belong to a share, not to a value", where=f"outcome {self.id}")
        if self.among and not set(self.positive) <= set(self.among):
            raise SurveyError(
                "positive codes lie outside the denominator",
                where=f"outcome {self.id}",
                got=str(self.positive),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """An instrument: what is asked, of whom, in which words.

    Construction checks what the noun cannot live without (unique ids, references that exist);
    `instrument.lint` says the rest.
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
    indices: tuple[Index, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    languages: tuple[Literal["vi", "en"], ...] = ("vi", "en")

    def __post_init__(self) -> None:
        check_id("questionnaire", self.id)
        for kind, names in (
            ("scale", [scale.id for scale in self.scales]),
            ("item", [item.id for item in self.items]),
            ("criterion", [criterion.id for criterion in self.criteria]),
            ("index", [index.id for index in self.indices]),
            ("outcome or index", [score.id for score in (*self.indices, *self.outcomes)]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise SurveyError(f"{kind} id stands twice", got=", ".join(sorted(twice)))
        for item in self.items:
            self._check_item(item)
        for index in self.indices:
            for name in index.items:
                self._known("item", name, [item.id for item in self.items], f"index {index.id}")
        for outcome in self.outcomes:
            self._check_outcome(outcome)

    def _check_outcome(self, outcome: Outcome) -> None:
        place = f"outcome {outcome.id}"
        self._known("item", outcome.item, [item.id for item in self.items], place)
        scale = self.scale_of(outcome.item)
        for code in (*outcome.positive, *outcome.among):
            self._known("code", code, list(scale.codes), place)
        if outcome.measure == "share" and not (outcome.positive or scale.positive):
            raise SurveyError(
                "share counts no code", where=place, hint=f"name `positive` here or on scale {scale.id}"
            )
        if scale.kind in ("text", "date"):
            raise SurveyError(
                "text and dates have no figure", where=place, got=f"item {outcome.item}, scale {scale.id}"
            )

    def _check_item(self, item: Item) -> None:
        place = f"item {item.id}"
        self._known("scale", item.scale, [scale.id for scale in self.scales], place)
        for name in (*item.criteria, *item.primary_for):
            self._known("criterion", name, [criterion.id for criterion in self.criteria], place)
        for name in item.relevance.names if item.relevance else ():
            self._known("item", name, [other.id for other in self.items], f"{place}, ask_if")

    @staticmethod
    def _known(kind: str, name: str | int, options: list, place: str) -> None:
        if name not in options:
            raise unknown(kind, name, options, where=place)

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

    def items_for(self, unit_type: UnitType) -> Iterator[Item]:
        """The items asked in units of this type, in order."""
        return (item for item in self.items if unit_type in item.applies_to)
