"""Rules to XPath and back: the same truth for every answer, blank ones included.

That the XPath itself means the same to a form is shown in tests/clients/test_engine.py, by ODK's form engine.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from surveylib.errors import SurveyError
from surveylib.grammar import evaluate, parse
from surveylib.instrument.xpath import literal, to_xpath
from surveylib.instrument.xpath_read import Unreadable, read_xpath

CODES = (1, 2, 3, 9)


class Names:
    """A form with two questions `a`, `B` of one code and one, `ways`, of several."""

    def rename(self, name: str) -> str:
        return name.lower()

    def code(self, name: str, text: str) -> int:
        return {"yes": 1, "no": 2}[text] if text.isalpha() else int(text)

    def codes(self, name: str) -> tuple[int, ...]:
        return CODES

    def multiple(self, name: str) -> bool:
        return name == "ways"


def truth(rule: str) -> list[bool]:
    """The rule's truth for every pair of answers and every set of marks."""
    found = []
    for a, b, ways in itertools.product((math.nan, *CODES), (math.nan, *CODES), ("", "1", "2 3", "9")):
        values = {"a": np.array([a]), "b": np.array([b]), "ways": np.array([ways])}
        found.append(bool(np.all(evaluate(parse(rule), values=values))))
    return found


@pytest.mark.parametrize(
    "rule",
    [
        *("a == 3", "a != 3", "not a == 3", "a in [1, 2]", "a not in [1, 2]", "not a in [1, 2]", "3 > a"),
        *("2 in ways", "2 not in ways", "not 2 in ways", "a == b", "a != b", "1 < a <= 3", "a == -1"),
        *("a == 1 and (b == 2 or not a > 3)", "a != 1 and b != 2 and a < 9", "a not in [3] or b != 1"),
        "not (a == 1 and (b != 2 or 3 in ways))",
    ],
)
def test_rule_to_xpath_and_back(rule: str) -> None:
    assert truth(read_xpath(to_xpath(parse(rule)), names=Names())) == truth(rule)


@pytest.mark.parametrize(
    ("xpath", "rule"),
    [
        ("${a}='yes' or selected(${B}, 'no')", "a == 1 or b == 2"),
        ("selected(${ways}, 'yes') and not(selected(${ways}, '3'))", "1 in ways and not 3 in ways"),
        ("${a} != 'yes'", "not a == 1"),  # a form finds a blank different from yes
        ("${a} != '' and ${a} != 'yes'", "a != 1"),
        ("${a} != ''", "a in [1, 2, 3, 9]"),
        ("not(${a} = '')", "a in [1, 2, 3, 9]"),
        ("(${a} = 1 or ${a} = 2) and ( ${B} >= 2 )", "a in [1, 2] and b >= 2"),
        ("2 < ${a}", "a > 2"),
        ("number(${a}) != number(${B})", "not a == b"),
    ],
)
def test_conditions_of_others(xpath: str, rule: str) -> None:
    assert truth(read_xpath(xpath, names=Names())) == truth(rule)


@pytest.mark.parametrize(
    "xpath",
    [
        *(
            "${a} + 1 > 3",
            "count(${a}) > 2",
            "../a = 3",
            "string-length(${a}) > 1",
            "${a}",
            "1 = 1",
            "${a} =",
        ),
        *(
            "selected(${a})",
            "(${a} = 1",
            "${a} = 1)",
            "today() > ${a}",
            "${a} = 1 ${B} = 2",
            "",
            "not(" * 100,
        ),
        *("${ways} = '1'", "number(" * 2000, "if(${a}=1, 1, 0) = 1"),
    ],
)
def test_what_has_no_words_is_refused(xpath: str) -> None:
    with pytest.raises(Unreadable):
        read_xpath(xpath, names=Names())


@pytest.mark.parametrize("rule", ["P(a > 1)", "a", "not a", "[1, 2] == a", "a == ''", "1", "a and b == 1"])
def test_rules_a_form_cannot_follow(rule: str) -> None:
    with pytest.raises(SurveyError, match="item x"):
        to_xpath(parse(rule), where="item x")


def test_texts_with_both_quotation_marks() -> None:
    assert literal("""a'b"c""") == """concat('a', "'", 'b"c')"""
