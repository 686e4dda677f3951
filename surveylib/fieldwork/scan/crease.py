"""Folds: a form that was folded shows a line across the page, which is no ink of anybody's."""

from __future__ import annotations

import cv2
import numpy as np

from surveylib.fieldwork.scan.printed import Printed

_BLOCK = 12  # pixels along a line whose darkness is averaged
_SIDE = 5  # blocks to either side: two centimetres, more than a mark is wide
_KNOWN = 4  # pixels of paper in a block, and blocks in a window, from which the paper's darkness is told
_DEEPEST = 0.16  # darkness of a crease: a stroke of a pen, however long, keeps most of its own


def without_creases(dark: np.ndarray, *, printed: Printed) -> np.ndarray:
    """The darkness of a page less that of the creases that run across it: at every height the median of the
    paper two centimetres around, which no mark fills but a crease does."""
    paper = (printed.text == 0) & (printed.lines == 0)
    high, wide = dark.shape
    blocks = wide // _BLOCK
    shape = high, blocks, _BLOCK
    count = paper[:, : blocks * _BLOCK].reshape(shape).sum(axis=2)
    ink = np.where(paper, dark, 0)[:, : blocks * _BLOCK].reshape(shape).sum(axis=2)
    mean = np.where(count >= _KNOWN, ink / np.maximum(count, 1), np.nan).astype(np.float32)
    around = np.pad(mean, ((0, 0), (_SIDE, _SIDE)), constant_values=np.nan)
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(around, 2 * _SIDE + 1, axis=1), axis=2)
    known = (~np.isnan(windows)).sum(axis=2)  # those that are not stand last
    middle = np.take_along_axis(windows, np.maximum(known - 1, 0)[..., None] // 2, axis=2)[..., 0]
    level = np.where(known >= _KNOWN, np.clip(middle, 0, _DEEPEST), 0).astype(np.float32)
    return dark - cv2.resize(level, (wide, high), interpolation=cv2.INTER_LINEAR)
