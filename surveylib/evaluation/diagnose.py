"""Operating characteristics: what the plan's own estimators and rule do when the truth is known.

Blair, Cooper, Coppock & Humphreys (2019), "Declaring and diagnosing research designs",
doi:10.1017/S0003055419000194.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from surveylib.errors import SurveyError
from surveylib.evaluation.effect import MDE_ALPHA, MDE_POWER, t_interval
from surveylib.evaluation.predict import questions, threshold_value
from surveylib.evaluation.simulate import Simulated, simulate
from surveylib.evaluation.simulated_gates import SIMULATED, capped
from surveylib.grammar import evaluate
from surveylib.model.plan import AnalysisPlan
from surveylib.model.rule import Question, question
from surveylib.model.scenario import Scenario
from surveylib.numerics.hierarchical import of_new, of_theta
from surveylib.numerics.many_studies import above_many, posteriors, randomisation_p_many, welch_many
from surveylib.numerics.randomisation import Difference, assignments, error_rate, smallest_p
from surveylib.rng import stream

DIAGNOSIS_COLUMNS = ("effect", "kind", "quantity", "estimate", "std_error", "n")
VERDICT_ORDER = ("roll_out", "extend", "revise", "stop")
MOST_ASSIGNMENTS, DRAWN = 10_000, 4_999  # above, each simulated study is tested on a sample of assignments
_AT_ONCE = 100


def diagnose(
    scenario: Scenario,
    *,
    plan: AnalysisPlan,
    effects: Sequence[float],
    sims: int = 2000,
    seed: int = 2014,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Simulate the study `sims` times for each true average effect; one row a quantity, with its error.

    The same draws serve every effect, so that rows differ by the effect alone.

    Parameters
    ----------
    effects : sequence of float
        True average effects, in points gained in the middle of the scale.
    progress : callable, optional
        Told how many studies more are done.

    Returns
    -------
    DataFrame
        `DIAGNOSIS_COLUMNS`. Kinds: ``decision`` (P(verdict) after gates and R2), ``rule`` (before them),
        ``test`` (power of the primary two-sided 5 % test; ``upward``: rejects, and upward), ``estimate``
        (what the scale shows of the effect; bias against that, root mean squared error, coverage of the
        interval, mean MDE), ``new_unit`` (coverage of the predictive interval of a new unit's effect).
        By gate (R2 among them): ``gate_held`` (it held the rule's verdict back), ``gate_alone`` (and without
        it the verdict would have been another), ``gate_without`` (P(roll out) with all gates but this),
        ``gate_only`` (P(roll out) with no gate but this).

    Raises
    ------
    SurveyError
        Without an effect, or with fewer than two simulations.

    Examples
    --------
    >>> scenario = Scenario(pilots=(150,) * 3, comparisons=(150,) * 4)
    >>> made = diagnose(scenario, plan=AnalysisPlan(), effects=[0.0, 0.5], sims=20)
    >>> made.loc[(made["kind"] == "decision") & (made["effect"] == 0.5), "estimate"].sum().round(9)
    np.float64(1.0)
    """
    if not len(effects) or sims < 2 or not np.isfinite(effects).all():
        raise SurveyError(
            "nothing to simulate",
            expected="effects in points, at least two simulations",
            got=f"{effects}, {sims}",
        )
    made = simulate(scenario, sims=sims, rng=stream(seed, "diagnose"))
    assigned = assignments(
        made.treated, rng=stream(seed, "diagnose", "assignments"), most=MOST_ASSIGNMENTS, draws=DRAWN
    )
    lines = []
    for effect in map(float, effects):
        world, parts = _world(made, effect), []
        for start in range(0, sims, _AT_ONCE):
            parts.append(_study(world, slice(start, start + _AT_ONCE), assigned, plan))
            if progress is not None:
                progress(len(parts[-1].estimate))
        lines += [(effect, *line, sims) for line in _summary(_concatenated(parts), world.shown)]
    return pd.DataFrame(lines, columns=list(DIAGNOSIS_COLUMNS))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """What every simulated study came to, each (s,); of the gates (s, g)."""

    estimate: np.ndarray
    mde: np.ndarray
    p: np.ndarray
    holds: np.ndarray
    holds_new: np.ndarray
    by_rule: np.ndarray
    decision: np.ndarray
    gate_held: np.ndarray
    gate_alone: np.ndarray
    gate_without: np.ndarray
    gate_only: np.ndarray


_GATES = ("gate_held", "gate_alone", "gate_without", "gate_only")


def _concatenated(parts: list[_Seen]) -> _Seen:
    return _Seen(**{name: np.concatenate([getattr(one, name) for one in parts]) for name in _Seen.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _World:
    """The simulated studies were the effect of one size: what is seen of them, and what is true of them."""

    made: Simulated
    changes: np.ndarray
    variances: np.ndarray
    shown: float
    new: np.ndarray


def _world(made: Simulated, effect: float) -> _World:
    return _World(
        made=made,
        changes=made.changes(effect),
        variances=made.variances(effect),
        shown=made.scale.average(effect),
        new=made.scale.new_unit(effect + made.new),
    )


def _study(world: _World, here: slice, assigned: np.ndarray, plan: AnalysisPlan) -> _Seen:
    made, effect, changes = world.made, world.shown, world.changes[here]
    treated, level = made.treated, plan.analysis.level
    seen = welch_many(changes, treated)
    p_t = 2 * stats.t.sf(np.abs(seen.statistic), seen.df)
    floor = smallest_p(len(treated), int(treated.sum()), number=len(assigned))
    p = np.maximum(np.maximum(p_t, floor), randomisation_p_many(changes, treated, assigned))
    low, high = t_interval(seen, level=level)
    # The interval is the t's and the inverted test's together: it holds what either does not reject.
    by_ri = randomisation_p_many(changes, treated, assigned, effect=effect) > error_rate(level)
    post = posteriors(
        changes,
        world.variances[here],
        treated,
        shocks=np.full(len(treated), made.scenario.shocks),
        theta_sd=plan.model.theta_sd,
        tau_hn=plan.model.tau_hn,
        sigma_hn=plan.model.sigma_hn,
    )
    by_rule = verdicts(post, plan=plan)
    gates = capped(by_rule, changes, treated, seen=seen, assigned=assigned, scenario=made.scenario, plan=plan)
    return _Seen(
        estimate=seen.estimate,
        mde=_mde(seen),
        p=p,
        holds=((low <= effect) & (effect <= high)) | by_ri,
        holds_new=np.abs(above_many(of_new(post), world.new[here]) - 0.5) <= level / 2,
        by_rule=by_rule,
        decision=gates.decision,
        gate_held=gates.held,
        gate_alone=gates.alone,
        gate_without=gates.without == "roll_out",
        gate_only=gates.only == "roll_out",
    )


def _mde(seen: Difference) -> np.ndarray:
    return (stats.t.ppf(1 - MDE_ALPHA / 2, seen.df) + stats.t.ppf(MDE_POWER, seen.df)) * seen.std_error


def verdicts(post, *, plan: AnalysisPlan) -> np.ndarray:
    """The verdict of the first rule that holds, for every study of a posterior whose pieces are (s, g)."""
    mixtures = {"theta": of_theta(post), "theta_new": of_new(post)}
    answers: dict[Question, np.ndarray] = {}
    for one in questions(plan):
        above = above_many(mixtures[one.variable], threshold_value(one, plan=plan))
        answers[one] = above if one.operator in (">", ">=") else 1 - above
    out = np.full(len(post.weights), "", dtype="<U8")
    for rule in plan.rules:
        if rule.expression is None:
            holds = np.True_
        else:
            asked = {"P": lambda expression: answers[question(expression)]}
            holds = evaluate(rule.expression, values={}, functions=asked, where=f"rule {rule.verdict}")
        out[(out == "") & holds] = rule.verdict
    return out


def _summary(seen: _Seen, shown: float) -> list[tuple[str, str, float, float]]:
    error = seen.estimate - shown
    square = error**2
    count = len(error)
    lines = [
        (kind, verdict, *_share(made == verdict))
        for kind, made in (("decision", seen.decision), ("rule", seen.by_rule))
        for verdict in VERDICT_ORDER
    ]
    lines += [
        (kind, gate, *_share(getattr(seen, kind)[:, place]))
        for place, gate in enumerate(SIMULATED)
        for kind in _GATES
    ]
    root = float(np.sqrt(square.mean()))
    return [
        *lines,
        ("test", "power", *_share(seen.p <= MDE_ALPHA)),
        ("test", "upward", *_share((seen.p <= MDE_ALPHA) & (seen.estimate > 0))),
        ("estimate", "shown", shown, 0.0),
        ("estimate", "bias", float(error.mean()), float(error.std(ddof=1) / np.sqrt(count))),
        ("estimate", "rmse", root, float(square.std(ddof=1) / np.sqrt(count) / (2 * root))),
        ("estimate", "coverage", *_share(seen.holds)),
        ("estimate", "mde", float(seen.mde.mean()), float(seen.mde.std(ddof=1) / np.sqrt(count))),
        ("new_unit", "coverage", *_share(seen.holds_new)),
    ]


def _share(truths: np.ndarray) -> tuple[float, float]:
    """A share and its Monte-Carlo error, which is not 0 where none or all of so many were true."""
    share, count = float(truths.mean()), len(truths)
    drawn_in = (float(truths.sum()) + 1) / (count + 2)
    return share, float(np.sqrt(drawn_in * (1 - drawn_in) / count))
