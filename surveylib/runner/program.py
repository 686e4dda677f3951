"""Which notebooks a run executes, for which unit and language, and which page each belongs to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from surveylib.errors import SurveyError
from surveylib.model.study import Study, Unit
from surveylib.model.text import LANGS, Lang, Text
from surveylib.runner.execute import Job

_PROJECT = Path(__file__).resolve().parents[2]

UNIT_NOTEBOOK = "40_unit"
INTERIM_NOTEBOOK = "45_interim"  # on the page of every pilot unit of a study with an interim wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a run: its address, its title and the notebooks on it, in order."""

    name: str
    title: Text
    notebooks: tuple[str, ...]
    unit: str = ""

    def address(self, lang: Lang) -> str:
        """Where the page lies in the run's folder."""
        return f"units/{self.unit}.{lang}.html" if self.unit else f"{self.name}.{lang}.html"


def pages(study: Study) -> tuple[Page, ...]:
    """The pages of a run: the province's report, how it was done, the questionnaire, one page a unit."""
    return (
        Page(
            name="province",
            title=Text(vi="Báo cáo toàn tỉnh", en="Province report"),
            notebooks=("90_decision", "60_effects", "50_scales"),
        ),
        Page(
            name="commendation",
            title=Text(vi="Căn cứ xem xét khen thưởng", en="Evidence for commendation"),
            notebooks=("70_commendation",),
        ),
        *_context(study),
        Page(
            name="fieldwork",
            title=Text(vi="Mẫu, thu thập và quyền số", en="Sample, fieldwork and weights"),
            notebooks=("10_sample", "20_fieldwork", "30_weights"),
        ),
        Page(
            name="questionnaire",
            title=Text(vi="Bộ câu hỏi", en="Questionnaire"),
            notebooks=("00_questionnaire",),
        ),
        *(
            Page(name=unit.id, title=unit.name, notebooks=unit_notebooks(study, unit), unit=unit.id)
            for unit in study.units
        ),
    )


def _context(study: Study) -> tuple[Page, ...]:
    """The page of context, apart from all others, where the study declares PAPI or records."""
    if study.context is None and not study.other_sources:
        return ()
    title = Text(vi="Bối cảnh: PAPI và sổ sách của cơ quan", en="Context: PAPI and the offices' records")
    return (Page(name="context", title=title, notebooks=("80_context",)),)


def unit_notebooks(study: Study, unit: Unit) -> tuple[str, ...]:
    """What stands on a unit's page: a pilot unit has its interim review there too."""
    reviewed = unit.exposure.kind == "pilot" and any(wave.role == "interim" for wave in study.waves)
    return (UNIT_NOTEBOOK, INTERIM_NOTEBOOK) if reviewed else (UNIT_NOTEBOOK,)


def notebook_folder(study_folder: Path) -> Path:
    """The study's own ``notebooks/`` where it has one, else the project's.

    Raises
    ------
    SurveyError
        Where there is neither, as when the library was installed without its project.
    """
    for folder in (study_folder / "notebooks", _PROJECT / "notebooks"):
        if folder.is_dir():
            return folder
    raise SurveyError(
        "no notebooks", where=str(study_folder), hint="copy the project's notebooks/ folder into the study"
    )


def jobs(study: Study, *, study_folder: Path, built: Path) -> tuple[Job, ...]:
    """One job a notebook, unit and language; executed copies go to ``built/notebooks``.

    Notebooks work in that folder and find study and run by relative paths, so that an executed copy says the
    same on every machine and can be opened where it lies.
    """
    source, target = notebook_folder(study_folder), built / "notebooks"
    target.mkdir(parents=True, exist_ok=True)
    where = os.path.relpath(study_folder.resolve(), target.resolve())
    made = []
    for page in pages(study):
        for name in page.notebooks:
            for lang in LANGS:
                parameters = {"study": where, "run": "..", "unit": page.unit, "wave": "", "lang": lang}
                made.append(
                    Job(
                        name=job_name(name, page.unit, lang),
                        source=source / f"{name}.ipynb",
                        target=target / f"{job_name(name, page.unit, lang)}.ipynb",
                        parameters=parameters,
                        cwd=target,
                    )
                )
    return tuple(made)


def job_name(notebook: str, unit: str, lang: Lang) -> str:
    """``40_unit.phu_cuong.vi``: the name of a job and of its executed notebook."""
    return ".".join(part for part in (notebook, unit, lang) if part)
