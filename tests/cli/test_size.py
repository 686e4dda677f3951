"""`surveylib size`: the textbook's figures, and one question at a time."""

from __future__ import annotations

import pytest


@pytest.fixture
def size(cli):
    def call(*arguments: object) -> dict:
        said = cli("size", *arguments, "--format", "json")
        assert said.code == 0, said.err
        (row,) = said.json["size"]
        return row

    return call


def test_a_share_to_five_points_needs_385(size):
    assert size("--margin", 0.05, "--share", 0.5)["complete"] == 385


def test_a_small_register_needs_fewer_and_non_response_more(size):
    row = size("--margin", 0.05, "--share", 0.5, "--population", 500, "--response-rate", 0.7)
    assert (row["complete"], row["recruit"]) == (218, 312)


def test_a_change_takes_both_waves_errors(size):
    # 2 (1.959964 + 0.841621)² 0.9² / 0.2² = 317.9 a wave, times the design effect 1.3 = 413.2
    row = size("--change", 0.2, "--sd", 0.9, "--deff", 1.3, "--response-rate", 0.7)
    assert row["complete"] == 414 and row["recruit"] == pytest.approx(414 / 0.7, abs=1)


def test_what_so_many_answers_detect_is_the_inverse(size):
    wanted = size("--change", 0.2, "--sd", 0.9)["complete"]
    assert size("--n", wanted, "--sd", 0.9)["detectable_change"] == pytest.approx(0.2, rel=0.005)


@pytest.mark.parametrize(
    "arguments, fragment",
    [
        ((), "one of --change, --margin, --n"),
        (("--change", 0.2, "--margin", 0.1, "--sd", 1), "one question at a time"),
        (("--margin", 0.05), "sd"),
        (("--margin", 0.05, "--share", 2), "share"),
        (("--margin", 0, "--share", 0.5), "margin"),
        (("--change", 0.2, "--sd", -1), "sd"),
        (("--change", 0.2, "--sd", 1, "--power", 1.5), "power"),
        (("--change", 0.2, "--sd", 1, "--response-rate", 0), "response"),
        (("--n", 0, "--sd", 1), "0 answers"),
    ],
)
def test_questions_that_cannot_be_answered(refused, arguments, fragment):
    assert fragment in refused("size", *arguments)
