"""What may come in under the name of a questionnaire: a finding or a clear error, in bounded time and
memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.instrument import diff, lint, load_questionnaire
from surveylib.model.questionnaire import Item, Questionnaire
from surveylib.model.text import Text

NO = "      - {code: 0, text: {vi: Không, en: No}}\n"
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def refused(path: Path) -> str:
    """The error that reading the file ends in."""
    with pytest.raises(SurveyError) as error:
        load_questionnaire(path)
    return str(error.value)


def test_a_circle_of_skip_rules_is_a_finding(write: Callable[..., Path]):
    box = "text: {vi: Ông/Bà có thấy thùng thư không?, en: Did you see the box?}"
    path = write((box, "ask_if: opened == 1\n    " + box))
    assert "Q403" in {hit.code for hit in lint(load_questionnaire(path), source=path)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  - id: forms\n", "  - id: papers\n", "item id stands twice"),
        ("  - id: L5\n", "  - id: YN\n", "scale id stands twice"),
        ("version: 1.0.0\n", "version: 1.0.0\nversion: 1.0.1\n", "a key stands twice"),
        (NO, NO.replace("code: 0", "code: no"), "valid integer"),  # YAML 1.1 would have read false
        (NO, NO.replace("code: 0", "code: false"), "valid integer"),
        ("  - id: papers\n", "\t- id: papers\n", "not valid YAML"),
        ("id: small\n", "id: ../../small\n", "id is not usable"),
        ("  - id: papers\n", "  - id: /tmp/papers\n", "id is not usable"),
        ("  - id: papers\n", "  - id: p/../../apers\n", "id is not usable"),
        ("id: small\n", "id: small\nbank: ../bank.yaml\n", "lies beside the questionnaire"),
        ("id: small\n", "id: !!python/object/apply:os.system [ls]\n", "tags"),
    ],
)
def test_what_is_wrong_is_said(write: Callable[..., Path], old: str, new: str, said: str):
    assert said in refused(write((old, new)))


def test_answers_called_no_stay_words(write: Callable[..., Path]):
    """A label `no` is a word, not false: the reader is one of YAML 1.2."""
    asked = load_questionnaire(write((NO, NO.replace("en: No", "en: no"))))
    assert asked.scale_of("box").choices[1].text.en == "no"


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "a: " + "[" * 5000 + "]" * 5000,
        "\n".join(" " * depth + f"k{depth}:" for depth in range(3000)),
        "a: " + "{b: " * 3000 + "}" * 3000,
        "- " * 5000 + "x",
        "x" * 300_000,
    ],
    ids=["laughs", "brackets", "indented", "braces", "dashes", "one word"],
)
def test_a_bomb_is_refused_quickly(tmp_path: Path, text: str):
    path = tmp_path / "bomb.yaml"
    path.write_text(text, encoding="utf-8")
    began = time.process_time()
    said = refused(path)
    assert str(path) in said
    assert time.process_time() - began < 10


def test_fifty_megabytes_are_refused_before_they_are_read(tmp_path: Path):
    path = tmp_path / "large.yaml"
    with open(path, "wb") as file:
        file.truncate(50_000_000)
    tracemalloc.start()
    said = refused(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "too large" in said and "5 MB" in said
    assert peak < 3 * documents.LARGEST


def test_a_rule_nested_without_end_is_refused(write: Callable[..., Path]):
    assert "rule" in refused(write(("ask_if: box == 1", f"ask_if: '{'not ' * 300}box == 1'")))
    assert "rule" in refused(write(("ask_if: box == 1", f"ask_if: '{'(' * 900}box == 1{')' * 900}'")))


def many(small: Questionnaire, count: int, rule: Callable[[int], str | None]) -> Questionnaire:
    """The small questionnaire with so many items more."""
    more = tuple(
        Item(
            id=f"i{n}",
            scale="YN",
            role="covariate",
            text=Text(vi=f"Câu hỏi số {n}?", en=f"Item number {n}?"),
            ask_if=rule(n),
        )
        for n in range(count)
    )
    return replace(small, items=(*small.items, *more))


RULES = {
    "chain": lambda n: f"i{n - 1} == 1" if n else None,
    "star": lambda n: "box == 1",
    "pairs": lambda n: f"i{n - 1} == 1 and i{n - 2} in [0, 9]" if n > 1 else None,
    "strange": lambda n: f"i{n - 1} == 5" if n else None,
}


@pytest.mark.parametrize(
    "shape", ["chain", *(pytest.param(s, marks=pytest.mark.slow) for s in RULES if s != "chain")]
)
def test_ten_thousand_items_take_ten_times_a_thousand(small: Questionnaire, shape: str):
    spent = {}
    for count in (1000, 10_000):
        asked = many(small, count, RULES[shape])
        began = time.process_time()
        found = lint(asked)
        spent[count] = time.process_time() - began
    assert spent[10_000] < 30
    assert spent[10_000] < 25 * spent[1000] + 1  # a square would be 100 times
    if shape == "strange":
        assert sum(hit.code == "Q401" for hit in found) == 9999


@pytest.mark.slow
def test_ten_thousand_items_are_compared_in_bounded_time(small: Questionnaire):
    old, new = many(small, 10_000, RULES["chain"]), many(small, 10_000, RULES["star"])
    began = time.process_time()
    made = diff(old, new)
    assert time.process_time() - began < 30
    assert len(made.broken) == 10_000
