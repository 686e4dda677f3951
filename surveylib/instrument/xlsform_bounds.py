"""The bounds of a scale, read back from the constraint of a form."""

from __future__ import annotations

import re

_BOUND = re.compile(
    r"\.\s*(?P<sign>>=|<=|>|<)\s*(?:(?P<number>-?\d+(?:\.\d+)?)|date\(\s*['\"](?P<day>\d{4}-\d\d-\d\d)['\"]\s*\))"
)
_STEPS = {">=": 0, "<=": 0, ">": 1, "<": -1}
_FIELDS = {
    (kind, low): "minimum" if low else "maximum" for kind in ("integer", "decimal") for low in (True, False)
}
_FIELDS |= {("date", True): "earliest", ("date", False): "latest"}


def read_bounds(text: str, kind: str) -> dict[str, float | str] | None:
    """The fields of a scale that say what the constraint of a question of this kind says; None where it says
    something else.

    >>> read_bounds(". >= 18 and . < 110", "integer")
    {'minimum': 18.0, 'maximum': 109.0}
    >>> read_bounds("string-length(.) > 3", "text") is None
    True
    """
    if not text.strip():
        return {}
    made: dict[str, float | str] = {}
    for part in re.split(r"\s+and\s+", _bare(text)):
        found = _BOUND.fullmatch(_bare(part))
        field = found and _FIELDS.get((kind, found["sign"].startswith(">")))
        if not field or field in made or (kind == "date") != bool(found["day"]):
            return None
        step = _STEPS[found["sign"]]
        if step and kind != "integer":
            return None  # just above 0 is no bound of ours
        made[field] = found["day"] if kind == "date" else float(found["number"]) + step
    return made


def _bare(text: str) -> str:
    """Without brackets around the whole."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _balanced(text[1:-1]):
        text = text[1:-1].strip()
    return text


def _balanced(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            return False
    return depth == 0
