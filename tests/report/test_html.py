import re
from dataclasses import replace

import nbformat
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.text import Text
from surveylib.report.drawing import canvas, figure
from surveylib.report.exhibits import banner, heading, kpi, quote, table, text, together
from surveylib.report.html import Link, export_page, page_html, page_numbers, read_blocks
from surveylib.report.words import MARK_BOTH
from tests.report import as_read

V4 = nbformat.v4
EVIL = '<script>alert(1)</script>"&'


def notebook(path, *shown, error=False):
    """An executed notebook: a str is a markdown cell, a block the output of a code cell."""
    cells = []
    for one in shown:
        if isinstance(one, str):
            cells.append(V4.new_markdown_cell(one))
        else:
            output = V4.new_output("execute_result", data=one._repr_mimebundle_(), execution_count=1)
            cells.append(V4.new_code_cell("x", outputs=[output], execution_count=1))
    if error:
        output = V4.new_output("error", ename="ValueError", evalue="xấu", traceback=[])
        cells.append(V4.new_code_cell("x", outputs=[output], execution_count=1))
    nbformat.write(V4.new_notebook(cells=cells), path)
    return path


def blocks():
    frame = pd.DataFrame({"unit": [EVIL, "B"], "estimate": [3.6, 3.9]})
    return [
        banner(MARK_BOTH, lang="vi"),
        "# Tên\n\n## Ai trả lời? / Who answered?\n\nlời / words\n\n### Chi tiết / Detail",
        text("Có {n} phiếu {who}", {"n": 2250, "who": EVIL}, lang="vi"),
        together([kpi("Một", 0.2, lang="vi"), kpi("Hai", 0.3, lang="vi")], lang="vi"),
        table(frame, caption="Bảng điểm", lang="vi"),
        figure(canvas(height=1)[0], alt="khung trống", caption="Hình thử", lang="vi"),
        quote(EVIL, lang="vi"),
        "## Ai trả lời? / Who answered?",
    ]


@pytest.fixture
def page(tmp_path):
    source = notebook(tmp_path / "a.ipynb", *blocks())
    made = export_page(
        [source],
        tmp_path / "trang.html",
        lang="vi",
        title=f"Phường {EVIL}",
        mark=MARK_BOTH,
        run="r1",
        home="index.html",
        other_language="page.html",
        links=[Link(href="brief.pdf", text=EVIL)],
        footer=["SHA-256 abc"],
    )
    return made, (tmp_path / "trang.html").read_text(encoding="utf-8")


def test_the_page_is_in_its_language_and_fetches_nothing(page):
    html = page[1]
    assert '<html lang="vi">' in html
    addresses = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert addresses
    assert not [a for a in addresses if re.match(r"(?:https?:)?//", a)]
    assert "url(" not in html and "@import" not in html and "<script" not in html


def test_nothing_typed_becomes_markup(page):
    html = page[1]
    assert EVIL not in html
    assert html.count("&lt;script&gt;alert(1)") >= 5


def test_the_mark_stands_in_title_top_footer_and_print_and_once_at_the_top(page):
    html = page[1]
    assert f"<title>[{MARK_BOTH}]" in html
    assert html.count('<p class="mark" role="note">') == 1
    assert f'<p class="mark">{MARK_BOTH}</p>' in html[html.index("<footer") :]
    assert "@top-center" in html


def test_a_page_of_real_data_bears_no_mark(tmp_path):
    source = notebook(tmp_path / "a.ipynb", heading("Một", lang="vi"))
    export_page([source], tmp_path / "t.html", lang="vi", title="T")
    html = (tmp_path / "t.html").read_text(encoding="utf-8")
    assert "DIỄN TẬP" not in html and "@top-center" not in html


def test_headings_of_the_notebook_speak_the_language_of_the_page(tmp_path):
    source = notebook(tmp_path / "a.ipynb", *blocks())
    for lang, words in (("vi", "Ai trả lời?"), ("en", "Who answered?")):
        headings = [b for b in read_blocks(source, lang=lang) if b.kind == "heading"]
        assert (headings[0].text, headings[0].level) == (words, 2)
        assert headings[1].level == 3


def test_contents_lead_to_headings_and_ids_are_unique(page):
    html = page[1]
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(set(ids)) == len(ids)
    local = [a[1:] for a in re.findall(r'href="(#[^"]+)"', html)]
    assert {"ai-tra-loi", "ai-tra-loi-2", "content"} <= set(local) <= set(ids)


def test_tables_and_figures_are_numbered_and_figures_have_words(page):
    html = page[1]
    assert "Bảng 1." in html and "Hình 1." in html
    assert 'alt="khung trống"' in html


def test_every_number_of_the_page_is_in_the_list_of_estimates(page):
    made, html = page
    listed = page_numbers("trang.html", made)
    given = listed[listed["record"] == "printed"]
    assert re.findall(r"<data[^>]*>([^<]*)</data>", html) == list(given["printed"])
    assert list(given["printed"]) == ["2.250", "0,20", "0,30", "3,60", "3,90"]
    assert not listed.duplicated(["block", "key"]).any()
    words = as_read.words_of(html)
    assert {"1", "2.250", "3,90"} <= as_read.numbers_of(words)
    assert as_read.unlisted(words, listed, "trang.html") == []


def test_a_number_written_into_a_page_by_hand_is_not_listed(page):
    made, html = page
    listed = page_numbers("trang.html", made)
    for place in ("</h1>", "</caption>", "</blockquote>", "</td>"):
        assert place in html
        changed = html.replace(place, f" 98,7{place}", 1)
        assert as_read.unlisted(as_read.words_of(changed), listed, "trang.html") == ["98,7"]


def test_the_numbers_of_a_title_are_listed(page):
    listed = page_numbers("t.html", replace(page[0], title="Phường 7"))
    assert list(listed["printed"][:1]) == ["7"]
    assert set(listed["page"]) == {"t.html"}


def test_kpis_stand_together_in_one_row(page):
    assert page[1].count('<div class="kpis">') == 1
    html = page[1]
    row = html[html.index('<div class="kpis">') : html.index('<section class="block"')]
    assert row.count("<div") == row.count("</div>")


def test_a_failed_notebook_gives_no_page(tmp_path):
    source = notebook(tmp_path / "a.ipynb", heading("Một", lang="vi"), error=True)
    with pytest.raises(SurveyError, match="ValueError: xấu"):
        export_page([source], tmp_path / "t.html", lang="vi", title="T")
    assert not (tmp_path / "t.html").exists()


def test_a_notebook_that_was_not_executed_gives_no_page(tmp_path):
    nbformat.write(V4.new_notebook(cells=[V4.new_code_cell("x")]), tmp_path / "a.ipynb")
    with pytest.raises(SurveyError, match="were they executed"):
        export_page([tmp_path / "a.ipynb"], tmp_path / "t.html", lang="vi", title="T")


def test_what_is_no_notebook_is_named(tmp_path):
    (tmp_path / "a.ipynb").write_text("{}")
    for name in ("a.ipynb", "absent.ipynb"):
        with pytest.raises(SurveyError, match=name):
            read_blocks(tmp_path / name, lang="vi")


def test_the_same_blocks_give_the_same_page(page):
    assert page_html(page[0]) == page_html(page[0])


def test_text_of_both_languages_is_said_in_one(tmp_path):
    source = notebook(tmp_path / "a.ipynb", text(Text(vi="một", en="one"), lang="en"))
    export_page([source], tmp_path / "t.html", lang="en", title="T", other_language="t.vi.html")
    html = (tmp_path / "t.html").read_text(encoding="utf-8")
    assert '<p class="tone-normal">one</p>' in html
    assert 'hreflang="vi">Tiếng Việt</a>' in html
