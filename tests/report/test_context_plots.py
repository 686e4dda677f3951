import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.report.context_plots import gap_panels, month_lines, province_panels
from surveylib.report.drawing import svg

NAMES = {"1": "1. Tham gia", "2": "2. Công khai", "3": "3. Giải trình"}
YEARS = (2011, 2012, 2013)


def years() -> pd.DataFrame:
    rows = [(d, y, 5.0 + n, 4.5, 4.0, 5.0) for n, d in enumerate(NAMES) for y in YEARS]
    columns = ["dimension", "year", "value", "median", "lower_quarter", "upper_quarter"]
    return pd.DataFrame(rows, columns=columns)


def gaps() -> pd.DataFrame:
    rows = [(d, y, 0.1 * n, -0.2, 0.3) for d in NAMES for n, y in enumerate(YEARS)]
    return pd.DataFrame(rows, columns=["dimension", "year", "gap", "placebo_low", "placebo_high"])


def months() -> pd.DataFrame:
    when = ["2014-09", "2014-10", "2015-10", "2015-11"]
    rows = [(arm, month, 0.8 + up) for arm, up in (("pilot", 0.05), ("comparison", 0.0)) for month in when]
    return pd.DataFrame(rows, columns=["arm", "month", "share"])


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_dimension_has_a_panel_and_the_spare_one_is_hidden(lang):
    chart = province_panels(years(), names=NAMES, province="Bình Dương", lang=lang)
    shown = [axes for axes in chart.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == list(NAMES.values())
    own = {line.get_label(): line.get_ydata() for line in shown[1].lines}
    assert own["Bình Dương"] == pytest.approx([6.0, 6.0, 6.0])
    assert svg(chart) == svg(province_panels(years(), names=NAMES, province="Bình Dương", lang=lang))


def test_the_start_of_the_pilot_stands_before_its_first_year():
    chart = gap_panels(gaps(), names=NAMES, province="Bình Dương", start=2013, lang="vi")
    upright = [line for line in chart.axes[0].lines if len(set(line.get_xdata())) == 1]
    assert [line.get_xdata()[0] for line in upright] == [2012.5]
    band = chart.axes[0].collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((-0.2, 0.3))


def test_months_that_were_not_asked_are_not_bridged():
    chart = month_lines(months(), starts=["2014-11"], axis="đúng hạn", lang="vi")
    drawn = [line for line in chart.axes[0].lines if line.get_marker() in ("o", "s")]
    assert [len(line.get_xdata()) for line in drawn] == [2, 2, 2, 2]
    assert all(np.diff(line.get_xdata()) == 1 for line in drawn)
    texts = [text.get_text() for text in chart.legends[0].get_texts()]
    assert len(texts) == 3 and texts[-1] == "bắt đầu thí điểm"
    start = [line.get_xdata()[0] for line in chart.axes[0].lines if len(set(line.get_xdata())) == 1]
    assert start == [2014 * 12 + 10 - 0.5]  # between October and November


def test_tables_without_their_columns_are_refused():
    with pytest.raises(SurveyError):
        province_panels(years().drop(columns="median"), names=NAMES, province="x", lang="vi")
    with pytest.raises(SurveyError):
        month_lines(months()[:0], starts=[], axis="x", lang="vi")
