"""The forms as they came: who, which unit, which dossier, when; repeated ones dropped."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, did_you_mean
from surveylib.fieldwork.corrections import log
from surveylib.fieldwork.headers import Columns
from surveylib.fieldwork.messages import finding, first_few
from surveylib.model.finding import Finding
from surveylib.model.study import Source, Study
from surveylib.model.table import Table

OUTCOMES = ("complete", "refusal", "noncontact", "ineligible", "unknown")
Changes = tuple[pd.DataFrame, list[pd.DataFrame], list[Finding]]


def forms(table: Table, *, columns: Columns, source: Source, study: Study) -> Changes:
    """One row a form: who, which unit, which dossier, how it ended, when.

    Columns ``respondent, raw_unit, unit, dossier, disposition, date, minutes, version, psu, stratum`` and
    ``line``, its position in the file.

    Returns the rows, the corrections made and the findings.

    Raises
    ------
    SurveyError
        If the unit column holds codes that are no unit of the study.
    """
    raw, place = table.rows, f"{table.path.name}, wave {source.wave}"
    rows = pd.DataFrame({"line": np.arange(len(raw))})
    rows["respondent"] = _respondents(raw, columns.respondent)
    rows, corrections, findings = _once(rows, raw, place, source.wave)
    raw = raw.iloc[rows["line"]].reset_index(drop=True)
    for name in ("dossier", "psu", "stratum", "version"):
        header = getattr(columns, name)
        rows[name] = raw[header].str.strip() if header else ""
    rows["raw_unit"] = raw[columns.unit] if columns.unit else ""
    rows["unit"], changed = unit_ids(rows["raw_unit"], source=source, study=study, place=place)
    corrections.append(
        log(
            rows[changed],
            wave=source.wave,
            column="unit",
            old=rows.loc[changed, "raw_unit"],
            new=rows.loc[changed, "unit"],
            reason="unit written by name or with stray spaces",
        )
    )
    rows["disposition"], found = _dispositions(rows, raw, columns, place)
    findings += found
    rows["date"], found = _dates(rows, raw, columns, source, place)
    findings += found
    rows["minutes"] = _minutes(raw, columns)
    return rows, corrections, findings


def _respondents(raw: pd.DataFrame, header: str | None) -> pd.Series:
    numbered = pd.Series([f"row-{number:06d}" for number in range(1, len(raw) + 1)], dtype=object)
    if header is None:
        return numbered
    given = raw[header].str.strip()
    return given.where(given != "", numbered)


def _once(rows: pd.DataFrame, raw: pd.DataFrame, place: str, wave: str) -> Changes:
    """Keep the first form of each id; say whether the others were the same."""
    again = rows.duplicated("respondent")
    same = again & raw.assign(respondent=rows["respondent"]).duplicated()
    corrections, findings = [], []
    for code, mask, reason in (
        ("D02", same, "form sent twice; this copy dropped"),
        ("D03", again & ~same, "another form has this id; the first was kept"),
    ):
        if mask.any():
            twice = rows[mask]
            fields = {"count": len(twice), "rows": first_few(twice["respondent"])}
            findings.append(finding(code, where=place, fields=fields))
            lines = "line " + (twice["line"] + 2).astype(str)
            corrections.append(log(twice, wave=wave, column="(form)", old=lines, new="", reason=reason))
    return rows[~again].reset_index(drop=True), corrections, findings


def unit_ids(raw: pd.Series, *, source: Source, study: Study, place: str) -> tuple[pd.Series, pd.Series]:
    """Unit ids ("" where blank), and which of them did not stand there as declared."""
    known = {unit.id: unit.id for unit in study.units}
    for unit in study.units:
        known.setdefault(_fold(unit.name.vi), unit.id)
        known.setdefault(_fold(unit.name.en), unit.id)
    meaning, strange = {}, {}
    for value, count in raw.value_counts().sort_index().items():
        text = value.strip()
        unit = source.unit_codes.get(text) or known.get(text) or known.get(_fold(text)) or ""
        meaning[value] = unit
        if text and not unit:
            strange[text] = int(count)
    if strange:
        options = [*source.unit_codes, *(unit.id for unit in study.units)]
        raise SurveyError(
            "unit codes that are no unit of the study",
            where=f"{place}, column {source.unit}",
            expected="one of " + first_few(options, most=20),
            got=first_few([f"{name!r} ({count} rows)" for name, count in sorted(strange.items())], most=10),
            hint=did_you_mean(min(strange), options) or "declare them under `unit_codes` of the source",
        )
    units = raw.map(meaning)
    declared = raw.isin([*source.unit_codes, *(unit.id for unit in study.units)])
    return units, (units != "") & ~declared


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def _dispositions(
    rows: pd.DataFrame, raw: pd.DataFrame, columns: Columns, place: str
) -> tuple[pd.Series, list[Finding]]:
    if columns.disposition is None:
        return pd.Series("complete", index=rows.index), []
    given = raw[columns.disposition].str.strip().str.casefold()
    given = given.where(given != "", "complete")
    strange = ~given.isin(OUTCOMES)
    if not strange.any():
        return given, []
    fields = {
        "count": int(strange.sum()),
        "values": first_few(sorted(given[strange].unique())),
        "rows": first_few(rows.loc[strange, "respondent"]),
    }
    return given.where(~strange, "complete"), [finding("D14", where=place, fields=fields)]


def _dates(
    rows: pd.DataFrame, raw: pd.DataFrame, columns: Columns, source: Source, place: str
) -> tuple[pd.Series, list[Finding]]:
    """ISO days ("" where unknown)."""
    if columns.date is None:
        return pd.Series("", index=rows.index), []
    text = raw[columns.date].str.strip()
    if source.date_format:
        parsed = pd.to_datetime(text, format=source.date_format, errors="coerce")
    else:
        # The day as it was where the form was filled in: the clock's zone is no reason to move it.
        parsed = pd.to_datetime(text.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    strange = parsed.isna() & (text != "")
    days = parsed.dt.strftime("%Y-%m-%d").fillna("").astype(object)
    if not strange.any():
        return days, []
    fields = {
        "count": int(strange.sum()),
        "values": first_few(sorted(text[strange].unique()), most=3),
        "rows": first_few(rows.loc[strange, "respondent"]),
    }
    return days, [finding("D12", where=place, fields=fields)]


def _minutes(raw: pd.DataFrame, columns: Columns) -> pd.Series:
    if columns.start is None or columns.end is None:
        return pd.Series(np.nan, index=raw.index)
    ends = [
        pd.to_datetime(raw[name], format="ISO8601", utc=True, errors="coerce")
        for name in (columns.start, columns.end)
    ]
    return (ends[1] - ends[0]).dt.total_seconds() / 60
