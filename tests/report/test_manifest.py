import hashlib
import json

import pytest

from surveylib.errors import SurveyError
from surveylib.report.manifest import build_manifest, data_digest, file_digest, versions, write_manifest


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "raw").mkdir()
    for name in ("b.csv", "a.csv"):
        (tmp_path / "raw" / name).write_text(f"số,{name}\n", encoding="utf-8")
    return [tmp_path / "raw" / "b.csv", tmp_path / "raw" / "a.csv"]


def manifest(tmp_path, inputs, **timings):
    return build_manifest(
        study="s",
        run="r",
        seed=2014,
        inputs=inputs,
        inputs_roots=(tmp_path,),
        mark="M",
        parameters={"z": 1, "a": [1, 2]},
        digests={"plan": "ab"},
        timings=timings,
    )


def test_inputs_stand_by_path_with_the_hash_of_their_bytes(tmp_path, inputs):
    rows = manifest(tmp_path, inputs)["inputs"]
    assert [row["path"] for row in rows] == ["raw/a.csv", "raw/b.csv"]
    assert rows[0]["sha256"] == hashlib.sha256("số,a.csv\n".encode()).hexdigest()
    assert rows[0]["bytes"] == len("số,a.csv\n".encode())


def test_no_path_of_the_machine_is_written(tmp_path, inputs):
    other = tmp_path / "elsewhere"
    other.mkdir()
    text = json.dumps(build_manifest(study="s", run="r", seed=1, inputs=inputs, inputs_roots=(other,)))
    assert str(tmp_path) not in text


def test_all_but_the_timings_is_the_same_each_time(tmp_path, inputs):
    write_manifest(manifest(tmp_path, inputs, ingest=1.5), tmp_path / "1.json")
    write_manifest(manifest(tmp_path, inputs[::-1], ingest=9.9), tmp_path / "2.json")
    first, second = ((tmp_path / name).read_text(encoding="utf-8") for name in ("1.json", "2.json"))
    assert first != second
    assert first[: first.index('"timings"')] == second[: second.index('"timings"')]
    assert json.loads(first)["timings"] == {"ingest": 1.5}
    assert json.loads(first)["rehearsal"] is True


def test_the_data_digest_changes_with_any_input(tmp_path, inputs):
    before = data_digest(manifest(tmp_path, inputs))
    inputs[0].write_text("khác", encoding="utf-8")
    assert data_digest(manifest(tmp_path, inputs)) != before


def test_versions_name_what_is_installed_only():
    found = versions(["numpy", "no-such-package-of-ours"])
    assert set(found) == {"python", "numpy"}


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(SurveyError, match=r"absent\.csv"):
        file_digest(tmp_path / "absent.csv")
