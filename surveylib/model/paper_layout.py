"""Where everything stands on a printed form: what was printed, and what a reader of scans must look at."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

from surveylib.errors import SurveyError
from surveylib.model.identifier import check_once
from surveylib.model.text import Text

PRINT_DOTS = 4  # a millimetre, of the pictures of what is printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A bubble: its code, its page (from 1), its centre in millimetres from the page's upper left corner."""

    __pydantic_config__ = {"extra": "forbid"}
    code: int
    page: int
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A place to write by hand: its page, its upper left corner, its width and height in millimetres."""

    __pydantic_config__ = {"extra": "forbid"}
    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedItem:
    """One question on paper: bubbles, or a field to write in. `number` is the one printed before it, `top`
    the height at which it begins; codes in `alone` exclude all others."""

    __pydantic_config__ = {"extra": "forbid"}
    id: str
    number: int
    kind: Literal["one", "several", "number", "date", "text"]
    text: Text
    labels: dict[str, Text]
    page: int
    top: float
    alone: tuple[int, ...] = ()
    spots: tuple[Spot, ...] = ()
    field: Field | None = None

    def __post_init__(self) -> None:
        if bool(self.spots) == (self.field is not None):
            raise SurveyError("a printed item has either bubbles or a field", where=f"item {self.id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLayout:
    """A printed form. Lengths are millimetres, `marks` the centres of the four corner squares (upper left,
    upper right, lower right, lower left), `qr` is the square with the form's code. `printed` is a picture of
    each page's ink at `PRINT_DOTS` dots a millimetre, rows from the top, a byte a dot (255 is black),
    deflated, in base64.

    `digest` is of everything that a reader of scans measures by, so that a form can name the layout it was
    printed with.
    """

    __pydantic_config__ = {"extra": "forbid"}
    form: str
    version: str
    pages: int
    width: float
    height: float
    mark: float
    marks: tuple[tuple[float, float], ...]
    qr: tuple[float, float, float]
    bubble: float
    printed: tuple[str, ...]
    items: tuple[PrintedItem, ...]

    def __post_init__(self) -> None:
        check_once("printed item", (item.id for item in self.items))
        if len(self.marks) != 4:
            raise SurveyError("a page has four corner marks", got=str(len(self.marks)))
        if len(self.printed) != self.pages:
            raise SurveyError("every page has a picture of its print", got=str(len(self.printed)))

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits."""
        return hashlib.sha256(self.json().encode("utf-8")).hexdigest()[:8]

    def json(self) -> str:
        """The layout as text, the same for the same layout."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    def item(self, name: str) -> PrintedItem:
        """The printed item called `name`."""
        for item in self.items:
            if item.id == name:
                return item
        raise SurveyError("item is not on the form", where=self.form, got=name)
