"""Studies made up by declared rules, to see what the estimators and the decision rule do with them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.plan import AnalysisPlan
from surveylib.model.scenario import SD, SIGMA, TAU, Scenario
from surveylib.model.study import Study


def scenario_of(
    study: Study,
    *,
    plan: AnalysisPlan,
    sd: float = SD,
    sigma: float = SIGMA,
    tau: float = TAU,
    answers: int | None = None,
) -> Scenario:
    """The study's own units by their dated exposure, answers wanted a unit and wave, and the plan's waves.

    Units that pilot by themselves are left out. `answers` takes the place of the study's `per_cell`.

    Raises
    ------
    SurveyError
        With fewer than two units an arm, no wave on a side, or no number of answers.
    """
    count = answers if answers is not None else study.sampling.per_cell if study.sampling else None
    if count is None:
        raise SurveyError(
            "study does not say how many answers are wanted",
            where="sampling.per_cell",
            hint="give --answers",
        )
    arm = {unit.id: unit.arm for unit in study.units}
    named = plan.arms.pilot
    pilots = [name for name in arm if (name in named if named is not None else arm[name] == "pilot")]
    others = [name for name in arm if arm[name] == "comparison" and name not in pilots]
    waves = {role: tuple(w.id for w in study.waves if w.role == role and not w.planned) for role in _ROLES}
    return Scenario(
        pilots=(count,) * len(pilots),
        comparisons=(count,) * len(others),
        pre=plan.waves.pre or waves["pre"],
        post=plan.waves.post or waves["post"],
        sd=sd,
        sigma=sigma,
        tau=tau,
    )


_ROLES = ("pre", "post")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """Studies drawn from a scenario with a true effect of nought: a study is a row.

    `before` and `after` are unit means of every wave with their estimated errors (studies, units, waves),
    pilots first; `own` each unit's departure from the average effect, `new` that of a unit not in the study.
    """

    scenario: Scenario
    before: np.ndarray
    before_errors: np.ndarray
    after: np.ndarray
    after_errors: np.ndarray
    own: np.ndarray
    new: np.ndarray

    @property
    def treated(self) -> np.ndarray:
        return np.arange(self.scenario.units) < len(self.scenario.pilots)

    def changes(self, effect: float) -> np.ndarray:
        """Unit changes (s, n) were the true average effect `effect`."""
        gained = np.where(self.treated, effect + self.own, 0.0)
        return self.after.mean(axis=2) - self.before.mean(axis=2) + gained

    @property
    def variances(self) -> np.ndarray:
        """Estimated sampling variances of the changes (s, n)."""
        parts = [(e**2).sum(axis=2) / e.shape[2] ** 2 for e in (self.before_errors, self.after_errors)]
        return parts[0] + parts[1]


def simulate(scenario: Scenario, *, sims: int, rng: np.random.Generator) -> Simulated:
    """Draw `sims` studies: unit means with shocks a wave, answers' sampling error, and its estimate."""
    n = np.array([*scenario.pilots, *scenario.comparisons], dtype=float)
    sides = [_side(scenario, n, sims, len(waves), rng) for waves in (scenario.pre, scenario.post)]
    common = scenario.common * rng.standard_normal((sims, 1, 1))
    return Simulated(
        scenario=scenario,
        before=sides[0][0],
        before_errors=sides[0][1],
        after=sides[1][0] + common,
        after_errors=sides[1][1],
        own=scenario.tau * rng.standard_normal((sims, scenario.units)),
        new=scenario.tau * rng.standard_normal(sims),
    )


def _side(scenario: Scenario, n: np.ndarray, sims: int, waves: int, rng) -> tuple[np.ndarray, np.ndarray]:
    shape, count = (sims, len(n), waves), n[:, None]
    shock = scenario.sigma * rng.standard_normal(shape)
    means = shock + scenario.sd / np.sqrt(count) * rng.standard_normal(shape)
    # A mean and its estimated variance are independent where answers are normal.
    spread = rng.chisquare(count - 1, size=shape) / (count - 1)
    return means, scenario.sd * np.sqrt(spread / count)


def cells_of(made: Simulated, *, number: int, effect: float, level: float = 3.6) -> pd.DataFrame:
    """One of the simulated studies as the cells `evaluate` takes: a row a unit and wave.

    Examples
    --------
    >>> scenario = Scenario(pilots=(150,) * 5, comparisons=(150,) * 10)
    >>> made = simulate(scenario, sims=1, rng=np.random.default_rng(1))
    >>> len(cells_of(made, number=0, effect=0.2))
    30
    """
    rows, scenario = [], made.scenario
    answers = [*scenario.pilots, *scenario.comparisons]
    gained = np.where(made.treated, effect + made.own[number], 0.0)
    for unit, pilot in enumerate(made.treated):
        name, arm = f"{'p' if pilot else 'q'}{unit:03d}", "pilot" if pilot else "comparison"
        for role, waves, means, errors in (
            ("pre", scenario.pre, made.before, made.before_errors),
            ("post", scenario.post, made.after, made.after_errors),
        ):
            for wave, label in enumerate(waves):
                mean = level + means[number, unit, wave] + (gained[unit] if role == "post" else 0.0)
                error, n = errors[number, unit, wave], float(answers[unit])
                rows.append((name, arm, label, role, mean, error, n))
    return pd.DataFrame(rows, columns=["unit", "arm", "wave", "role", "mean", "se", "n"])
