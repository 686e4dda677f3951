"""Files of scans as grey pictures, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pypdfium2

from surveylib.errors import SurveyError

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
LARGEST = 200_000_000  # bytes of a file
_DPI = 200
_MOST_PIXELS = 80_000_000  # an A4 page at 800 dpi
_MOST_PAGES = 2000


def scan_files(folder: Path) -> tuple[Path, ...]:
    """The scans in `folder`, however deep, in the order of their names.

    Raises
    ------
    SurveyError
        If there is none.
    """
    folder = Path(folder)
    found = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
    files = tuple(path for path in found if path.is_file() and path.suffix.lower() in (*PICTURES, ".pdf"))
    if not files:
        raise SurveyError("no scans here", where=str(folder), expected="PNG, JPEG, TIFF or PDF files")
    return files


def pictures(file: Path) -> Iterator[np.ndarray]:
    """The pages of one file, 8-bit grey.

    Raises
    ------
    SurveyError
        If the file cannot be read, or is larger than a scan is.
    """
    size = file.stat().st_size
    if size > LARGEST:
        raise SurveyError(
            "file is too large", where=str(file), expected=f"at most {LARGEST} bytes", got=str(size)
        )
    yield from _pdf(file) if file.suffix.lower() == ".pdf" else _raster(file)


def _raster(file: Path) -> Iterator[np.ndarray]:
    raw = np.frombuffer(file.read_bytes(), dtype=np.uint8)
    try:
        read, pages = cv2.imdecodemulti(raw, cv2.IMREAD_GRAYSCALE) if raw.size else (False, ())
    except cv2.error as error:
        raise SurveyError("scan is damaged", where=str(file), got=error.err) from error
    if not read:
        raise SurveyError("scan is damaged or no picture", where=str(file))
    for page in pages:
        if page.size > _MOST_PIXELS:
            raise SurveyError("scan is too large", where=str(file), got=f"{page.size} pixels")
        yield page


def _pdf(file: Path) -> Iterator[np.ndarray]:
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        raise SurveyError("PDF is damaged or locked", where=str(file), got=str(error)) from error
    with document:
        if len(document) > _MOST_PAGES:
            raise SurveyError("PDF has too many pages", where=str(file), got=str(len(document)))
        for page in document:
            wide, high = page.get_size()
            if wide * high * (_DPI / 72) ** 2 > _MOST_PIXELS:
                raise SurveyError("page is too large", where=str(file), got=f"{wide:.0f} × {high:.0f} points")
            bitmap = page.render(scale=_DPI / 72, grayscale=True)
            yield np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
