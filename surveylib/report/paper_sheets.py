"""Forms with a square code each: one blank, or a numbered batch with its link register."""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import segno
import typst

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.form_code import ALPHABET, FormCode, check_character
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.setting import Setting
from surveylib.report.paper import STAMP, PaperForm, typeset_form
from surveylib.report.render import TEMPLATES

MOST = 5000  # sheets of one batch: more make a file no printer takes
_LENGTH = 8
LAYOUT_SUFFIX = ".layout.json"


def draw_serials(rng: np.random.Generator, *, count: int) -> tuple[str, ...]:
    """Random numbers of sheets, none twice, each with its check character.

    >>> from surveylib.rng import stream
    >>> len(set(draw_serials(stream(1, "paper"), count=100)))
    100
    """
    if not 1 <= count <= MOST:
        raise SurveyError("number of sheets", expected=f"1 to {MOST}", got=str(count))
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        body = "".join(ALPHABET[place] for place in rng.integers(0, len(ALPHABET), _LENGTH))
        drawn[body + check_character(body)] = None
    return tuple(drawn)


def print_sheets(
    form: PaperForm, *, serials: tuple[str, ...] = ("",), wave: str = "", unit: str = ""
) -> bytes:
    """The form once for each serial, as one PDF: same bytes for the same form and serials.

    Every page's square code names form, version, wave, unit, serial, page and the layout's digest. A serial
    of "" is a form without number.
    """
    layout, digest = form.layout, form.layout.digest
    codes = [
        FormCode(
            form=layout.form,
            version=layout.version,
            page=page,
            pages=layout.pages,
            layout=digest,
            wave=wave,
            unit=unit,
            serial=serial,
        )
        for serial in serials
        for page in range(1, layout.pages + 1)
    ]
    drawn = [_square(code) for code in codes]
    data = {
        "title": f"{layout.form} {layout.version}",
        "keywords": ["Libertinus Serif stands in for Times New Roman", f"layout {digest}"],
        "width": layout.width,
        "height": layout.height,
        "qr": layout.qr,
        "sheets": [
            {"serial": spaced(serial), "codes": drawn[at * layout.pages : (at + 1) * layout.pages]}
            for at, serial in enumerate(serials)
        ],
    }
    return _typeset(form.pdf, json.dumps(data, ensure_ascii=False))


def _typeset(pages: bytes, data: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        # typst reads pictures from files only; those of the form go into a folder that it may not leave.
        Path(folder, "form.pdf").write_bytes(pages)
        shutil.copy(TEMPLATES / "sheets.typ", folder)
        compiler = typst.Compiler(
            input=str(Path(folder, "sheets.typ")),
            root=folder,
            ignore_system_fonts=True,
            sys_inputs={"sheets": data},
        )
        content, warnings = compiler.compile_with_warnings(format="pdf", timestamp=STAMP, pdf_tags=False)
    if warnings:
        raise SurveyError("typst warns about the sheets", got="; ".join(map(str, warnings)))
    return content


def spaced(serial: str) -> str:
    """A serial as it is printed for people.

    >>> spaced("7K2M9QD4T")
    '7K2M 9QD4 T'
    """
    return " ".join(re.findall(".{1,4}", serial))


def link_register(
    serials: tuple[str, ...], *, form: PaperForm, wave: str, unit: str, batch: int
) -> pd.DataFrame:
    """One row a sheet, with an empty ``dossier`` to be filled in when the sheet is handed out.

    This is the pseudonymisation key: keep it apart from the answers, destroy it after the wave.
    """
    return pd.DataFrame(
        {
            "serial": serials,
            "form": form.layout.form,
            "version": form.layout.version,
            "wave": wave,
            "unit": unit,
            "batch": batch,
            "sheet": range(1, len(serials) + 1),
            "dossier": "",
        }
    )


def paper_pdf(questionnaire: Questionnaire, *, setting: Setting) -> tuple[bytes, tuple[Finding, ...]]:
    """The form without numbers, in Vietnamese, for `surveylib export`."""
    form = typeset_form(questionnaire, setting=setting)
    return print_sheets(form, wave=setting.wave or "", unit=setting.unit or ""), ()


def paper_layout(questionnaire: Questionnaire, *, setting: Setting) -> bytes:
    """The map of that form, for `surveylib scan`."""
    return typeset_form(questionnaire, setting=setting).layout.json().encode("utf-8")


def _square(code: FormCode) -> str:
    drawn = io.BytesIO()
    # Any mask is read alike; looking for the fairest of eight takes five times as long.
    segno.make(code.text, error="m", micro=False, mask=3, boost_error=False).save(
        drawn, kind="svg", border=0, xmldecl=False
    )
    return drawn.getvalue().decode("utf-8")
