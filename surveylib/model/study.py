"""The study: units with their dated exposure, waves, sources, and what is planned for sample and weights."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Literal

from surveylib.errors import SurveyError, unknown
from surveylib.model.questionnaire import Place, UnitType, check_id
from surveylib.model.text import Text
from surveylib.model.weighting import WeightingPlan

UnitModel = Literal["government", "office", "none"]
Mode = Literal["paper", "tablet", "phone", "online", "kiosk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What a unit is exposed to and from which day: nothing, the pilot, or a pilot of its own."""

    __pydantic_config__ = {"extra": "forbid"}
    kind: Literal["none", "pilot", "self_pilot"]
    start: datetime.date | None = field(
        default=None, metadata={"description": "first day; for pilot and self_pilot"}
    )

    def __post_init__(self) -> None:
        if (self.kind == "none") != (self.start is None):
            raise SurveyError(
                "exposure and its date do not fit",
                expected="a start date for pilot and self_pilot, none for none",
                got=self.kind,
            )

    def on(self, day: datetime.date) -> Literal["none", "pilot", "self_pilot"]:
        """The exposure in force on `day`."""
        return self.kind if self.start is not None and day >= self.start else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An office: the thing that is piloted, and so the sample of the pilot.

    `type` is LG (local government), OD (district office) or OV (central vertical office). `place` says of a
    local government whether it is a ward (phường), a township (thị trấn) or a commune (xã): questionnaires
    call its quarters and hamlets, and their heads, accordingly.
    """

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    name: Text
    type: UnitType
    exposure: Exposure
    model: UnitModel = "none"
    place: Place | None = None
    district: Text | None = None
    dossiers_per_month: int | None = field(
        default=None, metadata={"description": "size of a month's register, if known"}
    )

    def __post_init__(self) -> None:
        check_id("unit", self.id)

    @property
    def arm(self) -> Literal["pilot", "comparison", "self_pilot"]:
        return {"pilot": "pilot", "none": "comparison", "self_pilot": "self_pilot"}[self.exposure.kind]


SETTING = ("instrument_version", "mode", "place", "interviewer_employer", "staff_present")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSetting:
    """How one unit was surveyed otherwise than the rest of its wave; what is left out is the wave's."""

    __pydantic_config__ = {"extra": "forbid"}
    instrument_version: str | None = None
    mode: Mode | None = None
    place: str | None = None
    interviewer_employer: str | None = None
    staff_present: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """One round of fieldwork with the instrument, mode and setting in which it was done."""

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    name: Text
    role: Literal["pre", "interim", "post", "extension"]
    start: datetime.date
    end: datetime.date
    instrument: str = field(metadata={"description": "questionnaire file, relative to the study file"})
    instrument_version: str
    mode: Mode
    place: str = "at_exit"
    interviewer_employer: str = "independent"
    staff_present: bool = False
    planned: bool = field(
        default=False, metadata={"description": "true for a wave that may not take place (extension)"}
    )
    exceptions: dict[str, UnitSetting] = field(
        default_factory=dict,
        metadata={"description": "unit: how it was surveyed, where otherwise than the rest of the wave"},
    )

    def setting(self, unit: str) -> dict[str, object]:
        """Mode, version of the form, place and interviewers with which `unit` was surveyed."""
        own = self.exceptions.get(unit, UnitSetting())
        made = {name: getattr(own, name) for name in SETTING}
        return {name: getattr(self, name) if value is None else value for name, value in made.items()}

    def __post_init__(self) -> None:
        check_id("wave", self.id)
        if self.end < self.start:
            raise SurveyError(
                "wave ends before it starts", where=f"wave {self.id}", got=f"{self.start} … {self.end}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a wave's answers lie and how their columns are named.

    `columns` maps item ids to headers; an item not named there is looked up under its own id. `unit_codes`
    maps values of the unit column to unit ids (identity when empty). `recode` maps, per item, raw values to
    codes or to null
    (missing). `dossier` names the column that holds the serial of the register; `register` the file of the
    register itself (`dossier, unit`
    and its characteristics).
    """

    __pydantic_config__ = {"extra": "forbid"}
    wave: str
    path: str
    instrument: str | None = field(
        default=None,
        metadata={"description": "under other_sources only: the questionnaire file of instrument A"},
    )
    format: Literal["odk", "csv"] = "odk"
    respondent: str | None = None
    unit: str = "unit"
    unit_codes: dict[str, str] = field(default_factory=dict)
    psu: str | None = None
    stratum: str | None = None
    dossier: str | None = field(
        default=None, metadata={"description": "column that links an answer to the register"}
    )
    disposition: str | None = field(
        default=None, metadata={"description": "column saying complete, refusal, noncontact or ineligible"}
    )
    register: str | None = field(
        default=None, metadata={"description": "the wave's register, a file beside `path`'s root"}
    )
    date: str | None = None
    date_format: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    recode: dict[str, dict[str, float | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingPlan:
    """How dossiers are drawn in every unit and wave."""

    __pydantic_config__ = {"extra": "forbid"}
    per_cell: int = field(metadata={"description": "completed answers wanted per unit and wave"})
    strata: tuple[str, ...] = ("procedure",)
    min_per_stratum: int = 2
    census_up_to: int = field(
        default=0, metadata={"description": "registers up to this size are taken whole"}
    )
    expected_response: float = 0.7
    reserve_share: float = 0.3

    def __post_init__(self) -> None:
        if self.per_cell < 1 or self.min_per_stratum < 1:
            raise SurveyError("sample size must be at least 1", got=str(self.per_cell))
        if not 0 < self.expected_response <= 1 or not 0 <= self.reserve_share <= 3:
            raise SurveyError("expected_response must lie in (0, 1], reserve_share in [0, 3]")


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPlan:
    """How variance is computed: columns of the answers that name strata and primary sampling units."""

    __pydantic_config__ = {"extra": "forbid"}
    strata: tuple[str, ...] = ("unit", "wave", "stratum")
    psu: str = "respondent"
    fpc: bool = False
    lonely: Literal["error", "certainty", "adjust", "average", "collapse"] = "adjust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What stands beside the units and is never mixed with their scores."""

    __pydantic_config__ = {"extra": "forbid"}
    papi: str = field(
        metadata={"description": "PAPI: the published workbook (.xlsx) or a CSV, a file beside the sources"}
    )
    province: str = field(metadata={"description": "name or code of the province in that file"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Everything a run needs to know, declared in one file."""

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    title: Text
    seed: int
    units: tuple[Unit, ...]
    waves: tuple[Wave, ...]
    design: DesignPlan
    province: Text | None = None
    plan: str | None = field(default=None, metadata={"description": "analysis plan, a file beside this one"})
    sampling: SamplingPlan | None = None
    weighting: WeightingPlan | None = None
    sources: tuple[Source, ...] = ()
    other_instruments: tuple[str, ...] = field(
        default=(),
        metadata={"description": "questionnaire files beside those of the waves, relative to the study file"},
    )
    other_sources: tuple[Source, ...] = field(
        default=(),
        metadata={
            "description": "files of the extract of records, one form a unit and month: the questionnaire "
            "must be of instrument A. Answers of clients (C) stand under sources; no other instrument is read"
        },
    )
    context: Context | None = field(
        default=None, metadata={"description": "province-level figures, shown on a page of their own"}
    )
    outcomes: tuple[str, ...] = field(
        default=(), metadata={"description": "items reported beside the indices"}
    )
    costs: str | None = field(
        default=None, metadata={"description": "the finance department's form, a CSV beside the sources"}
    )
    province_units: str | None = field(
        default=None,
        metadata={
            "description": "the province's units that might take the programme up, a CSV beside the sources"
        },
    )
    rehearsal: str | None = field(
        default=None, metadata={"description": "declared truth for rehearsals, a file beside this one"}
    )
    panel: bool = field(
        default=False,
        metadata={"description": "true: a respondent's key names the same person in every wave"},
    )

    def __post_init__(self) -> None:
        check_id("study", self.id)
        for kind, names in (("unit", [u.id for u in self.units]), ("wave", [w.id for w in self.waves])):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise SurveyError(f"{kind} id stands twice", got=", ".join(sorted(twice)))
            if not names:
                raise SurveyError(f"study has no {kind}")
        waves, units = [wave.id for wave in self.waves], [unit.id for unit in self.units]
        for wave in self.waves:
            for name in wave.exceptions:
                if name not in units:
                    raise unknown("unit", name, units, where=f"waves, {wave.id}, exceptions")
        for source in self.sources:
            if source.instrument is not None:
                raise SurveyError(
                    "a source of another instrument",
                    where=f"sources, wave {source.wave}",
                    got=source.instrument,
                    hint="put it under `other_sources`",
                )
        for source in self.other_sources:
            if source.instrument not in self.other_instruments:
                where = f"other_sources, wave {source.wave}"
                raise unknown("instrument", source.instrument or "", self.other_instruments, where=where)
        for source in (*self.sources, *self.other_sources):
            if source.wave not in waves:
                raise unknown("wave", source.wave, waves, where="sources")
            for name in source.unit_codes.values():
                if name not in units:
                    raise unknown("unit", name, units, where=f"sources, wave {source.wave}")

    def unit(self, name: str) -> Unit:
        """The unit called `name`; SurveyError with the nearest name when there is none."""
        for unit in self.units:
            if unit.id == name:
                return unit
        raise unknown("unit", name, [unit.id for unit in self.units], where=f"study {self.id}")

    def wave(self, name: str) -> Wave:
        """The wave called `name`; SurveyError with the nearest name when there is none."""
        for wave in self.waves:
            if wave.id == name:
                return wave
        raise unknown("wave", name, [wave.id for wave in self.waves], where=f"study {self.id}")
