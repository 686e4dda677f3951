"""The stages of a run, one after the other: each takes nouns and gives nouns; nothing here is written or
shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation import decide, evaluate
from surveylib.fieldwork import combine, ingest, quality, read_registers, read_table
from surveylib.fieldwork.messages import finding
from surveylib.fieldwork.rehearsal import invent_answers, invent_registers, truth_table, write_rehearsal
from surveylib.instrument import lint
from surveylib.model.evidence import Decision, Evidence
from surveylib.model.finding import Finding
from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.responses import Responses
from surveylib.model.sample import Frame, Sample
from surveylib.model.study import Source
from surveylib.model.weights import Weights
from surveylib.runner.cells import cell_estimates, evaluation_cells, scored, top_shares, wave_estimates
from surveylib.runner.place import StudyFiles, is_rehearsal
from surveylib.sampling import draw
from surveylib.weighting import (
    Standardised,
    equal_weights,
    ess_by,
    margin_table,
    pooled_reference,
    standardise,
    weigh,
    with_register,
)

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fieldwork:
    """What came in from the field; `simulated` when a file bears the mark of a rehearsal, whoever copied it
    where."""

    frame: Frame | None
    sample: Sample | None
    responses: Responses
    findings: tuple[Finding, ...]
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stages:
    """Everything a run computes before pages are made."""

    files: StudyFiles
    lint: tuple[Finding, ...]
    fieldwork: Fieldwork
    scores: pd.DataFrame
    weights: Weights
    weight_findings: tuple[Finding, ...]
    cells: pd.DataFrame
    standardised: Standardised | None
    standard_cells: pd.DataFrame
    margins: pd.DataFrame
    ess: pd.DataFrame
    waves: pd.DataFrame
    wave_changes: pd.DataFrame
    evidence: Evidence | None = None
    decision: Decision | None = None


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
    table = truth_table(frame, study=study, questionnaire=questionnaire, truth=truth, seed=study.seed)
    write_rehearsal(
        folder, frame=frame, answers=answers, table=table, study=study, truth=truth, seed=study.seed
    )


def source_folder(files: StudyFiles, *, rehearsal: Path | None) -> Path:
    """Where the study's sources start from: the rehearsal's folder, else ``raw/``, else the study's own
    folder."""
    raw = files.folder / "raw"
    return rehearsal if rehearsal is not None else raw if raw.is_dir() else files.folder


def run_inputs(files: StudyFiles, *, run: str) -> tuple[Path, ...]:
    """Every file a run is made from: the study's own and, unless they are invented, registers and exports."""
    if is_rehearsal(run):
        return files.files
    place = source_folder(files, rehearsal=None)
    named = [place / name for s in files.study.sources for name in (s.path, s.register) if name]
    return (*files.files, *(path for path in named if path.exists()))


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


def compute(files: StudyFiles, *, folder: Path, step: Step = lambda name: None) -> Stages:
    """All stages from the sources in `folder` to the decision; `step` is told the name of each as it begins.

    Raises
    ------
    SurveyError
        Whatever a stage refuses, in its own words.
    """
    study, plan = files.study, files.plan
    step("lint")
    found = tuple(hit for name, q in files.questionnaires for hit in lint(q, source=files.folder / name))
    step("fieldwork")
    work = gather(files, folder=folder)
    rows = work.responses.rows
    step("weights")
    weights, weight_findings = _weigh(files, work)
    step("estimates")
    scores = scored(rows, files.instrument, study)
    cells = cell_estimates(
        rows,
        scores,
        weights=weights,
        design=study.design,
        finite=study.design.fpc,
        confidence=plan.analysis.level,
    )
    standard, standard_cells = _standardise(files, work, weights, scores, cells)
    waves, changes = pd.DataFrame(), pd.DataFrame()
    piloted = any(unit.exposure.kind == "pilot" for unit in study.units)
    if not piloted:
        names = tuple(wave.id for wave in study.waves)
        waves, changes = wave_estimates(
            rows, scores, weights=weights, design=study.design, waves=names, confidence=plan.analysis.level
        )
    step("evaluation")
    evidence = decision = None
    if piloted and _both_sides(files, work):
        tops = top_shares(rows, files.instrument, weights=(standard.weights if standard else weights).values)
        evidence = evaluate(
            evaluation_cells(standard_cells, study, tops=tops), plan=plan, study=study, seed=study.seed
        )
        decision = decide(evidence, plan=plan)
    return Stages(
        files=files,
        lint=found,
        fieldwork=work,
        scores=scores,
        weights=weights,
        weight_findings=weight_findings,
        cells=cells,
        standardised=standard,
        standard_cells=standard_cells,
        margins=_margins(files, work, weights),
        ess=ess_by(rows, weights.values, by=("unit", "wave")),
        waves=waves,
        wave_changes=changes,
        evidence=evidence,
        decision=decision,
    )


def _both_sides(files: StudyFiles, work: Fieldwork) -> bool:
    """Whether a wave before and one after have come in: every wave the plan names, else one of each role."""
    present = set(work.responses.rows["wave"])
    named = files.plan.waves
    for side, role in ((named.pre, "pre"), (named.post, "post")):
        wanted = set(side) or {wave.id for wave in files.study.waves if wave.role == role}
        if not (wanted <= present if side else wanted & present):
            return False
    return True


def _weigh(files: StudyFiles, work: Fieldwork) -> tuple[Weights, tuple[Finding, ...]]:
    if files.study.weighting is None:
        return Weights(steps=(equal_weights(work.responses.rows),)), ()
    return weigh(work.responses, plan=files.study.weighting, frame=work.frame, sample=work.sample)


def _standardise(files: StudyFiles, work: Fieldwork, weights: Weights, scores, cells):
    """Cells at one fixed mix of visitors; where there is no register there is nothing to standardise to.

    The mix is that of the register pooled over all units *of a type* and all waves: a treasury's visitors are
    accountants and a ward's are residents, and weighting one to the mix of both would leave next to nothing
    of its answers.
    """
    mix, rows = files.plan.mix, work.responses.rows
    if mix.standardise_to == "none" or work.frame is None:
        return None, cells
    types = {unit.id: unit.type for unit in files.study.units}
    typed = Frame(rows=work.frame.rows.assign(type=work.frame.rows["unit"].map(types)))
    reference = pooled_reference(typed, cells=mix.cells, by=("type",))
    placed = with_register(rows, frame=work.frame, columns=mix.cells).assign(type=rows["unit"].map(types))
    made = standardise(weights, placed, reference=reference, cells=mix.cells, fixed=("type", "unit"))
    design, level = files.study.design, files.plan.analysis.level
    return made, cell_estimates(
        rows, scores, weights=made.weights, design=design, finite=False, confidence=level
    )


def _margins(files: StudyFiles, work: Fieldwork, weights: Weights) -> pd.DataFrame:
    plan = files.study.weighting
    if plan is None or not plan.margins or work.frame is None:
        return pd.DataFrame()
    return margin_table(weights, work.responses.rows, frame=work.frame, margins=plan.margins)
