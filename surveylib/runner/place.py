"""Where a study and its runs lie: the files of a study, the folder of a run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from surveylib import documents
from surveylib.errors import SurveyError, unknown
from surveylib.instrument import load_questionnaire
from surveylib.model.plan import AnalysisPlan, default_plan
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.rehearsal import Rehearsal
from surveylib.model.study import Study

REHEARSAL = "rehearsal"
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFiles:
    """A study with what it names: plan, questionnaires, declared truth; and every file these were read
    from."""

    folder: Path
    study: Study
    plan: AnalysisPlan
    questionnaires: tuple[tuple[str, Questionnaire], ...]
    rehearsal: Rehearsal | None
    files: tuple[Path, ...]

    def questionnaire(self, wave: str) -> Questionnaire:
        """The instrument of a wave."""
        return dict(self.questionnaires)[self.study.wave(wave).instrument]

    @property
    def instrument(self) -> Questionnaire:
        """The instrument of the last wave that is not merely planned."""
        done = [wave for wave in self.study.waves if not wave.planned] or list(self.study.waves)
        return self.questionnaire(done[-1].id)


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
    plan, rehearsal = default_plan(), None
    if study.plan is not None:
        files.append(folder / study.plan)
        plan = documents.read(files[-1], AnalysisPlan)
        for name in (*plan.waves.pre, *plan.waves.post):
            if name not in (known := [wave.id for wave in study.waves]):
                raise unknown("wave of the plan", name, known, where=f"{files[-1]}, waves")
    if study.rehearsal is not None:
        files.append(folder / study.rehearsal)
        rehearsal = documents.read(files[-1], Rehearsal)
    questionnaires = []
    for name in dict.fromkeys(wave.instrument for wave in study.waves):
        files.append(folder / name)
        questionnaires.append((name, load_questionnaire(files[-1])))
    return StudyFiles(
        folder=folder,
        study=study,
        plan=plan,
        questionnaires=tuple(questionnaires),
        rehearsal=rehearsal,
        files=tuple(files),
    )


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
