"""The file of the province's units: its template, and what is read from it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from surveylib.model.finding import Entry, Finding, find
from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.similarity import Covariate, Province
from surveylib.model.study import Study
from surveylib.model.text import Text, unaccented

KEYS = {"unit": "Đơn vị", "type": "Loại"}
# Columns the template has and pages have words for; a file may have others, shown under their own headers.
KNOWN: dict[str, Text] = {
    "population": Text(vi="Dân số phục vụ", en="Population served"),
    "dossiers": Text(vi="Số hồ sơ mỗi năm", en="Dossiers a year"),
    "staff": Text(vi="Số cán bộ, công chức", en="Staff"),
    "area": Text(vi="Đô thị hay nông thôn", en="Urban or rural"),
    "baseline": Text(vi="Điểm hài lòng nền", en="Baseline score"),
}
# Types as pages call them; PD is none of the study's, but of a roll-out. Other types are shown as written.
TYPES = {
    "LG": Text(vi="chính quyền địa phương", en="local governments"),
    "OD": Text(vi="cơ quan cấp huyện", en="district offices"),
    "OV": Text(vi="cơ quan ngành dọc", en="central vertical offices"),
    "PD": Text(vi="sở, ngành cấp tỉnh", en="departments of the province"),
}
LEVELS = {"urban": Text(vi="Đô thị", en="Urban"), "rural": Text(vi="Nông thôn", en="Rural")}
_ACCEPTED = {
    "unit": ("unit", "don vi", "ma don vi", "ten don vi"),
    "type": ("type", "loai", "loai don vi"),
    "population": ("population", "dan so", "dan so phuc vu"),
    "dossiers": ("dossiers", "so ho so moi nam", "ho so", "luot khach", "visitors"),
    "staff": ("staff", "so can bo, cong chuc", "can bo", "bien che"),
    "area": ("area", "do thi hay nong thon", "do thi/nong thon", "khu vuc", "urban_rural"),
    "baseline": ("baseline", "diem hai long nen", "diem nen"),
}
_LEVEL_WORDS = {"do thi": "urban", "nong thon": "rural", "urban": "urban", "rural": "rural"}
_MOST_LEVELS = 8
_GROUPED = re.compile(r"-?\d{1,3}([.,\s])\d{3}(?:\1\d{3})*")


def province_template(study: Study) -> pd.DataFrame:
    """The file to be filled: the study's own units first, their types known, headers in Vietnamese."""
    headers = [*KEYS.values(), *(text.vi for text in KNOWN.values())]
    rows = [(unit.id, unit.type, *[""] * len(KNOWN)) for unit in study.units]
    return pd.DataFrame(rows, columns=headers)


def read_province(table: pd.DataFrame, *, study: Study) -> Province:
    """The province's units and what is known of them, all mistakes at once.

    A column of numbers is a number (thousands apart by dots, commas or blanks, decimals behind a dot or
    comma), any other a category; blanks are not known. The study's units are found by id or name.

    Parameters
    ----------
    table : DataFrame of str
        As it was read: ``unit, type`` and covariates under any header (`KNOWN` have words of their own).

    Examples
    --------
    >>> numbers(pd.Series(["12.500", "1.250.000", ""])).tolist()
    [12500.0, 1250000.0, nan]
    >>> numbers(pd.Series(["3,62", "4"])).tolist()
    [3.62, 4.0]
    """
    table = table.drop(columns=MARK_COLUMN, errors="ignore").fillna("").astype(str)
    table = table.apply(lambda column: column.str.strip())
    table = table[(table != "").any(axis=1)].reset_index(drop=True)
    names = _named(table.columns)
    missing = [header for key, header in KEYS.items() if key not in names.values()]
    if missing:
        empty = pd.DataFrame(columns=["unit", "type", "arm"])
        return Province(rows=empty, covariates=(), findings=(_finding("P01", "", names=", ".join(missing)),))
    table = table.rename(columns=names)
    units = _unit_ids(study)
    rows = pd.DataFrame({"unit": [units.get(unaccented(name), name) for name in table["unit"]]})
    rows["type"] = table["type"]
    arms = {unit.id: unit.arm for unit in study.units}
    rows["arm"] = rows["unit"].map(arms).fillna("")
    found = _wrong_units(rows, study)
    covariates: list[Covariate] = []
    for column in [name for name in table.columns if name not in KEYS]:
        made, more = _covariates(column, table[column])
        found += more
        for covariate, values in made:
            rows[f"c{len(covariates)}"] = values
            covariates.append(covariate)
    if not covariates:
        found.append(_finding("P06", ""))
    return Province(rows=rows, covariates=tuple(covariates), findings=tuple(found))


def numbers(values: pd.Series) -> pd.Series:
    """Numbers as offices write them; NaN for a blank and for what is none."""
    filled = values[values != ""].str.replace("\N{NO-BREAK SPACE}", " ")
    grouped = filled.map(lambda text: bool(_GROUPED.fullmatch(text)))
    apart = filled.str.contains(r"[.,\s]", regex=True)
    # Dots and commas part thousands only where every value that has one has them so: 3.620 may be a score.
    plain = filled.str.replace(r"[.,\s]", "", regex=True) if (grouped | ~apart).all() else None
    plain = filled.str.replace(",", ".") if plain is None else plain
    return pd.to_numeric(plain, errors="coerce").reindex(values.index).astype(float)


def _named(headers: pd.Index) -> dict[str, str]:
    """Header to key, for those that are understood; each key once."""
    names: dict[str, str] = {}
    for header in headers:
        plain = unaccented(header)
        key = next((key for key, words in _ACCEPTED.items() if plain in words), None)
        if key is not None and key not in names.values():
            names[header] = key
    return names


def _unit_ids(study: Study) -> dict[str, str]:
    return {
        unaccented(name): unit.id for unit in study.units for name in (unit.id, unit.name.vi, unit.name.en)
    }


def _wrong_units(rows: pd.DataFrame, study: Study) -> list[Finding]:
    found = []
    twice = sorted(set(rows.loc[rows["unit"].duplicated(), "unit"]))
    if twice:
        found.append(_finding("P02", ", ".join(twice)))
    absent = [u.id for u in study.units if u.arm != "self_pilot" and u.id not in set(rows["unit"])]
    if absent:
        found.append(_finding("P03", ", ".join(absent)))
    types = {unit.id: unit.type for unit in study.units}
    own = rows[rows["unit"].isin(types)]
    other = own.loc[own["type"] != own["unit"].map(types), "unit"]
    blank = rows.loc[rows["type"] == "", "unit"]
    if len(wrong := sorted({*other, *blank})):
        found.append(_finding("P04", ", ".join(wrong)))
    return found


def _covariates(column: str, values: pd.Series) -> tuple[list[tuple[Covariate, pd.Series]], list[Finding]]:
    """A number, or the levels of a category as 0 and 1 (all but the first)."""
    label = KNOWN.get(column, Text(vi=column, en=column))
    read, filled = numbers(values), values != ""
    if not filled.any():
        return [], []
    share = read[filled].notna().mean()
    if share >= 0.5:
        bad = [] if share == 1 else [_finding("P05", label.vi, got=values[filled & read.isna()].iloc[0])]
        return [(Covariate(column=column, level="", label=label, kind="number"), read)], bad
    levels = values.map(lambda text: _LEVEL_WORDS.get(unaccented(text), text))
    known = sorted(set(levels[filled]))
    if not 2 <= len(known) <= _MOST_LEVELS:
        return [], [_finding("P07", label.vi, count=len(known))]
    made = []
    for level in known[1:]:
        words = LEVELS.get(level, Text(vi=level, en=level))
        told = Text(vi=f"{label.vi}: {words.vi}", en=f"{label.en}: {words.en}")
        is_it = pd.Series(np.where(filled, (levels == level).astype(float), np.nan), index=values.index)
        made.append((Covariate(column=column, level=level, label=told, kind="category"), is_it))
    return made, []


_CATALOGUE: dict[str, Entry] = {
    "P01": (
        "error",
        "thiếu cột: {names}",
        "columns are missing: {names}",
        "Dùng biểu mẫu: surveylib province STUDY --template.",
        "Use the form: surveylib province STUDY --template.",
    ),
    "P02": (
        "error",
        "đơn vị có hai dòng",
        "a unit stands twice",
        "Mỗi đơn vị chỉ ghi một dòng.",
        "Write one row a unit.",
    ),
    "P03": (
        "error",
        "đơn vị của nghiên cứu không có trong danh sách",
        "units of the study are not in the list",
        "Thêm một dòng cho mỗi đơn vị, ghi mã hoặc tên như trong study.yaml.",
        "Add a row for each, by its id or name in study.yaml.",
    ),
    "P04": (
        "error",
        "loại đơn vị để trống, hoặc khác với study.yaml",
        "type of unit is blank, or another than in study.yaml",
        "Ghi LG, OD, OV, PD hoặc tên loại khác; đơn vị của nghiên cứu ghi đúng loại của nó.",
        "Write LG, OD, OV, PD or another type's name; for units of the study their own type.",
    ),
    "P05": (
        "error",
        "“{got}” không phải là số",
        "“{got}” is no number",
        "Sửa lại, hoặc để trống nếu chưa biết.",
        "Mend it, or leave it blank where it is not known.",
    ),
    "P06": (
        "warning",
        "danh sách chưa có đặc điểm nào của đơn vị",
        "nothing but its type is known of any unit",
        "Thêm cột: dân số, số hồ sơ, số cán bộ, đô thị hay nông thôn.",
        "Add columns: population, dossiers, staff, urban or rural.",
    ),
    "P07": (
        "warning",
        "cột có {count} giá trị chữ khác nhau nên không dùng để so sánh",
        "a column with {count} different words compares nothing",
        "Gộp lại thành 2 đến 8 nhóm, hoặc bỏ cột.",
        "Group them into 2 to 8 categories, or drop the column.",
    ),
}


def _finding(code: str, where: str, **fields: object) -> Finding:
    return find(_CATALOGUE, code, where=f"province, {where}" if where else "province", fields=fields)
