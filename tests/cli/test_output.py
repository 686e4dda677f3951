"""What commands print for programs cannot become a formula in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from surveylib.cli.output import print_findings, show
from surveylib.model.finding import Finding
from surveylib.model.text import Text


def test_csv_holds_no_formula_and_keeps_its_numbers(capsys):
    frame = pd.DataFrame({"=label": ["=1+1", "@sum", "-0.5", "- một"], "estimate": [-0.25, 1.5, 0.0, -3.0]})
    show({"rows": frame}, form="csv")
    head, *rows = csv.reader(io.StringIO(capsys.readouterr().out))
    assert head == ["'=label", "estimate"]
    assert [row[0] for row in rows] == ["'=1+1", "'@sum", "-0.5", "'- một"]
    assert [float(row[1]) for row in rows] == list(frame["estimate"])


@pytest.mark.parametrize(
    ("lang", "first", "last"),
    [
        ("vi", "cảnh báo T1 nơi", "t: 0 lỗi, 1 cảnh báo, 0 ghi chú"),
        ("en", "warning T1 nơi", "t: 0 error(s), 1 warn"),
    ],
)
def test_findings_are_counted_in_the_language_asked_for(capsys, lang, first, last):
    words = Text(vi="Câu", en="Words")
    found = Finding(code="T1", severity="warning", where="nơi", message=words, remedy=words)
    print_findings([found], about="t", lang=lang)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == first and lines[-1].startswith(last)
