"""Frame and sample: registers of dossiers, and what was drawn from them with which probability."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from surveylib.errors import SurveyError, unknown

FRAME_COLUMNS = ("dossier", "unit", "wave")
SAMPLE_COLUMNS = (
    "dossier",
    "unit",
    "wave",
    "stratum",
    "population",
    "sampled",
    "probability",
    "order",
    "reserve",
)


def require_columns(frame: pd.DataFrame, columns: tuple[str, ...], *, where: str) -> None:
    """Refuse a table that lacks one of `columns`."""
    for column in columns:
        if column not in frame.columns:
            raise unknown("column", column, frame.columns, where=where)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """The register: one row a dossier, with ``dossier, unit, wave`` and the characteristics that strata and
    margins use.

    Rows are sorted by unit, wave and dossier; a dossier stands once per unit and wave.
    """

    rows: pd.DataFrame

    def __post_init__(self) -> None:
        require_columns(self.rows, FRAME_COLUMNS, where="frame")
        twice = self.rows.duplicated(list(FRAME_COLUMNS))
        if twice.any():
            raise SurveyError(
                "a dossier stands twice in the frame", got=str(self.rows.loc[twice.idxmax(), "dossier"])
            )
        object.__setattr__(
            self, "rows", self.rows.sort_values(["unit", "wave", "dossier"], ignore_index=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """What was drawn: one row a dossier, reserves included, and the log of the draw.

    ``population`` and ``sampled`` count the stratum's dossiers in the register and in the main sample;
    ``probability`` is that of being in the main sample; ``order`` is the order of approach; ``reserve`` marks
    replacements. `log` has one row
    per unit, wave, stratum:
    sizes, interval, random start.
    """

    rows: pd.DataFrame
    log: pd.DataFrame
    seed: int

    def __post_init__(self) -> None:
        require_columns(self.rows, SAMPLE_COLUMNS, where="sample")
        probability = self.rows["probability"]
        if not ((probability > 0) & (probability <= 1)).all():
            raise SurveyError("a probability lies outside (0, 1]", where="sample")
