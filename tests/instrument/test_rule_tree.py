"""The tree says what the rule says; what is no condition on answers is refused."""

from __future__ import annotations

import pytest

from surveylib.errors import SurveyError
from surveylib.grammar import parse
from surveylib.instrument.rule_tree import rule_tree


@pytest.mark.parametrize(
    ("rule", "tree"),
    [
        ("a == 3", ["==", ["answer", "a"], ["value", 3]]),
        ("3 < a", ["<", ["value", 3], ["answer", "a"]]),
        ("a in [1, -2]", ["in", ["answer", "a"], ["value", 1], ["value", -2]]),
        ("3 not in ways", ["unmarked", "3", "ways"]),
        (
            "a != b or not a >= 2.5",
            [
                "or",
                ["!=", ["answer", "a"], ["answer", "b"]],
                ["not", [">=", ["answer", "a"], ["value", 2.5]]],
            ],
        ),
        ("1 < a < 4", ["and", ["<", ["value", 1], ["answer", "a"]], ["<", ["answer", "a"], ["value", 4]]]),
    ],
)
def test_trees(rule, tree):
    assert rule_tree(parse(rule)) == tree


@pytest.mark.parametrize("rule", ["a", "P(a) > 1", "not a", "a == 1 and b", "a == [1, 2]"])
def test_what_cannot_be_carried_is_refused(rule):
    with pytest.raises(SurveyError, match="another program") as error:
        rule_tree(parse(rule), where="item x")
    assert error.value.where == "item x"
