"""What a notebook shows and a page repeats: frozen blocks, each carrying every number it prints.

A block displays itself as ``application/vnd.surveylib.block+json`` (read by the page maker) beside escaped
HTML (seen in JupyterLab). The functions that make them are in `exhibits`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from surveylib import documents
from surveylib.errors import SurveyError, unknown
from surveylib.model.text import Lang
from surveylib.report.printing import Number
from surveylib.report.render import block_html

MIME = "application/vnd.surveylib.block+json"
Tone = Literal["normal", "note", "warning"]
Align = Literal["left", "right"]
_RELATIVE = re.compile(r"(\.\./)*\w[\w.-]*(/\w[\w.-]*)*")  # no scheme, no host, no absolute path
_SVG = re.compile(r"\s*(<\?xml[^>]*>\s*)?(<!DOCTYPE[^>]*>\s*)?<svg\b")


class Block:
    """Anything a page shows. Its `kind` names its noun, its `numbers` are all that it prints."""

    __slots__ = ()
    __pydantic_config__ = {"extra": "forbid"}

    def payload(self) -> dict[str, Any]:
        """The block as plain JSON."""
        return asdict(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        content = self.payload()
        return {
            MIME: content,
            "text/html": block_html(content),
            "text/plain": f"<{self.kind} {self.key}>".strip(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading(Block):
    """A heading within a page, level 2 or 3 (level 1 is the page's own title)."""

    text: str
    lang: Lang
    level: int = 2
    key: str = ""
    kind: Literal["heading"] = "heading"

    def __post_init__(self) -> None:
        if self.level not in (2, 3):
            raise SurveyError(
                "heading of a level that pages do not have", expected="2 or 3", got=str(self.level)
            )

    @property
    def numbers(self) -> tuple[Number, ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of words, or one number standing among them; words may lead to another file of the run."""

    text: str = ""
    number: Number | None = None
    href: str = ""

    def __post_init__(self) -> None:
        if self.href and not _RELATIVE.fullmatch(self.href):
            raise SurveyError("a page leads to files of its run only", where=self.text, got=self.href)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph(Block):
    """A paragraph whose numbers are known as numbers."""

    pieces: tuple[Piece, ...]
    lang: Lang
    tone: Tone = "normal"
    key: str = ""
    kind: Literal["text"] = "text"

    @property
    def numbers(self) -> tuple[Number, ...]:
        return tuple(piece.number for piece in self.pieces if piece.number is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi(Block):
    """One figure that matters, its label, and (as numbers too) what stands under it."""

    label: str
    value: Number
    lang: Lang
    below: tuple[Piece, ...] = ()
    key: str = ""
    kind: Literal["kpi"] = "kpi"

    @property
    def numbers(self) -> tuple[Number, ...]:
        return (self.value, *(piece.number for piece in self.below if piece.number is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; a `header` column names its rows."""

    key: str
    label: str
    align: Align = "left"
    header: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a cell; the number behind it; and, where nothing stands, why."""

    text: str = ""
    number: Number | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Block):
    """A table with its caption, headers and notes."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lang: Lang
    notes: tuple[str, ...] = ()
    key: str = ""
    kind: Literal["table"] = "table"

    def __post_init__(self) -> None:
        if not self.caption.strip():
            raise SurveyError("a table needs a caption", where=f"table {self.key}".strip())
        for row in self.rows:
            if len(row) != len(self.columns):
                raise SurveyError("a row does not fit the columns of its table", where=self.caption)

    @property
    def numbers(self) -> tuple[Number, ...]:
        return tuple(cell.number for row in self.rows for cell in row if cell.number is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure(Block):
    """A chart as SVG, with the words that stand for it where it cannot be seen."""

    svg: str
    alt: str
    caption: str
    lang: Lang
    numbers: tuple[Number, ...] = ()
    key: str = ""
    kind: Literal["figure"] = "figure"

    def __post_init__(self) -> None:
        for name in ("alt", "caption"):
            if not getattr(self, name).strip():
                raise SurveyError(f"a figure needs its {name}", where=f"figure {self.key}".strip())
        if not _SVG.match(self.svg):
            raise SurveyError("a figure is SVG", got=self.svg[:40])


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote(Block):
    """A respondent's own words: shown as they were written, and never as markup."""

    text: str
    lang: Lang
    source: str = ""
    key: str = ""
    kind: Literal["quote"] = "quote"

    @property
    def numbers(self) -> tuple[Number, ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner(Block):
    """The mark of a rehearsal."""

    text: str
    lang: Lang
    key: str = ""
    kind: Literal["banner"] = "banner"

    @property
    def numbers(self) -> tuple[Number, ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Block):
    """Several blocks as the one thing a cell shows."""

    blocks: tuple[Block, ...]
    lang: Lang
    key: str = ""
    kind: Literal["group"] = "group"

    def payload(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "lang": self.lang,
            "key": self.key,
            "blocks": [block.payload() for block in self.blocks],
        }

    @property
    def numbers(self) -> tuple[Number, ...]:
        return tuple(number for block in self.blocks for number in block.numbers)


_NOUNS = {
    noun.__dataclass_fields__["kind"].default: noun
    for noun in (Heading, Paragraph, Kpi, Table, Figure, Quote, Banner)
}


def flatten(payload: Mapping[str, Any], *, where: str) -> tuple[Block, ...]:
    """The blocks behind a stored payload; a group gives its members.

    Raises
    ------
    SurveyError
        If the payload is not one of ours.
    """
    kind = payload.get("kind")
    if kind == "group":
        return tuple(block for inner in payload.get("blocks", ()) for block in flatten(inner, where=where))
    if kind not in _NOUNS:
        raise unknown("kind of block", kind, (*_NOUNS, "group"), where=where)
    return (documents.build(dict(payload), _NOUNS[kind], where=where),)
