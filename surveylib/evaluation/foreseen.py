"""The scenario a study foresees: its own units and waves, with as many answers as can be expected of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.evaluation.refuse import MIN_EFFECTIVE
from surveylib.model.plan import AnalysisPlan
from surveylib.model.scenario import LEVEL, SD, SIGMA, TAU, Scenario
from surveylib.model.study import Study

_ROLES = ("pre", "post")


def scenario_of(
    study: Study,
    *,
    plan: AnalysisPlan,
    sd: float | None = None,
    sigma: float = SIGMA,
    tau: float = TAU,
    common: float = 0.0,
    answers: int | None = None,
    deff: float | None = None,
    level: float | None = LEVEL,
    expected: pd.DataFrame | None = None,
    missing: Collection[str] = (),
) -> Scenario:
    """The study's own units by their dated exposure, the answers expected of each, and the plan's waves.

    Units that pilot by themselves are left out, and so are units that will lack a wave or have fewer than 30
    effective answers in one: `evaluate` gives them no change. Pilots so lost count against the grade.

    Parameters
    ----------
    expected : DataFrame, optional
        ``unit, wave, n``: answers there are or will be; a unit that stands in no row of a wave lacks it, a
        wave without rows is taken to go like the unit's others. With ``n_eff, estimate, std_error`` (a run's
        cells of the primary outcome) also what they are worth, their spread, and the units' levels before.
        Without the table every unit has `per_cell` answers.
    answers, deff, sd : optional
        In place of what the table or the study says: answers of every unit in every wave, answers that tell
        as much as one of a simple random sample, standard deviation of a respondent's index at the level.
    level : float or None
        Mean of every unit before, where the table tells none; None: a scale without ends.
    missing : collection of str
        A unit, a wave, or ``unit:wave`` that will not be surveyed.

    Raises
    ------
    SurveyError
        With fewer than two units an arm, no wave on a side, no number of answers, an unknown unit or wave.
    """
    waves, lost = _waves(study, plan, missing), _lost(study, missing)
    named = plan.arms.pilot
    arm = {unit.id: unit.arm for unit in study.units}
    pilots = [name for name in arm if (name in named if named is not None else arm[name] == "pilot")]
    others = [name for name in arm if arm[name] == "comparison" and name not in pilots]
    table = _expected(study, expected, answers, deff, [*waves[0], *waves[1]], units=[*pilots, *others])
    gone = {unit for unit, wave in lost if wave in (*waves[0], *waves[1])}
    stays = [name for name in (*pilots, *others) if table.usable(name) and name not in gone]
    kept = [name for name in stays if name in pilots]
    count = {name: max(2, round(float(np.mean(table.answers.loc[name])))) for name in stays}
    return Scenario(
        pilots=tuple(count[name] for name in kept),
        comparisons=tuple(count[name] for name in stays if name not in kept),
        pre=waves[0],
        post=waves[1],
        sd=sd if sd is not None else table.sd if table.sd is not None else SD,
        sigma=sigma,
        tau=tau,
        common=common,
        deff=table.deff,
        effective=tuple(tuple(map(float, table.effective.loc[name])) for name in stays),
        levels=table.levels(stays, waves[0], level),
        dropped_pilots=len(pilots) - len(kept),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """Units by waves: answers, what they are worth, means; the spread of a respondent and mean deff."""

    answers: pd.DataFrame
    effective: pd.DataFrame
    means: pd.DataFrame
    least: pd.DataFrame
    sd: float | None
    deff: float

    def usable(self, unit: str) -> bool:
        return bool((self.least.loc[unit] >= MIN_EFFECTIVE).all())

    def levels(self, units: list[str], before: tuple[str, ...], level: float | None) -> tuple[float, ...]:
        """Each unit's mean before, `level` where none is known; none at all on a scale without ends."""
        if level is None:
            return ()
        means = self.means.reindex(columns=list(before)).mean(axis=1)
        return tuple(level if np.isnan(means[name]) else float(means[name]) for name in units)


def _waves(
    study: Study, plan: AnalysisPlan, missing: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    due = {role: tuple(w.id for w in study.waves if w.role == role and not w.planned) for role in _ROLES}
    before, after = (
        tuple(name for name in (named or due[role]) if name not in missing)
        for role, named in (("pre", plan.waves.pre), ("post", plan.waves.post))
    )
    return before, after


def _lost(study: Study, missing: Collection[str]) -> list[tuple[str, str]]:
    """Unit and wave of every survey that will not take place, waves left out as a whole apart."""
    units, waves = [unit.id for unit in study.units], [wave.id for wave in study.waves]
    lost = []
    for name in missing:
        unit, colon, wave = name.partition(":")
        if not colon and unit in waves:
            continue
        if unit not in units:
            raise unknown("unit or wave", unit, [*units, *waves], where="missing")
        if colon and wave not in waves:
            raise unknown("wave", wave, waves, where="missing")
        lost += [(unit, one) for one in ([wave] if colon else waves)]
    return lost


def _expected(study: Study, expected, answers, deff, waves: list[str], *, units: list[str]) -> _Table:
    given = expected is not None and len(expected) > 0
    n = _wide(expected, "n", units, waves) if given else pd.DataFrame(np.nan, index=units, columns=waves)
    if not given or answers is not None:
        each = answers if answers is not None else study.sampling.per_cell if study.sampling else None
        if each is None:
            raise SurveyError(
                "study does not say how many answers are wanted",
                where="sampling.per_cell",
                hint="give --answers",
            )
        # Whom the table does not know stays unknown, whatever number is put in the others' place.
        n = n.mask(n.notna() | (not given), float(each))
    measured = given and {"n_eff", "std_error", "estimate"} <= set(expected.columns)
    if not measured:
        worth = n / (deff or 1.0)
        return _Table(answers=n, effective=worth, means=n * np.nan, least=worth, sd=None, deff=deff or 1.0)
    n_eff, errors = (_wide(expected, name, units, waves) for name in ("n_eff", "std_error"))
    sd = float(np.sqrt(np.nanmean(errors**2 * n_eff)))
    # What is known of a cell is its error: its answers are worth as many as would have given that error.
    worth = (sd / errors) ** 2
    own = float(np.nanmean(_wide(expected, "n", units, waves)) / np.nanmean(worth))
    if deff is not None or answers is not None:
        worth = n / (own if deff is None else deff)
    return _Table(
        answers=n,
        effective=worth,
        means=_wide(expected, "estimate", units, waves),
        least=n_eff if answers is None else worth,
        sd=sd,
        deff=own if deff is None else deff,
    )


def _wide(table: pd.DataFrame, value: str, units: list[str], waves: list[str]) -> pd.DataFrame:
    """Units by the waves that count. A wave nobody has rows of yet will go like the unit's others."""
    every = table.pivot_table(index="unit", columns="wave", values=value, aggfunc="first", dropna=False)
    made = every.reindex(index=units, columns=waves)
    usual = every.reindex(index=units).mean(axis=1)
    return made.apply(lambda column: usual if column.name not in every.columns else column)
