"""Names that people give to items, units, waves: what they may look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from surveylib.errors import SurveyError

IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]{0,40}$")


def check_id(kind: str, name: str) -> None:
    """Refuse a name that would not survive as a column, a file name and a form field."""
    if not IDENTIFIER.match(name):
        raise SurveyError(
            f"{kind} id is not usable",
            expected="lower-case ASCII letters, digits and _, starting with a letter",
            got=repr(name),
        )


def check_once(kind: str, names: Iterable[str]) -> None:
    """Refuse a name that stands twice."""
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise SurveyError(f"{kind} id stands twice", got=", ".join(twice))
