"""Options for samples whose errors no design of strata, clusters and population sizes tells: clusters drawn
with unequal probabilities without replacement, and two phases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps

import click
import pandas as pd

from surveylib.cli.rows import COLUMN
from surveylib.errors import SurveyError
from surveylib.estimation import two_phase, unequal
from surveylib.estimation.declare import numbers
from surveylib.model.design import SurveyDesign
from surveylib.model.unequal import UnequalDraw

_PAIRS = ("brewer", "overton", "hartley-rao")
_FORMS = ("horvitz-thompson", "yates-grundy")
_OPTIONS = (
    click.option(
        "--probability",
        type=COLUMN,
        metavar="COLUMN",
        help="Clusters were drawn without replacement with these probabilities (PPS); weights are then "
        "1/probability unless named.",
    ),
    click.option("--pairs", type=click.Choice(_PAIRS), help="Probabilities of pairs.  [default: brewer]"),
    click.option(
        "--variance-form",
        type=click.Choice(_FORMS),
        help="Sum over pairs, for overton and hartley-rao.  [default: horvitz-thompson]",
    ),
    click.option(
        "--second-phase",
        type=COLUMN,
        metavar="COLUMN",
        help="1 in the rows that were taken for a second phase; the design is that of the first.",
    ),
    click.option("--phase-strata", type=COLUMN, metavar="COLUMN", help="Strata of the second phase."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What was asked for; false where the design tells all."""

    probability: str | None
    pairs: str | None
    form: str | None
    second: str | None
    strata: str | None

    def __post_init__(self) -> None:
        if self.probability is not None and self.second is not None:
            raise SurveyError("a draw is PPS or in two phases", expected="--probability or --second-phase")
        for option, value, used in (
            ("--pairs", self.pairs, self.probability is not None),
            ("--variance-form", self.form, self.pairs not in (None, "brewer")),
            ("--phase-strata", self.strata, self.second is not None),
        ):
            if value is not None and not used:
                raise SurveyError(f"{option} would be ignored", hint="it belongs to another draw")

    def __bool__(self) -> bool:
        return self.probability is not None or self.second is not None

    def applied(
        self, rows: pd.DataFrame, design: SurveyDesign, *, weighted: bool
    ) -> tuple[pd.DataFrame, SurveyDesign, UnequalDraw | None]:
        """The rows that count, their design, and the draw; `weighted`: the design has weights of its own."""
        if self.probability is not None:
            draw = unequal(
                rows,
                design,
                probability=self.probability,
                pairs=self.pairs or "brewer",
                form=self.form or "horvitz-thompson",
            )
            if not weighted:
                design = replace(design, weights=1 / numbers(rows, self.probability))
            return rows, design, draw
        if self.second is not None:
            made = two_phase(rows, design, second=self.second, strata=self.strata)
            return made.rows, made.design, made.draw
        return rows, design, None


def draw_options(command: Callable) -> Callable:
    """Add the options; the command gets them as one argument `draw`, a Draw."""

    @wraps(command)
    def gathered(probability, pairs, variance_form, second_phase, phase_strata, **others):
        asked = Draw(
            probability=probability, pairs=pairs, form=variance_form, second=second_phase, strata=phase_strata
        )
        return command(draw=asked, **others)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered
