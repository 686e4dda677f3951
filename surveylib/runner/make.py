"""A whole run: stages, notebooks, pages, brief, tables, manifest, published all at once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation import verdict_name
from surveylib.model.text import LANGS, Lang, Text
from surveylib.report.brief import brief_of
from surveylib.report.estimates import all_estimates, write_csv
from surveylib.report.html import Link, export_page, page_numbers
from surveylib.report.manifest import build_manifest, data_digest, file_digest, write_manifest
from surveylib.report.pdf import brief_numbers, write_brief
from surveylib.report.publish import publication
from surveylib.report.site import Entry, Index, Status, index_numbers, write_index
from surveylib.runner.case import Case, beside, compute_stages, forget
from surveylib.runner.execute import Outcome, execute
from surveylib.runner.gather import run_inputs
from surveylib.runner.keep import keep
from surveylib.runner.lessons import write_all_lessons
from surveylib.runner.place import StudyFiles, check_run, open_study, reports_folder
from surveylib.runner.program import Page, job_name, jobs, pages
from surveylib.runner.registration import deviation_lines
from surveylib.runner.shows.names import outcome_units

Step = Callable[[str], None]
_ESTIMATES = ("cells", "standard_cells", "waves", "wave_changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a run left: its folder, the verdict if there was one, how long what took."""

    folder: Path
    verdict: str | None
    pages: int
    notebooks: int
    timings: tuple[tuple[str, float], ...]


def make(
    study: Path,
    *,
    run: str,
    output: Path | None = None,
    workers: int = 2,
    warm: bool = True,
    anew: bool = True,
    step: Step = lambda name: None,
    progress: Callable[[Outcome], None] | None = None,
    plan: Callable[[int], None] = lambda count: None,
) -> Made:
    """Make the run `run` of the study and publish it; what was published before stays until all is well.

    Parameters
    ----------
    output : path, optional
        Folder for reports; by default ``reports/`` of the project the study lies in.
    anew : bool
        Compute the stages; otherwise take those of the published run and only make the pages again.
    step, progress, plan : callables
        Told the name of each step as it begins, the outcome of each notebook, and before that their number.

    Raises
    ------
    SurveyError
        A mistake in the study or its data, or a notebook that failed: nothing is published then.
    """
    check_run(run)
    files = open_study(study)
    target = reports_folder(files.folder, output=output) / files.study.id / run
    clock = _Clock(step)
    with publication(target) as built:
        if anew:
            keep(compute_stages(files, folder=built, run=run, step=clock), folder=built / "stages", run=run)
            forget()
        else:
            _take_stages(target, built)
        case = Case(folder=built)
        clock("notebooks")
        todo = jobs(files.study, study_folder=files.folder, built=built)
        plan(len(todo))
        outcomes = execute(todo, workers=workers, warm=warm, progress=progress)
        _refuse_failed(outcomes, built, target)
        clock("pages")
        _publish_pages(files, case, run=run, clock=clock, outcomes=outcomes)
    if anew:  # the published stages are the newest again
        shutil.rmtree(beside(target), ignore_errors=True)
    forget()
    verdict = Case(folder=target).decision
    return Made(
        folder=target,
        verdict=None if verdict is None else verdict.verdict,
        pages=len(pages(files.study)) * len(LANGS),
        notebooks=len(todo),
        timings=clock.laps(),
    )


class _Clock:
    """Tells a step that it begins and remembers how long the ones before took."""

    def __init__(self, step: Step) -> None:
        self._step, self._begun, self._laps = step, None, []

    def __call__(self, name: str) -> None:
        self._close()
        self._begun = (name, time.perf_counter())
        self._step(name)

    def _close(self) -> None:
        if self._begun is not None:
            self._laps.append((self._begun[0], round(time.perf_counter() - self._begun[1], 3)))

    def laps(self) -> tuple[tuple[str, float], ...]:
        self._close()
        self._begun = None
        return tuple(self._laps)


def _take_stages(target: Path, built: Path) -> None:
    if not (target / "stages").is_dir():
        raise SurveyError(
            "this run has no stages yet", where=str(target), hint="surveylib run STUDY computes them"
        )
    for name in ("stages", "rehearsal"):
        if (target / name).is_dir():
            shutil.copytree(target / name, built / name)


def _refuse_failed(outcomes: tuple[Outcome, ...], built: Path, target: Path) -> None:
    """Stop when a notebook failed; its executed copy, trace and all, is kept beside the run."""
    kept = target.with_name(f"{target.name}.failed")
    shutil.rmtree(kept, ignore_errors=True)
    failed = [outcome for outcome in outcomes if outcome.error and not outcome.skipped]
    if not failed:
        return
    kept.mkdir(parents=True)
    for outcome in failed:
        shutil.copy(built / "notebooks" / f"{outcome.job}.ipynb", kept)
    lines = "".join(f"\n    {outcome.job}: {outcome.error}" for outcome in failed[:10])
    raise SurveyError(
        f"{len(failed)} notebook(s) failed; the run was not published",
        where=str(target),
        got=lines,
        hint=f"their executed copies, with the whole trace, are in {kept}",
    )


def _publish_pages(files: StudyFiles, case: Case, *, run: str, clock: _Clock, outcomes) -> None:
    folder = case.folder
    inputs = run_inputs(files, run=run, rehearsal=case.folder / "rehearsal")
    record = build_manifest(
        study=files.study.id,
        run=run,
        seed=files.study.seed,
        inputs=inputs,
        inputs_roots=(files.folder, folder),
    )
    footer = (
        f"Kế hoạch phân tích / analysis plan SHA-256 {files.plan.digest[:16]} · "
        f"số liệu / data SHA-256 {data_digest(record)[:16]}",
        *deviation_lines(() if case.evidence is None else case.evidence.deviations),
    )
    printed = [
        frame
        for page in pages(files.study)
        for lang in LANGS
        for frame in (_page(files, case, page, lang, run, footer),)
    ]
    clock("brief")
    printed += _briefs(files, case, footer)
    printed += write_all_lessons(case, study=files.study)
    clock("tables")
    tables = {name: case.table(name) for name in _ESTIMATES if not case.table(name).empty}
    if case.evidence is not None:
        tables |= {
            "effects": case.evidence.effects,
            "guards": case.evidence.guards,
            "changes": case.evidence.changes,
        }
        if case.value is not None:
            tables |= {"value_curve": case.value.curve, "value_information": case.value.information}
        tables |= {"posterior": case.evidence.posterior, "probabilities": case.evidence.probabilities}
    index = _index(files, case, run=run, footer=footer)
    printed.append(index_numbers(index))
    write_csv(all_estimates(tables, printed), folder / "estimates.csv", mark=case.mark)
    _manifest(files, case, run=run, inputs=inputs, clock=clock, outcomes=outcomes)
    write_index(index, folder / "index.html")


def _page(files: StudyFiles, case: Case, page: Page, lang: Lang, run: str, footer) -> pd.DataFrame:
    up = "../" if page.unit else ""
    made = export_page(
        [case.folder / "notebooks" / f"{job_name(name, page.unit, lang)}.ipynb" for name in page.notebooks],
        case.folder / page.address(lang),
        lang=lang,
        title=page.title.get(lang),
        mark=case.mark,
        run=run,
        home=f"{up}index.html",
        other_language=up + page.address("en" if lang == "vi" else "vi"),
        links=tuple(
            Link(href=up + other.address(lang), text=other.title.get(lang))
            for other in pages(files.study)
            if not other.unit and other.name != page.name
        ),
        footer=footer,
    )
    return page_numbers(page.address(lang), made)


def _briefs(files: StudyFiles, case: Case, footer) -> list[pd.DataFrame]:
    """The brief in both languages; a study without pilot units has nothing to decide and no brief."""
    if case.decision is None:
        return []
    printed = []
    for lang in LANGS:
        brief = brief_of(
            case.evidence,
            case.decision,
            study=files.study,
            plan=case.plan,
            labels=case.labels,
            units=outcome_units(case, lang=lang),
            lang=lang,
            mark=case.mark,
            footer=footer,
            value=case.value,
        )
        last = max(wave.end for wave in files.study.waves if not wave.planned)
        write_brief(brief, case.folder / f"brief.{lang}.pdf", made=last)
        printed.append(brief_numbers(f"brief.{lang}.pdf", brief))
    return printed


def _manifest(files: StudyFiles, case: Case, *, run: str, inputs, clock: _Clock, outcomes) -> None:
    folder = case.folder
    outputs = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".html", ".pdf", ".csv", ".json")
    )
    manifest = build_manifest(
        study=files.study.id,
        run=run,
        seed=files.study.seed,
        mark=case.mark,
        parameters={"langs": list(LANGS), "units": [unit.id for unit in files.study.units]},
        digests={"plan": files.plan.digest}
        | {
            f"questionnaire {q.id} {q.version}": file_digest(files.folder / name)
            for name, q in files.questionnaires
        },
        inputs=inputs,
        inputs_roots=(files.folder, folder),
        outputs=outputs,
        outputs_root=folder,
        timings={"steps": dict(clock.laps()), "notebooks": {o.job: round(o.seconds, 2) for o in outcomes}},
    )
    write_manifest(manifest, folder / "manifest.json")


def _index(files: StudyFiles, case: Case, *, run: str, footer) -> Index:
    decision, made = case.decision, pages(files.study)
    reports = [
        Entry(name=page.title, vi=page.address("vi"), en=page.address("en")) for page in made if not page.unit
    ]
    if decision is not None:
        name = Text(vi="Tóm tắt quyết định (một trang)", en="Decision brief (one page)")
        reports.insert(0, Entry(name=name, vi="brief.vi.pdf", en="brief.en.pdf"))
    listed = sorted({path.name.rsplit(".", 2)[0] for path in (case.folder / "notebooks").glob("*.ipynb")})
    return Index(
        title=files.study.title,
        run=run,
        mark=case.mark,
        verdict=None
        if decision is None
        else verdict_name(decision.verdict, exploratory=decision.exploratory),
        because=None if decision is None else decision.headline,
        reports=tuple(reports),
        units=tuple(
            Entry(name=page.title, vi=page.address("vi"), en=page.address("en")) for page in made if page.unit
        ),
        files=tuple(
            Entry(name=Text(vi=vi, en=en), href=href)
            for href, vi, en in (
                ("estimates.csv", "Mọi số đã in và mọi ước lượng", "Every printed number and every estimate"),
                (
                    "manifest.json",
                    "Mã băm, phiên bản, hạt giống, thời gian",
                    "Hashes, versions, seed, timings",
                ),
            )
        ),
        notebooks=tuple(
            Entry(name=Text(vi=name, en=""), vi=f"notebooks/{name}.vi.ipynb", en=f"notebooks/{name}.en.ipynb")
            for name in listed
        ),
        status=_status(case),
        footer=footer,
    )


def _status(case: Case) -> tuple[Status, ...]:
    found = case.findings()
    errors = sum(hit.severity == "error" for hit in found)
    return (
        Status(name=Text(vi="Số phiếu", en="Answers"), value=str(case.about["respondents"])),
        Status(
            name=Text(vi="Phát hiện khi kiểm tra", en="Findings of the checks"),
            value=f"{len(found)} ({errors} lỗi / errors)",
        ),
    )
