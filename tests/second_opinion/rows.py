"""The made-up rows that three programs are asked about."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.rng import stream

STRATA, CLUSTERS, EACH = 6, 4, 10


def survey() -> pd.DataFrame:
    """Six strata of four clusters of ten people; nothing missing but in ``gap``.

    ``N`` clusters of ``M`` people each in the population; ``pair``: strata of two clusters, for half-samples;
    ``alone``: strata of which one has a single cluster.
    """
    random, n = stream(7, "second opinion"), STRATA * CLUSTERS * EACH
    psu = np.repeat(np.arange(STRATA * CLUSTERS), EACH)
    push = 0.4 * random.normal(size=STRATA * CLUSTERS)[psu] + random.normal(size=n)
    rows = pd.DataFrame(
        {
            "h": np.array(list("abcdef"))[psu // CLUSTERS],
            "pair": psu // 2,
            "alone": np.where(psu == 23, 9, psu // CLUSTERS),
            "psu": psu,
            "person": np.arange(n),
            "N": 9.0 + psu // CLUSTERS,
            "M": 25.0 + psu % 7,
            "w": random.uniform(1, 4, n),
            "y": (50 + 8 * push + psu % 5).round(3),
            "x": random.uniform(20, 40, n).round(3),
            "g": random.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2]),
            "d": random.choice(["p", "q"], n),
            "age": random.choice(["old", "young"], n, p=[0.6, 0.4]),
        }
    )
    rows["before"] = (rows["y"] - 2 + 5 * random.normal(size=n)).round(3)
    rows["yes"] = (push + 0.03 * (rows["x"] - 30) + random.normal(size=n) > 0.4).astype(float)
    rows["rare"] = (random.random(n) < 0.05).astype(float)
    rows["visits"] = random.poisson(np.exp(0.3 + 0.3 * push.clip(-2, 2))).astype(float)
    rows["gap"] = rows["y"].where(random.random(n) > 0.1)
    return rows
