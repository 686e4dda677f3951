"""The interim review (sơ kết): what improved in each pilot unit by the interim wave, and what did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from surveylib.evaluation.by_unit import unit_effects
from surveylib.evaluation.changes import changes
from surveylib.model.interim import INTERIM_COLUMNS, Band
from surveylib.model.plan import AnalysisPlan, Arms
from surveylib.model.study import Study

_POINTS = ("estimate", "std_error", "conf_low", "conf_high", "shrunk", "shrunk_low", "shrunk_high")


def interim_review(
    cells: pd.DataFrame,
    *,
    plan: AnalysisPlan,
    study: Study,
    scales: Mapping[str, float],
) -> pd.DataFrame:
    """Each pilot unit from before the pilot to the interim wave, outcome by outcome: `INTERIM_COLUMNS`.

    ``estimate`` is the unit's change less that of the comparison units, whose own movements tell how far a
    unit moves by itself (`unit_effects`). ``shrunk`` draws it to what all pilot units show on this outcome,
    under the plan's priors; ``p_gain`` and ``p_sesoi`` are chances of the unit's own effect. `band` says it
    in a word fixed before the data are seen (`band_of`). Waves of role interim, all units in all of them, are
    set against the plan's waves before; without either, or without two pilots and two comparison units, there
    are no rows (and no numbers).

    Parameters
    ----------
    cells : DataFrame
        Standardised cells, as `changes` takes them.
    scales : mapping outcome -> float
        The outcomes reviewed, each with how many of its points make one point of the primary index: 1 for an
        index on the same scale, 25 for a criterion of 0–100 beside a 1–5 index. Priors and SESOI are the
        plan's times this.
    """
    before = plan.waves.pre or tuple(wave.id for wave in study.waves if wave.role == "pre")
    middle = tuple(wave.id for wave in study.waves if wave.role == "interim")
    rows = cells[cells["outcome"].isin(scales)]
    before, middle = (tuple(sorted(set(side) & set(rows["wave"]))) for side in (before, middle))
    if not before or not middle:
        return pd.DataFrame(columns=list(INTERIM_COLUMNS))
    rows = rows[rows["wave"].isin(before + middle)]
    now = replace(plan, waves=replace(plan.waves, pre=before, post=middle), arms=_present(plan.arms, rows))
    made, _ = changes(rows, plan=now, study=study)
    tables = [
        _reviewed(made[made["outcome"] == outcome], now, outcome, scale)
        for outcome, scale in scales.items()
        if outcome in set(made["outcome"])
    ]
    tables = [table for table in tables if not table.empty]
    empty = pd.DataFrame(columns=list(INTERIM_COLUMNS))
    return pd.concat(tables, ignore_index=True) if tables else empty


def _present(arms: Arms, rows: pd.DataFrame) -> Arms:
    """Pilots the plan names that have not been surveyed yet wait for their own review."""
    if arms.pilot is None:
        return arms
    return replace(arms, pilot=tuple(unit for unit in arms.pilot if unit in set(rows["unit"])))


def _reviewed(made: pd.DataFrame, plan: AnalysisPlan, outcome: str, scale: float) -> pd.DataFrame:
    """One outcome: computed in points of the primary index, told in its own."""
    scaled = made.assign(change=made["change"] / scale, std_error=made["std_error"] / scale)
    table = unit_effects(scaled, plan=plan, outcome=outcome)
    table = table[table["arm"] == "pilot"].reset_index(drop=True)
    sesoi = plan.thresholds.sesoi
    bands = [band_of(row) for row in table.to_dict("records")]
    for name in _POINTS:
        table[name] = table[name].astype(float) * scale
    own = made.set_index("unit")
    others = made.loc[made["arm"] == "comparison", "change"].to_numpy(float)
    seen = {
        "pre": table["unit"].map(own["pre"]),
        "interim": table["unit"].map(own["post"]),
        "change": table["unit"].map(own["change"]),
        "comparison": others.mean() if len(others) else np.nan,
        "comparison_low": others.min() if len(others) else np.nan,
        "comparison_high": others.max() if len(others) else np.nan,
        "sesoi": sesoi * scale,
        "band": bands,
    }
    return table.assign(**seen)[list(INTERIM_COLUMNS)]


def band_of(row: Mapping[str, float]) -> Band:
    """The word for a unit's own effect, by a rule that is settled beforehand.

    improved: the interval lies above 0 and the effect is as likely as not at least the SESOI; worse: the same
    on the other side, whatever its size, for a decline is not to be waited out; unclear: anything else;
    unknown: nothing could be estimated.

    >>> row = {"shrunk": 0.3, "shrunk_low": 0.1, "shrunk_high": 0.5, "p_sesoi": 0.8}
    >>> band_of(row), band_of(row | {"p_sesoi": 0.4})
    ('improved', 'unclear')
    >>> band_of(row | {"shrunk_low": -0.4, "shrunk_high": -0.01})
    'worse'
    """
    if np.isnan(row["shrunk"]):
        return "unknown"
    if row["shrunk_high"] < 0:
        return "worse"
    return "improved" if row["shrunk_low"] > 0 and row["p_sesoi"] >= 0.5 else "unclear"


def named_by_chance(rows: pd.DataFrame) -> float:
    """How many of the outcomes called improved are expected not to have gained at all: Σ (1 − P(gain)).

    >>> named_by_chance(pd.DataFrame({"band": ["improved", "unclear"], "p_gain": [0.95, 0.5]})).round(2)
    np.float64(0.05)
    """
    return (1 - rows.loc[rows["band"] == "improved", "p_gain"].astype(float)).sum()
