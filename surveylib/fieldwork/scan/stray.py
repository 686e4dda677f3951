"""Ink where nothing is printed and no circle asks for it: strokes that run on, rings and crosses beside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from surveylib.fieldwork.scan.align import SCALE
from surveylib.fieldwork.scan.ink import INNER
from surveylib.fieldwork.scan.printed import Printed
from surveylib.model.paper_layout import PaperLayout, PrintedItem
from surveylib.model.scanned import Reason

_INK = 0.25  # darkness of the palest stroke; creases and shadows stay below
_OVER_LINE = 0.45  # where a grey line between rows is printed
_RING = 1.3  # of the radius: the printed ring, with room for blur
_OWN = 1.42  # of the radius: a bubble's own place
_ARMS = 2.1  # of the radius: how far a mark may lean out of its bubble
_TAIL = 3.0  # of the radius: how far a stroke may lead away from the mark it is part of
_FEW = 8  # pixels of a stroke in a bubble that may be noise
_FAR = 40.0  # millimetres between two circles that a stroke may join
_ASIDE = 8  # pixels that it may swerve
_START = 15  # pixels of its way that are looked at first
_LED = 6  # pixels of its way where it is seen
_PAPER, _GAP = (
    0.6,
    3,
)  # share of a line across its way that must be free to be called paper; pixels that are a gap
_SPECK = 12  # pixels of a stroke below which it is dust
_LEAST = 1.0  # square millimetres of ink in a row that say something
_WINDOW = 3.0  # millimetres: side of the square in which ink is weighed against print
_INSIDE = (
    2.4  # millimetres that its middle lies within a row, so that a ring around the next one does not count
)
_DENSE = 1.0  # square millimetres of print in it from which the blackness of print can be told
_MORE = 0.75  # square millimetres of ink in it beyond what is printed
_SHARE = 0.4  # of a stroke's ink that must lie in a row to be said of it
_MARGIN = 11.0  # millimetres at the sides of the page where nothing is asked
_ABOVE, _BELOW = 0.5, 3.0  # millimetres by which a row reaches beyond its first line and its last circle


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """The spots of a page, in order: of which item, where they were found (pixels), whether marked, and
    whether there is more in them than a stroke that comes in from elsewhere."""

    names: tuple[str, ...]
    centres: np.ndarray
    marked: np.ndarray
    whole: np.ndarray


def drawn_at_odds(
    dark: np.ndarray, placed: Placed, *, printed: Printed, items: list[PrintedItem], layout: PaperLayout
) -> dict[str, Reason]:
    """The items of which nobody can say that their marks are all there is: ``joined``, a stroke runs from one
    marked circle into another; ``beside``, something is drawn that is no part of a mark."""
    printed = _without_rings(printed, placed, layout)
    strokes = _strokes(dark, printed)
    inside = _inside(strokes, placed, layout)
    more = _more_ink(dark, placed, printed, layout)
    weighed = _rows(items, within=_INSIDE)
    found = _beside(strokes, inside, placed, items, layout) | {
        name for name, row in weighed.items() if more[row].max() > _MORE
    }
    beside = dict.fromkeys(sorted(found), "beside")
    joined = _joined(inside, placed) | _bridged(dark, placed, printed, layout)
    return beside | dict.fromkeys(sorted(joined), "joined")


def _joined(inside: list[set[int]], placed: Placed) -> set[str]:
    """Crosses and blots that touch are marks of their own; a thin stroke may have come in from elsewhere."""
    held: dict[int, list[int]] = {}
    for at in np.flatnonzero(placed.marked):
        for label in inside[at]:
            held.setdefault(label, []).append(int(at))
    runs = [group for group in held.values() if len(group) > 1 and not placed.whole[group].all()]
    return {placed.names[at] for group in runs for at in group}


def _bridged(dark: np.ndarray, placed: Placed, printed: Printed, layout: PaperLayout) -> set[str]:
    """As `_joined`, where words may hide part of the stroke: it leads from one circle towards another marked
    one, and no clear paper is seen between the two."""
    radius = layout.bubble / 2 * SCALE
    start = _RING * radius
    marked = np.flatnonzero(placed.marked)
    found = set()
    for one in marked[~placed.whole[marked]]:
        for other in marked[marked != one]:
            way = placed.centres[other] - placed.centres[one]
            length = float(np.hypot(*way))
            if length > _FAR * SCALE or _between(placed, one, other, radius):
                continue
            for end in (min(start + _START, length - start), length - start):  # mostly, the start is enough
                ink, paper = _across(dark, placed.centres[one], way / length, start, end, printed)
                if (paper & ~ink).sum() >= _GAP:
                    break
            else:
                if ink.sum() >= _LED:
                    found |= {placed.names[one], placed.names[other]}
    return found


def _between(placed: Placed, one: int, other: int, radius: float) -> bool:
    """Whether the way from one circle to another leads over a third that is marked."""
    way = placed.centres[other] - placed.centres[one]
    third = placed.marked.copy()
    third[[one, other]] = False
    off = placed.centres[third] - placed.centres[one]
    along, length = off @ way, way @ way
    aside = np.abs(off[:, 0] * way[1] - off[:, 1] * way[0]) / np.sqrt(length)
    return bool(((along > 0) & (along < length) & (aside < radius)).any())


def _across(
    dark: np.ndarray, origin: np.ndarray, ahead: np.ndarray, start: float, end: float, printed: Printed
) -> tuple[np.ndarray, np.ndarray]:
    """Pixel by pixel along a way, whether there is ink on it or beside it that is not printed; and whether
    enough of it is free of print to be called paper."""
    along = np.arange(start, end)[:, None, None]
    aside = np.arange(-_ASIDE, _ASIDE + 1)[:, None] * np.array([-ahead[1], ahead[0]])
    x, y = np.rint(origin + along * ahead + aside).astype(int).transpose(2, 0, 1)
    ink, free = _unprinted(dark[y, x], printed.text[y, x], printed.lines[y, x])
    return ink.any(axis=1), free.mean(axis=1) >= _PAPER


def _unprinted(dark: np.ndarray, text: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels are ink that is not printed; and on which nothing is printed."""
    ink = (dark > np.where(lines > 0, _OVER_LINE, _INK)) & (text == 0)
    return ink, (text == 0) & (lines == 0)


def _beside(
    strokes: np.ndarray,
    inside: list[set[int]],
    placed: Placed,
    items: list[PrintedItem],
    layout: PaperLayout,
) -> set[str]:
    radius = layout.bubble / 2 * SCALE
    loose = strokes.copy()
    for centre, marked, labels in zip(placed.centres, placed.marked, inside, strict=True):
        _erase(loose, centre, (_ARMS if marked else _OWN) * radius)
        if marked:
            _erase(loose, centre, _TAIL * radius, only=labels)
    whole = np.bincount(loose.ravel())
    whole[0] = 0
    found = set()
    for name, row in _rows(items).items():
        here = np.bincount(loose[row].ravel(), minlength=len(whole))
        if here[(here >= _SHARE * whole) & (whole >= _SPECK)].sum() >= _LEAST * SCALE**2:
            found.add(name)
    return found


def _more_ink(dark: np.ndarray, placed: Placed, printed: Printed, layout: PaperLayout) -> np.ndarray:
    """Around every pixel, square millimetres of ink beyond what is printed there, as when words are crossed
    out: blurred or not, a letter has as much ink as its neighbours. Bubbles are left out, with what leans out
    of a marked one."""
    kept = np.ones(dark.shape, dtype=np.float32)
    for (x, y), marked in zip(placed.centres, placed.marked, strict=True):
        reach = (_ARMS if marked else _OWN) * layout.bubble / 2 * SCALE
        cv2.circle(kept, (round(x), round(y)), round(reach), 0, -1)
    side = round(_WINDOW * SCALE)
    seen, known, part = (
        cv2.boxFilter(one, -1, (side, side), normalize=False) / SCALE**2
        for one in (np.clip(dark, -0.2, 1.1) * kept, printed.ink * kept, kept)
    )
    # Medians: what is written by hand shall not count as print, nor as the tint of the paper.
    some = seen[::4, ::4], known[::4, ::4], part[::4, ::4]
    bare, dense = some[1] < 0.02, some[1] > _DENSE
    ink, _, share = (one[bare] for one in some)
    tint = float(np.median(ink / np.maximum(share, 0.1))) if bare.any() else 0.0
    ink, design, share = (one[dense] for one in some)
    black = float(np.median((ink - tint * share) / design)) if dense.any() else 1.0
    return seen - np.float32(black) * known - np.float32(tint) * part


def _rows(items: list[PrintedItem], *, within: float = 0.0) -> dict[str, tuple[slice, slice]]:
    """By item, its row on the page (pixels): from its first line to below its last circle, and on to the next
    item, so that headings and rules belong to the one above; without the margins of the page; less `within`
    millimetres above and below."""
    rows, side = {}, slice(round(_MARGIN * SCALE), -round(_MARGIN * SCALE))
    tops = [max(0.0, min([item.top, *(spot.y - _BELOW for spot in item.spots)]) - _ABOVE) for item in items]
    for item, top, following in zip(items, tops, [*tops[1:], 0.0], strict=True):
        field = item.field
        ends = [field.y + field.height] if field else [spot.y + _BELOW for spot in item.spots]
        end = max(*ends, following)
        rows[item.id] = slice(round((top + within) * SCALE), round((end - within) * SCALE)), side
    return rows


def _without_rings(printed: Printed, placed: Placed, layout: PaperLayout) -> Printed:
    """What is printed but the rings: a line is not lost where it crosses one, and within is paper."""
    text = printed.text.copy()
    for x, y in placed.centres:
        cv2.circle(text, (round(x), round(y)), round(_RING * layout.bubble / 2 * SCALE), 0, -1)
    return replace(printed, text=text)


def _strokes(dark: np.ndarray, printed: Printed) -> np.ndarray:
    """Every pixel with the number of the stroke it belongs to; 0 on paper and on what is printed."""
    ink, _ = _unprinted(dark, printed.text, printed.lines)
    _, strokes = cv2.connectedComponents(ink.astype(np.uint8))
    return strokes


def _inside(strokes: np.ndarray, placed: Placed, layout: PaperLayout) -> list[set[int]]:
    """The strokes in every bubble."""
    found = []
    for centre in placed.centres:
        place, near = _round(strokes.shape, centre, INNER * layout.bubble / 2 * SCALE)
        labels, seen = np.unique(strokes[place][near], return_counts=True)
        found.append({int(label) for label in labels[seen > _FEW] if label})
    return found


def _erase(loose: np.ndarray, centre: np.ndarray, reach: float, *, only: set[int] | None = None) -> None:
    place, near = _round(loose.shape, centre, reach)
    cut = loose[place]
    cut[near if only is None else near & np.isin(cut, list(only))] = 0


def _round(
    shape: tuple[int, ...], centre: np.ndarray, reach: float
) -> tuple[tuple[slice, slice], np.ndarray]:
    """The square around a centre (pixels), and which of its pixels lie within `reach`."""
    x, y = (float(edge) for edge in centre)
    down = np.arange(max(int(y - reach), 0), min(int(y + reach) + 2, shape[0]))
    across = np.arange(max(int(x - reach), 0), min(int(x + reach) + 2, shape[1]))
    near = (down[:, None] - y) ** 2 + (across[None] - x) ** 2 <= reach**2
    return (slice(down[0], down[-1] + 1), slice(across[0], across[-1] + 1)), near
