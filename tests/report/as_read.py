"""A page as its reader sees it: the words, and the numbers among them. Shares nothing with the library."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

UNSEEN = ("head", "style", "script", "svg", "nav")
INLINE = ("a", "b", "data", "em", "strong")
VOID = ("br", "hr", "img", "link", "meta")
NUMBER = re.compile(r"(?<!\w)[+\N{MINUS SIGN}]?[0-9]+(?:[.,/:][0-9]+)*(?!\w)")


class _Reader(HTMLParser):
    """Gathers words outside `UNSEEN`, running numbers of tables and figures, and the foot of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("class") or ""
        unseen = tag in UNSEEN or kind == "label" or (tag == "footer" and kind == "end")
        if tag not in VOID and (self.hidden or unseen):
            self.hidden.append(tag)
        if tag not in INLINE:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            assert self.hidden.pop() == tag, f"</{tag}> closes nothing"
        if tag not in INLINE:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(data)


def words_of(html: str) -> str:
    """The words a reader sees; not the ways to other pages, nor the digests at the foot."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.hidden, f"never closed: {reader.hidden}"
    return "".join(reader.words)


def numbers_of(words: str) -> set[str]:
    """The numbers among words, as they are printed; digits that touch a letter belong to a name."""
    return set(NUMBER.findall(words))


def listed(frame: pd.DataFrame, page: str) -> set[str]:
    """The numbers that a table like ``estimates.csv`` lists for a page."""
    return numbers_of("\n".join(frame.loc[frame["page"] == page, "printed"].astype(str)))


def unlisted(words: str, frame: pd.DataFrame, page: str) -> list[str]:
    """The numbers among `words` that are not listed for the page."""
    return sorted(numbers_of(words) - listed(frame, page))


def printed_table(path: Path) -> pd.DataFrame:
    """``estimates.csv`` with its words as they stand."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)
