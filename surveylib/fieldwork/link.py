"""Links forms to the register: probabilities, characteristics, what became of every dossier approached."""

from __future__ import annotations

import pandas as pd

from surveylib.fieldwork.corrections import log
from surveylib.fieldwork.forms import Changes
from surveylib.fieldwork.messages import finding, first_few
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.sample import SAMPLE_COLUMNS, Sample

_NOT_CARRIED = {*SAMPLE_COLUMNS, MARK_COLUMN, "received", "result"}
_FROM_SAMPLE = ("stratum", "population", "sampled", "probability", "reserve")


def characteristics(sample: Sample) -> tuple[str, ...]:
    """What the register says about a dossier beyond the draw: the columns that weighting may use."""
    return tuple(name for name in sample.rows.columns if name not in _NOT_CARRIED)


def approached(sample: Sample, *, wave: str, returned: pd.Series) -> pd.DataFrame:
    """The dossiers of `wave` that were approached, with the probability that this came to be.

    The main sample, and in each stratum the reserves up to the last one of which anything came back (they
    are approached in order). A stratum of N dossiers that used n of the main sample and r reserves gives
    each dossier (n + r)/N.
    """
    rows = sample.rows[sample.rows["wave"] == wave].copy()
    used = rows["reserve"] & rows["dossier"].isin(returned)
    last = (rows["order"] - rows["sampled"]).where(used, 0)
    released = last.groupby([rows["unit"], rows["stratum"]]).transform("max")
    rows = rows[rows["order"] <= rows["sampled"] + released].copy()
    rows["sampled"] = rows["sampled"] + released.loc[rows.index]
    rows["probability"] = rows["sampled"] / rows["population"]
    return rows.reset_index(drop=True)


def trace_units(rows: pd.DataFrame, *, sample: Sample, wave: str, place: str) -> Changes:
    """Units from the register where the form names none or another one."""
    register = sample.rows[sample.rows["wave"] == wave].set_index("dossier")["unit"]
    register = register[~register.index.duplicated(keep=False)]
    known = rows["dossier"].map(register)
    blank = known.notna() & (rows["unit"] == "")
    other = known.notna() & ~blank & (known != rows["unit"])
    corrections, findings = [], []
    for mask, reason in (
        (blank, "unit blank on the form; taken from the register"),
        (other, "form and register differ; register taken"),
    ):
        part = rows[mask]
        corrections.append(
            log(part, wave=wave, column="unit", old=part["unit"], new=known[mask], reason=reason)
        )
    if other.any():
        fields = {"count": int(other.sum()), "rows": first_few(rows.loc[other, "respondent"])}
        findings.append(finding("D15", where=place, fields=fields))
    return rows.assign(unit=known.where(blank | other, rows["unit"])), corrections, findings


def link(rows: pd.DataFrame, *, frame: pd.DataFrame, wave: str, place: str) -> Changes:
    """Stratum and probability from the approached dossiers `frame`; forms that fit none are set aside."""
    keyed = frame.set_index(["unit", "dossier"])
    keys = pd.MultiIndex.from_frame(rows[["unit", "dossier"]])
    inside = keys.isin(keyed.index)
    corrections, findings = [], []
    for code, mask, reason in (
        ("D07", ~inside, "dossier not in the sample; form set aside"),
        (
            "D08",
            inside & rows.duplicated(["unit", "dossier"]).to_numpy(),
            "dossier answered twice; the first form was kept",
        ),
    ):
        if mask.any():
            part = rows[mask]
            fields = {"count": len(part), "rows": first_few(part["respondent"])}
            findings.append(finding(code, where=place, fields=fields))
            corrections.append(
                log(part, wave=wave, column="(form)", old=part["dossier"], new="", reason=reason)
            )
            inside = inside & ~mask
    rows = rows[inside].reset_index(drop=True)
    drawn = keyed.loc[list(zip(rows["unit"], rows["dossier"], strict=True)), list(_FROM_SAMPLE)].reset_index(
        drop=True
    )
    return rows.drop(columns=list(_FROM_SAMPLE), errors="ignore").join(drawn), corrections, findings


def take_characteristics(
    rows: pd.DataFrame,
    *,
    frame: pd.DataFrame,
    names: tuple[str, ...],
    questionnaire: Questionnaire,
    wave: str,
    place: str,
) -> Changes:
    """The register's characteristics in place of the form's: complete, and what margins count."""
    keyed = frame.set_index(["unit", "dossier"])
    keys = list(zip(rows["unit"], rows["dossier"], strict=True))
    items = {item.id for item in questionnaire.items}
    corrections, findings = [], []
    rows = rows.copy()
    for name in names:
        register = pd.Series(keyed.loc[keys, name].to_numpy(), index=rows.index)
        if name not in items:
            rows[name] = register
            continue
        register = pd.to_numeric(register, errors="coerce")
        off = questionnaire.scale_of(name).off_codes
        silent = register.notna() & (rows[name].isna() | rows[name].isin(off))
        other = register.notna() & ~silent & (register != rows[name])
        for mask, reason in (
            (silent, "not given on the form; taken from the register"),
            (other, "form and register differ; register taken"),
        ):
            part = rows[mask]
            corrections.append(
                log(
                    part,
                    wave=wave,
                    column=name,
                    old=part[name],
                    new=register[mask].astype(float),
                    reason=reason,
                )
            )
        if other.any():
            fields = {
                "count": int(other.sum()),
                "item": name,
                "rows": first_few(rows.loc[other, "respondent"]),
            }
            findings.append(finding("D09", where=place, fields=fields))
        rows[name] = register.astype(float).where(silent | other, rows[name])
    return rows, corrections, findings


def dispositions(
    frame: pd.DataFrame, *, forms: pd.DataFrame, complete: pd.DataFrame, names: tuple[str, ...]
) -> pd.DataFrame:
    """What became of each dossier approached: complete, refusal, ineligible, unknown (nobody knows whether it
    is eligible), else noncontact."""
    said = forms[forms["disposition"] != "complete"].drop_duplicates(["unit", "dossier"])
    outcome = pd.Series("noncontact", index=frame.index)
    keys = pd.MultiIndex.from_frame(frame[["unit", "dossier"]])
    for answer in ("unknown", "noncontact", "ineligible", "refusal"):
        part = said[said["disposition"] == answer]
        outcome[keys.isin(pd.MultiIndex.from_frame(part[["unit", "dossier"]]))] = answer
    outcome[keys.isin(pd.MultiIndex.from_frame(complete[["unit", "dossier"]]))] = "complete"
    kept = ["dossier", "unit", "wave", "outcome", *_FROM_SAMPLE, *names]
    return frame.assign(outcome=outcome)[kept].sort_values(["wave", "unit", "dossier"], ignore_index=True)
