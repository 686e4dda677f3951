"""Two worlds: a form of a few questions written out here, and the study that ships, rehearsed once."""

from __future__ import annotations

import datetime
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from surveylib.documents import read
from surveylib.fieldwork import (
    combine,
    ingest,
    invent_answers,
    invent_registers,
    read_table,
    truth_table,
    write_rehearsal,
)
from surveylib.instrument import load_questionnaire
from surveylib.model.questionnaire import Choice, Index, Item, Outcome, Questionnaire, Scale
from surveylib.model.rehearsal import Rehearsal
from surveylib.model.study import DesignPlan, Exposure, SamplingPlan, Source, Study, Unit, Wave
from surveylib.model.table import Table
from surveylib.model.text import Text
from surveylib.sampling import draw

ROOT = Path(__file__).resolve().parents[2]


def text(words: str) -> Text:
    return Text(vi=words, en=words)


def choices(**words: str) -> tuple[Choice, ...]:
    return tuple(Choice(code=int(code[1:]), text=Text(vi=vi, en=code)) for code, vi in words.items())


RATINGS = tuple(f"q{number}" for number in range(1, 10))


@pytest.fixture(scope="session")
def form() -> Questionnaire:
    """Nine ratings, two filters with what hangs on them, a number, a comment, a collector's mark."""
    off = choices(c8="Không áp dụng", c9="Không biết")
    scales = (
        Scale(
            id="L5",
            kind="ordinal",
            choices=choices(c1="Kém", c2="Yếu", c3="Vừa", c4="Tốt", c5="Rất tốt"),
            off_scale=off,
        ),
        Scale(
            id="YN",
            kind="binary",
            choices=choices(c1="Có", c0="Không"),
            off_scale=choices(c9="Không biết"),
            positive=(1,),
        ),
        Scale(
            id="OT",
            kind="choice",
            choices=choices(c1="Trước", c2="Đúng", c3="Trễ", c4="Chưa có", c5="Không có giấy hẹn"),
        ),
        Scale(id="MIN", kind="number", minimum=0, maximum=480),
        Scale(
            id="SEX", kind="choice", choices=choices(c1="Nam", c2="Nữ"), off_scale=choices(c9="Không trả lời")
        ),
        Scale(id="OPEN", kind="text"),
    )
    items = (
        *(Item(id=name, text=text(name), scale="L5") for name in RATINGS),
        Item(id="a2_slip", text=text("slip"), scale="YN"),
        Item(id="a2_ontime", text=text("ontime"), scale="OT"),
        Item(id="d2_apology", text=text("apology"), scale="YN", ask_if="a2_ontime == 3"),
        Item(id="wait", text=text("wait"), scale="MIN"),
        Item(id="sex", text=text("sex"), scale="SEX", role="covariate"),
        Item(id="comment", text=text("comment"), scale="OPEN", role="open", personal=True, required=False),
        Item(id="near", text=text("staff near"), scale="YN", role="process"),
    )
    return Questionnaire(
        id="small",
        instrument="C",
        version="1.0.0",
        title=text("small"),
        notice=text("test"),
        scales=scales,
        items=items,
        indices=(Index(id="score", text=text("score"), items=RATINGS),),
        outcomes=(Outcome(id="minutes_waited", text=text("wait"), item="wait", measure="value"),),
    )


def unit(name: str, *, pilot: bool) -> Unit:
    exposure = Exposure(kind="pilot", start=datetime.date(2014, 11, 1)) if pilot else Exposure(kind="none")
    return Unit(id=name, name=Text(vi=f"Phường {name.upper()} Thượng", en=name), type="LG", exposure=exposure)


@pytest.fixture(scope="session")
def office() -> Study:
    """Two pilot and two comparison units, one wave."""
    wave = Wave(
        id="t0",
        name=text("t0"),
        role="pre",
        start=datetime.date(2014, 10, 1),
        end=datetime.date(2014, 10, 31),
        instrument="small.yaml",
        instrument_version="1.0.0",
        mode="paper",
    )
    return Study(
        id="office",
        title=text("office"),
        seed=1,
        units=(
            unit("p1", pilot=True),
            unit("p2", pilot=True),
            unit("c1", pilot=False),
            unit("c2", pilot=False),
        ),
        waves=(wave,),
        design=DesignPlan(),
        sampling=SamplingPlan(per_cell=10, strata=("sex",)),
        sources=(Source(wave="t0", path="t0.csv"),),
    )


GOOD = {
    **dict(zip(RATINGS, "435443545", strict=True)),
    "a2_slip": "1",
    "a2_ontime": "2",
    "d2_apology": "",
    "wait": "17",
    "sex": "1",
    "comment": "",
    "near": "0",
}


@pytest.fixture
def table_of():
    """A table of forms: each given as what differs from an ordinary one."""

    def make(
        *forms: dict[str, str], drop: tuple[str, ...] = (), rename: dict[str, str] | None = None
    ) -> Table:
        rows = []
        for number, form in enumerate(forms):
            ordinary = {"KEY": f"k{number:03d}", "unit": "p1", "date": "2014-10-07", "FormVersion": "1.0.0"}
            rows.append({**ordinary, **GOOD, **form})
        frame = pd.DataFrame(rows).fillna("").drop(columns=list(drop)).rename(columns=rename or {})
        return Table(rows=frame.astype(object), path=Path("t0.csv"), encoding="utf-8", delimiter=",")

    return make


@pytest.fixture(scope="session")
def shipped() -> SimpleNamespace:
    """The study that ships: declared, not yet rehearsed."""
    return SimpleNamespace(
        study=read(ROOT / "data/binh_duong/study.yaml", Study),
        questionnaire=load_questionnaire(ROOT / "questionnaires/c_clients.yaml"),
        truth=read(ROOT / "data/binh_duong/rehearsal.yaml", Rehearsal),
    )


def rehearse(
    study: Study, questionnaire: Questionnaire, truth: Rehearsal, folder: Path, *, seed: int
) -> SimpleNamespace:
    """Registers, draw, answers, files, and back: what a run does."""
    frame = invent_registers(study, truth=truth, seed=seed)
    sample = draw(frame, plan=study.sampling, seed=seed)
    answers = invent_answers(sample, study=study, questionnaire=questionnaire, truth=truth, seed=seed)
    table = truth_table(frame, study=study, questionnaire=questionnaire, truth=truth, seed=seed)
    paths = write_rehearsal(
        folder, frame=frame, answers=answers, table=table, study=study, truth=truth, seed=seed
    )
    parts, findings = [], []
    for source in study.sources:
        raw = read_table(folder / source.path)
        part, found = ingest(raw, source=source, questionnaire=questionnaire, study=study, sample=sample)
        parts.append(part)
        findings += found
    return SimpleNamespace(
        frame=frame,
        sample=sample,
        answers=answers,
        table=table,
        paths=paths,
        folder=folder,
        responses=combine(parts),
        findings=tuple(findings),
    )


@pytest.fixture(scope="session")
def rehearsed(shipped, tmp_path_factory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("run") / "rehearsal"
    return rehearse(shipped.study, shipped.questionnaire, shipped.truth, folder, seed=shipped.study.seed)


@pytest.fixture(scope="session")
def make_rehearsal():
    """The function itself, for worlds of a test's own."""
    return rehearse
