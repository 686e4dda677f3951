import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.report.drawing import svg
from surveylib.report.pictures import coverage_grid, love_plot, weight_steps

LEVELS = {"asked": "Hỏi", "none": "Không hỏi"}


def test_each_cell_of_the_grid_shows_its_level_by_sign_and_shade():
    matrix = pd.DataFrame([["asked", "none"], ["none", "none"]], index=["1", "2"], columns=["LG", "OD"])
    axes = coverage_grid(matrix, lang="vi", levels=LEVELS).axes[0]
    assert [t.get_text() for t in axes.texts] == ["●", "◐", "◐", "◐"]
    assert len({patch.get_facecolor() for patch in axes.patches}) == 2


def test_a_value_without_words_is_refused():
    matrix = pd.DataFrame([["askd"]], index=["1"], columns=["LG"])
    with pytest.raises(SurveyError, match="did you mean 'asked'"):
        coverage_grid(matrix, lang="vi", levels=LEVELS)


def test_weights_show_range_middle_half_and_design_effect():
    steps = pd.DataFrame(
        {
            "step": ["gốc", "hiệu chỉnh"],
            "min": [1, 1],
            "q25": [2, 1.5],
            "median": [3, 3],
            "q75": [4, 5],
            "max": [6, 9],
            "deff": [1.1, 1.32],
        }
    )
    chart = weight_steps(steps, lang="vi")
    assert [(p.get_x(), p.get_width()) for p in chart.axes[0].patches] == [(2, 2), (1.5, 3.5)]
    assert [t.get_text() for t in chart.axes[0].texts] == ["deff 1,10", "deff 1,32"]
    assert svg(chart)


def test_a_missing_quantile_is_named():
    with pytest.raises(SurveyError, match="unknown column"):
        weight_steps(pd.DataFrame({"step": ["x"], "min": [1]}), lang="vi")


def test_a_love_plot_shows_each_category_before_and_after_under_its_variable():
    margins = pd.DataFrame(
        {
            "variable": ["Giới tính", "Giới tính", "Tuổi"],
            "level": ["Nam", "Nữ", "18–34"],
            "asmd_before": [0.2, 0.2, 0.06],
            "asmd_after": [0.0, 0.0, 0.01],
        }
    )
    axes = love_plot(margins, lang="vi").axes[0]
    before, after = (points.get_offsets().tolist() for points in axes.collections[1:])
    assert before == [[0.2, 1], [0.2, 2], [0.06, 4]] and [x for x, _ in after] == [0, 0, 0.01]
    assert [t.get_text() for t in axes.texts] == ["Giới tính", "Tuổi"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["Nam", "Nữ", "18–34"]
    assert axes.get_xlim()[1] > 0.2 and axes.lines[0].get_xdata()[0] == 0.1


def test_a_love_plot_needs_its_columns_and_rows():
    with pytest.raises(SurveyError, match="unknown column"):
        love_plot(pd.DataFrame({"variable": ["x"], "level": ["1"]}), lang="vi")
    empty = pd.DataFrame(columns=["variable", "level", "asmd_before", "asmd_after"])
    with pytest.raises(SurveyError, match="nothing to draw"):
        love_plot(empty, lang="vi")
