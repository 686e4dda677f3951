"""What an interim review says of a unit, criterion by criterion."""

from __future__ import annotations

from typing import Literal

from surveylib.model.evidence import UNIT_COLUMNS

Band = Literal["improved", "unclear", "worse", "unknown"]
BANDS: tuple[Band, ...] = ("improved", "unclear", "worse", "unknown")

INTERIM_COLUMNS = (
    *("unit", "arm", "outcome", "pre", "interim", "change"),
    *("comparison", "comparison_low", "comparison_high"),
    *(name for name in UNIT_COLUMNS if name not in ("unit", "arm", "outcome", "p_adjusted", "p_value")),
    *("sesoi", "band"),
)
