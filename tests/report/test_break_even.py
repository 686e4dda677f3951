from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.report.break_even import break_even_plot
from surveylib.report.drawing import svg


def curve() -> pd.DataFrame:
    worth = np.linspace(0, 300_000, 13)
    net = 1200 * worth - 120e6
    return pd.DataFrame(
        {"willingness": worth, "net_benefit": net, "conf_low": net - 4e7, "conf_high": net + 4e7}
    )


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_dotted_line_stands_where_net_benefit_is_nothing(lang):
    chart = break_even_plot(curve(), lang=lang)
    lines = {line.get_label(): line.get_xdata() for line in chart.axes[0].lines}
    even = lines["Hòa vốn" if lang == "vi" else "Break-even"]
    assert even == pytest.approx([100.0, 100.0])
    assert "nghìn đồng" in chart.axes[0].get_xlabel() or lang == "en"
    assert svg(chart) == svg(break_even_plot(curve(), lang=lang))


def test_a_curve_without_its_columns_is_refused():
    with pytest.raises(SurveyError):
        break_even_plot(curve().drop(columns="conf_low"), lang="vi")
