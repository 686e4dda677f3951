"""surveylib plan: freeze the analysis plan, show what is frozen, list what was changed since."""

from __future__ import annotations

import datetime
from pathlib import Path

import click
import pandas as pd

from surveylib.cli.output import format_option, show
from surveylib.errors import SurveyError
from surveylib.evaluation.diagnose import diagnose
from surveylib.evaluation.foreseen import scenario_of
from surveylib.evaluation.freeze import first_answer
from surveylib.evaluation.say_diagnosis import diagnosis_sentences, scenario_sentence
from surveylib.runner.expected import answers_foreseen
from surveylib.runner.place import StudyFiles, open_study
from surveylib.runner.registration import as_registered, deviations_of, freeze_study

_SIMS = 400  # `surveylib diagnose` takes as many as are wanted
_STUDY = click.argument("study", type=click.Path(path_type=Path))
_LANG = click.option(
    "--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Language of sentences."
)
_WORDS = {
    "vi": {
        "frozen": "Đã chốt kế hoạch: {by}, {at}\n  mã băm {plan}\n  dấu niêm {seal}\n  ghi vào {path}",
        "late": "Đợt khảo sát sau thí điểm bắt đầu ngày {day}: "
        "lần chốt này không thay được lần chốt trước ngày đó.",
        "keep": "Gửi mã băm cho một bên thứ ba giữ (văn thư, Ủy ban nhân dân tỉnh).",
        "none": "Chưa có lần chốt nào: kết quả của lần chạy thật là thăm dò (W7).",
        "in_force": "Đang dùng: lần chốt ngày {at} của {by}.",
        "no_chances": "Không mô phỏng được kế hoạch này: {why}",
        "same": "Không có thay đổi nào so với kế hoạch đã chốt.",
        "changed": "{count} thay đổi so với kế hoạch đã chốt:",
    },
    "en": {
        "frozen": "Plan frozen: {by}, {at}\n  digest of the plan {plan}\n  seal {seal}\n  written to {path}",
        "late": "The wave after the pilot began on {day}: this freezing replaces none made before that day.",
        "keep": "Have a third party keep the digest (the registry, the People's Committee).",
        "none": "Nothing is frozen yet: results of a real run are exploratory (W7).",
        "in_force": "In force: the freezing of {at} by {by}.",
        "no_chances": "This plan cannot be simulated: {why}",
        "same": "There is no deviation from the frozen plan.",
        "changed": "Deviations from the frozen plan: {count}",
    },
}


@click.group(
    "plan",
    epilog='Example: surveylib plan freeze data/binh_duong --by "Sở Nội vụ" --words "Đã duyệt"',
)
def command() -> None:
    """Freeze the analysis plan before the wave after the pilot; later edits stand in every report.

    The lock file plan.frozen.json lies beside plan.yaml. It keeps every freezing there ever was: time,
    signer, words, the whole plan, and the study's units, exposure, waves and questionnaires.
    """


@command.command("freeze", epilog='Example: surveylib plan freeze data/binh_duong --by "Sở Nội vụ"')
@_STUDY
@click.option("--by", required=True, metavar="NAME", help="Who signs.")
@click.option("--words", default="", metavar="TEXT", help="What is said in signing.")
@_LANG
def freeze(study: Path, by: str, words: str, lang: str) -> None:
    """Freeze the plan of STUDY as it stands, signed and dated; earlier freezings stay in the history."""
    path, made = freeze_study(study, by=by, words=words, at=datetime.datetime.now().astimezone())
    said = _WORDS[lang]
    values = {"by": made.by, "at": made.at.isoformat(sep=" "), "plan": made.plan_digest, "seal": made.seal}
    click.echo(said["frozen"].format(**values, path=path))
    files = open_study(study)
    day = first_answer(files.study, plan=files.plan)
    if day is not None and made.at.date() >= day:
        click.echo(said["late"].format(day=day))
    click.echo(said["keep"])
    _say_chances(files, lang)


@command.command("show", epilog="Example: surveylib plan show data/binh_duong")
@_STUDY
@_LANG
@format_option
def show_history(study: Path, lang: str, form: str) -> None:
    """Every freezing of the plan of STUDY, and which of them is in force."""
    files = open_study(study)
    rows = [
        (
            one.at.isoformat(sep=" "),
            one.by,
            one.words,
            one.plan_digest[:16],
            one.study_digest[:16],
            one.seal[:16],
        )
        for one in (files.frozen.history if files.frozen else ())
    ]
    columns = ["at", "by", "words", "plan", "study", "seal"]
    extra = {"digest": files.plan.digest, "exploratory": _exploratory(files), "in_force": _in_force(files)}
    if rows or form != "table":
        show({"freezings": pd.DataFrame(rows, columns=columns)}, form=form, extra=extra)
    if form == "table":
        if rows:
            click.echo(_WORDS[lang]["in_force"].format(**extra["in_force"]))
        _say_deviations(files, lang)


@command.command("diff", epilog="Example: surveylib plan diff data/binh_duong --lang en")
@_STUDY
@_LANG
@format_option
def diff(study: Path, lang: str, form: str) -> None:
    """Field by field, what of the plan and the study is not as it was frozen."""
    files = open_study(study)
    found = deviations_of(files)
    rows = [(one.part, one.field, one.old, one.new) for one in found]
    if form == "table":
        _say_deviations(files, lang)
        return
    show({"deviations": pd.DataFrame(rows, columns=["part", "field", "old", "new"])}, form=form)


def _say_chances(files: StudyFiles, lang: str) -> None:
    """For the signer: how often this plan would roll out what does nothing, and what is worth it."""
    try:
        scenario = scenario_of(files.study, plan=files.plan, expected=answers_foreseen(files))
    except SurveyError as error:
        click.echo(_WORDS[lang]["no_chances"].format(why=error))
        return
    worth = files.plan.thresholds.sesoi
    made = diagnose(scenario, plan=files.plan, effects=[0.0, worth], sims=_SIMS, seed=files.study.seed)
    click.echo(scenario_sentence(scenario).get(lang))
    for sentence in diagnosis_sentences(made, sesoi=worth):
        click.echo(f"• {sentence.get(lang)}")


def _say_deviations(files: StudyFiles, lang: str) -> None:
    if files.frozen is None:
        click.echo(_WORDS[lang]["none"])
        return
    found = deviations_of(files)
    click.echo(_WORDS[lang]["changed" if found else "same"].format(count=len(found)))
    for one in found:
        click.echo(f"  {one.text.get(lang)}")


def _exploratory(files: StudyFiles) -> bool:
    """Whether a real run would be: nothing frozen, frozen too late, or edited since."""
    plan, day = as_registered(files, rehearsal=False).plan, first_answer(files.study, plan=files.plan)
    late = plan.registered is not None and day is not None and plan.registered.at >= day
    return plan.registered is None or late or any(one.settled for one in deviations_of(files))


def _in_force(files: StudyFiles) -> dict[str, str] | None:
    if files.frozen is None:
        return None
    kept = files.frozen.in_force(first_answer(files.study, plan=files.plan))
    return {"at": str(kept.at.date()), "by": kept.by}
