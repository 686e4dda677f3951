"""What is planned for the weights of a study."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from surveylib.errors import SurveyError

CalibrationMethod = Literal["rake", "linear", "raking", "logit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightingPlan:
    """Base × unknown eligibility × non-response × calibration, then trimming; all within unit and wave.

    The weight of dossiers whose eligibility is unknown is shared out wherever there are such.
    """

    __pydantic_config__ = {"extra": "forbid"}
    base: Literal["draw", "none"] = field(
        default="draw", metadata={"description": "draw: 1 / probability; none: every answer weighs 1"}
    )
    nonresponse_classes: tuple[str, ...] = field(
        default=(), metadata={"description": "register columns, crossed: who answered speaks for the class"}
    )
    propensity: tuple[str, ...] = field(
        default=(),
        metadata={"description": "instead of classes: register columns of a model of who answers"},
    )
    margins: tuple[str, ...] = field(
        default=(), metadata={"description": "columns to calibrate to, the most important first"}
    )
    margins_file: str | None = field(
        default=None,
        metadata={"description": "CSV of known counts in place of the register's: variable, level, count"},
    )
    method: CalibrationMethod = field(
        default="rake", metadata={"description": "linear is GREG; all but rake take bounds"}
    )
    bounds: tuple[float, float] | None = field(
        default=None, metadata={"description": "least and greatest new / old weight, held exactly"}
    )
    soft: float | None = field(
        default=None,
        metadata={"description": "meet margins nearly: 0.01 lets a category miss by about 1 % of the unit"},
    )
    max_ratio: float | None = field(
        default=None,
        metadata={"description": "no weight above this multiple of the median in unit and wave"},
    )

    def __post_init__(self) -> None:
        self._check_nonresponse()
        self._check_calibration()
        if self.max_ratio is not None:
            if not self.max_ratio > 1:
                raise SurveyError("max_ratio must be above 1", got=f"{self.max_ratio:g}")
            if self.bounds is not None or self.soft is not None:
                raise SurveyError(
                    "trimming (max_ratio) cannot be joined with bounds or soft",
                    hint="bounds alone keep weights close, and soft calibration can be bounded",
                )

    def _check_nonresponse(self) -> None:
        if self.nonresponse_classes and self.propensity:
            raise SurveyError("non-response goes by nonresponse_classes or by propensity, not both")
        if self.base == "none" and (self.nonresponse_classes or self.propensity):
            raise SurveyError(
                "non-response needs a draw",
                expected="base: draw",
                got="base: none",
                hint="name the variables as margins instead",
            )

    def _check_calibration(self) -> None:
        for name in self.margins:
            if self.margins.count(name) > 1:
                raise SurveyError("a margin stands twice", got=name)
        chosen = self.method != "rake" or self.bounds is not None or self.soft is not None
        if chosen and not (self.margins or self.margins_file):
            raise SurveyError(
                "method, bounds and soft would be ignored", expected="margins, or margins_file, with them"
            )
        if self.bounds is not None:
            low, high = self.bounds
            if not 0 <= low < 1 < high:
                wanted = "[low, high], 0 <= low < 1 < high"
                raise SurveyError("bounds cannot be used", expected=wanted, got=f"{low:g}, {high:g}")
            if self.method == "rake":
                raise SurveyError(
                    "bounds would be ignored by rake",
                    expected="method: linear, raking or logit",
                    hint="raking within bounds is method: raking",
                )
        elif self.method == "logit":
            raise SurveyError("the logit method needs bounds", expected="bounds: [0.3, 3] or the like")
        if self.soft is not None and not self.soft > 0:
            raise SurveyError("soft must be above 0", got=f"{self.soft:g}")
