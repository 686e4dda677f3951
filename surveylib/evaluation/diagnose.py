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
from surveylib.evaluation.simulated_gates import capped
from surveylib.grammar import evaluate
from surveylib.model.plan import AnalysisPlan
from surveylib.model.rule import Question, question
from surveylib.model.scenario import Scenario
from surveylib.numerics.hierarchical import of_new, of_theta
from surveylib.numerics.many_studies import above_many, posteriors, randomisation_p_many, welch_many
from surveylib.numerics.randomisation import Difference, assignments
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
        True average effects, in points of the index.
    progress : callable, optional
        Told how many studies more are done.

    Returns
    -------
    DataFrame
        `DIAGNOSIS_COLUMNS`. Kinds: ``decision`` (P(verdict) after gates and R2), ``rule`` (before them),
        ``test`` (power of the primary two-sided 5 % test; ``upward``: rejects, and upward), ``estimate``
        (bias, root mean squared error, coverage of the interval, mean MDE), ``new_unit`` (coverage of the
        predictive interval of a new unit's effect).

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
    for effect in effects:
        seen = _concatenated(
            [
                _study(made, slice(start, start + _AT_ONCE), float(effect), assigned, plan, progress)
                for start in range(0, sims, _AT_ONCE)
            ]
        )
        lines += [(float(effect), *line, sims) for line in _summary(seen, float(effect))]
    return pd.DataFrame(lines, columns=list(DIAGNOSIS_COLUMNS))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """What every simulated study came to, each (s,)."""

    estimate: np.ndarray
    mde: np.ndarray
    p: np.ndarray
    holds: np.ndarray
    holds_new: np.ndarray
    by_rule: np.ndarray
    decision: np.ndarray


def _concatenated(parts: list[_Seen]) -> _Seen:
    return _Seen(**{name: np.concatenate([getattr(one, name) for one in parts]) for name in _Seen.__slots__})


def _study(made: Simulated, here: slice, effect: float, assigned, plan: AnalysisPlan, progress) -> _Seen:
    changes, variances, treated = made.changes(effect)[here], made.variances[here], made.treated
    seen, level = welch_many(changes, treated), plan.analysis.level
    p_t = 2 * stats.t.sf(np.abs(seen.statistic), seen.df)
    p = np.maximum(np.maximum(p_t, 1 / len(assigned)), randomisation_p_many(changes, treated, assigned))
    low, high = t_interval(seen, level=level)
    # The interval is the t's and the inverted test's together: it holds what either does not reject.
    by_ri = randomisation_p_many(changes, treated, assigned, effect=effect) > 1 - level
    post = posteriors(
        changes,
        variances,
        treated,
        shocks=np.full(len(treated), made.scenario.shocks),
        theta_sd=plan.model.theta_sd,
        tau_hn=plan.model.tau_hn,
        sigma_hn=plan.model.sigma_hn,
    )
    by_rule = verdicts(post, plan=plan)
    decision = capped(
        by_rule, changes, treated, seen=seen, assigned=assigned, scenario=made.scenario, plan=plan
    )
    beyond = above_many(of_new(post), effect + made.new[here])
    if progress is not None:
        progress(len(changes))
    return _Seen(
        estimate=seen.estimate,
        mde=_mde(seen),
        p=p,
        holds=((low <= effect) & (effect <= high)) | by_ri,
        holds_new=np.abs(beyond - 0.5) <= level / 2,
        by_rule=by_rule,
        decision=decision,
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


def _summary(seen: _Seen, effect: float) -> list[tuple[str, str, float, float]]:
    error = seen.estimate - effect
    square = error**2
    count = len(error)
    lines = [
        (kind, verdict, *_share(made == verdict))
        for kind, made in (("decision", seen.decision), ("rule", seen.by_rule))
        for verdict in VERDICT_ORDER
    ]
    root = float(np.sqrt(square.mean()))
    return [
        *lines,
        ("test", "power", *_share(seen.p <= MDE_ALPHA)),
        ("test", "upward", *_share((seen.p <= MDE_ALPHA) & (seen.estimate > 0))),
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
