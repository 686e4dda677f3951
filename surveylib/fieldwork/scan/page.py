"""From the picture of a page to what was marked on it; whatever is not plain goes to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from surveylib.errors import SurveyError
from surveylib.fieldwork.scan.align import SCALE, Flat, lay_flat
from surveylib.fieldwork.scan.ink import RING, Ink, bubble_ink, darkness, field_ink
from surveylib.fieldwork.scan.pictures import pictures, scan_files
from surveylib.model.paper_layout import PaperLayout, PrintedItem
from surveylib.model.scanned import Reading, Reason, ScannedPage

# Shares of a bubble, found on generated scans (tests/fieldwork/scan): paper and noise stay far below
# `_CLEAN`, the thinnest tick far above `_MARKED`; what lies between is a person's to decide.
_CLEAN, _MARKED, _SMUDGE = 0.035, 0.10, 0.06
_FULL, _SPILT, _LEAVING = 0.72, 0.19, 2
_WRITTEN = 0.004


def scan_folder(folder: Path, *, layouts: tuple[PaperLayout, ...]) -> Iterator[ScannedPage]:
    """Every page of every scan in `folder`, in the order of their names."""
    for file in scan_files(folder):
        name = file.name if file == folder else file.relative_to(folder).as_posix()
        name = f"./{name}" if name.startswith(("=", "+", "-", "@")) else name  # no formula in a spreadsheet
        try:
            for sheet, picture in enumerate(pictures(file), 1):
                yield read_page(picture, layouts=layouts, file=name, sheet=sheet)
        except SurveyError as error:
            yield ScannedPage(file=name, sheet=0, code=None, problem=f"unreadable: {error.what}")


def read_page(
    picture: np.ndarray, *, layouts: tuple[PaperLayout, ...], file: str = "", sheet: int = 1
) -> ScannedPage:
    """One page: grey picture in, readings out. A page that cannot be placed says so in `problem`."""
    flat = lay_flat(picture, layout=layouts[0])
    if isinstance(flat, str):
        return ScannedPage(file=file, sheet=sheet, code=None, problem=flat)
    layout = next((one for one in layouts if one.digest == flat.code.layout), None)
    if layout is None or flat.code.page > layout.pages:
        return ScannedPage(file=file, sheet=sheet, code=flat.code, problem=_stranger(flat, layouts))
    dark = darkness(flat)
    ink = _ink_of(dark, layout, flat.code.page)
    if ink is None:
        return ScannedPage(file=file, sheet=sheet, code=flat.code, problem="rings")
    items = [item for item in layout.items if item.page == flat.code.page]
    readings = tuple(_read(item, ink, dark, flat, layout) for item in items)
    return ScannedPage(file=file, sheet=sheet, code=flat.code, readings=readings)


def _stranger(flat: Flat, layouts: tuple[PaperLayout, ...]) -> str:
    same = [layout for layout in layouts if layout.form == flat.code.form]
    if not same:
        return "form"
    return "layout" if any(layout.version == flat.code.version for layout in same) else "version"


def _ink_of(dark: np.ndarray, layout: PaperLayout, page: int) -> Mapping[tuple[str, int], tuple] | None:
    spots = [(item.id, spot) for item in layout.items for spot in item.spots if spot.page == page]
    if not spots:
        return {}
    ink = bubble_ink(dark, tuple(spot for _, spot in spots), layout=layout)
    if ink.found < RING:
        return None
    return {(name, spot.code): _state(ink, at) for at, (name, spot) in enumerate(spots)}


def _state(ink: Ink, at: int) -> tuple[bool | None, Reason | None]:
    """Whether a bubble is marked (None: cannot tell), and what stands against it."""
    mean, dark, around = ink.mean[at], ink.dark[at], ink.around[at]
    if dark >= _FULL and (around > _SPILT or ink.leaving[at] >= _LEAVING):
        return None, "struck"
    if dark >= _MARKED:
        return True, None
    if mean < _CLEAN and dark < _CLEAN:
        return False, None
    return None, "smudge" if dark < 0.02 and mean > _SMUDGE else "faint"


def _read(
    item: PrintedItem, ink: Mapping[tuple[str, int], tuple], dark: np.ndarray, flat: Flat, layout: PaperLayout
) -> Reading:
    if item.field is not None:
        written = field_ink(dark, item.field, ruled=item.kind == "text") > _WRITTEN
        return _doubt(item, (), "written", flat, layout) if written else Reading(item=item.id)
    states = {spot.code: ink[item.id, spot.code] for spot in item.spots}
    marked = tuple(sorted(code for code, (state, _) in states.items() if state))
    against = [reason for state, reason in states.values() if state is None]
    if against:
        return _doubt(item, marked, against[0], flat, layout)
    if item.kind == "one" and len(marked) > 1:
        return _doubt(item, marked, "double", flat, layout)
    if len(marked) > 1 and set(marked) & set(item.alone):
        return _doubt(item, marked, "alone", flat, layout)
    return Reading(item=item.id, codes=marked)


def _doubt(
    item: PrintedItem, codes: tuple[int, ...], reason: Reason, flat: Flat, layout: PaperLayout
) -> Reading:
    """For a person: the strip of the page from the question to its last circle or line."""
    ends = [spot.y + layout.bubble for spot in item.spots]
    if item.field is not None:
        ends.append(item.field.y + item.field.height + 1)
    top = min([item.top, *(spot.y - layout.bubble for spot in item.spots)]) - 4
    cut = flat.picture[max(0, round(top * SCALE)) : round((max(ends) + 1) * SCALE), round(11 * SCALE) :]
    small = cv2.resize(cut, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    written, png = cv2.imencode(".png", small, [cv2.IMWRITE_PNG_COMPRESSION, 6])
    return Reading(item=item.id, codes=codes, reason=reason, picture=png.tobytes() if written else b"")
