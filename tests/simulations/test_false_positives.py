"""The page docs/false_positives.md, its methods against other software, and the methods note's table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from surveylib.evaluation.simulate import simulate
from surveylib.model.scenario import Scenario
from surveylib.rng import stream
from tests.simulations.false_positives import (
    METHODS,
    SCENARIOS,
    SIMS,
    Cells,
    cells,
    each_pilot,
    pooled_before_after,
    rates,
    respondents_hc1,
    unit_intercepts,
)
from tests.simulations.write_false_positives import HIGH, LOW, PAGE, page

# Methods note §1, in %: at σ = 0.1 and at σ = 0.2.
PRINTED = {
    "respondents of the pilots, before against after": (22, 47),
    "some pilot unit is significant": (74, 97),
    "the same with Holm": (47, 90),
    "difference in differences of respondents, HC1": (25, 49),
    "the same with an intercept a unit": (20, 42),
    "clustered by unit, CR1": (8, 7),
    "clustered by unit, CR2 with Bell–McCaffrey df": (5.5, 4.5),
    "wild cluster bootstrap, restricted, enumerated": (6.2, 5.4),
    "randomisation, raw difference": (5.7, 5.0),
    "Welch's t on unit changes": (5.0, 5.1),
    "randomisation, studentised": (5.9, 5.0),
}
# The note fitted random intercepts; ours are fixed ones, and find a few points more.
LOOSE = {"the same with an intercept a unit": 8.0}


@pytest.fixture(scope="module")
def respondents() -> tuple[Cells, pd.DataFrame]:
    """A small study as cells and as the respondents these cells sum up."""
    scenario = Scenario(pilots=(12, 9, 15), comparisons=(10, 14, 8, 11))
    seen = cells(simulate(scenario, sims=1, rng=stream(1, "respondents")))
    rows, rng = [], stream(2, "respondents")
    for unit, n in enumerate(seen.n.astype(int)):
        for after in (0, 1):
            answers = rng.normal(size=n)
            answers = (answers - answers.mean()) / answers.std(ddof=1)
            answers = seen.means[0, unit, after] + answers * np.sqrt(seen.variances[0, unit, after])
            rows += [(unit, int(seen.treated[unit]), after, y) for y in answers]
    return seen, pd.DataFrame(rows, columns=["unit", "pilot", "after", "y"])


def test_the_pooled_t_is_scipys(respondents):
    seen, rows = respondents
    own = rows[rows["pilot"] == 1]
    after, before = own.loc[own["after"] == 1, "y"], own.loc[own["after"] == 0, "y"]
    expected = stats.ttest_ind(after, before, equal_var=False).pvalue
    assert pooled_before_after(seen)[0] == pytest.approx(expected, rel=1e-9)


def test_each_pilots_t_is_scipys(respondents):
    seen, rows = respondents
    for unit in range(3):
        own = rows[rows["unit"] == unit]
        after, before = own.loc[own["after"] == 1, "y"], own.loc[own["after"] == 0, "y"]
        expected = stats.ttest_ind(after, before, equal_var=False).pvalue
        assert each_pilot(seen)[0, unit] == pytest.approx(expected, rel=1e-9)


def test_the_regressions_are_those_of_statsmodels(respondents):
    seen, rows = respondents
    robust = smf.ols("y ~ pilot * after", rows).fit(cov_type="HC1", use_t=True)
    assert respondents_hc1(seen)[0] == pytest.approx(robust.pvalues["pilot:after"], rel=1e-9)
    fixed = smf.ols("y ~ C(unit) + after + pilot:after", rows).fit()
    assert unit_intercepts(seen)[0] == pytest.approx(fixed.pvalues["pilot:after"], rel=1e-9)


def test_the_page_names_every_method_and_scenario_and_its_primary_methods_keep_their_level():
    text = PAGE.read_text("utf-8")
    table = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")]
    by_name = {line[0].strip(): [cell.strip() for cell in line[1:]] for line in table}
    assert by_name["method"][1:] == list(SCENARIOS)
    slack = 300 * np.sqrt(0.05 * 0.95 / SIMS)
    for method in METHODS:
        shares = [float(cell) for cell in by_name[method.name][1:]]
        assert len(shares) == len(SCENARIOS)
        if method.primary:
            assert all(100 * LOW - slack <= share <= 100 * HIGH + slack for share in shares), method.name
    new_unit = [float(by_name[name][1]) for name in SCENARIOS]
    assert all(85 <= share <= 99.9 for share in new_unit)


def test_naive_methods_find_far_too_much_and_the_primary_one_does_not():
    shown = ("respondents of the pilots", "some pilot unit", "difference in differences", "the larger p")
    chosen = tuple(method for method in METHODS if method.name.startswith(shown))
    naive_a, naive_b, naive_c, primary = rates("σ = 0.2", sims=300, methods=chosen).found
    assert min(naive_a, naive_b, naive_c) > 0.35 and primary < 0.10


def test_a_common_shock_misleads_only_those_without_comparison_units():
    alone, welch_t = (next(m for m in METHODS if m.name.startswith(s)) for s in ("t on the pilots", "Welch"))
    calm = cells(simulate(SCENARIOS["σ = 0.1"], sims=2000, rng=stream(5, "calm")))
    shaken = replace(calm, means=calm.means + np.array([0.0, 0.1]))
    np.testing.assert_allclose(welch_t.p(calm), welch_t.p(shaken), atol=1e-9)
    assert (alone.p(shaken) <= 0.05).mean() > 2 * (alone.p(calm) <= 0.05).mean()


@pytest.fixture(scope="module")
def found() -> dict:
    return {name: rates(name) for name in SCENARIOS}


@pytest.mark.slow
def test_the_page_is_what_the_simulation_gives(found):
    assert PAGE.read_text("utf-8") == page(found), "run `make false-positives`"


@pytest.mark.slow
def test_the_methods_notes_table_comes_out_again(found):
    """Within four joint Monte-Carlo errors (the note's own figures come from some thousand studies)."""
    names = [method.name for method in METHODS]
    for name, printed in PRINTED.items():
        for scenario, value in zip(("σ = 0.1", "σ = 0.2"), printed, strict=True):
            share = 100 * found[scenario].found[names.index(name)]
            error = 100 * np.sqrt(value / 100 * (1 - value / 100) * (1 / SIMS + 1 / 1000))
            assert abs(share - value) <= max(4 * error, LOOSE.get(name, 0.0)), (name, scenario, share)
