import json

import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork.scan.layouts import read_layout


def test_a_layout_comes_back_as_it_was_written(printed, tmp_path):
    file = tmp_path / "c.layout.json"
    file.write_text(printed.layout.json(), encoding="utf-8")
    assert read_layout(file) == printed.layout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"printed": ["no base64", "x"]}, "damaged"),
        ({"printed": ["eJwDAAAAAAE=", "eJwDAAAAAAE="]}, "another size"),
        ({"printed": []}, "picture of its print"),
        ({"marks": [[8.5, 8.5]]}, "four corner marks"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_damaged_layout_is_refused(printed, tmp_path, change, said):
    file = tmp_path / "c.layout.json"
    file.write_text(json.dumps(json.loads(printed.layout.json()) | change), encoding="utf-8")
    with pytest.raises(SurveyError, match=said):
        read_layout(file)


def test_what_is_no_json_is_refused(tmp_path):
    (tmp_path / "c.layout.json").write_text("{", encoding="utf-8")
    with pytest.raises(SurveyError, match="not the map"):
        read_layout(tmp_path / "c.layout.json")
