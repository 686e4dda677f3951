import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.report.drawing import svg
from surveylib.report.figures import density_plot, group_bars, interval_plot


@pytest.fixture
def estimates():
    rows = [
        (v, w, m + d, m + d - 0.1, m + d + 0.1)
        for v, m in (("a", 3.0), ("b", 3.5))
        for w, d in (("t0", 0.0), ("t1", 0.3))
    ]
    return pd.DataFrame(rows, columns=["variable", "wave", "estimate", "conf_low", "conf_high"])


def test_intervals_stand_where_the_table_says(estimates):
    chart = interval_plot(estimates, lang="vi")
    segments = [s for c in chart.axes[0].collections if hasattr(c, "get_segments") for s in c.get_segments()]
    assert sorted(s[0, 0] for s in segments) == pytest.approx(sorted(estimates["conf_low"]))
    assert sorted(s[1, 0] for s in segments) == pytest.approx(sorted(estimates["conf_high"]))
    assert [t.get_text() for t in chart.legends[0].get_texts()] == ["t0", "t1"]


def test_a_row_missing_in_one_series_keeps_its_place(estimates):
    chart = interval_plot(estimates.iloc[:3], lang="vi")
    assert len(chart.axes[0].get_yticks()) == 2
    assert svg(chart)


def test_four_series_are_refused(estimates):
    many = pd.concat([estimates.assign(wave=f"w{i}") for i in range(4)])
    with pytest.raises(SurveyError, match="series"):
        interval_plot(many, lang="vi")


def test_bars_are_full_only_where_significant_after_adjustment():
    effects = pd.DataFrame(
        {
            "group": list("abc"),
            "estimate": [0.3, 0.1, -0.2],
            "conf_low": [0.1, -0.1, -0.4],
            "conf_high": [0.5, 0.3, 0.0],
            "significant": [True, False, False],
        }
    )
    bars = group_bars(effects, lang="vi", sesoi=0.2).axes[0].patches
    assert sorted(bar.get_width() for bar in bars) == [-0.2, 0.1, 0.3]
    assert {bar.get_width(): bar.get_facecolor()[:3] == (1, 1, 1) for bar in bars} == {
        0.3: False,
        0.1: True,
        -0.2: True,
    }


def test_densities_keep_their_names_and_line_of_interest():
    value = np.linspace(-1, 1, 50)
    chart = density_plot(
        pd.DataFrame({"value": value, "theta": np.exp(-(value**2)), "theta_new": np.exp(-(value**2) / 2)}),
        lang="en",
        sesoi=0.2,
    )
    assert [t.get_text() for t in chart.legends[0].get_texts()] == [
        "Average effect",
        "Effect in a new unit",
        "Smallest change that matters",
    ]
