"""A questionnaire on paper: A4 by typst, with corner marks, and the map of where every bubble stands.

The map is asked of the typesetter itself, so that it cannot differ from the page.
"""

from __future__ import annotations

import datetime
import json
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import typst

from surveylib.errors import SurveyError
from surveylib.instrument.fill import fill_words
from surveylib.model.paper_layout import Field, PaperLayout, PrintedItem, Spot
from surveylib.model.questionnaire import Item, Questionnaire, Scale
from surveylib.model.setting import Setting
from surveylib.report.paper_data import PaperLang, paper_data
from surveylib.report.paper_print import printed_pages
from surveylib.report.render import TEMPLATES

WIDTH, HEIGHT = 210.0, 297.0
STAMP = datetime.datetime(2014, 1, 1, tzinfo=datetime.UTC)  # the bytes shall not depend on the clock
SIZES = (11.0, 10.5, 10.0, 9.6, 9.3, 9.0)  # points; nothing is printed smaller than the last
_MARK, _INSET = 5.0, 8.5  # side of a corner square, and how far its centre is from the edges
_EDGE, _FOOT, _BUBBLE, _COLUMN, _QR = 13.0, 29.0, 4.0, 14.8, 20.0
_MARKS = (
    (_INSET, _INSET),
    (WIDTH - _INSET, _INSET),
    (WIDTH - _INSET, HEIGHT - _INSET),
    (_INSET, HEIGHT - _INSET),
)
_QR_AT = (WIDTH - _EDGE - _QR, HEIGHT - _FOOT + 2.0, _QR)
_TEMPLATE = TEMPLATES / "paper.typ"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaperForm:
    """A form typeset: its pages without the square code, and where everything stands on them."""

    pdf: bytes
    layout: PaperLayout
    size: float


def typeset_form(
    questionnaire: Questionnaire, *, setting: Setting | None = None, lang: PaperLang = "vi"
) -> PaperForm:
    """The form in the largest letters (9 to 11 points) that need no more pages than the smallest.

    With a unit in `setting`, the words that differ with the unit are its own, its name stands under the
    title, and items that do not apply to its type are left out.

    Raises
    ------
    SurveyError
        If typst refuses the form or warns of anything, or a bubble is not where it should be.
    """
    unit = setting.study.unit(setting.unit) if setting and setting.study and setting.unit else None
    asked = fill_words(questionnaire, unit_type=unit and unit.type, place=unit and unit.place)
    if unit is not None:
        asked = _asked_in(asked, unit.type)
    data = json.dumps(paper_data(asked, lang=lang, unit=unit and unit.name), ensure_ascii=False)
    content, found, size = _typeset(data)
    return PaperForm(pdf=content, layout=_layout(asked, found), size=size)


def _asked_in(questionnaire: Questionnaire, unit_type: str) -> Questionnaire:
    """Without the items of other types of unit; what is computed from answers is of no concern to paper."""
    kept = tuple(item for item in questionnaire.items if unit_type in item.applies_to)
    names = {item.id for item in kept}
    lost = next((i for i in kept if i.relevance and not set(i.relevance.names) <= names), None)
    if not kept or lost is not None:
        raise SurveyError(
            "the questionnaire cannot be asked in this type of unit",
            where=f"questionnaire {questionnaire.id}",
            expected="items that apply, with the items their rules read",
            got=unit_type if lost is None else f"item {lost.id} in {unit_type}",
        )
    sections = tuple(s for s in questionnaire.sections if any(item.section == s.id for item in kept))
    return Questionnaire(
        id=questionnaire.id,
        instrument=questionnaire.instrument,
        version=questionnaire.version,
        title=questionnaire.title,
        notice=questionnaire.notice,
        scales=questionnaire.scales,
        items=kept,
        criteria=questionnaire.criteria,
        sections=sections,
    )


@lru_cache(maxsize=16)
def _typeset(data: str) -> tuple[bytes, Mapping[str, list[dict]], float]:
    compilers: dict[float, typst.Compiler] = {}
    found: dict[float, dict] = {}

    def pages(size: float) -> int:
        compilers[size] = _compiler(data, size)
        found[size] = _found(compilers[size])
        return found[size]["pages"]

    size = SIZES[0]
    if pages(size) > 1 and found[size]["pages"] > (fewest := pages(SIZES[-1])):
        # Larger letters take no fewer pages, so the sizes between need not all be tried.
        between = SIZES[1:-1]
        size = SIZES[1 + bisect_left(between, True, key=lambda one: pages(one) <= fewest)]
    compiler = compilers[size]
    content, warnings = compiler.compile_with_warnings(format="pdf", timestamp=STAMP)
    if warnings:
        raise SurveyError("typst warns about the form", got="; ".join(map(str, warnings)))
    return content, found[size] | {"printed": printed_pages(content, width=WIDTH, height=HEIGHT)}, size


def _found(compiler: typst.Compiler) -> dict:
    """The number of pages, and where every bubble, field and row stands."""
    return json.loads(compiler.query("<found>", field="value", one=True))


def _compiler(data: str, size: float) -> typst.Compiler:
    measures = {
        "size": size,
        "width": WIDTH,
        "edge": _EDGE,
        "foot": _FOOT,
        "mark": _MARK,
        "marks": _MARKS,
        "bubble": _BUBBLE,
        "column": _COLUMN,
        "qr": {"size": _QR},
    }
    return typst.Compiler(
        input=str(_TEMPLATE),
        root=str(TEMPLATES),
        ignore_system_fonts=True,
        sys_inputs={"paper": json.dumps(json.loads(data) | measures, ensure_ascii=False)},
    )


def _layout(questionnaire: Questionnaire, found: Mapping[str, list[dict]]) -> PaperLayout:
    spots: dict[str, list[Spot]] = {}
    for at in found["bubble"]:
        spot = Spot(code=at["code"], page=at["page"], x=round(at["x"], 2), y=round(at["y"], 2))
        spots.setdefault(at["item"], []).append(spot)
    fields = {
        at["item"]: Field(
            page=at["page"],
            x=round(at["x"], 2),
            y=round(at["y"], 2),
            width=float(at["w"]),
            height=float(at["h"]),
        )
        for at in found["field"]
    }
    rows = {at["item"]: at for at in found["row"]}
    items = tuple(
        _printed(item, questionnaire.scale_of(item.id), number, rows[item.id], spots, fields)
        for number, item in enumerate(questionnaire.items, 1)
    )
    return PaperLayout(
        form=questionnaire.id,
        version=questionnaire.version,
        pages=found["pages"],
        width=WIDTH,
        height=HEIGHT,
        mark=_MARK,
        marks=_MARKS,
        qr=_QR_AT,
        bubble=_BUBBLE,
        printed=found["printed"],
        items=items,
    )


def _printed(item: Item, scale: Scale, number: int, row: dict, spots: dict, fields: dict) -> PrintedItem:
    kinds = {"multiple": "several", "number": "number", "date": "date", "text": "text"}
    printed = tuple(spots.get(item.id, ()))
    if sorted(spot.code for spot in printed) != sorted((*scale.codes, *scale.off_codes)):
        raise SurveyError("a bubble is missing on the page", where=f"item {item.id}")
    return PrintedItem(
        id=item.id,
        number=number,
        kind=kinds.get(scale.kind, "one"),
        text=item.text,
        labels={str(choice.code): choice.text for choice in (*scale.choices, *scale.off_scale)},
        page=row["page"],
        top=round(row["y"], 2),
        alone=(*scale.alone, *scale.off_codes) if scale.kind == "multiple" else (),
        spots=printed,
        field=fields.get(item.id),
    )
