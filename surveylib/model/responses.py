"""Answers as they came in, cleaned only by a log that can be read back."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.sample import require_columns

RESPONSE_COLUMNS = ("respondent", "unit", "wave", "stratum", "psu")
CORRECTION_COLUMNS = ("respondent", "wave", "column", "old", "new", "reason")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Responses:
    """One row a respondent.

    Attributes
    ----------
    rows : DataFrame
        ``respondent, unit, wave, stratum, psu`` (strings), ``date`` where known, covariates, and one float
        column an item holding its code; off-scale codes (8, 9) stand as codes, blanks and skipped items as
        NaN.
    corrections : DataFrame
        One row a change made on the way in: ``respondent, wave, column, old, new, reason``. Raw files are
        never edited.
    private : DataFrame
        What could name a person (open text, contact): split off at the door, keyed by ``respondent, wave``;
        never written to reports.
    dispositions : DataFrame
        One row an approached dossier where the register is known: ``dossier, unit, wave, outcome`` (complete,
        refusal, noncontact, …).
    """

    rows: pd.DataFrame
    corrections: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(CORRECTION_COLUMNS)))
    private: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["respondent", "wave"]))
    dispositions: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["dossier", "unit", "wave", "outcome"])
    )

    def __post_init__(self) -> None:
        require_columns(self.rows, RESPONSE_COLUMNS, where="responses")
        require_columns(self.corrections, CORRECTION_COLUMNS, where="corrections log")
        twice = self.rows.duplicated(["wave", "respondent"])
        if twice.any():
            raise SurveyError(
                "a respondent stands twice in a wave",
                where="responses",
                got=str(self.rows.loc[twice.idxmax(), "respondent"]),
            )
        object.__setattr__(
            self, "rows", self.rows.sort_values(["wave", "unit", "respondent"], ignore_index=True)
        )
