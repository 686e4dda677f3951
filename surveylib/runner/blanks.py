"""Whether questions were left unanswered more, or less, in the pilots after than before.

A question that fewer answer may look better for it. By unit, wave and item: the share not answered of those
asked, and its change in pilots less that in comparison units, tested like an effect.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.evaluation import effect
from surveylib.model.evidence import CHANGE_COLUMNS
from surveylib.numerics.randomisation import holm
from surveylib.psychometrics import item_nonresponse
from surveylib.runner.meaning import arms_of, counted_rows, sides
from surveylib.runner.place import StudyFiles

WHOLE = "all"
BLANK_COLUMNS = (
    *("item", "pilot_pre", "pilot_post", "comparison_pre", "comparison_post"),
    *("estimate", "std_error", "df", "conf_low", "conf_high", "statistic", "p_value", "n", "n_pilot"),
    *("n_comparison", "p_floor", "p_adjusted", "reason_vi", "reason_en"),
)


def blank_changes(files: StudyFiles, rows: pd.DataFrame) -> pd.DataFrame:
    """The items of the primary index together (``all``) and one by one: `BLANK_COLUMNS`, shares of the asked.

    ``pilot_pre`` … are means of the units' shares; estimate, interval and p are those of the effects (a
    change a unit, pilots less comparison units), p of the items adjusted by Holm. No rows where the primary
    outcome is no index, or before both sides are in.
    """
    asked, plan = files.instrument, files.plan
    index = next((one for one in asked.indices if one.id == plan.outcome.primary.index), None)
    changes = pd.DataFrame() if index is None else _changes(files, rows, index.items)
    if changes.empty or not {"pilot", "comparison"} <= set(changes["arm"]):
        return pd.DataFrame(columns=list(BLANK_COLUMNS))
    lines = [_line(changes, name, files) for name in (WHOLE, *index.items) if name in set(changes["outcome"])]
    made = pd.DataFrame(lines)
    single = made["item"] != WHOLE
    made["p_adjusted"] = np.nan
    made.loc[single, "p_adjusted"] = holm(made.loc[single, "p_value"].to_numpy(float))
    return made[list(BLANK_COLUMNS)]


def _changes(files: StudyFiles, rows: pd.DataFrame, items: tuple[str, ...]) -> pd.DataFrame:
    """The share of each item not answered, unit by unit, before and after (`CHANGE_COLUMNS`)."""
    before, after = sides(files)
    side = rows["wave"].map(dict.fromkeys(before, "pre") | dict.fromkeys(after, "post"))
    rows = rows.assign(side=side)[counted_rows(rows, files.plan) & side.notna()]
    if set(rows["side"]) != {"pre", "post"}:
        return pd.DataFrame()
    types = {unit.id: unit.type for unit in files.study.units}
    counts = item_nonresponse(
        rows.reset_index(drop=True),
        questionnaire=files.instrument,
        items=items,
        unit_types=types,
        by=("unit", "side"),
    )
    whole = counts.groupby(["unit", "side"], as_index=False).sum(numeric_only=True).assign(item=WHOLE)
    counts = pd.concat([whole, counts], ignore_index=True)
    counts["share"] = (counts["off_scale"] + counts["blank"]) / counts["asked"].where(counts["asked"] > 0)
    wide = counts.pivot(index=["unit", "item"], columns="side", values=["share", "asked"])
    arms = arms_of(files, waves={*before, *after})
    made = pd.DataFrame(
        {"pre": wide["share", "pre"], "post": wide["share", "post"], "n_pre": wide["asked", "pre"]}
    )
    made = made.assign(n_post=wide["asked", "post"]).reset_index().rename(columns={"item": "outcome"})
    made = made.assign(change=made["post"] - made["pre"], arm=made["unit"].map(arms))
    made = made.assign(n=made["n_pre"] + made["n_post"], n_eff=made["n_pre"] + made["n_post"])
    return made[made["change"].notna()].reindex(columns=list(CHANGE_COLUMNS))


def _line(changes: pd.DataFrame, name: str, files: StudyFiles) -> dict:
    own = changes[changes["outcome"] == name]
    made = effect(changes, plan=files.plan, outcome=name).iloc[0]
    means = {
        f"{arm}_{side}": float(own.loc[own["arm"] == arm, side].mean())
        for arm in ("pilot", "comparison")
        for side in ("pre", "post")
    }
    return made.to_dict() | means | {"item": name}
