"""What is printed on a page, taken from the layout, so that all other ink is known to be somebody's."""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass

import cv2
import numpy as np

from surveylib.errors import SurveyError
from surveylib.model.paper_layout import PRINT_DOTS, PaperLayout

_LINE = 40  # millimetres from which a printed line is one between rows
_SOME = 20  # of 255: a hair line shared by two rows of dots is print
_WIDE = 9  # dots each way: what has more is no letter but the shade behind headings
_ROUND = 2  # pixels that print may seem wider than it is: blur, and the page not quite flat


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Printed:
    """How much ink is printed (0 to 1); and which pixels are, a little wider than they are: all but the grey
    lines between rows, and those lines."""

    ink: np.ndarray
    text: np.ndarray
    lines: np.ndarray


def printed_on(layout: PaperLayout, page: int, *, shape: tuple[int, int]) -> Printed:
    """What is printed on a page, as pictures of this shape."""
    ink = decode_print(layout, page)
    fine = cv2.morphologyEx(ink, cv2.MORPH_TOPHAT, np.ones((_WIDE, _WIDE), np.uint8))
    bits = np.where(fine >= _SOME, 255, 0).astype(np.uint8)
    lines = cv2.morphologyEx(bits, cv2.MORPH_OPEN, np.ones((1, _LINE * PRINT_DOTS), np.uint8))
    wider = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _ROUND + 1,) * 2)
    text, lines = (
        cv2.dilate((cv2.resize(one, shape[::-1]) > 64).astype(np.uint8), wider)
        for one in (cv2.subtract(bits, lines), lines)
    )
    whole = cv2.resize(ink.astype(np.float32) / 255, shape[::-1])
    return Printed(ink=whole, text=text, lines=lines)


def decode_print(layout: PaperLayout, page: int) -> np.ndarray:
    """The layout's picture of a page: `PRINT_DOTS` dots a millimetre, 255 where all is ink.

    Raises
    ------
    SurveyError
        If it is damaged or of another size.
    """
    wide, high = round(layout.width * PRINT_DOTS), round(layout.height * PRINT_DOTS)
    where = f"{layout.form}, page {page}"
    try:
        deflated = base64.b64decode(layout.printed[page - 1], validate=True)
        packed = zlib.decompressobj().decompress(deflated, wide * high)
    except (binascii.Error, zlib.error) as error:
        raise SurveyError("the picture of a form's print is damaged", where=where) from error
    if len(packed) != wide * high:
        raise SurveyError("the picture of a form's print has another size", where=where)
    return np.frombuffer(packed, dtype=np.uint8).reshape(high, wide)
