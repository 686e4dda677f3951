"""The log of changes made on the way in."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from surveylib.model.responses import CORRECTION_COLUMNS


def log(
    rows: pd.DataFrame,
    *,
    wave: str,
    column: str,
    old: Iterable[object],
    new: Iterable[object] | str,
    reason: Iterable[str] | str,
) -> pd.DataFrame:
    """One line per row of `rows` (with ``respondent``): what stood in `column`, what does now, and why."""
    size = len(rows)
    table = {
        "respondent": rows["respondent"].to_numpy(dtype=object),
        "wave": [wave] * size,
        "column": [column] * size,
        "old": _texts(old, size),
        "new": _texts(new, size),
        "reason": _texts(reason, size),
    }
    return pd.DataFrame(table, columns=list(CORRECTION_COLUMNS)).astype(object)


def gather(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """All lines in one table, sorted by respondent and column."""
    kept = [part for part in parts if len(part)]
    if not kept:
        return pd.DataFrame(columns=list(CORRECTION_COLUMNS))
    return pd.concat(kept, ignore_index=True).sort_values(
        ["wave", "respondent", "column"], kind="stable", ignore_index=True
    )


def _texts(values: Iterable[object] | str, size: int) -> list[str]:
    return [values] * size if isinstance(values, str) else [_text(value) for value in values]


def _text(value: object) -> str:
    """Codes without a decimal point, nothing for a blank."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
