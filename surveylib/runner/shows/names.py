"""Names of units, waves and outcomes in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from surveylib.model.finding import Finding
from surveylib.model.text import Lang, Text
from surveylib.report.words import ARMS, ROLES, UNIT_TYPES
from surveylib.runner.case import Case

_PLACES = {"item": Text(vi="câu", en="item"), "scale": Text(vi="thang", en="scale")}


def named(frame: pd.DataFrame, case: Case, *, lang: Lang) -> pd.DataFrame:
    """The table with unit, wave, outcome, arm, type and role replaced by their words, in the study's
    order."""
    study, made = case.study, frame.copy()
    units = {unit.id: unit.name.get(lang) for unit in study.units}
    waves = {wave.id: wave.name.get(lang) for wave in study.waves}
    outcomes = {name: text.get(lang) for name, text in case.labels.items()}
    for column, names in (("unit", units), ("wave", waves), ("outcome", outcomes)):
        if column in made:
            order = {name: place for place, name in enumerate(names)}
            made = made.sort_values(column, key=lambda values, order=order: values.map(order), kind="stable")
            made[column] = made[column].map(lambda name, names=names: names.get(name, name))
    for column, words in (("arm", ARMS), ("type", UNIT_TYPES), ("role", ROLES)):
        if column in made:
            made[column] = made[column].map(
                lambda name, words=words: words[name].get(lang) if name in words else name
            )
    return made.reset_index(drop=True)


def placed(findings: Iterable[Finding], case: Case, *, lang: Lang) -> tuple[Finding, ...]:
    """The findings with their places in words: "t0.csv, wave t0, item a1_trips" as the wave's name and the
    item."""
    return tuple(replace(found, where=_place(found.where, case, lang)) for found in findings)


def _place(where: str, case: Case, lang: Lang) -> str:
    names = {one.id: one.name.get(lang) for one in (*case.study.units, *case.study.waves)}
    made = []
    for part in re.split(r"(, | / )", where):
        kind, _, name = part.rpartition(" ")
        if part in names or (kind in ("wave", "unit") and name in names):
            made.append(names[name])
        else:
            made.append(f"{_PLACES[kind].get(lang)} {name}" if kind in _PLACES else part)
    words = "".join(made)
    # The file of a wave says no more than the wave.
    return re.sub(r"^[^,/]+\.csv, ", "", words) if any(name in words for name in names.values()) else words


def waves_in(frame: pd.DataFrame, case: Case, *, lang: Lang) -> list[str]:
    """The names of the waves that occur in a table, in the study's order."""
    present = set(frame["wave"])
    return [wave.name.get(lang) for wave in case.study.waves if wave.id in present]


def unit_names(case: Case, *, lang: Lang) -> dict[str, str]:
    """Names of the units by id."""
    return {unit.id: unit.name.get(lang) for unit in case.study.units}


def scale_words(case: Case) -> Text:
    """The range of the primary index in words: ``thang 1–5``."""
    asked = case.questionnaire
    index = next((index for index in asked.indices if index.id == case.primary), None)
    codes = asked.scale_of(index.items[0] if index else case.primary).codes
    span = f"{min(codes)}–{max(codes)}" if codes else ""
    return Text(vi=f"thang {span}", en=f"{span} scale")


def is_share(case: Case, outcome: str) -> bool:
    """Whether an outcome is a share, to be read in percent."""
    return any(made.id == outcome and made.measure == "share" for made in case.questionnaire.outcomes)


def outcome_units(case: Case, *, lang: Lang) -> dict[str, str]:
    """What an outcome is counted in, in brackets: minutes, visits, percentage points."""
    points = Text(vi="điểm phần trăm", en="percentage points")
    units = {
        made.id: points if made.measure == "share" else made.unit for made in case.questionnaire.outcomes
    }
    return {name: f"({unit.get(lang)})" for name, unit in units.items() if unit is not None}


def stratum_words(case: Case, stratum: str, *, lang: Lang) -> str:
    """A stratum in words: ``procedure=2`` as the label of code 2."""
    parts = []
    for part in stratum.split(";"):
        name, _, code = part.partition("=")
        parts.append(choice_words(case, name, code, lang=lang) if code else part)
    return " · ".join(parts)


def choice_words(case: Case, variable: str, level: object, *, lang: Lang) -> str:
    """The label of a code of an item; the code itself where there is none."""
    asked = case.questionnaire
    if variable not in {item.id for item in asked.items}:
        return str(level)
    words = {str(choice.code): choice.text.get(lang) for choice in asked.scale_of(variable).choices}
    return words.get(str(level).removesuffix(".0"), str(level))
