"""The primary effect under another defensible choice: its changes, its interval, what is said of it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from surveylib.evaluation.effect import arms
from surveylib.evaluation.say import points
from surveylib.model.alternative import Alternative
from surveylib.model.plan import AnalysisPlan
from surveylib.model.text import Text
from surveylib.numerics.imputation import rubin
from surveylib.numerics.randomisation import Difference, welch


def alternative_changes(
    alternative: Alternative, changes: pd.DataFrame, *, plan: AnalysisPlan
) -> pd.DataFrame:
    """The primary outcome's `changes` (`CHANGE_COLUMNS`) with the alternative's numbers in place of them.

    Completions of missing answers are averaged, and how they differ is added to each unit's error (Rubin).
    Units the alternative does not have are left out.
    """
    own = changes[changes["outcome"] == plan.outcome.primary.index].set_index("unit", drop=False)
    tables = [table.set_index("unit").reindex(own.index) for table in alternative.changes]
    values = np.array([table["change"].to_numpy(float) for table in tables])
    errors = np.array([table.get("std_error", own["std_error"]).to_numpy(float) for table in tables])
    between = values.var(axis=0, ddof=1) * (1 + 1 / len(tables)) if len(tables) > 1 else 0.0
    made = own.assign(change=values.mean(axis=0), std_error=np.sqrt(np.square(errors).mean(axis=0) + between))
    return made[made["change"].notna()].reset_index(drop=True)


def pooled_effect(alternative: Alternative, changes: pd.DataFrame, *, plan: AnalysisPlan) -> Difference:
    """Welch's difference over several completions of missing answers, by Rubin's rules.

    The degrees of freedom are Barnard and Rubin's, those of the units being the complete ones; the error is
    NaN where a completion leaves no spread.
    """
    rows = arms(changes, outcome=plan.outcome.primary.index)
    treated, found = (rows["arm"] == "pilot").to_numpy(), []
    for table in alternative.changes:
        values = rows["unit"].map(table.set_index("unit")["change"]).to_numpy(float)
        there = np.isfinite(values)
        found.append(welch(values[there], treated[there]))
    estimate = float(np.mean([one.estimate for one in found]))
    if not all(one.std_error > 0 for one in found):
        return Difference(estimate=estimate, std_error=math.nan, df=math.nan, statistic=math.nan)
    df = float(np.mean([one.df for one in found]))
    made = rubin([one.estimate for one in found], [one.std_error for one in found], complete_df=df)
    statistic = made.estimate / made.std_error
    return Difference(estimate=made.estimate, std_error=made.std_error, df=made.df, statistic=statistic)


def rests_on_enough(kept: Mapping[str, int], *, plan: AnalysisPlan) -> bool:
    """Whether as many pilot and comparison units are left as the plan asks for.

    >>> from surveylib.model.plan import default_plan
    >>> rests_on_enough({"pilot": 5, "comparison": 4}, plan=default_plan())
    False
    """
    comparison = max(plan.gates.comparison_units.min, plan.arms.comparison.min)
    return kept["pilot"] >= plan.by_type.min_units and kept["comparison"] >= comparison


def alternative_sentence(
    alternative: Alternative, estimate: float, *, kept: Mapping[str, int] | None, enough: bool
) -> Text:
    """The choice, and the effect under it; the units `kept` of each arm, where some fall out."""
    vi, en = points(estimate, "vi", sign=True), points(estimate, "en", sign=True)
    on, said = Text(vi="", en=""), Text(vi="", en="")
    if kept is not None:
        pilot, comparison = kept["pilot"], kept["comparison"]
        on = Text(
            vi=f" (chỉ còn {pilot} đơn vị thí điểm, {comparison} đơn vị so sánh)",
            en=f" (only {pilot} pilot and {comparison} comparison units are left)",
        )
    if not enough:
        said = Text(
            vi=" Số đơn vị ít hơn mức kế hoạch đòi hỏi nên không kết luận.",
            en=" Fewer than the plan asks for: no verdict.",
        )
    return Text(
        vi=f"{alternative.when.vi}, tác động là {vi} điểm{on.vi}.{said.vi}",
        en=f"{alternative.when.en} the effect is {en} points{on.en}.{said.en}",
    )
