"""Registers of dossiers read from the files the sources name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.fieldwork.forms import unit_ids
from surveylib.fieldwork.read import read_table
from surveylib.model.sample import Frame, require_columns
from surveylib.model.study import Source, Study
from surveylib.model.table import Table


def read_registers(root: Path, *, study: Study, waves: Iterable[str] | None = None) -> Frame:
    """The frame made of the registers of all sources that name one; paths start from `root`.

    Raises
    ------
    SurveyError
        If no source names a register, a file cannot be read, or a dossier stands twice.
    """
    wanted = None if waves is None else set(waves)
    sources = [s for s in study.sources if s.register and (wanted is None or s.wave in wanted)]
    if not sources:
        raise SurveyError(
            "no source names a register",
            where=f"study {study.id}",
            hint="add `register:` to the sources to draw and weight",
        )
    parts = [register_rows(read_table(Path(root) / s.register), source=s, study=study) for s in sources]
    return Frame(rows=pd.concat(parts, ignore_index=True))


def register_rows(table: Table, *, source: Source, study: Study) -> pd.DataFrame:
    """One wave's register: ``dossier, unit, wave`` and the other columns, numbers where all cells are.

    Raises
    ------
    SurveyError
        If ``dossier`` or ``unit`` is missing, a dossier is blank, or a unit is none of the study's.
    """
    place = f"{table.path.name}, register of wave {source.wave}"
    require_columns(table.rows, ("dossier", "unit"), where=place)
    rows = table.rows.map(str.strip)
    if (blank := rows["dossier"] == "").any():
        raise SurveyError("a dossier has no number", where=f"{place}, line {int(blank.idxmax()) + 2}")
    rows["unit"], _ = unit_ids(rows["unit"], source=source, study=study, place=place)
    if (blank := rows["unit"] == "").any():
        raise SurveyError("a dossier has no unit", where=f"{place}, line {int(blank.idxmax()) + 2}")
    for name in rows.columns.difference(["dossier", "unit"]):
        numbers = pd.to_numeric(rows[name].where(rows[name] != ""), errors="coerce")
        if (numbers.notna() == (rows[name] != "")).all() and numbers.notna().any():
            rows[name] = numbers.astype("int64") if (numbers.notna() & (numbers % 1 == 0)).all() else numbers
        else:
            rows[name] = rows[name].where(rows[name] != "", None)
    return rows.assign(wave=source.wave)
