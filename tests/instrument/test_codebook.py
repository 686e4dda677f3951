"""The codebook: complete, escaped, well-formed; the CSV has nothing that a spreadsheet computes."""

from __future__ import annotations

import io
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from surveylib.instrument.codebook import codebook, codebook_csv
from surveylib.instrument.load import load_questionnaire
from surveylib.instrument.preview import item_tags
from surveylib.model.text import LANGS, Text

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENTS = sorted((ROOT / "questionnaires").glob("*_*.yaml"))
VOID = {"meta"}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def read(content: bytes) -> Reader:
    reader = Reader()
    reader.feed(content.decode("utf-8"))
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_every_item_and_code_is_there_in_both_languages(path):
    questionnaire = load_questionnaire(path)
    text = " ".join(read(codebook(questionnaire)[0]).words)
    rows = pd.read_csv(io.BytesIO(codebook_csv(questionnaire)), dtype=str, keep_default_na=False)
    assert rows["variable"].drop_duplicates().tolist() == [item.id for item in questionnaire.items]
    for item in questionnaire.items:
        scale = questionnaire.scale_of(item.id)
        here = rows[rows["variable"] == item.id]
        choices = (*scale.choices, *scale.off_scale)
        assert item.id in text
        assert all(tag in text for lang in LANGS for tag in item_tags(item, lang=lang))
        assert here["code"].tolist() == ([str(choice.code) for choice in choices] or [""])
        assert (here["off_scale"] == "yes").sum() == len(scale.off_scale)
        assert all(choice.text.get(lang) in text for choice in choices for lang in ("vi", "en"))
        assert set(here["ask_if"]) == {item.ask_if or ""}
    assert "{" not in "".join(rows["question_vi"])  # piped words are written out
    assert codebook(questionnaire) == codebook(questionnaire)


def test_what_people_typed_is_escaped_and_computes_nothing(small):
    evil = Text(vi="=1+1 <script>alert(1)</script>", en="@x <img src=x>")
    item = replace(small.items[0], text=evil, note=evil)
    asked = replace(small, items=(item, *small.items[1:]))
    assert not {"script", "img"} & set(read(codebook(asked)[0]).tags)
    rows = pd.read_csv(io.BytesIO(codebook_csv(asked)), dtype=str, keep_default_na=False)
    assert rows["question_vi"][0].startswith(" =1+1") and rows["question_en"][0].startswith(" @x")


def test_bounds_and_figures_are_said(small):
    text = codebook(small)[0].decode("utf-8")
    assert "0 – 480" in text and "share: asked_extra" in text and "papers, forms" in text
