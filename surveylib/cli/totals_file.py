"""A file of totals on the command line: what is in it, who could be recognised, what it makes needless."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pandas as pd
from click.core import ParameterSource

from surveylib.errors import SurveyError
from surveylib.estimation.encode import label
from surveylib.estimation.store import read_totals
from surveylib.model.totals import PsuTotals

_LARGER = (
    "their totals show single respondents' answers: name larger clusters (--psu) or fewer domains (--by)"
)
FEW = 3  # in fewer, a total can be taken apart: one member who knows the own answer knows the other's


def summary(totals: PsuTotals, *, file: Path) -> pd.DataFrame:
    """One row: what a file of totals holds."""
    held = totals.rows[totals.rows > 0]
    counts = {
        "file": str(file),
        "rows": int(totals.rows.sum()),
        "strata": len(totals.labels.iloc[:, 0].unique()),
        "clusters": len(totals.labels),
        "domains": len(totals.domains),
        "columns": len(totals.columns),
        "smallest_cell": int(held.min()) if held.size else 0,
    }
    return pd.DataFrame([counts])


def refuse_recognisable(totals: PsuTotals, *, least: int) -> None:
    """Cells of few respondents show their answers: refuse them below `least`."""
    if (found := _recognisable(totals, least)) is not None:
        said, where = found
        raise SurveyError(said, where=where, expected=f"at least {least} rows in every cell", hint=_LARGER)


def warn_recognisable(totals: PsuTotals) -> None:
    """Say that cells of fewer than 3 respondents show their answers."""
    if (found := _recognisable(totals, FEW)) is not None:
        said, where = found
        click.echo(f"{click.style('warning', fg='yellow')}: {said}\n  first: {where}\n  {_LARGER}", err=True)


def _recognisable(totals: PsuTotals, limit: int) -> tuple[str, str] | None:
    """How many cells have fewer rows, and the first of them."""
    small = (totals.rows > 0) & (totals.rows < limit)
    if not small.any():
        return None
    cluster, domain = (int(place) for place in np.argwhere(small)[0])
    names = [*totals.labels.iloc[cluster].tolist(), *totals.domains.iloc[domain].tolist()]
    cells = f"{int(small.sum())} of {int((totals.rows > 0).sum())} cells (cluster × domain)"
    where = "cell " + " / ".join(label(name) for name in names if name is not None)
    return f"{cells} rest on fewer than {limit} rows", where


def open_totals(file: Path, context: click.Context, *, kept: Collection[str]) -> PsuTotals:
    """The totals in `file`; every option but `kept` is refused, for it would be ignored.

    `--lonely` stays: it says how variance is made, not what was summed.
    """
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name) == ParameterSource.COMMANDLINE
        if given and parameter.name not in {"lonely", *kept}:
            raise SurveyError(
                f"{parameter.opts[0] if parameter.opts[0].startswith('-') else parameter.name.upper()} "
                "would be ignored",
                where="--totals",
                hint="totals hold what was asked and the design; make them anew to change that",
            )
    totals = read_totals(file)
    if context.get_parameter_source("lonely") == ParameterSource.COMMANDLINE:
        totals = replace(totals, lonely=context.params["lonely"])
    return totals
