"""What goes wrong between the counter and the file, at the declared rates."""

from __future__ import annotations

import datetime
import unicodedata

import numpy as np
import pandas as pd

from surveylib.fieldwork.rehearsal.export import header
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.rehearsal import Dirt
from surveylib.model.study import Study

OLD_VERSION = "0.9.0"
_SLIP = "thieu-so"  # what stands where the serial of the dossier was not copied


def spoil(
    table: pd.DataFrame,
    *,
    questionnaire: Questionnaire,
    study: Study,
    wave: str,
    dirt: Dirt,
    random: np.random.Generator,
) -> pd.DataFrame:
    """The export with its dirt. Each kind picks its own rows at random among the completed forms."""
    table = table.copy()
    complete = np.flatnonzero(table["phieu-disposition"] == "complete")
    picked = {
        name: complete[random.uniform(size=complete.size) < getattr(dirt, name)] for name in dirt.__slots__
    }
    _lines(table, questionnaire, picked["lines"])
    _skips(table, questionnaire, picked["skip_broken"], random)
    _marks(table, questionnaire, picked["two_marks"], random)
    _words(table, questionnaire, picked["in_words"])
    _cells(table, questionnaire, complete, dirt, random)
    _times(table, study, wave, picked, random)
    table.loc[picked["old_version"], "FormVersion"] = OLD_VERSION
    _units(table, study, picked)
    table.loc[picked["lost_serial"], "phieu-dossier"] = [
        f"{_SLIP}-{row:04d}" for row in picked["lost_serial"]
    ]
    return _repeat(table, questionnaire, picked)


def _columns(questionnaire: Questionnaire, *kinds: str) -> list[str]:
    return [header(item) for item in questionnaire.items if questionnaire.scale_of(item.id).kind in kinds]


def _lines(table: pd.DataFrame, questionnaire: Questionnaire, rows: np.ndarray) -> None:
    """One mark all the way down the longest list of items on one scale: the mark of its first item."""
    scales = [item.scale for item in questionnaire.items if questionnaire.scale_of(item.id).kind == "ordinal"]
    if not scales:
        return
    longest = max(dict.fromkeys(scales), key=scales.count)
    columns = [header(item) for item in questionnaire.items if item.scale == longest and item.ask_if is None]
    rows = rows[(table.loc[rows, columns] != "").all(axis=1).to_numpy()]
    for column in columns[1:]:
        table.loc[rows, column] = table.loc[rows, columns[0]]


def _skips(
    table: pd.DataFrame, questionnaire: Questionnaire, rows: np.ndarray, random: np.random.Generator
) -> None:
    """An answer where the question was to be skipped."""
    conditional = [item for item in questionnaire.items if item.ask_if is not None]
    for row in rows if conditional else ():
        item = conditional[random.integers(len(conditional))]
        if table.at[row, header(item)] == "":
            table.at[row, header(item)] = str(random.choice(questionnaire.scale_of(item.id).codes))


def _marks(
    table: pd.DataFrame, questionnaire: Questionnaire, rows: np.ndarray, random: np.random.Generator
) -> None:
    """Two neighbouring boxes ticked."""
    items = [item for item in questionnaire.items if questionnaire.scale_of(item.id).kind == "ordinal"]
    for row in rows if items else ():
        item = items[random.integers(len(items))]
        codes = sorted(questionnaire.scale_of(item.id).codes)
        first = int(random.integers(len(codes) - 1))
        if table.at[row, header(item)] != "":
            table.at[row, header(item)] = f"{codes[first]} {codes[first + 1]}"


def _words(table: pd.DataFrame, questionnaire: Questionnaire, rows: np.ndarray) -> None:
    for column in _columns(questionnaire, "number"):
        filled = rows[(table.loc[rows, column] != "").to_numpy()]
        table.loc[filled, column] = table.loc[filled, column] + (" phút" if "min" in column else " lần")


def _cells(
    table: pd.DataFrame,
    questionnaire: Questionnaire,
    rows: np.ndarray,
    dirt: Dirt,
    random: np.random.Generator,
) -> None:
    for item in questionnaire.items:
        scale = questionnaire.scale_of(item.id)
        if scale.kind not in ("ordinal", "binary", "choice"):
            continue
        column, fate = header(item), random.uniform(size=rows.size)
        filled = (table.loc[rows, column] != "").to_numpy()
        known = {*scale.codes, *scale.off_codes}
        wrong = rows[filled & (fate < dirt.bad_code)]
        table.loc[wrong, column] = str(next(code for code in range(6, 200) if code not in known))
        loose = rows[filled & (fate > 1 - dirt.spaces)]
        table.loc[loose, column] = " " + table.loc[loose, column] + "\u00a0"


def _times(table: pd.DataFrame, study: Study, wave: str, picked: dict, random: np.random.Generator) -> None:
    for row in picked["late"]:
        day = study.wave(wave).end + datetime.timedelta(days=int(random.integers(3, 20)))
        for column in ("SubmissionDate", "start", "end"):
            table.at[row, column] = day.isoformat() + table.at[row, column][10:]
    for row in picked["fast"]:
        began = datetime.datetime.fromisoformat(table.at[row, "start"])
        table.at[row, "end"] = (began + datetime.timedelta(seconds=45)).isoformat(timespec="milliseconds")


def _units(table: pd.DataFrame, study: Study, picked: dict) -> None:
    names = {unit.id: unicodedata.normalize("NFD", unit.name.vi) for unit in study.units}
    rows = picked["decomposed"]
    table.loc[rows, "phieu-unit"] = table.loc[rows, "phieu-unit"].map(names)
    for column in [column for column in table if column.startswith("y_kien-")]:
        table.loc[rows, column] = [unicodedata.normalize("NFD", text) for text in table.loc[rows, column]]
    table.loc[picked["no_unit"], "phieu-unit"] = ""


def _repeat(table: pd.DataFrame, questionnaire: Questionnaire, picked: dict) -> pd.DataFrame:
    """Forms sent twice stand again at the end; an edited one has another answer in its first ordinal item."""
    edited = table.loc[picked["edited"]].copy()
    columns = _columns(questionnaire, "ordinal")
    if columns:
        edited[columns[0]] = np.where(edited[columns[0]] == "1", "2", "1")
    return pd.concat([table, table.loc[picked["repeated"]], edited], ignore_index=True)
