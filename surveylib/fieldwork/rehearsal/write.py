"""The rehearsal's files, written beside and renamed: an interrupted run leaves the previous one whole."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from surveylib.fieldwork.rehearsal.costs import invent_costs
from surveylib.fieldwork.rehearsal.truth import overall_truth
from surveylib.model.rehearsal import MARK, Rehearsal
from surveylib.model.sample import Frame
from surveylib.model.study import Study

DEFINITION = {
    "vi": "Giá trị kỳ vọng của thế giới giả định: reference theo cơ cấu sổ chung của loại đơn vị, "
    "register theo cơ cấu sổ "
    "của đơn vị trong đợt, effect là phần do thí điểm; hiệu quả chung là trung bình giản đơn của các đơn vị "
    "thí điểm ở đợt cuối.",
    "en": "Expectations of the invented world: reference at the mix of the register pooled over the "
    "unit's type, register at the "
    "unit's own mix in the wave, effect is what the pilot adds; the overall effect is the plain mean of the "
    "pilot units in post waves.",
}


def write_rehearsal(
    folder: Path,
    *,
    frame: Frame,
    answers: dict[str, pd.DataFrame],
    table: pd.DataFrame,
    study: Study,
    truth: Rehearsal,
    seed: int,
    others: Mapping[str, pd.DataFrame] = MappingProxyType({}),
) -> tuple[Path, ...]:
    """Write registers, exports and ``truth.json`` into `folder` (replaced as a whole) and return the paths.

    `others` are further tables by the name of their file.

    Files go where the study's sources look for them, ``registers/{wave}.csv`` where a source names no
    register.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        names = _write_all(beside, frame, answers, table, study, truth, seed)
        for name, rows in others.items():
            _write_csv(beside / name, rows)
        _swap(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return tuple(folder / name for name in (*names, *others))


def _write_all(
    folder: Path,
    frame: Frame,
    answers: dict[str, pd.DataFrame],
    table: pd.DataFrame,
    study: Study,
    truth: Rehearsal,
    seed: int,
) -> list[str]:
    names = []
    for source in study.sources:
        register = frame.rows[frame.rows["wave"] == source.wave]
        for name, rows in (
            (source.register or f"registers/{source.wave}.csv", register),
            (source.path, answers[source.wave]),
        ):
            _write_csv(folder / name, rows)
            names.append(name)
    if study.costs is not None and truth.costs:
        _write_csv(folder / study.costs, invent_costs(study, truth=truth))
        names.append(study.costs)
    content = {
        "mark": MARK,
        "study": study.id,
        "seed": seed,
        "definition": DEFINITION,
        "overall": _records(overall_truth(table)),
        "cells": _records(table),
        "declared": dataclasses.asdict(truth),
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return [*names, "truth.json"]


def _write_csv(path: Path, rows: pd.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _records(table: pd.DataFrame) -> list[dict]:
    rounded = table.round(9)
    return rounded.astype(object).where(rounded.notna(), None).to_dict("records")


def _swap(new: Path, folder: Path) -> None:
    new.chmod(0o755)
    if not folder.exists():
        new.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / "old")
    try:
        new.rename(folder)
    except OSError:
        (old / "old").rename(folder)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
