"""Submissions as ODK clients send them become the same table as a server's CSV."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork import read_table
from surveylib.fieldwork.submissions import LARGEST

HEAD = '<data xmlns:orx="http://openrosa.org/xforms" id="c" version="1.2.0">'
META = "<orx:meta><orx:instanceID>uuid:{}</orx:instanceID></orx:meta>"


def sent(folder: Path, name: str, body: str, *, head: str = HEAD, end: str = "</data>") -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(head + body + end, encoding="utf-8")
    return file


def test_a_folder_is_a_table(tmp_path: Path) -> None:
    sent(tmp_path, "b.xml", "<g><unit>phu_cuong</unit><a1> 4 </a1></g>" + META.format(2))
    sent(tmp_path, "a.xml", "<g><unit>phu_hoa</unit><a1/></g><end>2015-01-01</end>" + META.format(1))
    sent(tmp_path, "later/c.xml", "<g><unit>phu_hoa</unit></g><version>9</version>" + META.format(3))
    table = read_table(tmp_path)
    assert table.rows.to_dict("list") == {
        "g-unit": ["phu_hoa", "phu_cuong", "phu_hoa"],
        "g-a1": ["", " 4 ", ""],
        "end": ["2015-01-01", "", ""],
        "meta-instanceID": ["uuid:1", "uuid:2", "uuid:3"],
        "version": ["1.2.0", "1.2.0", "9"],
    }


def test_letters_in_parts_are_put_together(tmp_path: Path) -> None:
    words = unicodedata.normalize("NFD", "Giải quyết nhanh")
    table = read_table(sent(tmp_path, "one.xml", f"<comment>{words}</comment>"))
    assert table.rows["comment"].tolist() == ["Giải quyết nhanh"] and table.composed == 1


@pytest.mark.parametrize(
    ("body", "head", "message"),
    [
        ("<a>1</a><a>2</a>", HEAD, "stands twice"),
        ("<r><a>1</a></r><r><a>2</a></r>", HEAD, "stands twice"),
        ("<a>1", HEAD, "damaged"),
        ("", "", "damaged"),
        ("<a>&x;</a>", '<!DOCTYPE d [<!ENTITY x "y">]><data>', "entities"),
        ("<a>" * 30 + "1" + "</a>" * 30, HEAD, "too deeply"),
        ("<a>" + "x" * LARGEST + "</a>", HEAD, "too large"),
    ],
)
def test_what_is_no_submission_is_refused(body: str, head: str, message: str, tmp_path: Path) -> None:
    sent(tmp_path, "x.xml", body, head=head)
    with pytest.raises(SurveyError, match=message) as error:
        read_table(tmp_path)
    assert "x.xml" in str(error.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SurveyError, match="no submissions"):
        read_table(tmp_path)
    with pytest.raises(SurveyError, match="cannot be read"):
        read_table(tmp_path / "absent.xml")
