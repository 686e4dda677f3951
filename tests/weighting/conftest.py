"""A small invented register, its sample and its answers (REHEARSAL, SIMULATED DATA)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from surveylib.model.responses import Responses
from surveylib.model.sample import Frame, Sample

COLUMNS = ["respondent", "unit", "wave", "stratum", "psu", "dossier", "procedure", "sex", "age_band", "y"]


@dataclass(frozen=True)
class World:
    frame: Frame
    sample: Sample
    responses: Responses


def register(sizes: dict[tuple[str, str], int], *, seed: int = 3) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    parts = []
    for (unit, wave), size in sizes.items():
        late = wave == "t1"
        parts.append(
            pd.DataFrame(
                {
                    "dossier": [f"{unit}-{wave}-{i:04d}" for i in range(size)],
                    "unit": unit,
                    "wave": wave,
                    "procedure": random.choice(
                        [1, 2, 3], size, p=[0.3, 0.5, 0.2] if late else [0.5, 0.3, 0.2]
                    ),
                    "sex": random.choice([1, 2], size),
                    "age_band": random.choice([1, 2, 3], size, p=[0.3, 0.45, 0.25]),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def drawn(frame: Frame, *, share: float, seed: int = 4) -> Sample:
    """A simple random sample in every procedure of a unit and wave, and a fifth as many reserves."""
    random = np.random.default_rng(seed)
    parts = []
    for _, cell in frame.rows.groupby(["unit", "wave", "procedure"]):
        n, reserves = max(2, round(share * len(cell))), max(1, round(share * len(cell) / 5))
        picked = cell.iloc[random.permutation(len(cell))[: n + reserves]]
        parts.append(
            picked[["dossier", "unit", "wave"]].assign(
                stratum="procedure=" + picked["procedure"].astype(str),
                population=len(cell),
                sampled=n,
                probability=n / len(cell),
                order=np.arange(1, len(picked) + 1),
                reserve=np.arange(len(picked)) >= n,
            )
        )
    return Sample(rows=pd.concat(parts, ignore_index=True), log=pd.DataFrame(), seed=seed)


def answered(frame: Frame, sample: Sample, *, seed: int = 5) -> Responses:
    """Answers in which the old answer more often; reserves are not called."""
    random = np.random.default_rng(seed)
    asked = sample.rows[~sample.rows["reserve"]].merge(frame.rows, on=["dossier", "unit", "wave"])
    chance = asked["age_band"].map({1: 0.4, 2: 0.6, 3: 0.85}).to_numpy()
    outcome = np.where(random.random(len(asked)) < chance, "complete", "refusal")
    asked["outcome"] = outcome
    rows = asked[outcome == "complete"].copy()
    rows["respondent"] = rows["psu"] = rows["dossier"]
    rows["y"] = 2.0 + 0.5 * rows["age_band"] + (rows["procedure"] == 2) + random.normal(size=len(rows)) / 10
    return Responses(rows=rows[COLUMNS], dispositions=asked[["dossier", "unit", "wave", "outcome"]])


SIZES = {("a", "t0"): 400, ("a", "t1"): 450, ("b", "t0"): 700, ("b", "t1"): 650}


@pytest.fixture(scope="session")
def world() -> World:
    frame = Frame(rows=register(SIZES))
    sample = drawn(frame, share=0.4)
    return World(frame=frame, sample=sample, responses=answered(frame, sample))
