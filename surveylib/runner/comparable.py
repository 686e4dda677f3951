"""What the waves of a study may compare where their questionnaires differ: items that do not compare are left
out of every score, and a table says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.instrument import diff, diff_findings
from surveylib.model.change import Diff
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.study import Wave
from surveylib.runner.place import StudyFiles

WAVE_FORM_COLUMNS = ("wave", "old_version", "new_version", "part", "id", "kind", "verdict", "old", "new")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveForm:
    """How the questionnaire of a wave differs from the study's instrument."""

    wave: str
    diff: Diff
    findings: tuple[Finding, ...]


def wave_forms(files: StudyFiles) -> tuple[WaveForm, ...]:
    """One entry a wave that was asked with another version of the instrument, in the order of the waves.

    Raises
    ------
    SurveyError
        If a wave has another questionnaire rather than another version.
    """
    asked = files.instrument
    made, known = [], {}
    for wave in files.study.waves:
        own = files.questionnaire(wave.id)
        if wave.planned or own == asked:
            continue
        if wave.instrument not in known:
            known[wave.instrument] = _differ(own, asked, wave.id)
        found, findings = known[wave.instrument]
        placed = tuple(replace(hit, where=f"wave {wave.id}, {hit.where}") for hit in findings)
        made.append(WaveForm(wave=wave.id, diff=found, findings=placed))
    return tuple(made)


def _differ(own: Questionnaire, asked: Questionnaire, wave: str) -> tuple[Diff, tuple[Finding, ...]]:
    try:
        found = diff(own, asked)
    except SurveyError as error:
        raise SurveyError(
            "waves of a study ask versions of one questionnaire",
            where=f"study, wave {wave}, instrument",
            expected=error.expected,
            got=error.got,
            hint="keep the questionnaire's id, raise its version",
        ) from error
    return found, diff_findings(found, old=own, new=asked)


def comparable_files(files: StudyFiles, forms: Sequence[WaveForm]) -> StudyFiles:
    """The study as it is scored: items that some wave's form does not share count in no index, outcome or
    criterion, and a form that compares in every item counts as the instrument's own version, so that the gate
    on a constant instrument asks about forms that differ in what is measured.

    Raises
    ------
    SurveyError
        If nothing is left of the plan's primary index.
    """
    broken = {name for form in forms for name in form.diff.broken}
    asked, primary = files.instrument, files.plan.outcome.primary.index
    trimmed = _without(asked, broken)
    if primary in {index.id for index in asked.indices} - {index.id for index in trimmed.indices}:
        raise SurveyError(
            "no item of the primary index can be compared between the waves",
            where=f"{files.folder}, index {primary}",
            got=", ".join(sorted(broken)),
            hint="surveylib diff OLD NEW says what changed",
        )
    gone = broken | {score.id for score in (*asked.indices, *asked.outcomes)}
    gone -= {score.id for score in (*trimmed.indices, *trimmed.outcomes)}
    kept = tuple(name for name in files.study.outcomes if name not in gone)
    waves = tuple(_relabelled(wave, form_labels(files, forms)) for wave in files.study.waves)
    return replace(
        files,
        study=replace(files.study, outcomes=kept, waves=waves),
        questionnaires=tuple((name, trimmed if q is asked else q) for name, q in files.questionnaires),
    )


def _relabelled(wave: Wave, labels: dict[str, str]) -> Wave:
    own = {
        unit: replace(setting, instrument_version=labels.get(setting.instrument_version))
        if setting.instrument_version in labels
        else setting
        for unit, setting in wave.exceptions.items()
    }
    version = labels.get(wave.instrument_version, wave.instrument_version)
    return replace(wave, instrument_version=version, exceptions=own)


def comparable_rows(rows: pd.DataFrame, files: StudyFiles, forms: Sequence[WaveForm]) -> pd.DataFrame:
    """The answers, a form that compares in every item counted as the instrument's own version."""
    labels = form_labels(files, forms)
    return rows.assign(version=rows["version"].replace(labels)) if labels and "version" in rows else rows


def _without(asked: Questionnaire, broken: set[str]) -> Questionnaire:
    indices = [
        replace(index, items=tuple(name for name in index.items if name not in broken))
        for index in asked.indices
        if set(index.items) - broken
    ]
    outcomes = [one for one in asked.outcomes if one.item not in broken and one.of not in broken]
    items = [
        replace(item, criteria=(), primary_for=()) if item.id in broken else item for item in asked.items
    ]
    return replace(asked, indices=tuple(indices), outcomes=tuple(outcomes), items=tuple(items))


def form_labels(files: StudyFiles, forms: Sequence[WaveForm]) -> dict[str, str]:
    """The version each form counts as when the gate asks whether the form changed: one that compares in every
    item counts as the instrument's own."""
    same = {form.diff.old.version for form in forms} - {
        form.diff.old.version for form in forms if form.diff.broken
    }
    return dict.fromkeys(same, files.instrument.version)


def _versions(form: WaveForm) -> tuple[str, str]:
    """The version of the wave's form, and the instrument's."""
    return form.diff.old.version, form.diff.new.version


def form_table(forms: Sequence[WaveForm]) -> pd.DataFrame:
    """Every change between the forms of the waves and the instrument: ``wave, old_version, new_version, part,
    id, kind, verdict, old, new``."""
    rows = [
        (
            form.wave,
            *_versions(form),
            c.part,
            c.id,
            c.kind,
            c.verdict,
            c.old,
            c.new,
        )
        for form in forms
        for c in form.diff.changes
    ]
    return pd.DataFrame(rows, columns=list(WAVE_FORM_COLUMNS))
