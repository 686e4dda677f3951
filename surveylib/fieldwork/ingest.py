"""From a raw table to Responses: every change logged, every doubt said."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.fieldwork.codes import LOST, SEVERAL, to_codes
from surveylib.fieldwork.corrections import gather, log
from surveylib.fieldwork.forms import Changes, forms
from surveylib.fieldwork.headers import Columns, locate
from surveylib.fieldwork.link import (
    approached,
    characteristics,
    dispositions,
    link,
    take_characteristics,
    trace_units,
)
from surveylib.fieldwork.marks import to_marks
from surveylib.fieldwork.messages import finding, first_few
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.responses import Responses
from surveylib.model.sample import Sample
from surveylib.model.study import Source, Study
from surveylib.model.table import Table

RESERVED = frozenset(
    {
        *("respondent", "unit", "wave", "stratum", "psu", "date", "minutes", "version", "dossier"),
        *("probability", "population", "sampled", "reserve", "disposition"),
    }
)


def ingest(
    table: Table, *, source: Source, questionnaire: Questionnaire, study: Study, sample: Sample | None = None
) -> tuple[Responses, tuple[Finding, ...]]:
    """The answers of one wave, cleaned only by rules that leave a line in the corrections log.

    Columns may carry group prefixes (``a-a1_simple``, ``a/a1_simple``). Codes that are not on the scale
    become blank; forms sent twice are dropped; units written by name are understood; personal text goes to
    ``private``. With a `sample`, each form is linked to its dossier: ``stratum, population, sampled,
    probability`` come from the draw, characteristics from the register (they replace what the form says),
    and every approached dossier gets a disposition.

    Returns
    -------
    Responses, tuple of Finding
        Rows have ``respondent, unit, wave, stratum, psu, date, minutes, version, dossier`` and one float
        column an item; with a sample also ``population, sampled, probability, reserve``.

    Raises
    ------
    SurveyError
        Where nothing can be salvaged: a column the source names is missing, a unit code is no unit of the
        study, an item bears the name of a column of ours, or no form is left.
    """
    place = f"{table.path.name}, wave {source.wave}"
    if clash := RESERVED & {item.id for item in questionnaire.items}:
        raise SurveyError(
            "an item bears a reserved name", where=f"questionnaire {questionnaire.id}", got=min(clash)
        )
    columns = locate(table, source=source, questionnaire=questionnaire)
    findings = _about_columns(table, columns, questionnaire, source, place)
    returned, corrections, found = forms(table, columns=columns, source=source, study=study)
    findings += found
    if sample is not None:
        returned, changes, found = trace_units(returned, sample=sample, wave=source.wave, place=place)
        corrections, findings = corrections + changes, findings + found
    rows, changes, found = _answered(returned, table, columns, questionnaire, source, place)
    corrections, findings = corrections + changes, findings + found
    frame = None
    if sample is not None:
        frame = approached(sample, wave=source.wave, returned=returned["dossier"])
        rows, changes, found = _linked(rows, frame, sample, questionnaire, source.wave, place)
        corrections, findings = corrections + changes, findings + found
    if rows.empty:
        raise SurveyError(
            "no form can be used",
            where=place,
            got=f"{len(table.rows)} lines",
            hint="see the source's columns and codes",
        )
    known = pd.DataFrame(columns=["dossier", "unit", "wave", "outcome"])
    if frame is not None:
        known = dispositions(frame, forms=returned, complete=rows, names=characteristics(sample))
    private = _private(rows, table, columns, questionnaire, source.wave)
    rows = _in_order(rows, source.wave)
    return Responses(rows=rows, corrections=gather(corrections), private=private, dispositions=known), tuple(
        findings
    )


def combine(parts: Iterable[Responses]) -> Responses:
    """The waves' answers in one: rows, logs, private texts and dispositions under one another.

    Raises
    ------
    SurveyError
        If there is nothing to combine, or a respondent stands twice in a wave.
    """
    parts = tuple(parts)
    if not parts:
        raise SurveyError("no answers to combine")

    def stack(name: str) -> pd.DataFrame:
        tables = [getattr(part, name) for part in parts]
        filled = [table for table in tables if len(table)]
        return pd.concat(filled, ignore_index=True) if filled else tables[0]

    return Responses(
        rows=stack("rows"),
        corrections=stack("corrections"),
        private=stack("private"),
        dispositions=stack("dispositions"),
    )


def _about_columns(
    table: Table, columns: Columns, questionnaire: Questionnaire, source: Source, place: str
) -> list[Finding]:
    findings = []
    if table.composed:
        findings.append(finding("D01", where=place, fields={"count": table.composed}))
    present = {name for name, _ in columns.items} | {name for name, *_ in columns.split}
    for item in questionnaire.items:
        if item.id not in present and not item.personal:
            findings.append(finding("D10", where=f"{place}, item {item.id}", fields={"item": item.id}))
    if columns.unread:
        fields = {"count": len(columns.unread), "values": first_few(columns.unread, most=8)}
        findings.append(finding("D11", where=place, fields=fields))
    return findings


def _answered(
    returned: pd.DataFrame,
    table: Table,
    columns: Columns,
    questionnaire: Questionnaire,
    source: Source,
    place: str,
) -> Changes:
    """The completed forms with their codes; those without unit or without any answer are dropped."""
    rows = returned[returned["disposition"] == "complete"].reset_index(drop=True)
    corrections, findings = [], []
    nowhere = rows["unit"] == ""
    rows, change, found = _drop(rows, nowhere, "D06", "no unit; form dropped", source.wave, place)
    corrections, findings = corrections + change, findings + found
    cells = table.rows.iloc[rows["line"]].reset_index(drop=True)
    codes, changes, found = _codes(rows, cells, columns, questionnaire, source, place)
    corrections, findings = corrections + changes, findings + found
    rows = pd.concat([rows, codes], axis=1)
    asked = [
        item.id for item in questionnaire.items if item.role in ("criterion", "anchor") and item.id in codes
    ]
    silent = rows[asked].isna().all(axis=1) if asked else pd.Series(False, index=rows.index)
    rows, change, found = _drop(
        rows, silent, "D13", "no answer on the form; form dropped", source.wave, place
    )
    return rows, corrections + change, findings + found


def _drop(rows: pd.DataFrame, mask: pd.Series, code: str, reason: str, wave: str, place: str) -> Changes:
    if not mask.any():
        return rows, [], []
    gone = rows[mask]
    fields = {"count": len(gone), "rows": first_few(gone["respondent"])}
    line = log(
        gone, wave=wave, column="(form)", old="line " + (gone["line"] + 2).astype(str), new="", reason=reason
    )
    return rows[~mask].reset_index(drop=True), [line], [finding(code, where=place, fields=fields)]


def _codes(
    rows: pd.DataFrame,
    cells: pd.DataFrame,
    columns: Columns,
    questionnaire: Questionnaire,
    source: Source,
    place: str,
) -> Changes:
    raw = {name: cells[header] for name, header in columns.items}
    for name, code, header in columns.split:
        ticked = cells[header].str.strip().str.casefold().isin(["1", "true"])
        mark = pd.Series(np.where(ticked, f"{code} ", ""), index=cells.index)
        raw[name] = raw[name] + mark if name in raw else mark
    boxed = {name for name, *_ in columns.split}
    codes, corrections, findings = {}, [], []
    for item in questionnaire.items:
        scale = questionnaire.scale_of(item.id)
        if scale.kind in ("text", "date") or item.personal:
            continue
        if item.id not in raw:
            codes[item.id] = np.full(len(rows), np.nan)
            continue
        text = raw[item.id].str.strip() if item.id in boxed else raw[item.id]
        if scale.kind == "multiple":
            coded = to_marks(text, scale=scale)
        else:
            coded = to_codes(text, scale=scale, recode=source.recode.get(item.id, {}))
        codes[item.id] = coded.values
        changed = coded.reasons != ""
        corrections.append(
            log(
                rows[changed],
                wave=source.wave,
                column=item.id,
                old=text[changed],
                new=coded.values[changed],
                reason=coded.reasons[changed],
            )
        )
        findings += _lost(rows, text, coded.reasons, item.id, place)
    return pd.DataFrame(codes, index=rows.index), corrections, findings


def _lost(rows: pd.DataFrame, text: pd.Series, reasons: np.ndarray, item: str, place: str) -> list[Finding]:
    findings = []
    several = reasons == SEVERAL
    for code, mask in (("D04", np.isin(reasons, list(LOST)) & ~several), ("D05", several)):
        if mask.any():
            fields = {
                "count": int(mask.sum()),
                "item": item,
                "values": first_few([repr(value) for value in sorted(text[mask].unique())]),
                "rows": first_few(rows.loc[mask, "respondent"]),
            }
            findings.append(finding(code, where=f"{place}, item {item}", fields=fields))
    return findings


def _linked(
    rows: pd.DataFrame,
    frame: pd.DataFrame,
    sample: Sample,
    questionnaire: Questionnaire,
    wave: str,
    place: str,
) -> Changes:
    rows, corrections, findings = link(rows, frame=frame, wave=wave, place=place)
    rows, changes, found = take_characteristics(
        rows,
        frame=frame,
        names=characteristics(sample),
        questionnaire=questionnaire,
        wave=wave,
        place=place,
    )
    return rows, corrections + changes, findings + found


def _private(
    rows: pd.DataFrame, table: Table, columns: Columns, questionnaire: Questionnaire, wave: str
) -> pd.DataFrame:
    """Open text and whatever else could name a person: one row a form that wrote some."""
    headers = dict(columns.items)
    private = pd.DataFrame({"respondent": rows["respondent"], "wave": wave})
    names = []
    for item in questionnaire.items:
        if item.id in headers and (item.personal or questionnaire.scale_of(item.id).kind == "text"):
            private[item.id] = table.rows[headers[item.id]].iloc[rows["line"]].str.strip().to_numpy()
            names.append(item.id)
    return private[(private[names] != "").any(axis=1)].sort_values("respondent", ignore_index=True)


def _in_order(rows: pd.DataFrame, wave: str) -> pd.DataFrame:
    rows = rows.assign(wave=wave)
    rows["stratum"] = rows["stratum"].where(rows["stratum"] != "", "all")
    rows["psu"] = rows["psu"].where(rows["psu"] != "", rows["respondent"])
    first = ["respondent", "unit", "wave", "stratum", "psu", "date", "minutes", "version", "dossier"]
    rest = [name for name in rows.columns if name not in {*first, "line", "raw_unit", "disposition"}]
    return rows[[*first, *rest]]
