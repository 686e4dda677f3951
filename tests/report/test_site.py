import re
from dataclasses import replace

import pytest

from surveylib.errors import SurveyError
from surveylib.model.text import Text
from surveylib.report.site import Entry, Index, Status, dead_links, index_html, index_numbers, write_index
from surveylib.report.words import MARK_BOTH
from tests.report import as_read


@pytest.fixture
def index():
    return Index(
        title=Text(vi="Thí điểm", en="Pilot"),
        run="r1",
        mark=MARK_BOTH,
        verdict=Text(vi="Kéo dài thí điểm", en="Extend the pilot"),
        because=Text(vi="quy tắc thử", en="a rule"),
        reports=(Entry(name=Text(vi="Báo cáo", en="Report"), vi="tinh.vi.html", en="tinh.en.html"),),
        units=(Entry(name=Text(vi="<b>A</b>", en="A"), vi="u/a.vi.html", en="u/a.en.html"),),
        files=(Entry(name=Text(vi="Con số", en="Numbers"), href="estimates.csv"),),
        status=(Status(name=Text(vi="Số phiếu", en="Answers"), value="2.250"),),
    )


def lay(folder, index):
    for entry in (*index.reports, *index.units, *index.files):
        for address in entry.addresses():
            (folder / address).parent.mkdir(exist_ok=True)
            (folder / address).write_text("x")


def test_the_index_leads_to_everything_and_bears_verdict_and_mark(tmp_path, index):
    lay(tmp_path, index)
    write_index(index, tmp_path / "index.html")
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    addresses = set(re.findall(r'href="([^"#d][^"]*)"', html))
    assert {"tinh.vi.html", "tinh.en.html", "u/a.vi.html", "u/a.en.html", "estimates.csv"} <= addresses | {
        "x"
    }
    assert "Kéo dài thí điểm" in html and "Extend the pilot" in html and MARK_BOTH in html
    assert "&lt;b&gt;A&lt;/b&gt;" in html
    assert "2.250" in html


def test_a_link_to_nothing_is_refused(tmp_path, index):
    lay(tmp_path, index)
    (tmp_path / "estimates.csv").unlink()
    assert dead_links(index, tmp_path) == ["estimates.csv"]
    with pytest.raises(SurveyError, match=r"estimates\.csv"):
        write_index(index, tmp_path / "index.html")
    assert not (tmp_path / "index.html").exists()


def test_every_number_of_the_index_is_listed(index):
    because = Text(vi="khoảng 90%: 0,12", en="the 80% interval: 0.34")
    unit = Entry(name=Text(vi="Phường 7", en="Ward 8"), href="x", detail=Text(vi="2.250 phiếu", en="n"))
    index = replace(index, because=because, units=(unit,))
    listed, words = index_numbers(index), as_read.words_of(index_html(index))
    assert {"90", "0,12", "80", "0.34", "7", "8", "2.250"} <= as_read.numbers_of(words)
    assert as_read.unlisted(words, listed, "index.html") == []
    values = dict(zip(listed["printed"], listed["value"], strict=True))
    assert values["0,12"] == 0.12 and values["0.34"] == 0.34 and values["2.250"] == 2250
    assert as_read.unlisted(words + " 98", listed, "index.html") == ["98"]
