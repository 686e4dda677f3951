"""Registers read back as they were written."""

import dataclasses

import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork import read_registers
from surveylib.model.study import Source


def with_register(office):
    return dataclasses.replace(office, sources=(Source(wave="t0", path="t0.csv", register="so.csv"),))


def test_the_rehearsal_registers_come_back_as_they_were(rehearsed, shipped):
    read = read_registers(rehearsed.folder, study=shipped.study).rows
    pd.testing.assert_frame_equal(read[rehearsed.frame.rows.columns], rehearsed.frame.rows, check_dtype=False)


def test_units_by_name_blank_characteristics_and_codes(office, tmp_path):
    text = "dossier;unit;sex;loai\nd1;Phường P1 Thượng;1;7\nd2;c1;;b\nd3;c1;2;\n"
    (tmp_path / "so.csv").write_text(text, encoding="utf-8")
    rows = read_registers(tmp_path, study=with_register(office)).rows.set_index("dossier")
    assert rows["unit"].to_dict() == {"d1": "p1", "d2": "c1", "d3": "c1"}
    assert rows["sex"].isna().to_dict() == {"d1": False, "d2": True, "d3": False}
    assert rows["sex"].dropna().to_dict() == {"d1": 1, "d3": 2}
    assert rows["loai"].isna().to_dict() == {"d1": False, "d2": False, "d3": True}
    assert rows["loai"].dropna().to_dict() == {"d1": "7", "d2": "b"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dossier,unit\nd1,p9\n", "no unit of the study"),
        ("dossier,unit\nd1,p1\n,p1\n", "no number"),
        ("dossier,unit\nd1,\n", "no unit"),
        ("dossier,unit\nd1,p1\nd1,p1\n", "stands twice"),
        ("so,unit\nd1,p1\n", "unknown column"),
    ],
)
def test_registers_that_cannot_be_used(office, tmp_path, text, words):
    (tmp_path / "so.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SurveyError, match=words):
        read_registers(tmp_path, study=with_register(office))


def test_no_register_declared(office, tmp_path):
    with pytest.raises(SurveyError, match="no source names a register"):
        read_registers(tmp_path, study=office)
