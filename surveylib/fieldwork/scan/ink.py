"""How much ink lies in every bubble and field of a flat page, against the paper around it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surveylib.fieldwork.scan.align import SCALE, Flat
from surveylib.model.paper_layout import Field, PaperLayout, Spot

_INNER = 0.70  # of the radius: inside the printed ring, with room for blur
_AROUND = (1.14, 1.42)  # of the radius: outside the ring, before the printed label
_OUTSIDE = (1.28, 1.41)  # of the radius: where only strokes come that leave the bubble
_SECTORS = 24
_SHIFT = 8  # pixels a bubble may lie from where the corners say
_NEIGHBOURS = 12
RING = 0.45  # correlation with a printed ring below which the page is not where it should be
_STROKE = 0.2
_DARK = 0.42  # of the way from paper to print


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ink:
    """Of each spot, in order: mean darkness inside the ring (0 paper, 1 print), share of dark pixels there,
    mean darkness in a band around it, strokes that leave it on both sides (in how many of 24
    sectors), and how well rings were found (correlation) where they should be."""

    mean: np.ndarray
    dark: np.ndarray
    around: np.ndarray
    leaving: np.ndarray
    found: float


def darkness(flat: Flat) -> np.ndarray:
    """The page as darkness: 0 the paper near by, 1 the print of the corner marks."""
    small = cv2.resize(flat.picture, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (0, 0), 3)
    paper = cv2.resize(paper, flat.picture.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    return (paper - flat.picture) / np.maximum(paper - flat.black, 40)


def bubble_ink(dark: np.ndarray, spots: tuple[Spot, ...], *, layout: PaperLayout) -> Ink:
    """The ink of the spots, each looked for within a millimetre of where the corners say it is."""
    radius = layout.bubble / 2 * SCALE
    centres = np.array([(spot.x * SCALE - 0.5, spot.y * SCALE - 0.5) for spot in spots])
    shifts, score = _shifts(dark, centres, radius, farthest=_SHIFT)
    if score < RING:  # one corner was guessed from the other three, and the page is not quite flat
        shifts, score = _shifts(dark, centres, radius, farthest=2 * _SHIFT)
    centres = centres + shifts
    reach = int(radius * 2)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    away = np.hypot(x, y)
    inner = away <= _INNER * radius
    around = (away >= _AROUND[0] * radius) & (away <= _AROUND[1] * radius)
    outside = (away >= _OUTSIDE[0] * radius) & (away <= _OUTSIDE[1] * radius)
    sector = ((np.arctan2(y, x)[outside] / (2 * np.pi) + 0.5) * _SECTORS).astype(int) % _SECTORS
    count = np.bincount(sector, minlength=_SECTORS)
    cut = np.stack([cv2.getRectSubPix(dark, (2 * reach + 1,) * 2, (float(a), float(b))) for a, b in centres])
    return Ink(
        mean=cut[:, inner].mean(axis=1),
        dark=(cut[:, inner] > _DARK).mean(axis=1),
        around=cut[:, around].mean(axis=1),
        leaving=np.array([_through(np.bincount(sector, one, _SECTORS) / count) for one in cut[:, outside]]),
        found=score,
    )


def _through(sectors: np.ndarray) -> int:
    """How many strokes leave the bubble on both sides: a line through it, not a label beside it."""
    dark = sectors > _STROKE
    near = dark | np.roll(dark, 1) | np.roll(dark, -1)
    return int((dark & np.roll(near, _SECTORS // 2)).sum())


def _shifts(
    dark: np.ndarray, centres: np.ndarray, radius: float, *, farthest: int
) -> tuple[np.ndarray, float]:
    """How far the paper lies from where its corners say, near each spot: the median over the rings around it,
    so that a filled bubble, which has no ring to find, takes its neighbours' shift."""
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
    return np.median(best[sure][near], axis=1), float(np.median(scores))


def field_ink(dark: np.ndarray, field: Field, *, ruled: bool) -> float:
    """The share of dark pixels in a field. Printed lines are left out: those around digits, and the dotted
    ones (`ruled`) that an answer is written on."""
    left, top, right, bottom = (
        round(edge * SCALE) for edge in (field.x, field.y, field.x + field.width, field.y + field.height)
    )
    cut = (dark[top:bottom, left:right] > _DARK).astype(np.uint8)
    margin = round(0.6 * SCALE)
    if ruled:
        cut = cv2.morphologyEx(cut, cv2.MORPH_OPEN, np.ones((3, 1), np.uint8))
        return float(cut[margin:-margin].mean())
    upright = cut[margin:-margin, margin:-margin]
    printed = upright.mean(axis=0) > 0.7
    return float(
        upright[:, ~cv2.dilate(printed.astype(np.uint8)[None], np.ones((1, 5)))[0].astype(bool)].mean()
    )
