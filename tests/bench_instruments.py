"""Rows of the bench on questionnaires: the five instruments checked and made into forms, beside pyxform's own
reading of those forms; numbered paper forms, and their scans read back."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import count
from pathlib import Path
from pkgutil import resolve_name

import pypdfium2
import zxingcpp
from pyxform.xls2xform import convert

from surveylib.cli.export import FORMATS
from surveylib.fieldwork.scan import read_page
from surveylib.instrument import lint, load_questionnaire
from surveylib.instrument.bank import read_bank
from surveylib.instrument.xlsform import xlsform
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.setting import Setting
from surveylib.report.paper import typeset_form
from surveylib.report.paper_sheets import draw_serials, print_sheets
from surveylib.rng import stream
from tests.fieldwork.scan.forms_filled_in import fill_in, rendered, scan

FOLDER = Path(__file__).resolve().parents[1] / "questionnaires"
CLIENTS = FOLDER / "c_clients.yaml"
SHEETS = 500
DPI = 300
FIVE = tuple(sorted(FOLDER.glob("[acrsk]_*.yaml")))


def five_instruments():
    """Read from YAML, lint and write all five as workbooks; pyxform converts the five workbooks."""
    read_bank(FOLDER / "bank.yaml")
    folder = Path(tempfile.mkdtemp())

    def ours() -> list[bytes]:
        made = []
        for path in FIVE:
            asked = load_questionnaire(path)
            lint(asked, source=path)
            made.append(xlsform(asked, setting=Setting())[0])
        return made

    books = [folder / f"{path.stem}.xlsx" for path in FIVE]
    for book, content in zip(books, ours(), strict=True):
        book.write_bytes(content)

    def other() -> list[str]:
        return [convert(str(book), validate=False).xform for book in books]

    def agree(made: list[bytes], forms: list[str]) -> None:
        assert made == [book.read_bytes() for book in books]
        assert len(forms) == 5 and all("<h:html" in form for form in forms)

    return ours, other, agree


def all_formats():
    """Read, lint and write all five in every format of `surveylib export`, with the files beside; pyxform
    converts the five workbooks."""
    read_bank(FOLDER / "bank.yaml")
    folder = Path(tempfile.mkdtemp())
    turn = count()

    def ours() -> list[dict[str, bytes]]:
        # A version of its own each time: what is typeset once is not typeset again.
        version = f"1.0.{next(turn)}"
        made = []
        for path in FIVE:
            asked = replace(load_questionnaire(path), version=version)
            lint(asked, source=path)
            made.append(_exported(asked))
        return made

    books = [folder / f"{path.stem}.xlsx" for path in FIVE]
    for book, files in zip(books, ours(), strict=True):
        book.write_bytes(files[".xlsx"])

    def other() -> list[str]:
        return [convert(str(book), validate=False).xform for book in books]

    def agree(made: list[dict[str, bytes]], forms: list[str]) -> None:
        for files, form in zip(made, forms, strict=True):
            assert len(files) == len(FORMATS) + sum(form.beside is not None for form in FORMATS.values())
            assert all(files.values()) and "<h:html" in form

    return ours, other, agree


def _exported(asked: Questionnaire) -> dict[str, bytes]:
    """Every file `surveylib export` writes of a questionnaire, by its suffix."""
    files: dict[str, bytes] = {}
    for form in FORMATS.values():
        rows = {"rows": None, "lang": "vi"} if form.takes_rows else {}
        files[form.suffix], _ = resolve_name(form.make)(asked, setting=Setting(), **rows)
        if form.beside is not None:
            suffix, make = form.beside
            files[suffix] = resolve_name(make)(asked, setting=Setting())
    return files


def paper_forms(sheets: int = SHEETS):
    """From the YAML of the client form to one PDF of numbered sheets; pyxform converts the same form's
    workbook."""
    serials = draw_serials(stream(1, "bench"), count=sheets)
    folder = Path(tempfile.mkdtemp())
    book = folder / "c_clients.xlsx"
    book.write_bytes(xlsform(load_questionnaire(CLIENTS), setting=Setting())[0])
    printing = count()

    def ours() -> bytes:
        # A version of its own each time: what is typeset once is not typeset again.
        asked = replace(load_questionnaire(CLIENTS), version=f"1.0.{next(printing)}")
        return print_sheets(typeset_form(asked), serials=serials, wave="t0")

    def other() -> str:
        return convert(str(book), validate=False).xform

    def agree(made: bytes, form: str) -> None:
        pages = pypdfium2.PdfDocument(made)
        assert len(pages) == 2 * sheets and "<h:html" in form
        last = pages[len(pages) - 1].render(scale=4, grayscale=True).to_numpy().squeeze()
        assert f"s={serials[-1]};p=2/2" in zxingcpp.read_barcodes(last)[0].text

    return ours, other, agree


def scanned_page():
    """A page filled in and scanned at 300 dpi, read; zxing looks for the square code in the same picture."""
    form = typeset_form(load_questionnaire(CLIENTS))
    serials = draw_serials(stream(2, "bench"), count=1)
    page, _ = rendered(print_sheets(form, serials=serials, wave="t0"))
    rng = stream(3, "bench")
    filled, meant = fill_in(page, form.layout, 1, rng, awkward=0)
    _, picture = scan(filled, rng, dots=DPI / 25.4)

    def ours():
        return read_page(picture, layouts=(form.layout,))

    def other():
        return zxingcpp.read_barcodes(picture)

    def agree(read, codes) -> None:
        assert [code.text for code in codes] == [read.code.text]
        seen = {one.item: one.codes for one in read.readings}
        assert all(seen[name] == truth.codes for name, truth in meant.items())

    return ours, other, agree
