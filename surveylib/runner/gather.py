"""What a run is made from: the sources of the study, invented by a rehearsal or come in from the field, as
nouns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation import read_cost_lines
from surveylib.fieldwork import combine, ingest, quality, read_registers, read_table
from surveylib.fieldwork.messages import finding
from surveylib.fieldwork.rehearsal import (
    invent_answers,
    invent_papi,
    invent_province,
    invent_records,
    invent_registers,
    truth_table,
    write_rehearsal,
)
from surveylib.instrument.criteria import criterion_points
from surveylib.model.cost import Costs
from surveylib.model.finding import Finding
from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.responses import Responses
from surveylib.model.sample import Frame, Sample
from surveylib.model.study import Source
from surveylib.runner.context import record_form
from surveylib.runner.place import StudyFiles, is_rehearsal
from surveylib.sampling import draw


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fieldwork:
    """What came in from the field; `simulated` when a file bears the mark of a rehearsal, whoever copied it
    where."""

    frame: Frame | None
    sample: Sample | None
    responses: Responses
    findings: tuple[Finding, ...]
    simulated: bool = False


def rehearse(files: StudyFiles, *, folder: Path) -> None:
    """Invent registers and exports from the declared truth, and write them with the truth into `folder`."""
    truth, study, questionnaire = files.rehearsal, files.study, files.instrument
    if truth is None or study.sampling is None:
        raise SurveyError(
            "study has nothing to rehearse with",
            where=str(files.folder),
            expected="rehearsal: and sampling: in study.yaml",
            hint="run without --rehearsal for real data",
        )
    frame = invent_registers(study, truth=truth, seed=study.seed)
    sample = draw(frame, plan=study.sampling, seed=study.seed)
    answers = invent_answers(sample, study=study, questionnaire=questionnaire, truth=truth, seed=study.seed)
    table = truth_table(
        frame,
        study=study,
        questionnaire=questionnaire,
        truth=truth,
        seed=study.seed,
        criteria=criterion_points(questionnaire),
    )
    write_rehearsal(
        folder,
        frame=frame,
        answers=answers,
        table=table,
        study=study,
        truth=truth,
        seed=study.seed,
        others=_beside(files),
    )


def _beside(files: StudyFiles) -> dict[str, pd.DataFrame]:
    """What else is made up where it is declared: extracts of records, and PAPI where it is delimited text."""
    truth, study = files.rehearsal, files.study
    made = {}
    for source in study.other_sources if truth.records else ():
        asked = record_form(files, source)
        made[source.path] = invent_records(
            study, questionnaire=asked, wave=source.wave, truth=truth, seed=study.seed
        )
    if truth.papi is not None and study.context is not None and Path(study.context.papi).suffix == ".csv":
        made[study.context.papi] = invent_papi(study, truth=truth, seed=study.seed)
    if truth.province and study.province_units is not None:
        made[study.province_units] = invent_province(study, truth=truth, seed=study.seed)
    return made


def source_folder(files: StudyFiles, *, rehearsal: Path | None) -> Path:
    """Where the study's sources start from: the rehearsal's folder, else ``raw/``, else the study's own
    folder."""
    raw = files.folder / "raw"
    return rehearsal if rehearsal is not None else raw if raw.is_dir() else files.folder


def run_inputs(files: StudyFiles, *, run: str, rehearsal: Path | None = None) -> tuple[Path, ...]:
    """Every file a run is made from: the study's own, registers and exports.

    Those of a rehearsal are made from the study's own and count only where the folder `rehearsal` they lie in
    is given.
    """
    if is_rehearsal(run) and rehearsal is None:
        return files.files
    place = source_folder(files, rehearsal=rehearsal if is_rehearsal(run) else None)
    study = files.study
    sources = (*study.sources, *study.other_sources)
    named = [place / name for s in sources for name in (s.path, s.register) if name]
    named += [
        place / name
        for name in (study.costs, study.province_units, study.context and study.context.papi)
        if name
    ]
    there = (path for path in named if path.exists())
    # A folder of submissions counts by the files in it.
    return (
        *files.files,
        *(file for path in there for file in (sorted(path.rglob("*.xml")) if path.is_dir() else [path])),
    )


def gather(files: StudyFiles, *, folder: Path) -> Fieldwork:
    """Read registers and exports of every wave that has come in, draw (or redraw: the seed is the study's)
    the sample, ingest, check."""
    sources, findings = _arrived(files, folder)
    study = replace(files.study, sources=sources)
    frame = read_frame(replace(files, study=study), folder=folder)
    sample = (
        None if frame is None or study.sampling is None else draw(frame, plan=study.sampling, seed=study.seed)
    )
    parts, simulated = [], False
    for source in sources:
        table = read_table(folder / source.path)
        simulated = simulated or MARK_COLUMN in table.rows.columns
        got, found = ingest(
            table, source=source, questionnaire=files.questionnaire(source.wave), study=study, sample=sample
        )
        parts.append(got)
        findings += found
    responses = combine(parts)
    findings += quality(responses, questionnaire=files.instrument, study=study)
    return Fieldwork(
        frame=frame, sample=sample, responses=responses, findings=tuple(findings), simulated=simulated
    )


def _arrived(files: StudyFiles, folder: Path) -> tuple[tuple[Source, ...], list[Finding]]:
    """The sources whose files are there, and a finding for each that is not: waves come in one after the
    other."""
    place = str(files.folder / "study.yaml")
    if not files.study.sources:
        raise SurveyError("study names no sources", where=place, hint="add `sources:`")
    arrived, findings = [], []
    for source in files.study.sources:
        absent = [name for name in (source.path, source.register) if name and not (folder / name).exists()]
        if absent:
            fields = {"wave": source.wave, "path": absent[0]}
            findings.append(finding("D16", where=f"wave {source.wave}", fields=fields))
        else:
            arrived.append(source)
    if not arrived:
        raise SurveyError(
            "no wave has its files yet",
            where=str(folder),
            expected=", ".join(source.path for source in files.study.sources),
            hint="put exports and registers into raw/ of the study, or rehearse: surveylib run STUDY "
            "--rehearsal",
        )
    return tuple(arrived), findings


def read_frame(files: StudyFiles, *, folder: Path, wave: str | None = None) -> Frame | None:
    """The registers the sources name (of one wave, where asked) as a Frame; None where they name none."""
    if wave is not None:
        files.study.wave(wave)
    named = tuple(s.wave for s in files.study.sources if s.register and wave in (None, s.wave))
    return read_registers(folder, study=files.study, waves=named) if named else None


def read_costs(files: StudyFiles, *, folder: Path) -> tuple[Costs | None, bool]:
    """The finance department's form beside the sources, and whether it bears the mark of a rehearsal; None
    where there is none yet."""
    name = files.study.costs
    if name is None or not (folder / name).exists():
        return None, False
    table = read_table(folder / name).rows
    return read_cost_lines(table, study=files.study), MARK_COLUMN in table.columns
