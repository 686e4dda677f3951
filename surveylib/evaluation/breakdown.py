"""The breakdown value: by how much pilots would have had to rise anyway to undo the result."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd

from surveylib.evaluation.effect import arms
from surveylib.model.plan import AnalysisPlan


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """By how much pilots would have had to rise anyway to undo the result, and what comparison units did.

    `value` is the interval's lower end (0 when the interval holds 0); `spread` the plan's quantile of how
    far a comparison unit rose above the comparison mean; `count` of `total` comparison units rose by more
    than `value`.
    """

    value: float
    spread: float
    largest: float
    count: int
    total: int


def breakdown(changes: pd.DataFrame, *, primary: pd.Series, plan: AnalysisPlan) -> Breakdown:
    """The breakdown value of the primary effect, beside the comparison units' own rises.

    In the spirit of Rambachan & Roth (2023), doi:10.1093/restud/rdad018, where two waves allow no more.
    """
    rows = arms(changes, outcome=primary["outcome"])
    own = rows.loc[rows["arm"] == "comparison", "change"].to_numpy(float)
    rises = own - own.mean()
    low = primary["conf_low"]
    value = max(float(low), 0.0) if math.isfinite(low) else 0.0
    return Breakdown(
        value=value,
        spread=float(np.quantile(rises, plan.gates.breakdown_exceeds_comparison_spread.quantile)),
        largest=float(rises.max()),
        count=int((rises > value).sum()),
        total=len(own),
    )


def primary_row(effects: pd.DataFrame) -> pd.Series | None:
    """The plan's own estimate of the primary effect over all units."""
    own = (
        (effects["role"] == "primary") & (effects["scope"] == "all") & (effects["estimator"] == "unit_equal")
    )
    return effects[own].iloc[0] if own.any() else None
