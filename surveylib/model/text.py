"""A sentence in the two languages of the project."""

from __future__ import annotations

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
