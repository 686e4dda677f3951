"""Who is not compared stands on the page of effects, by name and with the reason."""

from __future__ import annotations

import json
import shutil

import pytest

from surveylib.runner.case import Case
from surveylib.runner.shows import effects as show


def left(outcome: str, unit: str) -> dict:
    return {
        "code": "E01",
        "severity": "warning",
        "where": f"outcome {outcome}",
        "message": {
            "vi": f"{outcome}: thiếu một đợt khảo sát: {unit}",
            "en": f"{outcome}: a wave is missing: {unit}",
        },
        "remedy": {"vi": "Đơn vị không được đưa vào.", "en": "The unit is left out."},
    }


@pytest.fixture
def lacking(case, tmp_path):
    """The rehearsal, as if one unit had lost a wave on the primary index, and one on another outcome."""
    folder = tmp_path / "run"
    shutil.copytree(case.folder / "stages", folder / "stages")
    file, units = folder / "stages/evidence.json", case.study.units
    evidence = json.loads(file.read_text(encoding="utf-8"))
    evidence["findings"] = [left(case.primary, units[0].id), left("group_a", units[1].id)]
    file.write_text(json.dumps(evidence), encoding="utf-8")
    return Case(folder=folder)


def cells(block) -> list[list[str]]:
    return [[cell.text for cell in row] for row in block.rows]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_unit_left_out_of_the_primary_index_is_named(lacking, lang):
    shown = next(block for block in show.changes(lacking, lang=lang).blocks if block.key == "left_out")
    ((_, code, where, message, _),) = cells(shown)
    unit, index = lacking.study.units[0].name.get(lang), lacking.labels[lacking.primary].get(lang)
    assert (code, where) == ("E01", index)
    assert message.startswith(f"{index}: ") and message.endswith(f": {unit}")


def test_where_nobody_is_left_out_that_is_said(case):
    said = show.left_out(case, lang="en")
    assert said.kind == "text" and "Units that could not be compared as planned" in str(said.payload())
