"""The lock file beside a plan: read, written, and what it makes of a study's plan."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path

import pandas as pd

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.evaluation.freeze import deviations, first_answer, freeze, registered, study_record
from surveylib.model.frozen import Deviation, Freezing, FrozenPlan, canonical
from surveylib.model.plan import AnalysisPlan
from surveylib.model.study import Study
from surveylib.report.manifest import file_digest
from surveylib.report.publish import write_text
from surveylib.runner.place import StudyFiles, lock_path, open_study, read_frozen

_MOST_NAMED = 4  # the rest stand in the table of the decision's page


def freeze_study(path: Path, *, by: str, words: str, at: datetime.datetime) -> tuple[Path, Freezing]:
    """Freeze the plan of the study at `path`: one entry more in the lock file beside it.

    Raises
    ------
    SurveyError
        If the study names no plan, or there is nothing to freeze (see `evaluation.freeze.freeze`).
    """
    files = open_study(path)
    if files.study.plan is None:
        raise SurveyError("study names no plan", where=str(files.folder), expected="plan: in study.yaml")
    frozen = freeze(files.plan, record=record_of(files), at=at, by=by, words=words, before=files.frozen)
    target = lock_path(files.folder / files.study.plan)
    text = json.dumps(canonical(_document(frozen)), ensure_ascii=False, indent=1)
    write_text(target, text + "\n")
    return target, frozen.history[-1]


def _document(frozen: FrozenPlan) -> dict:
    lines = [dataclasses.asdict(one) | {"at": one.at.isoformat()} for one in frozen.history]
    return {"lock_version": frozen.lock_version, "history": lines}


def record_of(files: StudyFiles) -> dict[str, dict]:
    """What of the study the plan rests on, with the digest of every questionnaire's file."""
    digests = {name: file_digest(files.folder / name)[:16] for name, _ in files.questionnaires}
    return study_record(files.study, questionnaires=digests)


def as_registered(files: StudyFiles, *, rehearsal: bool, day: datetime.date | None = None) -> StudyFiles:
    """The study with its plan registered by the lock file; a rehearsal plays the registration the plan
    declares.

    `day` is that of the first answer after the pilot; by the study's waves where it is not known.
    """
    if rehearsal:
        return files
    day = day or first_answer(files.study, plan=files.plan)
    return dataclasses.replace(files, plan=registered(files.plan, files.frozen, first_answer=day))


def first_interview(files: StudyFiles, rows: pd.DataFrame) -> datetime.date | None:
    """The day of the first answer after the pilot by the dates of the answers themselves; by the study's
    waves where answers bear none."""
    days = pd.to_datetime(rows["date"], errors="coerce")
    dated = {wave: set(own.dropna().dt.date) for wave, own in days.groupby(rows["wave"])}
    return first_answer(files.study, plan=files.plan, dated=dated)


def deviations_of(files: StudyFiles, *, day: datetime.date | None = None) -> tuple[Deviation, ...]:
    """What of plan and study is not as it was frozen; `day` as in `as_registered`."""
    day = day or first_answer(files.study, plan=files.plan)
    return deviations(files.frozen, plan=files.plan, record=record_of(files), first_answer=day)


def deviation_lines(found: tuple[Deviation, ...]) -> tuple[str, ...]:
    """One line for the foot of every page: how many fields are not as they were frozen, and which."""
    if not found:
        return ()
    fields = [one.field for one in found]
    listed = ", ".join(fields[:_MOST_NAMED]) + (", …" if len(fields) > _MOST_NAMED else "")
    return (f"Thay đổi so với kế hoạch đã chốt / deviations from the frozen plan: {len(fields)} ({listed})",)


def read_plan(path: Path, *, study: Study | None = None) -> tuple[AnalysisPlan, tuple[Deviation, ...]]:
    """A plan by itself, registered by the lock file beside it, with its deviations.

    Where a study is given, its units, exposure and waves are compared too.
    """
    plan, frozen = documents.read(path, AnalysisPlan), read_frozen(path)
    day = None if study is None else first_answer(study, plan=plan)
    record = {} if study is None else study_record(study, questionnaires={})
    record.pop("questionnaires", None)
    found = deviations(frozen, plan=plan, record=record, first_answer=day)
    return registered(plan, frozen, first_answer=day), found
