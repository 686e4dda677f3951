import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.report.drawing import svg
from surveylib.report.pictures import coverage_grid, weight_steps

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
