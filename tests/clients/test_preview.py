"""The preview page's own script against our rules in Node, and the page in Chromium as a person uses it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from surveylib.instrument import lint
from surveylib.instrument.preview_page import preview
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.study import Study
from tests.clients.conftest import HERE, INSTRUMENTS, ROOT, instrument
from tests.clients.respondents import expected, respondents
from tests.clients.test_engine import every_rule

PEOPLE = 400


def answered(questionnaire: Questionnaire, study: Study, people: list[dict], folder: Path) -> list[dict]:
    """What the script of the page makes of `people`."""
    page, job, result = (folder / name for name in ("page.html", "job.json", "result.json"))
    page.write_text(preview(questionnaire).page, encoding="utf-8")
    types = {unit.id: unit.type for unit in study.units}
    filled = [{"unit_type": types[person["unit"]], "answers": person} for person in people]
    job.write_text(json.dumps({"page": str(page), "people": filled}), encoding="utf-8")
    script = str(HERE / "preview_rules.mjs")
    run = subprocess.run(
        ["node", script, str(job), str(result)], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(result.read_text(encoding="utf-8"))


def differences(questionnaire: Questionnaire, study: Study, folder: Path) -> list[str]:
    people = respondents(questionnaire, study, n=PEOPLE, seed=20141102)
    theirs = answered(questionnaire, study, people, folder)
    ours = expected(people, questionnaire, study)
    found = []
    for number, (page, rules) in enumerate(zip(theirs, ours, strict=True)):
        if page["relevant"] != rules["relevant"]:
            found.append(f"{number}: asked {set(page['relevant']) ^ set(rules['relevant'])}")
        if page["violations"] != rules["violations"]:
            found.append(
                f"{number}: wrong {set(page['violations'].items()) ^ set(rules['violations'].items())}"
            )
    return found


@pytest.mark.needs_node
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_the_page_asks_whom_the_rules_ask(name: str, study: Study, tmp_path: Path) -> None:
    assert differences(instrument(name), study, tmp_path) == []


@pytest.mark.needs_node
def test_every_rule_of_the_language(study: Study, tmp_path: Path) -> None:
    assert differences(every_rule(), study, tmp_path) == []


@pytest.fixture(scope="module")
def seen(workshop: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What a person saw of form R; the pictures lie beside the page, in pytest's temporary folder."""
    folder = tmp_path_factory.mktemp("preview")
    asked = instrument("r_residents")
    source = ROOT / "questionnaires" / "r_residents.yaml"
    page = folder / "r.html"
    page.write_text(preview(asked, findings=lint(asked, source=source)).page, encoding="utf-8")
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    job, result = folder / "job.json", folder / "result.json"
    told = {"page": str(page), "chromium": browser, "folder": str(folder)}
    job.write_text(json.dumps(told), encoding="utf-8")
    run = subprocess.run(
        ["node", "preview_browser.mjs", str(job), str(result)],
        cwd=workshop,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(result.read_text(encoding="utf-8"))


@pytest.mark.needs_node
@pytest.mark.needs_chromium
class TestInChromium:
    def test_a_skip_rule_shows_and_hides(self, seen: dict) -> None:
        assert (seen["before"], seen["after"], seen["again"]) == (False, True, False)

    def test_the_language_switches(self, seen: dict) -> None:
        assert seen["heading_vi"] == "Phiếu lấy ý kiến người dân cư trú"
        assert seen["heading_en"] == seen["title_en"] == "Resident survey"
        assert seen["lang"] == "en"

    def test_words_follow_the_unit(self, seen: dict) -> None:
        assert "Trưởng ấp" in seen["commune"] and "Trưởng khu phố" in seen["ward"]
        assert seen["unknown"] not in (seen["commune"], seen["ward"])

    def test_what_is_wrong_is_said(self, seen: dict) -> None:
        assert len(seen["exclusive"]) == 1 and "không chọn cùng" in seen["exclusive"][0]
        assert seen["cleared"] == 0
        assert seen["required"] == ["Câu này cần được trả lời."]
        assert seen["focused"] == "item-residence"
        assert "còn thiếu hoặc chưa đúng" in seen["status"]

    def test_it_is_usable_without_a_mouse_and_on_a_narrow_screen(self, seen: dict) -> None:
        assert seen["keyboard"] == "0"
        assert seen["widest"] <= 400
        assert seen["nameless"] == 0

    def test_marks_and_findings_are_shown_on_request(self, seen: dict) -> None:
        assert seen["marks"] and seen["disabled"] and seen["findings"] > 0

    def test_nothing_is_fetched_and_nothing_complained(self, seen: dict) -> None:
        assert seen["complaints"] == []
        assert len(seen["fetched"]) == 1 and seen["fetched"][0].startswith("file:")
