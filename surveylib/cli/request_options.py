"""The options that say what is estimated: the same on every command that sums."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import click

from surveylib.cli.rows import COLUMN
from surveylib.errors import SurveyError
from surveylib.model.results import RESULT_COLUMNS
from surveylib.model.totals import Request

_OPTIONS = (
    click.option(
        "--mean",
        "means",
        multiple=True,
        type=COLUMN,
        metavar="COLUMN",
        help="Mean of a column; may be repeated.",
    ),
    click.option(
        "--total",
        multiple=True,
        type=COLUMN,
        metavar="COLUMN",
        help="Total; of a text column, the total of each level.",
    ),
    click.option("--ratio", multiple=True, type=COLUMN, metavar="Y/X", help="Ratio of two totals."),
    click.option(
        "--prop", multiple=True, type=COLUMN, metavar="COLUMN", help="Proportion of every level of a column."
    ),
    click.option(
        "--alpha",
        multiple=True,
        type=COLUMN,
        metavar="[NAME=]A/B/C",
        help="Cronbach's alpha of the items of a scale.",
    ),
    click.option(
        "--by", multiple=True, type=COLUMN, metavar="COLUMN", help="Domains; repeated columns are crossed."
    ),
)


def request_options(command: Callable) -> Callable:
    """Add the options; the command gets `requests`, a list of Request, and `by`, a tuple of columns."""

    @wraps(command)
    def gathered(means, total, ratio, prop, alpha, by, **others):
        requests = [
            *(Request(kind="mean", variable=name) for name in dict.fromkeys(means)),
            *(Request(kind="total", variable=name) for name in dict.fromkeys(total)),
            *(_ratio(text) for text in dict.fromkeys(ratio)),
            *(Request(kind="proportion", variable=name) for name in dict.fromkeys(prop)),
            *(_scale(text) for text in dict.fromkeys(alpha)),
        ]
        return command(requests=requests, by=tuple(dict.fromkeys(by)), **others)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def named(requests: list[Request]) -> list[str]:
    """The columns that requests speak of."""
    return [name for request in requests for name in request.columns]


def _ratio(text: str) -> Request:
    top, slash, bottom = text.partition("/")
    if not slash or not top or not bottom:
        raise SurveyError(
            "ratio cannot be read", where="--ratio", expected="Y/X, two columns", got=repr(text)
        )
    return Request(kind="ratio", variable=top.strip(), denominator=bottom.strip())


def _scale(text: str) -> Request:
    name, equals, listed = text.rpartition("=")
    items = tuple(item.strip() for item in listed.split("/"))
    if not all(items) or (equals and not name.strip()):
        raise SurveyError(
            "items cannot be read", where="--alpha", expected="A/B/C or NAME=A/B/C", got=repr(text)
        )
    return Request(kind="alpha", variable=name.strip() or "/".join(items), items=items)


def refuse_taken(by: tuple[str, ...]) -> None:
    """A domain called as a column of the result would overwrite it, or be overwritten."""
    for name in by:
        if name in ("kind", "variable", "level", "cv", "flag", *RESULT_COLUMNS):
            raise SurveyError(
                "domain has the name of a result",
                where=f"--by {name}",
                hint=f"rename the column in the file, for example {name}_group",
            )
