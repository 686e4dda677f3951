import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork.scan.decisions import read_decisions, settle
from surveylib.model.paper_layout import Field, PrintedItem, Spot
from surveylib.model.scanned import Decided
from surveylib.model.text import Text

FIELD = Field(page=1, x=20, y=20, width=20, height=6)


def rows(*lines):
    return pd.DataFrame(lines, columns=["serial", "item", "answer", "by", "on"])


def item(kind, *, alone=()):
    words = Text(vi="Có", en="Yes")
    codes = (1, 2, 9) if kind in ("one", "several") else ()
    return PrintedItem(
        id="x",
        number=1,
        kind=kind,
        text=words,
        labels={str(code): words for code in codes},
        page=1,
        top=20,
        alone=alone,
        spots=tuple(Spot(code=code, page=1, x=20.0 * code, y=20) for code in codes),
        field=None if codes else FIELD,
    )


def settled(kind, answer, **more):
    return settle(Decided(answer=answer, by="Lan", on="2014-11-30"), item(kind, **more))


def test_lines_without_an_answer_are_left_out():
    read = read_decisions(rows(("A", "x", " 1 ", "Lan", "2014-11-30"), ("A", "y", " ", "", "")))
    assert read == {("A", "x"): Decided(answer="1", by="Lan", on="2014-11-30")}


def test_who_and_when_are_asked_for_of_all_lines_at_once():
    with pytest.raises(SurveyError) as said:
        read_decisions(
            rows(("A", "x", "1", "", "2014-11-30"), ("B", "x", "1", "Lan", "30/11"), ("B", "y", "1", "", ""))
        )
    assert said.value.got.count("nobody named") == 2 and said.value.got.count("is no day") == 2


def test_a_doubt_decided_twice_must_be_decided_alike():
    same = ("A", "x", "1", "Lan", "2014-11-30")
    assert len(read_decisions(rows(same, same))) == 1
    with pytest.raises(SurveyError, match="decided twice"):
        read_decisions(rows(same, ("A", "x", "2", "Minh", "2014-11-30")))


def test_a_list_without_its_columns_is_refused():
    with pytest.raises(SurveyError, match="by, on"):
        read_decisions(rows().drop(columns=["by", "on"]))


@pytest.mark.parametrize(
    ("kind", "answer", "stands"),
    [
        ("one", "2", "2"),
        ("one", "-", ""),
        ("one", "1 2", None),
        ("one", "có", None),
        ("several", "1, 2", "1 2"),
        ("several", "1 3", None),
        ("number", "45", "45"),
        ("number", "4x", None),
        ("date", "30/11/2014", "2014-11-30"),
        ("date", "2014-11-30", "2014-11-30"),
        ("date", "31/11/2014", None),
        ("date", "30/11", None),
        ("text", "Rất tốt", "Rất tốt"),
    ],
)
def test_an_answer_must_be_one_the_item_can_have(kind, answer, stands):
    assert settled(kind, answer) == stands


def test_a_code_that_excludes_others_stands_alone():
    assert settled("several", "9", alone=(9,)) == "9"
    assert settled("several", "1 9", alone=(9,)) is None


def test_nobody_has_decided_yet():
    assert settle(None, item("one")) == ""
