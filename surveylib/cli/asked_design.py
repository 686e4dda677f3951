"""The design that was asked for on the command line, with what its weights were calibrated to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from surveylib.cli.rows import read_cells, refuse_commas, within
from surveylib.errors import SurveyError
from surveylib.estimation.declare import declared, numbers
from surveylib.estimation.identifiers import refuse_repeated
from surveylib.model.design import DesignColumns, SurveyDesign
from surveylib.weighting.classify import Missing, auxiliary, calibration_columns, classify
from surveylib.weighting.targets import CROSSED, Target, read_targets

MET = 1e-3  # weights that are written with few digits miss their margins by a little


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDesign:
    """The columns of the design; what tells rows apart; the margins, and how rows and margins are read."""

    columns: DesignColumns
    identity: tuple[str, ...] = ()
    margins: Path | None = None
    population: float | None = None
    base: str | None = None
    missing: Missing | None = None

    def __post_init__(self) -> None:
        for option, value in (
            ("--population", self.population),
            ("--base", self.base),
            ("--missing", self.missing),
        ):
            if value is not None and self.margins is None:
                raise SurveyError(f"{option} would be ignored", expected="--margins with it")
        if self.margins is not None and self.columns.weights is None:
            raise SurveyError(
                "which weights were calibrated?", where="--margins", expected="--weights with it"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the rows that the design needs."""
        crossed = [name for target in self.targets() for name in target.variable.split(CROSSED)]
        asked = [*self.columns.names, *self.identity, *filter(None, [self.base]), *crossed]
        return tuple(dict.fromkeys(asked))

    def targets(self) -> tuple[Target, ...]:
        """What the weights were calibrated to."""
        if self.margins is None:
            return ()
        table = read_cells(self.margins)
        with within(self.margins):
            return read_targets(table, population=self.population)

    def declared(self, rows: pd.DataFrame) -> SurveyDesign:
        """The design of the rows.

        Raises
        ------
        SurveyError
            Whatever `declare` and the margins refuse; rows that stand there twice; weights that do not meet
            the margins.
        """
        refuse_commas(rows, [self.columns.weights])
        if self.identity:
            refuse_repeated(rows, names=self.identity)
        targets = self.targets()
        if not targets:
            return declared(rows, self.columns)
        weights = numbers(rows, self.columns.weights)
        before = None if self.base is None else numbers(rows, self.base)
        start, missing = weights if before is None else before, self.missing or "error"
        design = declared(
            rows,
            self.columns,
            calibration=calibration_columns(rows, targets=targets, weights=start, missing=missing),
            calibration_weights=before,
        )
        _refuse_missed(rows, weights, start, targets, missing)
        return design


def _refuse_missed(rows, weights, start, targets: Sequence[Target], missing: Missing) -> None:
    """Residuals of margins that the weights do not meet would make errors too small."""
    size = next((target.total for target in targets if target.levels), weights.sum())
    for target in targets:
        if target.levels:
            codes, target = classify(rows, target=target, weights=start, missing=missing)
            made = np.bincount(codes, weights, minlength=len(target.levels)) / weights.sum()
            wanted = target.counts / target.total
        else:
            values = auxiliary(rows, target=target)
            made, wanted = np.array([weights @ values / weights.sum()]), target.counts / size
        off = np.abs(made - wanted) > MET * np.maximum(np.abs(wanted), MET)
        if off.any():
            k = int(np.argmax(off))
            raise SurveyError(
                "the weights were not calibrated to these margins",
                where=f"margin {target.variable}"
                + (f", level {target.levels[k]!r}" if target.levels else ""),
                expected=f"{wanted[k]:.6g} " + ("of the weights" if target.levels else "on average"),
                got=f"{made[k]:.6g}",
                hint="`surveylib weight` makes such weights; without --margins errors are the design's",
            )
