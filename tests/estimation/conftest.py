"""Made-up rows of a clustered sample, and what it means that two sets of totals of them are the same."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.estimation import estimate
from surveylib.model.totals import PsuTotals, Request
from surveylib.rng import stream

REQUESTS = (
    Request(kind="mean", variable="y"),
    Request(kind="mean", variable="x"),
    Request(kind="total", variable="y"),
    Request(kind="total", variable="g"),
    Request(kind="proportion", variable="g"),
    Request(kind="proportion", variable="score"),
    Request(kind="ratio", variable="y", denominator="x"),
    Request(kind="ratio", variable="x", denominator="score"),
    Request(kind="alpha", variable="scale", items=("y", "x", "score")),
)
RESULTS = ["estimate", "std_error", "df", "conf_low", "conf_high", "n", "n_eff", "deff"]


def survey() -> pd.DataFrame:
    """3 strata (numbers that text would sort otherwise) of 4 clusters of 3 × 6 rows; gaps in y, g and d."""
    random, n = stream(7, "combine"), 216
    psu, h, ssu = np.repeat(np.arange(12), 18), np.repeat([2, 9, 10], 72), np.repeat(np.arange(36) % 3, 6)
    rows = pd.DataFrame(
        {
            "id": np.arange(n),
            "h": h,
            "psu": psu,
            "within": psu % 4,
            "ssu": ssu,
            "s2": np.where(ssu < 2, "trong", "ngoài"),
            "n1": np.repeat([8.0, 9, 40], 72),
            "n2": 5.0,
            "w": random.uniform(0.5, 3, n),
            "y": random.normal(50, 10, n) + psu,
            "x": random.uniform(5, 9, n),
            "g": random.choice(["tốt", "khá", "kém"], n),
            "score": random.choice([1, 2, 10], n),
            "d": random.choice(["nam", "nữ"], n),
            "e": random.choice([1, 2, 3], n),
            "month": random.integers(3, size=n),
        }
    )
    for name in ("y", "g", "d"):
        rows.loc[random.random(n) < 0.1, name] = None
    return rows


def agree(made: PsuTotals, whole: PsuTotals) -> None:
    """Everything equal: labels, stages, columns, cells, and estimates with their covariance."""
    assert (made.columns, made.statistics) == (whole.columns, whole.statistics)
    assert (made.lonely, made.counted) == (whole.lonely, whole.counted)
    pd.testing.assert_frame_equal(made.labels, whole.labels)
    pd.testing.assert_frame_equal(made.domains, whole.domains, check_dtype=False)
    for mine, other in zip(made.stages, whole.stages, strict=True):
        assert mine.stratum_names == other.stratum_names and mine.nested == other.nested
        for name in ("strata", "clusters", "population"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(other, name))
    np.testing.assert_array_equal(made.rows, whole.rows)
    np.testing.assert_array_equal(made.counts, whole.counts)
    for name in ("sums", "squares", "weight_squares"):
        np.testing.assert_allclose(getattr(made, name), getattr(whole, name), rtol=1e-12, atol=1e-12)
    one, two = estimate(made, full=True), estimate(whole, full=True)
    mine, other = ([*result.keys, *RESULTS] for result in (one, two))
    pd.testing.assert_frame_equal(
        _settled(one.table)[mine], _settled(two.table)[other], rtol=1e-10, check_dtype=False
    )
    np.testing.assert_allclose(
        one.covariance, two.covariance, rtol=1e-10, atol=1e-12 * np.abs(two.covariance).max()
    )


def _settled(table: pd.DataFrame) -> pd.DataFrame:
    """Where nothing varies (a share of 1) the design effect is 0/0, or what rounding makes of it."""
    return table.assign(deff=table["deff"].where(table["std_error"] > 1e-12))
