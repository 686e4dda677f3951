"""The stages of a run, one after the other: each takes nouns and gives nouns; nothing here is written or
shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from surveylib.evaluation import assess_value, decide
from surveylib.instrument import check_set, lint
from surveylib.model.cost import Value
from surveylib.model.evidence import Decision, Evidence
from surveylib.model.finding import Finding
from surveylib.model.invariance import Invariance
from surveylib.model.weights import Weights
from surveylib.runner.alternatives import alternatives
from surveylib.runner.blanks import blank_changes
from surveylib.runner.cells import cell_estimates, scored, shares_of, wave_estimates
from surveylib.runner.comparable import WaveForm, comparable_files, comparable_rows, wave_forms
from surveylib.runner.context import Beside, beside_units
from surveylib.runner.evidence import evidence_of
from surveylib.runner.gather import Fieldwork, gather, read_costs
from surveylib.runner.interim import reviewed
from surveylib.runner.meaning import meaning_tests
from surveylib.runner.mixing import mix_split
from surveylib.runner.place import StudyFiles
from surveylib.runner.planned import planned_instrument
from surveylib.runner.province import Likeness, likeness
from surveylib.runner.registration import as_registered, first_interview
from surveylib.runner.weigh import known_population, margins_met, standardised, study_weights
from surveylib.weighting import (
    Standardised,
    ess_by,
)

Step = Callable[[str], None]


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
    beside: Beside = field(default_factory=Beside)
    likeness: Likeness = field(default_factory=Likeness)
    split: pd.DataFrame = field(default_factory=pd.DataFrame)
    blanks: pd.DataFrame = field(default_factory=pd.DataFrame)


def compute(files: StudyFiles, *, folder: Path, rehearsal: bool, step: Step = lambda name: None) -> Stages:
    """All stages from the sources in `folder` to the decision; `step` is told the name of each as it begins.

    The plan is registered by its lock file as of the first answer after the pilot; a `rehearsal` plays the
    registration the plan declares.

    Raises
    ------
    SurveyError
        Whatever a stage refuses, in its own words.
    """
    step("lint")
    forms = wave_forms(files)
    found = (*_linted(files), *(hit for form in forms for hit in form.findings))
    step("fieldwork")
    work = gather(files, folder=folder)
    whole = files = as_registered(files, rehearsal=rehearsal, day=first_interview(files, work.responses.rows))
    costs, made_up = read_costs(files, folder=folder)
    beside, around = beside_units(files, folder=folder), likeness(files, folder=folder)
    work = replace(work, simulated=work.simulated or made_up or beside.simulated or around.simulated)
    known = known_population(files, work)
    # From here on only what the forms of all waves share is scored; what is kept is the study as declared.
    rows = comparable_rows(work.responses.rows, files, forms) if forms else work.responses.rows
    files = comparable_files(files, forms) if forms else files
    study = files.study
    step("weights")
    weights, weight_findings = study_weights(files, work, known)
    step("estimates")
    scores = scored(rows, planned_instrument(files), study)
    cells = _described(files, rows, scores, weights)
    standard, standard_cells = standardised(files, work, weights, scores, cells)
    piloted = any(unit.exposure.kind == "pilot" for unit in study.units)
    waves, changes = _by_wave(files, rows, scores, weights, piloted=piloted)
    step("evaluation")
    judged = {}
    if piloted and _both_sides(files, work):
        judged = _judge(
            files,
            work,
            rows,
            scores=scores,
            weights=weights,
            standard=standard,
            cells=standard_cells,
            similar=around.similar,
            costs=costs,
        )
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
        margins=margins_met(work, weights, known),
        ess=ess_by(rows, weights.values, by=("unit", "wave")),
        waves=waves,
        wave_changes=changes,
        forms=forms,
        interim=reviewed(files, standard_cells),
        beside=beside,
        likeness=around,
        split=mix_split(files, rows, scores=scores, weights=weights, frame=work.frame),
        blanks=blank_changes(files, rows) if piloted else pd.DataFrame(),
        **judged,
    )


def _judge(
    files: StudyFiles,
    work: Fieldwork,
    rows: pd.DataFrame,
    *,
    scores,
    weights: Weights,
    standard,
    cells,
    similar,
    costs,
) -> dict:
    """The evidence, what was decided by it and what it is worth; and the tests whether items kept their
    meaning that it was told of."""
    meaning = meaning_tests(files, rows)
    evidence = evidence_of(
        files,
        rows,
        cells=cells,
        scores=scores,
        weights=(standard.weights if standard else weights).values,
        frame=work.frame,
        meaning=meaning,
        similar=similar,
        otherwise=alternatives(
            files,
            rows,
            scores=scores,
            weights=weights,
            standard=standard,
            frame=work.frame,
        ),
    )
    return {
        "evidence": evidence,
        "meaning": meaning,
        "decision": decide(evidence, plan=files.plan),
        "value": assess_value(evidence, costs=costs, plan=files.plan),
    }


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


def _both_sides(files: StudyFiles, work: Fieldwork) -> bool:
    """Whether a wave before and one after have come in: every wave the plan names, else one of each role."""
    present = set(work.responses.rows["wave"])
    named = files.plan.waves
    for side, role in ((named.pre, "pre"), (named.post, "post")):
        wanted = set(side) or {wave.id for wave in files.study.waves if wave.role == role}
        if not (wanted <= present if side else wanted & present):
            return False
    return True
