"""Paper out, scans in: what people marked comes back as the answers of the study."""

from __future__ import annotations

from pathlib import Path

import cv2
import pandas as pd
import pypdfium2
import pytest

from surveylib import documents
from surveylib.fieldwork import ingest, read_table
from surveylib.fieldwork.registers import register_rows
from surveylib.fieldwork.scan.layouts import read_layout
from surveylib.instrument import load_questionnaire
from surveylib.model.sample import Frame
from surveylib.model.study import Source, Study
from surveylib.model.table import Table
from surveylib.rng import stream
from surveylib.sampling import draw
from tests.fieldwork.scan.forms_filled_in import fill_in, rendered, scan

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "questionnaires" / "c_clients.yaml"
STUDY = ROOT / "data" / "binh_duong"


@pytest.fixture
def printed(cli, tmp_path: Path) -> Path:
    """A folder with three sheets printed, their map and register."""
    asked = ("--study", STUDY, "--unit", "phu_cuong", "--wave", "t0", "--count", "3")
    files = ("--register", tmp_path / "key.csv", "--output", tmp_path / "c.pdf")
    said = cli("paper", CLIENTS, *asked, *files)
    assert said.code == 0, said.err
    return tmp_path


def filled(folder: Path, *, awkward: float) -> dict[str, dict[str, tuple[int, ...] | None]]:
    """Scans of the sheets filled in, in folder/scans; what was meant, by serial and item."""
    layout = read_layout(folder / "c.layout.json")
    serials = pd.read_csv(folder / "key.csv")["serial"]
    (folder / "scans").mkdir()
    meant: dict[str, dict] = {serial: {} for serial in serials}
    for at, grey in enumerate(rendered(folder / "c.pdf")):
        rng = stream(7, "round trip", at)
        marked, truth = fill_in(grey, layout, at % 2 + 1, rng, awkward=awkward)
        meant[serials[at // 2]] |= {name: one.codes for name, one in truth.items()}
        (folder / "scans" / f"{at}.jpg").write_bytes(scan(marked, rng)[0])
    return meant


def test_from_paper_to_answers(cli, printed: Path) -> None:
    meant = filled(printed, awkward=0)
    said = cli(
        "scan", printed / "scans", "--layout", printed / "c.layout.json", "--output", printed / "a.csv"
    )
    assert said.code == 0, said.err
    source = Source(wave="t0", path="a.csv", format="csv", respondent="serial")
    study = documents.read(STUDY / "study.yaml", Study)
    questionnaire = load_questionnaire(CLIENTS)
    responses, findings = ingest(
        read_table(printed / "a.csv"), source=source, questionnaire=questionnaire, study=study
    )
    assert not [finding for finding in findings if finding.severity == "error"]
    rows = responses.rows.set_index("respondent")
    assert set(rows["unit"]) == {"phu_cuong"} and set(rows.index) == set(meant)
    for serial, items in meant.items():
        for name, codes in items.items():
            value = rows.loc[serial, name]
            assert (pd.isna(value) and codes == ()) or (value,) == codes, (serial, name)


def test_doubts_go_to_a_person_and_come_back(cli, printed: Path) -> None:
    meant = filled(printed, awkward=0.5)
    asked = ("scan", printed / "scans", "--layout", printed / "c.layout.json", "--output", printed / "a.csv")
    assert cli(*asked).code == 0
    review = printed / "a.review"
    page = (review / "index.html").read_text(encoding="utf-8")
    doubts = pd.read_csv(review / "decisions.csv", dtype=str, keep_default_na=False)
    assert len(doubts) > 10
    for picture in doubts["picture"]:
        assert picture in page and cv2.imread(str(review / picture)).shape[0] > 20
    doubts["answer"] = [
        " ".join(map(str, meant[row.serial].get(row.item) or ())) or "-" for row in doubts.itertuples()
    ]
    doubts["by"], doubts["on"] = "Nguyễn Thị Lan", "2014-11-30"
    doubts.to_csv(printed / "decided.csv", index=False)
    said = cli(*asked, "--decisions", printed / "decided.csv", "--lang", "en")
    assert said.code == 0 and "0 warning(s)" in said.out
    answers = pd.read_csv(printed / "a.csv", dtype=str, keep_default_na=False).set_index("serial")
    for serial, items in meant.items():
        for name, codes in items.items():
            assert answers.loc[serial, name] == " ".join(map(str, codes or ()))
    log = pd.read_csv(printed / "a.corrections.csv", dtype=str, keep_default_na=False)
    assert (
        len(log) == len(doubts) and set(log["by"]) == {"Nguyễn Thị Lan"} and set(log["on"]) == {"2014-11-30"}
    )
    assert (log["new"] == [answers.loc[one.respondent, one.column] for one in log.itertuples()]).all()


def test_decisions_that_cannot_be_are_refused_all_at_once(cli, printed: Path) -> None:
    filled(printed, awkward=0.5)
    asked = ("scan", printed / "scans", "--layout", printed / "c.layout.json", "--output", printed / "a.csv")
    assert cli(*asked).code == 0
    before = (printed / "a.csv").read_bytes()
    doubts = pd.read_csv(printed / "a.review" / "decisions.csv", dtype=str, keep_default_na=False)
    doubts.loc[:1, "answer"], doubts["by"], doubts["on"] = "77", "Lan", "2014-11-30"
    doubts.to_csv(printed / "decided.csv", index=False)
    said = cli(*asked, "--decisions", printed / "decided.csv")
    assert said.code == 2 and said.err.count("'77'") == 2
    doubts["by"] = ""
    doubts.to_csv(printed / "decided.csv", index=False)
    said = cli(*asked, "--decisions", printed / "decided.csv")
    assert said.code == 2 and said.err.count("nobody named") == 2
    assert (printed / "a.csv").read_bytes() == before


def test_the_link_register_joins_sheets_to_the_sample(cli, printed: Path) -> None:
    """Scans, joined by number to dossiers, get stratum and probability as any other export does."""
    filled(printed, awkward=0)
    rows = [
        {
            "dossier": f"h{at}",
            "unit": unit,
            "procedure": 1 + at % 2,
            "client_kind": 1,
            "sex": 1,
            "age_band": 2,
        }
        for unit in ("phu_cuong", "binh_my")
        for at in range(40)
    ]
    study = documents.read(STUDY / "study.yaml", Study)
    source = Source(wave="t0", path="a.csv", format="csv", respondent="serial", dossier="dossier")
    frame = Frame(rows=register_rows(_table(printed, rows), source=source, study=study))
    sample = draw(frame, plan=study.sampling, seed=study.seed)
    drawn = sample.rows[(sample.rows["unit"] == "phu_cuong") & ~sample.rows["reserve"]]
    key = pd.read_csv(printed / "key.csv", dtype=str).assign(dossier=list(drawn["dossier"][:3]))
    key.to_csv(printed / "filled.csv", index=False)
    asked = ("scan", printed / "scans", "--layout", printed / "c.layout.json", "--output", printed / "a.csv")
    said = cli(*asked, "--register", printed / "filled.csv")
    assert said.code == 0, said.err
    responses, _ = ingest(
        read_table(printed / "a.csv"),
        source=source,
        questionnaire=load_questionnaire(CLIENTS),
        study=study,
        sample=sample,
    )
    linked = responses.rows.set_index("respondent")
    known = drawn.set_index("dossier")
    assert len(linked) == 3
    for serial, dossier in zip(key["serial"], key["dossier"], strict=True):
        assert linked.loc[serial, "dossier"] == dossier
        assert linked.loc[serial, "probability"] == known.loc[dossier, "probability"]
        assert linked.loc[serial, "stratum"] == known.loc[dossier, "stratum"]
    assert (responses.dispositions["outcome"] == "complete").sum() == 3


def _table(folder: Path, rows: list[dict]) -> Table:
    pd.DataFrame(rows).to_csv(folder / "dossiers.csv", index=False)
    return read_table(folder / "dossiers.csv")


def test_work_of_people_is_not_written_over(cli, printed: Path) -> None:
    filled(printed, awkward=0.5)
    asked = ("scan", printed / "scans", "--layout", printed / "c.layout.json", "--output", printed / "a.csv")
    assert cli(*asked).code == 0
    file = printed / "a.review" / "decisions.csv"
    doubts = pd.read_csv(file, dtype=str, keep_default_na=False)
    doubts.loc[0, ["answer", "by", "on"]] = "-", "Lan", "2014-11-30"
    doubts.to_csv(file, index=False)
    said = cli(*asked)
    assert said.code == 2 and "--decisions" in said.err
    assert pd.read_csv(file, dtype=str)["answer"][0] == "-"


def test_a_missing_page_ends_with_one(cli, printed: Path) -> None:
    filled(printed, awkward=0)
    (printed / "scans" / "1.jpg").unlink()
    (printed / "scans" / "2.jpg").write_bytes(b"no picture")
    said = cli(
        "scan", printed / "scans", "--layout", printed / "c.layout.json", "--output", printed / "a.csv"
    )
    assert said.code == 1 and "S05" in said.out and "S01" in said.out


def test_a_register_is_never_written_over(cli, printed: Path) -> None:
    asked = ("--study", STUDY, "--unit", "phu_cuong", "--wave", "t0", "--count", "1")
    said = cli("paper", CLIENTS, *asked, "--register", printed / "key.csv", "--output", printed / "d.pdf")
    assert said.code == 2 and "register exists" in said.err and not (printed / "d.pdf").exists()


def test_export_writes_the_form_and_its_map(cli, tmp_path: Path) -> None:
    said = cli("export", CLIENTS, "--to", "paper", "--output", tmp_path / "c.pdf")
    assert said.code == 0
    assert len(pypdfium2.PdfDocument(tmp_path / "c.pdf")) == 2
    assert read_layout(tmp_path / "c.layout.json").pages == 2
