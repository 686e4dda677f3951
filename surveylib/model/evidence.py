"""What was found, and what follows: evidence as flat tables, gates, refusals; and the decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.frozen import Deviation
from surveylib.model.plan import Cap
from surveylib.model.results import RESULT_COLUMNS
from surveylib.model.text import Text

FinalVerdict = Literal["stop", "roll_out", "extend", "revise", "undecided"]
GateStatus = Literal["passed", "failed", "not_assessable"]

CHANGE_COLUMNS = (
    *("unit", "arm", "type", "model", "outcome", "pre", "post", "change", "std_error", "n", "n_eff"),
    *("n_pre_waves", "n_post_waves", "visitors", "n_pre", "n_post"),
)
CRITERION = "criterion_"  # an outcome of this name is the plan's criterion: criterion_a1
EFFECT_KEYS = ("role", "outcome", "scope", "estimator")
EFFECT_EXTRA = (
    "n_pilot",
    "n_comparison",
    "p_floor",
    "p_adjusted",
    "adjusted_by",
    "mde",
    "p_equivalence",
    "p_noninferior",
    "reason_vi",
    "reason_en",
)
POSTERIOR_COLUMNS = ("prior", "quantity", "estimate", "std_error", "conf_low", "conf_high")
PROBABILITY_COLUMNS = ("prior", "variable", "operator", "threshold", "name", "probability")
GUARD_KEYS = ("guard", "outcome", "without")
GUARD_EXTRA = ("p_floor", "note_vi", "note_en")
UNIT_COLUMNS = (
    *("unit", "arm", "type", "model", "outcome", *RESULT_COLUMNS, "p_floor", "p_adjusted"),
    *("shrunk", "shrunk_low", "shrunk_high", "p_gain", "p_sesoi", "reason_vi", "reason_en"),
)
EVENT_COLUMNS = (
    *("outcome", "wave", "role", "step", *RESULT_COLUMNS, "n_pilot", "n_comparison", "p_floor"),
    *("reason_vi", "reason_en"),
)
TREND_COLUMNS = ("outcome", "m_bar", "estimate", "bound_low", "bound_high", "conf_low", "conf_high")
STAGGERED_COLUMNS = (
    *("outcome", "kind", "cohort", "wave", "step", *RESULT_COLUMNS, "n_treated", "n_comparison", "p_floor"),
    *("units", "reason_vi", "reason_en"),
)
SENSITIVITY_COLUMNS = (
    *("check", "label_vi", "label_en", "estimate", "conf_low", "conf_high", "value"),
    *("verdict", "overturns", "sentence_vi", "sentence_en"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What is not said, why, and what may still be said; a warning (W…) lets the number stand but not alone.

    Attributes
    ----------
    code : str
        R1 … R9, W1 … W7.
    where : str
        What it concerns: an outcome, a type, a unit.
    refused, why, still : Text
    """

    code: str
    where: str
    refused: Text
    why: Text
    still: Text

    @property
    def warning(self) -> bool:
        return self.code.startswith("W")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate: whether it was passed and, if not or not known, how far the verdict may go."""

    name: str
    status: GateStatus
    cap: Cap
    label: Text
    reason: Text

    @property
    def caps(self) -> bool:
        """What could not be examined caps like what failed: absence of evidence opens no gate."""
        return self.status != "passed"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Everything the rule may look at, and everything a report shows.

    Attributes
    ----------
    changes : DataFrame
        One row a unit × outcome (`CHANGE_COLUMNS`): means before and after, change, its sampling error.
    effects : DataFrame
        One row an outcome × scope × estimator: `EFFECT_KEYS`, the result columns, `EFFECT_EXTRA`.
        `role` is primary, secondary, fact, criterion or exploratory; `scope` is all, type:LG, model:office …;
        `estimator` is unit_equal (the plan's: p is the larger of Welch's and the randomisation's, the
        interval spans both), welch, ri_t, visitor_weighted, respondent_weighted, pilots_only.
        `reason_vi`, `reason_en` say why a row has no numbers.
    guards : DataFrame
        `GUARD_KEYS`, the result columns and `GUARD_EXTRA`: cr2_bm, ibragimov_mueller, leave_one_out
        (`without` a unit), and beside the plan's guards pooled_t, cr1 (with its warning), cr3,
        wild_bootstrap.
    posterior : DataFrame
        `POSTERIOR_COLUMNS`: theta, theta_new, new_change, delta, tau, sigma, by prior (plan, ×0.5, ×2);
        under ``reml`` new_change once more, without a prior, from the pilots alone; theta and theta_new under
        ``ρ=0.1``, ``ρ=0.3`` (pilots chosen for their gains) and ``type:LG`` … (units of one type alone).
    probabilities : DataFrame
        `PROBABILITY_COLUMNS`: every probability the rules ask for and the standard ones.
    next_units : DataFrame
        ``count, probability``: of the next ten units so many would gain at least the SESOI.
    sensitivity : DataFrame
        `SENSITIVITY_COLUMNS`: what would overturn this; ``verdict`` is the one each other choice leads to
        (blank where none can be told), ``overturns`` 1 where that is another than the plan's own, else 0.
    deviations : tuple of Deviation
        What of plan and study is not as it was frozen.
    units : DataFrame
        `UNIT_COLUMNS`: each pilot and self-piloting unit against all comparison units, and drawn to the mean.
    events : DataFrame
        `EVENT_COLUMNS`: the effect wave by wave, against the last wave before the pilot.
    trends : DataFrame
        `TREND_COLUMNS`: relative-magnitude bounds; no rows with fewer than two waves before (R5).
    staggered : DataFrame
        `STAGGERED_COLUMNS`: by day of start, against units not yet started; no rows where all began at once.
    """

    primary: str
    level: float
    sesoi: float
    plan_digest: str
    exploratory: bool
    seed: int
    changes: pd.DataFrame
    effects: pd.DataFrame
    guards: pd.DataFrame
    posterior: pd.DataFrame
    probabilities: pd.DataFrame
    next_units: pd.DataFrame
    sensitivity: pd.DataFrame
    gates: tuple[GateResult, ...]
    refusals: tuple[Refusal, ...]
    findings: tuple[Finding, ...]
    sentences: tuple[Text, ...]
    grade: str
    maryland: int
    grade_reasons: tuple[Text, ...]
    deviations: tuple[Deviation, ...] = ()
    units: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(UNIT_COLUMNS)))
    events: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(EVENT_COLUMNS)))
    trends: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(TREND_COLUMNS)))
    staggered: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(STAGGERED_COLUMNS)))

    def __post_init__(self) -> None:
        for name, columns in (
            ("changes", CHANGE_COLUMNS),
            ("effects", (*EFFECT_KEYS, *RESULT_COLUMNS, *EFFECT_EXTRA)),
            ("guards", (*GUARD_KEYS, *RESULT_COLUMNS, *GUARD_EXTRA)),
            ("posterior", POSTERIOR_COLUMNS),
            ("probabilities", PROBABILITY_COLUMNS),
            ("sensitivity", SENSITIVITY_COLUMNS),
            ("units", UNIT_COLUMNS),
            ("events", EVENT_COLUMNS),
            ("trends", TREND_COLUMNS),
            ("staggered", STAGGERED_COLUMNS),
        ):
            missing = [column for column in columns if column not in getattr(self, name).columns]
            if missing:
                raise SurveyError("evidence lacks a column", where=name, expected=", ".join(missing))

    @property
    def estimable(self) -> bool:
        """True when the primary effect has a posterior for the rule to ask."""
        return not self.probabilities.empty

    def refusal(self, code: str) -> Refusal | None:
        """The first refusal or warning with this code, or None."""
        return next((refusal for refusal in self.refusals if refusal.code == code), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """An extension in stages: who enters when, by lot, and what such an extension can find.

    Attributes
    ----------
    batches : tuple of tuple of str
        Units in the order drawn; those of a batch enter together, the last batch compares until then.
    seed : int
        The order can be drawn again from it.
    effect : float
        The smallest effect of interest, to which `power` belongs.
    power : float or None
        Chance that the effect is found at one of the steps, nought being found at any of them 5 times in 100;
        None where it cannot be told.
    mde : float or None
        The effect found four times out of five.
    looks : int
        Steps after which enough units still wait to compare with.
    first : float or None
        Chance that it is found at the first step already.
    level : float or None
        Level of each look that keeps 5 % over all of them.
    familywise : float or None
        How often nought is found at some look, by simulation.
    """

    batches: tuple[tuple[str, ...], ...]
    seed: int
    effect: float
    power: float | None
    mde: float | None
    looks: int = 0
    first: float | None = None
    level: float | None = None
    familywise: float | None = None

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(unit for batch in self.batches for unit in batch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict and what made it.

    Attributes
    ----------
    verdict : str
        stop, roll_out, extend, revise; undecided when the rule has nothing to go by.
    by_rule : str
        What the rule alone would have said.
    rule : str
        The text of the rule that matched ("" when undecided).
    decided_by : str
        ``rule`` or the name of the gate that capped it.
    capped_from : str or None
        The verdict before the cap.
    headline : Text
        The verdict in one line and what decided it.
    sentences : tuple of Text
        The reasons in plain words.
    order : tuple of str
        Units in the random order of a staged extension; empty otherwise.
    staged : Staged or None
        The extension the plan asks for, where the verdict is to extend.
    """

    verdict: FinalVerdict
    by_rule: FinalVerdict
    rule: str
    decided_by: str
    capped_from: FinalVerdict | None
    headline: Text
    sentences: tuple[Text, ...]
    gates: tuple[GateResult, ...]
    order: tuple[str, ...]
    exploratory: bool
    plan_digest: str
    staged: Staged | None = None
