"""When and with which form answers were given, and whether every unit gave any."""

from __future__ import annotations

from collections.abc import Iterator

from surveylib.fieldwork.messages import finding, first_few
from surveylib.fieldwork.quality.limits import Limits
from surveylib.model.finding import Finding
from surveylib.model.responses import Responses
from surveylib.model.study import Study


def outside_wave(responses: Responses, study: Study) -> Iterator[Finding]:
    """D20: forms dated before or after their wave."""
    if "date" not in responses.rows:
        return
    for wave, rows in responses.rows.groupby("wave", sort=True):
        start, end = study.wave(wave).start.isoformat(), study.wave(wave).end.isoformat()
        day = rows["date"].fillna("")
        late = rows[(day != "") & ((day < start) | (day > end))]
        if len(late):
            fields = {"count": len(late), "start": start, "end": end, "rows": first_few(late["respondent"])}
            yield finding("D20", where=f"wave {wave}", fields=fields)


def empty_units(responses: Responses, study: Study) -> Iterator[Finding]:
    """D21: units of the study without a single answer in a wave that has answers."""
    for wave, rows in responses.rows.groupby("wave", sort=True):
        present = set(rows["unit"])
        for unit in study.units:
            if unit.id not in present:
                fields = {"unit": unit.id, "name": unit.name.vi, "wave": wave}
                yield finding("D21", where=f"wave {wave}, unit {unit.id}", fields=fields)


def fast_forms(responses: Responses, limits: Limits) -> Iterator[Finding]:
    """D23: forms filled in much faster than the wave's median."""
    if "minutes" not in responses.rows:
        return
    for wave, rows in responses.rows.groupby("wave", sort=True):
        known = rows[rows["minutes"].notna()]
        if len(known) < limits.fewest:
            continue
        median = known["minutes"].median()
        fast = known[known["minutes"] < limits.fast_share * median]
        if len(fast):
            fields = {
                "count": len(fast),
                "least": f"{limits.fast_share * median:.1f}",
                "median": f"{median:.1f}",
                "rows": first_few(fast["respondent"]),
            }
            yield finding("D23", where=f"wave {wave}", fields=fields)


def other_version(responses: Responses, study: Study) -> Iterator[Finding]:
    """D29: forms of another version than the wave's."""
    if "version" not in responses.rows:
        return
    for wave, rows in responses.rows.groupby("wave", sort=True):
        expected = study.wave(wave).instrument_version
        given = rows["version"].fillna("")
        other = rows[(given != "") & (given != expected)]
        if len(other):
            fields = {
                "count": len(other),
                "expected": expected,
                "values": first_few(sorted(other["version"].unique())),
                "rows": first_few(other["respondent"]),
            }
            yield finding("D29", where=f"wave {wave}", fields=fields)
