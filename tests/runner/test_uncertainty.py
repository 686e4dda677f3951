import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from surveylib.estimation import declare, estimate, totals
from surveylib.model.totals import Request
from surveylib.runner.uncertainty import counted_freedom, free_share, share_interval


def test_the_standard_error_is_that_of_the_regression():
    """The mean calibrated to one variable under simple random sampling is the regression's prediction at the
    population mean; its residual variance divides by n − p (statsmodels), not n − 1."""
    random = np.random.default_rng(3)
    x = random.normal(5, 1, 30)
    rows = pd.DataFrame({"y": 2 + 0.8 * x + random.normal(0, 1, 30)})
    columns = np.column_stack([np.ones(30), x])
    design = declare(rows, weights=np.full(30, 1.0), calibration=columns)
    made = estimate(totals(rows, design, requests=[Request(kind="mean", variable="y")]))
    counted = counted_freedom(made, design=design).table.iloc[0]
    fit = sm.OLS(rows["y"], columns).fit()
    assert counted["std_error"] == pytest.approx(np.sqrt(fit.scale / 30))
    assert counted["df"] == fit.df_resid == 28
    wanted = fit.get_prediction([1, x.mean()]).summary_frame(alpha=0.05)
    assert counted["conf_low"] == pytest.approx(wanted["mean_ci_lower"][0])
    assert made.table["std_error"][0] < counted["std_error"]


def test_what_strata_span_takes_no_freedom():
    rows = pd.DataFrame({"h": list("aabbbb"), "y": range(6)})
    of_strata = pd.get_dummies(rows["h"]).to_numpy(float)
    design = declare(rows, weights=np.ones(6), strata="h", calibration=of_strata)
    assert free_share(design) == 1.0
    more = np.column_stack([of_strata, [1.0, 0, 1, 0, 1, 0]])
    assert free_share(declare(rows, weights=np.ones(6), strata="h", calibration=more)) == 3 / 4


def test_as_many_variables_as_answers_leave_nothing_to_estimate_from():
    rows = pd.DataFrame({"y": [1.0, 2, 4]})
    design = declare(rows, weights=np.ones(3), calibration=np.eye(3))
    made = estimate(totals(rows, design, requests=[Request(kind="mean", variable="y")]))
    assert np.isnan(counted_freedom(made, design=design).table["std_error"][0])


def test_intervals_of_shares_stay_between_nothing_and_all():
    table = pd.DataFrame(
        {
            "variable": ["few", "all", "none", "score"],
            "estimate": [0.03, 1.0, 0.0, 3.6],
            "std_error": [0.02, 0.0, 0.0, 0.1],
            "df": 59.0,
            "n": [60.0, 60, 60, 60],
            "conf_low": [-0.01, 1.0, 0.0, 3.4],
            "conf_high": [0.07, 1.0, 0.0, 3.8],
        }
    )
    made = share_interval(table, shares={"few", "all", "none"}, confidence=0.95).set_index("variable")
    low, high = made.loc["few", ["conf_low", "conf_high"]]
    assert 0 < low < 0.03 < high and high - 0.03 > 0.03 - low
    # The exact binomial interval of 60 of 60 starts at 0.025 ** (1 / 60) (Clopper & Pearson 1934).
    assert (
        made.loc["all", "conf_low"] == pytest.approx(0.025 ** (1 / 60)) and made.loc["all", "conf_high"] == 1
    )
    assert made.loc["none", "conf_low"] == 0 and made.loc["none", "conf_high"] == pytest.approx(
        1 - 0.025 ** (1 / 60)
    )
    assert made.loc["score", ["conf_low", "conf_high"]].tolist() == [3.4, 3.8]
