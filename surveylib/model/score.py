"""What is read off answers: indices, single figures, and the named formulas of scores."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Literal

from surveylib.errors import SurveyError
from surveylib.model.identifier import check_id
from surveylib.model.text import Text


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
    """One item read as a figure: its value, the share of some codes among others, or its ratio to a second.

    For a share, `positive` are the codes counted (the scale's when empty) and `among` the denominator (all
    codes of the scale when empty): "returned on time" counts codes 1, 2 among 1, 2, 3. A ratio divides the
    number in `item` by the number in `of`: cases on time among cases due. `better` says which way is an
    improvement.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    text: Text
    item: str
    measure: Literal["share", "value", "ratio"]
    of: str | None = field(
        default=None, metadata={"description": "the item that counts the denominator; for measure ratio"}
    )
    positive: tuple[int, ...] = ()
    among: tuple[int, ...] = ()
    better: Literal["higher", "lower"] = "higher"
    rare: bool = False
    unit: Text | None = None

    def __post_init__(self) -> None:
        check_id("outcome", self.id)
        if (self.measure == "ratio") != (self.of is not None):
            raise SurveyError(
                "only a ratio has a denominator, and it needs one",
                where=f"outcome {self.id}",
                expected="`of` together with measure: ratio",
                got=f"measure {self.measure}, of {self.of}",
            )
        if self.measure != "share" and (self.positive or self.among):
            raise SurveyError(f"codes belong to a share, not to a {self.measure}", where=f"outcome {self.id}")
        if self.among and not set(self.positive) <= set(self.among):
            raise SurveyError(
                "positive codes lie outside the denominator",
                where=f"outcome {self.id}",
                got=str(self.positive),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named, dated way of turning the answers to an index into points; `instrument.score_profile` computes
    it.

    ``mean_0_100``: the mean of the answered items, each from 0 (lowest point of its scale) to 100 (highest).
    ``top2``: the percentage of the answered items that have a positive code. Both wait for the index's
    `min_items_share`. ``sipas_style``: positive answers per 100 valid answers, all respondents pooled.
    `dated` is the day this definition was fixed; `to_confirm` names what it must still be held against before
    anybody relies on it.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    formula: Literal["mean_0_100", "top2", "sipas_style"]
    dated: datetime.date
    text: Text
    to_confirm: Text | None = None

    def __post_init__(self) -> None:
        check_id("profile", self.id)
        if self.formula == "sipas_style" and self.to_confirm is None:
            raise SurveyError(
                "a SIPAS-style formula must say what it is still to be confirmed against",
                where=f"profile {self.id}",
                hint="fill in to_confirm",
            )
