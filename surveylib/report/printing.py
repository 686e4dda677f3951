"""Numbers, shares, p-values, dates and intervals as a reader of each language expects to see them."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveylib.errors import SurveyError, did_you_mean
from surveylib.model.text import Lang

MISSING = "–"
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
FormatKind = Literal["number", "signed", "percent", "points", "count", "money", "p", "date", "text"]
_KINDS = ("number", "signed", "percent", "points", "count", "money", "p", "date", "text")
_DECIMALS = {"number": 2, "signed": 2, "percent": 0, "points": 1, "p": 3}
_SPELLING = re.compile(r"([a-z]+)(?::(\d))?")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a value is printed: a kind and its decimals.

    ``number`` 3,62 · ``signed`` +0,21 · ``percent`` a share 0.125 as 12% · ``points`` a difference of shares
    0.125 as +12,5 · ``count`` 1.234 · ``money`` 1.200.000 đồng · ``p`` 0,031 · ``date`` 30/9/2015 · ``text``
    as it stands.
    """

    kind: FormatKind
    decimals: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number that a page prints: its key, its value at full precision, and what stands on the page."""

    key: str
    value: float
    printed: str


def parse_format(spelling: str | Format) -> Format:
    """The format written ``kind`` or ``kind:decimals``.

    Raises
    ------
    SurveyError
        If the kind is unknown.

    >>> parse_format("signed:1")
    Format(kind='signed', decimals=1)
    """
    if isinstance(spelling, Format):
        return spelling
    match = _SPELLING.fullmatch(spelling)
    if not match or match[1] not in _KINDS:
        raise SurveyError(
            "unknown number format",
            expected=f"one of {', '.join(_KINDS)}, with decimals as in number:2",
            got=repr(spelling),
            hint=did_you_mean(spelling.partition(":")[0], _KINDS),
        )
    return Format(kind=match[1], decimals=int(match[2]) if match[2] else _DECIMALS.get(match[1], 0))


def number(value: float, *, lang: Lang, decimals: int = 2, signed: bool = False) -> str:
    """A number with the separators of the language; a true minus sign, and no minus before zero.

    >>> number(-1234.5, lang="vi", decimals=1), number(-1234.5, lang="en", decimals=1)
    ('−1.234,5', '−1,234.5')
    >>> number(-0.001, lang="vi")
    '0,00'
    """
    if is_missing(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    digits = f"{abs(value):,.{decimals}f}"
    if lang == "vi":
        digits = digits.translate({ord(","): ".", ord("."): ","})
    is_zero = not any(digit in "123456789" for digit in digits)
    sign = "" if is_zero else MINUS if value < 0 else "+" if signed else ""
    return sign + digits


def percent(share: float, *, lang: Lang, decimals: int = 0) -> str:
    """A share as a percentage.

    >>> percent(0.125, lang="vi", decimals=1)
    '12,5%'
    """
    return MISSING if is_missing(share) else number(share * 100, lang=lang, decimals=decimals) + "%"


def p_value(p: float, *, lang: Lang, floor: float | None = None, decimals: int = 3) -> str:
    """A p-value, never below its attainable floor and never 0,000.

    `floor` is the smallest p the design can give (1/3003 for 5 of 15 units); a p below it is an artefact,
    and the floor is printed in its stead.

    >>> p_value(0.0001, lang="vi").split(), p_value(0.0001, lang="vi", floor=0.0625).split()
    (['<', '0,001'], ['≥', '0,0625'])
    >>> p_value(0.0625, lang="en", floor=0.0625)
    '0.0625'
    """
    if is_missing(p):
        return MISSING
    if floor is not None and not is_missing(floor) and p <= floor * (1 + 1e-9):
        # Two digits that say something: 0,0625 would else read 0,062, and 1/3003 as zero.
        enough = max(decimals, math.ceil(-math.log10(floor)) + 2) if floor < 1 else decimals
        below = p < floor * (1 - 1e-9)
        return (f"≥{NO_BREAK}" if below else "") + number(floor, lang=lang, decimals=enough)
    smallest = 10.0**-decimals
    if p < smallest:
        return f"<{NO_BREAK}{number(smallest, lang=lang, decimals=decimals)}"
    return number(p, lang=lang, decimals=decimals)


def interval(low: float, high: float, *, lang: Lang, decimals: int = 2, signed: bool = False) -> str:
    """An interval in brackets; the Vietnamese one with a semicolon, since its comma is the decimal mark.

    >>> interval(-0.1, 0.25, lang="vi").split(), interval(-0.1, 0.25, lang="en").split()
    (['[−0,10;', '0,25]'], ['[−0.10,', '0.25]'])
    """
    ends = [number(end, lang=lang, decimals=decimals, signed=signed) for end in (low, high)]
    return "[" + (f";{NO_BREAK}" if lang == "vi" else f",{NO_BREAK}").join(ends) + "]"


def date(day: datetime.date, *, lang: Lang) -> str:
    """A day, as official Vietnamese papers and English prose write it.

    >>> date(datetime.date(2015, 9, 30), lang="vi"), date(datetime.date(2015, 9, 30), lang="en")
    ('30/9/2015', '30 September 2015')
    """
    return (
        f"{day.day}/{day.month}/{day.year}"
        if lang == "vi"
        else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    )


def money(amount: float, *, lang: Lang) -> str:
    """An amount in đồng.

    >>> money(1250000, lang="vi").split()
    ['1.250.000', 'đồng']
    """
    return MISSING if is_missing(amount) else number(amount, lang=lang, decimals=0) + f"{NO_BREAK}đồng"


def show(value: object, *, form: Format, lang: Lang, floor: float | None = None) -> str:
    """`value` printed by `form`; a missing one is an en dash."""
    if is_missing(value):
        return MISSING
    match form.kind:
        case "number" | "signed":
            return number(value, lang=lang, decimals=form.decimals, signed=form.kind == "signed")
        case "percent":
            return percent(value, lang=lang, decimals=form.decimals)
        case "points":
            return number(value * 100, lang=lang, decimals=form.decimals, signed=True)
        case "count":
            return number(value, lang=lang, decimals=0)
        case "money":
            return money(value, lang=lang)
        case "p":
            return p_value(value, lang=lang, floor=floor, decimals=form.decimals)
        case "date":
            return date(value, lang=lang)
    if isinstance(value, bool | np.bool_):
        return ("Có" if value else "Không") if lang == "vi" else ("Yes" if value else "No")
    return str(value)


def named_number(
    key: str, value: float, *, lang: Lang, form: str | Format = "number:2", floor: float | None = None
) -> Number:
    """A value with its key and its print, for sentences and figures of a page.

    A p-value below `floor` is carried as the floor too: no page and no table of ours holds a p that cannot
    occur.

    >>> named_number("effect", 0.2149, lang="vi", form="signed:2").printed
    '+0,21'
    """
    shape = parse_format(form)
    value = float(value)
    printed = show(value, form=shape, lang=lang, floor=floor)
    if shape.kind == "p" and floor is not None and value < floor:
        value = float(floor)
    return Number(key=key, value=value, printed=printed)


def is_missing(value: object) -> bool:
    """None, NaN, NaT or pandas.NA: all that does not equal itself."""
    if value is None:
        return True
    same = value == value
    return not (isinstance(same, bool | np.bool_) and same)
