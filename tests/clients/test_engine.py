"""ODK's own form engine as the oracle of our skip rules, bounds and scores: no difference is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
import pytest

from surveylib import documents
from surveylib.fieldwork.codes import to_codes
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.setting import Setting
from surveylib.model.study import Study
from tests.clients.conftest import INSTRUMENTS, instrument
from tests.clients.respondents import expected, respondents

pytestmark = [pytest.mark.needs_node, pytest.mark.slow]
PEOPLE = 400


def compare(questionnaire: Questionnaire, study: Study, xform: Callable, engine: Callable) -> list[str]:
    """Every difference between the engine and our rules, as sentences."""
    people = respondents(questionnaire, study, n=PEOPLE, seed=20141101)
    answered = engine(xform(questionnaire, Setting(study=study)), people)
    assert len(answered) == PEOPLE
    items = {item.id for item in questionnaire.items}
    differences = []
    for number, (theirs, ours) in enumerate(
        zip(answered, expected(people, questionnaire, study), strict=True)
    ):
        asked = sorted(items & set(theirs["relevant"]))
        wrong = {name: why for name, why in theirs["violations"].items() if name in items}
        if asked != ours["relevant"]:
            differences.append(f"{number}: asked {set(asked) ^ set(ours['relevant'])}")
        if wrong != ours["violations"]:
            differences.append(f"{number}: wrong {set(wrong.items()) ^ set(ours['violations'].items())}")
        for name, score in ours["scores"].items():
            text = theirs["values"][f"score_{name}"]
            same = text == "" if math.isnan(score) else text and math.isclose(float(text), score)
            if not same:
                differences.append(f"{number}: score {name} {text!r}, ours {score}")
    return differences


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_engine_agrees(name: str, study: Study, xform: Callable, engine: Callable) -> None:
    assert compare(instrument(name), study, xform, engine) == []


RULES = (
    *("one == 3", "one != 3", "one in [3, 5]", "one not in [3, 5]", "one < 4", "one >= 4", "not one == 3"),
    *(
        "one == other",
        "one != other",
        "one <= other",
        "1 < one <= 4",
        "3 == one",
        "one in [9]",
        "one not in [9]",
    ),
    *("3 in ways", "3 not in ways", "not 3 in ways", "3 in ways and 5 in ways", "9 in ways or one == 1"),
    *(
        "count == 0",
        "count != 0",
        "count > 2.5",
        "count == -1",
        "not (one == 1 and (other != 3 or count > 2))",
    ),
    "one != 3 and other not in [1, 2] or not count <= 2",
    "chain == 1",  # itself skipped unless one == 1: its answer then is no answer
)


def every_rule() -> Questionnaire:
    """A questionnaire whose skip rules use all that the rule language can say."""

    def text(words: str) -> dict[str, str]:
        return {"vi": words, "en": words}

    codes = [{"code": code, "text": text(f"Mã {code}")} for code in (1, 3, 4, 5)]
    off = [{"code": 9, "text": text("Không biết")}]
    scales = [
        {"id": "ONE", "kind": "choice", "choices": codes, "off_scale": off, "positive": [3]},
        {
            "id": "MARKS",
            "kind": "multiple",
            "choices": codes,
            "off_scale": off,
            "positive": [3, 4],
            "alone": [5],
        },
        {"id": "COUNT", "kind": "number", "minimum": -1, "maximum": 9, "off_scale": [{**off[0], "code": 99}]},
    ]
    items = [
        {"id": name, "scale": scale, "text": text(name), **more}
        for name, scale, more in (
            ("one", "ONE", {}),
            ("other", "ONE", {"required": False}),
            ("ways", "MARKS", {}),
            ("count", "COUNT", {}),
            ("part", "COUNT", {"part_of": "count", "required": False}),
            ("whole", "COUNT", {"ask_if": "one != 1", "applies_to": ["LG", "OD"]}),
            ("share", "COUNT", {"part_of": "whole"}),
            ("chain", "ONE", {"ask_if": "one == 1", "reversed": True, "applies_to": ["LG", "OD"]}),
        )
    ]
    items += [
        {"id": f"q{number}", "scale": "ONE", "text": text(rule), "ask_if": rule}
        for number, rule in enumerate(RULES)
    ]
    document = {
        "id": "every_rule",
        "instrument": "C",
        "version": "1.0.0",
        "title": text("Luật hỏi"),
        "notice": text("Phiếu thử."),
        "scales": scales,
        "items": items,
        "indices": [
            {"id": "both", "text": text("both"), "items": ["one", "other", "chain"], "min_items_share": 0.6}
        ],
        "outcomes": [
            {"id": "marked", "text": text("marked"), "item": "ways", "measure": "share"},
            {"id": "counted", "text": text("counted"), "item": "count", "measure": "value"},
        ],
    }
    return documents.build(document, Questionnaire, where="every_rule")


def test_every_rule_of_the_language(study: Study, xform: Callable, engine: Callable) -> None:
    assert compare(every_rule(), study, xform, engine) == []


def test_a_code_off_the_list_counts_as_blank(study: Study, xform: Callable, engine: Callable) -> None:
    answered = engine(xform(every_rule(), Setting(study=study)), [{"one": "3"}, {"one": "7"}])
    assert [person["values"]["one"] for person in answered] == ["3", ""]
    scale = every_rule().scale_of("one")
    coded = to_codes(pd.Series(["3", "7"]), scale=scale, recode={})
    assert coded.values[0] == 3 and math.isnan(coded.values[1])
