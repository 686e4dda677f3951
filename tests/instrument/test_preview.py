"""The preview is well-formed, complete, self-contained, and escapes what people typed."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from surveylib.instrument import preview_html
from surveylib.model.text import Text

ATTACK = '<script>alert("x")</script><img src=x onerror=1>&'


class Reader(HTMLParser):
    """Collects text and tags, and checks that every tag is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_item_stands_there_with_its_answers(shipped, lang):
    reader = read(preview_html(shipped, lang=lang))
    text = " ".join(reader.words)
    ids = [attrs["id"] for tag, attrs in reader.tags if tag == "li"]
    assert ids == [f"item-{item.id}" for item in shipped.items]
    for item in shipped.items:
        assert item.text.get(lang) in text
        assert all(c.text.get(lang) in text for c in shipped.scale_of(item.id).choices)
    assert shipped.notice.get(lang) in text


def test_skip_rules_and_tags_are_in_words(shipped):
    vi, en = (preview_html(shipped, lang=lang) for lang in ("vi", "en"))
    assert "Chỉ hỏi khi: a2_ontime là “Trễ hẹn”" in vi
    assert "Only if: a2_ontime is “After the date”" in en
    assert "bằng chứng chính" in vi and "SIPAS F2" in vi and "câu neo" in vi


def test_what_people_typed_is_escaped(small):
    evil = Text(vi=ATTACK, en=ATTACK)
    scales = tuple(replace(s, choices=tuple(replace(c, text=evil) for c in s.choices)) for s in small.scales)
    items = tuple(replace(item, text=evil, note=evil, maps={ATTACK: ATTACK}) for item in small.items)
    page = preview_html(
        replace(small, title=evil, notice=evil, version=ATTACK, scales=scales, items=items), lang="vi"
    )
    assert {tag for tag, _ in read(page).tags} <= {"div", "style", "h2", "p", "ol", "li", "b", "span"}
    assert "&lt;script&gt;" in page


def test_nothing_is_fetched(shipped):
    page = preview_html(shipped, lang="vi")
    for word in ("http:", "https:", "src=", "@import", "url("):
        assert word not in page
