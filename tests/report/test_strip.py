import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.report.strip import brief_strip, strip_plot


def means(chart):
    """Where the heavy lines of the arms' means stand."""
    lines = [c for c in chart.axes[0].collections if c.get_linewidths().max() == 2.6]
    return [float(c.get_segments()[0][0, 0]) for c in lines]


def dashed(chart):
    return [
        float(c.get_segments()[0][0, 0])
        for c in chart.axes[0].collections
        if getattr(c, "get_segments", None) and c.get_linestyles()[0][1] is not None
    ]


def test_every_unit_is_a_point_and_every_arm_has_its_mean(changes):
    chart = strip_plot(changes, lang="vi", sesoi=0.2)
    points = np.concatenate(
        [c.get_offsets()[:, 0] for c in chart.axes[0].collections if len(c.get_offsets()) > 1]
    )
    assert sorted(points) == pytest.approx(sorted(changes["change"]))
    by_arm = changes.groupby("arm")["change"].mean()
    assert means(chart) == pytest.approx([by_arm["pilot"], by_arm["comparison"]])


def test_the_line_of_interest_stands_from_the_comparison_mean(changes):
    mean = changes.loc[changes["arm"] == "comparison", "change"].mean()
    assert dashed(strip_plot(changes, lang="vi", sesoi=0.2)) == pytest.approx([mean + 0.2])
    pilots = changes[changes["arm"] == "pilot"]
    assert dashed(strip_plot(pilots, lang="vi", sesoi=0.2)) == pytest.approx([0.2])


def test_labels_name_all_units_sorted_within_their_arm(changes):
    chart = strip_plot(changes, lang="vi")
    names = [label.get_text() for label in chart.axes[0].get_yticklabels()]
    assert names[:2] == ["Đơn vị 1", "Đơn vị 4"]
    assert sorted(names) == sorted(changes["unit"])


def test_a_unit_without_a_change_is_left_out_and_a_self_pilot_shown_apart(changes):
    changes.loc[0, "change"] = np.nan
    changes.loc[14, "arm"] = "self_pilot"
    chart = strip_plot(changes, lang="en")
    assert len(chart.axes[0].get_yticks()) == 14
    assert len(means(chart)) == 3
    assert "Self-piloting (1 unit)" in [t.get_text() for t in chart.axes[0].texts]


def test_mistakes_are_named(changes):
    with pytest.raises(SurveyError, match="column"):
        strip_plot(changes.drop(columns="arm"), lang="vi")
    with pytest.raises(SurveyError, match="unknown arm"):
        strip_plot(changes.assign(arm="control"), lang="vi")
    with pytest.raises(SurveyError, match="no rows"):
        strip_plot(changes.iloc[:0], lang="vi")
    with pytest.raises(SurveyError, match="no unit has a change"):
        strip_plot(changes.assign(change=np.nan), lang="vi")


def test_the_strip_of_the_brief_keeps_letters_and_asks_for_the_font_of_the_page(changes):
    drawn = brief_strip(changes, lang="vi", sesoi=0.2)
    assert "Đơn vị 15" in drawn
    assert "Libertinus Serif" in drawn and "DejaVu" not in drawn


def test_labels_given_by_another_column(changes):
    chart = strip_plot(changes.assign(name=pd.Series(list("abcdefghijklmno"))), lang="vi", label="name")
    assert {label.get_text() for label in chart.axes[0].get_yticklabels()} == set("abcdefghijklmno")
