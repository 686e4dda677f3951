"""A weighting plan says at once what cannot be meant."""

import pytest

from surveylib.documents import read
from surveylib.errors import SurveyError
from surveylib.model.study import Study
from surveylib.model.weighting import WeightingPlan
from tests.e2e import projects


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"nonresponse_classes": ("sex",), "propensity": ("sex",)}, "not both"),
        ({"base": "none", "nonresponse_classes": ("sex",)}, "needs a draw"),
        ({"base": "none", "propensity": ("sex",)}, "needs a draw"),
        ({"method": "linear"}, "would be ignored"),
        ({"soft": 0.01}, "would be ignored"),
        ({"margins": ("sex", "sex")}, "twice"),
        ({"margins": ("sex",), "bounds": (0.5, 2.0)}, "ignored by rake"),
        ({"margins": ("sex",), "method": "logit"}, "needs bounds"),
        ({"margins": ("sex",), "method": "raking", "bounds": (1.2, 2.0)}, "cannot be used"),
        ({"margins": ("sex",), "method": "raking", "bounds": (-1.0, 2.0)}, "cannot be used"),
        ({"margins": ("sex",), "soft": 0.0}, "above 0"),
        ({"margins": ("sex",), "soft": 0.01, "max_ratio": 3.0}, "cannot be joined"),
        (
            {"margins": ("sex",), "method": "raking", "bounds": (0.5, 2.0), "max_ratio": 3.0},
            "cannot be joined",
        ),
        ({"max_ratio": 1.0}, "above 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(plan, words):
    with pytest.raises(SurveyError, match=words):
        WeightingPlan(**plan)


def test_every_way_of_calibrating_can_be_planned():
    for plan in (
        {"method": "linear", "bounds": (0.0, 4.0)},
        {"method": "logit", "bounds": (0.3, 3.0)},
        {"soft": 0.01, "method": "raking", "bounds": (0.5, 2.0)},
        {"method": "raking", "max_ratio": 4.0},
    ):
        assert WeightingPlan(margins_file="margins.csv", **plan).margins == ()


def test_a_mistake_in_the_study_is_named_with_its_line(tmp_path):
    study = projects.lay(tmp_path / "project")
    text = (study / "study.yaml").read_text(encoding="utf-8")
    (study / "study.yaml").write_text(
        text.replace("  max_ratio: 5\n", "  bounds: [0.5, 2]\n"), encoding="utf-8"
    )
    line = next(i for i, one in enumerate(text.splitlines(), 1) if one.startswith("weighting:"))
    with pytest.raises(SurveyError) as caught:
        read(study / "study.yaml", Study)
    assert f"line {line}: weighting" in str(caught.value) and "ignored by rake" in str(caught.value)
