"""The province's units that might take a programme up, and how like them the pilots are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.text import Text

COVARIATE_COLUMNS = (
    *("covariate", "label_vi", "label_en", "n", "province", "pilot", "comparison"),
    *("smd_pilot", "smd_comparison", "chance_low", "chance_high", "indexed"),
)
INDEX_COLUMNS = (
    "arm",
    "units",
    "population",
    "b",
    "chance_low",
    "chance_median",
    "chance_high",
    "share_below",
)
TYPE_COLUMNS = ("type", "province", "pilot", "comparison", "per_pilot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariate:
    """What is known of units: a number, or a share of units in a category (`level` not blank)."""

    column: str
    level: str
    label: Text
    kind: Literal["number", "category"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Province:
    """The province's units and what is known of them.

    Attributes
    ----------
    rows : DataFrame
        One row a unit: ``unit, type, arm`` (pilot, comparison, self_pilot of the study; blank for the rest)
        and a column of numbers a covariate, named ``c0``, ``c1`` …; NaN where it is not known.
    covariates : tuple of Covariate
        In the order of the columns; each level of a category but one is 1 or 0.
    findings : tuple of Finding
        What is wrong with the file.
    """

    rows: pd.DataFrame
    covariates: tuple[Covariate, ...]
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        wanted = ["unit", "type", "arm", *self.columns]
        if missing := [name for name in wanted if name not in self.rows]:
            raise SurveyError("the province's units lack a column", expected=", ".join(missing))

    @property
    def columns(self) -> list[str]:
        return [f"c{place}" for place in range(len(self.covariates))]

    @property
    def usable(self) -> bool:
        """Whether nothing is wrong that would make a comparison another than it says."""
        return not any(one.severity == "error" for one in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Similarity:
    """How like the province's units the pilots are, as flat tables.

    Attributes
    ----------
    covariates : DataFrame
        `COVARIATE_COLUMNS`, a row a covariate: means of the province's units of piloted types, of pilots and
        comparison units; standardised differences; between which ends the pilots' would lie 95 times in 100
        were they drawn by lot within their types; whether the index takes it in.
    index : DataFrame
        `INDEX_COLUMNS`, a row an arm: Tipton's B, and what it is for as many units drawn by lot within the
        same types (5, 50 and 95 of 100 draws lie below; the share of draws no higher than `b`).
    types : DataFrame
        `TYPE_COLUMNS`, a row a type of unit: how many there are, how many units one pilot stands for.
    """

    covariates: pd.DataFrame
    index: pd.DataFrame
    types: pd.DataFrame
    findings: tuple[Finding, ...] = field(default=())

    def __post_init__(self) -> None:
        for name, columns in (
            ("covariates", COVARIATE_COLUMNS),
            ("index", INDEX_COLUMNS),
            ("types", TYPE_COLUMNS),
        ):
            missing = [column for column in columns if column not in getattr(self, name).columns]
            if missing:
                raise SurveyError("similarity lacks a column", where=name, expected=", ".join(missing))

    @property
    def population(self) -> int:
        """How many units of the province are of a type that was piloted."""
        return int(self.types.loc[self.types["pilot"] > 0, "province"].sum())

    @property
    def unpiloted(self) -> dict[str, int]:
        """The types of unit without any pilot, and how many units of each there are."""
        none = self.types[self.types["pilot"] == 0]
        return dict(zip(none["type"], none["province"].astype(int), strict=True))
