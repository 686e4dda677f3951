"""What must hold for every estimate made from rows: quantiles, variances, correlations, kappa."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import covariance_matrix, declare, estimate, kappa, moments, quantile, totals
from surveylib.estimation.estimate import influences
from surveylib.estimation.linearised import Piece, field, join
from surveylib.estimation.quantile import quantile_piece
from surveylib.estimation.woodruff import QUANTILE_INTERVALS
from surveylib.model.totals import Request
from surveylib.numerics.quantiles import QUANTILE_RULES
from surveylib.rng import stream

DESIGN = {"weights": "w", "strata": "h", "psu": "psu", "fpc": "fpc"}
AT = [0.25, 0.5, 0.8]


def quantiles(**how):
    return lambda rows, design, by=(): quantile(rows, design, variables=["y"], at=AT, by=by, **how)


ESTIMATORS = {
    **{f"quantile {rule}": quantiles(rule=rule) for rule in QUANTILE_RULES},
    **{f"quantile by {name}": quantiles(interval=name) for name in QUANTILE_INTERVALS},
    "merged quantile": quantiles(rule="hf7", merge_ties=True),
    "variances": lambda rows, design, by=(): covariance_matrix(rows, design, variables=["y", "x"], by=by),
    "correlation": lambda rows, design, by=(): moments(rows, design, correlations=[("y", "x")], by=by),
    "kappa": lambda rows, design, by=(): kappa(rows, design, pairs=[("g", "again")], by=by),
}
every = pytest.mark.parametrize("name", ESTIMATORS)
with_and_without_by = pytest.mark.parametrize("by", [(), ("d",), ("d", "e")], ids=["whole", "one", "two"])
COLUMNS = ["estimate", "std_error", "df", "conf_low", "conf_high", "n", "n_eff"]


def survey(seed=1) -> pd.DataFrame:
    """Made-up rows: 4 strata of 3 clusters of 16 rows; some answers missing; hardly any ties."""
    random, n = stream(seed, "row theorems"), 192
    psu = np.repeat(np.arange(12), 16)
    y = random.normal(50, 10, n) + psu
    rows = pd.DataFrame(
        {
            "h": np.array(list("abcd"))[psu // 3],
            "psu": psu,
            "fpc": 7.0 + psu // 3,
            "w": random.uniform(0.5, 3, n),
            "y": y,
            "x": 0.5 * y + random.normal(0, 6, n),
            "g": random.choice(["tốt", "khá", "kém"], n),
            "d": random.choice(["nam", "nữ"], n),
            "e": random.choice([1, 2], n),
        }
    )
    rows["again"] = rows["g"].where(random.random(n) < 0.6, "khá")
    for name in ("y", "x", "g"):
        rows.loc[random.random(n) < 0.08, name] = None
    return rows


def made(name, rows, by=(), **design):
    return ESTIMATORS[name](rows, declare(rows, **(design or DESIGN)), by=by)


def same(one, other, columns=COLUMNS):
    pd.testing.assert_frame_equal(
        one.table[[*one.keys, *columns]], other.table[[*other.keys, *columns]], rtol=1e-9, check_dtype=False
    )
    np.testing.assert_allclose(
        one.covariance, other.covariance, rtol=1e-8, atol=1e-11 * np.nanmax(np.abs(one.covariance))
    )


@every
@with_and_without_by
def test_row_order_does_not_matter(name, by):
    rows = survey()
    same(made(name, rows, by), made(name, rows.sample(frac=1, random_state=1), by))


@every
@with_and_without_by
def test_the_scale_of_weights_does_not_matter(name, by):
    rows = survey()
    same(made(name, rows, by), made(name, rows.assign(w=rows["w"] * 3.7), by))


@every
@with_and_without_by
def test_a_domain_is_the_whole_with_the_others_weighing_nothing(name, by):
    rows, by = survey(), by or ("h",)
    result = made(name, rows, by)
    for key, _ in result.table.groupby(list(by)):
        inside = (rows[list(by)] == list(key)).all(axis=1)
        alone = made(name, rows.assign(w=rows["w"].where(inside, 0.0))).table
        here = (result.table[list(by)] == list(key)).all(axis=1).to_numpy()
        for column in COLUMNS:
            np.testing.assert_allclose(
                alone[column], result.table.loc[here, column], rtol=1e-8, err_msg=column
            )


@every
def test_rows_in_no_domain_belong_to_no_estimate(name):
    rows = survey()
    rows.loc[rows.index % 5 == 0, "d"] = None
    result = made(name, rows, ("d",)).table
    other = made(name, rows.assign(d=rows["d"].fillna("không rõ")), ("d",)).table
    kept = (other["d"] != "không rõ").to_numpy()
    for column in COLUMNS:
        np.testing.assert_allclose(result[column], other.loc[kept, column], rtol=1e-9)


@with_and_without_by
def test_constant_weights_give_the_unweighted_answer(by):
    rows = survey().assign(w=7.0)
    design = declare(rows, weights="w")
    parts = (
        [(np.ones(len(rows), bool), {})]
        if not by
        else [
            ((rows[list(by)] == list(key)).all(axis=1).to_numpy(), dict(zip(by, key, strict=True)))
            for key in {tuple(k) for k in rows[list(by)].to_numpy()}
        ]
    )
    made_of = {
        "quantile": quantile(rows, design, variables=["y"], at=AT, rule="hf7", by=by).table,
        "variance": moments(rows, design, variances=["y"], by=by).table,
        "correlation": moments(rows, design, correlations=[("y", "x")], by=by).table,
    }
    for inside, key in parts:
        here = rows[inside]
        y, both = here["y"].dropna(), here[["y", "x"]].dropna()
        want = {
            "quantile": np.quantile(y, AT),
            "variance": [y.var(ddof=1)],
            "correlation": [np.corrcoef(both.T)[0, 1]],
        }
        for name, table in made_of.items():
            for column, value in key.items():
                table = table[table[column] == value]
            np.testing.assert_allclose(table["estimate"], want[name], rtol=1e-10)


def test_kappa_by_hand():
    """Agreement 0.7, by chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5: kappa 0.4 (Cohen 1960)."""
    counts = {("a", "a"): 20, ("a", "b"): 5, ("b", "a"): 10, ("b", "b"): 15}
    rows = pd.DataFrame(
        [pair for pair, times in counts.items() for _ in range(times)], columns=["g", "again"]
    )
    made_of = kappa(rows, declare(rows), pairs=[("g", "again"), ("g", "g")])
    np.testing.assert_allclose(made_of.values, [0.4, 1.0], rtol=1e-12)
    assert made_of.table["std_error"][1] == pytest.approx(0, abs=1e-12)


def test_a_correlation_is_blind_to_units():
    rows = survey()
    other = rows.assign(y=3 * rows["y"] - 40, x=rows["x"] / 7)
    same(made("correlation", rows), made("correlation", other))
    turned = made("correlation", rows.assign(x=-rows["x"]))
    np.testing.assert_allclose(turned.values, -made("correlation", rows).values, rtol=1e-10)


def test_covariances_stay_with_their_signs_when_a_quantile_stands_beside_a_mean():
    """The share of values up to the median moves against it, with a correlation of −1; doubling y doubles the
    covariance of its median with its mean."""
    rows = survey()
    design = declare(rows, **DESIGN)
    median = quantile(rows, design, variables=["y"]).values[0]
    rows = rows.assign(
        below=(rows["y"] <= median).astype(float).where(rows["y"].notna()), twice=2 * rows["y"]
    )
    summed = totals(
        rows, design, requests=[Request(kind="mean", variable=v) for v in ("below", "y", "twice")]
    )
    where = field(rows, design)
    medians = quantile_piece(where, rows, variables=["y", "twice"])
    both = join([Piece(estimate(summed), influences(summed)), medians], where.levels)
    error = np.sqrt(np.diag(both.covariance))
    correlation = both.covariance / np.outer(error, error)
    assert correlation[0, 3] == pytest.approx(-1.0, rel=1e-9)
    assert correlation[1, 3] > 0.5
    assert both.covariance[2, 4] == pytest.approx(4 * both.covariance[1, 3], rel=1e-9)
    np.testing.assert_allclose(error[:3], estimate(summed).table["std_error"], rtol=1e-12)
    np.testing.assert_allclose(error[3:], medians.estimates.table["std_error"], rtol=1e-12)


ASKED = {
    "quantile": (quantile, {"variables": ["y"], "at": AT}),
    "moments": (moments, {"variances": ["y"], "correlations": [("y", "x")]}),
}


@pytest.mark.parametrize("name", ASKED)
def test_the_diagonal_alone_is_the_same_diagonal(name):
    rows, (make, asked) = survey(), ASKED[name]
    full, thin = (make(rows, declare(rows, **DESIGN), by=["d"], full=full, **asked) for full in (True, False))
    np.testing.assert_allclose(thin.table["std_error"], full.table["std_error"], rtol=1e-10)
    assert np.isnan(thin.covariance[0, 1]) and np.isfinite(full.covariance[0, 1])
