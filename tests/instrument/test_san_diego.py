"""Somebody else's questionnaire: the city's own dictionary written as YAML, read, linted and scored.

The dictionary belongs to the City of San Diego (open data) and stays where it is: the YAML is made from it
when the test runs. It has English only, so the Vietnamese cells hold the same words and the linter must say
so.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from surveylib.instrument import lint, load_questionnaire, preview_html, valid

CODE = re.compile(r"(\d+)\s*-\s*(.+?)(?=,\s*\d+\s*-\s|,?\s*$)")
NUMBER = {"Number of years old": (18, 120), "Number of years lived": (0, 120)}


def choices(responses: str) -> list[tuple[int, str]]:
    return [(int(code), label.strip()) for code, label in CODE.findall(responses)]


def said(words: str) -> str:
    """Both languages of a text, quoted as YAML takes it."""
    sentence = json.dumps(" ".join(words.split()), ensure_ascii=False)
    return f"{{vi: {sentence}, en: {sentence}}}"


def entries(codes: list[tuple[int, str]]) -> str:
    return "[" + ", ".join(f"{{code: {code}, text: {said(label)}}}" for code, label in codes) + "]"


def scale(name: str, responses: str) -> str:
    if responses in NUMBER:
        low, high = NUMBER[responses]
        return f"  - {{id: {name}, kind: number, minimum: {low}, maximum: {high}, integer: true}}\n"
    codes = choices(responses)
    counted = sorted(pair for pair in codes if pair[1].lower() != "don't know")
    kind = "ordinal" if [code for code, _ in counted] == [1, 2, 3, 4, 5] and len(codes) == 6 else "choice"
    lines = [f"  - id: {name}", f"    kind: {kind}", f"    choices: {entries(counted)}"]
    if aside := [pair for pair in codes if pair not in counted]:
        lines.append(f"    off_scale: {entries(aside)}")
    lines += ["    positive: [4, 5]"] if kind == "ordinal" else []
    return "\n".join(lines) + "\n"


def as_yaml(dictionary: Path) -> str:
    """The questions a respondent answers; a battery's head (``Q1`` before ``Q1_1``) is a section, not one."""
    with open(dictionary, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["question_responses"].strip()]
    numbers = {row["question_number"] for row in rows}
    heads = {number for number in numbers if f"{number}_1" in numbers or f"{number}_1st" in numbers}
    asked = [row for row in rows if row["question_number"] not in heads]
    kinds = list(dict.fromkeys(row["question_responses"].strip() for row in asked))
    text = "id: san_diego\ninstrument: R\nversion: 1.0.0\n"
    text += f"title: {said('Resident survey')}\nnotice: {said('Read from the dictionary of open data.')}\n"
    batteries = list(dict.fromkeys(row["question_number"].partition("_")[0].lower() for row in asked))
    titles = {row["question_number"].lower(): row["question_text"] for row in rows}
    text += "sections:\n"
    text += "".join(f"  - {{id: {name}, title: {said(titles.get(name, name))}}}\n" for name in batteries)
    text += "scales:\n" + "".join(scale(f"S{number}", kind) for number, kind in enumerate(kinds))
    text += "items:\n"
    for row in asked:
        name = row["question_number"].lower()
        place = kinds.index(row["question_responses"].strip())
        text += f"  - {{id: {name}, section: {name.partition('_')[0]}, role: covariate, scale: S{place}, "
        text += f"text: {said(row['question_text'])}}}\n"
    return text


@pytest.fixture(scope="module")
def data(shared) -> Path:
    return shared / "data" / "sandiego_2015"


@pytest.fixture(scope="module")
def path(data, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("san_diego") / "san_diego.yaml"
    made.write_text(as_yaml(data / "resident_survey_dictionary_datasd.csv"), encoding="utf-8")
    return made


def test_it_is_read_whole(path):
    form = load_questionnaire(path)
    assert len(form.items) == 130 - 15 - 1  # without the heads of batteries and one open field
    assert len(form.scales) == 15  # the distinct lists of answers in the dictionary
    assert [section.id for section in form.sections][:3] == ["q1", "q2", "q3"]
    ratings = form.scale_of("q1_1")
    assert (ratings.kind, ratings.codes, ratings.off_codes) == ("ordinal", (1, 2, 3, 4, 5), (9,))
    assert form.item("q1_1").text.en == "As a place to live"
    assert form.scale_of("q20").integer and len(preview_html(form, lang="en")) > 50_000


def test_the_linter_finds_what_is_wrong_with_it_and_nothing_that_is_not(path):
    found = lint(load_questionnaire(path), source=path)
    codes = {finding.code for finding in found}
    # Vietnamese cells that are English; items of two batteries with the same words.
    assert {"Q206", "Q104"} <= codes
    assert [f for f in found if f.severity == "error"] == []
    assert all(re.match(r"san_diego\.yaml, line \d+, ", finding.where) for finding in found)


def test_its_answers_give_the_published_share(path, data):
    """Place to live, excellent or good: 87 % of valid answers (SOURCE.md)."""
    rows = pd.read_csv(data / "resident_survey_weighted_datasd.csv")
    column = next(name for name in rows.columns if name.lower() == "q1_1")
    answers = valid(rows.rename(columns={column: "q1_1"}), load_questionnaire(path), "q1_1")
    counted = answers[~pd.isna(answers)]
    assert round(100 * (counted >= 4).mean()) == 87
