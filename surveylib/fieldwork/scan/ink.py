"""How much ink lies in every bubble and field of a flat page, against the paper around it, in what shape."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surveylib.fieldwork.scan.align import SCALE, Flat
from surveylib.fieldwork.scan.printed import Printed
from surveylib.model.paper_layout import Field, PaperLayout, Spot

INNER = 0.70  # of the radius: inside the printed ring, with room for blur
_OUTSIDE = (1.28, 1.42)  # of the radius: beyond the ring, before the printed label and the line of the row
_WITHIN = (0.60, 0.72)  # of the radius: strokes on their way to the ring
_STUB = (1.20, 1.28)  # of the radius: where the shorter end of a line through it can still be seen
_RAYS = 72
_OPPOSITE = 6  # rays: a line that misses the centre does not leave exactly opposite to where it came in
_STROKE, _END = 0.28, 0.35  # of the pen's own darkness
_SHIFT = 8  # pixels a bubble may lie from where the corners say
_NEIGHBOURS = 12
_ALIKE = 2  # pixels that a ring may lie from where its neighbours say
RING = 0.45  # correlation with a printed ring below which the page is not where it should be
_MARK = 0.37  # of the way from paper to print: between what is left of a rubbed-out mark and a pale thin pen
_DARK = 0.42  # the same for handwriting between printed lines


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ink:
    """Of each spot, in order: mean darkness inside the ring (0 paper, 1 print); share of dark pixels there;
    how well the inside is covered, as a share of the pen's own darkness; the radius of the largest blot in
    it, in radii; in how many strokes it reaches towards the ring; along how many of 72 rays a line runs out
    on both sides. And where the spots were found
    (pixels), of which spots the ring itself was, and how well (correlation with a ring)."""

    mean: np.ndarray
    dark: np.ndarray
    cover: np.ndarray
    blot: np.ndarray
    ends: np.ndarray
    through: np.ndarray
    centres: np.ndarray
    rings: np.ndarray
    found: float


def darkness(flat: Flat) -> np.ndarray:
    """The page as darkness: 0 the paper near by, 1 the print of the corner marks."""
    small = cv2.resize(flat.picture, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (0, 0), 3)
    paper = cv2.resize(paper, flat.picture.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    return (paper - flat.picture) / np.maximum(paper - flat.black, 40)


def printed_at(spots: tuple[Spot, ...]) -> np.ndarray:
    """Where the spots would lie (pixels) were the page as flat as it was printed."""
    return np.array([(spot.x * SCALE - 0.5, spot.y * SCALE - 0.5) for spot in spots])


def bubble_ink(dark: np.ndarray, spots: tuple[Spot, ...], *, layout: PaperLayout) -> Ink:
    """The ink of the spots, each looked for within a millimetre of where the corners say it is."""
    radius = layout.bubble / 2 * SCALE
    centres = printed_at(spots)
    shifts, rings, score = _shifts(dark, centres, radius, farthest=_SHIFT)
    if score < RING:  # one corner was guessed from the other three, and the page is not quite flat
        shifts, rings, score = _shifts(dark, centres, radius, farthest=2 * _SHIFT)
    centres = centres + shifts
    reach = int(radius * 2)
    away = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32))
    inner = away <= INNER * radius
    cut = np.stack([cv2.getRectSubPix(dark, (2 * reach + 1,) * 2, (float(a), float(b))) for a, b in centres])
    mean = cut[:, inner].mean(axis=1)
    # What is drawn with a pale pen is judged by that pen, not by the blackest.
    pen = np.maximum(np.percentile(cut[:, inner], 95, axis=1), 0.05)
    blots = [
        _blot(one > 0.45 * own, away <= 0.85 * radius) / radius for one, own in zip(cut, pen, strict=True)
    ]
    return Ink(
        mean=mean,
        dark=(cut[:, inner] > _MARK).mean(axis=1),
        cover=mean / pen,
        blot=np.array(blots),
        ends=_ends(cut, pen, radius),
        through=_through(cut, pen, radius),
        centres=centres,
        rings=rings,
        found=score,
    )


def _blot(dark: np.ndarray, within: np.ndarray) -> float:
    return float(cv2.distanceTransform((dark & within).astype(np.uint8), cv2.DIST_L2, 5).max())


def _ends(cut: np.ndarray, pen: np.ndarray, radius: float) -> np.ndarray:
    """How many separate strokes cross a circle within the ring: four of a cross, two of a line."""
    dark = _rays(cut, *_WITHIN, radius=radius) > 0.45 * pen[:, None]
    return (dark & ~np.roll(dark, 1, axis=1)).sum(axis=1)


def _rays(cut: np.ndarray, start: float, end: float, *, radius: float) -> np.ndarray:
    """The mean darkness along each of `_RAYS` rays, from `start` to `end` radii."""
    turn = np.arange(_RAYS)[:, None] * 2 * np.pi / _RAYS
    out = np.linspace(start, end, 4)[None] * radius
    middle = cut.shape[1] // 2
    x, y = ((middle + out * side(turn)).astype(np.float32) for side in (np.cos, np.sin))
    return np.stack([cv2.remap(one, x, y, cv2.INTER_LINEAR).mean(axis=1) for one in cut])


def _through(cut: np.ndarray, pen: np.ndarray, radius: float) -> np.ndarray:
    """Along how many rays a line leaves the bubble on both sides: one through it, not a label beside it, nor
    a blot that spills over on one side."""
    far = _rays(cut, *_OUTSIDE, radius=radius) > _STROKE * pen[:, None]
    end = _rays(cut, *_STUB, radius=radius) > _END * pen[:, None]
    near = np.any([np.roll(end, by, axis=1) for by in range(-_OPPOSITE, _OPPOSITE + 1)], axis=0)
    return (far & np.roll(near, _RAYS // 2, axis=1)).sum(axis=1)


def _shifts(
    dark: np.ndarray, centres: np.ndarray, radius: float, *, farthest: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """How far the paper lies from where its corners say, near each spot: the median over the rings around it,
    so that a filled bubble, which has no ring to find, takes its neighbours' shift; where rings were found
    (not a number where none was); and how well."""
    reach = int(radius * 1.3)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    ring = np.exp(-(((np.hypot(x, y) - radius) / 1.3) ** 2)).astype(np.float32)
    window = 2 * (reach + farthest) + 1
    best, scores = np.zeros_like(centres), np.zeros(len(centres))
    for at, (a, b) in enumerate(centres):
        patch = cv2.getRectSubPix(dark, (window, window), (float(a), float(b)))
        match = cv2.matchTemplate(patch, ring, cv2.TM_CCOEFF_NORMED)
        _, scores[at], _, place = cv2.minMaxLoc(match)
        best[at] = np.array(place) - farthest
    sure = scores > 0.5 if (scores > 0.5).sum() >= 4 else np.ones(len(scores), dtype=bool)
    near = np.argsort(((centres[:, None] - centres[None, sure]) ** 2).sum(axis=2), axis=1)[:, :_NEIGHBOURS]
    shifts = np.median(best[sure][near], axis=1)
    own = sure & (np.abs(best - shifts).max(axis=1) <= _ALIKE)
    rings = np.where(own[:, None], centres + best, np.nan)
    return shifts, rings, float(np.median(scores))


def field_ink(dark: np.ndarray, field: Field, *, printed: Printed) -> float:
    """The share of dark pixels in a field, between what is printed there: boxes of digits, dotted lines."""
    left, top, right, bottom = (
        round(edge * SCALE) for edge in (field.x, field.y, field.x + field.width, field.y + field.height)
    )
    place = slice(top, bottom), slice(left, right)
    own = (printed.text[place] == 0) & (printed.lines[place] == 0)
    return float((dark[place][own] > _DARK).mean()) if own.any() else 1.0
