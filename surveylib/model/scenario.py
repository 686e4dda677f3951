"""A study as it might turn out: units, answers, waves, and how restless the world is assumed to be."""

from __future__ import annotations

from dataclasses import dataclass

from surveylib.errors import SurveyError

# Assumed where nothing better is known: a 5-point index of this mean and spread, and units about as restless
# as the effect is large.
LEVEL, SD, SIGMA, TAU = 3.62, 0.91, 0.1, 0.1
# A single answer spreads more than the mean of a person's answers.
ANSWER_SD = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What studies are simulated from. How restless it is (`sd`, `sigma`, `tau`, `common`) is assumed.

    Parameters
    ----------
    pilots, comparisons : tuple of int
        Answers of each unit in a wave; one number a unit.
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
    deff : float
        Answers that tell as much as one of a simple random sample.
    effective : tuple of tuple of float
        How many answers of a simple random sample those of each unit (pilots first) in each wave (before
        first) are worth; empty: `pilots` and `comparisons` by `deff`, in every wave.
    levels : tuple of float
        Each unit's mean before, on a scale that ends: gains near its top show less than in its middle, where
        effect, σ, τ and the common shock are measured. Empty: a scale without ends.
    codes : tuple of int
        Of the items the index is the mean of, ascending.
    answer_sd : float
        Standard deviation of a single answer, in points; counts where the scale ends.
    dropped_pilots : int
        Pilot units of the plan that are left out because a wave of theirs is missing or too small.

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
    deff: float = 1.0
    effective: tuple[tuple[float, ...], ...] = ()
    levels: tuple[float, ...] = ()
    codes: tuple[int, ...] = (1, 2, 3, 4, 5)
    answer_sd: float = ANSWER_SD
    dropped_pilots: int = 0

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
        self._check_cells()
        if self.levels and not self.codes[0] < min(self.levels) <= max(self.levels) < self.codes[-1]:
            raise SurveyError(
                "a level lies outside the scale",
                where="scenario",
                expected=f"between {self.codes[0]} and {self.codes[-1]}",
                got=f"{min(self.levels)} to {max(self.levels)}",
            )

    def _check_cells(self) -> None:
        waves = len(self.pre) + len(self.post)
        rows = (self.units, waves)
        if self.effective and (len(self.effective), {len(row) for row in self.effective}) != (
            self.units,
            {waves},
        ):
            raise SurveyError("a number a unit and wave is needed", where="scenario", expected=f"{rows}")
        if self.levels and len(self.levels) != self.units:
            raise SurveyError("a level a unit is needed", where="scenario", expected=str(self.units))
        if not self.deff > 0 or min(min(row) for row in self.cells) < 2 or not self.answer_sd > 0:
            raise SurveyError(
                "a unit needs at least two effective answers in a wave; deff and answer_sd must be above 0",
                where="scenario",
            )

    @property
    def cells(self) -> tuple[tuple[float, ...], ...]:
        """Effective answers of each unit (pilots first) in each wave (before first)."""
        waves = len(self.pre) + len(self.post)
        answers = (*self.pilots, *self.comparisons)
        return self.effective or tuple((count / self.deff,) * waves for count in answers)

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
