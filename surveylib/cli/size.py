"""surveylib size: how many to ask."""

from __future__ import annotations

import dataclasses

import click
import pandas as pd

from surveylib.cli.output import format_option, show
from surveylib.errors import SurveyError
from surveylib.sampling import detectable_change, size_for_change, size_for_mean


@click.command("size", epilog="Example: surveylib size --change 0.2 --sd 0.9 --deff 1.3 --response-rate 0.7")
@click.option("--change", type=float, help="Change between two waves to detect, in the outcome's unit.")
@click.option("--margin", type=float, help="Half-width of the interval of a level.")
@click.option("--n", "n", type=int, help="Answers a wave: print the change they detect.")
@click.option("--sd", type=float, help="Standard deviation of the outcome.")
@click.option("--share", type=float, help="A share instead of an sd: its level, between 0 and 1.")
@click.option("--deff", type=float, default=1.0, show_default=True, help="Design effect.")
@click.option("--population", type=int, help="Size of the register.")
@click.option("--power", type=float, default=0.8, show_default=True, help="For a change.")
@click.option(
    "--alpha",
    type=float,
    default=0.05,
    show_default=True,
    help="Two-sided level of the test or 1 − confidence.",
)
@click.option("--response-rate", type=float, default=1.0, show_default=True, help="Share that answers.")
@format_option
def command(change, margin, n, sd, share, deff, population, power, alpha, response_rate, form) -> None:
    """Sample size for a level (--margin) or a change between two waves (--change); or what --n detects.

    This is the precision of one office. What a pilot can show depends on the number of offices, not of
    answers: the smallest detectable effect stands in the decision report.
    """
    if sum(value is not None for value in (change, margin, n)) != 1:
        raise SurveyError("one question at a time", expected="one of --change, --margin, --n")
    spread = {"sd": sd, "share": share, "deff": deff}
    frame = {"population": population, "response_rate": response_rate}
    if n is not None:
        made = {
            "complete": n,
            "detectable_change": detectable_change(complete=n, **spread, power=power, alpha=alpha),
        }
    elif change is not None:
        made = dataclasses.asdict(size_for_change(change=change, **spread, **frame, power=power, alpha=alpha))
    else:
        made = dataclasses.asdict(size_for_mean(margin=margin, **spread, **frame, confidence=1 - alpha))
    show({"size": pd.DataFrame([made])}, form=form)
