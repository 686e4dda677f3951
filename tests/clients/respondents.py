"""Invented respondents: every code of every item, blanks, codes off the scale, numbers out of bounds."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np
import pandas as pd

from surveylib.instrument.score import outcomes, relevant
from surveylib.model.questionnaire import Item, Questionnaire, Scale
from surveylib.model.study import Study

BLANK_SHARE = 0.15
Person = dict[str, str]


def respondents(questionnaire: Questionnaire, study: Study, *, n: int, seed: int) -> list[Person]:
    """What `n` people would enter, "" where nothing; units in turn, so that every type is there."""
    rng = np.random.default_rng(seed)
    people = []
    for number in range(n):
        unit = study.units[number % len(study.units)]
        person = {"unit": unit.id, "wave": study.waves[0].id}
        for item in questionnaire.items:
            pool = answers(questionnaire.scale_of(item.id))
            entered = "" if rng.random() < BLANK_SHARE else pool[rng.integers(len(pool))]
            person[item.id] = entered if unit.type in item.applies_to else ""
        people.append(person)
    return people


def answers(scale: Scale) -> list[str]:
    """Everything a person may enter on this scale."""
    codes = [str(code) for code in (*scale.codes, *scale.off_codes)]
    match scale.kind:
        case "text":
            return ["Cảm ơn", "không"]
        case "date":
            days = [scale.earliest, scale.latest]
            around = [day + datetime.timedelta(step) for day in days if day for step in (-1, 0, 1)]
            return [day.isoformat() for day in around or [datetime.date(2015, 6, 1)]]
        case "number":
            return [*codes, *_around(scale)]
        case "multiple":
            marks = [f"{a} {b}" for a in codes for b in codes if int(a) < int(b)]
            return [*codes, *marks, " ".join(codes)]
    return codes


def _around(scale: Scale) -> Iterator[str]:
    for limit in (scale.minimum, scale.maximum):
        for step in (-1, 0, 1):
            if limit is not None and limit + step >= 0:
                yield f"{limit + step:g}"
    yield from ("7", "12") if scale.integer else ("7", "12.5")


def table(people: list[Person], questionnaire: Questionnaire) -> pd.DataFrame:
    """The answers as `ingest` gives them: codes as numbers, marks as text."""
    rows = pd.DataFrame(people)
    for item in questionnaire.items:
        if questionnaire.scale_of(item.id).kind not in ("text", "date", "multiple"):
            rows[item.id] = pd.to_numeric(rows[item.id].replace("", None))
    return rows


def expected(people: list[Person], questionnaire: Questionnaire, study: Study) -> list[dict]:
    """What our own rules say of every person: who is asked what, what is wrong, and the scores."""
    rows = table(people, questionnaire)
    types = {unit.id: unit.type for unit in study.units}
    scores = outcomes(rows, questionnaire, unit_types=types)
    of_type = rows["unit"].map(types)
    asked = {
        item.id: relevant(rows, questionnaire, item.id) & of_type.isin(item.applies_to).to_numpy()
        for item in questionnaire.items
    }

    def whole(item: Item, place: int) -> str:
        there = item.part_of is not None and asked[item.part_of][place]
        return people[place][item.part_of] if there else ""

    return [
        {
            "relevant": sorted(name for name, truths in asked.items() if truths[place]),
            "violations": {
                item.id: wrong
                for item in questionnaire.items
                if asked[item.id][place]
                and (wrong := _wrong(item, questionnaire, person[item.id], whole(item, place)))
            },
            "scores": {name: scores[name].iloc[place] for name in scores},
        }
        for place, person in enumerate(people)
    ]


def _wrong(item: Item, questionnaire: Questionnaire, entered: str, whole: str) -> str | None:
    """Why a form must not let the answer pass, None where it may."""
    scale = questionnaire.scale_of(item.id)
    if entered == "":
        return "required" if item.required else None
    if scale.kind == "number":
        inside = (scale.minimum is None or float(entered) >= scale.minimum) and (
            scale.maximum is None or float(entered) <= scale.maximum
        )
        unbound = whole == "" or float(whole) in scale.off_codes or float(entered) <= float(whole)
        return None if (inside and unbound) or float(entered) in scale.off_codes else "constraint"
    if scale.kind == "date":
        day = datetime.date.fromisoformat(entered)
        late = scale.latest is not None and day > scale.latest
        return "constraint" if late or (scale.earliest is not None and day < scale.earliest) else None
    marks = [int(mark) for mark in entered.split()] if scale.kind == "multiple" else []
    exclusive = {*scale.alone, *scale.off_codes}
    return "constraint" if len(marks) > 1 and exclusive & set(marks) else None
