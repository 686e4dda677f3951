"""The tables of truth behind skip rules, against the grammar's own table and against plain enumeration."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from surveylib.grammar import evaluate, parse
from surveylib.instrument.worlds import MOST_WORLDS, asked, upstream, worlds
from surveylib.model.scale import Choice, Scale
from surveylib.model.text import Text

YN = Scale(
    id="YN",
    kind="binary",
    choices=tuple(Choice(code=code, text=Text(vi=str(code), en=str(code))) for code in (1, 0)),
    off_scale=(Choice(code=9, text=Text(vi="KB", en="DK")),),
)
MARKS = Scale(
    id="M",
    kind="multiple",
    choices=tuple(Choice(code=code, text=Text(vi=str(code), en=str(code))) for code in (1, 2, 3, 4)),
    alone=(4,),
)
MINUTES = Scale(id="N", kind="number", minimum=0, maximum=60, integer=True)


def table(rule: str, **scales: Scale) -> tuple[dict, np.ndarray]:
    made = worlds(scales, scales={name: [scale] for name, scale in scales.items()}, rules=[parse(rule)])
    return made, evaluate(parse(rule), values=made)


def test_every_combination_of_codes_and_blanks_is_there():
    made, _ = table("a == 1 or b == 1", a=YN, b=YN)
    got = {tuple("" if np.isnan(v) else int(v) for v in pair) for pair in zip(*made.values(), strict=True)}
    assert got == set(product([1, 0, 9, ""], repeat=2))


@pytest.mark.parametrize("rule", ["n > 10", "n >= 10", "n < 60", "n == 10 or n == 11", "0 < n", "n <= 0"])
def test_a_number_is_told_apart_at_its_bounds(rule):
    """The values tried see the rule both ways wherever some whole number within the bounds does."""
    _, truths = table(rule, n=MINUTES)
    every = evaluate(parse(rule), values={"n": np.array([*range(61), np.nan])})
    assert set(truths.tolist()) == set(every.tolist())


def test_marks_that_stand_alone_stand_alone():
    made, _ = table("1 in m and 2 in m", m=MARKS)
    assert "1 2" in set(made["m"]) and "4" in set(made["m"]) and "" in set(made["m"])
    assert not any("4" in cell.split() and len(cell.split()) > 1 for cell in made["m"])


def test_text_and_too_many_worlds_are_not_decided():
    assert worlds(["t"], scales={"t": [Scale(id="T", kind="text")]}, rules=[]) is None
    names = [f"a{i}" for i in range(9)]
    assert 4 ** len(names) > MOST_WORLDS
    assert worlds(names, scales={name: [YN] for name in names}, rules=[]) is None


def test_an_item_that_was_skipped_counts_as_blank():
    rules = {"a": None, "b": parse("a == 1"), "c": parse("b == 1 and a == 0")}
    order = upstream("c", rules)
    assert order == ("a", "b")
    made = worlds(order, scales={name: [YN] for name in order}, rules=rules.values())
    truths = asked("c", order=order, rules=rules, worlds=made)
    assert truths.alone.any() and not truths.really.any()


def test_a_circle_and_a_long_chain_have_no_table():
    assert upstream("a", {"a": parse("b == 1"), "b": parse("a == 1")}) is None
    chain = {f"x{i}": parse(f"x{i - 1} == 1") if i else None for i in range(5000)}
    assert upstream("x4999", chain) is None
    assert upstream("x3", chain) == ("x0", "x1", "x2")
