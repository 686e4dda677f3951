"""What stands beside the units of a run: PAPI of the province, and the offices' own records.

Kept apart from `stages`: nothing computed here reaches a score, an effect or the verdict.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation.extract import (
    check_records,
    record_cells,
    record_counts,
    record_months,
    record_moves,
)
from surveylib.evaluation.papi import against_provinces, find_province, synthetic_tables
from surveylib.fieldwork import combine, ingest, read_table
from surveylib.fieldwork.messages import finding
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.study import Source, Study
from surveylib.runner.papi_file import read_papi
from surveylib.runner.place import StudyFiles

RECORDS = "A"  # the instrument that is read as an extract of records


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beside:
    """Tables of context by name, what was found, and whether a file bears the mark of a rehearsal."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    simulated: bool = False


def beside_units(files: StudyFiles, *, folder: Path) -> Beside:
    """The context of a run from the files in `folder`; what has not come in is left out, with a finding.

    Raises
    ------
    SurveyError
        If a file cannot be read as what it should be.
    """
    papi, records = _papi(files, folder), _records(files, folder)
    return Beside(
        tables=papi.tables | records.tables,
        findings=(*papi.findings, *records.findings),
        simulated=papi.simulated or records.simulated,
    )


def record_form(files: StudyFiles, source: Source) -> Questionnaire:
    """The questionnaire of a source of `other_sources`.

    Raises
    ------
    SurveyError
        If it is not the extract of records, the only one that is read.
    """
    asked = dict(files.others)[source.instrument]
    if asked.instrument != RECORDS:
        raise SurveyError(
            "other_sources takes the extract of records only",
            where=f"{files.folder / 'study.yaml'}, other_sources, wave {source.wave}",
            expected=f"a questionnaire of instrument {RECORDS} (one form a unit and month)",
            got=f"{source.instrument} (instrument {asked.instrument})",
            hint="clients' answers stand under `sources`; answers to other instruments are not analysed: "
            "take the source out, its questionnaire may stay under `other_instruments`",
        )
    return asked


def first_year(study: Study) -> int | None:
    """The first whole year after the pilot began: PAPI asks about a year. None without pilot units."""
    starts = [unit.exposure.start for unit in study.units if unit.exposure.kind == "pilot"]
    if not starts:
        return None
    day = min(starts)
    return day.year if day == datetime.date(day.year, 1, 1) else day.year + 1


def _papi(files: StudyFiles, folder: Path) -> Beside:
    wanted, start = files.study.context, first_year(files.study)
    if wanted is None or not (folder / wanted.papi).exists():
        return Beside()
    read = read_papi(folder / wanted.papi)
    province = find_province(read.panel, wanted.province)
    tables = {"papi_years": against_provinces(read.panel, province=province)}
    if start is not None:
        made = synthetic_tables(read.panel, province=province, start=start)
        tables |= dict(zip(("papi_fits", "papi_gaps", "papi_donors"), made, strict=True))
    return Beside(tables=tables, simulated=read.simulated)


def _records(files: StudyFiles, folder: Path) -> Beside:
    study, parts, found, simulated = files.study, [], [], False
    asked = None
    for source in study.other_sources:
        asked = record_form(files, source)
        if not (folder / source.path).exists():
            fields = {"wave": source.wave, "path": source.path}
            found.append(finding("D16", where=f"wave {source.wave}", fields=fields))
            continue
        table = read_table(folder / source.path)
        simulated = simulated or MARK_COLUMN in table.rows.columns
        got, hits = ingest(table, source=source, questionnaire=asked, study=study)
        parts.append(got)
        found += hits
    if not parts:
        return Beside(findings=tuple(found))
    rows = combine(parts).rows
    waves = tuple(
        dict.fromkeys(source.wave for source in study.other_sources if source.wave in set(rows["wave"]))
    )
    found += check_records(rows, questionnaire=asked, study=study, waves=waves)
    cells = record_cells(rows, questionnaire=asked)
    tables = {
        "record_counts": record_counts(rows, questionnaire=asked),
        "record_cells": cells,
        "record_months": record_months(rows, questionnaire=asked, study=study),
        "record_moves": record_moves(cells, questionnaire=asked, study=study, plan=files.plan),
    }
    return Beside(tables=tables, findings=tuple(found), simulated=simulated)
