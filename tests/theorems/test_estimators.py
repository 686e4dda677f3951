"""What must hold for every kind of estimate, whatever the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import contrast, declare, estimate, smooth, totals
from surveylib.model.totals import Request
from surveylib.rng import stream

DESIGN = {"weights": "w", "strata": "h", "psu": "psu", "fpc": "fpc"}
REQUESTS = {
    "mean": Request(kind="mean", variable="y"),
    "total": Request(kind="total", variable="y"),
    "total of levels": Request(kind="total", variable="g"),
    "proportion": Request(kind="proportion", variable="g"),
    "ratio": Request(kind="ratio", variable="y", denominator="x"),
    "alpha": Request(kind="alpha", variable="scale", items=("y", "x", "z")),
}
every_kind = pytest.mark.parametrize("kind", REQUESTS)
with_and_without_by = pytest.mark.parametrize(
    "by", [(), ("d",), ("d", "e")], ids=["whole", "by one", "by two"]
)


def survey(seed=1, *, gaps=True) -> pd.DataFrame:
    """Made-up rows: 4 strata of 3 clusters of 16 rows; some answers missing."""
    random, n = stream(seed, "theorems"), 192
    psu = np.repeat(np.arange(12), 16)
    rows = pd.DataFrame(
        {
            "h": np.array(list("abcd"))[psu // 3],
            "psu": psu,
            "fpc": 7.0 + psu // 3,
            "w": random.uniform(0.5, 3, n),
            "y": random.normal(50, 10, n) + psu,
            "x": random.uniform(5, 9, n),
            "g": random.choice(["tốt", "khá", "kém"], n),
            "d": random.choice(["nam", "nữ"], n),
            "e": random.choice([1, 2], n),
            "one": 1.0,
        }
    )
    if gaps:
        rows.loc[random.random(n) < 0.1, "y"] = np.nan
        rows.loc[random.random(n) < 0.1, "g"] = None
    return rows.assign(z=0.6 * rows["y"] + random.normal(0, 8, n))


def made(rows, request, by=(), **design):
    requests = [request] if isinstance(request, Request) else request
    return estimate(totals(rows, declare(rows, **(design or DESIGN)), requests=requests, by=by))


def same(one, other, columns=("estimate", "std_error", "df", "n", "n_eff", "deff")):
    pd.testing.assert_frame_equal(
        one.table[[*one.keys, *columns]], other.table[[*other.keys, *columns]], rtol=1e-10, check_dtype=False
    )
    np.testing.assert_allclose(
        one.covariance, other.covariance, rtol=1e-9, atol=1e-12 * np.abs(one.covariance).max()
    )


@every_kind
@with_and_without_by
def test_row_order_does_not_matter(kind, by):
    rows = survey()
    same(made(rows, REQUESTS[kind], by), made(rows.sample(frac=1, random_state=1), REQUESTS[kind], by))


@every_kind
@with_and_without_by
def test_scaling_weights_changes_totals_alone(kind, by):
    rows, factor = survey(), 3.7
    before = made(rows, REQUESTS[kind], by)
    after = made(rows.assign(w=rows["w"] * factor), REQUESTS[kind], by)
    times = factor if kind.startswith("total") else 1.0
    np.testing.assert_allclose(after.table["estimate"], times * before.table["estimate"], rtol=1e-12)
    np.testing.assert_allclose(after.covariance, times**2 * before.covariance, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(after.table["n_eff"], before.table["n_eff"], rtol=1e-12)


@every_kind
@with_and_without_by
def test_constant_weights_give_the_unweighted_answer(kind, by):
    rows = survey().assign(w=7.0)
    table = made(rows, REQUESTS[kind], by, weights="w").table
    for _, row in table.iterrows():
        part = rows
        for name in by:
            part = part[part[name] == row[name]]
        there = part.dropna(subset=["g" if kind in ("proportion", "total of levels") else "y"])
        items = there[["y", "x", "z"]]
        want = {
            "mean": there["y"].mean(),
            "total": 7 * there["y"].sum(),
            "ratio": there["y"].sum() / there["x"].sum(),
            "proportion": (there["g"] == row["level"]).mean(),
            "total of levels": 7 * (there["g"] == row["level"]).sum(),
            "alpha": 1.5 * (1 - items.var().sum() / items.sum(axis=1).var()),
        }[kind]
        assert row["estimate"] == pytest.approx(want, rel=1e-12)
        assert row["n"] == row["n_eff"] == len(there)


@pytest.mark.parametrize("by", [(), ("d",)])
def test_simple_random_sampling_gives_the_textbook_standard_error(by):
    rows = survey(gaps=False)
    result = made(rows, REQUESTS["mean"], by, weights="one").table
    if not by:
        assert result["std_error"][0] == pytest.approx(rows["y"].std() / np.sqrt(len(rows)), rel=1e-12)
    np.testing.assert_allclose(result["deff"], 1.0, rtol=0.02 if by else 1e-12)


@every_kind
@with_and_without_by
def test_a_domain_is_the_whole_with_the_others_weighing_nothing(kind, by):
    if not by:
        by = ("h",)  # strata are domains too
    rows = survey()
    result = made(rows, REQUESTS[kind], by)
    for key, _ in result.table.groupby(list(by)):
        inside = (rows[list(by)] == list(key)).all(axis=1)
        alone = made(rows.assign(w=rows["w"].where(inside, 0.0)), REQUESTS[kind])
        here = (result.table[list(by)] == list(key)).all(axis=1).to_numpy()
        for column in ("estimate", "std_error", "df", "n", "n_eff", "deff"):
            np.testing.assert_allclose(
                alone.table[column], result.table.loc[here, column], rtol=1e-9, err_msg=column
            )


# ---- totals of parts add up ---------------------------------------------------------------------


def summed(rows, kind, by):
    design = declare(rows, **{**DESIGN, "fpc": None}, lonely="certainty")
    return totals(rows, design, requests=[REQUESTS[kind]], by=by)


SUMS = ("sums", "squares", "counts", "weight_squares")


@every_kind
@with_and_without_by
def test_totals_of_two_halves_of_the_rows_add_to_the_whole(kind, by):
    rows = survey()
    half = np.arange(len(rows)) % 16 < 8  # rows of every cluster on both sides
    whole, first, second = (summed(part, kind, by) for part in (rows, rows[half], rows[~half]))
    pd.testing.assert_frame_equal(first.labels, second.labels)
    pd.testing.assert_frame_equal(first.domains, second.domains)
    for name in SUMS:
        np.testing.assert_allclose(
            getattr(first, name) + getattr(second, name), getattr(whole, name), rtol=1e-12
        )


@every_kind
@with_and_without_by
def test_totals_of_two_halves_of_the_clusters_stand_side_by_side(kind, by):
    rows = survey()
    half = rows["h"].isin(["a", "b"])
    whole, first, second = (summed(part, kind, by) for part in (rows, rows[half], rows[~half]))
    np.testing.assert_allclose(np.concatenate([first.sums, second.sums], axis=1), whole.sums, rtol=1e-12)
    for name in SUMS[1:]:
        np.testing.assert_allclose(
            getattr(first, name) + getattr(second, name), getattr(whole, name), rtol=1e-12
        )


# ---- identities between kinds -------------------------------------------------------------------


@with_and_without_by
def test_proportions_are_shares_of_one(by):
    result = made(survey(), REQUESTS["proportion"], by)
    shares = result.table.groupby(list(by) or (lambda _: 0))["estimate"].sum()
    np.testing.assert_allclose(shares, 1.0, rtol=1e-12)
    domains = len(shares)
    # Levels stand in blocks of all domains: the same domain of all levels must not vary in sum.
    folded = result.covariance.reshape(3, domains, 3, domains).sum(axis=2)
    np.testing.assert_allclose(folded, 0, atol=1e-12 * result.covariance.max())


@with_and_without_by
def test_a_proportion_is_the_mean_of_its_indicator(by):
    rows = survey()
    indicator = (rows["g"] == "tốt").astype(float).where(rows["g"].notna())
    mean = made(rows.assign(y=indicator), REQUESTS["mean"], by).table
    share = made(rows, REQUESTS["proportion"], by).table.query("level == 'tốt'")
    for column in ("estimate", "std_error", "df", "n", "n_eff", "deff"):
        np.testing.assert_allclose(mean[column], share[column], rtol=1e-10)


@with_and_without_by
def test_a_mean_is_the_ratio_to_one(by):
    rows = survey()
    mean = made(rows, REQUESTS["mean"], by)
    ratio = made(rows, Request(kind="ratio", variable="y", denominator="one"), by)
    np.testing.assert_allclose(mean.table["estimate"], ratio.table["estimate"], rtol=1e-12)
    np.testing.assert_allclose(mean.covariance, ratio.covariance, rtol=1e-10, atol=1e-14)


def test_the_total_is_the_mean_times_the_size_with_its_standard_error():
    rows = survey(gaps=False)
    both = made(rows, [REQUESTS["mean"], Request(kind="total", variable="one")])
    product = smooth(both, function=lambda value: value[0] * value[1], names=["total"])
    total = made(rows, REQUESTS["total"])
    np.testing.assert_allclose(product.values, total.values, rtol=1e-12)
    np.testing.assert_allclose(product.covariance, total.covariance, rtol=1e-9)


@pytest.mark.parametrize("by", [("d",), ("d", "e"), ("h",)])
def test_totals_of_domains_add_to_the_whole_with_its_standard_error(by):
    rows = survey()
    parts, whole = made(rows, REQUESTS["total"], by), made(rows, REQUESTS["total"])
    added = contrast(parts, coefficients=np.ones(len(parts.table)), names=["sum"])
    np.testing.assert_allclose(added.values, whole.values, rtol=1e-12)
    np.testing.assert_allclose(added.covariance, whole.covariance, rtol=1e-9)


def test_means_of_domains_weighted_by_their_sizes_give_the_whole_mean():
    rows = survey(gaps=False)
    parts = made(rows, [REQUESTS["mean"], Request(kind="total", variable="one")], ("d",))
    joined = smooth(parts, function=lambda v: (v[0] * v[2] + v[1] * v[3]) / (v[2] + v[3]), names=["mean"])
    whole = made(rows, REQUESTS["mean"])
    np.testing.assert_allclose(joined.values, whole.values, rtol=1e-12)
    np.testing.assert_allclose(joined.covariance, whole.covariance, rtol=1e-9)


@every_kind
@with_and_without_by
def test_the_diagonal_alone_is_the_same_diagonal(kind, by):
    rows = survey()
    made_totals = totals(rows, declare(rows, **DESIGN), requests=[REQUESTS[kind]], by=by)
    full, thin = estimate(made_totals, full=True), estimate(made_totals, full=False)
    np.testing.assert_allclose(thin.table["std_error"], full.table["std_error"], rtol=1e-10)


@every_kind
def test_rows_in_no_domain_belong_to_no_estimate(kind):
    rows = survey()
    rows.loc[rows.index % 5 == 0, "d"] = None
    result = made(rows, REQUESTS[kind], ("d",))
    other = made(rows.assign(d=rows["d"].fillna("không rõ")), REQUESTS[kind], ("d",))
    kept = (other.table["d"] != "không rõ").to_numpy()
    for column in ("estimate", "std_error", "df", "n", "deff"):
        np.testing.assert_allclose(result.table[column], other.table.loc[kept, column], rtol=1e-12)
