import math

import pandas as pd
import pytest

from surveylib.model.text import LANGS
from surveylib.report.drawing import canvas, figure
from surveylib.report.exhibits import banner, heading, kpi, quote, table, text
from surveylib.report.said import numbers_in, said, said_in

READ = {
    "một số thập phân": ("vi", "tăng 0,20 điểm", "0,20", 0.2),
    "nghìn": ("vi", "1.234 phiếu", "1.234", 1234),
    "a large number": ("en", "1,234,567.5 đồng", "1,234,567.5", 1234567.5),
    "triệu": ("vi", "1.234.567,5 đồng", "1.234.567,5", 1234567.5),
    "a true minus": ("vi", "từ \N{MINUS SIGN}0,10 đến", "\N{MINUS SIGN}0,10", -0.1),
    "a hyphen for a minus": ("en", "interval, -0.10 to", "-0.10", -0.1),
    "a plus": ("en", "(+0.38)", "+0.38", 0.38),
    "a share": ("vi", "khoảng 90%:", "90%", 0.9),
    "a share after a space": ("en", "12.5\N{NO-BREAK SPACE}% of", "12.5\N{NO-BREAK SPACE}%", 0.125),
    "a fraction": ("vi", "là 1/3003;", "1/3003", 1 / 3003),
    "a count among": ("en", "2/10 units", "2/10", 0.2),
    "a point in Vietnamese": ("vi", "P(theta > 0) >= 0.95", None, 0.95),
    "a comma in English": ("en", "×0,5", "0,5", 0.5),
    "the end of a sentence": ("vi", "ít nhất 5.", "5", 5),
}


@pytest.mark.parametrize(("lang", "words", "printed", "value"), READ.values(), ids=READ)
def test_numbers_in_words_are_read_by_their_language(lang, words, printed, value):
    found = numbers_in(words, lang=lang)[-1]
    assert found.value == pytest.approx(value, rel=1e-12)
    assert printed in (None, found.printed)


def test_the_same_digits_are_another_number_in_the_other_language():
    assert [numbers_in("1.250", lang=lang)[0].value for lang in LANGS] == [1250, 1.25]


@pytest.mark.parametrize("words", ["30/9/2015", "9/2015", "8:30", "1.2.3.4", "1/0"])
def test_dates_times_and_versions_are_found_and_have_no_value(words):
    found = numbers_in(f"ngày {words}.", lang="vi")
    assert [number.printed for number in found] == [words]
    assert math.isnan(found[0].value)


@pytest.mark.parametrize("words", ["a1_trips", "R6, CR2 và L5", "t0.csv", "c7be213eb61f6f27", "8h"])
def test_digits_within_a_name_are_no_number(words):
    assert numbers_in(words, lang="vi") == ()


def test_a_range_has_no_signs():
    assert [n.value for n in numbers_in("thang 1–5, câu 2-3, ngày 2015-09-30", lang="vi")] == [
        1, 5, 2, 3, 2015, 9, 30,
    ]  # fmt: skip


def blocks():
    frame = pd.DataFrame({"unit": ["Phường 7"], "estimate": [3.6], "message": ["ít hơn 11 phiếu"]})
    return {
        "heading": (heading("Đơn vị 21", lang="vi"), ["21"]),
        "text": (text("Có {n} phiếu, 22 lỗi", {"n": 4}, lang="vi"), ["22"]),
        "kpi": (kpi("Loại 23", 5, lang="vi", below="từ {low} (24)", values={"low": 6}), ["23", "24"]),
        "table": (table(frame, caption="Bảng 25", lang="vi", notes=["26"]), ["25", "7", "11", "26"]),
        "figure": (figure(canvas(height=1)[0], alt="28 chấm", caption="27", lang="vi"), ["27", "28"]),
        "quote": (quote("Chờ 29 phút", lang="vi", source="Phường 30"), ["29", "30"]),
        "banner": (banner("Mẫu 31", lang="vi"), ["31"]),
    }


@pytest.mark.parametrize("kind", blocks())
def test_every_kind_of_block_gives_the_numbers_in_its_words_and_not_its_own_again(kind):
    block, expected = blocks()[kind]
    assert block.kind == kind
    assert [number.printed for number in said_in(block)] == expected
    assert [number.key for number in said_in(block)] == [f"text.{i + 1}" for i in range(len(expected))]


def test_a_number_that_words_complete_is_listed_as_it_is_read():
    block = text("thấp nhất 1/{count}", {"count": 3003}, lang="vi", formats={"count": "number:0"})
    assert [number.printed for number in said_in(block)] == ["1/3.003"]


def test_sentences_give_each_number_once_and_none_that_is_known():
    known = text("{p}", {"p": 0.5}, lang="vi", formats={"p": "percent"}).numbers
    found = said(["90% và 90%", "50%, không phải 0,5"], lang="vi", known=known)
    assert [(one.key, one.printed) for one in found] == [("text.1", "90%"), ("text.2", "0,5")]
