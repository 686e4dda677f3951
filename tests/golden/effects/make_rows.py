"""Writes the made-up rows that effects.R, packages.py and test_own_effects.py read; nobody answered them.

    python tests/golden/effects/make_rows.py

DIỄN TẬP, SỐ LIỆU GIẢ LẬP / REHEARSAL, SIMULATED DATA
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from surveylib.rng import stream

FOLDER = Path(__file__).resolve().parent
STARTS = {0: 3, 1: 3, 2: 3, 3: 4, 4: 4, 5: 5}  # units of the staggered rows and the wave they start in
WAVES = 6


def respondents() -> pd.DataFrame:
    """Answers 1 to 5 of 12 units in two waves, 5 of them treated, in unequal numbers."""
    random, rows = stream(2014, "golden effects"), []
    for unit in range(12):
        level = random.normal(3.4, 0.3)
        for post in (0, 1):
            shift = random.normal(0, 0.15) + (0.35 * post if unit < 5 else 0.05 * post)
            answers = np.clip(np.rint(random.normal(level + shift, 0.9, int(random.integers(20, 46)))), 1, 5)
            rows += [(unit, int(unit < 5), post, int(answer)) for answer in answers]
    return pd.DataFrame(rows, columns=["unit", "treat", "post", "y"])


def staggered() -> pd.DataFrame:
    """Means of 14 units in six waves; six units start in three different waves, one of them alone."""
    random, rows = stream(2014, "golden staggered"), []
    for unit in range(14):
        level, start = random.normal(3.4, 0.3), STARTS.get(unit, 0)
        for wave in range(1, WAVES + 1):
            gain = 0.3 + 0.05 * (wave - start) if start and wave >= start else 0.0
            rows.append((unit, wave, start, round(float(level + gain + random.normal(0, 0.1)), 4)))
    return pd.DataFrame(rows, columns=["unit", "wave", "start", "y"])


def main() -> None:
    respondents().to_csv(FOLDER / "respondents.csv", index=False, lineterminator="\n")
    staggered().to_csv(FOLDER / "staggered.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
