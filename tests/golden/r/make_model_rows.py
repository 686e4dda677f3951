"""Writes the made-up rows that models.R and test_own_r_models.py read; nobody answered them.

    python tests/golden/r/make_model_rows.py

DIỄN TẬP, SỐ LIỆU GIẢ LẬP / REHEARSAL, SIMULATED DATA
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from surveylib.rng import stream

FOLDER = Path(__file__).resolve().parent


def people() -> pd.DataFrame:
    """Two strata of clusters drawn in two stages; outcomes of every family, some of them missing."""
    random, rows, second_number = stream(2014, "golden models"), [], 0
    for stratum, (sampled, population) in {"a": (9, 60), "b": (12, 45)}.items():
        for first in range(sampled):
            members, taken = int(random.integers(5, 12)), int(random.integers(2, 5))
            level = random.normal(0, 0.5)
            for _ in range(taken):
                second_number += 1
                for _ in range(int(random.integers(3, 8))):
                    weight = population / sampled * members / taken * random.uniform(0.7, 1.4)
                    rows.append(
                        (stratum, f"{stratum}{first}", second_number, population, members, weight, level)
                    )
    table = pd.DataFrame(rows, columns=["h", "psu", "ssu", "n1", "n2", "pw", "level"])
    n = len(table)
    table["pw"] = table["pw"].round(4)
    table["sex"] = random.choice(["nam", "nu"], n, p=[0.45, 0.55])
    table["age"] = random.choice(["tre", "vua", "gia"], n, p=[0.3, 0.5, 0.2])
    table["wait"] = random.uniform(0, 4, n).round(3)
    push = (
        table.pop("level")
        + 0.5 * (table["sex"] == "nu")
        + 0.6 * (table["age"] == "gia")
        - 0.4 * table["wait"]
    )
    table["score"] = (60 + 6 * push + random.normal(0, 5, n)).round(3)
    table["before"] = (57 + 4 * push + random.normal(0, 5, n)).round(3)
    table["ok"] = (push + random.logistic(0, 1, n) > -0.8).astype(int)
    table["visits"] = random.poisson(np.exp(0.6 - 0.4 * push))
    table["q"] = np.digitize(push + random.logistic(0, 1, n), [-2.6, -1.4, -0.2, 1.2]) + 1
    for name, share in {"score": 0.04, "q": 0.05, "age": 0.03, "wait": 0.03, "visits": 0.02}.items():
        table[name] = table[name].where(random.random(n) > share)
    return table


if __name__ == "__main__":
    people().to_csv(
        FOLDER / "generated_models.csv",
        index=False,
        lineterminator="\n",
        encoding="utf-8",
        float_format="%.10g",
    )
