"""Answers laid out as the form server exports them: group prefixes, instance ids, times, version."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from surveylib.model.questionnaire import Item, Questionnaire
from surveylib.model.rehearsal import MARK, MARK_COLUMN, Rehearsal
from surveylib.model.study import Wave

GROUP_OF_ROLE = {"anchor": "neo", "covariate": "nguoi_tra_loi", "open": "y_kien", "process": "thu_phieu"}


def header(item: Item) -> str:
    """The column of an item: its group, a hyphen, its id.

    >>> from surveylib.model.text import Text
    >>> header(Item(id="a1_simple", text=Text(vi="…", en="…"), scale="L5", criteria=("a1",)))
    'a-a1_simple'
    """
    group = item.criteria[0][0] if item.criteria else GROUP_OF_ROLE.get(item.role, "khac")
    return f"{group}-{item.id}"


def export(
    rows: pd.DataFrame,
    *,
    answers: pd.DataFrame,
    questionnaire: Questionnaire,
    wave: Wave,
    truth: Rehearsal,
    random: np.random.Generator,
) -> pd.DataFrame:
    """The clean export of `rows` (dossier, unit, disposition) with their `answers`, all cells as text."""
    size = len(rows)
    began, ended = _times(wave, size, random)
    keys = [f"uuid:{random.bytes(16).hex()}" for _ in range(size)]
    table = {
        "SubmissionDate": _stamps(ended + np.timedelta64(90, "s")),
        "start": _stamps(began),
        "end": _stamps(ended),
        "phieu-unit": rows["unit"].to_numpy(),
        "phieu-dossier": rows["dossier"].to_numpy(),
        "phieu-disposition": rows["disposition"].to_numpy(),
    }
    complete = (rows["disposition"] == "complete").to_numpy()
    for item in questionnaire.items:
        if item.id in answers:
            table[header(item)] = _cells(answers[item.id].to_numpy())
        elif questionnaire.scale_of(item.id).kind == "text":
            table[header(item)] = _comments(truth, complete, random)
        else:
            table[header(item)] = np.where(complete, pd.Series(began).dt.strftime("%Y-%m-%d"), "")
    table |= {"meta-instanceID": keys, "KEY": keys, "FormVersion": questionnaire.version, MARK_COLUMN: MARK}
    return pd.DataFrame(table).sort_values(["SubmissionDate", "KEY"], ignore_index=True).astype(object)


def _times(wave: Wave, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Weekdays of the wave, office hours, some ten minutes a form."""
    days = np.array(
        [wave.start + datetime.timedelta(days=day) for day in range((wave.end - wave.start).days + 1)]
    )
    working = np.array([day for day in days if day.weekday() < 5] or list(days), dtype="datetime64[s]")
    began = working[random.integers(0, working.size, size)] + random.integers(
        7 * 3600, 16 * 3600, size
    ).astype("timedelta64[s]")
    lasting = 60 * np.exp(np.log(9) + 0.35 * random.standard_normal(size))
    return began, began + np.maximum(lasting, 240).astype("timedelta64[s]")


def _stamps(times: np.ndarray) -> list[str]:
    return [f"{text}.000+07:00" for text in np.datetime_as_string(times, unit="s")]


def _cells(values: np.ndarray) -> np.ndarray:
    return np.array(["" if np.isnan(value) else f"{value:.0f}" for value in values], dtype=object)


def _comments(truth: Rehearsal, complete: np.ndarray, random: np.random.Generator) -> np.ndarray:
    if not truth.comments:
        return np.full(complete.size, "", dtype=object)
    texts = np.array(truth.comments, dtype=object)[random.integers(0, len(truth.comments), complete.size)]
    return np.where(complete & (random.uniform(size=complete.size) < truth.comment_share), texts, "")
