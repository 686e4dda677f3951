"""YAML documents: read into nouns, or refused with every mistake named by file and line."""

from __future__ import annotations

import datetime
import time
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
import pytest
from ruamel.yaml import YAML

from surveylib.documents import LARGEST, build, read, read_text, read_yaml, schema
from surveylib.errors import SurveyError
from surveylib.model.text import Text

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    __pydantic_config__: ClassVar = {"extra": "forbid"}
    id: str
    title: Text
    start: datetime.date | None = None

    def __post_init__(self) -> None:
        if " " in self.id:
            raise SurveyError("an id has no spaces", got=repr(self.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    __pydantic_config__: ClassVar = {"extra": "forbid"}
    name: str
    units: tuple[Unit, ...]
    sizes: dict[str, int] = field(default_factory=dict)
    open: bool = False


GOOD = """\
name: Sổ thí điểm
units:
  - id: phu_cuong
    title: {vi: Phường Phú Cường, en: Phu Cuong ward}
    start: 2014-11-01
  - id: thue
    title: {vi: Chi cục Thuế, en: Tax office}
sizes: {phu_cuong: 120}
open: true
"""


@pytest.fixture
def file(tmp_path):
    def written(content: str | bytes):
        path = tmp_path / "register.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def refused(path) -> SurveyError:
    with pytest.raises(SurveyError) as caught:
        read(path, Register)
    assert str(path) in caught.value.where
    return caught.value


def test_a_good_document(file):
    made = read(file(GOOD), Register)
    assert made.units[0].title.vi == "Phường Phú Cường" and made.units[0].start == datetime.date(2014, 11, 1)
    assert isinstance(made.units, tuple) and made.sizes == {"phu_cuong": 120} and made.open is True
    assert type(made.name) is str and type(made.sizes["phu_cuong"]) is int


def test_words_stay_words(file):
    """YAML 1.2: `no`, `yes` and `on` are not truths."""
    for word in ("no", "yes", "on", "off"):
        assert read(file(GOOD.replace("Sổ thí điểm", word)), Register).name == word


PLAIN = """\
words: [no, Yes, on, 1.0.0, 12:30, 1_000, 0x, +, -, ., e3, "1", '~', "true", 2014-11-01, =, "", nan]
truths: [true, False, TRUE]
nothing: [null, ~, Null]
numbers: [0, -7, +12, 007, 0o17, 0x1F, 1.5, -.5, 3., 1e3, 2.5E-2, .inf, -.INF]
"""


def test_what_a_plain_scalar_is(file):
    """The core schema of YAML 1.2.2, section 10.3.2, word for word."""
    made = read_yaml(file(PLAIN))
    assert all(type(word) is str for word in made["words"])
    assert made["truths"] == [True, False, True] and made["nothing"] == [None, None, None]
    assert made["numbers"][:6] == [0, -7, 12, 7, 15, 31]
    assert made["numbers"][6:] == [1.5, -0.5, 3.0, 1000.0, 0.025, float("inf"), float("-inf")]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, datetime.date) else value


SHIPPED = [path for folder in ("questionnaires", "data") for path in sorted((ROOT / folder).rglob("*.yaml"))]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_another_reader_reads_the_same(path):
    """ruamel.yaml, a parser in Python, beside libyaml; it makes dates of dates, here they stay words."""
    assert _plain(YAML(typ="safe", pure=True).load(read_text(path))) == read_yaml(path)


def test_a_date_that_no_calendar_has_is_told_by_its_line(file):
    error = refused(file(GOOD.replace("2014-11-01", "2014-02-30")))
    assert "line 5" in error.got and "units.0.start" in error.got and "2014-02-30" in error.got


def test_a_key_is_no_list(file):
    assert refused(file("name: x\n? [a, b]\n: c\n")).what == "a key is a word or a number"


def test_one_document_a_file(file):
    error = refused(file(GOOD + "---\n" + GOOD))
    assert error.what == "more than one document" and "line 10" in error.where


def test_brackets_in_words_are_not_depth(file):
    assert read(file(GOOD.replace("Sổ thí điểm", f"'{'[' * 200}'")), Register).name == "[" * 200


@pytest.mark.parametrize("depth", [49, 50])
def test_depth_ends_at_fifty_levels(file, depth):
    path = file(f"name: {'[' * depth}{']' * depth}\nunits: []\n")
    what = "1 mistake in the document" if depth < 50 else "nested too deeply"
    assert refused(path).what == what


def test_ten_thousand_entries_with_their_lines_in_two_seconds(file):
    units = "".join(f"  - id: u{n}\n    title: {{vi: Đơn vị {n}, en: Unit {n}}}\n" for n in range(10_000))
    path = file(f"name: x\nunits:\n{units}")
    began = time.process_time()
    made = read_yaml(path)
    assert time.process_time() - began < 2
    assert made["units"].line_of(9_999) == 20_001 and made["units"][9_999].line_of("title") == 20_002


def test_a_byte_order_mark_and_split_letters_are_mended(file):
    split = unicodedata.normalize("NFD", GOOD)
    assert split != GOOD
    assert read(file(b"\xef\xbb\xbf" + split.encode()), Register) == read(file(GOOD), Register)


def test_windows_line_ends(file):
    assert read(file(GOOD.replace("\n", "\r\n")), Register).name == "Sổ thí điểm"


def test_a_duplicated_key(file):
    error = refused(file(GOOD + "name: lại\n"))
    assert error.what == "a key stands twice" and "line 10" in error.where and "name" in error.got


@pytest.mark.parametrize("text", ["name: [1, 2\nunits: }", "name: 'x\n", "\tname: x", "a: b: c"])
def test_not_yaml(file, text):
    error = refused(file(text))
    assert error.what == "not valid YAML" and "line" in error.where
    assert ("no tabs" in str(error)) == text.startswith("\t")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "42"])
def test_not_a_mapping(file, text):
    assert refused(file(text)).expected == "a mapping"


def test_an_alias(file):
    error = refused(file("name: &n x\nunits: []\nsizes: {a: *n}\n"))
    assert "aliases" in error.what and error.hint == "write the value out"


def test_a_bomb_of_aliases_is_refused_at_once(file):
    layers = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    layers += [f"{b}: &{b} [{','.join(['*' + a] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    assert "aliases" in refused(file("\n".join(layers))).what


def test_an_asterisk_in_words_is_no_alias(file):
    assert read(file(GOOD.replace("Sổ thí điểm", "'* bắt buộc'")), Register).name == "* bắt buộc"


def test_a_tag_makes_no_object(file):
    with pytest.raises(SurveyError):
        read(file("name: !!python/object/apply:os.getcwd []\nunits: []\n"), Register)


def test_an_unknown_field_with_the_nearest_and_its_line(file):
    error = refused(file(GOOD.replace("    start:", "    strat:")))
    assert (
        "line 5" in error.got
        and "units.0.strat: unknown field" in error.got
        and "did you mean 'start'?" in error.got
    )


def test_several_mistakes_at_once_each_with_its_line(file):
    wrong = (
        GOOD.replace("phu_cuong: 120", "phu_cuong: nhiều")
        .replace("open: true", "opne: true")
        .replace("id: thue", "di: thue")
    )
    error = refused(file(wrong))
    assert error.what == "4 mistakes in the document"
    lines = error.got.strip().splitlines()
    assert any("line 6: units.1.id" in line for line in lines)
    assert any("line 6: units.1.di: unknown field" in line for line in lines)
    assert any("line 8: sizes.phu_cuong" in line and "nhiều" in line for line in lines)
    assert any("line 9: opne: unknown field (did you mean 'open'?)" in line for line in lines)


def test_what_the_noun_refuses_is_located(file):
    error = refused(file(GOOD.replace("id: thue", "id: chi cục")))
    assert "line 6" in error.got and "an id has no spaces" in error.got and "'chi cục'" in error.got


def test_many_mistakes_are_counted_not_all_shown(file):
    error = refused(file("name: x\nunits: []\n" + "".join(f"extra{i}: 1\n" for i in range(30))))
    assert error.what == "30 mistakes in the document" and "and 10 more" in error.got


def test_not_utf_8(file):
    for encoded in ("name: Đúng\n".encode("cp1258"), "name: Đúng\n".encode("utf-16")):
        error = refused(file(encoded))
        assert error.what == "file is not UTF-8" and error.hint == "save it again as UTF-8"


def test_a_missing_file_and_a_folder(tmp_path):
    assert "No such file" in refused(tmp_path / "none.yaml").got
    assert refused(tmp_path).what == "file cannot be read"


def test_a_file_too_large(file):
    assert refused(file(b"#" * (LARGEST + 1))).expected == "at most 5 MB"


def test_text_comes_back_composed(file):
    assert read_text(file(unicodedata.normalize("NFD", "Hồ sơ"))) == "Hồ sơ"
    assert read_text(file(b"\xef\xbb\xbf" + "Hồ sơ".encode())) == "Hồ sơ"


def test_the_schema_accepts_and_refuses_as_the_noun_does():
    made = schema(Register)
    jsonschema.Draft202012Validator.check_schema(made)
    check = jsonschema.Draft202012Validator(made)
    good = {"name": "x", "units": [{"id": "a", "title": {"vi": "A", "en": "A"}}]}
    assert check.is_valid(good) and build(good, Register, where="here").units[0].id == "a"
    for bad in (
        {**good, "nmae": 1},
        {"units": []},
        {**good, "sizes": {"a": "b"}},
        {**good, "units": [{"id": "a"}]},
    ):
        assert not check.is_valid(bad)
        with pytest.raises(SurveyError):
            build(bad, Register, where="here")
