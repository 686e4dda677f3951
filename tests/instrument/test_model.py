"""What the questionnaire's noun refuses: sections, piped words, lists of marks, bounds, ratios, profiles."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from surveylib.errors import SurveyError
from surveylib.model.questionnaire import (
    Choice,
    Item,
    Outcome,
    Profile,
    Questionnaire,
    Scale,
    Section,
    Word,
)
from surveylib.model.text import Text

T = Text(vi="Thử", en="Trial")
CHOICES = tuple(Choice(code=code, text=Text(vi=str(code), en=str(code))) for code in (1, 2, 3))
WAYS = Scale(id="WAYS", kind="multiple", choices=CHOICES, alone=(3,), positive=(1,))
COUNT = Scale(id="COUNT", kind="number", minimum=0, maximum=10, integer=True)
PICK = Scale(id="PICK", kind="choice", choices=CHOICES)
TEXT = Scale(id="TEXT", kind="text")


def item(name: str, scale: Scale, **fields) -> Item:
    return Item(id=name, scale=scale.id, text=fields.pop("text", T), role="process", **fields)


def asked(*items: Item, **fields) -> Questionnaire:
    return Questionnaire(
        id="q", instrument="R", version="1.0.0", title=T, notice=T, scales=(WAYS, COUNT, PICK, TEXT),
        items=items, **fields,
    )  # fmt: skip


def ratio(item: str, of: str) -> Outcome:
    return Outcome(id="o", text=T, item=item, of=of, measure="ratio")


FEBRUARY = datetime.date(2015, 2, 1)
WAYS_ITEM, COUNT_ITEM, PICK_ITEM = item("ways", WAYS), item("n", COUNT), item("pick", PICK)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Scale(id="W", kind="multiple", choices=CHOICES[:1]), "at least two choices"),
        (lambda: asked(replace(COUNT_ITEM, part_of="m")), "unknown item"),
        (lambda: asked(replace(COUNT_ITEM, part_of="n")), "another count on the same scale"),
        (lambda: asked(PICK_ITEM, replace(COUNT_ITEM, part_of="pick")), "another count on the same scale"),
        (lambda: asked(WAYS_ITEM, replace(PICK_ITEM, part_of="ways")), "another count on the same scale"),
        (lambda: replace(WAYS, alone=(7,)), "unknown code that stands alone"),
        (lambda: replace(PICK, alone=(1,)), "belongs to lists of marks"),
        (lambda: replace(PICK, integer=True), "belong to numbers"),
        (lambda: replace(TEXT, minimum=1), "belong to numbers"),
        (lambda: replace(COUNT, earliest=datetime.date(2015, 1, 1)), "belong to dates"),
        (
            lambda: Scale(id="D", kind="date", earliest=FEBRUARY, latest=FEBRUARY.replace(month=1)),
            "wrong way round",
        ),
        (lambda: asked(WAYS_ITEM, item("x", PICK, ask_if="ways == 1")), "expected: 1|2 in ways"),
        (lambda: asked(PICK_ITEM, item("x", PICK, ask_if="1 in pick")), "list of marks"),
        (lambda: asked(item("x", PICK, section="s")), "names a section"),
        (lambda: asked(PICK_ITEM, sections=(Section(id="s", title=T),)), "in no section"),
        (lambda: asked(item("x", PICK, section="t"), sections=(Section(id="s", title=T),)), "unknown sec"),
        (lambda: asked(item("x", PICK, text=Text(vi="Ở {nơi}", en="x"))), "item x, text, vi"),
        (lambda: asked(PICK_ITEM, words=(Word(id="head", text=T), Word(id="head", text=T))), "stands twice"),
        (lambda: Outcome(id="o", text=T, item="n", measure="ratio"), "needs one"),
        (lambda: Outcome(id="o", text=T, item="n", of="n", measure="value"), "only a ratio"),
        (
            lambda: asked(COUNT_ITEM, PICK_ITEM, outcomes=(ratio("n", "pick"),)),
            "ratio is of two numbers",
        ),
        (
            lambda: asked(WAYS_ITEM, outcomes=(Outcome(id="o", text=T, item="ways", measure="value"),)),
            "no value, only shares",
        ),
        (
            lambda: Profile(id="p", formula="sipas_style", dated=datetime.date(2026, 1, 1), text=T),
            "still to be confirmed",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(make, words):
    with pytest.raises(SurveyError, match=words):
        make()


def test_items_of_a_section_stand_together_and_in_order():
    sections = (Section(id="one", title=T), Section(id="two", title=T))
    a, b = item("a", PICK, section="one"), item("b", PICK, section="two")
    form = asked(a, b, sections=sections)
    assert [i.id for i in form.items_in("two")] == ["b"] and list(form.items_in(None)) == []
    with pytest.raises(SurveyError, match="stand together"):
        asked(b, a, sections=sections)


def test_a_rule_cannot_lean_on_an_item_whose_place_is_drawn():
    sections = (Section(id="one", title=T, randomise=True), Section(id="two", title=T))
    first = item("a", PICK, section="one")
    assert asked(first, item("b", PICK, section="two", ask_if="a == 1"), sections=sections)
    with pytest.raises(SurveyError, match="drawn at random"):
        asked(first, item("b", PICK, section="one", ask_if="a == 1"), sections=sections)


def test_a_questionnaire_of_the_old_form_is_still_one(small):
    assert small.sections == small.words == small.profiles == ()
    assert all(i.section is None and i.text_version == 1 for i in small.items)
