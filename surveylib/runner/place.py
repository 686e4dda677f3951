"""Where a study and its runs lie: the files of a study, the folder of a run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from surveylib import documents
from surveylib.errors import SurveyError, unknown
from surveylib.instrument import load_questionnaire, questionnaire_files
from surveylib.model.frozen import FrozenPlan
from surveylib.model.plan import AnalysisPlan, default_plan
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.rehearsal import Rehearsal
from surveylib.model.study import Study

REHEARSAL = "rehearsal"
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFiles:
    """A study with what it names: plan (and its lock file), questionnaires, declared truth; and every file
    these were read from."""

    folder: Path
    study: Study
    plan: AnalysisPlan
    questionnaires: tuple[tuple[str, Questionnaire], ...]
    rehearsal: Rehearsal | None
    files: tuple[Path, ...]
    frozen: FrozenPlan | None = None
    others: tuple[tuple[str, Questionnaire], ...] = ()

    def questionnaire(self, wave: str) -> Questionnaire:
        """The instrument of a wave."""
        return dict(self.questionnaires)[self.study.wave(wave).instrument]

    @property
    def instrument(self) -> Questionnaire:
        """The instrument of the last wave that is not merely planned."""
        done = [wave for wave in self.study.waves if not wave.planned] or list(self.study.waves)
        return self.questionnaire(done[-1].id)

    @property
    def instruments(self) -> tuple[Questionnaire, ...]:
        """`instrument` and the others the study declares, by their letters."""
        return tuple(sorted((self.instrument, *(q for _, q in self.others)), key=lambda q: q.instrument))


def open_study(path: Path) -> StudyFiles:
    """Read the study at `path` (its folder, or its study.yaml) with all the files it names.

    Raises
    ------
    SurveyError
        If a file is missing or cannot be read as what it should be; every mistake with its line.
    """
    path = Path(path)
    file = path / "study.yaml" if path.is_dir() else path
    if not file.exists():
        raise SurveyError(
            "no study here",
            where=str(path),
            expected="a folder with study.yaml",
            hint="surveylib new PATH lays one out",
        )
    study, folder, files = documents.read(file, Study), file.parent, [file]
    plan, rehearsal, frozen = default_plan(), None, None
    if study.plan is not None:
        files.append(folder / study.plan)
        plan, frozen = documents.read(files[-1], AnalysisPlan), read_frozen(files[-1])
        for name in (*plan.waves.pre, *plan.waves.post):
            if name not in (known := [wave.id for wave in study.waves]):
                raise unknown("wave of the plan", name, known, where=f"{files[-1]}, waves")
        files += [lock_path(files[-1])] if frozen is not None else []
    if study.weighting is not None and study.weighting.margins_file is not None:
        files.append(folder / study.weighting.margins_file)
        if not files[-1].exists():
            raise SurveyError(
                "the file of known counts is not there",
                where=f"{file}, weighting, margins_file",
                got=study.weighting.margins_file,
                hint="surveylib weight STUDY --template --margin NAME makes one to fill",
            )
    if study.rehearsal is not None:
        files.append(folder / study.rehearsal)
        rehearsal = documents.read(files[-1], Rehearsal)
    questionnaires = []
    for name in dict.fromkeys(wave.instrument for wave in study.waves):
        files += questionnaire_files(folder / name)
        questionnaires.append((name, load_questionnaire(folder / name)))
    for name in study.other_instruments:
        files += questionnaire_files(folder / name)
    return StudyFiles(
        folder=folder,
        study=study,
        plan=plan,
        questionnaires=tuple(questionnaires),
        rehearsal=rehearsal,
        others=tuple((name, load_questionnaire(folder / name)) for name in study.other_instruments),
        files=tuple(dict.fromkeys(files)),
        frozen=frozen,
    )


def lock_path(plan: Path) -> Path:
    """The lock file of a plan: ``plan.frozen.json`` beside ``plan.yaml``."""
    return plan.with_name(f"{plan.stem}.frozen.json")


def read_frozen(plan: Path) -> FrozenPlan | None:
    """The freezings of the plan at `plan`, None where it was never frozen.

    Raises
    ------
    SurveyError
        If the lock file cannot be read, or was edited.
    """
    file = lock_path(plan)
    if not file.exists():
        return None
    try:
        document = json.loads(documents.read_text(file))
    except json.JSONDecodeError as error:
        raise SurveyError(
            "lock file is not JSON", where=f"{file}, line {error.lineno}", got=error.msg
        ) from error
    return documents.build(document, FrozenPlan, where=str(file))


def is_rehearsal(run: str) -> bool:
    """Whether a run of this name is a rehearsal: ``rehearsal`` and ``rehearsal-…`` are, and nothing else may
    be called so.

    >>> is_rehearsal("rehearsal"), is_rehearsal("rehearsal-null"), is_rehearsal("2015-11")
    (True, True, False)
    """
    return run == REHEARSAL or run.startswith(f"{REHEARSAL}-")


def check_run(run: str) -> None:
    """Refuse the name of a run that would leave its folder."""
    if not run or any(not (c.isalnum() or c in "-_.") for c in run) or run.startswith("."):
        raise SurveyError("run has an unusable name", expected="letters, digits, - _ .", got=repr(run))


def reports_folder(study_folder: Path, *, output: Path | None = None) -> Path:
    """Where the reports of a study go: `output`, else ``reports/`` beside ``data/``, else inside the study's
    folder."""
    if output is not None:
        return Path(output)
    folder = study_folder.resolve()
    return (folder.parent.parent if folder.parent.name == "data" else folder) / "reports"


def digest(files: tuple[Path, ...]) -> str:
    """SHA-256 over the contents of `files` and of this library: when it is the same, so is what is
    computed."""
    total = hashlib.sha256(_library_digest().encode())
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


@lru_cache
def _library_digest() -> str:
    total = hashlib.sha256()
    for file in sorted(_PACKAGE.rglob("*.py")):
        total.update(file.relative_to(_PACKAGE).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()
