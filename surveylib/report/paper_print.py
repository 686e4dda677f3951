"""What is printed on a form, as a small picture of each page for the reader of scans."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pypdfium2

from surveylib.model.paper_layout import PRINT_DOTS

_FINER = 3  # pixels each way that a dot is the mean of


def printed_pages(pdf: bytes, *, width: float, height: float) -> tuple[str, ...]:
    """Each page of `width` × `height` millimetres, as `PaperLayout.printed` has it."""
    with pypdfium2.PdfDocument(pdf) as document:
        return tuple(_page(page, round(width * PRINT_DOTS), round(height * PRINT_DOTS)) for page in document)


def _page(page: pypdfium2.PdfPage, wide: int, high: int) -> str:
    # The renderer stretches a page over whole pixels: rounded down, it is stretched by nothing.
    scale = _FINER * PRINT_DOTS * 25.4 / 72 * (1 - 1e-6)
    bitmap = page.render(scale=scale, grayscale=True)
    grey = np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)[: high * _FINER, : wide * _FINER]
    # Sums of whole slices: a mean over two axes of four takes five times as long.
    rows = sum(grey[at::_FINER].astype(np.uint16) for at in range(_FINER))
    light = sum(rows[:, at::_FINER] for at in range(_FINER)) / _FINER**2
    ink = np.round(255 - light).astype(np.uint8)
    # At its highest level zlib takes ten times as long, for 3 % less.
    return base64.b64encode(zlib.compress(ink.tobytes(), 6)).decode("ascii")
