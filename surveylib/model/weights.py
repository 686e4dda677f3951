"""Weights with every step that made them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surveylib.errors import SurveyError


def frozen(values, dtype=float) -> np.ndarray:
    """A read-only copy; an array that is read-only already, and no view of another, is taken as it is."""
    if (
        isinstance(values, np.ndarray)
        and values.dtype == dtype
        and values.base is None
        and not values.flags.writeable
    ):
        return values
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightStep:
    """One step: the factor-bearing weights after it, and its diagnostics (name, value)."""

    name: str
    values: np.ndarray
    diagnostics: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(self.values))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """The weights of n respondents, in the order of their rows, with their history.

    Attributes
    ----------
    steps : tuple of WeightStep
        base, nonresponse, calibrate, trim …: the last one's values are the weights.
    calibration : array (n, p) or None
        Auxiliary variables (margin indicators) the weights were calibrated to: variance uses the residuals on
        them.
    regression : array (n,) or None
        Weights of the regression that gives these residuals: those before calibration.
    """

    steps: tuple[WeightStep, ...]
    calibration: np.ndarray | None = None
    regression: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not self.steps:
            raise SurveyError("weights without a step")
        for step in self.steps:
            check_weights(step.values, where=f"weights, step {step.name}")
            if step.values.shape != self.steps[0].values.shape:
                raise SurveyError("steps have different lengths", where=f"weights, step {step.name}")
        if (self.calibration is None) != (self.regression is None):
            raise SurveyError("calibration variables and regression weights go together", where="weights")
        for name in ("calibration", "regression"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, frozen(getattr(self, name)))
                if getattr(self, name).shape[:1] != self.steps[0].values.shape:
                    raise SurveyError(f"{name} has another number of rows", where="weights")

    @property
    def values(self) -> np.ndarray:
        return self.steps[-1].values


def check_weights(values: np.ndarray, *, where: str) -> None:
    """Refuse weights that are missing, infinite or negative, naming the first such row."""
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        kind = "missing" if math.isnan(values[row]) else "negative" if values[row] < 0 else "infinite"
        raise SurveyError(
            f"{int(wrong.sum())} weight(s) cannot be used",
            where=f"{where}, row {row + 1}",
            expected="finite weights, none below 0",
            got=f"{values[row]} ({kind})",
            hint="drop the row or give it a weight",
        )
