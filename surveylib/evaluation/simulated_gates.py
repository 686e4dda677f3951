"""The plan's gates over many simulated studies: each looks at little, and that little is computed at once.

What is simulated moves three gates: the breakdown value, the sign without one unit, the grade. Their answers
are those of `gates` and `grade_evidence`, asked once for each pattern that occurs. What is not simulated (a
changed form, items that changed their meaning, a plan nobody registered) is taken to be in order.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.evaluation.breakdown import Breakdown
from surveylib.evaluation.decide import Judgement, judge
from surveylib.evaluation.effect import t_interval
from surveylib.evaluation.gates import Facts, gates
from surveylib.evaluation.grade import grade_evidence
from surveylib.evaluation.refuse import MIN_COMPARISON
from surveylib.model.evidence import GateResult
from surveylib.model.plan import AnalysisPlan, Registration
from surveylib.model.rule import Rule
from surveylib.model.scenario import Scenario
from surveylib.model.text import Text
from surveylib.numerics.many_studies import leave_one_out, randomisation_p_many
from surveylib.numerics.randomisation import Difference, error_rate, smallest_p

_STEPS = 8  # as `randomisation_interval` walks: a standard error of nothing but rejection ends the set
_WORST, _BEST = (False, False, True, True), (True, True, False, False)
# What a simulation (or the plan itself) can shut; form, mode and meaning of the items are taken as unchanged.
SIMULATED = (
    "comparison_units",
    "selection_not_on_baseline",
    "breakdown_exceeds_comparison_spread",
    "leave_one_unit_out_sign",
    "evidence_grade",
    "R2",
)
_IN_ORDER = Text(vi="Coi như không đổi.", en="Taken as unchanged.")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Held:
    """What the gates (and R2) did to many studies.

    `decision` is the verdict of each (s,), `plain` the verdict the rule alone gave; of every gate of `names`
    (s, g): `held`, whether it was among those that held the verdict back; `without`, the verdict had it not
    been there; `only`, the verdict had it been the only one.
    """

    names: tuple[str, ...]
    plain: np.ndarray
    decision: np.ndarray
    held: np.ndarray
    without: np.ndarray
    only: np.ndarray

    @property
    def alone(self) -> np.ndarray:
        """Whether the gate by itself changed the verdict: without it, it would have been another (s, g)."""
        return self.without != self.decision[:, None]


def capped(
    by_rule: np.ndarray,
    changes: np.ndarray,
    treated: np.ndarray,
    *,
    seen: Difference,
    assigned: np.ndarray,
    scenario: Scenario,
    plan: AnalysisPlan,
) -> Held:
    """The verdict of each study after gates and R2, from its verdict by the rule, and what each gate did.

    Parameters
    ----------
    by_rule : array of str (s,)
    changes : float array (s, n)
    seen : Difference
        Of every study, as `welch_many` gives it.
    """
    known: dict[tuple, tuple] = {}

    def held(verdict: str, pattern: tuple[bool, ...]) -> tuple:
        if (verdict, pattern) not in known:
            known[verdict, pattern] = _one_by_one(verdict, pattern, scenario=scenario, plan=plan)
        return known[verdict, pattern]

    # A verdict that would stand though all failed needs no looking at.
    stands = {str(verdict): held(str(verdict), _WORST)[0] == verdict for verdict in np.unique(by_rule)}
    asked = np.flatnonzero([not stands[verdict] for verdict in by_rule.tolist()])
    patterns = _patterns(changes[asked], treated, _some(seen, asked), assigned=assigned, plan=plan)
    found = [held(str(verdict), _BEST) for verdict in by_rule]
    for study, pattern in zip(asked, patterns.tolist(), strict=True):
        found[study] = held(str(by_rule[study]), tuple(pattern))
    return Held(
        names=SIMULATED,
        plain=by_rule,
        decision=np.array([one[0] for one in found]),
        held=np.array([one[1] for one in found]),
        without=np.array([one[2] for one in found]),
        only=np.array([one[3] for one in found]),
    )


def _one_by_one(verdict: str, pattern: tuple[bool, ...], *, scenario: Scenario, plan: AnalysisPlan) -> tuple:
    """The verdict; of each gate whether it held it back, the verdict without it and with no other."""
    results = gate_results(pattern, scenario=scenario, plan=plan)
    refused = len(scenario.comparisons) < MIN_COMPARISON and plan.arms.assignment != "random"
    alone = dataclasses.replace(plan, rules=(Rule(verdict=verdict, when="else"),))

    def judged(gates: Sequence[GateResult], *, refused: bool) -> Judgement:
        return judge(alone, asked=lambda one: 0.0, gates=gates, refused=refused)

    whole = judged(results, refused=refused)
    blocking, held, without, only = {gate.name for gate in whole.blocking}, [], [], []
    for name in SIMULATED:
        own, rest = ([gate for gate in results if (gate.name == name) == mine] for mine in (True, False))
        unsaid = refused and name != "R2"
        held.append(name in blocking or (name == "R2" and refused and verdict == "roll_out"))
        without.append(judged(rest, refused=unsaid).verdict)
        only.append(judged(own, refused=refused and name == "R2").verdict)
    return whole.verdict, tuple(held), tuple(without), tuple(only)


def _some(seen: Difference, rows: np.ndarray) -> Difference:
    return Difference(
        **{name: getattr(seen, name)[rows] for name in ("estimate", "std_error", "df", "statistic")}
    )


def _patterns(changes, treated, seen: Difference, *, assigned, plan: AnalysisPlan) -> np.ndarray:
    """Four truths a study (s, 4): breakdown above the spread, above the largest rise, a sign that turns,
    an interval that holds both 0 and the smallest effect of interest."""
    level = plan.analysis.level
    own = changes[:, ~treated]
    rises = own - own.mean(axis=1, keepdims=True)
    spread = np.quantile(rises, plan.gates.breakdown_exceeds_comparison_spread.quantile, axis=1)
    if "leave_one_out" in plan.analysis.guards:
        without = leave_one_out(changes, treated)
        turns = (without * seen.estimate[:, None] <= 0).any(axis=1)
    else:
        turns = np.zeros(len(changes), dtype=bool)
    floor = smallest_p(len(treated), int(treated.sum()), number=len(assigned))
    if floor > error_rate(level):  # too few assignments: there is no interval
        return np.column_stack([spread < 0, np.zeros_like(turns), turns, np.zeros_like(turns)])
    low = {"level": level, "assigned": assigned, "side": -1}
    # The breakdown value is 0 where the interval holds 0, and 0 may still exceed a spread below it.
    beyond = _excludes(changes, treated, seen, bound=np.maximum(spread, 0.0), **low) | (spread < 0)
    largest = _excludes(changes, treated, seen, bound=np.maximum(rises.max(axis=1), 0.0), **low)
    nought = np.zeros(len(changes))
    at_most = ~_excludes(changes, treated, seen, bound=nought, **low)
    reaches = ~_excludes(
        changes, treated, seen, bound=nought + plan.thresholds.sesoi, level=level, assigned=assigned, side=1
    )
    return np.column_stack([beyond, largest, turns, at_most & reaches])


def _excludes(changes, treated, seen: Difference, *, bound, level: float, assigned, side: int) -> np.ndarray:
    """Whether the primary interval (the t's and the inverted test's together) ends before `bound`.

    `side` −1 asks whether its lower end lies above the bound, 1 whether its upper end lies below. The
    inverted test is asked at the bound and on the steps beyond it, as the interval itself is found.
    """
    end = t_interval(seen, level=level)[0 if side < 0 else 1]
    out = side * (bound - end) > 0
    step = seen.std_error / _STEPS
    first = np.ceil(side * (bound - seen.estimate) / step)
    for number in range(_STEPS + 1):
        at = np.flatnonzero(out)
        c = bound if number == 0 else seen.estimate + side * (first + number - 1) * step
        p = randomisation_p_many(changes[at], treated, assigned, effect=c[at])
        out[at] = p <= error_rate(level)
    return out


def gate_results(
    pattern: tuple[bool, ...], *, scenario: Scenario, plan: AnalysisPlan
) -> tuple[GateResult, ...]:
    """`gates` for studies of this pattern of four truths (see `_patterns`)."""
    beyond, largest, turns, imprecise = pattern
    by_hand = dataclasses.replace(
        plan, registered=plan.registered or Registration(at=datetime.date.min, by="–")
    )
    named = "leave_one_out" in plan.analysis.guards
    facts = Facts(
        n_pilot=len(scenario.pilots),
        n_comparison=len(scenario.comparisons),
        n_self_pilot=0,
        n_pre_waves=len(scenario.pre),
        dropped_pilots=scenario.dropped_pilots,
        primary=pd.Series(
            {
                "estimate": 1.0,
                "conf_low": -1.0 if imprecise else 1.0,
                "conf_high": plan.thresholds.sesoi + 1.0,
            }
        ),
        guards=pd.DataFrame(
            {"guard": "leave_one_out", "without": "–", "estimate": [-1.0 if turns else 1.0] * named}
        ),
        breakdown=Breakdown(
            value=1.0,
            spread=0.0 if beyond else 2.0,
            largest=0.0 if largest else 2.0,
            count=0,
            total=len(scenario.comparisons),
        ),
        setting="passed",
        setting_reason=_IN_ORDER,
        invariance={},
        pre_waves=scenario.pre,
    )
    grade, _ = grade_evidence(facts, plan=by_hand)
    return gates(facts, plan=by_hand, grade=grade)
