"""Days in a table of cells: when a wave ended, when a unit started, so which waves lie before and after."""

from __future__ import annotations

import datetime

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.study import Study


def wave_ends(tidy: pd.DataFrame, *, study: Study | None) -> dict[str, datetime.date]:
    """The last day of each wave: by the study, a column ``date``, or the wave's own name; else absent."""
    if study is not None:
        return {wave.id: wave.end for wave in study.waves if wave.id in set(tidy["wave"])}
    source = tidy["date"].astype(str) if "date" in tidy else tidy["wave"]
    days = pd.DataFrame({"wave": tidy["wave"], "day": [_day(value) for value in source]}).dropna()
    return days.groupby("wave")["day"].max().to_dict()


def _day(value: str) -> datetime.date | None:
    text = str(value).strip()
    if len(text) == 7:
        text += "-28"
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def start_days(tidy: pd.DataFrame, *, study: Study | None) -> dict[str, datetime.date]:
    """The day each unit starts, for those that do: by the study, or the column ``start``."""
    if study is not None:
        return {unit.id: unit.exposure.start for unit in study.units if unit.exposure.start is not None}
    if "start" not in tidy:
        return {}
    given = tidy.dropna(subset=["start"]).drop_duplicates("unit").set_index("unit")["start"].astype(str)
    given = given[given.str.strip() != ""]
    try:
        return {str(unit): datetime.date.fromisoformat(day.strip()[:10]) for unit, day in given.items()}
    except ValueError as error:
        raise SurveyError(
            "day of start cannot be read", where="cells, column start", expected="2015-03-01", got=str(error)
        ) from error


def waves_before_start(tidy: pd.DataFrame, *, study: Study | None) -> list[tuple[str, tuple[str, ...]]]:
    """The pilots that had not begun when a wave counted as after the pilot ended, each with those waves."""
    ends, starts = wave_ends(tidy, study=study), start_days(tidy, study=study)
    after = tidy[(tidy["role"] == "post") & (tidy["arm"] == "pilot")]
    late: dict[str, set[str]] = {}
    for unit, wave in zip(after["unit"], after["wave"], strict=True):
        if unit in starts and wave in ends and ends[wave] < starts[unit]:
            late.setdefault(unit, set()).add(wave)
    return [(unit, tuple(sorted(waves))) for unit, waves in sorted(late.items())]


def dated_roles(rows: pd.DataFrame) -> pd.Series | None:
    """pre, post or other by day: before the first pilot started, from the last one's start on, or between.

    None unless the cells have a column ``start`` and every wave has a day.
    """
    ends, starts = wave_ends(rows, study=None), start_days(rows, study=None)
    pilots = set(rows.loc[rows["arm"] == "pilot", "unit"]) if "arm" in rows else set()
    days = [day for unit, day in starts.items() if unit in pilots]
    if not days or set(rows["wave"]) - set(ends):
        return None
    ended = rows["wave"].map(ends)
    return (
        pd.Series("other", index=rows.index).mask(ended < min(days), "pre").mask(ended >= max(days), "post")
    )
