"""Freeze a plan, and find what was changed since."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from surveylib.errors import SurveyError
from surveylib.model.frozen import PARTS, Deviation, Freezing, FrozenPlan, canonical, digest_of
from surveylib.model.plan import AnalysisPlan, Registration
from surveylib.model.study import Study

_WAVE = (
    *("role", "start", "end", "instrument", "instrument_version", "mode", "place"),
    *("interviewer_employer", "staff_present"),
)


def study_record(study: Study, *, questionnaires: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What of a study a plan rests on, as plain JSON: units, exposure, waves, and the digest of each
    questionnaire."""
    units = {unit.id: {"type": unit.type, "model": unit.model} for unit in study.units}
    exposure = {unit.id: canonical(dataclasses.asdict(unit.exposure)) for unit in study.units}
    waves = {wave.id: canonical({name: getattr(wave, name) for name in _WAVE}) for wave in study.waves}
    return {"units": units, "exposure": exposure, "waves": waves, "questionnaires": dict(questionnaires)}


def freeze(
    plan: AnalysisPlan,
    *,
    record: Mapping[str, dict[str, Any]],
    at: datetime.datetime,
    by: str,
    words: str = "",
    before: FrozenPlan | None = None,
) -> FrozenPlan:
    """The history with one freezing more.

    Parameters
    ----------
    record : mapping
        As `study_record` gives it.
    before : FrozenPlan, optional
        The history so far; nothing of it is lost.

    Raises
    ------
    SurveyError
        If the same person froze the very same plan last, if `at` lies before the last freezing, or nobody
        signs.

    Examples
    --------
    >>> noon = datetime.datetime(2015, 9, 30, 12, tzinfo=datetime.UTC)
    >>> frozen = freeze(AnalysisPlan(), record={}, at=noon, by="Sở Nội vụ")
    >>> len(frozen.history), deviations(frozen, plan=AnalysisPlan(), record={}, first_answer=None)
    (1, ())
    """
    history = () if before is None else before.history
    contents, kept = plan.contents, canonical(dict(record))
    _refuse_idle(history, plan=contents, study=kept, at=at, by=by.strip())
    made = {
        "at": at.replace(microsecond=0),
        "by": by.strip(),
        "words": words.strip(),
        "plan": contents,
        "study": kept,
        "plan_digest": digest_of(contents),
        "study_digest": digest_of(kept),
    }
    unsealed = Freezing(**made, seal="")
    seal = unsealed.sealed_after(history[-1].seal if history else "")
    return FrozenPlan(history=(*history, dataclasses.replace(unsealed, seal=seal)))


def _refuse_idle(history: tuple[Freezing, ...], *, plan: dict, study: dict, at, by: str) -> None:
    if not history:
        return
    last = history[-1]
    if (last.plan, last.study, last.by) == (plan, study, by):
        raise SurveyError(
            "this plan is frozen already",
            got=f"by {last.by} on {last.at.date()}, unchanged since",
            hint="there is nothing to freeze again",
        )
    if at < last.at:
        raise SurveyError(
            "the clock stands before the last freezing", expected=f"after {last.at}", got=str(at)
        )


def deviations(
    frozen: FrozenPlan | None,
    *,
    plan: AnalysisPlan,
    record: Mapping[str, dict[str, Any]],
    first_answer: datetime.date | None,
) -> tuple[Deviation, ...]:
    """Field by field, how plan and study differ from what is in force; nothing without a frozen plan.

    A part the `record` does not know (as the questionnaires, where only a table of cells is at hand) is not
    compared.
    """
    if frozen is None:
        return ()
    kept, found = frozen.in_force(first_answer), []
    pairs = [("plan", kept.plan, plan.contents)]
    pairs += [(part, kept.study.get(part, {}), record[part]) for part in PARTS if part in record]
    for part, old, new in pairs:
        for field, before, after in _differences("", old, canonical(new)):
            found.append(Deviation(part=part, field=field, old=_shown(before), new=_shown(after)))
    return tuple(found)


_ABSENT = object()


def _differences(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in (*old, *(name for name in new if name not in old)):
            place = f"{path}.{name}" if path else str(name)
            yield from _differences(place, old.get(name, _ABSENT), new.get(name, _ABSENT))
    elif _listed(old) and _listed(new) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True), 1):
            yield from _differences(f"{path}[{number}]", one, other)
    elif old != new:
        yield path, old, new


def _listed(value: Any) -> bool:
    """Lists of mappings (the rules) are compared entry by entry, lists of words as a whole."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def registered(
    plan: AnalysisPlan, frozen: FrozenPlan | None, *, first_answer: datetime.date | None
) -> AnalysisPlan:
    """The plan as registered by what is frozen, and by nobody where nothing is: a date in a file proves
    nothing."""
    if frozen is None:
        return dataclasses.replace(plan, registered=None)
    kept = frozen.in_force(first_answer)
    return dataclasses.replace(plan, registered=Registration(at=kept.at.date(), by=kept.by))


def first_answer(
    study: Study, *, plan: AnalysisPlan, dated: Mapping[str, Iterable[datetime.date]] | None = None
) -> datetime.date | None:
    """The day of the first answer after the pilot: from then on nothing can be settled beforehand.

    `dated` gives by wave the days on which answers were given. A day before the end of any wave that began
    earlier is a slip of the pen (D20 names the form) and does not count; a wave without a day that counts has
    its declared first day.
    """
    named, firsts = plan.waves.post, []
    for wave in study.waves:
        if wave.id in named if named else wave.role == "post":
            least = max((other.end for other in study.waves if other.start < wave.start), default=None)
            days = [day for day in (dated or {}).get(wave.id, ()) if least is None or day > least]
            firsts.append(min(days, default=wave.start))
    return min(firsts, default=None)
