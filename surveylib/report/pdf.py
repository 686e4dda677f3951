"""The one-page decision brief as an A4 page."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.text import Lang
from surveylib.report.estimates import listed_numbers
from surveylib.report.printing import MISSING, Number, number
from surveylib.report.publish import write_bytes
from surveylib.report.render import TEMPLATES
from surveylib.report.said import said
from surveylib.report.typeset import typeset
from surveylib.report.words import BRIEF

_TEMPLATE = TEMPLATES / "brief.typ"
_SIZES = (
    (9.8, 92),
    (9.4, 84),
    (9.0, 76),
    (8.6, 70),
)  # points of the letters, millimetres of the chart: the first that fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of the brief: what, how much, and what must be known beside it."""

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The effect on a group of criteria; `significant` is by the adjusted p, None where there is no test."""

    label: str
    estimate: float
    conf_low: float
    conf_high: float
    significant: bool | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Everything on the page, in one language, as strings already printed; the caller fills it from the
    decision.

    An empty part is not left out: the page says that it could not be estimated.

    Attributes
    ----------
    title, subtitle : what was decided on, and for whom, when
    verdict, decided_by : the verdict in a line, and the rule or gate that decided it
    strip_svg, strip_alt, strip_caption : the chart of every unit's change
    next_units : "of the next 10 units about 7 would improve by ≥ 0.2", with its range
    effect : points, percentage points satisfied, MDE, p with its floor
    groups_note : which groups could not be estimated, and why
    groups, facts : four groups with adjusted flags; items of fact
    grade, reasons : the evidence grade, and three reasons in plain words
    overturn, cost, next_steps : sentences
    footer : digests, versions, deviations from the plan
    numbers : every number printed above, for `estimates.csv`
    """

    lang: Lang
    title: str
    verdict: str
    decided_by: str
    strip_svg: str
    strip_alt: str
    strip_caption: str
    subtitle: str = ""
    mark: str = ""
    next_units: str = ""
    effect: tuple[Fact, ...] = ()
    groups: tuple[Bar, ...] = ()
    groups_note: str = ""
    sesoi: float | None = None
    facts: tuple[Fact, ...] = ()
    grade: str = ""
    reasons: tuple[str, ...] = ()
    overturn: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()

    def __post_init__(self) -> None:
        for name in ("title", "verdict", "decided_by", "strip_svg", "strip_alt", "strip_caption"):
            if not getattr(self, name).strip():
                raise SurveyError("the brief lacks a part it cannot do without", expected=name)


def brief_pdf(brief: Brief, *, made: datetime.date) -> bytes:
    """The brief as PDF. `made` is the day written into the file, so that the bytes do not depend on the
    clock.

    Raises
    ------
    SurveyError
        If typst refuses the page or warns of anything, or the words do not fit one page.
    """
    for size, picture in _SIZES:
        data = _data(brief) | {"size": size, "picture": picture}
        content, pages = typeset(_TEMPLATE, name="brief", title=brief.title, data=data, made=made)
        if pages == 1:
            return content
    raise SurveyError(
        "the brief does not fit one page",
        where=brief.title,
        got=f"{pages} pages",
        hint="shorten its sentences",
    )


def write_brief(brief: Brief, target: Path, *, made: datetime.date) -> None:
    """Write the brief as PDF; see `brief_pdf`."""
    write_bytes(Path(target), brief_pdf(brief, made=made))


def brief_numbers(page: str, brief: Brief) -> pd.DataFrame:
    """Every number on the brief, for ``estimates.csv``: those it names, then those in its words and its
    chart."""
    drawn = ElementTree.fromstring(brief.strip_svg).iter("{http://www.w3.org/2000/svg}text")
    words = [*_strings(_data(brief) | {"strip_svg": ""}), *("".join(one.itertext()) for one in drawn)]
    return pd.concat(
        [
            listed_numbers(page, brief.numbers),
            listed_numbers(page, said(words, lang=brief.lang, known=brief.numbers), record="said"),
        ],
        ignore_index=True,
    )


def _strings(data: object) -> Iterator[str]:
    """Every string in `data`, however deep."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list | tuple):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _strings(part)


def _data(brief: Brief) -> dict:
    data = asdict(brief) | {"words": {name: text.get(brief.lang) for name, text in BRIEF.items()}}
    del data["numbers"]
    for bar in data["groups"]:
        ends = [number(bar[name], lang=brief.lang, signed=True) for name in ("conf_low", "conf_high")]
        bar["printed"] = number(bar["estimate"], lang=brief.lang, signed=True)
        bar["range"] = ("; " if brief.lang == "vi" else ", ").join(ends)
        if not (math.isfinite(bar["conf_low"]) and math.isfinite(bar["conf_high"])):
            # With very few units there is no interval at the plan's level: the bar is drawn without one.
            bar |= {"conf_low": bar["estimate"], "conf_high": bar["estimate"], "range": MISSING}
    return data
