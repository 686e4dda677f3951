"""surveylib export and import, as people call them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pyreadstat
import pytest

from surveylib.cli.export import FORMATS
from surveylib.instrument import load_questionnaire

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "questionnaires" / "c_clients.yaml"
STUDY = ROOT / "data" / "binh_duong"


def test_out_and_back(cli, tmp_path: Path) -> None:
    book, file = tmp_path / "c.xlsx", tmp_path / "c.yaml"
    said = cli("export", CLIENTS, "--to", "xlsform", "--study", STUDY, "--output", book)
    assert said.code == 0 and "0 lỗi, 0 cảnh báo, " in said.out
    said = cli("import", book, "--output", file, "--lang", "en")
    assert said.code == 0 and "0 error(s), 0 warning(s)" in said.out
    assert load_questionnaire(file) == load_questionnaire(CLIENTS)


@pytest.mark.parametrize(
    ("form", "suffixes"),
    [
        ("codebook", (".html", ".csv")),
        ("ddi", (".xml",)),
        ("spss", (".sav",)),
        ("stata", (".dta",)),
        ("limesurvey", (".txt",)),
        ("jsonschema", (".json", ".table.json")),
    ],
)
def test_formats_of_other_programs(form: str, suffixes: tuple[str, ...], cli, tmp_path: Path) -> None:
    made = tmp_path / f"c{suffixes[0]}"
    said = cli("export", CLIENTS, "--to", form, "--output", made, "--lang", "en")
    assert said.code == 0 and "0 error(s)" in said.out
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"c{suffix}" for suffix in suffixes)


def test_answers_go_into_labelled_data(cli, tmp_path: Path) -> None:
    data, made = tmp_path / "answers.csv", tmp_path / "c.sav"
    data.write_text("respondent,unit,wave,a1_trips,overall\nr1,u,t0,2,5\nr2,u,t0,,9\n", encoding="utf-8")
    said = cli("export", CLIENTS, "--to", "spss", "--data", data, "--output", made)
    frame, _ = pyreadstat.read_sav(made)
    assert said.code == 0 and frame["respondent"].tolist() == ["r1", "r2"]
    assert frame["a1_trips"][0] == 2 and frame["overall"][0] == 5 and frame["overall"].isna()[1]
    said = cli("export", CLIENTS, "--to", "ddi", "--data", data, "--output", tmp_path / "c.xml")
    assert said.code == 2 and "holds no answers" in said.err


@pytest.mark.parametrize(
    ("to", "suffix", "read"), [("spss", ".sav", pyreadstat.read_sav), ("stata", ".dta", pyreadstat.read_dta)]
)
def test_labels_come_in_the_language_asked_for(cli, tmp_path: Path, to: str, suffix: str, read) -> None:
    labels = {}
    for lang in ("vi", "en"):
        made = tmp_path / f"{lang}{suffix}"
        assert cli("export", CLIENTS, "--to", to, "--output", made, "--lang", lang).code == 0
        meta = read(made)[1]
        labels[lang] = meta.column_names_to_labels["got_it"], meta.variable_value_labels["got_it"][1]
    assert labels["vi"] == ("Cuối cùng Ông/Bà có nhận được kết quả mình cần không?", "Có, đầy đủ")
    assert labels["en"] == ("In the end, did you get what you needed?", "Yes, in full")


def test_a_preview_is_a_page(cli, tmp_path: Path) -> None:
    page = tmp_path / "c.html"
    assert " câu, " in cli("preview", CLIENTS, "--output", page).out
    said = cli("preview", CLIENTS, "--output", page, "--lang", "en")
    assert said.code == 0 and "46 items" in said.out
    assert page.read_text(encoding="utf-8").startswith('<!DOCTYPE html>\n<html lang="en"')
    assert cli("preview", CLIENTS, "--output", tmp_path / "c.pdf").code == 2


def test_what_a_form_cannot_carry_is_said(cli, tmp_path: Path) -> None:
    staff = ROOT / "questionnaires" / "s_staff.yaml"
    said = cli("export", staff, "--to", "xlsform", "--output", tmp_path / "s.xlsx", "--lang", "en")
    assert said.code == 0 and "X101" in said.out and "1 warning(s)" in said.out


def test_import_ends_with_1_where_something_is_lost(cli, tmp_path: Path, shared: Path) -> None:
    book = shared / "data/xlsforms/pyxform/example_xls/gps.xls"
    said = cli("import", book, "--output", tmp_path / "gps.yaml", "--lang", "en")
    assert said.code == 1 and "X309" in said.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("export", CLIENTS, "--to", "xlsform", "--output", "c.yaml"), "another suffix"),
        (
            ("export", CLIENTS, "--to", "xlsform", "--unit", "phu_cuong", "--output", "c.xlsx"),
            "belongs to a study",
        ),
        (
            (
                "export",
                CLIENTS,
                "--to",
                "xlsform",
                "--study",
                STUDY,
                "--unit",
                "phu_cuog",
                "--output",
                "c.xlsx",
            ),
            "did you mean 'phu_cuong'",
        ),
        (("import", "absent.xlsx", "--output", "c.yaml"), "cannot be read"),
        (("import", CLIENTS, "--output", "c.yaml"), "not a workbook"),
        (("import", "absent.xlsx", "--output", CLIENTS), "output exists"),
    ],
)
def test_mistakes_end_in_one_message(arguments, message, refused, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refused(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_every_format_has_its_maker() -> None:
    for form in FORMATS.values():
        module, name = form.make.split(":")
        assert callable(getattr(import_module(module), name)) and form.suffix.startswith(".")
