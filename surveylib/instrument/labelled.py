"""Answers as files of SPSS and Stata: every variable and code with its label, codes off the scale as missing.

A list of marks becomes one variable a choice: 1 marked, 0 not, blank where nothing was answered. What is too
long for a format is cut at a letter, and said.
"""

from __future__ import annotations

import datetime
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from surveylib.errors import SurveyError
from surveylib.instrument.export_findings import finding
from surveylib.instrument.fill import fill_words
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Item, Questionnaire
from surveylib.model.scale import Choice, Scale
from surveylib.model.setting import Setting
from surveylib.model.text import Lang

SPSS_LABEL_BYTES, SPSS_VALUE_BYTES, STATA_LABEL_LETTERS, STATA_NAME_LETTERS = 256, 120, 80, 32
KEYS = ("respondent", "unit", "wave", "stratum", "psu")
_MEASURES = {"ordinal": "ordinal", "number": "scale", "date": "scale"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SPSS_STAMP = slice(92, 109)  # day and hour of writing, in the file's header
_STATA_STAMP = re.compile(rb"<timestamp>\x11.{17}</timestamp>")
_LONG_AGO = "01 Jan 80", "00:00:00"
_STATA_EPOCH = pd.Timestamp(1960, 1, 1)
_FROM_SPSS_TO_STATA = (datetime.date(1960, 1, 1) - datetime.date(1582, 10, 14)).days
_UNKNOWN = Setting()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Variable:
    """One column: its values, what it is called, its codes (those off the scale apart)."""

    name: str
    label: str
    values: pd.Series
    codes: Mapping[int, str] = field(default_factory=dict)
    missing: Mapping[int, str] = field(default_factory=dict)
    measure: str = "nominal"
    days: bool = False  # values are days since 1 January 1960


def spss(
    questionnaire: Questionnaire,
    *,
    setting: Setting = _UNKNOWN,
    rows: pd.DataFrame | None = None,
    lang: Lang = "vi",
) -> tuple[bytes, tuple[Finding, ...]]:
    """The answers in `rows` as an SPSS file (.sav), and what was cut or left out; without rows, an empty
    file with all labels.

    Labels of variables hold 256 bytes, those of codes 120: a Vietnamese letter takes up to three. Codes off
    the scale are user-missing. The same rows give the same bytes.

    Raises
    ------
    SurveyError
        If an answer is no number where the item has codes or numbers, or no date where it has dates.
    """
    variables, findings = _variables(questionnaire, setting=setting, rows=rows, lang=lang)
    labels = {v.name: _cut_bytes(v.label, SPSS_LABEL_BYTES) for v in variables}
    codes = {
        v.name: {code: _cut_bytes(text, SPSS_VALUE_BYTES) for code, text in {**v.codes, **v.missing}.items()}
        for v in variables
        if v.codes or v.missing
    }
    findings += _said_of_cuts(
        variables, labels, codes, f"{SPSS_LABEL_BYTES} byte", f"{SPSS_VALUE_BYTES} byte"
    )
    content = _written(
        lambda path: pyreadstat.write_sav(
            pd.DataFrame({v.name: _seconds(v.values) if v.days else v.values for v in variables}),
            path,
            file_label=_cut_bytes(f"{questionnaire.id} {questionnaire.version}", 64),
            column_labels=labels,
            variable_value_labels=codes,
            missing_ranges={v.name: sorted(v.missing) for v in variables if v.missing},
            variable_measure={v.name: v.measure for v in variables},
            variable_format={v.name: "EDATE10" for v in variables if v.days},
        )
    )
    stamp = "".join(_LONG_AGO).encode("ascii")
    return content[: _SPSS_STAMP.start] + stamp + content[_SPSS_STAMP.stop :], tuple(findings)


def stata(
    questionnaire: Questionnaire,
    *,
    setting: Setting = _UNKNOWN,
    rows: pd.DataFrame | None = None,
    lang: Lang = "vi",
) -> tuple[bytes, tuple[Finding, ...]]:
    """The answers in `rows` as a Stata file (.dta, version 118: Stata 14 and later); see `spss`.

    Labels of variables hold 80 letters. Codes off the scale become extended missing values .a, .b, … in the
    order of the scale, with the code in their label.

    Raises
    ------
    SurveyError
        As `spss`; also if the name of an item is longer than 32 letters.
    """
    variables, findings = _variables(questionnaire, setting=setting, rows=rows, lang=lang)
    for variable in variables:
        if len(variable.name) > STATA_NAME_LETTERS:
            raise SurveyError(
                "name is too long for Stata",
                where=f"variable {variable.name}",
                expected=f"at most {STATA_NAME_LETTERS} letters",
            )
    labels = {v.name: _cut(v.label, STATA_LABEL_LETTERS) for v in variables}
    findings += _said_of_cuts(variables, labels, {}, f"{STATA_LABEL_LETTERS} ký tự / characters", "")
    content = _written(
        lambda path: pyreadstat.write_dta(
            pd.DataFrame({v.name: _extended(v) for v in variables}),
            path,
            version=14,
            file_label=_cut(f"{questionnaire.id} {questionnaire.version}", 80),
            column_labels=labels,
            variable_value_labels={v.name: _extended_labels(v) for v in variables if v.codes or v.missing},
            variable_format={v.name: "%td" for v in variables if v.days},
            missing_user_values={v.name: list(_LETTERS[: len(v.missing)]) for v in variables if v.missing},
        )
    )
    stamp = b"<timestamp>\x1101 Jan 1980 00:00</timestamp>"
    return _STATA_STAMP.sub(stamp, content, count=1), tuple(findings)


def _variables(
    questionnaire: Questionnaire, *, setting: Setting, rows: pd.DataFrame | None, lang: Lang
) -> tuple[list[Variable], list[Finding]]:
    for unit in setting.units if setting.unit is not None else ():
        questionnaire = fill_words(questionnaire, unit_type=unit.type, place=unit.place)
    questionnaire = fill_words(questionnaire)
    known = {item.id for item in questionnaire.items}
    made, findings = [], []
    strange = [] if rows is None else [str(name) for name in rows.columns if name not in known]
    for name in strange if rows is not None else KEYS:
        values = pd.Series([], dtype=object) if rows is None else rows[name].map(_text)
        made.append(Variable(name=name, label="", values=values))
    if left := sorted(set(strange) - set(KEYS) - {"date"}):
        findings.append(finding("X404", where="data", fields={"columns": ", ".join(left)}))
    for item in questionnaire.items:
        if item.personal:
            findings += [finding("X403", where=f"item {item.id}")] if rows is not None else []
            continue
        if rows is not None and item.id not in rows:
            findings.append(finding("X405", where=f"item {item.id}"))
        made += _of_item(item, questionnaire.scale_of(item.id), _column(rows, item.id), lang)
    return made, findings


def _column(rows: pd.DataFrame | None, name: str) -> pd.Series:
    if rows is None:
        return pd.Series([], dtype=object)
    return rows[name].map(_text) if name in rows else pd.Series([""] * len(rows), index=rows.index)


def _text(cell: object) -> str:
    if cell is None or cell != cell or cell is pd.NaT:
        return ""
    return f"{cell:g}" if isinstance(cell, float) else str(cell).strip()


def _of_item(item: Item, scale: Scale, cells: pd.Series, lang: Lang) -> Iterator[Variable]:
    label, place = item.text.get(lang), f"item {item.id}"
    if scale.kind == "multiple":
        for choice in (*scale.choices, *scale.off_scale):
            marked = cells.map(lambda cell, code=str(choice.code): _marked(cell, code))
            name = f"{item.id}_{choice.code}".replace("-", "m")
            yield Variable(
                name=name,
                label=f"{choice.text.get(lang)} – {label}",
                values=marked.astype(float),
                codes={1: "Có" if lang == "vi" else "Yes", 0: "Không" if lang == "vi" else "No"},
            )
        return
    if scale.kind == "text":
        yield Variable(name=item.id, label=label, values=cells)
        return
    values = _days(cells, place) if scale.kind == "date" else _numbers(cells, place)
    yield Variable(
        name=item.id,
        label=label,
        values=values,
        codes=_labels(scale.choices, lang),
        missing=_labels(scale.off_scale, lang),
        measure=_MEASURES.get(scale.kind, "nominal"),
        days=scale.kind == "date",
    )


def _marked(cell: str, code: str) -> float:
    return float(code in cell.split()) if cell else np.nan


def _labels(choices: tuple[Choice, ...], lang: Lang) -> dict[int, str]:
    return {choice.code: choice.text.get(lang) for choice in choices}


def _numbers(cells: pd.Series, place: str) -> pd.Series:
    values = pd.to_numeric(cells.replace("", None), errors="coerce").astype(float)
    return _read(values, cells, place, "a number")


def _days(cells: pd.Series, place: str) -> pd.Series:
    days = pd.to_datetime(cells.replace("", None), format="%Y-%m-%d", errors="coerce")
    found = _read(days, cells, place, "a date, YYYY-MM-DD")
    return (found - _STATA_EPOCH) / pd.Timedelta(days=1)


def _read(values: pd.Series, cells: pd.Series, place: str, expected: str) -> pd.Series:
    wrong = (values.isna() & (cells != "")).to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise SurveyError(
            "answer cannot be read",
            where=f"{place}, row {row + 1}",
            expected=expected,
            got=repr(cells.iloc[row]),
        )
    return values


def _seconds(days: pd.Series) -> pd.Series:
    """Days since 1960 as SPSS counts: seconds since 14 October 1582."""
    return (days + _FROM_SPSS_TO_STATA) * 86_400.0


def _extended(variable: Variable) -> pd.Series:
    """The values with codes off the scale as the letters of Stata's extended missing values."""
    if not variable.missing:
        return variable.values
    letters = dict(zip(map(float, variable.missing), _LETTERS, strict=False))
    cells = [letters.get(value, None if np.isnan(value) else value) for value in variable.values]
    return pd.Series(cells, index=variable.values.index, dtype=object)


def _extended_labels(variable: Variable) -> dict[int | str, str]:
    missing = zip(_LETTERS, variable.missing.items(), strict=False)
    return {**variable.codes, **{letter: f"{text} ({code})" for letter, (code, text) in missing}}


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _cut_bytes(text: str, limit: int) -> str:
    """`text` in at most so many bytes of UTF-8, cut between letters.

    >>> _cut_bytes("ầầầầ", 9), _cut_bytes("ầầầ", 9)
    ('ầầ…', 'ầầầ')
    """
    raw = text.encode("utf-8")
    if len(raw) <= limit:
        return text
    return raw[: limit - len("…".encode())].decode("utf-8", errors="ignore").rstrip() + "…"


def _said_of_cuts(
    variables: list[Variable], labels: dict, codes: dict, limit: str, code_limit: str
) -> Iterator[Finding]:
    for variable in variables:
        place, kept = f"variable {variable.name}", labels[variable.name]
        if kept != variable.label:
            yield finding("X401", where=place, fields={"limit": limit, "kept": kept})
        for code, text in codes.get(variable.name, {}).items():
            if text != {**variable.codes, **variable.missing}[code]:
                said = {"code": str(code), "limit": code_limit, "kept": text}
                yield finding("X402", where=place, fields=said)


def _written(write) -> bytes:
    """What `write` puts into a file; the library writes to paths only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        try:
            write(path)
        except pyreadstat.PyreadstatError as error:
            raise SurveyError("data cannot be written in this format", got=str(error)) from error
        return path.read_bytes()
