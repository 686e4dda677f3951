"""A run as notebooks see it: its nouns and tables, computed when they are not there yet."""

from __future__ import annotations

import fcntl
import json
import os
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from surveylib import documents
from surveylib.errors import SurveyError, unknown
from surveylib.evaluation import decision_from_json, evidence_from_json, value_from_json
from surveylib.instrument import fill_words
from surveylib.model.cost import Value
from surveylib.model.evidence import CRITERION, Decision, Evidence
from surveylib.model.finding import Finding
from surveylib.model.plan import AnalysisPlan
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.study import Study
from surveylib.model.text import Text
from surveylib.report.manifest import file_digest
from surveylib.report.publish import publication
from surveylib.runner.gather import rehearse, run_inputs, source_folder
from surveylib.runner.keep import RUN_FILE, findings_of, keep
from surveylib.runner.place import (
    REHEARSAL,
    StudyFiles,
    check_run,
    digest,
    is_rehearsal,
    open_study,
    reports_folder,
)
from surveylib.runner.stages import Stages, compute

STUDY_VARIABLE = "SURVEYLIB_STUDY"
MANIFEST = "manifest.json"  # written last: a run that has one was published
_OUTDATED = (
    "the pages of run {run} are older than the study or the library; what is shown here was computed anew in "
    "{folder}. To make the pages anew: surveylib run"
)


class OutdatedPages(UserWarning):
    """The published pages of a run are older than what `open_case` shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run of one study.

    `table` gives a stage's table by name (``cells``, ``weights``, …), `findings` what the checks found.
    `mark` stands on every page of a rehearsal and is empty otherwise.
    """

    folder: Path

    @property
    def stages(self) -> Path:
        return self.folder / "stages"

    @property
    def about(self) -> dict:
        return _json(self.stages / RUN_FILE)

    @property
    def mark(self) -> str:
        return self.about["mark"]

    @property
    def study(self) -> Study:
        return _noun(self.stages / "study.json", Study)

    @property
    def plan(self) -> AnalysisPlan:
        return _noun(self.stages / "plan.json", AnalysisPlan)

    @property
    def questionnaire(self) -> Questionnaire:
        return _noun(self.stages / "questionnaire.json", Questionnaire)

    @property
    def instruments(self) -> tuple[Questionnaire, ...]:
        """The questionnaire and the others the study declares, by their letters."""
        path = self.stages / "instruments.json"
        records = _json(path)["questionnaires"]
        return tuple(documents.build(record, Questionnaire, where=str(path)) for record in records)

    @property
    def labels(self) -> dict[str, Text]:
        """The words for every index, outcome, item and criterion."""
        asked = fill_words(self.questionnaire)
        words = {score.id: score.text for score in (*asked.items, *asked.outcomes, *asked.indices)}
        return words | {f"{CRITERION}{criterion.id}": criterion.text for criterion in asked.criteria}

    @property
    def evidence(self) -> Evidence | None:
        """The evidence; None for a study without pilot units."""
        path = self.stages / "evidence.json"
        return evidence_from_json(path.read_text(encoding="utf-8")) if path.exists() else None

    @property
    def decision(self) -> Decision | None:
        path = self.stages / "decision.json"
        return decision_from_json(path.read_text(encoding="utf-8")) if path.exists() else None

    @property
    def value(self) -> Value | None:
        """What an additional satisfied visitor costs; None for a study without pilot units."""
        path = self.stages / "value.json"
        return value_from_json(path.read_text(encoding="utf-8")) if path.exists() else None

    @property
    def truth(self) -> dict | None:
        """The declared truth of a rehearsal."""
        path = self.folder / "rehearsal" / "truth.json"
        return _json(path) if path.exists() else None

    @property
    def primary(self) -> str:
        """The outcome the verdict hangs on; for a study without that index, its first outcome."""
        wanted = self.plan.outcome.primary.index
        known = list(self.table("cells")["outcome"].unique())
        return wanted if wanted in known else known[0]

    def has(self, name: str) -> bool:
        """Whether this run has the table."""
        return (self.stages / f"{name}.csv").exists()

    def table(self, name: str, *, unit: str | None = None, wave: str | None = None) -> pd.DataFrame:
        """The table of a stage, for one unit or wave where asked.

        Raises
        ------
        SurveyError
            If the run has no such table, or the table no such unit or wave.
        """
        path = self.stages / f"{name}.csv"
        if not path.exists():
            raise unknown(
                "table", name, [file.stem for file in self.stages.glob("*.csv")], where=str(self.folder)
            )
        frame = _csv(path).copy()
        for column, value in (("unit", unit), ("wave", wave)):
            if value is not None:
                if value not in set(frame[column]):
                    raise unknown(column, value, frame[column].unique(), where=f"table {name}")
                frame = frame[frame[column] == value].reset_index(drop=True)
        return frame

    def artefacts(self, *names: str) -> pd.DataFrame:
        """The files of this run that a notebook rests on, with the first digits of their SHA-256."""
        paths = [self.stages / name for name in names]
        return pd.DataFrame(
            {"file": [path.name for path in paths], "sha256": [file_digest(path)[:16] for path in paths]}
        )

    def findings(self, stage: str | None = None) -> tuple[Finding, ...]:
        return findings_of(_json(self.stages / "findings.json")["findings"], stage=stage)


def open_case(study: str | Path = "", *, run: str = REHEARSAL, output: str | Path | None = None) -> Case:
    """The run `run` of the study at `study`; its stages are computed first where they are missing or out of
    date.

    A published run is never touched: where study, data or library have changed since its pages were made, the
    stages are computed into the folder ``RUN.opened`` beside it, with the warning `OutdatedPages`, until
    ``surveylib run`` publishes anew.

    Parameters
    ----------
    study : str or Path
        The study's folder; when empty, the one ``surveylib lab`` was opened with, else the project's
        ``data/binh_duong``.
    run : str
        Name of a run, or the path of its folder (with ``/`` or starting with a dot), taken as it is.
    output : path, optional
        Where reports go; see `runner.place.reports_folder`.

    Raises
    ------
    SurveyError
        If the study cannot be read or its sources cannot be found.
    """
    if "/" in run or run.startswith("."):
        if not (Path(run) / "stages" / RUN_FILE).exists():
            raise SurveyError("no run in this folder", where=run, hint="surveylib run STUDY makes one")
        return Case(folder=Path(run))
    check_run(run)
    study = (
        study or os.environ.get(STUDY_VARIABLE) or Path(__file__).resolve().parents[2] / "data" / "binh_duong"
    )
    files = open_study(Path(study))
    folder = (
        reports_folder(files.folder, output=None if output is None else Path(output)) / files.study.id / run
    )
    case, wanted = Case(folder=folder), digest(run_inputs(files, run=run))
    if _current(case, wanted):
        return case
    if (folder / MANIFEST).exists():
        # Pages and stages of a published run belong together: what is newer is computed beside them.
        folder = beside(folder)
        case = Case(folder=folder)
        warnings.warn(_OUTDATED.format(run=run, folder=folder), OutdatedPages, stacklevel=2)
        if _current(case, wanted):
            return case
    folder.mkdir(parents=True, exist_ok=True)
    # Notebooks validated in parallel must not compute the same stages twice.
    with open(folder.parent / f".{folder.name}.stages", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _current(case, wanted):
            stages = compute_stages(files, folder=folder, run=run)
            with publication(folder / "stages") as built:
                keep(stages, folder=built, run=run)
            forget()
    return case


def beside(folder: Path) -> Path:
    """Where stages newer than the published ones in `folder` are kept until the next publication."""
    return folder.with_name(f"{folder.name}.opened")


def compute_stages(files: StudyFiles, *, folder: Path, run: str, step=lambda name: None) -> Stages:
    """Compute the stages of `run`; a rehearsal's invented files go to ``folder/rehearsal`` first."""
    rehearsal = None
    if is_rehearsal(run):
        step("rehearsal")
        rehearsal = folder / "rehearsal"
        rehearse(files, folder=rehearsal)
    folder = source_folder(files, rehearsal=rehearsal)
    return compute(files, folder=folder, rehearsal=rehearsal is not None, step=step)


def forget() -> None:
    """Forget what was read: the files of a run were written anew."""
    for remembered in (_csv, _json, _noun):
        remembered.cache_clear()


def _current(case: Case, wanted: str) -> bool:
    path = case.stages / RUN_FILE
    return path.exists() and json.loads(path.read_text(encoding="utf-8"))["digest"] == wanted


@lru_cache(maxsize=64)
def _json(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def _noun(path: Path, noun: type):
    plain = {name: value for name, value in _json(path).items() if name != "mark"}
    return documents.build(plain, noun, where=str(path))


@lru_cache(maxsize=32)
def _csv(path: Path) -> pd.DataFrame:
    """A stage's table; keys stay text even where they look like numbers."""
    if path.stat().st_size <= 1:
        return pd.DataFrame()
    keys = {
        name: str
        for name in ("respondent", "unit", "wave", "stratum", "psu", "dossier", "outcome", "old", "new")
    }
    table = pd.read_csv(path, dtype=keys, keep_default_na=True)
    # The mark of a rehearsal is for who opens the file alone; the pages bear their own.
    return table.drop(columns=MARK_COLUMN, errors="ignore")
