"""The grid against published meta-analysis values, against brute force, and where it must fall silent."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from surveylib.numerics.hierarchical import (
    above,
    below,
    moments,
    next_units,
    node_summary,
    of_delta,
    of_new,
    of_new_change,
    of_theta,
    posterior,
    quantile,
)

CHANGES = np.array(
    [0.42, 0.31, 0.55, 0.24, 0.38, 0.02, -0.07, 0.11, -0.03, 0.05, -0.10, 0.08, 0.0, -0.05, 0.04]
)
TREATED = np.arange(15) < 5
VARIANCES = np.linspace(0.008, 0.014, 15)
SHOCKS = np.full(15, 2.0)


def made(**changed):
    settings = {"shocks": SHOCKS, "theta_sd": 0.5, "tau_hn": 0.2, "sigma_hn": 0.15} | changed
    return posterior(CHANGES, VARIANCES, TREATED, **settings)


@pytest.fixture(scope="module")
def schools(shared) -> dict:
    return json.loads((shared / "golden" / "evaluation" / "goldens_meta.json").read_text(encoding="utf-8"))[
        "schools"
    ]


def one_armed(schools, scale: float, nodes: int = 80):
    """The eight schools as pilots beside one comparison known to be 0: θ is the meta-analytic mean."""
    y, v = np.array([*schools["y"], 0.0]), np.array([*schools["se"], 0.0]) ** 2 + 1e-14
    return posterior(
        y,
        v,
        np.arange(9) < 8,
        shocks=np.full(9, 2.0),
        theta_sd=np.inf,
        tau_hn=scale,
        sigma_hn=0.0,
        nodes=nodes,
    )


def riemann(schools, scale: float, *, halve_first: bool) -> tuple[float, float, float]:
    """Mean of τ, mean of μ and P(μ > 0) by a plain sum over 20,001 values of τ."""
    y, s = np.array(schools["y"]), np.array(schools["se"]) ** 2.0
    tau = np.linspace(0, {5: 40, 10: 80}.get(scale, 400), 20001)
    spread = s + tau[:, None] ** 2
    precision = (1 / spread).sum(axis=1)
    mean = (y / spread).sum(axis=1) / precision
    log = -0.5 * np.log(spread).sum(axis=1) - 0.5 * ((y - mean[:, None]) ** 2 / spread).sum(axis=1)
    weight = np.exp(log - 0.5 * np.log(precision) - 0.5 * (tau / scale) ** 2 - (log.max()))
    if halve_first:
        weight[0] /= 2
    weight /= weight.sum()
    return weight @ tau, weight @ mean, weight @ stats.norm.cdf(mean * np.sqrt(precision))


@pytest.mark.parametrize("scale", [5, 10])
def test_eight_schools_within_the_coarseness_of_the_published_sum(schools, scale):
    want, post = schools["bayes_grid_20001"][f"half-normal({scale})"], one_armed(schools, scale)
    assert moments(of_theta(post)) == pytest.approx((want["mu_mean"], want["mu_sd"]), rel=4e-5)
    assert [quantile(of_theta(post), q) for q in (0.025, 0.5, 0.975)] == pytest.approx(want["mu_q"], rel=4e-4)
    assert [quantile(of_new(post), q) for q in (0.025, 0.5, 0.975)] == pytest.approx(want["new_q"], rel=4e-4)
    assert above(of_theta(post), 0) == pytest.approx(want["P_mu_gt0"], abs=1e-5)
    assert above(of_new(post), 0) == pytest.approx(want["P_new_gt0"], abs=3e-5)


@pytest.mark.parametrize("scale", [5, 10])
def test_eight_schools_to_eight_digits_by_the_trapezium_rule(schools, scale):
    tau, mean, chance = riemann(schools, scale, halve_first=True)
    post = one_armed(schools, scale)
    assert (post.weights @ post.tau, moments(of_theta(post))[0]) == pytest.approx((tau, mean), rel=1e-7)
    assert above(of_theta(post), 0) == pytest.approx(chance, abs=1e-8)


def flat(schools, *, top: float):
    """The same schools with τ uniform up to `top`: the grid of a half-normal, its prior divided out."""
    post = one_armed(schools, top / 7, nodes=400)
    weights = post.weights * np.exp(0.5 * (post.tau / (top / 7)) ** 2)
    return replace(post, weights=weights / weights.sum())


def test_eight_schools_with_a_uniform_tau(schools):
    """The published sum runs to 400 in steps of 0.02 and counts its first point whole: it is met digit for
    digit by the same sum, and by the grid as far as that point allows; with the point halved, to 1e-6."""
    want, post = schools["bayes_grid_20001"]["uniform tau"], flat(schools, top=400.0)
    plain = riemann(schools, np.inf, halve_first=False)
    assert plain == pytest.approx((want["tau_mean"], want["mu_mean"], want["P_mu_gt0"]), rel=1e-12)
    tau, mean, chance = riemann(schools, np.inf, halve_first=True)
    assert (post.weights @ post.tau, moments(of_theta(post))[0]) == pytest.approx((tau, mean), rel=1e-6)
    assert above(of_theta(post), 0) == pytest.approx(chance, abs=1e-6)
    assert moments(of_theta(post)) == pytest.approx((want["mu_mean"], want["mu_sd"]), rel=3e-4)
    for mixture, name in ((of_theta(post), "mu_q"), (of_new(post), "new_q")):
        assert [quantile(mixture, q) for q in (0.025, 0.5, 0.975)] == pytest.approx(want[name], rel=2e-3)
    assert above(of_new(post), 0) == pytest.approx(want["P_new_gt0"], abs=2e-4)


def test_no_heterogeneity_is_the_fixed_effect_of_metafor(schools):
    post = one_armed(schools, 0.0)  # metafor's REML finds τ² = 0 here
    assert moments(of_theta(post)) == pytest.approx((schools["REML"]["mu"], schools["REML"]["se"]), rel=1e-8)


def brute(*, nodes: int = 320) -> dict:
    """The same posterior from the multivariate normal density of all fifteen changes at each (τ, σ)."""
    top_tau, top_sigma = 1.4, 1.05
    tau, sigma = ((np.arange(nodes) + 0.5) / nodes * top for top in (top_tau, top_sigma))
    design = np.column_stack([np.ones(15), TREATED])
    out = {"w": [], "theta": [], "sd": [], "tau": [], "delta": [], "delta_sd": [], "sum_sd": []}
    for t in tau:
        for s in sigma:
            v = 2 * s**2 + VARIANCES + TREATED * t**2
            precision = design.T @ (design / v[:, None]) + np.diag([1e-10, 1 / 0.25])
            covariance = np.linalg.inv(precision)
            mean = covariance @ (design.T @ (CHANGES / v))
            rest = CHANGES - design @ mean
            log = -0.5 * np.log(v).sum() - 0.5 * (rest**2 / v).sum() + 0.5 * np.log(np.linalg.det(covariance))
            log += -0.5 * (mean[1] / 0.5) ** 2 - 0.5 * (t / 0.2) ** 2 - 0.5 * (s / 0.15) ** 2
            out["w"].append(log)
            for name, value in (
                ("theta", mean[1]),
                ("sd", covariance[1, 1] ** 0.5),
                ("tau", t),
                ("delta", mean[0]),
            ):
                out[name].append(value)
            out["delta_sd"].append(covariance[0, 0] ** 0.5)
            out["sum_sd"].append(covariance.sum() ** 0.5)
    out = {name: np.array(column) for name, column in out.items()}
    weight = np.exp(out["w"] - out["w"].max())
    return out | {"w": weight / weight.sum()}


def test_grid_equals_brute_force():
    slow, post = brute(nodes=120), made()
    for c in (0.0, 0.2, 0.4):
        assert above(of_theta(post), c) == pytest.approx(
            slow["w"] @ stats.norm.sf((c - slow["theta"]) / slow["sd"]), abs=2e-5
        )
        wide = np.hypot(slow["sd"], slow["tau"])
        assert above(of_new(post), c) == pytest.approx(
            slow["w"] @ stats.norm.sf((c - slow["theta"]) / wide), abs=2e-5
        )
    assert moments(of_delta(post))[0] == pytest.approx(slow["w"] @ slow["delta"], abs=1e-5)
    change = of_new_change(post, variance=0.0, shock=0.0)
    spread = np.hypot(slow["sum_sd"], slow["tau"])
    assert below(change, 0.1) == pytest.approx(
        slow["w"] @ stats.norm.cdf((0.1 - slow["theta"] - slow["delta"]) / spread), abs=2e-5
    )


def test_forty_nodes_are_enough():
    coarse, fine = made(), made(nodes=120)
    for c in (0.0, 0.2):
        assert above(of_theta(coarse), c) == pytest.approx(above(of_theta(fine), c), abs=1e-7)
        assert above(of_new(coarse), c) == pytest.approx(above(of_new(fine), c), abs=1e-7)


def test_a_common_shift_moves_delta_alone():
    plain, shifted = (
        made(),
        posterior(CHANGES + 0.7, VARIANCES, TREATED, shocks=SHOCKS, theta_sd=0.5, tau_hn=0.2, sigma_hn=0.15),
    )
    assert moments(of_theta(shifted)) == pytest.approx(moments(of_theta(plain)), abs=1e-10)
    assert moments(of_delta(shifted))[0] == pytest.approx(moments(of_delta(plain))[0] + 0.7, abs=1e-10)


def test_order_of_the_units_does_not_matter():
    order = np.random.default_rng(1).permutation(15)
    again = posterior(
        CHANGES[order],
        VARIANCES[order],
        TREATED[order],
        shocks=SHOCKS,
        theta_sd=0.5,
        tau_hn=0.2,
        sigma_hn=0.15,
    )
    assert above(of_new(again), 0.2) == pytest.approx(above(of_new(made()), 0.2), abs=1e-12)


def test_more_waves_narrow_the_prediction():
    one, three = made(), made(shocks=np.full(15, 2 / 3))
    assert moments(of_theta(three))[1] < moments(of_theta(one))[1]


def test_quantile_inverts_the_distribution():
    mixture = of_new(made())
    assert [below(mixture, quantile(mixture, q)) for q in (0.05, 0.5, 0.95)] == pytest.approx(
        [0.05, 0.5, 0.95]
    )
    assert below(mixture, 0.1) + above(mixture, 0.1) == pytest.approx(1)


def test_next_units_add_to_one_and_agree_with_the_single_unit():
    post = made()
    chances = next_units(post, threshold=0.2)
    assert chances.sum() == pytest.approx(1) and (chances >= 0).all()
    assert chances @ np.arange(11) == pytest.approx(10 * above(of_new(post), 0.2), abs=0.02)
    share = above(of_new(post), 0.2)
    alone = stats.binom.var(10, share)
    spread = chances @ np.arange(11) ** 2 - (chances @ np.arange(11)) ** 2
    assert spread > 1.5 * alone  # the units share θ: they stand and fall together


def test_summary_of_tau_lies_within_its_prior():
    post = made()
    mean, sd, low, high = node_summary(post.weights, post.tau, level=0.9)
    assert 0 <= low < mean < high < 1.4 and sd > 0


def test_one_side_alone_identifies_nothing():
    with pytest.raises(ValueError, match="both sides"):
        posterior(
            CHANGES, VARIANCES, np.ones(15, bool), shocks=SHOCKS, theta_sd=0.5, tau_hn=0.2, sigma_hn=0.15
        )
    with pytest.raises(ValueError, match="variance"):
        posterior(CHANGES, VARIANCES * 0, TREATED, shocks=SHOCKS, theta_sd=0.5, tau_hn=0.0, sigma_hn=0.0)
