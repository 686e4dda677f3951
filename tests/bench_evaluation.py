"""Rows of `make bench`: tests and predictions on 5 pilots and 10 comparison units, beside other packages.

pyfixest and diff-diff are in no lock: a row is left out, and that is said, where its package is absent (`pip
install ".[bench]"` in an environment of its own has both). Their randomisation inference draws assignments
at random; ours goes through all 3,003. `MOST` holds the goals of our own CPU time, in seconds, whatever the
others need: a row fails where its own is missed.
"""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr
from importlib.util import find_spec

import numpy as np
import pandas as pd
from scipy import integrate, special, stats

from surveylib.evaluation.diagnose import diagnose
from surveylib.evaluation.simulate import simulate
from surveylib.model.plan import default_plan
from surveylib.model.scenario import Scenario
from surveylib.numerics.hierarchical import above, of_new, of_theta, posterior, quantile
from surveylib.numerics.randomisation import (
    assignments,
    randomisation_interval,
    randomisation_p,
    romano_wolf,
    welch,
)
from surveylib.rng import stream

if find_spec("pyfixest"):
    import pyfixest
if find_spec("diff_diff"):
    import diff_diff

OUTCOMES, DRAWS = 23, 999
TREATED = np.arange(15) < 5
MOST = {"max_t": 0.050, "interval": 0.300, "prediction": 0.020, "diagnosis": 60.0}  # 30 s on two cores
STUDY = Scenario(pilots=(150,) * 5, comparisons=(150,) * 10)
SIMS, EFFECTS = 2000, (0.0, 0.1, 0.2, 0.3)
LEVEL, V = 0.9, 0.011  # of the interval; sampling variance of a change

Calls = tuple[Callable[[], object], Callable[[], object], Callable[[object, object], None]]


def unit_changes() -> np.ndarray:
    """Made-up changes of 15 units on 23 outcomes, the first five treated."""
    random = stream(2014, "bench", "evaluation")
    return random.normal(size=(15, OUTCOMES)) * 0.16 + 0.3 * TREATED[:, None]


def max_t() -> np.ndarray:
    """Step-down max-t p of 23 outcomes over every one of the 3,003 assignments, made anew."""
    return romano_wolf(unit_changes(), TREATED, assignments(TREATED))


def interval() -> tuple[float, float]:
    """The interval of one effect by inverting the studentised test over every assignment."""
    return randomisation_interval(unit_changes()[:, 0], TREATED, assignments(TREATED), level=LEVEL)


def prediction() -> tuple[float, float, float]:
    """The grid posterior, two probabilities and the predictive interval's lower end."""
    made = posterior(
        unit_changes()[:, 0],
        np.full(15, V),
        TREATED,
        shocks=np.full(15, 2.0),
        theta_sd=0.5,
        tau_hn=0.2,
        sigma_hn=0.15,
    )
    return above(of_theta(made), 0.0), above(of_new(made), 0.0), quantile(of_new(made), 0.05)


def within(name: str, call: Callable[[], object], *, repeats: int = 9) -> None:
    """Fails where the median CPU time of `call` is above its goal."""
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        spent.append(time.process_time() - start)
    if (seen := float(np.median(spent))) > MOST[name]:
        raise AssertionError(f"{name}: {seen * 1000:.1f} ms of CPU, at most {MOST[name] * 1000:.0f}")


def max_t_loop() -> Calls:
    """Ten slow lines: the same, an assignment and an outcome at a time."""

    def loop() -> np.ndarray:
        values, every = unit_changes(), assignments(TREATED)
        under = np.empty((len(every), OUTCOMES))
        for row, chosen in enumerate(every):
            one, none = values[chosen], values[~chosen]
            error = np.sqrt(one.var(axis=0, ddof=1) / 5 + none.var(axis=0, ddof=1) / 10)
            under[row] = np.abs((one.mean(axis=0) - none.mean(axis=0)) / error)
        observed = under[(every == TREATED).all(axis=1)][0]
        order, p = np.argsort(-observed), np.empty(OUTCOMES)
        for place, outcome in enumerate(order):
            largest = under[:, order[place:]].max(axis=1)
            p[outcome] = np.mean(largest >= observed[outcome] * (1 - 1e-9))
        p[order] = np.maximum.accumulate(p[order])
        return p

    def agree(ours, theirs) -> None:
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
        within("max_t", max_t)

    return max_t, loop, agree


def interval_halved() -> Calls:
    """Each end found by halving, with a test of every value tried."""
    d, every = unit_changes()[:, 0], assignments(TREATED)

    def end(inside: float, outside: float) -> float:
        while abs(outside - inside) > 1e-9:
            tried = (inside + outside) / 2
            kept = randomisation_p(d - tried * TREATED, TREATED, every) > 1 - LEVEL + 1e-12
            inside, outside = (tried, outside) if kept else (inside, tried)
        return inside

    def halved() -> tuple[float, float]:
        middle = d[TREATED].mean() - d[~TREATED].mean()
        return end(middle, middle - 2), end(middle, middle + 2)

    def agree(ours, theirs) -> None:
        np.testing.assert_allclose(ours, theirs, atol=1e-7)
        within("interval", interval)

    return interval, halved, agree


def prediction_quadrature() -> Calls:
    """The same integrals by adaptive quadrature over tau and sigma, all else in closed form."""
    d = unit_changes()[:, 0]
    one, none = d[TREATED], d[~TREATED]
    squares = [((part - part.mean()) ** 2).sum() for part in (one, none)]

    def weights(tau: float, sigma: float) -> tuple[float, float, float]:
        """The joint density of tau, sigma and the changes; mean and variance of theta given both."""
        varied = np.array([tau**2 + 2 * sigma**2 + V, 2 * sigma**2 + V])
        error = (varied / (5, 10)).sum()
        gap = one.mean() - none.mean()
        density = stats.norm.pdf(gap, 0, np.sqrt(error + 0.5**2))
        density *= np.exp(-((tau / 0.2) ** 2 + (sigma / 0.15) ** 2) / 2)
        density *= np.exp(-(squares / varied).sum() / 2) * (varied ** (-(np.array([5, 10]) - 1) / 2)).prod()
        share = 0.5**2 / (0.5**2 + error)
        return density, share * gap, share * error

    def integral(seen: Callable[[float, float, float], float]) -> float:
        def of(sigma: float, tau: float) -> float:
            density, mean, variance = weights(tau, sigma)
            return density * seen(mean, variance, tau)

        return integrate.dblquad(of, 0, 1.2, 0, 1.0, epsrel=1e-7)[0]

    def quadrature() -> tuple[float, float]:
        whole = integral(lambda mean, variance, tau: 1.0)
        theta = integral(lambda mean, variance, tau: special.ndtr(mean / np.sqrt(variance)))
        new = integral(lambda mean, variance, tau: special.ndtr(mean / np.sqrt(variance + tau**2)))
        return theta / whole, new / whole

    def agree(ours, theirs) -> None:
        np.testing.assert_allclose(ours[:2], theirs, atol=1e-4)
        within("prediction", prediction)

    return prediction, quadrature, agree


def _panel() -> pd.DataFrame:
    """The first outcome as a panel of unit means, before and after."""
    d = unit_changes()[:, 0]
    units = np.arange(15)
    before = pd.DataFrame({"unit": units, "post": 0, "treat": TREATED.astype(int), "y": 3.5})
    after = before.assign(post=1, y=3.5 + d)
    return pd.concat([before, after], ignore_index=True)


def one_p() -> float:
    """The exact p of the raw difference, which is what the others draw for."""
    return randomisation_p(unit_changes()[:, 0], TREATED, assignments(TREATED), studentised=False)


def _near_exact(ours: float, theirs: float) -> None:
    """A p from random draws lies about the exact one."""
    if abs(ours - theirs) > 4 * np.sqrt(max(ours, 1e-3) / DRAWS) + 1 / DRAWS:
        raise AssertionError(f"exact p {ours:.4f}, drawn p {theirs:.4f}")


def randomisation_pyfixest() -> Calls:
    """`ritest` of pyfixest: 999 draws of the treatment over the units, on unit changes."""
    rows = pd.DataFrame({"d": unit_changes()[:, 0], "treat": TREATED.astype(float)})

    def theirs() -> float:
        # Its progress bar is for a terminal.
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            fit = pyfixest.feols("d ~ treat", data=rows)
            made = fit.ritest(resampvar="treat", reps=DRAWS, rng=np.random.default_rng(1))
        return float(made["Pr(>|t|)"])

    return one_p, theirs, _near_exact


def randomisation_diff_diff() -> Calls:
    """`permutation_test` of diff-diff: 999 draws of the treated units, on the panel of unit means."""
    rows = _panel()

    def theirs() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = diff_diff.permutation_test(
                rows, outcome="y", treatment="treat", post="post", unit="unit", n_permutations=DRAWS, seed=1
            )
        return float(made.p_value)

    return one_p, theirs, _near_exact


def diagnosis_loop() -> Calls:
    """2,000 simulated studies of each of four effects through tests, posterior, rule and gates, beside the
    same a study at a time, no gate."""
    plan = default_plan()

    def ours() -> dict[tuple[str, float], float]:
        made = diagnose(STUDY, plan=plan, effects=EFFECTS, sims=SIMS, seed=1)
        made = made.set_index(["kind", "quantity", "effect"])["estimate"]
        wanted = {"power": ("test", "power"), "roll_out": ("rule", "roll_out")}
        return {(name, e): float(made.loc[(*key, e)]) for name, key in wanted.items() for e in EFFECTS}

    def loop() -> dict[tuple[str, float], float]:
        made, every = simulate(STUDY, sims=SIMS, rng=stream(1, "diagnose")), assignments(TREATED)
        seen = {}
        for effect in EFFECTS:
            rejected = rolled = 0
            for d, v in zip(made.changes(effect), made.variances(effect), strict=True):
                test = welch(d, TREATED)
                p = max(2 * stats.t.sf(abs(test.statistic), test.df), randomisation_p(d, TREATED, every))
                rejected += p <= 0.05
                post = posterior(
                    d, v, TREATED, shocks=np.full(15, 2.0), theta_sd=0.5, tau_hn=0.2, sigma_hn=0.15
                )
                mean, new = of_theta(post), of_new(post)
                stop = above(mean, 0.2) <= 0.10 or above(mean, 0.0) <= 0.10
                sure = above(mean, 0.0) >= 0.95 and above(mean, 0.2) >= 0.50 and above(new, 0.0) >= 0.80
                rolled += sure and not stop
            seen |= {("power", effect): rejected / SIMS, ("roll_out", effect): rolled / SIMS}
        return seen

    def agree(one: dict, other: dict) -> None:
        if one != other:
            raise AssertionError(f"{one} is not {other}")
        within("diagnosis", ours, repeats=1)

    return ours, loop, agree
