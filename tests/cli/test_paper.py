"""Paper out, scans in: what people marked comes back as the answers of the study."""

from __future__ import annotations

from pathlib import Path

import cv2
import pandas as pd
import pypdfium2
import pytest

from surveylib import documents
from surveylib.fieldwork import ingest, read_table
from surveylib.fieldwork.scan.layouts import read_layout
from surveylib.instrument import load_questionnaire
from surveylib.model.study import Source, Study
from surveylib.rng import stream
from tests.fieldwork.scan.forms_filled_in import DOTS, fill_in, scan

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
    for at, page in enumerate(pypdfium2.PdfDocument(folder / "c.pdf")):
        rng = stream(7, "round trip", at)
        grey = page.render(scale=DOTS * 25.4 / 72, grayscale=True).to_numpy().squeeze().copy()
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
    doubts.to_csv(printed / "decided.csv", index=False)
    said = cli(*asked, "--decisions", printed / "decided.csv", "--lang", "en")
    assert said.code == 0 and "0 warning(s)" in said.out
    answers = pd.read_csv(printed / "a.csv", dtype=str, keep_default_na=False).set_index("serial")
    for serial, items in meant.items():
        for name, codes in items.items():
            assert answers.loc[serial, name] == " ".join(map(str, codes or ()))


def test_work_of_people_is_not_written_over(cli, printed: Path) -> None:
    filled(printed, awkward=0.5)
    asked = ("scan", printed / "scans", "--layout", printed / "c.layout.json", "--output", printed / "a.csv")
    assert cli(*asked).code == 0
    file = printed / "a.review" / "decisions.csv"
    doubts = pd.read_csv(file, dtype=str, keep_default_na=False)
    doubts.loc[0, "answer"] = "-"
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
