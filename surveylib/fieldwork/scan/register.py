"""Sheets joined to the link register: whose dossier each number was handed out for."""

from __future__ import annotations

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.fieldwork.scan.say import say
from surveylib.model.finding import Finding

_NEEDED = ("serial", "wave", "unit", "dossier")


def join_register(
    answers: pd.DataFrame, *, registers: tuple[pd.DataFrame, ...]
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The sheets with a column ``dossier`` after their number, by which `fieldwork.ingest` gives them
    stratum, probability and the register's characteristics.

    A sheet whose number no register holds, or holds for another unit or wave, gets no dossier and a finding.

    Raises
    ------
    SurveyError
        If a register lacks a column, or a number stands twice in them.
    """
    for register in registers:
        if missing := [name for name in _NEEDED if name not in register.columns]:
            raise SurveyError("link register lacks columns", expected=", ".join(missing))
    known = pd.concat([register[list(_NEEDED)] for register in registers], ignore_index=True)
    known = known.map(str.strip)
    if (twice := known["serial"].duplicated()).any():
        raise SurveyError(
            "a number stands twice in the link registers", got=known.loc[twice.idxmax(), "serial"]
        )
    rows = answers[["serial", "wave", "unit"]].merge(
        known, on="serial", how="left", suffixes=("", "_known"), validate="many_to_one"
    )
    strange = rows["dossier"].isna()
    other = ~strange & ((rows["unit_known"] != rows["unit"]) | (rows["wave_known"] != rows["wave"]))
    unfilled = ~strange & ~other & (rows["dossier"] == "")
    away = ~known["serial"].isin(answers["serial"]) & (known["dossier"] != "")
    found = [
        say(code, where=_first(serials), fields={"count": len(serials)})
        for code, serials in (
            ("S11", rows.loc[strange, "serial"]),
            ("S12", rows.loc[other, "serial"]),
            ("S13", rows.loc[unfilled, "serial"]),
            ("S14", known.loc[away, "serial"]),
        )
        if len(serials)
    ]
    joined = answers.copy()
    joined.insert(1, "dossier", rows["dossier"].where(~strange & ~other, "").to_numpy(dtype=object))
    return joined, tuple(found)


def _first(serials: pd.Series, most: int = 5) -> str:
    return ", ".join([*serials[:most], *(["…"] if len(serials) > most else [])])
