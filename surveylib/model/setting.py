"""Where a form is used: the study whose units and waves it offers, or the one unit and wave it is for."""

from __future__ import annotations

from dataclasses import dataclass

from surveylib.errors import SurveyError
from surveylib.model.study import Study, Unit, Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What an export may know beyond the questionnaire.

    Without a study the form asks for unit and wave as text; with one it offers the study's; with `unit` or
    `wave` it carries them and asks no more.
    """

    study: Study | None = None
    unit: str | None = None
    wave: str | None = None

    def __post_init__(self) -> None:
        if self.study is None:
            if self.unit is not None or self.wave is not None:
                raise SurveyError("a unit or a wave belongs to a study", hint="name the study too")
            return
        if self.unit is not None:
            self.study.unit(self.unit)
        if self.wave is not None:
            self.study.wave(self.wave)

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units the form may be filled in for, () when no study is known."""
        if self.study is None:
            return ()
        return self.study.units if self.unit is None else (self.study.unit(self.unit),)

    @property
    def waves(self) -> tuple[Wave, ...]:
        """The waves the form may be filled in for, () when no study is known."""
        if self.study is None:
            return ()
        return self.study.waves if self.wave is None else (self.study.wave(self.wave),)
