"""Questionnaires are read with located errors, and their criteria are tied to the plan's sentences."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from surveylib.errors import SurveyError
from surveylib.instrument import check_quotes, load_questionnaire, plan_criteria, quote_hash

PLAN = """\
II. Nội dung

1. Các Tiêu chí xây dựng

a. Nhóm a

- Câu một
viết hai dòng;

- Câu hai.

b. Nhóm b

- Câu ba;
- Câu bốn;

2. Đơn vị triển khai

- Không phải tiêu chí;
"""


@pytest.fixture
def plan_text(shared) -> str:
    return (shared / "plan" / "ke-hoach-thi-diem.txt").read_text(encoding="utf-8")


def test_bullets_of_part_one_become_criteria():
    expected = {"a1": "Câu một viết hai dòng;", "a2": "Câu hai.", "b1": "Câu ba;", "b2": "Câu bốn;"}
    assert plan_criteria(PLAN) == expected


def test_the_plan_has_eighteen_criteria_in_four_groups(plan_text):
    names = list(plan_criteria(plan_text))
    assert [sum(name[0] == group for name in names) for group in "abcd"] == [5, 6, 3, 4]
    assert names == sorted(names)


def test_a_text_without_the_list_is_refused():
    with pytest.raises(SurveyError, match="no list of criteria"):
        plan_criteria("Một văn bản khác")


def test_hash_sees_words_not_layout():
    one = quote_hash("- Nụ cười\n   công sở; ")
    assert one == quote_hash(unicodedata.normalize("NFD", "Nụ cười\u00a0công sở;"))
    assert one != quote_hash("Nụ cười công sở")


def test_every_criterion_shipped_matches_its_sentence(shipped, plan_text):
    assert check_quotes(shipped, plan_text=plan_text) == ()


def test_a_changed_a_missing_and_a_new_sentence_are_found(shipped, plan_text):
    changed = plan_text.replace("Bố trí các phương tiện phù hợp", "Bố trí phương tiện phù hợp")
    assert changed != plan_text
    fewer = replace(
        shipped,
        criteria=tuple(c for c in shipped.criteria if c.id in ("a4", "d1")),
        items=(),
        indices=(),
        outcomes=(),
    )
    found = {(f.code, f.where) for f in check_quotes(fewer, plan_text=changed)}
    assert ("Q713", "criterion a4") in found and ("Q712", "criterion a1") in found
    assert not any(place == "criterion d1" for _, place in found)
    gone = check_quotes(fewer, plan_text=PLAN)
    assert {f.where for f in gone if f.code == "Q711"} == {"criterion a4", "criterion d1"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("ask_if: box == 1", "ask_if: boxx == 1"), ["unknown item", "did you mean 'box'"]),
        (("ask_if: box == 1", "ask_if: box.real == 1"), ["outside the rule language"]),
        (("ask_if: box == 1", "askif: box == 1"), ["unknown field", "did you mean 'ask_if'"]),
        (("scale: MIN", "scale: MINS"), ["unknown scale"]),
        (("{vi: Kém, en: Poor}", "{vi: Kém, en: Poor, eng: Poor}"), ["unknown field", "line 15"]),
        (("id: forms", "id: papers"), ["id stands twice", "papers"]),
        (("item: asked_extra", "item: comment"), ["text and dates have no figure"]),
        (("item: asked_extra", "item: wait"), ["share counts no code"]),
        (("measure: share,", "measure: share, positive: [7],"), ["unknown code", "outcome extra"]),
        (("measure: share,", "measure: share, positive: [1], among: [0],"), ["outside the denominator"]),
        (("measure: share,", "measure: value, positive: [1],"), ["codes belong to a share"]),
        (("id: score,", "id: extra,"), ["outcome or index id stands twice"]),
    ],
)  # fmt: skip
def test_mistakes_are_named(write, change, words):
    with pytest.raises(SurveyError) as error:
        load_questionnaire(write(change))
    for word in words:
        assert word in str(error.value)
    assert "small.yaml" in str(error.value)
