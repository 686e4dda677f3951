"""The declared truth of a rehearsal: the world from which invented citizens answer, and what spoils files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from surveylib.errors import SurveyError
from surveylib.grammar import Expression, parse
from surveylib.model.cost import CostKind
from surveylib.model.questionnaire import UnitType

MARK = "DIỄN TẬP, SỐ LIỆU GIẢ LẬP / REHEARSAL, SIMULATED DATA"
MARK_COLUMN = "du_lieu_gia_lap"
FORBID = {"extra": "forbid"}


def _shares(where: str, shares: dict[int, float]) -> None:
    if any(share < 0 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-6:
        raise SurveyError(
            "shares must be at least 0 and add to 1", where=where, got=str(sum(shares.values()))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Registers of one type of unit: size in a wave, shares of each characteristic's codes."""

    __pydantic_config__ = FORBID
    smallest: int
    largest: int
    mix: dict[str, dict[int, float]] = field(metadata={"description": "characteristic: {code: share}"})

    def __post_init__(self) -> None:
        if not 1 <= self.smallest <= self.largest:
            raise SurveyError(
                "register sizes must be 1 <= smallest <= largest", got=f"{self.smallest}, {self.largest}"
            )
        for name, shares in self.mix.items():
            _shares(f"mix, {name}", shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latent:
    """The satisfaction behind the ordinal answers, in points of a 1 to 5 scale before rounding.

    Standard deviations: `unit_sd` between units, `shock_sd` of the unit-by-wave shock, `person_sd` between
    persons, `answer_sd` between the answers of one person; `wave` is the shock all units share; `mix` shifts
    by characteristic and code; `item` by item; `recalibration` by item and wave: the item is answered
    otherwise in that wave though nobody is more or less satisfied.
    """

    __pydantic_config__ = FORBID
    level: float
    unit_sd: float
    shock_sd: float
    person_sd: float
    answer_sd: float
    wave: dict[str, float] = field(default_factory=dict)
    item: dict[str, float] = field(default_factory=dict)
    mix: dict[str, dict[int, float]] = field(default_factory=dict)
    recalibration: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        spreads = (self.unit_sd, self.shock_sd, self.person_sd)
        if min(spreads) < 0 or self.answer_sd <= 0:
            raise SurveyError(
                "standard deviations must be at least 0, that of answers above 0", got=str(spreads)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A question of fact with codes: shares without exposure, what full exposure adds, and their unrest.

    `unrest` is the standard deviation, per unit and again per unit and wave, of the log weight of each code.
    """

    __pydantic_config__ = FORBID
    shares: dict[int, float]
    effect: dict[int, float] = field(default_factory=dict)
    unrest: float = 0.0

    def __post_init__(self) -> None:
        _shares("choices", self.shares)
        if (
            self.unrest < 0
            or abs(sum(self.effect.values())) > 1e-6
            or not set(self.effect) <= set(self.shares)
        ):
            raise SurveyError(
                "effects on shares must add to 0, name known codes; unrest at least 0", got=str(self.effect)
            )
        _shares("choices at full exposure", {c: p + self.effect.get(c, 0.0) for c, p in self.shares.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A question of fact with a number: whole numbers from `least` up, with this mean without exposure.

    ``least + Poisson(mean - least)`` when `spread` is 0, else log-normal with that spread (sd of the log),
    rounded up or down at random so that rounding moves no mean. Full exposure multiplies ``mean - least`` by
    `effect`; `heaping` is the share of answers given in fives.
    """

    __pydantic_config__ = FORBID
    mean: float
    least: float = 0.0
    spread: float = 0.0
    effect: float = 1.0
    unrest: float = 0.0
    heaping: float = 0.0

    def __post_init__(self) -> None:
        if (
            self.mean <= self.least
            or min(self.spread, self.unrest, self.effect, self.heaping) < 0
            or self.heaping > 1
        ):
            raise SurveyError("mean must exceed least; spread, unrest, effect at least 0; heaping in [0, 1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Implied:
    """An answer that follows from another: where `when` holds, `item` has `code`."""

    __pydantic_config__ = FORBID
    item: str
    code: int
    when: str

    def __post_init__(self) -> None:
        parse(self.when, where=f"implied, item {self.item}")

    @property
    def rule(self) -> Expression:
        return parse(self.when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Who answers: logit of the chance where every shift is 0, and shifts by characteristic and code."""

    __pydantic_config__ = FORBID
    logit: float
    shift: dict[str, dict[int, float]] = field(default_factory=dict)
    refusal_share: float = field(
        default=0.4, metadata={"description": "of those who do not answer; the rest are never met"}
    )
    ineligible: float = field(
        default=0.01, metadata={"description": "share of dossiers without a client to ask"}
    )
    not_applicable: float = field(
        default=0.0, metadata={"description": "share of code 8 where the scale has it"}
    )
    dont_know: float = field(default=0.0, metadata={"description": "share of code 9 where the scale has it"})
    blank: float = field(default=0.0, metadata={"description": "share of answers left out"})

    def __post_init__(self) -> None:
        shares = (self.refusal_share, self.ineligible, self.not_applicable, self.dont_know, self.blank)
        if min(shares) < 0 or max(shares) > 1 or sum(shares[2:]) >= 1:
            raise SurveyError(
                "shares of refusal, ineligible, 8, 9 and blank must lie in [0, 1]", got=str(shares)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirt:
    """How often things go wrong in the files: a share of forms (of answers for `bad_code`, `spaces`)."""

    __pydantic_config__ = FORBID
    spaces: float = 0.0
    bad_code: float = 0.0
    decomposed: float = field(
        default=0.0, metadata={"description": "Vietnamese letters in NFD, units written by name"}
    )
    repeated: float = field(default=0.0, metadata={"description": "the same form sent twice"})
    edited: float = field(default=0.0, metadata={"description": "sent twice with another answer"})
    late: float = field(default=0.0, metadata={"description": "dated after the wave"})
    old_version: float = 0.0
    no_unit: float = 0.0
    lost_serial: float = field(default=0.0, metadata={"description": "a serial that is in no register"})
    skip_broken: float = field(
        default=0.0, metadata={"description": "an answer where the question was to be skipped"}
    )
    two_marks: float = field(
        default=0.0, metadata={"description": "two boxes ticked on paper where one is asked"}
    )
    lines: float = field(default=0.0, metadata={"description": "the same mark all the way down"})
    fast: float = field(default=0.0, metadata={"description": "filled in within seconds"})
    in_words: float = field(default=0.0, metadata={"description": "a number written with its unit"})

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0 <= getattr(self, name) <= 0.2:
                raise SurveyError(
                    "dirt is a share in [0, 0.2]", where=f"dirt, {name}", got=str(getattr(self, name))
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedCost:
    """A line of the cost form: the same for every pilot unit (``each``), or one for all (``shared``)."""

    __pydantic_config__ = FORBID
    item: str
    kind: CostKind
    amount: int
    of: Literal["each", "shared"] = "each"


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedNumber:
    """A monthly number of the extract of records: Poisson around `mean`, or a `share` of the number `of`, or
    what of it is left after the number `less`.

    Full exposure multiplies `mean` by `effect`, or adds it to `share`; `unrest` is the standard deviation,
    per unit and again per unit and month, of the log of the mean or of the odds.
    """

    __pydantic_config__ = FORBID
    mean: float | None = None
    of: str | None = None
    share: float | None = None
    less: str | None = None
    effect: float | None = None
    unrest: float = 0.0

    def __post_init__(self) -> None:
        given = tuple(getattr(self, name) is not None for name in ("mean", "share", "less"))
        if sum(given) != 1 or (self.of is None) != given[0]:
            raise SurveyError("an invented number has a mean, or a share of another, or what is left of it")
        if self.mean is not None and (self.mean < 0 or (self.effect or 0) < 0):
            raise SurveyError("mean and factor must be at least 0", got=f"{self.mean}, {self.effect}")
        if self.share is not None and not (0 < self.share < 1 and 0 < self.share + (self.effect or 0) < 1):
            raise SurveyError("shares lie between 0 and 1, with the effect too", got=str(self.share))


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedPapi:
    """A made-up PAPI panel of provinces that do not exist, for `first` to `last` year: sub-indices around
    `level`, with these standard deviations between provinces, of a province's year and of all."""

    __pydantic_config__ = FORBID
    first: int
    last: int
    provinces: int = 63
    level: float = 1.6
    province_sd: float = 0.10
    year_sd: float = 0.08
    common_sd: float = 0.05

    def __post_init__(self) -> None:
        if self.last < self.first or self.provinces < 3 or min(self.province_sd, self.year_sd) < 0:
            raise SurveyError("invented PAPI needs years, three provinces or more, and spreads of at least 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedSize:
    """A number known of the province's units: log-normal, with this standard deviation of the log; a pilot's
    is multiplied by `pilots`."""

    __pydantic_config__ = FORBID
    median: float
    spread: float = 0.0
    pilots: float = 1.0

    def __post_init__(self) -> None:
        if self.median <= 0 or self.spread < 0 or self.pilots <= 0:
            raise SurveyError(
                "median and factor must be above 0, spread at least 0", got=f"{self.median}, {self.spread}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedType:
    """The province's units of one type: how many, the share that is urban, and numbers known of each."""

    __pydantic_config__ = FORBID
    units: int
    urban: float | None = None
    numbers: dict[str, InventedSize] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.units < 1 or (self.urban is not None and not 0 <= self.urban <= 1):
            raise SurveyError(
                "a type has at least one unit; a share lies in [0, 1]", got=f"{self.units}, {self.urban}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A whole invented world: no estimate of anything, but made up so that intervals can be checked.

    Attributes
    ----------
    registers : by unit type
    mix_change : wave -> characteristic -> {code: factor on its share}
        How the visitors' mix drifts (renormalised).
    effects : unit -> criterion group -> points of the latent scale at full exposure
        Questions of fact move by their own effect in the units named here. A unit or group that is not named
        has no effect; ``{}`` everywhere is the null pilot.
    interim_share : float
        Share of the full effect that is reached in an interim wave.
    choices, amounts, implied : questions of fact
    costs : what programme and surveys are made up to cost
    records : numbers of the extract of records, a month; `record_months` forms a unit and wave
    papi : what PAPI is made up to be
    province : by type, the province's units that might take the programme up
    returns, dirt : what reaches the office, and how
    """

    __pydantic_config__ = FORBID
    registers: dict[UnitType, Register]
    latent: Latent
    effects: dict[str, dict[str, float]]
    returns: Return
    dirt: Dirt
    mix_change: dict[str, dict[str, dict[int, float]]] = field(default_factory=dict)
    interim_share: float = 0.5
    choices: dict[str, Choices] = field(default_factory=dict)
    amounts: dict[str, Amount] = field(default_factory=dict)
    implied: tuple[Implied, ...] = ()
    comments: tuple[str, ...] = ()
    comment_share: float = 0.1
    costs: tuple[InventedCost, ...] = ()
    records: dict[str, InventedNumber] = field(default_factory=dict)
    record_months: int = 3
    papi: InventedPapi | None = None
    province: dict[str, InventedType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.interim_share <= 1 or not 0 <= self.comment_share <= 1:
            raise SurveyError("interim_share and comment_share must lie in [0, 1]")
        names = {tuple(sorted(register.mix)) for register in self.registers.values()}
        if len(names) > 1:
            raise SurveyError(
                "registers of different types have different characteristics", got=str(sorted(names))
            )

    @property
    def characteristics(self) -> tuple[str, ...]:
        """The columns every register has, in order."""
        return tuple(next(iter(self.registers.values())).mix)
