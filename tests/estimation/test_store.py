"""A file of totals: what was written comes back, and anything else is refused."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declare, estimate, store, totals
from surveylib.estimation.combine import combine
from surveylib.estimation.store import read_totals, write_totals
from surveylib.model.totals import PsuTotals, Request


def made(**design) -> PsuTotals:
    rows = pd.DataFrame(
        {
            "h": list("aaaabbbb"),
            "xã": ["Phú Cường", "Phú Cường", "Tân An", "Tân An", "Dĩ An", "Dĩ An", "An Phú", "An Phú"],
            "n1": 9.0,
            "y": [1.5, 2, np.nan, 4, 5, 6, 7, 8],
            "g": [1, 2, 1, 2, 2, 1, 1, 2],
            "day": pd.to_datetime(["2015-11-01", "2015-11-02"] * 4),
            "kín": [True, False] * 4,
        }
    )
    requests = [Request(kind="mean", variable="y"), Request(kind="proportion", variable="g")]
    named = {"strata": "h", "psu": "xã", "fpc": "n1", "lonely": "adjust"} | design
    return totals(rows, declare(rows, **named), requests=requests, by=["kín", "g"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_totals(made(), tmp_path / "a.totals")
    return tmp_path / "a.totals"


def agree(one: PsuTotals, other: PsuTotals) -> None:
    assert (one.columns, one.statistics, one.lonely, one.counted) == (
        other.columns,
        other.statistics,
        other.lonely,
        other.counted,
    )
    pd.testing.assert_frame_equal(one.labels, other.labels)
    pd.testing.assert_frame_equal(one.domains, other.domains)
    for name in ("sums", "squares", "counts", "weight_squares", "rows", "auxiliary", "cross", "gram"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for mine, theirs in zip(one.stages, other.stages, strict=True):
        assert (mine.stratum_names, mine.nested) == (theirs.stratum_names, theirs.nested)
        for name in ("strata", "clusters", "population"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))


@pytest.mark.parametrize("design", [{}, {"fpc": None}, {"nest": True}, {"psu": None}], ids=str)
def test_what_was_written_comes_back(tmp_path, design):
    before = made(**design)
    write_totals(before, tmp_path / "a.totals")
    after = read_totals(tmp_path / "a.totals")
    agree(after, before)
    pd.testing.assert_frame_equal(estimate(after).table, estimate(before).table)
    agree(combine([after], names=["a"]), before)


def test_the_same_totals_give_the_same_bytes(file, tmp_path):
    write_totals(read_totals(file), tmp_path / "b.totals")
    assert (tmp_path / "b.totals").read_bytes() == file.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.totals", "b.totals"]


def test_dates_come_back_as_text(tmp_path):
    rows = pd.DataFrame({"day": pd.to_datetime(["2015-11-01", "2015-11-02"]), "y": [1.0, 2], "psu": [1, 2]})
    asked = [Request(kind="total", variable="y")]
    write_totals(totals(rows, declare(rows, psu="psu"), requests=asked, by=["day"]), tmp_path / "a")
    assert read_totals(tmp_path / "a").domains["day"].tolist() == [
        "2015-11-01 00:00:00",
        "2015-11-02 00:00:00",
    ]


def test_no_answers_of_respondents_are_in_the_file(file):
    """The members are those described; cells of a cluster are sums, nowhere a row for every respondent."""
    with zipfile.ZipFile(file) as archive:
        about = json.loads(archive.read("about.json"))
        assert set(archive.namelist()) == {"about.json", *(f"{name}.npy" for name in about["arrays"])}
    assert about["labels"]["rows"] == 4 and {a["shape"][-1] for a in about["arrays"].values()} <= {0, 4}


# ---- files that are not whole ---------------------------------------------------------------------


def refused(path: Path) -> SurveyError:
    with pytest.raises(SurveyError) as caught:
        read_totals(path)
    assert str(path) in caught.value.where
    return caught.value


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(file: Path, content: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return file


def signed(about: dict) -> bytes:
    rest = {name: value for name, value in about.items() if name != "digest"}
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
    return json.dumps(rest | {"digest": digest}).encode()


def test_no_such_file(tmp_path):
    assert refused(tmp_path / "none").what == "no such file"


@pytest.mark.parametrize("kept", [0, 1, 10, 0.5, 0.99])
def test_a_truncated_file(file, kept):
    content = file.read_bytes()
    file.write_bytes(content[: int(kept if kept >= 1 else kept * len(content))])
    assert refused(file).what == "not a whole file of totals"


def test_any_flipped_byte_is_noticed_or_changes_nothing(file):
    content, whole = file.read_bytes(), read_totals(file)
    for place in range(0, len(content), 7):
        file.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        try:
            agree(read_totals(file), whole)  # a time stamp or an attribute nobody reads
        except SurveyError as error:
            assert str(file) in error.where


@pytest.mark.parametrize("member", ["about.json", "sums.npy", "stage1.clusters.npy"])
def test_a_member_that_is_missing(file, member):
    content = members(file)
    del content[member]
    assert refused(rewritten(file, content)).what == "not a whole file of totals"


def test_a_member_too_many(file):
    assert "rows.csv" in refused(rewritten(file, members(file) | {"rows.csv": b"a,b"})).got


def test_altered_numbers(file):
    content = members(file)
    content["sums.npy"] = content["sums.npy"][:-8] + np.float64(9e9).tobytes()
    assert "sums was altered" in refused(rewritten(file, content)).got


def test_an_altered_description(file):
    content = members(file)
    about = json.loads(content["about.json"])
    content["about.json"] = json.dumps(about | {"lonely": "certainty"}).encode()
    assert "digest" in refused(rewritten(file, content)).got
    content["about.json"] = signed(about | {"version": 99})
    assert refused(rewritten(file, content)).what == "file of totals has another version"
    content["about.json"] = signed(about | {"format": "a spreadsheet"})
    assert "something else" in refused(rewritten(file, content)).got
    content["about.json"] = signed(about | {"stages": []})
    assert refused(rewritten(file, content)).got
    content["about.json"] = b"[" * 100_000
    assert "cannot be read" in refused(rewritten(file, content)).got


def test_an_array_that_claims_a_huge_shape_is_not_made_room_for(file):
    """NumPy's own reader asks for memory by the header alone."""
    content = members(file)
    about = json.loads(content["about.json"])
    shape = (2**20, 2**20, 8)
    lying = content["sums.npy"].replace(
        str(tuple(about["arrays"]["sums"]["shape"])).encode(), str(shape).encode()
    )
    content["sums.npy"] = lying
    about["arrays"]["sums"] |= {"shape": list(shape), "sha256": hashlib.sha256(lying).hexdigest()}
    content["about.json"] = signed(about)
    assert "sums" in refused(rewritten(file, content)).got


def test_a_zip_bomb(file, monkeypatch):
    monkeypatch.setattr(store, "MOST_ABOUT_BYTES", 1_000_000)
    error = refused(rewritten(file, members(file) | {"about.json": b" " * 50_000_000}))
    assert "too large unpacked" in error.what and error.got == "50,000,000"


def test_totals_too_large_for_a_file_are_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MOST_BYTES", 100)
    with pytest.raises(SurveyError, match="too many totals for one file"):
        write_totals(made(), tmp_path / "a.totals")
    assert list(tmp_path.iterdir()) == []


def test_no_folder_to_write_in(tmp_path):
    with pytest.raises(SurveyError, match="cannot write here"):
        write_totals(made(), tmp_path / "none" / "a.totals")
