"""Form C as a respondent sees it: filled in Vietnamese in ODK Web Forms, sent, and ingested into the same
answers. The pictures lie in pytest's temporary folder (``--basetemp`` names another)."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from surveylib.fieldwork.headers import leaf
from surveylib.instrument.xlsform import LANGUAGES
from surveylib.instrument.xlsform_answers import constraint_message
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.setting import Setting
from surveylib.model.study import Study
from tests.clients.conftest import instrument
from tests.e2e import projects

pytestmark = [pytest.mark.needs_node, pytest.mark.needs_chromium, pytest.mark.slow]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
GIVEN = {
    "a2_ontime": "3",
    "b2_did": "1",
    "b1_had_issue": "0",
    "c1_filed": "0",
    "c3_attended": "9",
    "a1_trips": "4",
}
GIVEN |= {"a5_wait_min": "25", "a4_clear": "9", "a5_place": "8", "comment": "Cán bộ rất nhiệt tình."}
SKIPPED = ("b1_listened", "b1_explained", "c1_sat", "c3_place")
Step = dict[str, object]


def choose(questionnaire: Questionnaire, name: str, answer: str) -> Step:
    """The step that gives this answer to the item."""
    item, scale = questionnaire.item(name), questionnaire.scale_of(name)
    if scale.kind in ("number", "text"):
        return {"do": "type", "label": item.text.vi, "text": answer}
    words = {str(choice.code): choice.text.vi for choice in (*scale.choices, *scale.off_scale)}
    return {"do": "choose", "label": item.text.vi, "option": words[answer]}


def look(name: str, text: str, *, wanted: bool = True) -> Step:
    return {"do": "look", "name": name, "text": text, "wanted": wanted}


def steps(questionnaire: Questionnaire, study: Study, answers: dict[str, str], unit: str) -> Iterator[Step]:
    apology = questionnaire.item("d2_apology").text.vi
    trips = questionnaire.item("a1_trips").text
    message = constraint_message(questionnaire.scale_of("a1_trips")).vi
    yield look("notice", questionnaire.notice.vi)
    yield {"do": "picture", "file": "1_first.png"}
    yield look("not asked at first", apology, wanted=False)
    yield choose(questionnaire, "a2_ontime", "3")
    yield look("asked when late", apology)
    yield {"do": "picture", "file": "2_asked.png", "label": apology}
    yield choose(questionnaire, "a2_ontime", "2")
    yield look("not asked when on time", apology, wanted=False)
    yield {"do": "type", "label": trips.vi, "text": "99"}
    yield look("out of bounds is said", message)
    yield {"do": "picture", "file": "3_bounds.png", "label": trips.vi}
    yield {"do": "language", "name": LANGUAGES["en"]}
    yield look("in English", trips.en)
    yield look("no Vietnamese then", trips.vi, wanted=False)
    yield {"do": "picture", "file": "4_english.png", "label": trips.en}
    yield {"do": "language", "name": LANGUAGES["vi"]}
    yield {"do": "send"}
    yield look("what is missing is said", "Câu này cần được trả lời.")
    yield {"do": "picture", "file": "5_missing.png"}
    yield {"do": "choose", "label": "Đợt khảo sát", "option": study.wave("t0").name.vi}
    yield {"do": "pick", "label": "Đơn vị", "option": study.unit(unit).name.vi}
    yield {"do": "type", "label": DOSSIER, "text": answers["dossier"]}
    yield {"do": "choose", "label": "Hình thức thu phiếu", "option": "Máy tính bảng"}
    for item in questionnaire.items:
        if item.id in answers and item.id not in SKIPPED:
            yield choose(questionnaire, item.id, answers[item.id])
    yield {"do": "picture", "file": "6_filled.png", "label": questionnaire.item("a4_clear").text.vi}
    yield {"do": "send"}


DOSSIER = "Số thứ tự hồ sơ trong mẫu (để trống nếu không có)"


def full(questionnaire: Questionnaire, row: pd.Series) -> dict[str, str]:
    """The row's answers, with `GIVEN` and, where it has none, the first code of the scale."""
    answers = {"dossier": row["dossier"]}
    for item in questionnaire.items:
        scale = questionnaire.scale_of(item.id)
        usable = row[item.id] in {str(code) for code in (*scale.codes, *scale.off_codes)}
        answers[item.id] = row[item.id] if usable or not scale.codes else str(scale.codes[0])
    return answers | GIVEN | dict.fromkeys(SKIPPED, "")


def submissions(folder: Path, sent: str, table: pd.DataFrame, own: str) -> None:
    """The folder of submissions: the one that was sent, and every other row of the table in its likeness."""
    folder.mkdir()
    (folder / "sent.xml").write_text(sent, encoding="utf-8")
    root = ElementTree.fromstring(sent)
    for number, (_, row) in enumerate(table[table["KEY"] != own].iterrows()):
        tree = copy.deepcopy(root)
        fields = {node.tag.rpartition("}")[2]: node for node in tree.iter() if not len(node)}
        for name, cell in row.rename({"FormVersion": "version"}).drop("KEY").items():
            place = fields[name] if name in fields else ElementTree.SubElement(tree, name)
            place.text = cell
        ElementTree.ElementTree(tree).write(folder / f"{number:04d}.xml", encoding="utf-8")


def ingested(study: Path, file: Path) -> pd.DataFrame:
    done = projects.command("ingest", study, "--run", "field", "--output", file)
    assert done.returncode == 0, done.stderr
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def test_filled_sent_and_ingested(
    workshop: Path, xform: Callable, study: Study, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    questionnaire, project = instrument("c_clients"), projects.lay_small(tmp_path / "project")
    export = project / "raw" / "exports" / "t0.csv"
    table = pd.read_csv(export, dtype=str, keep_default_na=False).rename(columns=leaf)
    table = table.loc[:, ~table.columns.duplicated()]
    place = int(table.index[(table["unit"] == "phu_cuong") & (table["disposition"] == "complete")][0])
    answers, own = full(questionnaire, table.loc[place]), table.loc[place, "KEY"]

    pictures = tmp_path_factory.mktemp("webform")
    job, result = tmp_path / "job.json", tmp_path / "result.json"
    told = {
        "form": str(xform(questionnaire, Setting(study=study))),
        "folder": str(pictures),
        "chromium": CHROMIUM,
        "steps": list(steps(questionnaire, study, answers, "phu_cuong")),
    }
    job.write_text(json.dumps(told), encoding="utf-8")
    command = ["node", "webform.mjs", str(job), str(result)]
    run = subprocess.run(command, cwd=workshop, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    made = json.loads(result.read_text(encoding="utf-8"))
    asked = {step["name"]: step["wanted"] for step in told["steps"] if step["do"] == "look"}
    assert made["seen"] == asked and made["sent"]
    assert {file.stat().st_size > 10_000 for file in pictures.glob("*.png")} == {True}

    table.loc[place, list(answers)] = list(answers.values())
    table.to_csv(export, index=False, lineterminator="\n")
    from_csv = ingested(project, tmp_path / "csv.csv")
    submissions(export.with_suffix(""), made["sent"], table, own)
    projects.change(project / "study.yaml", lambda study: study["sources"][0].update(path="exports/t0"))
    from_xml = ingested(project, tmp_path / "xml.csv")

    kept = [name for name in from_csv if name not in ("respondent", "psu", "date", "minutes")]
    by = ["wave", "dossier", *kept]
    pd.testing.assert_frame_equal(
        from_xml[kept].sort_values(by, ignore_index=True), from_csv[kept].sort_values(by, ignore_index=True)
    )
    mine = from_xml[(from_xml["wave"] == "t0") & (from_xml["dossier"] == answers["dossier"])].iloc[0]
    codes = {name: code for name, code in answers.items() if name in from_xml and name != "dossier"}
    assert {name: mine[name] and f"{float(mine[name]):g}" for name in codes} == codes
    assert mine["version"] == questionnaire.version and float(mine["minutes"]) >= 0
