"""From the picture of a page to what was marked on it; whatever is not plain goes to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from surveylib.errors import SurveyError
from surveylib.fieldwork.scan.align import SCALE, Flat, lay_flat
from surveylib.fieldwork.scan.crease import without_creases
from surveylib.fieldwork.scan.ink import RING, Ink, bubble_ink, darkness, field_ink, printed_at
from surveylib.fieldwork.scan.pictures import pictures, scan_files
from surveylib.fieldwork.scan.printed import Printed, printed_on
from surveylib.fieldwork.scan.straighten import straighten
from surveylib.fieldwork.scan.stray import Placed, drawn_at_odds
from surveylib.model.paper_layout import PaperLayout, PrintedItem, Spot
from surveylib.model.scanned import Reading, Reason, ScannedPage

# Shares of a bubble, found on generated scans (tests/fieldwork/scan): paper and noise stay far below
# `_CLEAN`, the thinnest tick far above `_MARKED`; what lies between is a person's to decide. A line through a
# bubble strikes it out where it crosses a blot (`_BLOT`, radii), or there is more ink or more strokes than a
# bare cross has, or lines leave it on more sides (`_ALL_ROUND`, rays) than those of a cross.
_CLEAN, _MARKED, _SMUDGE = 0.02, 0.10, 0.06
_THROUGH, _ALL_ROUND, _BLOT, _COVER = 3, 27, 0.42, 0.595
_WHOLE_MARK, _STAR = 3, 5  # strokes: no line has so many, no cross has so many
_WRITTEN = 0.004
_WHOLE = -1  # stands for the item where a bubble's code would
State = tuple[bool | None, Reason | None]
States = dict[str, list[tuple[int, State]]]


def scan_folder(folder: Path, *, layouts: tuple[PaperLayout, ...]) -> Iterator[ScannedPage]:
    """Every page of every scan in `folder`, in the order of their names."""
    known = {layout.digest: layout for layout in layouts}
    for file in scan_files(folder):
        name = file.name if file == folder else file.relative_to(folder).as_posix()
        name = f"./{name}" if name.startswith(("=", "+", "-", "@")) else name  # no formula in a spreadsheet
        try:
            for sheet, picture in enumerate(pictures(file), 1):
                yield _read_known(picture, known, name, sheet)
        except SurveyError as error:
            yield ScannedPage(file=name, sheet=0, code=None, problem=f"unreadable: {error.what}")


def read_page(
    picture: np.ndarray, *, layouts: tuple[PaperLayout, ...], file: str = "", sheet: int = 1
) -> ScannedPage:
    """One page: grey picture in, readings out. A page that cannot be placed says so in `problem`."""
    return _read_known(picture, {layout.digest: layout for layout in layouts}, file, sheet)


def _read_known(
    picture: np.ndarray, layouts: Mapping[str, PaperLayout], file: str, sheet: int
) -> ScannedPage:
    flat = lay_flat(picture, layout=next(iter(layouts.values())))
    if isinstance(flat, str):
        return ScannedPage(file=file, sheet=sheet, code=None, problem=flat)
    layout = layouts.get(flat.code.layout)
    if layout is None or flat.code.page > layout.pages:
        return ScannedPage(file=file, sheet=sheet, code=flat.code, problem=_stranger(flat, layouts.values()))
    items = [item for item in layout.items if item.page == flat.code.page]
    dark = darkness(flat)
    printed = printed_on(layout, flat.code.page, shape=dark.shape)
    spots = [(item.id, spot) for item in items for spot in item.spots]
    states: States = {}
    if spots:
        names, placed = zip(*spots, strict=True)
        at = printed_at(placed)
        ink = bubble_ink(dark, placed, layout=layout)
        if ink.found < RING:
            return ScannedPage(file=file, sheet=sheet, code=flat.code, problem="rings")
        if np.abs(ink.centres - at).max() > 0:
            flat, dark = straighten(flat, dark, printed=at, found=ink.rings)
        dark = without_creases(dark, printed=printed)
        ink = bubble_ink(dark, placed, layout=layout)
        states = _states(dark, ink, names, placed, printed, items, layout)
    readings = tuple(_read(item, states, dark, flat, printed, layout) for item in items)
    return ScannedPage(file=file, sheet=sheet, code=flat.code, readings=readings)


def _stranger(flat: Flat, layouts: Iterable[PaperLayout]) -> str:
    same = [layout for layout in layouts if layout.form == flat.code.form]
    if not same:
        return "form"
    return "layout" if any(layout.version == flat.code.version for layout in same) else "version"


def _states(
    dark: np.ndarray,
    ink: Ink,
    names: tuple[str, ...],
    spots: tuple[Spot, ...],
    printed: Printed,
    items: list[PrintedItem],
    layout: PaperLayout,
) -> States:
    """By item, the state of every bubble, and under `_WHOLE` what stands against the item as a whole."""
    bubbles = [_state(ink, at) for at in range(len(spots))]
    marked = np.array([state is not False for state, _ in bubbles])
    whole = (ink.blot >= _BLOT) | (ink.ends >= _WHOLE_MARK)
    page = Placed(names=names, centres=ink.centres, marked=marked, whole=whole)
    states: States = {}
    for name, spot, state in zip(names, spots, bubbles, strict=True):
        states.setdefault(name, []).append((spot.code, state))
    for name, reason in drawn_at_odds(dark, page, printed=printed, items=items, layout=layout).items():
        states.setdefault(name, []).append((_WHOLE, (None, reason)))
    return states


def _state(ink: Ink, at: int) -> State:
    """Whether a bubble is marked (None: cannot tell), and what stands against it."""
    mean, dark = ink.mean[at], ink.dark[at]
    if dark >= _MARKED:
        heavy = ink.blot[at] >= _BLOT or ink.cover[at] >= _COVER or ink.ends[at] >= _STAR
        struck = ink.through[at] >= (_THROUGH if heavy else _ALL_ROUND)
        return (None, "struck") if struck else (True, None)
    if mean < _CLEAN and dark < _CLEAN:
        return False, None
    return None, "smudge" if dark < 0.02 and mean > _SMUDGE else "faint"


def _read(
    item: PrintedItem,
    states: States,
    dark: np.ndarray,
    flat: Flat,
    printed: Printed,
    layout: PaperLayout,
) -> Reading:
    seen = states.get(item.id, [])
    marked = tuple(sorted(code for code, (state, _) in seen if state))
    against = [reason for _, (state, reason) in seen if state is None]
    if item.field is not None and field_ink(dark, item.field, printed=printed) > _WRITTEN:
        against.insert(0, "written")
    if item.kind == "one" and len(marked) > 1:
        against.append("double")
    if len(marked) > 1 and set(marked) & set(item.alone):
        against.append("alone")
    return _doubt(item, marked, against[0], flat, layout) if against else Reading(item=item.id, codes=marked)


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
