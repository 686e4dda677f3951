"""surveylib coverage: the matrix over a folder of questionnaires, and its exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from surveylib.cli import main

FOLDER = Path(__file__).resolve().parents[2] / "questionnaires"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return stopped.value.code


@pytest.mark.parametrize(
    ("lang", "words", "none"),
    [("vi", "bằng chứng bổ trợ", "0 lỗi, 0 cảnh báo"), ("en", "supporting evidence", "0 error(s), 0 warn")],
)
def test_the_matrix_of_the_shipped_set(capsys, lang, words, none):
    assert run("coverage", FOLDER, "--lang", lang) == 0
    printed = capsys.readouterr().out.replace("\u00a0", " ")
    assert words in printed and "● S · ○ A · ∅ R" in printed and none in printed


def test_json_has_every_cell(capsys):
    assert run("coverage", FOLDER, "--format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["coverage"]) == 18 * 3 * 5 and document["findings"] == []


def test_a_gap_ends_with_exit_code_1_and_a_mistake_with_2(capsys, tmp_path):
    for name in ("bank.yaml", "c_clients.yaml", "r_residents.yaml"):
        shutil.copy(FOLDER / name, tmp_path)
    assert run("coverage", tmp_path, "--lang", "en") == 1
    printed = capsys.readouterr().out
    assert "Q722 criterion b6, LG" in printed and "NO primary evidence" in printed.replace("\u00a0", " ")
    (tmp_path / "empty").mkdir()
    assert run("coverage", tmp_path / "empty") == 2
    assert "no questionnaire here" in capsys.readouterr().err
