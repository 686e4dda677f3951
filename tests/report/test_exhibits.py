import json

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.text import Text
from surveylib.report.blocks import MIME, Piece, flatten
from surveylib.report.exhibits import banner, finding_list, heading, kpi, quote, table, text, together

EVIL = "<script>alert('xấu')</script><img src=x onerror=alert(1)>{{7*7}}"


def stored(block):
    """The block as the executed notebook keeps it."""
    return json.loads(json.dumps(block._repr_mimebundle_()[MIME], allow_nan=False))


def every_kind():
    frame = pd.DataFrame({"unit": [EVIL, "B"], "estimate": [3.6, np.nan]})
    return [
        heading(EVIL, lang="vi"),
        text("{who}: {n}", {"who": EVIL, "n": 3}, lang="vi"),
        kpi(EVIL, 0.2, lang="vi", below="{why}", values={"why": EVIL}),
        table(frame, caption=EVIL, lang="vi", labels={"estimate": EVIL}, notes=[EVIL], missing=EVIL),
        quote(EVIL, lang="vi", source=EVIL),
        banner(EVIL, lang="vi"),
    ]


@pytest.mark.parametrize("block", every_kind(), ids=lambda block: block.kind)
def test_a_block_survives_being_stored(block):
    assert flatten(stored(block), where="cell 1") == (block,)


@pytest.mark.parametrize("block", every_kind(), ids=lambda block: block.kind)
def test_nothing_typed_becomes_markup(block):
    html = block._repr_mimebundle_()["text/html"]
    assert "<script" not in html
    assert "<img" not in html
    assert "49" not in html
    assert "&lt;script&gt;" in html


def test_a_group_gives_back_its_members_in_order():
    first, second = text("một", lang="vi"), kpi("hai", 2.0, lang="vi")
    assert flatten(stored(together([first, second], lang="vi")), where="x") == (first, second)


def test_a_foreign_payload_is_refused():
    with pytest.raises(SurveyError, match="kind of block"):
        flatten({"kind": "iframe", "src": "http://x"}, where="cell 1")
    with pytest.raises(SurveyError):
        flatten({"kind": "heading", "text": "x", "lang": "vi", "onclick": "x"}, where="cell 1")


def test_a_sentence_keeps_its_numbers_as_numbers():
    block = text(
        Text(vi="Tăng {d} điểm ở {n} đơn vị {u}.", en="Up {d} in {n} units {u}."),
        {"d": 0.214, "n": 5, "u": "thí điểm"},
        lang="vi",
        formats={"d": "signed:1"},
    )
    assert (
        "".join(p.number.printed if p.number else p.text for p in block.pieces)
        == "Tăng +0,2 điểm ở 5 đơn vị thí điểm."
    )
    assert [(n.key, n.value) for n in block.numbers] == [("d", 0.214), ("n", 5.0)]


def test_a_sentence_with_an_unknown_slot_is_refused():
    with pytest.raises(SurveyError, match="did you mean 'effect'"):
        text("{efect}", {"effect": 1.0}, lang="vi")


def test_slots_reach_no_attributes():
    assert text("{n.__class__} {0} {}", {"n": 1}, lang="vi").pieces[0].text == "{n.__class__} {0} {}"


def test_a_missing_value_in_a_sentence_is_a_dash_and_no_number():
    block = text("{d}", {"d": float("nan")}, lang="vi")
    assert block.pieces[0].text == "–"
    assert block.numbers == ()


def test_findings_stand_errors_first_in_the_language():
    both = Text(vi="sai", en="wrong")
    findings = [
        Finding(code="D02", severity="note", where="a", message=both, remedy=both),
        Finding(code="D09", severity="error", where="b", message=both, remedy=both),
    ]
    block = finding_list(findings, caption="Kiểm tra", lang="vi")
    assert [row[1].text for row in block.rows] == ["D09", "D02"]
    assert block.rows[0][0].text == "Lỗi"
    assert finding_list([], caption="Kiểm tra", lang="vi").kind == "text"


def test_words_may_lead_to_a_file_of_the_run_and_nowhere_else():
    block = text("Xem {form}.", {"form": Piece(text="biểu <in>", href="../units/x.lessons.pdf")}, lang="vi")
    assert '<a href="../units/x.lessons.pdf">biểu &lt;in&gt;</a>' in block._repr_mimebundle_()["text/html"]
    assert block.numbers == ()
    for address in (
        "javascript:alert(1)",
        "https://example.org",
        "//example.org/x",
        "/etc/passwd",
        "a b",
        '"x',
    ):
        with pytest.raises(SurveyError, match="files of its run"):
            Piece(text="x", href=address)
