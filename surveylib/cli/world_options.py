"""Options that say how restless the simulated world is; shared by diagnose and redesign."""

from __future__ import annotations

from collections.abc import Callable

import click

from surveylib.errors import SurveyError
from surveylib.model.scenario import LEVEL, SD, SIGMA, TAU

_OPTIONS = (
    click.option(
        "--answers",
        type=click.IntRange(min=2),
        help="A unit and wave, in every unit; without, what its register can give, else per_cell of the "
        "study.",
    ),
    click.option(
        "--sd",
        type=float,
        help=f"Sd of one respondent's index; without, a run's own (diagnose --run), else assumed: {SD}.",
    ),
    click.option(
        "--sigma",
        type=float,
        default=SIGMA,
        show_default=True,
        help="Assumed: sd of a unit's shock in a wave.",
    ),
    click.option(
        "--tau", type=float, default=TAU, show_default=True, help="Assumed: sd of the true effect over units."
    ),
    click.option(
        "--common", type=float, default=0.0, show_default=True, help="Assumed: sd of a province-wide shock."
    ),
    click.option(
        "--level",
        type=float,
        default=LEVEL,
        show_default=True,
        help="Assumed: units' mean before; diagnose --run takes a run's own.",
    ),
    click.option("--no-ends", is_flag=True, help="A scale without ends: gains show wherever units start."),
)


def world_options(command: Callable) -> Callable:
    """Add them to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_numbers(text: str, *, option: str) -> tuple[float, ...]:
    """Numbers between commas.

    Raises
    ------
    SurveyError
        For anything else.
    """
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SurveyError("numbers cannot be read", where=option, expected="0,0.1,0.2", got=text) from error
