"""The last millimetre: a page that was not quite flat, or of which a corner was guessed, moved to where its
circles say it is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from surveylib.fieldwork.scan.align import Flat

_FEWEST = 8  # circles by which a page can be moved


def straighten(
    flat: Flat, dark: np.ndarray, *, printed: np.ndarray, found: np.ndarray
) -> tuple[Flat, np.ndarray]:
    """The page and its darkness, seen so that what was `found` (pixels; not a number where it was not) lies
    where it was `printed`."""
    known = ~np.isnan(found[:, 0])
    if known.sum() < _FEWEST:
        return flat, dark
    turn, _ = cv2.findHomography(found[known], printed[known])
    size = dark.shape[::-1]
    picture = cv2.warpPerspective(flat.picture, turn, size, flags=cv2.INTER_LINEAR, borderValue=255)
    moved = cv2.warpPerspective(dark, turn, size, flags=cv2.INTER_LINEAR, borderValue=0)
    return replace(flat, picture=picture), moved
