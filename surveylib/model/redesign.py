"""What of a design may be changed, and what a change costs."""

from __future__ import annotations

from dataclasses import dataclass

from surveylib.errors import SurveyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Values to try: waves a side (before, after), units added to either arm, answers a unit and wave.

    >>> Changes(waves=((1, 1), (1, 2)), pilots=(0,), comparisons=(0, 5), answers=(150,)).count
    4
    """

    waves: tuple[tuple[int, int], ...] = ((1, 1), (2, 2), (3, 3))
    pilots: tuple[int, ...] = (0, 3, 5)
    comparisons: tuple[int, ...] = (0, 5, 10)
    answers: tuple[int, ...] = (75, 150, 300)

    def __post_init__(self) -> None:
        if not all((self.waves, self.pilots, self.comparisons, self.answers)):
            raise SurveyError("nothing to try", where="redesign", expected="at least one value of each")
        if min(min(pair) for pair in self.waves) < 1 or min(self.answers) < 2:
            raise SurveyError("waves must be at least 1 a side, answers at least 2", where="redesign")
        if min(*self.pilots, *self.comparisons) < 0:
            raise SurveyError("units are added, not taken away", where="redesign")

    @property
    def count(self) -> int:
        return len(self.waves) * len(self.pilots) * len(self.comparisons) * len(self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What an answer, a survey of a unit in a wave, and an added unit cost, in any one currency."""

    answer: float = 0.0
    unit_wave: float = 0.0
    pilot: float = 0.0
    comparison: float = 0.0

    def __post_init__(self) -> None:
        if min(self.answer, self.unit_wave, self.pilot, self.comparison) < 0:
            raise SurveyError("prices must not be below 0", where="redesign")
        if not any((self.answer, self.unit_wave, self.pilot, self.comparison)):
            raise SurveyError(
                "every price is 0", where="redesign", hint="leave prices out to count answers and unit-waves"
            )
