"""Rows of the bench on questionnaires: the five instruments checked and made into forms, beside pyxform's own
reading of those forms."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pyxform.xls2xform import convert

from surveylib.instrument import lint, load_questionnaire
from surveylib.instrument.bank import read_bank
from surveylib.instrument.xlsform import xlsform
from surveylib.model.setting import Setting

FOLDER = Path(__file__).resolve().parents[1] / "questionnaires"
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
