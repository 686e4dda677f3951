"""Numbers that stand in running words: found, and read as the language writes them.

Most numbers of a page come to it as numbers (`printing.Number`). Some are made into sentences further down,
where nothing is known of pages: a gate's reason, a finding, a unit called "Phường 7". ``estimates.csv`` must
have those too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from surveylib.model.text import Lang
from surveylib.report.blocks import Banner, Block, Figure, Heading, Kpi, Paragraph, Piece, Quote, Table
from surveylib.report.printing import MINUS, Number

# Digits, which . , / or : may join: 0,20 and 1.234 and 1/3003 and 30/9/2015 and 8:30. Digits that touch a
# letter are part of a name (a1_trips, R6, a digest). A sign touches its number and nothing before it: 1-5 is
# a range.
_RUN = re.compile(
    rf"(?:(?<![\w)\]%])(?P<sign>[+\-{MINUS}]))?"
    r"(?<!\w)(?P<run>[0-9]+(?:[.,/:][0-9]+)*)(?!\w)"
    r"(?P<percent>[ \xa0]?%)?"
)
_MONTH = re.compile(r"(?:0?[1-9]|1[0-2])/(?:19|20)[0-9]{2}")
_SEPARATORS: dict[Lang, tuple[str, str]] = {"vi": (".", ","), "en": (",", ".")}
_IN = {
    lang: re.compile(rf"(?:[0-9]+|[1-9][0-9]{{0,2}}(?:\{group}[0-9]{{3}})+)(?:\{point}[0-9]+)?")
    for lang, (group, point) in _SEPARATORS.items()
}


def numbers_in(words: str, *, lang: Lang) -> tuple[Number, ...]:
    """The numbers that stand in `words`, in their order; a percentage as a share, keys ``text.1, text.2, …``.

    Dates, times and what is not one number (30/9/2015, 8:30, 1.2.3) are found but have no value (NaN).

    >>> found = numbers_in("Với 1/3003 và −0,20 điểm (90%), câu a1_trips", lang="vi")
    >>> [(number.printed, round(number.value, 6)) for number in found]
    [('1/3003', 0.000333), ('−0,20', -0.2), ('90%', 0.9)]
    """
    return tuple(
        Number(key=f"text.{place}", value=_value(match, lang), printed=match[0])
        for place, match in enumerate(_RUN.finditer(words), 1)
    )


def said_in(block: Block) -> tuple[Number, ...]:
    """The numbers in the words of a block that are not among its `numbers`."""
    known = {one.printed for number in block.numbers for one in numbers_in(number.printed, lang=block.lang)}
    listed = isinstance(block, Table)  # a table's words stand apart from its numbers, cell by cell
    found = (one for words in _words(block) for one in numbers_in(words, lang=block.lang))
    return _numbered(one for one in found if listed or one.printed not in known)


def said(sentences: Iterable[str], *, lang: Lang, known: Iterable[Number] = ()) -> tuple[Number, ...]:
    """The numbers in `sentences` that are not `known`, each once."""
    seen = {one.printed for number in known for one in numbers_in(number.printed, lang=lang)}
    found = {one.printed: one for words in sentences for one in numbers_in(words, lang=lang)}
    return _numbered(one for printed, one in found.items() if printed not in seen)


def _numbered(found: Iterable[Number]) -> tuple[Number, ...]:
    return tuple(
        Number(key=f"text.{place}", value=one.value, printed=one.printed)
        for place, one in enumerate(found, 1)
    )


def _words(block: Block) -> tuple[str, ...]:
    """All that a block says, but for the cells of a table that are numbers."""
    match block:
        case Heading() | Banner():
            return (block.text,)
        case Paragraph():
            return (_sentence(block.pieces),)
        case Kpi():
            return block.label, _sentence(block.below)
        case Quote():
            return block.text, block.source
        case Figure():
            return block.caption, block.alt
        case Table():
            cells = (cell.text for row in block.rows for cell in row if cell.number is None)
            return block.caption, *(column.label for column in block.columns), *cells, *block.notes
    raise TypeError(f"no words are known of a {type(block).__name__}")


def _sentence(pieces: Iterable[Piece]) -> str:
    # As it is read: "1/" before a number makes a fraction of both.
    return "".join(piece.number.printed if piece.number else piece.text for piece in pieces)


def _value(match: re.Match[str], lang: Lang) -> float:
    run = match["run"]
    above, slash, below = run.partition("/")
    if not slash:
        size = _plain(run, lang)
    elif _MONTH.fullmatch(run) or not _plain(below, lang):
        size = math.nan
    else:
        size = _plain(above, lang) / _plain(below, lang)
    share = size / 100 if match["percent"] else size
    return -share if match["sign"] in ("-", MINUS) else share


def _plain(run: str, lang: Lang) -> float:
    if _IN[lang].fullmatch(run):
        group, point = _SEPARATORS[lang]
        return float(run.replace(group, "").replace(point, "."))
    # Rules are written alike in both languages, with a point: P(theta > 0) >= 0.95.
    return float(run.replace(",", ".")) if re.fullmatch(r"[0-9]+[.,][0-9]+", run) else math.nan
