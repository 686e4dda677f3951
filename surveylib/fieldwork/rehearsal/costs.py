"""The rehearsal's cost form, every line marked as made up."""

from __future__ import annotations

import pandas as pd

from surveylib.model.rehearsal import MARK, MARK_COLUMN, Rehearsal
from surveylib.model.study import Study

COLUMNS = ("unit", "item", "kind", "amount", MARK_COLUMN)


def invent_costs(study: Study, *, truth: Rehearsal) -> pd.DataFrame:
    """A line for each pilot unit and declared item; shared items stand once."""
    pilots = [unit.id for unit in study.units if unit.arm == "pilot"]
    rows = [
        (unit, line.item, line.kind, str(line.amount), MARK)
        for line in truth.costs
        for unit in (pilots if line.of == "each" else ["all"])
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
