"""What can be said of one unit: its change against all comparison units, and drawn to the pilots' mean."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from surveylib.evaluation.effect import t_interval, t_p
from surveylib.evaluation.predict import fit, shocks
from surveylib.evaluation.refuse import lift_to_floor
from surveylib.model.evidence import UNIT_COLUMNS
from surveylib.model.plan import AnalysisPlan
from surveylib.model.text import Text
from surveylib.numerics.hierarchical import Posterior, above, moments, of_unit, quantile
from surveylib.numerics.randomisation import Difference, holm, randomisation_p

_FEW = Text(vi="không có đủ hai đơn vị so sánh", en="fewer than two comparison units")


def unit_effects(changes: pd.DataFrame, *, plan: AnalysisPlan, outcome: str) -> pd.DataFrame:
    """Each pilot (and self-piloting) unit against the comparison units, one row each: `UNIT_COLUMNS`.

    A unit shows one change, so its own shocks cannot be told from an effect of its own; how far comparison
    units moved by themselves stands for them: se² = s_C² (1 + 1/n_C), n_C − 1 degrees of freedom. p is the
    larger of the t test's and of the unit's rank among the comparison units (floor 1/(n_C + 1)), adjusted by
    Holm over the pilots: "some unit is significant" is no finding.

    `shrunk` is the posterior mean of the pilot's own effect under the plan's priors, `p_gain` and `p_sesoi`
    the chances that it lies above 0 and at the smallest effect of interest; NaN for self-piloting units,
    which are not in the model.

    Examples
    --------
    >>> table = pd.DataFrame({"unit": list("abcdef"), "arm": ["pilot"] * 2 + ["comparison"] * 4})
    >>> table = table.assign(type="LG", model="", outcome="overall", change=[0.5, 0.4, 0.1, -0.1, 0.0, 0.0])
    >>> table = table.assign(std_error=0.1, n_pre_waves=1, n_post_waves=1, n=300, n_eff=300)
    >>> unit_effects(table, plan=AnalysisPlan(), outcome="overall")[["unit", "estimate", "p_floor"]]
      unit  estimate  p_floor
    0    a       0.5      0.2
    1    b       0.4      0.2
    """
    rows = changes[changes["outcome"] == outcome].sort_values("unit")
    own = rows[rows["arm"].isin(["pilot", "self_pilot"])]
    others = rows[rows["arm"] == "comparison"]
    model = _model(rows[rows["arm"].isin(["pilot", "comparison"])], plan)
    lines = [_line(unit, others["change"].to_numpy(float), model, plan) for _, unit in own.iterrows()]
    table = pd.DataFrame(lines, columns=list(UNIT_COLUMNS))
    pilots = table["arm"] == "pilot"
    table.loc[pilots, "p_adjusted"] = holm(table.loc[pilots, "p_value"].to_numpy(float))
    return table


def _model(rows: pd.DataFrame, plan: AnalysisPlan) -> Posterior | None:
    treated = (rows["arm"] == "pilot").to_numpy()
    if min(treated.sum(), (~treated).sum()) < 2:
        return None
    return fit(rows, treated=treated, prior=plan.model)


def _line(unit: pd.Series, others: np.ndarray, model: Posterior | None, plan: AnalysisPlan) -> dict:
    keys = {name: unit[name] for name in ("unit", "arm", "type", "model", "outcome", "n", "n_eff")}
    line = dict.fromkeys(UNIT_COLUMNS, math.nan) | keys | {"reason_vi": "", "reason_en": ""}
    if len(others) < 2:
        estimate = unit["change"] - others.mean() if len(others) else math.nan
        return line | {"estimate": estimate, "reason_vi": _FEW.vi, "reason_en": _FEW.en}
    seen = against(float(unit["change"]), others)
    floor = 1 / (len(others) + 1)
    line |= {"estimate": seen.estimate, "std_error": seen.std_error, "df": seen.df, "p_floor": floor}
    if seen.std_error > 0:
        low, high = t_interval(seen, level=plan.analysis.level)
        p = max(lift_to_floor(t_p(seen), floor=floor), _rank_p(float(unit["change"]), others))
        line |= {"conf_low": low, "conf_high": high, "statistic": seen.statistic, "p_value": p}
    if model is not None and unit["arm"] == "pilot":
        line |= _shrunk(unit, model, plan)
    return line


def against(value: float, others: np.ndarray) -> Difference:
    """One value less the mean of the others, with the error of a value drawn as the others were."""
    error = float(others.std(ddof=1) * math.sqrt(1 + 1 / len(others)))
    estimate = float(value - others.mean())
    statistic = estimate / error if error > 0 else math.nan
    return Difference(estimate=estimate, std_error=error, df=float(len(others) - 1), statistic=statistic)


def _rank_p(value: float, others: np.ndarray) -> float:
    values = np.concatenate([[value], others])
    treated = np.arange(len(values)) == 0
    return randomisation_p(values, treated, np.eye(len(values), dtype=bool), studentised=False)


def _shrunk(unit: pd.Series, model: Posterior, plan: AnalysisPlan) -> dict:
    shock = float(shocks(unit.to_frame().T)[0])
    mixture = of_unit(
        model, change=float(unit["change"]), variance=float(unit["std_error"]) ** 2, shock=shock
    )
    tail = (1 - plan.analysis.level) / 2
    return {
        "shrunk": moments(mixture)[0],
        "shrunk_low": quantile(mixture, tail),
        "shrunk_high": quantile(mixture, 1 - tail),
        "p_gain": above(mixture, 0.0),
        "p_sesoi": above(mixture, plan.thresholds.sesoi),
    }
