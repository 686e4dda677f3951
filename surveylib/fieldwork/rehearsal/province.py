"""The rehearsal's list of the province's units: codes for names, every line marked as made up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.model.rehearsal import MARK, MARK_COLUMN, InventedType, Rehearsal
from surveylib.model.study import Study, Unit
from surveylib.rng import stream

_URBAN = {"ward": "đô thị", "township": "đô thị", "commune": "nông thôn"}
_AREA = "area"


def invent_province(study: Study, *, truth: Rehearsal, seed: int) -> pd.DataFrame:
    """One row a unit of the province: those of the study by their ids, the rest by a code.

    Numbers are log-normal around the median of the type, a pilot's times its factor; a ward of the study is
    urban and a commune rural, whatever share of the rest is.
    """
    rows = []
    for kind, made in truth.province.items():
        own = [unit for unit in study.units if unit.type == kind]
        others = [f"{kind}_{number:03d}" for number in range(1, made.units - len(own) + 1)]
        rng = stream(seed, "rehearsal", "province", kind)
        rows += [_row(unit.id, kind, made, rng, unit) for unit in own]
        rows += [_row(code, kind, made, rng, None) for code in others]
    table = pd.DataFrame(rows).assign(**{MARK_COLUMN: MARK})
    return table.sort_values(["type", "unit"], ignore_index=True).astype("string").fillna("")


def _row(name: str, kind: str, made: InventedType, rng: np.random.Generator, unit: Unit | None) -> dict:
    row: dict[str, object] = {"unit": name, "type": kind}
    piloted = unit is not None and unit.arm == "pilot"
    for column, number in made.numbers.items():
        value = number.median * float(np.exp(number.spread * rng.standard_normal()))
        value *= number.pilots if piloted else 1.0
        row[column] = round(value) if number.median >= 10 else round(value, 2)
    if made.urban is not None:
        urban = rng.random() < made.urban
        row[_AREA] = "đô thị" if urban else "nông thôn"
        if unit is not None and unit.place is not None:
            row[_AREA] = _URBAN[unit.place]
    return row
