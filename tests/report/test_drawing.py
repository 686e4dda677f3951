import matplotlib
import numpy as np
import pytest

from surveylib.errors import SurveyError
from surveylib.report.drawing import canvas, figure, number_axis, styled, svg


def line(lang="vi", **options):
    with styled():
        chart, axes = canvas(height=2)
        axes.plot([0.0, 0.5], [0, 1])
        number_axis(axes.xaxis, lang=lang, **options)
    return chart, axes


def labels(axes):
    return [label.get_text() for label in axes.get_xticklabels()]


def test_the_same_chart_gives_the_same_bytes():
    first, second = svg(line()[0]), svg(line()[0])
    assert first == second
    assert first.startswith("<svg") and "<dc:date>" not in first


def test_axes_have_the_decimal_mark_of_their_language():
    chart, axes = line()
    svg(chart)
    assert "0,1" in labels(axes)
    chart, axes = line("en", signed=True)
    svg(chart)
    assert "+0.1" in labels(axes)
    chart, axes = line(share=True)
    svg(chart)
    assert "10%" in labels(axes)


def test_drawing_leaves_settings_alone():
    before = dict(matplotlib.rcParams)
    svg(line()[0])
    assert dict(matplotlib.rcParams) == before


def test_the_style_does_not_depend_on_settings_outside():
    expected = svg(line()[0])
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "figure.dpi": 300}):
        assert svg(line()[0]) == expected


def test_vietnamese_letters_are_all_in_the_font(recwarn):
    with styled():
        chart, axes = canvas(height=2)
        axes.set_title("ẠẶẬẺẼẾỀỂỄỆỈỊỌỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸĐăâđêôơư₫")
    svg(chart)
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_a_mark_is_drawn_into_the_picture():
    plain, marked = svg(line()[0], text="none"), svg(line()[0], text="none", mark="DIỄN TẬP")
    assert "DIỄN TẬP" in marked and "DIỄN TẬP" not in plain


def test_a_figure_needs_words():
    for alt, caption in (("", "x"), ("x", " ")):
        with pytest.raises(SurveyError, match="a figure needs its"):
            figure(line()[0], alt=alt, caption=caption, lang="vi")


def test_a_figure_carries_its_numbers_but_none_that_is_missing():
    block = figure(line()[0], alt="a", caption="c", lang="vi", numbers={"mean": 0.3, "none": np.nan})
    assert [(n.key, n.printed) for n in block.numbers] == [("mean", "0,30")]


def test_a_picture_on_a_page_is_an_image_in_which_nothing_runs():
    html = figure(line()[0], alt='a "b"', caption="c", lang="vi")._repr_mimebundle_()["text/html"]
    assert '<img src="data:image/svg+xml;base64,' in html
    assert 'alt="a &#34;b&#34;"' in html
    assert "<svg" not in html
