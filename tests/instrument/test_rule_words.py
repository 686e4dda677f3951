"""Skip rules read as sentences."""

from __future__ import annotations

import pytest

from surveylib.grammar import parse
from surveylib.instrument.rule_words import rule_in_words


@pytest.mark.parametrize(
    ("rule", "vi", "en"),
    [
        ("box == 1", "box là “Có”", "box is “Yes”"),
        ("box != 0", "box không phải là “Không”", "box is not “No”"),
        ("papers in [1, 9]", "papers là một trong “Rất kém”, “Không biết”",
         "papers is one of “Very poor”, “Don't know”"),
        ("wait >= 30", "wait từ 30", "wait is at least 30"),
        ("not (box == 1 or wait < 5)", "không phải (box là “Có” hoặc wait nhỏ hơn 5)",
         "not (box is “Yes” or wait is below 5)"),
        (
            "box == 1 and (wait > 5 or papers == 2)",
            "box là “Có” và (wait lớn hơn 5 hoặc papers là “Kém”)",
            "box is “Yes” and (wait is above 5 or papers is “Poor”)",
        ),
        ("10 <= wait <= 20", "10 không quá wait không quá 20", "10 is at most wait is at most 20"),
    ],
)  # fmt: skip
def test_rule_in_words(small, rule, vi, en):
    assert rule_in_words(parse(rule), questionnaire=small, lang="vi") == vi
    assert rule_in_words(parse(rule), questionnaire=small, lang="en") == en
