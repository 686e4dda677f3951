"""A questionnaire of four items and invented answers."""

import pytest

from surveylib.model.questionnaire import Choice, Index, Item, Questionnaire, Scale
from surveylib.model.text import Text


def text(word: str) -> Text:
    return Text(vi=word, en=word)


def choices(*codes: int) -> tuple[Choice, ...]:
    return tuple(Choice(code=code, text=text(str(code))) for code in codes)


@pytest.fixture
def questionnaire() -> Questionnaire:
    five = Scale(
        id="l5", kind="ordinal", choices=choices(1, 2, 3, 4, 5), off_scale=choices(8, 9), positive=(4, 5)
    )
    yes = Scale(id="yn", kind="binary", choices=choices(0, 1), off_scale=choices(9), positive=(1,))
    kind = Scale(id="kind", kind="choice", choices=choices(1, 2))
    words = Scale(id="words", kind="text")
    return Questionnaire(
        id="q",
        instrument="C",
        version="1",
        title=text("t"),
        notice=text("n"),
        scales=(five, yes, kind, words),
        items=(
            Item(id="q1", text=text("1"), scale="l5"),
            Item(id="q2", text=text("2"), scale="l5", reversed=True),
            Item(id="late", text=text("l"), scale="yn"),
            Item(id="sorry", text=text("s"), scale="yn", ask_if="late == 1", applies_to=("LG",)),
            Item(id="group", text=text("g"), scale="kind", role="covariate"),
            Item(id="comment", text=text("c"), scale="words", role="open"),
        ),
        indices=(
            Index(id="both", text=text("b"), items=("q1", "q2")),
            Index(id="one", text=text("o"), items=("q1",)),
            Index(id="seldom", text=text("r"), items=("q1", "sorry"), rare=True),
        ),
    )
