"""SPSS and Stata files read back: labels, codes, missing values, dates, marks; what is cut is said."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from surveylib.errors import SurveyError
from surveylib.instrument import load_questionnaire
from surveylib.instrument.labelled import spss, stata
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.scale import Choice, Scale
from surveylib.model.text import Text

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENTS = sorted((ROOT / "questionnaires").glob("*_*.yaml"))


@pytest.fixture
def asked(small: Questionnaire) -> Questionnaire:
    """The small questionnaire with a list of marks and a date as well."""
    ways = Scale(
        id="WAYS",
        kind="multiple",
        choices=tuple(Choice(code=c, text=Text(vi=f"Cách {c}", en=f"Way {c}")) for c in (1, 2)),
        off_scale=(Choice(code=9, text=Text(vi="Không biết", en="Don't know")),),
    )
    day = Scale(id="DAY", kind="date")
    base = small.item("box")
    more = (
        replace(base, id="ways", scale="WAYS", text=Text(vi="Cách nào?", en="Which ways?")),
        replace(base, id="day", scale="DAY", text=Text(vi="Ngày nào?", en="Which day?")),
    )
    return replace(small, scales=(*small.scales, ways, day), items=(*small.items, *more))


ROWS = pd.DataFrame(
    {
        "respondent": ["r1", "r2", "r3"],
        "unit": ["u1", "u1", "u2"],
        "papers": ["5", "8", ""],
        "box": [1.0, 9.0, np.nan],
        "wait": ["12.5", "", "0"],
        "ways": ["1 2", "", "9"],
        "day": ["2015-01-31", "", "1959-12-31"],
        "comment": ["Tôi là Nguyễn Văn A", "", ""],
        "extra": ["=1+1", "", "x"],
    }
)


def read(content: bytes, path: Path, **options):
    path.write_bytes(content)
    return (pyreadstat.read_sav if path.suffix == ".sav" else pyreadstat.read_dta)(path, **options)


def test_spss_comes_back(asked, tmp_path):
    content, found = spss(asked, rows=ROWS)
    frame, meta = read(content, tmp_path / "a.sav", user_missing=True)
    assert frame["papers"].tolist()[:2] == [5, 8] and np.isnan(frame["papers"][2])
    assert frame["box"].tolist()[:2] == [1, 9]
    assert frame["wait"].tolist()[::2] == [12.5, 0]
    assert frame["day"].tolist()[::2] == [datetime.date(2015, 1, 31), datetime.date(1959, 12, 31)]
    assert frame[["ways_1", "ways_2", "ways_9"]].iloc[0].tolist() == [1, 1, 0]
    assert frame[["ways_1", "ways_2", "ways_9"]].iloc[1].isna().all()
    assert meta.column_names_to_labels["papers"] == "Giấy tờ đơn giản đến mức nào?"
    assert meta.variable_value_labels["papers"][9] == "Không biết"
    assert meta.missing_ranges["papers"] == [{"lo": 8, "hi": 8}, {"lo": 9, "hi": 9}]
    assert meta.variable_measure["papers"] == "ordinal" and meta.variable_measure["wait"] == "scale"
    assert read(content, tmp_path / "a.sav")[0]["papers"].isna().tolist() == [False, True, True]
    assert {"X403 item comment", "X404 data"} <= {f"{f.code} {f.where}" for f in found}
    assert "comment" not in frame and b"Nguy" not in content


def test_stata_comes_back(asked, tmp_path):
    content, _ = stata(asked, rows=ROWS, lang="en")
    frame, meta = read(content, tmp_path / "a.dta", user_missing=True)
    assert frame["papers"].tolist()[:2] == [5, "a"]
    assert meta.variable_value_labels["papers"]["a"] == "Not applicable (8)"
    assert meta.column_names_to_labels["box"] == "Did you see the box?"
    assert frame["day"].tolist()[::2] == [datetime.date(2015, 1, 31), datetime.date(1959, 12, 31)]
    # A second reader, which is not the library we wrote with.
    theirs = pd.read_stata(io.BytesIO(content), convert_categoricals=False)
    assert theirs["papers"].isna().tolist() == [False, True, True]
    assert theirs["wait"].tolist()[::2] == [12.5, 0]
    assert theirs["day"][0] == pd.Timestamp(2015, 1, 31)


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
@pytest.mark.parametrize(("make", "suffix"), [(spss, ".sav"), (stata, ".dta")])
def test_an_empty_file_has_all_labels_and_the_same_bytes(path, make, suffix, tmp_path):
    questionnaire = load_questionnaire(path)
    content, _ = make(questionnaire)
    frame, meta = read(content, tmp_path / f"a{suffix}")
    assert len(frame) == 0
    for item in questionnaire.items:
        scale = questionnaire.scale_of(item.id)
        if item.personal or scale.kind == "multiple":
            assert item.id not in meta.column_names
            continue
        assert meta.column_names_to_labels[item.id]
        if scale.choices:
            assert set(scale.codes) <= set(meta.variable_value_labels[item.id])
    assert make(questionnaire)[0] == content
    assert b"1980" in content or b"01 Jan 80" in content  # no hour of writing


def test_long_labels_are_cut_between_letters_and_said(small, tmp_path):
    long = Text(vi="ầ" * 100 + "?", en="a" * 81)
    items = (replace(small.items[0], text=long), *small.items[1:])
    asked = replace(small, items=items)
    content, found = spss(asked)
    label = read(content, tmp_path / "a.sav")[1].column_names_to_labels["papers"]
    assert label == "ầ" * 84 + "…" and len(label.encode()) <= 256
    assert [f.code for f in found] == ["X401"] and label in found[0].message.vi
    content, found = stata(asked, lang="en")
    assert read(content, tmp_path / "a.dta")[1].column_names_to_labels["papers"] == "a" * 79 + "…"
    assert [(f.code, f.where) for f in found] == [("X401", "variable papers")]


def test_what_fits_is_not_cut(small, tmp_path):
    text = Text(vi="ầ" * 85 + "?", en="a" * 80)  # 256 bytes, 80 letters
    asked = replace(small, items=(replace(small.items[0], text=text), *small.items[1:]))
    assert spss(asked)[1] == () and stata(asked, lang="en")[1] == ()
    assert read(spss(asked)[0], tmp_path / "a.sav")[1].column_names_to_labels["papers"] == text.vi


@pytest.mark.parametrize(("column", "cell"), [("papers", "tốt"), ("day", "31/01/2015")])
def test_an_answer_that_cannot_be_read_is_named(asked, column, cell):
    rows = ROWS.assign(**{column: ["", cell, ""]})
    with pytest.raises(SurveyError) as error:
        spss(asked, rows=rows)
    assert error.value.where == f"item {column}, row 2" and cell in error.value.got
