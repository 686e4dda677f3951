"""Files as offices send them are read right or refused by name, never read wrong."""

import codecs
import unicodedata

import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork.read import read_table

TEXT = 'đơn vị,câu 1,ý kiến\nPhú Cường,4,"Tốt, đúng hẹn"\nBình Mỹ,5,Rất nhiệt tình\n'
CELLS = [["Phú Cường", "4", "Tốt, đúng hẹn"], ["Bình Mỹ", "5", "Rất nhiệt tình"]]
HEADER = ["đơn vị", "câu 1", "ý kiến"]


def in_windows_1258(text: str) -> bytes:
    """As old programs write it: the tone after its letter, apart."""
    tones = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
    out = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = [mark for mark in parts if mark in tones]
        body = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones))
        out.append(body + "".join(tone))
    return "".join(out).encode("cp1258")


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16"),
        (TEXT.encode("utf-16-be"), "utf-16"),
        (in_windows_1258(TEXT), "windows-1258"),
        (TEXT.replace("\n", "\r\n").encode(), "utf-8"),
        (TEXT.replace("\n", "\r").encode(), "utf-8"),
        (("sep=,\r\n" + TEXT).encode(), "utf-8"),
        ((TEXT + "\n\n").encode(), "utf-8"),
        (TEXT.replace("\n", ",,\n").encode(), "utf-8"),
    ],
)
def test_reads_the_same_table_from_every_encoding(tmp_path, raw, encoding):
    (tmp_path / "f.csv").write_bytes(raw)
    table = read_table(tmp_path / "f.csv")
    assert list(table.rows.columns) == HEADER
    assert table.rows.to_numpy().tolist() == CELLS
    assert (table.encoding, table.delimiter, table.composed) == (encoding, ",", 0)


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_tells_the_separator_and_keeps_others_inside_cells(tmp_path, delimiter):
    inside = ";" if delimiter == "," else ","
    lines = [delimiter.join(cells) for cells in (["a", "b"], [f"1{inside}5", "x"], ["2", f"y{inside}z"])]
    (tmp_path / "f.csv").write_text("\n".join(lines), encoding="utf-8")
    table = read_table(tmp_path / "f.csv")
    assert table.delimiter == delimiter
    assert table.rows.to_numpy().tolist() == [[f"1{inside}5", "x"], ["2", f"y{inside}z"]]


def test_a_separator_that_fits_every_line_beats_one_that_only_cuts_the_header(tmp_path):
    (tmp_path / "f.csv").write_text("tên, họ, lót;tuổi\nAn;5\nBình;7\n", encoding="utf-8")
    assert list(read_table(tmp_path / "f.csv").rows.columns) == ["tên, họ, lót", "tuổi"]


def test_puts_decomposed_letters_together_and_counts_the_cells(tmp_path):
    (tmp_path / "f.csv").write_text(unicodedata.normalize("NFD", TEXT), encoding="utf-8")
    table = read_table(tmp_path / "f.csv")
    assert table.rows.to_numpy().tolist() == CELLS
    # All three headers; of the cells all four that hold Vietnamese letters.
    assert table.composed == 7


def test_one_column_and_line_breaks_in_quotes(tmp_path):
    (tmp_path / "f.csv").write_text('a\n"x\ny"\nz\n', encoding="utf-8")
    assert read_table(tmp_path / "f.csv").rows["a"].tolist() == ["x\ny", "z"]


def test_row_names_of_r_get_a_header(tmp_path):
    (tmp_path / "f.csv").write_text('"","x"\n"1",5\n"2",6\n', encoding="utf-8")
    assert list(read_table(tmp_path / "f.csv").rows.columns) == ["row_name", "x"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "file is empty"),
        (b"  \r\n\n ", "file is empty"),
        (codecs.BOM_UTF8, "file is empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"PAR1\x15\x04rest", "file is Parquet"),
        (b"a,b\n1,2\n3\n4,5,6\n", "line 3: 1 cells, line 4: 3 cells"),
        (b'a,b\n"x\ny",2\n3\n', "line 4: 1 cells"),
        (b"a,b,a\n1,2,3\n", "a header stands twice"),
        (b"a, ,c\n1,2,3\n", "a column has no header"),
        (b"a,b\n1,2\x00\n", "NUL"),
        (codecs.BOM_UTF16_LE + b"a", "begins like utf-16 but is not"),
        (codecs.BOM_UTF8 + b"a,b\n\xff,1\n", "begins like utf-8 but is not"),
        # TCVN3: “Trường học” and the like; as Windows-1258 it would be letters in the wrong places.
        (b"a,b\nTr\xad\xeang h\xe4c,1\nUBND ph\xad\xeang Ph\xf3 C\xad\xeang,2\n", "encoding cannot be told"),
        # Central European letters in Windows-1250.
        ("a,b\nŘeka Šárka,1\n".encode("cp1250"), "encoding cannot be told"),
    ],
)
def test_refuses_by_name(tmp_path, raw, words):
    (tmp_path / "f.csv").write_bytes(raw)
    with pytest.raises(SurveyError, match=words):
        read_table(tmp_path / "f.csv", where="t0")


def test_missing_file_names_it(tmp_path):
    with pytest.raises(SurveyError, match=r"nothing\.csv"):
        read_table(tmp_path / "nothing.csv")
