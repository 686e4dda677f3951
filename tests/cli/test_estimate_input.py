"""Whatever file an office sends to `surveylib estimate` is read rightly or refused in one clear sentence."""

from __future__ import annotations

import codecs
import unicodedata

import duckdb
import pandas as pd
import pytest

ROWS = [
    ("phường", "điểm", "trọng số"),
    ("Phú Cường", "3.5", "2"),
    ("Phú Cường", "4.5", "2"),
    ("Bình Mỹ", "1", "3"),
    ("Bình Mỹ", "2", "1"),
]
# By hand: (3.5·2 + 4.5·2) / 4 and (1·3 + 2·1) / 4.
MEANS = {"Phú Cường": 4.0, "Bình Mỹ": 1.25}


def text(separator: str = ",") -> str:
    return "".join(separator.join(row) + "\n" for row in ROWS)


def windows_1258(words: str) -> bytes:
    """As old Vietnamese software writes: letters with their shape in one byte, the tone in the next."""
    made = b""
    for letter in words:
        try:
            made += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = [chr(int(code, 16)) for code in unicodedata.decomposition(letter).split()]
            made += "".join(parts).encode("cp1258")
    return made


FILES = {
    "utf-8": text().encode(),
    "utf-8 with a byte-order mark": codecs.BOM_UTF8 + text().encode(),
    "utf-16": text().encode("utf-16"),
    "utf-16 of the other end": codecs.BOM_UTF16_BE + text().encode("utf-16-be"),
    "utf-16 without its mark": text().encode("utf-16-le"),
    "windows-1258": windows_1258(text()),
    "letters taken apart (NFD)": unicodedata.normalize("NFD", text()).encode(),
    "semicolons": text(";").encode(),
    "tabs": text("\t").encode(),
    "line ends of Windows": text().replace("\n", "\r\n").encode(),
    "quoted": text().replace("Phú Cường", '"Phú Cường"').encode(),
    "a line that names the separator": b"sep=;\n" + text(";").encode(),
    "spaces around": text().replace(",", " , ").encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_every_way_of_writing_the_same_table_gives_the_same_means(tmp_path, cli, name):
    file = tmp_path / "phiếu.csv"
    file.write_bytes(FILES[name])
    said = cli(
        "estimate", file, "--weights", "trọng số", "--mean", "điểm", "--by", "phường", "--format", "json"
    )
    assert said.code == 0, said.err
    assert {row["phường"]: row["estimate"] for row in said.json["estimates"]} == pytest.approx(MEANS)


def test_a_column_may_be_asked_for_in_letters_taken_apart(tmp_path, cli):
    file = tmp_path / "a.csv"
    file.write_text(text(), encoding="utf-8")
    asked = unicodedata.normalize("NFD", "điểm")
    assert asked != "điểm"
    said = cli("estimate", file, "--mean", asked, "--format", "json")
    assert said.code == 0 and said.json["estimates"][0]["variable"] == "điểm"


def test_decimal_commas_are_told_not_guessed(tmp_path, cli, refused):
    file = tmp_path / "a.csv"
    file.write_text("y;w;g\n1.000,5;2;a\n2,5;1;b\n", encoding="utf-8")
    said = refused("estimate", file, "--mean", "y")
    assert "comma" in said and "'1.000,5'" in said and "--decimal-comma" in said
    file.with_name("w.csv").write_text("y;w\n1;2,5\n2;1\n", encoding="utf-8")
    assert "--decimal-comma" in refused("estimate", file.with_name("w.csv"), "--mean", "y", "--weights", "w")
    made = cli("estimate", file, "--mean", "y", "--weights", "w", "--decimal-comma", "--format", "json").json
    assert made["estimates"][0]["estimate"] == pytest.approx((2 * 1000.5 + 2.5) / 3)


@pytest.mark.parametrize("blank", ["", "NA", "NaN", " "])
def test_a_blank_leaves_its_variable_only(tmp_path, cli, blank):
    file = tmp_path / "a.csv"
    file.write_text(f"y,z\n1,1\n{blank},2\n3,6\n", encoding="utf-8")
    rows = cli("estimate", file, "--mean", "y", "--mean", "z", "--format", "json").json["estimates"]
    assert [(row["estimate"], row["n"]) for row in rows] == [(2, 2), (3, 3)]


TABLE = "school,h,psu,w,N,y\n" + "".join(
    f"s{n},{h},{n},{w},{N},{y}\n"
    for n, (h, w, N, y) in enumerate([("a", 2, 4, 1), ("a", 2, 4, 2), ("b", 3, 6, 3), ("b", 3, 6, 5)], 1)
)
LONELY = TABLE + "s5,c,5,1,9,4\n"
MISTAKES = {
    "unknown column": (TABLE, "--mean y --weights wt", ["unknown column", "'wt'", "did you mean 'w'"]),
    "unknown outcome": (TABLE, "--mean shcool", ["unknown column", "did you mean 'school'"]),
    "unknown domain": (TABLE, "--mean y --by hh", ["unknown column", "'hh'"]),
    "nothing asked for": (TABLE, "--weights w", ["nothing to estimate"]),
    "mean of words": (TABLE, "--mean school", ["a mean needs numbers", "'s1'", "proportions"]),
    "ratio without a bottom": (TABLE, "--ratio y", ["ratio cannot be read", "Y/X"]),
    "negative weight": (
        TABLE.replace("s3,b,3,3", "s3,b,3,-3"),
        "--mean y --weights w",
        ["row 3", "negative"],
    ),
    "NaN weight": (TABLE.replace("s3,b,3,3", "s3,b,3,NaN"), "--mean y --weights w", ["row 3", "missing"]),
    "blank weight": (TABLE.replace("s3,b,3,3", "s3,b,3,"), "--mean y --weights w", ["row 3", "missing"]),
    "infinite weight": (
        TABLE.replace("s3,b,3,3", "s3,b,3,inf"),
        "--mean y --weights w",
        ["row 3", "infinite"],
    ),
    "weight in words": (
        TABLE,
        "--mean y --weights school",
        ["not a number", "column 'school', row 1", "'s1'"],
    ),
    "one PSU in a stratum": (LONELY, "--mean y --weights w --strata h", ["single sampled", "'c'", "adjust"]),
    "row without a stratum": (TABLE.replace("s4,b", "s4,"), "--mean y --strata h", ["row 4", "stratum"]),
    "row without a cluster": (TABLE.replace("s4,b,4", "s4,b,"), "--mean y --psu psu", ["row 4", "cluster"]),
    "cluster in two strata": (
        TABLE.replace("s4,b,4", "s4,b,1"),
        "--mean y --strata h --psu psu",
        ["two strata", "row 4", "nest"],
    ),
    "fewer in the population than sampled": (TABLE, "--mean y --strata h --fpc y", ["population"]),
    "second stage without a first": (TABLE, "--mean y --psu2 psu", ["second stage"]),
    "fpc2 without psu2": (TABLE, "--mean y --psu psu --fpc2 N", ["psu2"]),
    "confidence in percent": (TABLE, "--mean y --confidence 95", ["between 0 and 1", "95"]),
    "a domain called as a result": (TABLE.replace("h,", "n,", 1), "--mean y --by n", ["--by n", "rename"]),
    "no row": ("y,w\n", "--mean y", ["no rows"]),
    "no value": ("y,w\n,1\nNA,1\n", "--mean y", ["column 'y'", "missing"]),
    "an infinite value": (TABLE.replace(",5\n", ",inf\n"), "--mean y", ["infinite", "row 4"]),
    "empty file": ("", "--mean y", ["file is empty"]),
    "a header twice": ("y,y\n1,2\n", "--mean y", ["header stands twice", "line 1"]),
    "cells missing": ("y,w\n1,2\n3\n", "--mean y", ["as many cells", "line 3"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_ends_in_one_error_that_names_the_file(tmp_path, refused, name):
    content, arguments, fragments = MISTAKES[name]
    file = tmp_path / "data.csv"
    file.write_text(content, encoding="utf-8")
    said = refused("estimate", file, *arguments.split())
    missing = [fragment for fragment in fragments if fragment not in said]
    assert missing == [], said
    assert any(word in said for word in (str(file), "--ratio", "nothing to estimate", "psu2")), said


FILES_REFUSED = {
    "a workbook": (b"PK\x03\x04 and more", "workbook"),
    "the old encoding TCVN3": ("phường\n".replace("ườ", "\u00ad\u00ea").encode("latin-1"), "encoding"),
    "bytes of no text": (b"y\n\x00\x01\x02\x03\n", "NUL"),
}


@pytest.mark.parametrize("name", FILES_REFUSED)
def test_what_cannot_be_read_as_text_is_refused(tmp_path, refused, name):
    content, fragment = FILES_REFUSED[name]
    file = tmp_path / "data.csv"
    file.write_bytes(content)
    said = refused("estimate", file, "--mean", "y")
    assert fragment in said and str(file) in said


def test_a_missing_file_and_a_folder(tmp_path, refused):
    assert "No such file" in refused("estimate", tmp_path / "absent.csv", "--mean", "y")
    assert "no submissions here" in refused("estimate", tmp_path, "--mean", "y")


# ---- Parquet, and several files --------------------------------------------------------------------

DESIGN = ("--strata", "h", "--psu", "psu", "--weights", "w")


@pytest.fixture
def both(tmp_path):
    """The same rows as CSV and as Parquet, with a missing answer and a missing label."""
    rows = pd.DataFrame(
        {
            "h": ["a"] * 4 + ["b"] * 4,
            "psu": [1, 1, 2, 2, 3, 3, 4, 4],
            "w": [2.0, 2, 3, 3, 1, 1, 4, 4],
            "y": [1.0, 2, None, 4, 3, 5, 1, 2],
            "g": ["m", "f", "f", None, "m", "m", "f", "m"],
        }
    )
    rows.to_csv(tmp_path / "rows.csv", index=False)
    duckdb.from_df(rows).write_parquet(str(tmp_path / "rows.parquet"))
    return tmp_path / "rows.csv", tmp_path / "rows.parquet"


@pytest.mark.parametrize(
    "command",
    [
        ("estimate", "--mean", "y", "--prop", "g", "--quantile", "y"),
        ("crosstab", "--rows", "h", "--cols", "g"),
        ("regress", "--model", "y ~ C(g)"),
    ],
    ids=lambda command: command[0],
)
def test_rows_in_parquet_give_what_they_give_in_csv(cli, both, command):
    name, *asked = command
    answers = [cli(name, file, *asked, *DESIGN, "--format", "csv") for file in both]
    assert [said.code for said in answers] == [0, 0], answers
    assert answers[0].out == answers[1].out and answers[0].out.count("\n") > 1


def test_parquet_that_is_damaged_absent_or_read_with_options_of_a_csv(both, refused):
    rows = both[1]
    assert "--decimal-comma would be ignored" in refused("estimate", rows, "--mean", "y", "--decimal-comma")
    absent = rows.with_name("absent.parquet")
    assert f"where: {absent}" in refused("estimate", absent, "--mean", "y")
    rows.write_bytes(rows.read_bytes()[:-9])
    said = refused("estimate", rows, "--mean", "y")
    assert "file cannot be read" in said and "mend this file" in said
    assert "file is Parquet" in refused("weight", rows, "--trim", "3")


def test_several_files_are_for_totals(both, refused):
    said = refused("estimate", *both, "--mean", "y")
    assert "one file at a time" in said and "surveylib totals" in said


def test_the_cell_that_is_no_number_is_named(tmp_path, refused):
    file = tmp_path / "data.csv"
    file.write_text("y\n1\n2\nba\n4\n", encoding="utf-8")
    said = refused("estimate", file, "--mean", "y")
    assert "row 3" in said and "'ba'" in said


def test_errors_name_the_file_once(tmp_path, refused):
    file = tmp_path / "data.csv"
    file.write_text("y,y\n1,2\n", encoding="utf-8")
    assert refused("estimate", file, "--mean", "y").count(str(file)) == 1


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--mean", "y", "--nest"), "nest would be ignored"),
        (("--mean", "y", "--nest", "--psu", "psu"), "nest would be ignored"),
        (("--mean", "y", "--interval", "beta"), "--interval would be ignored"),
    ],
)
def test_what_would_be_ignored_is_refused(both, refused, options, what):
    assert what in refused("estimate", both[0], *options)


# ---- rows that stand there twice; levels nobody chose -------------------------------------------------

TWICE = "id,h,psu,w,y,g\n007,a,1,2,1,m\n7,a,2,2,2,f\nx,b,3,3,3,m\nx,b,4,3,5,f\n"


@pytest.mark.parametrize(
    "command",
    [
        ("estimate", "--mean", "y"),
        ("crosstab", "--rows", "g", "--cols", "h"),
        ("regress", "--model", "y ~ C(g)"),
        ("weight", "--trim", "3"),
        ("totals", "--mean", "y", "--psu", "psu", "--output", "OUT"),
        ("totals", "--mean", "y", "--psu", "psu", "--output", "OUT", "--engine", "duckdb"),
    ],
    ids=" ".join,
)
def test_rows_that_stand_there_twice_are_refused_by_every_command(tmp_path, cli, refused, command):
    file, out = tmp_path / "data.csv", tmp_path / "a.totals"
    file.write_text(TWICE, encoding="utf-8")
    name, *asked = (str(out) if word == "OUT" else word for word in command)
    said = refused(name, file, *asked, "--id", "id")
    assert "1 identifier(s) stand in several rows" in said and "'x' 2 times" in said and not out.exists()
    assert cli(name, file, *asked, "--id", "id", "--id", "psu").code == 0
    assert "unknown column" in refused(name, file, *asked, "--id", "di")


def test_a_person_in_two_files_is_there_twice(tmp_path, refused):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(f"id,psu,y\n1,{name},2\n{name},{name},3\n", encoding="utf-8")
    files = (tmp_path / "a.csv", tmp_path / "b.csv")
    said = refused("totals", *files, "--mean", "y", "--psu", "psu", "--id", "id", "--output", tmp_path / "c")
    assert "'1' 2 times" in said and not (tmp_path / "c").exists()


def test_a_level_nobody_chose_is_a_line_of_its_own(tmp_path, cli, refused):
    file = tmp_path / "data.csv"
    file.write_text(TWICE, encoding="utf-8")
    asked = ("estimate", file, "--mean", "y", "--by", "g", "--levels", "g=m/f/không rõ")
    rows = cli(*asked, "--format", "json").json["estimates"]
    assert [(row["g"], row["n"], row["estimate"]) for row in rows] == [
        ("m", 2, 2.0),
        ("f", 2, 3.5),
        ("không rõ", 0, None),
    ]
    assert [row["flag"] for row in rows] == ["", "", "n = 0; no standard error"]
    said = cli(*asked).out
    assert "1 dòng không có phiếu nào (n = 0)" in said and "n = 0; no standard error" in said
    assert "flag" not in cli(*asked[:-2], "--format", "json").out
    assert "does not name" in refused(*asked[:-1], "g=m/x") and "would be ignored" in refused(
        *asked[:-1], "h=a/b"
    )
    assert "levels cannot be read" in refused(*asked[:-1], "g=m//f")


def test_a_domain_column_without_any_value(tmp_path, refused):
    file = tmp_path / "data.csv"
    file.write_text("y,g\n1,\n2,NA\n", encoding="utf-8")
    assert "no row belongs to a domain" in refused("estimate", file, "--mean", "y", "--by", "g")
