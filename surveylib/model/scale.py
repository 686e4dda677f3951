"""How an item is answered: codes with labels, numbers, dates, marks of a list, words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from surveylib.errors import SurveyError, unknown
from surveylib.model.text import Text

_WITH_CHOICES = ("ordinal", "binary", "choice", "multiple")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One code of a scale and its label."""

    __pydantic_config__ = {"extra": "forbid"}
    code: Annotated[int, Field(strict=True)]  # `code: yes` must not become 1
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How an item is answered.

    `choices` are the codes that count; `off_scale` (8 not applicable, 9 don't know) never enter a
    denominator. `positive` are the codes counted as "satisfied" or "yes" in a share. An off-scale code that
    stands in `not_applicable` says that the question did not concern the respondent, so that a score does not
    wait for it. Of a `multiple` scale any number of choices may be marked, but the codes in `alone` ("none of
    these") and those off the scale only by themselves; its answers are the marked codes with blanks between
    them ("1 3"). Numbers have `minimum` and `maximum`,
    whole ones `integer`; dates have `earliest` and `latest`.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    kind: Literal["ordinal", "binary", "choice", "multiple", "number", "text", "date"]
    choices: tuple[Choice, ...] = ()
    off_scale: tuple[Choice, ...] = ()
    positive: tuple[int, ...] = ()
    not_applicable: tuple[int, ...] = (8,)
    alone: tuple[int, ...] = field(
        default=(), metadata={"description": "choices that exclude all others; for kind multiple"}
    )
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = field(default=False, metadata={"description": "whole numbers only; for kind number"})
    earliest: datetime.date | None = field(default=None, metadata={"description": "for kind date"})
    latest: datetime.date | None = field(default=None, metadata={"description": "for kind date"})

    def __post_init__(self) -> None:
        place = f"scale {self.id}"
        codes = [choice.code for choice in (*self.choices, *self.off_scale)]
        if len(set(codes)) != len(codes):
            raise SurveyError("a code stands twice", where=place, got=str(sorted(codes)))
        if self.kind in _WITH_CHOICES and len(self.choices) < 2:
            raise SurveyError("scale needs at least two choices", where=place, got=str(len(self.choices)))
        for kind, named in (("positive code", self.positive), ("code that stands alone", self.alone)):
            for code in set(named) - set(self.codes):
                raise unknown(kind, code, self.codes, where=place)
        if self.alone and self.kind != "multiple":
            raise SurveyError("alone belongs to lists of marks", where=place, got=self.kind)
        self._check_bounds(place)

    def _check_bounds(self, place: str) -> None:
        for low, high in ((self.minimum, self.maximum), (self.earliest, self.latest)):
            if low is not None and high is not None and low > high:
                raise SurveyError("bounds are the wrong way round", where=place)
        if (self.integer or self.minimum is not None or self.maximum is not None) and self.kind != "number":
            raise SurveyError("minimum, maximum and integer belong to numbers", where=place, got=self.kind)
        if (self.earliest is not None or self.latest is not None) and self.kind != "date":
            raise SurveyError("earliest and latest belong to dates", where=place, got=self.kind)

    @property
    def codes(self) -> tuple[int, ...]:
        return tuple(choice.code for choice in self.choices)

    @property
    def off_codes(self) -> tuple[int, ...]:
        return tuple(choice.code for choice in self.off_scale)
