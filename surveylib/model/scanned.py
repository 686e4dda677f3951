"""What a reader of scans makes of a page, item by item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from surveylib.model.form_code import FormCode
from surveylib.model.text import Text

Reason = Literal["double", "faint", "smudge", "struck", "joined", "beside", "alone", "written"]
REASONS: dict[str, Text] = {
    "double": Text(vi="nhiều ô được đánh dấu", en="several circles are marked"),
    "faint": Text(vi="dấu quá mờ hoặc chưa rõ", en="a mark too faint or unclear"),
    "smudge": Text(vi="có vết tẩy xóa hoặc vết bẩn", en="an erasure or a smudge"),
    "struck": Text(vi="ô bị gạch bỏ hoặc tô lem", en="a circle struck out or scribbled over"),
    "joined": Text(vi="một nét bút chạy qua nhiều ô", en="one stroke runs through several circles"),
    "beside": Text(vi="có nét bút bên cạnh các ô", en="something is drawn beside the circles"),
    "alone": Text(
        vi="ô loại trừ được đánh cùng ô khác", en="a circle that excludes others is marked beside them"
    ),
    "written": Text(vi="chữ hoặc số viết tay", en="handwriting"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One item of one page. `codes` are the marks seen for certain; where a `reason` stands, a person decides
    by the `picture` (PNG), and nothing is taken as the answer."""

    item: str
    codes: tuple[int, ...] = ()
    reason: Reason | None = None
    picture: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a person read where the reader was unsure: the answer as written, by whom, on which day."""

    answer: str
    by: str
    on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedPage:
    """One page: from which file, and what stands on it; `code` is None where it could not be told."""

    file: str
    sheet: int
    code: FormCode | None
    problem: str = ""
    readings: tuple[Reading, ...] = ()
