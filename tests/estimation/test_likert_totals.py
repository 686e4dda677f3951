"""What a Likert questionnaire needs, from totals alone: the numbers of all rows, also from merged files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import (
    add_share,
    choose,
    code_quantile,
    combine,
    contrast,
    declare,
    estimate,
    item_covariances,
    jackknife,
    quantile,
    read_totals,
    totals,
    write_totals,
)
from surveylib.estimation.chisquare import association
from surveylib.estimation.woodruff import QUANTILE_INTERVALS
from surveylib.model.totals import PsuTotals, Request
from surveylib.numerics.quantiles import QUANTILE_RULES
from surveylib.psychometrics.reliability import alpha_if_deleted, cronbach_alpha, weighted_covariance
from surveylib.rng import stream

ITEMS = ("c1", "c2", "c3", "c4")
DESIGN = {"weights": "w", "strata": "h", "psu": "psu", "fpc": "n1"}
REQUESTS = (
    Request(kind="mean", variable="c3"),
    *(Request(kind="proportion", variable=item) for item in ITEMS),
    Request(kind="alpha", variable="thái độ", items=ITEMS),
)
AT = [0.1, 0.25, 0.5, 0.9]
RESULTS = ["estimate", "std_error", "df", "conf_low", "conf_high", "n", "n_eff"]


def survey() -> pd.DataFrame:
    """Made-up rows: 4 districts of 5 offices of 24 visitors in two waves; some answers missing."""
    random, n = stream(8, "likert"), 480
    psu, push = np.repeat(np.arange(20), 24), random.normal(size=n)
    rows = pd.DataFrame(
        {
            "h": np.array(["An", "Bình", "Cát", "Dĩ"])[psu // 5],
            "psu": psu,
            "n1": 9.0 + psu // 5,
            "w": random.uniform(0.5, 3, n),
            "wave": np.where(np.arange(n) % 2 == 0, "trước", "sau"),
            "arm": np.where(psu % 2 == 0, "thí điểm", "so sánh"),
            "month": random.integers(3, size=n),
        }
    )
    rows.loc[random.random(n) < 0.02, "w"] = 0.0
    for item in ITEMS:
        rows[item] = np.clip(np.round(3.4 + push + random.normal(0, 0.9, n)), 1, 5)
        rows.loc[random.random(n) < 0.05, item] = np.nan
    return rows


def summed(rows, by=(), **design) -> PsuTotals:
    return totals(rows, declare(rows, **(design or DESIGN)), requests=REQUESTS, by=by)


@pytest.fixture(params=["h", "month"])
def merged(request, tmp_path):
    """Totals of every district or month, written, read and combined."""

    def made(by=()) -> PsuTotals:
        files = [tmp_path / f"{name}.totals" for name in survey()[request.param].unique()]
        for (_, rows), file in zip(survey().groupby(request.param, sort=False), files, strict=True):
            write_totals(summed(rows, by), file)
        return combine([read_totals(file) for file in files])

    return made


def agree(one, other, columns=RESULTS, rtol=1e-10):
    pd.testing.assert_frame_equal(
        one.table[[*one.keys, *columns]], other.table[[*other.keys, *columns]], rtol=rtol, check_dtype=False
    )
    np.testing.assert_allclose(
        one.covariance, other.covariance, rtol=1e-8, atol=1e-12 * np.nanmax(np.abs(other.covariance))
    )


by_wave = pytest.mark.parametrize("by", [(), ("wave",), ("wave", "arm")], ids=["whole", "one", "two"])


@by_wave
def test_quantiles_of_codes_are_those_of_the_rows(merged, by):
    rows, made = survey(), merged(by)
    for rule in QUANTILE_RULES:
        how = {"variables": ["c3", "c1"], "at": AT, "rule": rule}
        agree(
            code_quantile(made, **how), quantile(rows, declare(rows, **DESIGN), by=by, merge_ties=True, **how)
        )


@pytest.mark.parametrize("interval", QUANTILE_INTERVALS)
def test_every_interval_of_quantiles(interval):
    rows = survey()
    how = {"variables": ["c3"], "at": AT, "rule": "school", "interval": interval}
    want = quantile(rows, declare(rows, **DESIGN), by=["arm"], **how)  # a discrete rule: ties are no matter
    agree(code_quantile(summed(rows, ["arm"]), **how), want)


def test_quantiles_with_calibrated_weights_lonely_clusters_and_replicates():
    rows = survey()
    x = np.column_stack([np.ones(len(rows)), rows["c4"].fillna(0) > 3])
    design = replace(declare(rows, **DESIGN), calibration=x, calibration_weights=rows["w"].to_numpy() + 0.1)
    how = {"variables": ["c3"], "at": AT}
    agree(code_quantile(totals(rows, design, requests=REQUESTS), **how), quantile(rows, design, **how))
    rows = rows[(rows["psu"] < 5) | (rows["psu"] == 7)]
    design = declare(rows, **(DESIGN | {"lonely": "adjust"}))
    agree(code_quantile(totals(rows, design, requests=REQUESTS), **how), quantile(rows, design, **how))
    made = summed(rows := survey())
    want = quantile(rows, declare(rows, **DESIGN), **how, replicates=jackknife(declare(rows, **DESIGN)))
    agree(code_quantile(made, **how, replicates=jackknife(made)), want)


@by_wave
def test_the_two_best_answers_together(merged, by):
    rows = survey().assign(top=lambda r: (r["c3"] >= 4).where(r["c3"].notna()).astype(float))
    want = estimate(
        totals(rows, declare(rows, **DESIGN), requests=[Request(kind="mean", variable="top")], by=by)
    )
    made = add_share(merged(by), variable="c3", levels=["4", "5"])
    got = estimate(made, interval="wilson").table.query("kind == 'share'").reset_index(drop=True)
    assert set(got["level"]) == {"4/5"}
    columns = ["estimate", "std_error", "df", "n", "n_eff", "deff"]
    pd.testing.assert_frame_equal(got[columns], want.table[columns], rtol=1e-10)
    assert (got["conf_low"] > 0).all() and (got["conf_high"] < 1).all()
    table = estimate(made).table.query("variable == 'c3' and kind == 'proportion'")
    np.testing.assert_allclose(
        table.query("level in ('4', '5')")["estimate"].to_numpy().reshape(2, -1).sum(axis=0), got["estimate"]
    )


@by_wave
def test_alpha_from_merged_totals_is_that_of_the_rows(merged, by):
    rows, made = survey(), merged(by)
    asked = [Request(kind="alpha", variable="thái độ", items=ITEMS)]
    agree(
        estimate(choose(made, requests=asked)),
        estimate(totals(rows, declare(rows, **DESIGN), requests=asked, by=by)),
    )
    table = estimate(choose(made, requests=asked)).table
    for d, row in table.iterrows():
        inside = np.logical_and.reduce([rows[name] == row[name] for name in by]) if by else slice(None)
        part = rows.loc[inside]
        x, w = part[list(ITEMS)].to_numpy(float), part["w"].to_numpy()
        assert row["estimate"] == pytest.approx(cronbach_alpha(x, weights=w), rel=1e-10)
        matrix = item_covariances(made, scale="thái độ")[d]
        np.testing.assert_allclose(matrix, weighted_covariance(x, weights=w), rtol=1e-10)
        assert alpha_if_deleted(matrix).max() < row["estimate"]  # every item belongs
        assert row["conf_low"] < row["estimate"] < row["conf_high"] < 1


def test_the_error_of_alpha_is_near_that_of_a_jackknife():
    made = choose(summed(survey()), requests=REQUESTS[-1:])
    linear, repeated = estimate(made), estimate(made, replicates=jackknife(made))
    assert repeated.values == pytest.approx(linear.values)
    assert repeated.table["std_error"][0] == pytest.approx(linear.table["std_error"][0], rel=0.1)


def test_rao_scott_and_did_cells_from_merged_totals(merged):
    rows = survey()
    for statistic in ("F", "Chisq", "adjWald"):
        got, want = (
            association(counted, variable="c3", statistic=statistic)
            for counted in (merged(["arm"]), summed(rows, ["arm"]))
        )
        assert (got.statistic, got.df, got.p_value) == pytest.approx(
            (want.statistic, want.df, want.p_value), rel=1e-9
        )
    by = ["arm", "wave"]
    cells = [estimate(choose(made, requests=REQUESTS[:1])) for made in (merged(by), summed(rows, by))]
    agree(*cells)
    cell = {(row["arm"], row["wave"]): k for k, row in cells[0].table.iterrows()}
    signs = np.zeros(4)
    for arm, sign in (("thí điểm", 1), ("so sánh", -1)):
        signs[[cell[arm, "sau"], cell[arm, "trước"]]] = sign, -sign
    got, want = (contrast(one, coefficients=signs, names=["DiD"]).table.iloc[0] for one in cells)
    pd.testing.assert_series_equal(got, want, rtol=1e-9)
    means = (
        rows.dropna(subset=["c3"])
        .groupby(["arm", "wave"])[["c3", "w"]]
        .apply(lambda g: np.average(g["c3"], weights=g["w"]))
    )
    did = (means["thí điểm", "sau"] - means["thí điểm", "trước"]) - (
        means["so sánh", "sau"] - means["so sánh", "trước"]
    )
    assert got["estimate"] == pytest.approx(did, rel=1e-10)


# ---- mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: add_share(t, variable="c9", levels=["4"]), "unknown proportion"),
        (lambda t: add_share(t, variable="c3", levels=["44"]), "unknown level"),
        (lambda t: add_share(t, variable="c3", levels=[]), "no level"),
        (lambda t: choose(t, requests=[Request(kind="total", variable="c3")]), "do not hold what is asked"),
        (lambda t: code_quantile(t, variables=["c9"]), "unknown proportion"),
        (lambda t: code_quantile(t, variables=[]), "nothing to estimate"),
        (lambda t: code_quantile(t, variables=["c3"], at=[50]), "a percentage"),
        (lambda t: code_quantile(t, variables=["c3"], rule="hf77"), "did you mean 'hf7'"),
        (lambda t: item_covariances(t, scale="thai do"), "unknown scale"),
        (lambda t: estimate(replace(t, statistics=t.statistics[-6:])), "a part of a scale"),
    ],
)
def test_mistakes(call, message):
    with pytest.raises(SurveyError, match=message):
        call(summed(survey()))


def test_levels_in_words_have_no_quantiles():
    rows = survey()
    made = totals(rows, declare(rows, **DESIGN), requests=[Request(kind="proportion", variable="wave")])
    with pytest.raises(SurveyError, match="words"):
        code_quantile(made, variables=["wave"])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"variable": "s"}, "needs them"),
        ({"variable": "s", "items": ("c1",)}, "two different items"),
        ({"variable": "s", "items": ("c1", "c1")}, "two different items"),
    ],
)
def test_requests_of_alpha(how, message):
    with pytest.raises(SurveyError, match=message):
        Request(kind="alpha", **how)


def test_two_scales_of_one_name_and_of_other_items_are_refused():
    rows = survey()
    one, other = (Request(kind="alpha", variable="s", items=items) for items in (("c1", "c2"), ("c1", "c3")))
    with pytest.raises(SurveyError, match="two scales of one name"):
        totals(rows, declare(rows, **DESIGN), requests=[one, other])
    parts = [
        totals(part, declare(part, **DESIGN), requests=[asked])
        for asked, (_, part) in zip((one, other), rows.groupby("month"), strict=False)
    ]
    with pytest.raises(SurveyError, match="items of scales"):
        combine(parts)


def test_a_scale_that_does_not_vary_has_no_alpha_and_spoils_no_neighbour():
    rows = survey().assign(c1=3.0, c2=3.0)
    asked = [Request(kind="alpha", variable="s", items=("c1", "c2")), Request(kind="mean", variable="c3")]
    table = estimate(totals(rows, declare(rows, **DESIGN), requests=asked)).table
    assert np.isnan(table.loc[0, ["estimate", "std_error", "conf_low"]].astype(float)).all()
    assert table["std_error"][1] > 0
