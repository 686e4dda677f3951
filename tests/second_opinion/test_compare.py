"""docs/svy.md says what the three programs give, and every difference is explained."""

from __future__ import annotations

import pytest

from tests.second_opinion.compare import PAGE, SAME, apart, compared, missing, page, told
from tests.second_opinion.notes import NOTES


@pytest.mark.slow
def test_the_page_is_what_they_answer():
    if lacking := missing():
        pytest.skip(f"missing {lacking}")
    found = compared()
    differ = {name for name, gaps in found.items() if gaps[0] and max(gaps[0].values()) > SAME}
    assert differ == set(NOTES)
    assert PAGE.read_text("utf-8") == page(found), "run `make second-opinion`"


def test_every_difference_on_the_page_has_its_note_and_no_note_is_idle():
    text = PAGE.read_text("utf-8")
    table = [line.split(" | ") for line in text.partition("## Everything asked")[2].splitlines()[4:]]
    assert len(table) > 50
    assert {cells[0].removeprefix("| ") for cells in table if cells[1].startswith("**")} == set(NOTES)
    assert all(f"**{name}**: {note}" in text for name, note in NOTES.items())


def test_gaps_are_relative_to_the_greatest_value():
    one = {"estimate": [2.0, 0.001], "df": [18.0]}
    assert apart(one, {"estimate": [2.0, 0.0012], "p_value": [0.1]}) == {"estimate": pytest.approx(1e-4)}
    with pytest.raises(AssertionError, match="estimate"):
        apart(one, {"estimate": [2.0]})


@pytest.mark.parametrize(
    ("gap", "cell"),
    [
        (None, "–"),
        ({"estimate": 3e-14, "std_error": 2e-13}, "1e-12"),
        ({"estimate": 3e-14, "std_error": 2e-7}, "1e-6"),
        ({"estimate": 3e-14, "std_error": 0.0021, "conf_low": 0.1}, "**std_error 0.21 %**"),
        ({"df": 0.0555, "p_value": 0.039}, "**df 5.5 %**"),
    ],
)
def test_cells_say_how_near_or_what_differs(gap, cell):
    assert told(gap) == cell
