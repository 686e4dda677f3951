"""The list for a person: every doubt with its picture, question and codes, in both languages, all escaped."""

from html.parser import HTMLParser

import pandas as pd
import pytest

from surveylib.fieldwork.scan.gather import DOUBTS
from surveylib.model.paper_layout import PaperLayout, PrintedItem, Spot
from surveylib.model.scanned import REASONS
from surveylib.model.text import Text
from surveylib.report.scan_review import review_page

NASTY = '<script>alert("x")</script>'
ROW = {
    "serial": "7K2M9QD4T",
    "form": "c",
    "item": "sat",
    "number": 3,
    "reason": "double",
    "seen": "1 2",
    "file": "a.png",
    "sheet": 1,
    "picture": "7K2M9QD4T-sat.png",
    "answer": "",
    "by": "",
    "on": "",
}


@pytest.fixture
def layout():
    labels = {"1": Text(vi="Hài lòng & vui", en="Satisfied & glad"), "2": Text(vi=NASTY, en=NASTY)}
    item = PrintedItem(
        id="sat",
        number=3,
        kind="one",
        text=Text(vi="Ông/Bà thấy sao?", en="How was it?"),
        labels=labels,
        page=1,
        top=20,
        spots=(Spot(code=1, page=1, x=20, y=20), Spot(code=2, page=1, x=40, y=20)),
    )
    return PaperLayout(
        form="c",
        version="1.0.0",
        pages=1,
        width=210,
        height=297,
        mark=5,
        marks=((8, 8), (202, 8), (202, 289), (8, 289)),
        qr=(177, 270, 20),
        bubble=4,
        printed=("",),
        items=(item,),
    )


def page(layout, **changed):
    doubts = pd.DataFrame([ROW | changed], columns=list(DOUBTS))
    return review_page(doubts, layouts=(layout,), table="decisions.csv")


def parts(html):
    """Tags with their attributes, and all the text."""
    tags, words = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            tags.append((tag, dict(attrs)))

        def handle_data(self, data):
            words.append(data)

    Reader().feed(html)
    return tags, " ".join(" ".join(words).split())


def test_a_doubt_is_shown_with_picture_question_and_codes_in_both_languages(layout):
    tags, words = parts(page(layout))
    assert [attrs["src"] for tag, attrs in tags if tag == "img"] == ["7K2M9QD4T-sat.png"]
    for said in (
        "7K2M9QD4T",
        "câu 3",
        "Ông/Bà thấy sao?",
        "How was it?",
        "Hài lòng & vui",
        "Satisfied & glad",
    ):
        assert said in words
    assert "nhiều ô được đánh dấu" in words and "several circles are marked" in words
    assert "decisions.csv" in words and "a.png (1)" in words


def test_words_of_the_form_and_names_of_files_are_no_markup(layout):
    html = page(layout, file=NASTY, picture='"><b>.png', answer=NASTY, by=NASTY, on=NASTY)
    tags, words = parts(html)
    assert not {"script", "b"} & {tag for tag, _ in tags}
    assert words.count(NASTY) == 6


def test_a_decision_is_shown_with_who_and_when(layout):
    _, words = parts(page(layout, answer="2", by="Lan", on="2014-11-30"))
    assert "decided: 2 (Lan, 2014-11-30)" in words


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_its_sentence(layout, reason):
    _, words = parts(page(layout, reason=reason))
    assert REASONS[reason].vi in words and REASONS[reason].en in words


def test_nothing_in_doubt_is_a_page_too(layout):
    html = review_page(pd.DataFrame(columns=list(DOUBTS)), layouts=(layout,), table="decisions.csv")
    assert "(0)" in html and "<article>" not in html
