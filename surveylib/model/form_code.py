"""What the square code on a printed form says: which form, wave, unit, sheet and page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from surveylib.errors import SurveyError

# Digits and capitals without I, L, O and U, which are misread or misheard.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_WORD = re.compile(r"[a-z0-9_]*")
_TEXT = re.compile(
    r"cqtt:v1;f=(?P<form>[a-z0-9_]+)@(?P<version>[0-9A-Za-z.-]+);w=(?P<wave>[a-z0-9_]*)"
    r";u=(?P<unit>[a-z0-9_]*);s=(?P<serial>[0-9A-Z]*);p=(?P<page>\d+)/(?P<pages>\d+);d=(?P<layout>[0-9a-f]{8})"
)


def check_character(serial: str) -> str:
    """The character that, put behind `serial`, lets one misread letter or two exchanged neighbours be noticed
    (Luhn's check, modulo 32).

    >>> check_character("7K2M9QD4")
    'T'
    """
    total = 0
    for place, letter in enumerate(reversed(serial)):
        value = ALPHABET.index(letter) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCode:
    """One page of one sheet. `serial` ends with its check character, or is "" on a form without number;
    `layout` is the digest of the layout it was printed with."""

    form: str
    version: str
    page: int
    pages: int
    layout: str
    wave: str = ""
    unit: str = ""
    serial: str = ""

    def __post_init__(self) -> None:
        if self.serial and not serial_is_sound(self.serial):
            raise SurveyError("serial does not fit its check character", got=repr(self.serial))
        if not (_WORD.fullmatch(self.wave) and _WORD.fullmatch(self.unit)):
            raise SurveyError("wave or unit is no id", got=repr((self.wave, self.unit)))

    @property
    def text(self) -> str:
        return (
            f"cqtt:v1;f={self.form}@{self.version};w={self.wave};u={self.unit};s={self.serial}"
            f";p={self.page}/{self.pages};d={self.layout}"
        )


def serial_is_sound(serial: str) -> bool:
    """Whether the last character is the check of those before it."""
    return set(serial) <= set(ALPHABET) and len(serial) > 1 and check_character(serial[:-1]) == serial[-1]


def read_code(text: str) -> FormCode:
    """The code written as `text`.

    >>> code = FormCode(form="c", version="1.0.0", page=1, pages=2, layout="0a1b2c3d", serial="7K2M9QD4T")
    >>> read_code(code.text) == code
    True

    Raises
    ------
    SurveyError
        If it is no code of a form, or its serial does not fit its check character.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise SurveyError("not the code of a form", got=repr(text[:80]))
    named = found.groupdict()
    return FormCode(**named | {"page": int(named["page"]), "pages": int(named["pages"])})
