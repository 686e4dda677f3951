"""How answers count for one of the plan's criteria, code by code."""

from __future__ import annotations

from dataclasses import dataclass

from surveylib.errors import SurveyError


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPoints:
    """What each code of an item counts, 0 to 100; the codes of `aside` say that the item did not apply."""

    item: str
    points: tuple[tuple[int, float], ...]
    aside: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.points or not all(0 <= value <= 100 for _, value in self.points):
            raise SurveyError("points must lie between 0 and 100", where=f"item {self.item}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionPoints:
    """The items that judge a criterion: a figure where `min_items_share` of those asked are answered."""

    criterion: str
    items: tuple[ItemPoints, ...]
    min_items_share: float
