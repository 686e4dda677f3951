"""Scans as they lie on a disk: each format gives the picture it holds."""

import cv2
import numpy as np
import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork.scan import pictures as module
from surveylib.fieldwork.scan.page import read_page, scan_folder
from surveylib.fieldwork.scan.pictures import pictures, scan_files
from surveylib.rng import stream
from tests.fieldwork.scan.forms_filled_in import fill_in, scan


@pytest.fixture(scope="module")
def sheet(printed):
    """Both pages of a filled sheet, scanned; what was meant by item."""
    pages, meant = [], {}
    for at in (0, 1):
        rng = stream(9, "pictures", at)
        filled, truth = fill_in(printed.pages[at], printed.layout, at + 1, rng, awkward=0)
        pages.append(scan(filled, rng, dots=8)[1])
        meant |= {name: one.codes for name, one in truth.items()}
    return pages, meant


def as_png(file, pages):
    cv2.imwrite(str(file), pages[0])


def as_colour(file, pages):
    cv2.imwrite(str(file), cv2.cvtColor(pages[0], cv2.COLOR_GRAY2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])


def as_tiff(file, pages):
    cv2.imwritemulti(str(file), pages)


@pytest.mark.parametrize(
    ("name", "write", "count"),
    [
        ("a.png", as_png, 1),
        ("a.JPG", as_colour, 1),
        ("a.jpeg", as_colour, 1),
        ("a.tif", as_tiff, 2),
        ("a.tiff", as_tiff, 2),
    ],
)
def test_every_page_of_every_format_is_read(printed, sheet, tmp_path, name, write, count):
    pages, meant = sheet
    write(tmp_path / name, pages)
    read = list(scan_folder(tmp_path, layouts=(printed.layout,)))
    assert [(page.file, page.sheet, page.problem) for page in read] == [
        (name, at + 1, "") for at in range(count)
    ]
    seen = {one.item: one.codes for page in read for one in page.readings if one.item in meant}
    assert seen == {name: codes for name, codes in meant.items() if name in seen} and len(seen) > 20


def test_a_pdf_is_read_page_by_page(printed, tmp_path):
    (tmp_path / "sheets.pdf").write_bytes(printed.pdf)
    read = list(scan_folder(tmp_path / "sheets.pdf", layouts=(printed.layout,)))
    assert [page.code.serial for page in read] == [serial for serial in printed.serials for _ in (1, 2)]
    assert {one.codes for page in read for one in page.readings} == {()}


def test_pictures_are_grey_and_as_they_were(sheet, tmp_path):
    pages, _ = sheet
    as_tiff(tmp_path / "a.tif", pages)
    for got, was in zip(pictures(tmp_path / "a.tif"), pages, strict=True):
        assert got.dtype == np.uint8 and np.array_equal(got, was)


def test_files_are_found_however_deep_and_others_passed_over(tmp_path):
    for name in ("b/2.png", "a/1.JPG", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [file.name for file in scan_files(tmp_path)] == ["1.JPG", "2.png"]
    with pytest.raises(SurveyError, match="no scans"):
        scan_files(tmp_path / "a" / "notes.txt")


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pdf"])
@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 no", b"\x89PNG\r\n\x1a\n cut"])
def test_a_damaged_file_is_said_and_the_next_is_read(printed, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    cv2.imwrite(str(tmp_path / "z.png"), printed.pages[0])
    read = list(scan_folder(tmp_path, layouts=(printed.layout,)))
    assert [page.problem.partition(":")[0] for page in read] == ["unreadable", ""]


def test_what_is_larger_than_a_scan_is_refused(tmp_path, monkeypatch):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((60, 60), 255, np.uint8))
    monkeypatch.setattr(module, "_MOST_PIXELS", 3599)
    with pytest.raises(SurveyError, match="too large"):
        list(pictures(tmp_path / "a.png"))
    monkeypatch.setattr(module, "LARGEST", 10)
    with pytest.raises(SurveyError, match="file is too large"):
        list(pictures(tmp_path / "a.png"))


def test_a_name_that_a_spreadsheet_would_compute_is_made_harmless(printed, tmp_path):
    cv2.imwrite(str(tmp_path / "=1+1.png"), printed.pages[0])
    (read,) = scan_folder(tmp_path, layouts=(printed.layout,))
    assert read.file == "./=1+1.png"
    assert read_page(printed.pages[0], layouts=(printed.layout,)).readings == read.readings
