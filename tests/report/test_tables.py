import re

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.text import Text
from surveylib.report.exhibits import table


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "unit": ["Phú Cường", "Bình Mỹ"],
            "arm": ["pilot", "comparison"],
            "estimate": [3.617, np.nan],
            "p_value": [1e-6, 0.2],
            "p_floor": [0.0625, 0.0625],
            "n": [1200, 30],
        }
    )


def html_of(block):
    return block._repr_mimebundle_()["text/html"]


def test_words_numbers_and_codes_are_printed_in_the_language(frame):
    block = table(frame, caption="Điểm", lang="vi")
    assert [c.label for c in block.columns] == [
        "Đơn vị",
        "Nhóm",
        "Ước lượng",
        "Giá trị\N{NO-BREAK SPACE}p",
        "Số phiếu",
    ]
    assert [c.text for c in block.rows[0]] == [
        "Phú Cường",
        "Thí điểm",
        "3,62",
        "≥\N{NO-BREAK SPACE}0,0625",
        "1.200",
    ]
    assert [c.text for c in table(frame, caption="x", lang="en").rows[0]][1:3] == ["Pilot", "3.62"]


def test_a_p_below_its_floor_is_nowhere_in_the_block(frame):
    block = table(frame, caption="x", lang="vi")
    assert min(n.value for n in block.numbers) == 0.0625
    assert "1e-06" not in html_of(block)


def test_every_number_printed_is_carried_with_a_key_of_its_row(frame):
    block = table(frame, caption="x", lang="vi")
    keys = [n.key for n in block.numbers]
    assert "Phú Cường.estimate" in keys and "Bình Mỹ.n" in keys
    assert len(set(keys)) == len(keys)
    assert re.findall(r"<data[^>]*>([^<]*)</data>", html_of(block)) == [n.printed for n in block.numbers]


def test_keys_differ_even_where_row_names_do_not():
    twice = pd.DataFrame({"unit": ["A", "A"], "estimate": [1.0, 2.0]})
    assert len({n.key for n in table(twice, caption="x", lang="vi").numbers}) == 2


def test_a_missing_value_says_why(frame):
    block = table(frame, caption="x", lang="vi", missing={"estimate": Text(vi="chưa đủ phiếu", en="too few")})
    assert block.rows[1][2].text == "–"
    assert block.rows[1][2].number is None
    assert block.notes == ("– : chưa đủ phiếu.",)
    assert 'title="chưa đủ phiếu"' in html_of(block)


def test_each_reason_names_its_columns_where_there_are_several():
    gaps = pd.DataFrame({"unit": ["A"], "estimate": [np.nan], "deff": [np.nan]})
    block = table(gaps, caption="x", lang="vi", missing={"estimate": "chưa hỏi"})
    assert block.notes == ("– (Ước lượng): chưa hỏi.", "– (Hiệu ứng thiết kế): không có số liệu.")


def test_headers_have_scope_and_numerals_stand_right(frame):
    html = html_of(table(frame, caption="x", lang="vi"))
    assert '<th scope="row">Phú Cường</th>' in html
    assert html.count('scope="col"') == 5
    assert '<td class="right"><data value="3.617">3,62</data></td>' in html


def test_an_infinite_value_can_be_stored():
    block = table(pd.DataFrame({"unit": ["A"], "df": [np.inf]}), caption="x", lang="vi")
    assert block.rows[0][1].text == "∞"
    assert block.numbers == ()


def test_unknown_columns_are_named(frame):
    for wrong in ({"columns": ["unti"]}, {"formats": {"estimat": "p"}}, {"headers": ["unti"]}):
        with pytest.raises(SurveyError, match="did you mean"):
            table(frame, caption="x", lang="vi", **wrong)


def test_an_empty_table_says_so():
    html = html_of(table(pd.DataFrame({"unit": [], "estimate": []}), caption="x", lang="vi"))
    assert "Không có dòng nào." in html


def test_a_caption_is_not_optional(frame):
    with pytest.raises(SurveyError, match="caption"):
        table(frame, caption=" ", lang="vi")
