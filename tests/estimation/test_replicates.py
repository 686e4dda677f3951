"""Replicates: the naive loop, the linear kernel, what is drawn, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from surveylib.errors import SurveyError
from surveylib.estimation import (
    balanced,
    bootstrap,
    declare,
    estimate,
    jackknife,
    replicate_weights,
    reweighted,
    successive,
    totals,
    with_replicates,
)
from surveylib.model.totals import Request
from surveylib.rng import stream

MEAN, TOTAL = Request(kind="mean", variable="y"), Request(kind="total", variable="y")
REQUESTS = [
    MEAN,
    TOTAL,
    Request(kind="proportion", variable="g"),
    Request(kind="ratio", variable="y", denominator="x"),
    Request(kind="alpha", variable="scale", items=("y", "x")),
]
DESIGN = {"weights": "w", "strata": "h", "psu": "psu", "fpc": "N"}


def survey(sizes=(3, 4, 2, 5), populations=(9.0, 4.0, 50.0, 11.0), seed=1) -> pd.DataFrame:
    """Made-up rows: 6 of them a cluster, in clusters that are not in the order of strata; some gaps."""
    random, strata = stream(seed, "replicates"), np.repeat(np.arange(len(sizes)), sizes)
    psu = np.repeat(random.permutation(len(strata)), 6)
    n = len(psu)
    rows = pd.DataFrame(
        {
            "h": strata[psu],
            "psu": psu,
            "N": np.asarray(populations)[strata[psu]],
            "w": random.uniform(0.5, 3, n),
            "y": random.normal(50, 10, n) + psu,
            "x": random.uniform(5, 9, n),
            "g": random.choice(["tốt", "khá", "kém"], n),
            "d": random.choice(["nam", "nữ"], n),
        }
    )
    rows.loc[random.random(n) < 0.1, "y"] = np.nan
    return rows


def two_stage() -> pd.DataFrame:
    """Stratum 0: 2 of 5 clusters; stratum 1: all 3; stratum 2: one cluster, taken with certainty."""
    rows = survey(sizes=(2, 3, 1), populations=(5.0, 3.0, 1.0))
    rows["person"], rows["M"] = np.arange(len(rows)), 9.0 + rows["psu"] % 3
    return rows.drop(columns="w").assign(y=rows["y"].fillna(50.0))


TWO_STAGE = {"strata": "h", "psu": "psu", "fpc": "N", "psu2": "person", "fpc2": "M"}


def pairs() -> pd.DataFrame:
    return survey(sizes=(2, 2, 2, 2, 2), populations=(9.0,) * 5)


def drawn(method, replicates=40):
    return lambda source: bootstrap(
        source, replicates=replicates, generator=stream(3, "draws"), method=method
    )


WITHOUT = {key: value for key, value in DESIGN.items() if key != "fpc"}
KINDS = {
    "JK1": (survey, {"weights": "w", "psu": "psu"}, jackknife),
    "JKn": (survey, DESIGN, jackknife),
    "JKn, mse": (survey, DESIGN, lambda source: jackknife(source, mse=True)),
    "BRR": (pairs, WITHOUT, balanced),
    "Fay": (pairs, WITHOUT, lambda source: balanced(source, rho=0.3)),
    "rao-wu": (survey, DESIGN, drawn("rao-wu")),
    "canty-davison": (survey, DESIGN, drawn("canty-davison")),
    "multistage": (two_stage, TWO_STAGE, drawn("multistage")),
    "successive-difference": (survey, DESIGN, successive),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def dense(made) -> np.ndarray:
    matrix = made.factors[0]
    for factor in made.factors[1:]:
        matrix = matrix @ factor
    return matrix.toarray() if sparse.issparse(matrix) else matrix


def naive(rows, weights) -> list[float]:
    """The requests, domain by domain, from the rows."""
    found = []
    shares = [(level, "1") for level in sorted(set(rows["g"]))]
    for column, over in (("y", "1"), ("y", None), *shares, ("y", "x")):
        for domain in sorted(set(rows["d"])):
            values = rows[column] if column in rows else (rows["g"] == column).astype(float)
            inside = (rows["d"] == domain) & values.notna()
            top = (weights * values)[inside].sum()
            below = {"1": weights, "x": weights * rows["x"], None: None}[over]
            found.append(top if below is None else top / below[inside].sum())
    for domain in sorted(set(rows["d"])):
        inside = (rows["d"] == domain) & rows["y"].notna()
        y, x, w = (values[inside] for values in (rows["y"], rows["x"], weights))
        parts, whole = (np.cov(items, aweights=w, ddof=0) for items in ([y, x], y + x))
        found.append(2 * (1 - np.trace(parts) / float(whole)))
    return found


@every_kind
def test_replicates_equal_the_naive_loop(kind):
    make, columns, replicate = KINDS[kind]
    rows = make()
    design = declare(rows, **columns)
    summed = totals(rows, design, requests=REQUESTS, by=["d"])
    made = replicate(summed)
    result = estimate(summed, replicates=made)
    table = replicate_weights(design, replicates=replicate(design))
    assert table.shape == (len(rows), made.shape[0])
    values = np.array([naive(rows, table[name]) for name in table])
    centre = result.values if made.mse else values[made.rscales > 0].mean(axis=0)
    deviations = values - centre
    covariance = made.scale * sum(
        r * np.outer(line, line) for r, line in zip(made.rscales, deviations, strict=True)
    )
    np.testing.assert_allclose(result.values, naive(rows, pd.Series(design.weights)), rtol=1e-12)
    np.testing.assert_allclose(
        result.covariance, covariance, rtol=1e-8, atol=1e-11 * np.abs(covariance).max()
    )
    np.testing.assert_array_equal(result.table["df"], estimate(summed).table["df"])
    variances = estimate(summed, replicates=made, full=False).table["std_error"]
    np.testing.assert_allclose(variances, result.table["std_error"], rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "columns", "replicate"),
    [
        (survey, DESIGN, jackknife),
        (survey, WITHOUT, jackknife),
        (survey, {"weights": "w", "psu": "psu"}, jackknife),
        (pairs, WITHOUT, balanced),
        (pairs, WITHOUT, lambda source: balanced(source, rho=0.5)),
    ],
    ids=["JKn, fpc", "JKn", "JK1", "BRR", "Fay"],
)
def test_totals_have_the_variance_of_the_linear_kernel(make, columns, replicate):
    rows = make()
    summed = totals(rows, declare(rows, **columns), requests=[TOTAL], by=["d"])
    got, want = estimate(summed, replicates=replicate(summed)), estimate(summed)
    np.testing.assert_allclose(got.covariance, want.covariance, rtol=1e-9)


@pytest.mark.parametrize("rule", ["certainty", "adjust", "average", "collapse"])
def test_lonely_clusters_count_as_in_the_linear_kernel(rule):
    rows = survey(sizes=(3, 1, 4, 1), populations=(9.0, 5.0, 8.0, 7.0))
    summed = totals(rows, declare(rows, **DESIGN, lonely=rule), requests=[TOTAL])
    want = estimate(summed).table["std_error"]
    np.testing.assert_allclose(
        estimate(summed, replicates=jackknife(summed, mse=True)).table["std_error"], want, rtol=1e-10
    )
    if rule == "adjust":
        for make in (drawn("rao-wu"), drawn("canty-davison"), successive):
            with pytest.raises(SurveyError, match="no replicates of this kind"):
                make(summed)
    else:
        got = estimate(summed, replicates=drawn("rao-wu", 8000)(summed)).table["std_error"]
        np.testing.assert_allclose(got, want, rtol=0.04)


def test_lonely_clusters_are_refused_by_default():
    rows = survey(sizes=(3, 1, 4))
    for make in (jackknife, successive, drawn("rao-wu"), drawn("multistage")):
        with pytest.raises(SurveyError, match="single sampled cluster"):
            make(declare(rows, weights="w", strata="h", psu="psu"))


def test_successive_differences_of_totals():
    rows = survey().sort_values("psu", ignore_index=True)
    summed = totals(rows, declare(rows, **DESIGN), requests=[TOTAL])
    got = estimate(summed, replicates=successive(summed)).table["std_error"][0]
    want = 0.0
    for _, stratum in rows.groupby("h"):
        z = (stratum["w"] * stratum["y"]).groupby(stratum["psu"]).sum().to_numpy()
        want += (1 - len(z) / stratum["N"].iloc[0]) / 2 * ((z - np.roll(z, -1)) ** 2).sum()
    assert got == pytest.approx(np.sqrt(want), rel=1e-10)


@pytest.mark.parametrize(
    ("method", "make", "columns"),
    [
        ("rao-wu", survey, DESIGN),
        ("rao-wu", survey, WITHOUT),
        ("canty-davison", survey, DESIGN),
        ("canty-davison", survey, WITHOUT),
        ("multistage", survey, DESIGN),
        ("multistage", two_stage, TWO_STAGE),
    ],
)
def test_bootstraps_vary_as_the_linear_kernel_says(method, make, columns):
    """With many replicates, for the total in every stratum by itself: within the error of 8,000 draws."""
    rows = make()
    summed = totals(rows, declare(rows, **columns), requests=[TOTAL], by=["h"])
    made = bootstrap(summed, replicates=8000, generator=stream(7, "many"), method=method)
    matrix = dense(made)
    np.testing.assert_allclose(matrix.mean(axis=0), 1, atol=0.06)
    assert matrix.min() > -1e-12
    got, want = estimate(summed, replicates=made), estimate(summed)
    np.testing.assert_allclose(got.table["std_error"], want.table["std_error"], rtol=0.045, atol=1e-8)


def test_the_same_stream_gives_the_same_replicates():
    design = declare(survey(), **DESIGN)
    for method in ("rao-wu", "canty-davison", "multistage"):
        np.testing.assert_array_equal(dense(drawn(method)(design)), dense(drawn(method)(design)))
        other = bootstrap(design, replicates=40, generator=stream(4, "draws"), method=method)
        assert not np.array_equal(dense(drawn(method)(design)), dense(other))


def test_a_jackknife_of_many_clusters_needs_no_table():
    rows = pd.DataFrame(
        {"y": np.arange(20_000.0), "psu": np.arange(20_000) // 2, "h": np.arange(20_000) // 100}
    )
    made = jackknife(declare(rows, strata="h", psu="psu"))
    assert made.shape == (10_000, 10_000)
    assert sum(factor.nnz for factor in made.factors) < 100_000


def test_a_domain_in_one_cluster_has_no_jackknife():
    rows = survey()
    rows["rare"] = np.where(rows["psu"] == 7, "in", "out")
    summed = totals(rows, declare(rows, **DESIGN), requests=[MEAN], by=["rare"])
    result = estimate(summed, replicates=jackknife(summed)).table.set_index("rare")
    assert np.isnan(result.loc["in", "std_error"]) and result.loc["out", "std_error"] > 0


def test_a_bootstrap_leaves_out_replicates_without_the_domain():
    rows = survey(sizes=(6, 6), populations=(60.0, 60.0))
    rows["rare"] = np.where(rows["psu"].isin([1, 2]), "in", "out")
    design = declare(rows, **WITHOUT)
    summed = totals(rows, design, requests=[MEAN], by=["rare"])
    made = drawn("rao-wu", 300)(summed)
    table = replicate_weights(design, replicates=made).to_numpy()
    inside = ((rows["rare"] == "in") & rows["y"].notna()).to_numpy()
    weight, y = table[inside], rows["y"].to_numpy()[inside]
    there = weight.sum(axis=0) > 0
    assert 5 < (~there).sum() < 200
    means = (weight * y[:, None]).sum(axis=0)[there] / weight.sum(axis=0)[there]
    want = ((means - means.mean()) ** 2).mean() * 300 / 299
    result = estimate(summed, replicates=made).table.set_index("rare")
    assert result.loc["in", "std_error"] == pytest.approx(np.sqrt(want), rel=1e-10)


@pytest.mark.parametrize("make", [jackknife, drawn("rao-wu"), drawn("canty-davison"), successive])
def test_a_second_stage_is_not_dropped_in_silence(make):
    with pytest.raises(SurveyError, match="second stage would be ignored") as caught:
        make(declare(two_stage(), **TWO_STAGE))
    assert "multistage" in caught.value.hint


def test_half_samples_refuse_what_they_would_ignore():
    with pytest.raises(SurveyError, match="fpc would be ignored"):
        balanced(declare(pairs(), **DESIGN))
    with pytest.raises(SurveyError, match="two clusters in every stratum"):
        balanced(declare(survey(), **WITHOUT))
    with pytest.raises(SurveyError, match="rho"):
        balanced(declare(pairs(), **WITHOUT), rho=1.0)


def test_mistakes_of_bootstraps():
    design = declare(survey(), **DESIGN)
    with pytest.raises(SurveyError, match="unknown bootstrap"):
        bootstrap(design, replicates=10, generator=stream(1, "x"), method="bayes")
    with pytest.raises(SurveyError, match="at least two"):
        bootstrap(design, replicates=1, generator=stream(1, "x"))
    with pytest.raises(SurveyError, match="too many multipliers"):
        bootstrap(design, replicates=10**8, generator=stream(1, "x"))
    whole = declare(survey(populations=(3.0, 4.0, 2.0, 5.0)), **DESIGN)
    for make in (jackknife, drawn("rao-wu"), drawn("multistage")):
        with pytest.raises(SurveyError, match="wholly sampled"):
            make(whole)


def test_replicates_of_another_design_are_refused():
    rows = survey()
    summed = totals(rows, declare(rows, **DESIGN), requests=[MEAN])
    other = jackknife(declare(rows, weights="w", psu="psu"))
    with pytest.raises(SurveyError, match="different designs"):
        estimate(summed, replicates=other)
    with pytest.raises(SurveyError, match="do not belong together"):
        replicate_weights(declare(rows, **DESIGN), replicates=other)


def test_calibrated_weights_need_calibrated_replicates():
    rows = survey()
    design = declare(rows, **DESIGN, calibration=np.ones((len(rows), 1)))
    summed = totals(rows, design, requests=[MEAN])
    with pytest.raises(SurveyError, match="calibrated, and the replicates are not") as caught:
        estimate(summed, replicates=jackknife(summed))
    assert "weigh" in caught.value.hint
    with pytest.raises(SurveyError, match="calibrated, and the replicates are not"):
        replicate_weights(design, replicates=jackknife(design))


def test_weights_made_anew_in_every_replicate():
    """Post-stratified to known sizes: the totals of the sizes do not vary, and the loop gives the rest."""
    rows = survey()
    design = declare(rows, **DESIGN)
    sizes = {"nam": 400.0, "nữ": 300.0}

    def weigh(weights):
        made = weights.copy()
        for level, size in sizes.items():
            inside = (rows["d"] == level).to_numpy()
            made[inside] *= size / weights[inside].sum(axis=0)
        return made

    asked = [MEAN, Request(kind="total", variable="d")]
    summed, replicates = reweighted(
        rows, design, replicates=jackknife(design), weigh=weigh, requests=asked, by=["g"]
    )
    result = estimate(summed, replicates=replicates)
    table = replicate_weights(design, replicates=jackknife(design), weigh=weigh)
    there = rows["y"].notna() & (rows["g"] == "khá")
    values = np.array([np.average(rows["y"][there], weights=table[name][there]) for name in table])
    recipe = replicates.replicates
    want = recipe.scale * (recipe.rscales * (values - values.mean()) ** 2).sum()
    assert result.table["g"][0] == "khá"
    assert result.table["std_error"][0] == pytest.approx(np.sqrt(want), rel=1e-9)
    whole, replicates = reweighted(
        rows, design, replicates=jackknife(design), weigh=weigh, requests=asked[1:]
    )
    fixed = estimate(whole, replicates=replicates)
    np.testing.assert_allclose(fixed.values, [400, 300], rtol=1e-12)
    np.testing.assert_allclose(fixed.table["std_error"], 0, atol=1e-9)


def test_nothing_changes_where_weights_are_left_as_they_are():
    rows = survey()
    design = declare(rows, **DESIGN)
    summed, same = reweighted(
        rows, design, replicates=jackknife(design), weigh=lambda w: w, requests=REQUESTS, by=["d"]
    )
    want = estimate(summed, replicates=jackknife(summed))
    got = estimate(summed, replicates=same)
    pd.testing.assert_frame_equal(got.table, want.table, rtol=1e-9)
    with pytest.raises(SurveyError, match="other requests or domains"):
        estimate(totals(rows, design, requests=[MEAN]), replicates=same)


def test_weights_that_cannot_be_used_are_refused():
    rows = survey()
    design = declare(rows, **DESIGN)
    for weigh in (lambda w: w[:, 0], lambda w: w * np.nan):
        with pytest.raises(SurveyError, match="finite weights of the shape"):
            reweighted(rows, design, replicates=jackknife(design), weigh=weigh, requests=[MEAN])


def test_any_function_of_the_weights():
    rows = survey().fillna({"y": 50.0})
    design = declare(rows, **DESIGN)
    result = with_replicates(
        design,
        replicates=jackknife(design),
        function=lambda w: [np.average(rows["y"], weights=w), (w * rows["y"]).sum()],
        names=["mean", "total"],
    )
    summed = totals(rows, design, requests=[MEAN, TOTAL])
    want = estimate(summed, replicates=jackknife(summed))
    np.testing.assert_allclose(result.values, want.values, rtol=1e-12)
    np.testing.assert_allclose(result.covariance, want.covariance, rtol=1e-8)
    np.testing.assert_array_equal(result.table["df"], want.table["df"])
    with pytest.raises(SurveyError, match="function and names differ"):
        with_replicates(design, replicates=jackknife(design), function=np.sum, names=["a", "b"])
