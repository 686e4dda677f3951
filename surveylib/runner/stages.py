"""The stages of a run, one after the other: each takes nouns and gives nouns; nothing here is written or
shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation import assess_value, decide, read_cost_lines
from surveylib.fieldwork import combine, ingest, quality, read_registers, read_table
from surveylib.fieldwork.messages import finding
from surveylib.fieldwork.rehearsal import invent_answers, invent_registers, truth_table, write_rehearsal
from surveylib.instrument import check_set, lint
from surveylib.model.cost import Costs, Value
from surveylib.model.evidence import Decision, Evidence
from surveylib.model.finding import Finding
from surveylib.model.invariance import Invariance
from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.responses import Responses
from surveylib.model.sample import Frame, Sample
from surveylib.model.study import Source
from surveylib.model.weights import Weights
from surveylib.runner.alternatives import alternatives
from surveylib.runner.cells import cell_estimates, scored, shares_of, wave_estimates
from surveylib.runner.comparable import WaveForm, comparable_files, comparable_rows, wave_forms
from surveylib.runner.evidence import evidence_of
from surveylib.runner.interim import reviewed
from surveylib.runner.meaning import meaning_tests
from surveylib.runner.place import StudyFiles, is_rehearsal
from surveylib.runner.planned import met_directly, planned_instrument, within_months
from surveylib.sampling import draw
from surveylib.weighting import (
    Population,
    Standardised,
    equal_weights,
    ess_by,
    margin_table,
    pooled_reference,
    read_population,
    standardise,
    with_register,
)
from surveylib.weighting.weigh_study import placed_rows, population_of, weigh

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
    value: Value | None = None
    meaning: tuple[Invariance, ...] = ()
    forms: tuple[WaveForm, ...] = ()
    interim: pd.DataFrame = field(default_factory=pd.DataFrame)


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


def run_inputs(files: StudyFiles, *, run: str, rehearsal: Path | None = None) -> tuple[Path, ...]:
    """Every file a run is made from: the study's own, registers and exports.

    Those of a rehearsal are made from the study's own and count only where the folder `rehearsal` they lie in
    is given.
    """
    if is_rehearsal(run) and rehearsal is None:
        return files.files
    place = source_folder(files, rehearsal=rehearsal if is_rehearsal(run) else None)
    named = [place / name for s in files.study.sources for name in (s.path, s.register) if name]
    named += [place / files.study.costs] if files.study.costs else []
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


def compute(files: StudyFiles, *, folder: Path, step: Step = lambda name: None) -> Stages:
    """All stages from the sources in `folder` to the decision; `step` is told the name of each as it begins.

    Raises
    ------
    SurveyError
        Whatever a stage refuses, in its own words.
    """
    whole, plan = files, files.plan
    step("lint")
    forms = wave_forms(files)
    found = (*_linted(files), *(hit for form in forms for hit in form.findings))
    step("fieldwork")
    work = gather(files, folder=folder)
    costs, made_up = read_costs(files, folder=folder)
    work = replace(work, simulated=work.simulated or made_up)
    known = _population(files, work)
    # From here on only what the forms of all waves share is scored; what is kept is the study as declared.
    rows = comparable_rows(work.responses.rows, files, forms) if forms else work.responses.rows
    files = comparable_files(files, forms) if forms else files
    study = files.study
    step("weights")
    weights, weight_findings = _weigh(files, work, known)
    step("estimates")
    scores = scored(rows, planned_instrument(files), study)
    cells = _described(files, rows, scores, weights)
    standard, standard_cells = _standardise(files, work, weights, scores, cells)
    piloted = any(unit.exposure.kind == "pilot" for unit in study.units)
    waves, changes = _by_wave(files, rows, scores, weights, piloted=piloted)
    step("evaluation")
    evidence = decision = value = None
    meaning: tuple[Invariance, ...] = ()
    if piloted and _both_sides(files, work):
        evidence, meaning = _judge(
            files, work, rows, scores=scores, weights=weights, standard=standard, cells=standard_cells
        )
        decision = decide(evidence, plan=plan)
        value = assess_value(evidence, costs=costs, plan=plan)
    return Stages(
        files=whole,
        lint=found,
        fieldwork=work,
        scores=scores,
        weights=weights,
        weight_findings=weight_findings,
        cells=cells,
        standardised=standard,
        standard_cells=standard_cells,
        margins=_margins(work, weights, known),
        ess=ess_by(rows, weights.values, by=("unit", "wave")),
        waves=waves,
        wave_changes=changes,
        evidence=evidence,
        decision=decision,
        value=value,
        meaning=meaning,
        forms=forms,
        interim=reviewed(files, standard_cells),
    )


def _judge(
    files: StudyFiles, work: Fieldwork, rows: pd.DataFrame, *, scores, weights: Weights, standard, cells
) -> tuple[Evidence, tuple[Invariance, ...]]:
    """The evidence, and the tests whether items kept their meaning that it was told of."""
    meaning = meaning_tests(files, rows)
    evidence = evidence_of(
        files,
        rows,
        cells=cells,
        scores=scores,
        weights=(standard.weights if standard else weights).values,
        frame=work.frame,
        meaning=meaning,
        otherwise=alternatives(
            files,
            rows,
            scores=scores,
            weights=weights,
            standard=standard,
            frame=work.frame,
        ),
    )
    return evidence, meaning


def _described(files: StudyFiles, rows: pd.DataFrame, scores: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Every outcome in every unit and wave, as a description of that month's visitors."""
    return cell_estimates(
        rows,
        scores,
        weights=weights,
        design=files.study.design,
        finite=files.study.design.fpc,
        confidence=files.plan.analysis.level,
        shares=shares_of(files.instrument),
    )


def _linted(files: StudyFiles) -> tuple[Finding, ...]:
    asked = (*files.questionnaires, *files.others)
    found = tuple(hit for name, q in asked for hit in lint(q, source=files.folder / name))
    return (*found, *(check_set(files.instruments) if files.others else ()))


def _by_wave(
    files: StudyFiles, rows: pd.DataFrame, scores: pd.DataFrame, weights: Weights, *, piloted: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """For a study without pilots: all units together, wave by wave, and what changed."""
    if piloted:
        return pd.DataFrame(), pd.DataFrame()
    return wave_estimates(
        rows,
        scores,
        weights=weights,
        design=files.study.design,
        waves=tuple(wave.id for wave in files.study.waves),
        confidence=files.plan.analysis.level,
        shares=shares_of(files.instrument),
    )


def read_costs(files: StudyFiles, *, folder: Path) -> tuple[Costs | None, bool]:
    """The finance department's form beside the sources, and whether it bears the mark of a rehearsal; None
    where there is none yet."""
    name = files.study.costs
    if name is None or not (folder / name).exists():
        return None, False
    table = read_table(folder / name).rows
    return read_cost_lines(table, study=files.study), MARK_COLUMN in table.columns


def _both_sides(files: StudyFiles, work: Fieldwork) -> bool:
    """Whether a wave before and one after have come in: every wave the plan names, else one of each role."""
    present = set(work.responses.rows["wave"])
    named = files.plan.waves
    for side, role in ((named.pre, "pre"), (named.post, "post")):
        wanted = set(side) or {wave.id for wave in files.study.waves if wave.role == role}
        if not (wanted <= present if side else wanted & present):
            return False
    return True


def _weigh(
    files: StudyFiles, work: Fieldwork, known: Population | None
) -> tuple[Weights, tuple[Finding, ...]]:
    if files.study.weighting is None:
        return Weights(steps=(equal_weights(work.responses.rows),)), ()
    return weigh(
        work.responses,
        plan=files.study.weighting,
        frame=work.frame,
        sample=work.sample,
        population=known,
    )


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
    made = standardise(
        weights,
        placed,
        reference=reference,
        cells=mix.cells,
        fixed=("type", "unit"),
        least_share=mix.min_ess_share,
    )
    design, level = files.study.design, files.plan.analysis.level
    cells = cell_estimates(
        rows,
        within_months(rows, scores, files.plan),
        weights=made.weights,
        design=design,
        finite=False,
        confidence=level,
        shares=shares_of(files.instrument),
    )
    return made, cells if mix.fallback != "none" else met_directly(cells, made)


def _population(files: StudyFiles, work: Fieldwork) -> Population | None:
    """What the plan calibrates to: the counts of its file, else those of the register; None without
    margins."""
    plan = files.study.weighting
    if plan is None or plan.margins_file is None:
        return None if plan is None else population_of(plan, frame=work.frame)
    file = files.folder / plan.margins_file
    cells = read_table(file).rows.map(str.strip)
    return read_population(cells.mask(cells == ""), margins=plan.margins, source=str(file))


def _margins(work: Fieldwork, weights: Weights, known: Population | None) -> pd.DataFrame:
    if known is None:
        return pd.DataFrame()
    return margin_table(weights, placed_rows(work.responses.rows, known, work.frame), population=known)
