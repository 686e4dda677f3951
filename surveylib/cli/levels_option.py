"""The option that declares the levels of a domain column, so that one nobody chose is seen to be empty."""

from __future__ import annotations

from collections.abc import Sequence

import click
import pandas as pd

from surveylib.cli.rows import COLUMN
from surveylib.errors import SurveyError, unknown
from surveylib.estimation.encode import label

levels_option = click.option(
    "--levels",
    multiple=True,
    type=COLUMN,
    metavar="COLUMN=L1/L2",
    help="All levels of a --by column: one without rows is a line with n = 0, any other value is an error.",
)


def with_levels(rows: pd.DataFrame, *, levels: Sequence[str], by: Sequence[str]) -> pd.DataFrame:
    """The rows, their columns of `levels` with what was declared.

    Raises
    ------
    SurveyError
        What cannot be read; a column that is not in `by` or not in the rows; a value that was not declared.
    """
    for text in levels:
        name, equals, listed = (part.strip() for part in text.partition("="))
        declared = [level.strip() for level in listed.split("/")]
        if not name or not equals or not all(declared) or len(set(declared)) < len(declared):
            raise SurveyError(
                "levels cannot be read", where="--levels", expected="COLUMN=L1/L2, each once", got=repr(text)
            )
        if name not in by:
            raise SurveyError(f"--levels {name} would be ignored", expected=f"--by {name} with it")
        if name not in rows.columns:
            raise unknown("column", name, rows.columns, where="header")
        values = rows[name].map(label, na_action="ignore")
        other = sorted(set(values.dropna()) - set(declared))
        if other:
            raise SurveyError(
                f"{len(other)} value(s) that --levels does not name",
                where=f"column {name!r}",
                expected=", ".join(declared),
                got=", ".join(map(repr, other[:5])) + (" …" if len(other) > 5 else ""),
            )
        rows = rows.assign(**{name: pd.Categorical(values, categories=declared)})
    return rows
