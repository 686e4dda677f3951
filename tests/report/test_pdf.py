import datetime
import io
from dataclasses import replace

import pypdf
import pytest

from surveylib.errors import SurveyError
from surveylib.report.pdf import Bar, Brief, Fact, brief_numbers, brief_pdf, write_brief
from surveylib.report.printing import named_number
from surveylib.report.strip import brief_strip
from surveylib.report.words import MARK_BOTH
from tests.report import as_read

DAY = datetime.date(2015, 11, 30)


@pytest.fixture
def brief(changes):
    return Brief(
        lang="vi",
        title="Thí điểm chính quyền thân thiện",
        subtitle="Số liệu bịa để thử trang",
        mark=MARK_BOTH,
        verdict="Kéo dài thí điểm",
        decided_by="quy tắc thử",
        strip_svg=brief_strip(changes, lang="vi", sesoi=0.2),
        strip_alt="thay đổi của 15 đơn vị",
        strip_caption="Mỗi điểm là một đơn vị.",
        next_units="Trong 10 đơn vị tiếp theo, khoảng 7 đơn vị.",
        effect=(Fact(label="Tác động", value="+0,29", detail="từ +0,12 đến +0,46"),),
        groups=(
            Bar(
                label="Thủ tục", estimate=0.3, conf_low=0.1, conf_high=0.5, significant=True, detail="p 0,01"
            ),
            Bar(label="Dân chủ", estimate=-0.1, conf_low=-0.3, conf_high=0.1, significant=False),
        ),
        sesoi=0.2,
        grade="Thấp",
        reasons=("Đơn vị không được chọn ngẫu nhiên.", "Chỉ có một đợt trước."),
        overturn=("Nếu bỏ đơn vị tốt nhất.",),
        next_steps=("Khảo sát lại sau một quý.", "Mở rộng theo thứ tự bốc thăm."),
        footer=("Kế hoạch SHA-256 abc",),
    )


def read(content):
    return pypdf.PdfReader(io.BytesIO(content))


def words_of(content):
    return " ".join(read(content).pages[0].extract_text().split())


def test_the_brief_is_one_a4_page_with_every_part(brief):
    content = brief_pdf(brief, made=DAY)
    assert len(read(content).pages) == 1
    box = read(content).pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)
    words = words_of(content)
    for part in (
        "Kiến nghị: Kéo dài thí điểm",
        "quy tắc thử",
        "+0,29",
        "[+0,10; +0,50]",
        "Đơn vị 15",
        "bốc thăm",
    ):
        assert part in words, part


def test_what_cannot_be_estimated_is_said_in_words(brief):
    words = words_of(brief_pdf(brief, made=DAY))
    assert words.count("Chưa ước lượng được từ số liệu hiện có.") == 2  # facts and cost
    bare = replace(
        brief, effect=(), groups=(), next_units="", grade="", overturn=(), next_steps=(), reasons=()
    )
    assert words_of(brief_pdf(bare, made=DAY)).count("Chưa ước lượng được") == 8


def test_the_mark_stands_on_the_page_and_in_the_title(brief):
    content = brief_pdf(brief, made=DAY)
    assert words_of(content).count(MARK_BOTH) == 2
    assert read(content).metadata.title.startswith(f"[{MARK_BOTH}]")
    assert "DIỄN TẬP" not in words_of(brief_pdf(replace(brief, mark=""), made=DAY))


def test_the_same_brief_gives_the_same_bytes_on_any_day(brief):
    assert read(brief_pdf(brief, made=DAY)).metadata.creation_date.date() == DAY
    assert brief_pdf(brief, made=DAY) == brief_pdf(brief, made=DAY)


def test_the_page_is_tagged_in_its_language_with_words_for_the_chart(brief):
    catalogue = read(brief_pdf(brief, made=DAY)).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert str(catalogue["/Lang"]).startswith("vi")
    english = replace(brief, lang="en")
    assert str(read(brief_pdf(english, made=DAY)).trailer["/Root"]["/Lang"]).startswith("en")
    assert "Recommendation: " in words_of(brief_pdf(english, made=DAY))


def test_words_are_never_markup(brief):
    typed = '#panic("x") *đậm* $x$ = Đầu đề @ref <nhãn> \\ `a` // b'
    words = words_of(brief_pdf(replace(brief, verdict=typed, overturn=(typed,)), made=DAY))
    assert words.count('#panic("x") *đậm* $x$ = Đầu đề @ref <nhãn>') == 2


def test_long_words_are_set_smaller_and_too_long_ones_refused(brief):
    long = ("Một câu dài kể rõ điều gì sẽ làm thay đổi kết luận của bản tóm tắt này, và vì sao. ",) * 11
    assert len(read(brief_pdf(replace(brief, overturn=long), made=DAY)).pages) == 1
    with pytest.raises(SurveyError, match="does not fit one page"):
        brief_pdf(replace(brief, overturn=long * 5), made=DAY)


def test_a_brief_without_its_verdict_is_refused(brief):
    with pytest.raises(SurveyError, match="verdict"):
        replace(brief, verdict=" ")


def test_a_broken_chart_is_refused(brief, tmp_path):
    with pytest.raises(SurveyError, match="typst"):
        write_brief(replace(brief, strip_svg="<svg"), tmp_path / "b.pdf", made=DAY)
    assert not (tmp_path / "b.pdf").exists()


def test_every_number_of_the_brief_is_listed(brief):
    known = named_number("effect", 0.294, lang="vi", form="signed:2")
    listed = brief_numbers("b.pdf", replace(brief, numbers=(known,)))
    words = words_of(brief_pdf(brief, made=DAY))
    assert {"+0,29", "\N{MINUS SIGN}0,10", "0,0", "+0,4", "15", "7"} <= as_read.numbers_of(words)
    assert as_read.unlisted(words, listed, "b.pdf") == []
    assert as_read.unlisted(words + " 98,7", listed, "b.pdf") == ["98,7"]
    named = listed[listed["record"] == "printed"]
    assert named[["key", "value", "printed"]].to_numpy().tolist() == [["effect", 0.294, "+0,29"]]
    assert listed["printed"].is_unique


def test_a_group_without_an_interval_is_shown_without_one(brief):
    few = replace(brief.groups[0], conf_low=float("nan"), conf_high=float("nan"))
    words = words_of(brief_pdf(replace(brief, groups=(few,)), made=DAY))
    assert "Thủ tục +0,30 [–]" in words
