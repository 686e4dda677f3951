"""A sentence in the two languages of the project."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Lang = Literal["vi", "en"]
LANGS: tuple[Lang, ...] = ("vi", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Vietnamese (the legal text) and English (a gloss).

    >>> Text(vi="Đúng hẹn", en="On time").get("en")
    'On time'
    """

    __pydantic_config__ = {"extra": "forbid"}
    vi: str
    en: str

    def get(self, lang: Lang) -> str:
        return self.vi if lang == "vi" else self.en

    def filled(self, fields: Mapping[str, object]) -> Text:
        """Both sentences with their ``{blanks}`` filled in; a field that is itself a Text gives each its own.

        >>> why = Text(vi="trống", en="blank")
        >>> Text(vi="{n} phiếu {why}", en="{n} forms {why}").filled({"n": 2, "why": why})
        Text(vi='2 phiếu trống', en='2 forms blank')
        """
        vi, en = (
            {name: said.get(lang) if isinstance(said, Text) else said for name, said in fields.items()}
            for lang in LANGS
        )
        return Text(vi=self.vi.format_map(vi), en=self.en.format_map(en))


def like_a_formula(text: str) -> bool:
    """Whether a spreadsheet would compute a cell of this text.

    Forms and tables to be read in put a blank before it (`instrument.workbook.after_blank`), which readers
    strip; tables of results an apostrophe (`report.estimates.after_apostrophe`), which people see.

    >>> like_a_formula("=1+1"), like_a_formula("- một"), like_a_formula("Có")
    (True, True, False)
    """
    return text.startswith(("=", "+", "-", "@", "\t", "\r"))


def unaccented(words: str) -> str:
    """Small letters without diacritics, blanks single: how headers and names typed by hand are told alike.

    >>> unaccented("  Đô thị   LOẠI V ")
    'do thi loai v'
    """
    letters = unicodedata.normalize("NFKD", words.lower().replace("đ", "d"))
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())


def slug(words: str, *, joint: str = "_") -> str:
    """Small ASCII letters and digits of any words, `joint` for what lies between; may be empty.

    >>> slug("Thí điểm, Đà Nẵng!"), slug("Nên làm gì?", joint="-")
    ('thi_diem_da_nang', 'nen-lam-gi')
    """
    return re.sub(r"[^a-z0-9]+", joint, unaccented(words)).strip(joint)
