"""Units that start on different days: each cohort against the units not yet started, by the date.

The plan lets other districts pilot by themselves. Told by their dates they are not lost: until a unit starts
it serves as a comparison, from then on it is treated, and never the other way round.
"""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd

from surveylib.evaluation.by_unit import against
from surveylib.evaluation.days import start_days
from surveylib.evaluation.effect import all_assignments, t_interval, t_p
from surveylib.evaluation.refuse import lift_to_floor
from surveylib.evaluation.waves import Panel, panel
from surveylib.model.evidence import STAGGERED_COLUMNS
from surveylib.model.plan import AnalysisPlan
from surveylib.model.study import Study
from surveylib.model.text import Text
from surveylib.numerics.randomisation import Difference, randomisation_p, share_as_large, smallest_p, welch
from surveylib.numerics.staggered import Cell, average, comparison, labellings, statistics
from surveylib.numerics.staggered import smallest_p as smallest_p_of_labels
from surveylib.rng import stream

_NO_COMPARISON = Text(
    vi="không còn đủ hai đơn vị chưa áp dụng để so sánh",
    en="fewer than two units not yet started are left to compare with",
)


def staggered(
    tidy: pd.DataFrame, *, plan: AnalysisPlan, outcome: str, study: Study | None = None
) -> pd.DataFrame:
    """Group-time effects, their average by waves since the start, and overall: `STAGGERED_COLUMNS`.

    `kind` is group_time (one cohort in one wave: a clean two-by-two comparison, its `units` named), placebo
    (the same before the start, where 0 is expected), step (averaged over cohorts, by waves since the start)
    and overall. Days of start come from the study, or from a column ``start`` of the cells (blank: never).
    Averages weigh every started unit alike; their p is the larger of the t test's and of the randomisation
    of the starts over the units, which asks that any unit might have started when any other did.

    No rows unless units start before at least two different waves.

    Raises
    ------
    SurveyError
        For a day of start that cannot be read.
    """
    made = panel(tidy, outcome=outcome, study=study)
    starts = start_days(tidy, study=study)
    if not starts or not set(made.means.columns) <= set(made.ends):
        return pd.DataFrame(columns=list(STAGGERED_COLUMNS))
    whole = made.means.dropna()
    labels = np.array([_first_wave(starts.get(unit), made) for unit in whole.index])
    y, names = whole.to_numpy(float), list(whole.index.astype(str))
    keep = labels > 0  # who was exposed from the first wave on has no wave before
    y, labels, names = y[keep], labels[keep], [n for n, kept in zip(names, keep, strict=True) if kept]
    cohorts = sorted(set(labels[labels < y.shape[1]].tolist()))
    if len(cohorts) < 2:
        return pd.DataFrame(columns=list(STAGGERED_COLUMNS))
    waves = list(whole.columns)
    lines, cells = [], []
    for cohort in cohorts:
        for wave in range(y.shape[1]):
            if wave == cohort - 1:
                continue
            line, usable = _group_time(y, labels, cohort, wave, names, plan)
            answers = _answers(made, [waves[wave], waves[cohort - 1]], names, line["mark"])
            lines.append(line | answers | {"cohort": waves[cohort], "wave": waves[wave]})
            if usable and wave >= cohort:
                cells.append((cohort, wave, float((labels == cohort).sum())))
    lines += _averages(y, labels, cells, plan)
    table = pd.DataFrame([line | {"outcome": outcome} for line in lines])
    return table.reindex(columns=list(STAGGERED_COLUMNS))


def _first_wave(start: datetime.date | None, made: Panel) -> int:
    """The number of the first wave that ends on or after the start; as many as there are waves: never."""
    waves = list(made.means.columns)
    if start is None:
        return len(waves)
    return next((n for n, wave in enumerate(waves) if made.ends[wave] >= start), len(waves))


def _group_time(y, labels, cohort: int, wave: int, names, plan: AnalysisPlan) -> tuple[dict, bool]:
    own, others = labels == cohort, comparison(labels, cohort, wave)
    n1, n0 = int(own.sum()), int(others.sum())
    line = {
        "kind": "group_time" if wave >= cohort else "placebo",
        "step": wave - cohort,
        "n_treated": n1,
        "n_comparison": n0,
        "units": ", ".join(name for name, mine in zip(names, own, strict=True) if mine),
        "mark": own | others,
        "reason_vi": "",
        "reason_en": "",
    }
    if n0 < 2:
        return line | {"reason_vi": _NO_COMPARISON.vi, "reason_en": _NO_COMPARISON.en}, False
    d = (y[:, wave] - y[:, cohort - 1])[own | others]
    treated = own[own | others]
    seen = welch(d, treated) if n1 > 1 else against(float(d[treated][0]), d[~treated])
    return line | _tested(seen, d, treated, plan), True


def _tested(seen: Difference, d: np.ndarray, treated: np.ndarray, plan: AnalysisPlan) -> dict:
    out = {"estimate": seen.estimate, "std_error": seen.std_error, "df": seen.df}
    if not seen.std_error > 0:
        return out
    assigned = all_assignments(treated, plan=plan)
    n1 = int(treated.sum())
    floor, single = smallest_p(len(d), n1, number=len(assigned)), n1 == 1
    p = randomisation_p(d, treated, assigned, studentised=not single)
    return out | _inferred(seen, floor, p, plan)


def _inferred(seen: Difference, floor: float, p: float, plan: AnalysisPlan) -> dict:
    low, high = t_interval(seen, level=plan.analysis.level)
    return {
        "conf_low": low,
        "conf_high": high,
        "statistic": seen.statistic,
        "p_value": max(lift_to_floor(t_p(seen), floor=floor), p),
        "p_floor": floor,
    }


def _answers(made: Panel, waves: list[str], names: list[str], mark: np.ndarray) -> dict:
    used = [name for name, there in zip(names, mark, strict=True) if there]
    return {
        "n": float(made.n.loc[used, waves].to_numpy().sum()),
        "n_eff": float(made.n_eff.loc[used, waves].to_numpy().sum()),
    }


def _averages(y: np.ndarray, labels: np.ndarray, cells: list[Cell], plan: AnalysisPlan) -> list[dict]:
    """By waves since the start, then overall."""
    if not cells:
        return []
    rng = stream(plan.analysis.seed, "starts")
    under = labellings(labels, rng=rng)
    steps = sorted({wave - cohort for cohort, wave, _ in cells})
    chosen = [("step", step, [cell for cell in cells if cell[1] - cell[0] == step]) for step in steps]
    out = []
    for kind, step, some in (*chosen, ("overall", math.nan, cells)):
        weights = sum(weight for _, _, weight in some)
        shares = tuple((cohort, wave, weight / weights) for cohort, wave, weight in some)
        line = dict.fromkeys(("cohort", "wave", "units", "reason_vi", "reason_en"), "")
        line |= {"kind": kind, "step": step}
        started = {cohort for cohort, _, _ in some}
        line["n_treated"] = int(np.isin(labels, list(started)).sum())
        used = np.logical_or.reduce([comparison(labels, cohort, wave) for cohort, wave, _ in some])
        out.append(line | {"n_comparison": int(used.sum())} | _average(y, labels, under, shares, plan))
    return out


def _average(y, labels, under, shares: tuple[Cell, ...], plan: AnalysisPlan) -> dict:
    estimate, error = (float(part[0]) for part in average(y, labels[None, :], shares))
    if not error > 0:
        return {"estimate": estimate, "std_error": error}
    df = float(len(labels) - len(np.unique(labels)))
    seen = Difference(estimate=estimate, std_error=error, df=df, statistic=estimate / error)
    p = float(share_as_large(statistics(y, under, shares), seen.statistic))
    rng = stream(plan.analysis.seed, "starts", "floor")
    floor = smallest_p_of_labels(labels, under, shares, rng=rng)
    return {"estimate": estimate, "std_error": error, "df": df} | _inferred(seen, floor, p, plan)
