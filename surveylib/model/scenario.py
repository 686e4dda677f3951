"""A study as it might turn out: units, answers, waves, and how restless the world is assumed to be."""

from __future__ import annotations

from dataclasses import dataclass

from surveylib.errors import SurveyError

# Assumed where nothing better is known: a 5-point index, and units about as restless as the effect is large.
SD, SIGMA, TAU = 0.91, 0.1, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What studies are simulated from. How restless it is (`sd`, `sigma`, `tau`, `common`) is assumed.

    Parameters
    ----------
    pilots, comparisons : tuple of int
        Answers of each unit in each wave; one number a unit.
    pre, post : tuple of str
        Waves before and after, by name.
    sd : float
        Standard deviation of one respondent's index, in points.
    sigma : float
        Standard deviation of the shock that moves a unit's mean in one wave, in points.
    tau : float
        Standard deviation of the true effect from unit to unit, in points.
    common : float
        Standard deviation of a shock that moves the whole province between the waves, in points.

    Examples
    --------
    >>> made = Scenario(pilots=(150,) * 5, comparisons=(150,) * 10)
    >>> made.units, made.unit_waves, made.answers
    (15, 30, 4500)
    """

    pilots: tuple[int, ...]
    comparisons: tuple[int, ...]
    pre: tuple[str, ...] = ("pre",)
    post: tuple[str, ...] = ("post",)
    sd: float = SD
    sigma: float = SIGMA
    tau: float = TAU
    common: float = 0.0

    def __post_init__(self) -> None:
        if min(len(self.pilots), len(self.comparisons)) < 2:
            raise SurveyError(
                "too few units to simulate",
                where="scenario",
                expected="at least two pilot and two comparison units",
                got=f"{len(self.pilots)} pilot, {len(self.comparisons)} comparison",
                hint="with fewer no effect is estimated and no verdict reached",
            )
        if not self.pre or not self.post:
            raise SurveyError("a wave before and a wave after are needed", where="scenario")
        if min(*self.pilots, *self.comparisons) < 2:
            raise SurveyError("a unit needs at least two answers in a wave", where="scenario")
        if not self.sd > 0 or min(self.sigma, self.tau, self.common) < 0:
            raise SurveyError("sd must be above 0; sigma, tau and common at least 0", where="scenario")

    @property
    def units(self) -> int:
        return len(self.pilots) + len(self.comparisons)

    @property
    def unit_waves(self) -> int:
        """How many surveys of one unit in one wave it takes."""
        return self.units * (len(self.pre) + len(self.post))

    @property
    def answers(self) -> int:
        """Answers over all units and waves."""
        return (sum(self.pilots) + sum(self.comparisons)) * (len(self.pre) + len(self.post))

    @property
    def shocks(self) -> float:
        """How often a unit's own shock enters its change: waves averaged on a side divide it."""
        return 1 / len(self.pre) + 1 / len(self.post)
