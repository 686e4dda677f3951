"""Whether totals of several parts were made alike: only then do they add."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.thin import stage_label
from surveylib.model.totals import PsuTotals

_HINT = "make the totals of all parts with the same options"


def refuse_different(parts: Sequence[PsuTotals], names: Sequence[str]) -> None:
    """SurveyError naming the first two parts that differ in requests, domains or design, and in what."""
    for part, name in zip(parts[1:], names[1:], strict=True):
        for (what, ours), (_, theirs) in zip(_facts(parts[0]), _facts(part), strict=True):
            if ours != theirs:
                raise SurveyError(
                    f"parts differ in {what}: they cannot be combined",
                    where=f"{names[0]} and {name}",
                    expected=ours,
                    got=theirs,
                    hint=_HINT,
                )


def _facts(part: PsuTotals) -> list[tuple[str, str]]:
    stages = part.stages
    return [
        ("what was asked", ", ".join(dict.fromkeys(f"{s.kind} of {s.variable}" for s in part.statistics))),
        ("the items of scales", "; ".join(_scales(part)) or "none"),
        ("what is numbers and what is text", ", ".join(_text_totals(part)) or "numbers only"),
        ("the columns of domains", ", ".join(map(str, part.domains.columns)) or "none"),
        ("stages of the design", str(len(stages))),
        ("population sizes", " and ".join("none" if s.population is None else "given" for s in stages)),
        ("names of clusters", " and ".join(_named(part, depth) for depth in range(len(stages)))),
        ("the rule for lonely clusters", part.lonely),
    ]


def _text_totals(part: PsuTotals) -> list[str]:
    """The variables whose total is one a level."""
    return sorted({f"{s.variable} is text" for s in part.statistics if s.kind == "total" and s.level})


def _scales(part: PsuTotals) -> list[str]:
    """Every scale with its items: their moments would be matched by name."""
    moments: dict[str, list[str]] = {}
    for s in part.statistics:
        if s.kind == "alpha":
            moments.setdefault(s.variable, []).append(s.level)
    return [f"{name} of {', '.join(levels)}" for name, levels in moments.items()]


def _named(part: PsuTotals, depth: int) -> str:
    if part.labels[stage_label("cluster", depth + 1)].isna().all():
        return "every row is one"
    return "named within strata" if part.stages[depth].nested else "named across strata"


def named_alike(table: pd.DataFrame, whose: np.ndarray, names: Sequence[str]) -> None:
    """SurveyError when a column of names is numbers in one part and text in another: 07 would not be 7."""
    for column in table.columns:
        text = table[column].map(lambda value: isinstance(value, str)).to_numpy()
        if text.all() or not text.any():
            continue
        kinds = [text[whose == k].any() for k in range(len(names))]
        first, other = kinds.index(True), kinds.index(False) if False in kinds else kinds.index(True)
        raise SurveyError(
            "names are text in one part and numbers in another",
            where=f"{names[first]} and {names[other]}, column {column!r}",
            got=f"{table[column][int(np.argmax(text))]!r} and {table[column][int(np.argmin(text))]!r}",
            hint="write them alike: 07 and 7 would be two different names",
        )
