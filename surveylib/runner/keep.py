"""The stages of a run as files: plain CSV and JSON that another program, or a person, can read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from surveylib import __version__
from surveylib.evaluation import decision_to_json, evidence_to_json, value_to_json
from surveylib.model.finding import Finding
from surveylib.model.rehearsal import MARK
from surveylib.model.text import Text
from surveylib.report.estimates import write_csv
from surveylib.report.publish import write_text
from surveylib.runner.comparable import form_table
from surveylib.runner.gather import run_inputs
from surveylib.runner.meaning import meaning_tables
from surveylib.runner.place import digest, is_rehearsal
from surveylib.runner.stages import Stages
from surveylib.weighting import step_table

RUN_FILE = "run.json"


def keep(stages: Stages, *, folder: Path, run: str) -> None:
    """Write every stage into `folder`, with the mark of a rehearsal in each file; ``run.json``, which says
    what they were made from, comes last.

    What could name a person (``Responses.private``) is not written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files, work = stages.files, stages.fieldwork
    mark = MARK if is_rehearsal(run) or work.simulated else ""
    for name, noun in (("study", files.study), ("plan", files.plan), ("questionnaire", files.instrument)):
        write_json(folder / f"{name}.json", {"mark": mark} | dataclasses.asdict(noun))
    asked = [dataclasses.asdict(questionnaire) for questionnaire in files.instruments]
    write_json(folder / "instruments.json", {"mark": mark, "questionnaires": asked})
    for name, frame in _tables(stages).items():
        write_csv(frame, folder / f"{name}.csv", mark=mark)
    named = {"questionnaire": stages.lint, "fieldwork": work.findings, "weights": stages.weight_findings}
    if stages.standardised is not None:
        named["standardisation"] = stages.standardised.findings
    named["context"] = stages.beside.findings
    named["province"] = stages.likeness.findings
    records = [finding_record(stage, hit) for stage, hits in named.items() for hit in hits]
    write_json(folder / "findings.json", {"mark": mark, "findings": records})
    if stages.evidence is not None:
        write_json(folder / "evidence.json", {"mark": mark} | json.loads(evidence_to_json(stages.evidence)))
        write_json(folder / "decision.json", {"mark": mark} | json.loads(decision_to_json(stages.decision)))
    if stages.value is not None:
        write_json(folder / "value.json", {"mark": mark} | json.loads(value_to_json(stages.value)))
    about = {
        "study": files.study.id,
        "run": run,
        "mark": mark,
        "version": __version__,
        "digest": digest(run_inputs(files, run=run)),
        "seed": files.study.seed,
        "plan_digest": files.plan.digest,
        "respondents": len(work.responses.rows),
    }
    write_json(folder / RUN_FILE, about)


def _tables(stages: Stages) -> dict[str, pd.DataFrame]:
    work = stages.fieldwork
    keys = work.responses.rows[["respondent", "unit", "wave"]]
    steps = {step.name: step.values for step in stages.weights.steps}
    if stages.standardised is not None:
        steps["standardised"] = stages.standardised.weights.values
    made = {
        "responses": work.responses.rows,
        "corrections": work.responses.corrections,
        "dispositions": work.responses.dispositions,
        "scores": pd.concat([keys, stages.scores], axis=1),
        "weights": keys.assign(**steps),
        "weight_steps": step_table(stages.weights),
        "margins": stages.margins,
        "ess": stages.ess,
        "cells": stages.cells,
        "standard_cells": stages.standard_cells,
        "waves": stages.waves,
        "wave_changes": stages.wave_changes,
        "interim": stages.interim,
        **stages.beside.tables,
        **stages.likeness.tables,
        "mix_split": stages.split,
        "blanks": stages.blanks,
    }
    if work.sample is not None:
        made |= {"sample": work.sample.rows, "draw_log": work.sample.log}
    if stages.forms:
        made["wave_forms"] = form_table(stages.forms)
    if stages.meaning:
        made |= meaning_tables(stages.meaning)
    if stages.standardised is not None:
        made["standardisation"] = stages.standardised.table
    return made


def write_json(path: Path, document: object) -> None:
    """Indented JSON with dates as text; NaN is refused, so that every reader can read it."""
    write_text(path, json.dumps(document, ensure_ascii=False, indent=1, default=str, allow_nan=False) + "\n")


def finding_record(stage: str, finding: Finding) -> dict:
    """A finding as plain JSON."""
    return {"stage": stage} | dataclasses.asdict(finding)


def findings_of(records: Iterable[dict], *, stage: str | None = None) -> tuple[Finding, ...]:
    """The findings of `findings.json`, of one stage or all."""
    return tuple(
        Finding(
            code=record["code"],
            severity=record["severity"],
            where=record["where"],
            message=Text(**record["message"]),
            remedy=Text(**record["remedy"]),
        )
        for record in records
        if stage in (None, record["stage"])
    )
