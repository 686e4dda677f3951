import datetime
import io
from dataclasses import replace

import pypdf
import pytest

from surveylib.errors import SurveyError
from surveylib.model.text import Text
from surveylib.report.lessons import Band, Criterion, Lessons, lessons_numbers, lessons_pdf, write_lessons
from surveylib.report.printing import named_number
from surveylib.report.words import MARK_BOTH
from tests.report import as_read

DAY = datetime.date(2015, 4, 30)
NUMBERS = tuple(
    named_number(f"a1.{name}", value, lang="vi", form=form)
    for name, value, form in (
        ("before", 61.2, "number:0"),
        ("now", 72.4, "number:0"),
        ("effect", 8.1, "signed:0"),
        ("low", 1.2, "signed:0"),
        ("high", 15.0, "signed:0"),
    )
)


@pytest.fixture
def form():
    criterion = Criterion(
        name=Text(vi="a1. Giảm thủ tục", en="Fewer papers"),
        before="61",
        now="72",
        effect="+8",
        interval="[+1; +15]",
    )
    blank = Criterion(name=Text(vi="b4. Bầu chọn Trưởng ấp", en="Elections"))
    return Lessons(
        title=Text(vi="Biểu rút kinh nghiệm giữa kỳ", en="Lessons at half-time"),
        study=Text(vi="Số liệu bịa để thử biểu", en="Figures made up to try the form"),
        unit=Text(vi="Ủy ban nhân dân phường Phú Cường", en="People's Committee of Phu Cuong ward"),
        wave=Text(vi="Đợt sơ kết", en="Interim review"),
        note=Text(vi="Điểm 0–100.", en="Scores of 0–100."),
        interval=Text(vi="Khoảng 90%", en="90% interval"),
        bands=(
            Band(name=Text(vi="Cải thiện", en="Improved"), criteria=(criterion,)),
            Band(name=Text(vi="Chưa đánh giá được", en="Cannot be judged"), criteria=(blank,)),
        ),
        questions=(Text(vi="Việc gì đã làm khác trước?", en="What was done otherwise?"),),
        mark=MARK_BOTH,
        numbers=NUMBERS,
    )


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def words_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(content).pages).split())


def test_the_form_is_a4_says_both_languages_and_bears_the_mark_on_every_page(form):
    made = read(lessons_pdf(form, made=DAY))
    for page in made.pages:
        assert [round(float(side)) for side in (page.mediabox.width, page.mediabox.height)] == [595, 842]
        assert MARK_BOTH in page.extract_text()
    words = words_of(lessons_pdf(form, made=DAY))
    for part in (
        "Phú Cường",
        "Phu Cuong ward",
        "Giảm thủ tục",
        "Fewer papers",
        "Thủ trưởng đơn vị",
        "+8",
        "[+1; +15]",
        "Khoảng 90%",
    ):
        assert part in words
    assert "\N{REPLACEMENT CHARACTER}" not in words


def test_the_form_is_tagged_and_the_same_bytes_each_time(form, tmp_path):
    write_lessons(form, tmp_path / "units" / "x.pdf", made=DAY)
    content = (tmp_path / "units" / "x.pdf").read_bytes()
    assert content == lessons_pdf(form, made=DAY)
    root = read(content).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
    assert str(root["/Lang"]).startswith("vi")
    assert read(content).metadata.title.startswith(f"[{MARK_BOTH}] Biểu rút kinh nghiệm")


def test_words_are_never_read_as_markup(form):
    evil = '#panic("no") *x* <a> $y$ \\ @b'
    hard = replace(form, unit=Text(vi=evil, en=evil), questions=(Text(vi=evil, en=evil),), mark="")
    assert evil in words_of(lessons_pdf(hard, made=DAY))


def test_every_number_on_the_form_is_listed(form):
    listed = lessons_numbers("units/x.lessons.pdf", form)
    assert set(listed["page"]) == {"units/x.lessons.pdf"}
    page = listed[listed["record"] == "printed"]
    assert dict(zip(page["key"], page["printed"], strict=True))["a1.effect"] == "+8"
    assert {"0", "100"} <= set(listed.loc[listed["record"] == "said", "printed"])
    words = (
        words_of(lessons_pdf(replace(form, mark=""), made=DAY))
        .replace("Trang 1 / 2", "")
        .replace("Trang 2 / 2", "")
    )
    numbers = set(as_read.numbers_of(words)) - {"1"}  # the number of the question
    assert numbers <= {one.rstrip("%") for one in listed["printed"]}


def test_a_form_that_asks_nothing_is_refused(form):
    with pytest.raises(SurveyError, match="asks nothing"):
        replace(form, questions=())
