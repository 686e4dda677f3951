"""What stands beside the units, made up: extracts of records, and PAPI of provinces that do not exist."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.rehearsal import MARK, MARK_COLUMN, InventedNumber, Rehearsal
from surveylib.model.study import Study, Unit, Wave
from surveylib.rng import stream

_KEYS = ("KEY", "unit", "period_from", "period_to")
_SUBS = ("SC11", "SC12", "SC13", "SC14", "SC21", "SC22", "SC23", "SC31", "SC32", "SC33")
_SUBS += tuple(f"SC{dimension}{place}" for dimension in (4, 5, 6) for place in (1, 2, 3, 4))


def invent_records(
    study: Study, *, questionnaire: Questionnaire, wave: str, truth: Rehearsal, seed: int
) -> pd.DataFrame:
    """The forms of the extract of records for one wave: one a unit and month, `record_months` of them, the
    last in the month in which the wave begins. What full exposure does holds from the unit's first day.

    Raises
    ------
    SurveyError
        If a declared number is none of the form's items, or rests on one that is not declared, or on itself.
    """
    known = [item.id for item in questionnaire.items]
    for name in truth.records:
        if name not in known:
            raise unknown("item", name, known, where="rehearsal, records")
    order = _first_things_first(truth.records)
    rows = [
        _form(unit, study.wave(wave), month, questionnaire, truth, seed, order)
        for unit in study.units
        for month in range(truth.record_months)
    ]
    made = pd.DataFrame(rows)
    # A form has a place for every number.
    numbers = [name for name in known if name not in _KEYS]
    return made.reindex(columns=[*_KEYS, *numbers, MARK_COLUMN]).astype("string").fillna("")


def _first_things_first(numbers: Mapping[str, InventedNumber]) -> tuple[str, ...]:
    """The numbers, each after those it rests on, in whatever order they were declared.

    >>> due, kept = InventedNumber(mean=9), InventedNumber(of="due", share=0.5)
    >>> _first_things_first({"kept": kept, "due": due})
    ('due', 'kept')
    """
    rests_on = {
        name: [one for one in (number.of, number.less) if one is not None] for name, number in numbers.items()
    }
    for name, others in rests_on.items():
        for other in others:
            if other not in numbers:
                raise unknown("number", other, numbers, where=f"rehearsal, records, {name}")
    try:
        return tuple(TopologicalSorter(rests_on).static_order())
    except CycleError as error:
        raise SurveyError(
            "invented numbers rest on one another in a circle",
            where="rehearsal, records",
            expected="a number with a mean that the others rest on",
            got=" → ".join(error.args[1]),
        ) from error


def _form(
    unit: Unit,
    wave: Wave,
    back: int,
    questionnaire: Questionnaire,
    truth: Rehearsal,
    seed: int,
    order: tuple[str, ...],
) -> dict[str, object]:
    first = _month(wave.start, -back)
    last = _month(first, 1) - datetime.timedelta(days=1)
    exposed = unit.exposure.on(first) != "none"
    reached = (truth.interim_share if wave.role == "interim" else 1.0) if exposed else 0.0
    key = f"A-{unit.id}-{first:%Y-%m}"
    row: dict[str, object] = dict(zip(_KEYS, (key, unit.id, first, last), strict=True))
    for name in order:
        number = truth.records[name]
        random = stream(seed, "rehearsal", "records", name, unit.id, f"{first:%Y-%m}")
        own = number.unrest * (
            stream(seed, "rehearsal", "records", name, unit.id).standard_normal() + random.standard_normal()
        )
        asked = unit.type in questionnaire.item(name).applies_to
        row[name] = _number(number, row, own, reached, random) if asked else None
    return row | {MARK_COLUMN: MARK}


def _number(
    number: InventedNumber, row: dict, own: float, reached: float, random: np.random.Generator
) -> int:
    if number.mean is not None:
        factor = 1 + reached * ((1.0 if number.effect is None else number.effect) - 1)
        return int(random.poisson(number.mean * factor * np.exp(own)))
    if number.share is None:
        return row[number.of] - row[number.less]
    share = number.share + reached * (number.effect or 0.0)
    return int(random.binomial(row[number.of], 1 / (1 + (1 - share) / share * np.exp(-own))))


def _month(day: datetime.date, months: int) -> datetime.date:
    """The first day of the month so many months later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, 1)


def invent_papi(study: Study, *, truth: Rehearsal, seed: int) -> pd.DataFrame:
    """A panel in the columns in which PAPI is handed on as CSV.

    The first province bears the name the study asks for; all others are numbered and say that they are made
    up.
    """
    made, random = truth.papi, stream(seed, "rehearsal", "papi")
    years, places = range(made.first, made.last + 1), range(1, made.provinces + 1)
    own = made.province_sd * random.standard_normal((made.provinces, len(_SUBS)))
    common = made.common_sd * random.standard_normal((len(years), len(_SUBS)))
    parts = []
    for place in places:
        noise = made.year_sd * random.standard_normal((len(years), len(_SUBS)))
        scores = np.clip(made.level + own[place - 1] + common + noise, 0.33, 3.33).round(6)
        name = f"Tỉnh giả định {place:02d}" if place > 1 else study.context.province
        keys = pd.DataFrame({"Province": f"X{place:02d}", "province_name": name, "year": list(years)})
        parts.append(pd.concat([keys, pd.DataFrame(scores, columns=list(_SUBS))], axis=1))
    return pd.concat(parts, ignore_index=True).assign(**{MARK_COLUMN: MARK})
