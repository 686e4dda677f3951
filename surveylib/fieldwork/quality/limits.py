"""From where on a check speaks."""

from __future__ import annotations

from dataclasses import dataclass

from surveylib.errors import SurveyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the quality checks; the defaults suit forms of some forty questions.

    Attributes
    ----------
    unanswered : float
        Share of those asked who leave an item unanswered, above which it is named.
    line_items : int
        A form is a straight line when at least this many answers on one scale are all the same.
    fast_share : float
        A form is fast when it took less than this share of the wave's median time.
    heaped : float
        Share of numbers that are multiples of five, above which an item is named (a fifth is what chance
        gives).
    imbalance : float
        Difference between pilot and comparison units in how answers were collected, in shares, above which
        it is named.
    copied_items : int
        Two forms are copies when they agree in at least this many answers and differ in none.
    far : float
        A number is far off when it lies more than this many interquartile ranges above the third quartile.
    fewest : int
        Shares of fewer answers than this are not judged.
    """

    unanswered: float = 0.10
    line_items: int = 8
    fast_share: float = 1 / 3
    heaped: float = 0.40
    imbalance: float = 0.10
    copied_items: int = 20
    far: float = 8.0
    fewest: int = 30

    def __post_init__(self) -> None:
        for name in ("unanswered", "fast_share", "heaped", "imbalance"):
            if not 0 <= getattr(self, name) <= 1:
                raise SurveyError("limit must lie in [0, 1]", where=name, got=str(getattr(self, name)))
        if min(self.line_items, self.copied_items, self.fewest) < 2 or self.far <= 0:
            raise SurveyError("line_items, copied_items and fewest must be at least 2, far above 0")
