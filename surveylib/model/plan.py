"""The analysis plan: written before the last wave, hashed, and followed to the letter.

Defaults are those of the methods note; nobody signed `default_plan()`, so what it gives is exploratory.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
from dataclasses import dataclass, field
from typing import Literal

from surveylib.errors import SurveyError
from surveylib.model.frozen import canonical, digest_of
from surveylib.model.rule import FollowUp, Rule

Cap = Literal["stop", "revise", "extend"]
Grade = Literal["very_low", "low", "moderate", "high"]
Guard = Literal["cr2_bm", "ibragimov_mueller", "leave_one_out"]
_STRICT = {"extra": "forbid"}


def _share(kind: str, value: float) -> None:
    if not 0 < value < 1:
        raise SurveyError(f"{kind} must lie between 0 and 1", got=repr(value), hint="write 0.9, not 90")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """When the plan was registered and by whom.

    A rehearsal plays the registration its plan declares. A real run goes by what ``surveylib plan freeze``
    kept and by nothing else: a plan that is not frozen is registered by nobody, whatever is written here.
    """

    __pydantic_config__ = _STRICT
    at: datetime.date
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonArm:
    """How many comparison units are wanted, and which exposure leaves the comparison group.

    A unit that pilots by itself always leaves, by the date: `exclude_exposure` says so to the reader, and can
    say nothing else.
    """

    __pydantic_config__ = _STRICT
    min: int = 5
    exclude_exposure: tuple[Literal["self_pilot"], ...] = ("self_pilot",)

    def __post_init__(self) -> None:
        if set(self.exclude_exposure) != {"self_pilot"}:
            raise SurveyError(
                "a unit that pilots by itself cannot stay in the comparison group",
                where="arms.comparison.exclude_exposure",
                expected="[self_pilot]",
                got="[]",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Who is piloted and who is compared; with `pilot` left out the units' dated exposure tells."""

    __pydantic_config__ = _STRICT
    pilot: tuple[str, ...] | None = field(
        default=None, metadata={"description": "unit ids; by exposure when absent"}
    )
    comparison: ComparisonArm = field(default_factory=ComparisonArm)
    assignment: Literal["purposive", "random"] = field(
        default="purposive",
        metadata={"description": "how the pilots were chosen; random only if drawn by lot, in public"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWaves:
    """Waves before and after, by id; left empty, every wave with that role.

    Answers dated in one of `exclude_months` (the programme being set up) do not enter the evaluation; a month
    no wave has answers in changes nothing.
    """

    __pydantic_config__ = _STRICT
    pre: tuple[str, ...] = ()
    post: tuple[str, ...] = ()
    selection_wave: str | None = field(
        default=None, metadata={"description": "wave by which pilots were chosen; null: by none"}
    )
    exclude_months: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        both = set(self.pre) & set(self.post)
        if both:
            raise SurveyError("a wave is both before and after", where="waves", got=", ".join(sorted(both)))
        for month in self.exclude_months:
            if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
                raise SurveyError(
                    "month cannot be read", where="waves.exclude_months", expected="YYYY-MM", got=repr(month)
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryOutcome:
    """The one outcome the verdict hangs on."""

    __pydantic_config__ = _STRICT
    index: str = "overall"
    estimand: Literal["unit_equal"] = "unit_equal"
    min_items_share: float = field(
        default=0.8, metadata={"description": "an answer counts if so much of the index was answered"}
    )

    def __post_init__(self) -> None:
        if not 0 < self.min_items_share <= 1:
            raise SurveyError(
                "min_items_share must lie in (0, 1]",
                where="outcome.primary.min_items_share",
                got=str(self.min_items_share),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondaryOutcomes:
    """Groups of criteria: tested, with adjusted p."""

    __pydantic_config__ = _STRICT
    groups: tuple[str, ...] = ("group_a", "group_b", "group_c", "group_d")
    adjust: Literal["holm"] = "holm"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploratoryOutcomes:
    """Whatever else was measured: shown, never decided upon."""

    __pydantic_config__ = _STRICT
    criteria: Literal["all", "none"] = "all"
    adjust: Literal["romano_wolf"] = "romano_wolf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """The primary index, the groups, the criteria, and the facts (minutes, trips, on time)."""

    __pydantic_config__ = _STRICT
    primary: PrimaryOutcome = field(default_factory=PrimaryOutcome)
    secondary: SecondaryOutcomes = field(default_factory=SecondaryOutcomes)
    exploratory: ExploratoryOutcomes = field(default_factory=ExploratoryOutcomes)
    facts: tuple[str, ...] = ("wait_minutes", "returned_on_time", "trips")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """The visitors' mix every unit and wave is brought to.

    Where cells of the mix are too thin, `fallback` brings the unit to its margins by entropy balancing;
    ``none`` leaves its waves out instead. Below `min_ess_share` of effective answers W3 is said.
    """

    __pydantic_config__ = _STRICT
    standardise_to: Literal["pooled_register", "none"] = "pooled_register"
    cells: tuple[str, ...] = ("procedure", "client_kind", "sex", "age_band")
    fallback: Literal["entropy_balance", "none"] = "entropy_balance"
    min_ess_share: float = 0.5

    def __post_init__(self) -> None:
        _share("mix.min_ess_share", self.min_ess_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The test, the level of the intervals, the guards, the seed of whatever is drawn."""

    __pydantic_config__ = _STRICT
    test: Literal["max_p[welch, ri_t]"] = "max_p[welch, ri_t]"
    level: float = 0.90
    guards: tuple[Guard, ...] = ("cr2_bm", "ibragimov_mueller", "leave_one_out")
    seed: int = 2014

    def __post_init__(self) -> None:
        _share("analysis.level", self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorModel:
    """Priors for a new unit: θ ~ N(0, theta_sd²), τ and σ half-normal; sensitivity multiplies all three."""

    __pydantic_config__ = _STRICT
    theta_sd: float = 0.5
    tau_hn: float = 0.2
    sigma_hn: float = 0.15
    sensitivity: tuple[float, ...] = (0.5, 2.0)

    def __post_init__(self) -> None:
        if min(self.theta_sd, self.tau_hn, self.sigma_hn, *self.sensitivity) <= 0:
            raise SurveyError("priors need scales above 0", where="model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """In points of the index: smallest effect of interest, bound of harm, margin of "not worse"."""

    __pydantic_config__ = _STRICT
    sesoi: float = 0.20
    harm: float = 0.0
    noninferior_margin: float = 0.10

    def __post_init__(self) -> None:
        if self.sesoi <= 0 or self.noninferior_margin <= 0:
            raise SurveyError("sesoi and noninferior_margin must be above 0", where="thresholds")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """A condition without which the verdict goes no further than `cap`."""

    __pydantic_config__ = _STRICT
    cap: Cap = "extend"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsGate(GateRule):
    """At least `min` clean comparison units."""

    __pydantic_config__ = _STRICT
    min: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class InvarianceGate(GateRule):
    """At most so many items of a group mean something else after than before."""

    __pydantic_config__ = _STRICT
    max_free_items_per_group: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownGate(GateRule):
    """The breakdown value lies above this quantile of the comparison units' own movements."""

    __pydantic_config__ = _STRICT
    quantile: float = 0.8

    def __post_init__(self) -> None:
        _share("gates.breakdown_exceeds_comparison_spread.quantile", self.quantile)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeGate(GateRule):
    """The evidence is of at least this grade."""

    __pydantic_config__ = _STRICT
    min: Grade = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """Every gate; none can be left out, only its numbers and its cap chosen."""

    __pydantic_config__ = _STRICT
    comparison_units: UnitsGate = field(default_factory=UnitsGate)
    selection_not_on_baseline: GateRule = field(default_factory=GateRule)
    mode_instrument_constant: GateRule = field(default_factory=GateRule)
    invariance: InvarianceGate = field(default_factory=InvarianceGate)
    breakdown_exceeds_comparison_spread: BreakdownGate = field(default_factory=BreakdownGate)
    leave_one_unit_out_sign: GateRule = field(default_factory=GateRule)
    evidence_grade: GradeGate = field(default_factory=GradeGate)


def _default_rules() -> tuple[Rule, ...]:
    return (
        Rule(verdict="stop", when="P(theta >= sesoi) <= 0.10 or P(theta < harm) >= 0.90"),
        Rule(
            verdict="roll_out",
            when="P(theta > 0) >= 0.95 and P(theta >= sesoi) >= 0.50 and P(theta_new > 0) >= 0.80",
        ),
        Rule(verdict="extend", when="P(theta > 0) >= 0.70", follow_up=FollowUp(design="staged_random_order")),
        Rule(verdict="revise", when="else"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ByType:
    """When anything is said about a type of unit alone."""

    __pydantic_config__ = _STRICT
    min_units: int = 2
    otherwise: Literal["not_estimable"] = "not_estimable"

    def __post_init__(self) -> None:
        if self.min_units < 2:
            raise SurveyError(
                "one unit shows no type",
                where="by_type.min_units",
                expected="2 or more",
                got=str(self.min_units),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPlan:
    """Over which horizon costs are counted against which outcome, and what waiting means."""

    __pydantic_config__ = _STRICT
    horizon_months: int = 24
    lambda_curve: bool = True
    outcome: str = field(
        default="satisfied",
        metadata={"description": "a share: an additional visitor with it is what is paid for"},
    )
    wait_months: int = field(
        default=6, metadata={"description": "how long one more wave delays the roll-out"}
    )
    target_units: int | None = field(
        default=None, metadata={"description": "units a roll-out would reach, where that is settled"}
    )

    def __post_init__(self) -> None:
        if self.horizon_months < 1 or self.wait_months < 0 or (self.target_units or 1) < 1:
            raise SurveyError(
                "horizon_months and target_units must be at least 1, wait_months at least 0", where="cost"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisPlan:
    """What will be computed and what will follow from it, settled before the last answers are in.

    Examples
    --------
    >>> plan = default_plan()
    >>> plan.exploratory, plan.rules[0].questions[0].text
    (True, 'P(theta >= sesoi)')
    """

    __pydantic_config__ = _STRICT
    plan_version: Literal[1] = 1
    registered: Registration | None = None
    arms: Arms = field(default_factory=Arms)
    waves: PlanWaves = field(default_factory=PlanWaves)
    outcome: Outcomes = field(default_factory=Outcomes)
    mix: Mix = field(default_factory=Mix)
    analysis: Analysis = field(default_factory=Analysis)
    model: PriorModel = field(default_factory=PriorModel)
    thresholds: Thresholds = field(default_factory=Thresholds)
    gates: Gates = field(default_factory=Gates)
    rules: tuple[Rule, ...] = field(default_factory=_default_rules)
    by_type: ByType = field(default_factory=ByType)
    cost: CostPlan = field(default_factory=CostPlan)

    def __post_init__(self) -> None:
        final = [number for number, rule in enumerate(self.rules) if rule.expression is None]
        if final != [len(self.rules) - 1]:
            raise SurveyError(
                "rules do not end in else",
                where="rules",
                expected="`when: else` in the last rule, and only there",
                hint="or no verdict might follow",
            )

    @property
    def exploratory(self) -> bool:
        """True when nobody registered the plan."""
        return self.registered is None

    @property
    def contents(self) -> dict:
        """All that was settled, as plain JSON; who registered it is not part of what was registered."""
        return {
            name: value for name, value in canonical(dataclasses.asdict(self)).items() if name != "registered"
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the contents as canonical JSON: the same plan in another layout has the same digest."""
        return digest_of(self.contents)


def default_plan() -> AnalysisPlan:
    """The plan of the methods note, registered by nobody: what it gives is exploratory.

    Examples
    --------
    >>> default_plan().exploratory, default_plan().thresholds.sesoi
    (True, 0.2)
    """
    return AnalysisPlan()
