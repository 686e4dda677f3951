"""Sample sizes against the figures printed in the project's design notes and textbooks."""

import pytest

from surveylib.errors import SurveyError
from surveylib.sampling.size import detectable_change, size_for_change, size_for_mean, yamane


@pytest.mark.parametrize(("population", "size"), [(500, 223), (1000, 286), (5000, 371)])
def test_yamane_as_printed(population, size):
    assert yamane(population) == size


@pytest.mark.parametrize(("complete", "points", "digits"), [(200, 11, 0), (150, 12.6, 1), (500, 7.3, 1)])
def test_detectable_rise_from_75_percent_as_printed(complete, points, digits):
    assert round(100 * detectable_change(complete=complete, share=0.75), digits) == points


def test_two_means_textbook_value():
    # Half a standard deviation, 80 % power: 63 a group by the normal formula (2 · 7.849 / 0.25 = 62.8).
    assert size_for_change(change=0.5, sd=1.0).complete == 63


def test_cochran_share_with_finite_population():
    assert size_for_mean(share=0.5, margin=0.05).complete == 385
    # 384.146 / (1 + 384.146 / 500) = 217.2...
    assert size_for_mean(share=0.5, margin=0.05, population=500).complete == 218


def test_detectable_change_inverts_size():
    change = detectable_change(complete=180, sd=0.91, deff=1.4, correlation=0.5, overlap=0.6)
    assert size_for_change(change=change, sd=0.91, deff=1.4, correlation=0.5, overlap=0.6).complete == 180


def test_design_effect_and_response_multiply():
    plain, full = (
        size_for_change(change=0.3, sd=0.9),
        size_for_change(change=0.3, sd=0.9, deff=2, response_rate=0.5),
    )
    assert full.complete == pytest.approx(2 * plain.simple, abs=1)
    assert full.recruit == 2 * full.complete


def test_overlap_with_correlation_asks_fewer():
    assert size_for_change(change=0.3, sd=1, overlap=1, correlation=0.5).simple == pytest.approx(
        size_for_change(change=0.3, sd=1).simple / 2
    )


def test_never_more_than_the_register():
    size = size_for_change(change=0.05, sd=1, population=90, response_rate=0.6)
    assert size.complete <= 90
    assert size.recruit == 90


@pytest.mark.parametrize(
    "arguments",
    [
        {"change": 0.3},
        {"change": 0.3, "sd": 1, "share": 0.5},
        {"change": 0, "sd": 1},
        {"change": 0.3, "share": 0.75},
        {"change": 0.1, "sd": 1, "power": 1.0},
        {"change": 0.1, "sd": 1, "alpha": 1.5},
        {"change": 0.1, "sd": 1, "response_rate": 0},
        {"change": 0.1, "sd": float("nan")},
    ],
)
def test_impossible_figures_are_refused(arguments):
    with pytest.raises(SurveyError):
        size_for_change(**arguments)


def test_too_few_answers_to_see_anything():
    with pytest.raises(SurveyError, match="no change can be detected"):
        detectable_change(complete=2, share=0.9)
