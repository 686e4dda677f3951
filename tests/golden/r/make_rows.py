"""Writes the made-up rows that design.R and test_own_r.py read; nobody answered them.

    python tests/golden/r/make_rows.py

DIỄN TẬP, SỐ LIỆU GIẢ LẬP / REHEARSAL, SIMULATED DATA
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from surveylib.rng import stream

FOLDER = Path(__file__).resolve().parent


def two_stage(*, lonely: bool) -> pd.DataFrame:
    """Three strata; unequal numbers of first- and second-stage clusters. `lonely`: one cluster has one
    second-stage cluster of many."""
    random, rows, second_number = stream(2014, "golden two stages"), [], 0
    for stratum, (sampled, population) in {"a": (4, 30), "b": (6, 17), "c": (3, 3)}.items():
        for first in range(sampled):
            members = int(random.integers(6, 15))
            taken = 1 if lonely and (stratum, first) == ("b", 2) else int(random.integers(2, 6))
            level = random.normal(60, 8)
            for _ in range(taken):
                second_number += 1
                for _ in range(int(random.integers(2, 6))):
                    weight = population / sampled * members / taken
                    rows.append(
                        (stratum, f"{stratum}{first}", second_number, population, members, weight, level)
                    )
    table = pd.DataFrame(rows, columns=["h", "psu", "ssu", "n1", "n2", "pw", "level"])
    n = len(table)
    table["y"] = (table.pop("level") + random.normal(0, 5, n)).round(3)
    table["x"] = random.uniform(1, 4, n).round(3)
    table["g"] = random.choice(["kem", "kha", "tot"], n, p=[0.2, 0.5, 0.3])
    table["d"] = random.choice(["nam", "nu"], n)
    # A domain that reaches one cluster only in some strata.
    table["rare"] = np.where((table["psu"] == "a1") | (table["h"] == "b"), "in", "out")
    return table


def one_stage() -> pd.DataFrame:
    """One stage of clusters in two strata, for calibration to two margins."""
    random = stream(2014, "golden calibration")
    psu = np.repeat(np.arange(24), random.integers(6, 15, size=24))
    n = len(psu)
    table = pd.DataFrame({"h": np.where(psu < 12, "a", "b"), "psu": psu, "n1": np.where(psu < 12, 60, 90)})
    table["pw"] = random.uniform(20, 60, n).round(3)
    table["sex"] = random.choice(["nam", "nu"], n, p=[0.4, 0.6])
    table["age"] = random.choice(["tre", "vua", "gia"], n)
    table["y"] = (
        50 + 4 * (table["sex"] == "nu") + 3 * (table["age"] == "gia") + random.normal(0, 6, n)
    ).round(3)
    table["x"] = random.uniform(1, 4, n).round(3)
    table["gaps"] = table["y"].where(random.random(n) > 0.15)
    return table


def unequal() -> pd.DataFrame:
    """Clusters of one to four rows drawn with unequal probabilities in two strata."""
    random = stream(2014, "golden unequal")
    table = pd.DataFrame({"h": ["a"] * 9 + ["b"] * 7, "psu": range(101, 117)})
    table["p"] = random.uniform(0.08, 0.6, len(table)).round(4)
    table = table.loc[np.repeat(table.index, random.integers(1, 5, len(table)))].reset_index(drop=True)
    n = len(table)
    table["pw"] = 1 / table["p"]
    table["x"] = random.uniform(1, 4, n).round(3)
    table["y"] = (20 * table["p"] + 5 * table["x"] + random.normal(0, 3, n)).round(3)
    table["g"] = random.choice(["kem", "kha", "tot"], n)
    table["d"] = random.choice(["nam", "nu"], n)
    return table


def main() -> None:
    made = {
        "generated_two_stage": two_stage(lonely=False),
        "generated_lonely_second": two_stage(lonely=True),
        "generated_calibration": one_stage(),
        "generated_unequal": unequal(),
    }
    for name, table in made.items():
        table.to_csv(
            FOLDER / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8", float_format="%.10g"
        )


if __name__ == "__main__":
    main()
