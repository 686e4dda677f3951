"""Tomorrow's posterior mean: the same as one posterior at a time, and as the closed form where it exists."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.numerics.hierarchical import moments, of_theta, posterior
from surveylib.numerics.preposterior import of_more_units, posterior_means, truths, with_more_waves

TREATED = np.arange(9) < 4
CHANGES = np.array([0.42, 0.31, 0.55, 0.24, 0.02, -0.07, 0.11, -0.03, 0.05])
VARIANCES = np.linspace(0.004, 0.012, 9)
PRIOR = {"theta_sd": 0.5, "tau_hn": 0.2, "sigma_hn": 0.15}
ONE = np.zeros(9, dtype=int)


def test_many_at_once_is_one_at_a_time():
    rng = np.random.default_rng(1)
    data = CHANGES + rng.normal(0, 0.1, (7, 9))
    shocks = np.full(9, 2.0)
    many = posterior_means(data, VARIANCES, TREATED, groups=ONE, shocks=shocks, nodes=40, **PRIOR)
    slow = [
        moments(of_theta(posterior(row, VARIANCES, TREATED, shocks=shocks, nodes=40, **PRIOR)))[0]
        for row in data
    ]
    assert many == pytest.approx(slow, abs=1e-12)


def test_a_coarser_grid_is_close_enough():
    few, many = (
        posterior_means(
            CHANGES[None], VARIANCES, TREATED, groups=ONE, shocks=np.full(9, 2.0), nodes=nodes, **PRIOR
        )[0]
        for nodes in (24, 80)
    )
    assert few == pytest.approx(many, abs=1e-5)


def test_two_groups_combine_by_precision_where_variances_are_known():
    """σ = τ = 0: each group's difference is normal with known variance, and so is the posterior."""
    data, groups = np.r_[CHANGES, CHANGES + 0.3], np.repeat([0, 1], 9)
    treated, variances = np.r_[TREATED, TREATED], np.r_[VARIANCES, 2 * VARIANCES]
    made = posterior_means(
        data[None],
        variances,
        treated,
        groups=groups,
        shocks=np.full(18, 2.0),
        theta_sd=0.5,
        tau_hn=0,
        sigma_hn=0,
    )[0]
    top, bottom = 0.0, 1 / 0.25
    for v in (VARIANCES, 2 * VARIANCES):
        p = 1 / v
        contrast = np.average(CHANGES[TREATED], weights=p[TREATED])
        contrast -= np.average(CHANGES[~TREATED], weights=p[~TREATED])
        spread = 1 / p[TREATED].sum() + 1 / p[~TREATED].sum()
        top, bottom = top + contrast / spread, bottom + 1 / spread
    assert made == pytest.approx(top / bottom, abs=1e-12)


def test_draws_have_the_moments_of_the_posterior():
    post = posterior(CHANGES, VARIANCES, TREATED, shocks=np.full(9, 2.0), **PRIOR)
    drawn = truths(post, draws=200_000, rng=np.random.default_rng(2))
    mean, sd = moments(of_theta(post))
    assert drawn["theta"].mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(200_000))
    assert drawn["theta"].std() == pytest.approx(sd, rel=0.02)
    inner = float(post.weights @ (post.covariance + post.theta * post.delta))
    whole = inner - mean * float(post.weights @ post.delta)
    assert np.cov(drawn["theta"], drawn["delta"])[0, 1] == pytest.approx(whole, rel=0.03)


def known(sigma: float):
    """A posterior at one node: τ = 0 and σ given, so that everything is normal."""
    variances = VARIANCES + 2 * sigma**2
    return posterior(
        CHANGES, variances, TREATED, shocks=np.zeros(9), theta_sd=0.5, tau_hn=0, sigma_hn=0
    ), variances


def test_further_units_spread_the_mean_as_the_closed_form_says():
    """Var E(θ | more) = Var θ now − Var θ then."""
    post, variances = known(0.0)
    truth = truths(post, draws=40_000, rng=np.random.default_rng(3))
    new = of_more_units(0.01, pilots=4, others=6, shock=0.0, truth=truth, rng=np.random.default_rng(4))
    data = np.hstack([np.broadcast_to(CHANGES, (40_000, 9)), new])
    means = posterior_means(
        data,
        np.r_[variances, np.full(10, 0.01)],
        np.r_[TREATED, np.arange(10) < 4],
        groups=np.repeat([0, 1], [9, 10]),
        shocks=np.zeros(19),
        theta_sd=0.5,
        tau_hn=0,
        sigma_hn=0,
    )
    now = post.theta_var[0]
    then = 1 / (1 / now + 1 / (0.01 / 4 + 0.01 / 6))
    assert means.mean() == pytest.approx(post.theta[0], abs=4e-4)
    assert means.var() == pytest.approx(now - then, rel=0.03)


def test_further_waves_spread_the_mean_as_the_closed_form_says():
    """A second wave after halves the error after; the change seen tells half of what it will be."""
    truth_rng, rng = np.random.default_rng(5), np.random.default_rng(6)
    post = posterior(CHANGES, VARIANCES, TREATED, shocks=np.zeros(9), theta_sd=0.5, tau_hn=0, sigma_hn=0)
    truth = truths(post, draws=40_000, rng=truth_rng)
    data, less = with_more_waves(
        CHANGES, VARIANCES, TREATED, pre=np.ones(9), post=np.ones(9), more=1, truth=truth, rng=rng
    )
    assert less == pytest.approx(0.75 * VARIANCES)
    means = posterior_means(
        data, less, TREATED, groups=ONE, shocks=np.zeros(9), theta_sd=0.5, tau_hn=0, sigma_hn=0
    )
    then = posterior(CHANGES, less, TREATED, shocks=np.zeros(9), theta_sd=0.5, tau_hn=0, sigma_hn=0).theta_var
    assert means.mean() == pytest.approx(post.theta[0], abs=1e-3)
    assert means.var() == pytest.approx(post.theta_var[0] - then[0], rel=0.04)
