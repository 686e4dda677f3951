"""A scanned page laid flat: its corner marks found, turned upright by its square code."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp

from surveylib.errors import SurveyError
from surveylib.model.form_code import FormCode, read_code
from surveylib.model.paper_layout import PaperLayout

SCALE = 6.0  # pixels a millimetre of the flat picture
_SMALL = 900  # pixels of the longer side when looking for marks
_CODE_SCALE = 9.0
_NEAR = 0.12  # of the longer side: how far from a corner its mark may be
_ASKEW = 0.04  # of the sides: how far from a rectangle of the form's shape four marks may be
_MARGIN = 3.0  # millimetres around the code that may be off


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flat:
    """The page at `SCALE` pixels a millimetre, as grey values; `black` is the grey of its marks."""

    picture: np.ndarray
    code: FormCode
    black: float


def lay_flat(picture: np.ndarray, *, layout: PaperLayout) -> Flat | str:
    """The page upright and flat, or why not: ``marks`` (corner marks not found), ``code`` (the square code is
    unreadable)."""
    corners = _corners(picture, layout)
    if corners is None:
        return "marks"
    for turn in range(4):
        turned = np.roll(corners, -turn, axis=0)
        code = _code(picture, turned, layout)
        if code is not None:
            flat = _warp(picture, turned, layout, SCALE, (0.0, 0.0, layout.width, layout.height))
            return Flat(picture=flat, code=code, black=_black(flat, layout))
    return "code"


def _corners(picture: np.ndarray, layout: PaperLayout) -> np.ndarray | None:
    """The centres of the four marks, clockwise from the one nearest the picture's upper left."""
    shrink = _SMALL / max(picture.shape)
    small = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    side = layout.mark * max(small.shape) / layout.height
    dark = cv2.adaptiveThreshold(
        small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, int(side * 3) | 1, 25
    )
    # Opened by half a mark, so that a line of print or a stroke that touches a mark does not go with it.
    dark = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((int(side / 2),) * 2, np.uint8))
    outlines, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    centres = np.array([middle for one in outlines if (middle := _middle(one, side)) is not None])
    if len(centres) < 3:
        return None
    high, wide = small.shape
    found = []
    for corner in ((0, 0), (wide, 0), (wide, high), (0, high)):
        away = np.hypot(*(centres - corner).T)
        near = away.min() < _NEAR * max(small.shape)
        found.append(centres[away.argmin()] if near else np.full(2, np.nan))
    fine = [one if np.isnan(one[0]) else _refined(picture, one / shrink, side / shrink) for one in found]
    return _completed(np.array(fine, dtype=np.float32), layout)


def _completed(found: np.ndarray, layout: PaperLayout) -> np.ndarray | None:
    """The four corners, if they lie as on the form; else the best three, and where the fourth must be: a page
    put askew on the glass loses one."""
    best, corners = _ASKEW, None
    for lost in (None, 0, 1, 2, 3):
        four = found.copy()
        if lost is not None:
            four[lost] = four[lost - 1] + four[(lost + 1) % 4] - four[lost - 2]
        off = _off(four, layout)
        if off < best:
            best, corners = off, four
        if lost is None and corners is not None:
            break
    return corners


def _off(four: np.ndarray, layout: PaperLayout) -> float:
    """How far the four points are from the form's rectangle, as a share of its sides: unlike opposite sides,
    unlike diagonals, another ratio of width to height. Infinite where a point is missing."""
    if np.isnan(four).any():
        return np.inf
    top, right, bottom, left = np.hypot(*(np.roll(four, -1, axis=0) - four).T)
    across = np.hypot(*(four[2] - four[0])) / np.hypot(*(four[3] - four[1]))
    (x0, y0), (x1, _), (_, y2), _ = layout.marks
    ratio = (top + bottom) / (left + right) / ((x1 - x0) / (y2 - y0))
    turned = (top + bottom) / (left + right) * ((x1 - x0) / (y2 - y0))
    skew = min(abs(np.log(ratio)), abs(np.log(turned)))
    return float(max(abs(np.log(top / bottom)), abs(np.log(left / right)), abs(np.log(across)), skew))


def _middle(outline: np.ndarray, side: float) -> tuple[float, float] | None:
    (x, y), (wide, high), _ = cv2.minAreaRect(outline)
    area = cv2.contourArea(outline)
    if not (0.55 * side < min(wide, high) and max(wide, high) < 1.6 * side and area > 0.7 * wide * high):
        return None
    return x, y


def _refined(picture: np.ndarray, middle: np.ndarray, side: float) -> tuple[float, float]:
    """The mark's centre of mass in the full picture."""
    reach = int(side)
    x, y = int(middle[0]), int(middle[1])
    left, top = max(x - reach, 0), max(y - reach, 0)
    patch = cv2.GaussianBlur(picture[top : y + reach, left : x + reach], (3, 3), 0)
    _, dark = cv2.threshold(patch, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    _, _, stats, centres = cv2.connectedComponentsWithStats(dark)
    if len(stats) < 2:
        return float(middle[0]), float(middle[1])
    biggest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return float(centres[biggest][0] + left), float(centres[biggest][1] + top)


def _warp(
    picture: np.ndarray,
    corners: np.ndarray,
    layout: PaperLayout,
    scale: float,
    window: tuple[float, float, float, float],
) -> np.ndarray:
    """The window (left, top, width, height in millimetres) of the page, flat."""
    left, top, wide, high = window
    # A pixel's centre is half a pixel from its edge, in both pictures.
    target = (np.array(layout.marks) - (left, top)) * scale - 0.5
    turn = cv2.getPerspectiveTransform(corners, target.astype(np.float32))
    size = (round(wide * scale), round(high * scale))
    return cv2.warpPerspective(picture, turn, size, flags=cv2.INTER_LINEAR, borderValue=255)


def _code(picture: np.ndarray, corners: np.ndarray, layout: PaperLayout) -> FormCode | None:
    x, y, side = layout.qr
    window = (x - _MARGIN, y - _MARGIN, side + 2 * _MARGIN, side + 2 * _MARGIN)
    cut = _warp(picture, corners, layout, _CODE_SCALE, window)
    twice = cv2.resize(cut, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    for tried in (
        cut,
        cv2.GaussianBlur(cut, (0, 0), 1.5),
        cv2.addWeighted(twice, 2, cv2.GaussianBlur(twice, (0, 0), 6), -1, 0),
    ):
        for found in zxingcpp.read_barcodes(tried, formats=zxingcpp.BarcodeFormat.QRCode):
            # The same square is found when the page is turned about; only upright is its place right.
            if abs(found.orientation) > 45:
                return None
            try:
                return read_code(found.text)
            except SurveyError:
                return None
    return None


def _black(flat: np.ndarray, layout: PaperLayout) -> float:
    reach = int(layout.mark * SCALE / 4)
    spots = [(int(x * SCALE), int(y * SCALE)) for x, y in layout.marks]
    return float(np.median([np.median(flat[y - reach : y + reach, x - reach : x + reach]) for x, y in spots]))
