"""The form for lessons of every pilot unit of a run, filled in with what its interim review has seen."""

from __future__ import annotations

import pandas as pd

from surveylib.model.evidence import CRITERION
from surveylib.model.interim import BANDS
from surveylib.model.study import Study, Unit
from surveylib.model.text import Text
from surveylib.report.lessons import Band, Criterion, Lessons, lessons_numbers, write_lessons
from surveylib.report.printing import Number, named_number
from surveylib.runner.case import Case
from surveylib.runner.program import INTERIM_NOTEBOOK, unit_notebooks
from surveylib.runner.shows.interim import LESSONS, NOTHING, WORDS, criteria_of, lessons_address

_TITLE = Text(vi="Biểu rút kinh nghiệm giữa kỳ", en="Lessons at half-time")
_NOTE = Text(
    vi="Điểm 0–100 do khách của đơn vị đánh giá. Tác động là thay đổi của đơn vị trừ thay đổi của các đơn "
    "vị so sánh, kéo về trung bình. Sơ kết để rút kinh nghiệm, không phải kết luận về thí điểm.",
    en="Scores of 0–100 as the unit's clients gave them. The effect is the unit's change less that of the "
    "comparison units, drawn to the mean. The review is for learning and is no verdict on the pilot.",
)
_FIGURES = {
    "before": ("pre", "number:0"),
    "now": ("interim", "number:0"),
    "effect": ("shrunk", "signed:0"),
    "low": ("shrunk_low", "signed:0"),
    "high": ("shrunk_high", "signed:0"),
}


def lesson_units(study: Study) -> tuple[Unit, ...]:
    """The units that have an interim review."""
    return tuple(unit for unit in study.units if INTERIM_NOTEBOOK in unit_notebooks(study, unit))


def write_all_lessons(case: Case, *, study: Study) -> list[pd.DataFrame]:
    """Write the form of every unit that has a review; the numbers on them, for ``estimates.csv``."""
    printed = []
    for unit in lesson_units(study):
        form, address = lessons_of(case, unit=unit), lessons_address(unit.id)
        last = max(wave.end for wave in study.waves if wave.role == "interim")
        write_lessons(form, case.folder / address, made=last)
        printed.append(lessons_numbers(address, form))
    return printed


def lessons_of(case: Case, *, unit: Unit) -> Lessons:
    """The form of one unit; without a review yet it says so and has nothing filled in."""
    rows, numbers = criteria_of(case, unit.id), []
    text_of = {one.id: one.text for one in case.questionnaire.criteria}
    bands = []
    for band in BANDS if len(rows) else ():
        own = rows[rows["band"] == band]
        if len(own):
            listed = tuple(_criterion(one, text_of, numbers) for one in own.to_dict("records"))
            bands.append(Band(name=WORDS[band], criteria=listed))
    waves = [wave for wave in case.study.waves if wave.role == "interim"]
    level = f"{case.plan.analysis.level:.0%}"
    return Lessons(
        title=_TITLE,
        study=case.study.title,
        unit=unit.name,
        wave=waves[-1].name,
        note=_NOTE if bands else NOTHING,
        interval=Text(vi=f"Khoảng {level}", en=f"{level} interval"),
        bands=tuple(bands),
        questions=LESSONS,
        mark=case.mark,
        numbers=tuple(numbers),
    )


def _criterion(row: dict, text_of: dict[str, Text], numbers: list[Number]) -> Criterion:
    name = row["outcome"].removeprefix(CRITERION)
    words, printed = text_of[name], {}
    for place, (column, form) in _FIGURES.items():
        if pd.notna(row[column]):
            made = named_number(f"{name}.{place}", float(row[column]), lang="vi", form=form)
            numbers.append(made)
            printed[place] = made.printed
    if {"low", "high"} <= set(printed):
        printed["interval"] = f"[{printed.pop('low')}; {printed.pop('high')}]"
    return Criterion(name=Text(vi=f"{name}. {words.vi}", en=words.en), **printed)
