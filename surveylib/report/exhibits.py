"""The functions a notebook calls: each gives one block, which shows itself when it ends a cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.model.finding import Finding
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Banner, Block, Group, Heading, Kpi, Paragraph, Piece, Quote, Table, Tone
from surveylib.report.printing import Format, Number, named_number
from surveylib.report.tables import Labels, build_table
from surveylib.report.words import COLUMNS, MARK_BOTH, SEVERITIES, phrase, said, word

Words = str | Text
Value = Number | float | int | str | Text | Piece
_SLOT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def heading(words: Words, *, lang: Lang, level: int = 2, key: str = "") -> Heading:
    """A heading; level 2 is listed in the page's contents, level 3 is not.

    >>> heading("Ai đã trả lời?", lang="vi").text
    'Ai đã trả lời?'
    """
    return Heading(text=said(words, lang=lang), lang=lang, level=level, key=key)


def text(
    words: Words,
    values: Mapping[str, Value] | None = None,
    *,
    lang: Lang,
    formats: Mapping[str, str | Format] | None = None,
    tone: Tone = "normal",
    key: str = "",
) -> Paragraph:
    """A paragraph in which ``{name}`` stands for ``values["name"]``, printed by ``formats["name"]``.

    Numbers are printed by their format (``number:2`` when none is given, ``count`` for integers) and are
    kept as numbers for ``estimates.csv``; words are shown as they stand, a `Piece` with `href` as a link.
    `tone` is normal, note or warning.

    Raises
    ------
    SurveyError
        If a name in braces has no value.

    >>> block = text("Tác động {effect} điểm.", {"effect": 0.214}, lang="vi", formats={"effect": "signed:2"})
    >>> [(n.key, n.printed) for n in block.numbers]
    [('effect', '+0,21')]
    """
    pieces = _pieces(said(words, lang=lang), values or {}, formats or {}, lang)
    return Paragraph(pieces=pieces, lang=lang, tone=tone, key=key)


def kpi(
    label: Words,
    value: Value,
    *,
    lang: Lang,
    form: str | Format = "number:2",
    below: Words = "",
    values: Mapping[str, Value] | None = None,
    formats: Mapping[str, str | Format] | None = None,
    key: str = "",
) -> Kpi:
    """One figure that matters under its label; `below` is a small line with ``{name}`` slots as in `text`.

    >>> kpi("Số phiếu", 2250, lang="vi", form="count").value.printed
    '2.250'
    """
    name = key or "value"
    shown = value if isinstance(value, Number) else named_number(name, value, lang=lang, form=form)
    under = _pieces(said(below, lang=lang), values or {}, formats or {}, lang)
    return Kpi(label=said(label, lang=lang), value=shown, lang=lang, below=under, key=key)


def table(
    frame: pd.DataFrame,
    *,
    caption: Words,
    lang: Lang,
    columns: Sequence[str] | None = None,
    labels: Labels | None = None,
    formats: Mapping[str, str | Format] | None = None,
    headers: Sequence[str] | None = None,
    row_key: Sequence[str] | None = None,
    missing: Words | Mapping[str, Words] | None = None,
    notes: Sequence[Words] = (),
    key: str = "",
) -> Table:
    """A DataFrame as a table for readers.

    Parameters
    ----------
    columns : names, optional
        Which columns, in which order (all but ``p_floor`` by default).
    labels : mapping column -> Text or str, optional
        Headings; the standard columns have theirs.
    formats : mapping column -> format, optional
        Such as ``"signed:2"``, ``"percent:1"``, ``"count"``, ``"p"``; see `printing.Format`. Good defaults
        exist.
    headers : names, optional
        Columns that name their row; by default the first column when it holds words.
    row_key : names, optional
        Columns whose values make the key of a row's numbers; by default the headers, with the row number if
        not unique.
    missing : words, or mapping column -> words, optional
        Why a value is absent; it is printed as a dash, and the reason stands below.

    A column ``p_floor`` gives each row's smallest attainable p, below which no ``p_value`` is printed.

    Raises
    ------
    SurveyError
        For an unknown column or format.

    >>> frame = pd.DataFrame({"unit": ["A"], "estimate": [3.617], "p_value": [1e-6], "p_floor": [0.0625]})
    >>> [cell.number.printed for cell in table(frame, caption="Điểm", lang="vi").rows[0][1:]]
    ['3,62', '≥\\xa00,0625']
    """
    return build_table(
        frame,
        caption=said(caption, lang=lang),
        lang=lang,
        columns=columns,
        labels=labels or {},
        formats=formats or {},
        headers=headers,
        row_key=row_key,
        missing=missing,
        notes=tuple(said(note, lang=lang) for note in notes),
        key=key,
    )


def finding_list(findings: Iterable[Finding], *, caption: Words, lang: Lang, key: str = "") -> Block:
    """Findings as a table, errors first; a sentence when there are none.

    Examples
    --------
    >>> finding_list((), caption="Checks", lang="en").kind
    'text'
    """
    order = {"error": 0, "warning": 1, "note": 2}
    rows = [
        (word(SEVERITIES, f.severity, lang=lang), f.code, f.where, f.message.get(lang), f.remedy.get(lang))
        for f in sorted(findings, key=lambda f: (order[f.severity], f.code, f.where))
    ]
    if not rows:
        return text(
            f"{said(caption, lang=lang)}: {phrase('nothing_found', lang=lang)}",
            lang=lang,
            tone="note",
            key=key,
        )
    frame = pd.DataFrame(rows, columns=["severity", "code", "where", "message", "remedy"])
    labels = {name: COLUMNS[name] for name in frame.columns}
    return table(
        frame,
        caption=caption,
        lang=lang,
        labels=labels,
        headers=["severity"],
        row_key=["code", "where"],
        key=key,
    )


def quote(words: str, *, lang: Lang, source: Words = "", key: str = "") -> Quote:
    """What a respondent wrote, as it was written.

    Examples
    --------
    >>> quote("Chờ lâu quá.", source="kho bạc", lang="vi").kind
    'quote'
    """
    return Quote(text=str(words), lang=lang, source=said(source, lang=lang), key=key)


def banner(mark: str = MARK_BOTH, *, lang: Lang) -> Banner:
    """The mark of a rehearsal, for the top of a notebook; pages get theirs from `export_page`.

    Examples
    --------
    >>> print(banner(lang="vi").text)
    DIỄN TẬP, SỐ LIỆU GIẢ LẬP / REHEARSAL, SIMULATED DATA
    """
    return Banner(text=mark, lang=lang)


def together(blocks: Sequence[Block], *, lang: Lang, key: str = "") -> Group:
    """Several blocks as one, for a cell that shows more than one thing.

    Examples
    --------
    >>> pair = together([heading("Who came?", lang="en"), text("All of them.", lang="en")], lang="en")
    >>> [block.kind for block in pair.blocks]
    ['heading', 'text']
    """
    return Group(blocks=tuple(blocks), lang=lang, key=key)


def _pieces(
    template: str, values: Mapping[str, Value], formats: Mapping[str, Any], lang: Lang
) -> tuple[Piece, ...]:
    found, position = [], 0
    for slot in _SLOT.finditer(template):
        if slot[1] not in values:
            raise unknown("value in a sentence", slot[1], values, where=template[:60])
        if before := template[position : slot.start()]:
            found.append(Piece(text=before))
        found.append(_piece(slot[1], values[slot[1]], formats.get(slot[1]), lang))
        position = slot.end()
    if rest := template[position:]:
        found.append(Piece(text=rest))
    return tuple(found)


def _piece(name: str, value: Value, form: str | Format | None, lang: Lang) -> Piece:
    if isinstance(value, Piece):
        return value
    if isinstance(value, Number):
        return Piece(number=value)
    if isinstance(value, str | Text):
        return Piece(text=said(value, lang=lang))
    if not isinstance(value, int | float | np.number):
        raise SurveyError("a value in a sentence is a number or words", where=name, got=type(value).__name__)
    default = "count" if isinstance(value, int | np.integer) else "number:2"
    shown = named_number(name, value, lang=lang, form=form or default)
    # A value that is not there is words, not a number: JSON and spreadsheets have no NaN.
    return Piece(number=shown) if np.isfinite(shown.value) else Piece(text=shown.printed)
