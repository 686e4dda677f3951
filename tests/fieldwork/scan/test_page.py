"""Marks made and scanned in many ways: what is read is what was meant, or it is put before a person."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from surveylib.fieldwork.scan.page import read_page
from surveylib.rng import stream
from tests.fieldwork.scan.forms_filled_in import fill_in, mark, scan

FORMS = 300


def tally(printed, forms, seed):
    """Counts of answers right, wrong and unsure, by whether a machine must know them."""
    count = Counter()
    for form in range(forms):
        for page in (0, 1):
            rng = stream(seed, "filled", form, page)
            filled, meant = fill_in(printed.pages[page], printed.layout, page + 1, rng)
            _, picture = scan(filled, rng)
            picture = np.ascontiguousarray(np.rot90(picture, 2 * int(rng.random() < 0.15)))
            read = read_page(picture, layouts=(printed.layout,))
            readings = {reading.item: reading for reading in read.readings}
            for item, truth in meant.items():
                count[_judged(readings.get(item), truth)] += 1
    return count


def _judged(reading, truth):
    kind = "plain" if truth.plain else "awkward"
    if reading is None:
        return f"{kind} lost"
    if reading.reason is not None:
        assert reading.picture.startswith(b"\x89PNG")
        return f"{kind} unsure"
    return f"{kind} right" if reading.codes == truth.codes else f"{kind} wrong"


def check(count):
    plain = sum(number for name, number in count.items() if name.startswith("plain"))
    assert count["plain wrong"] == count["awkward wrong"] == 0, count
    assert count["plain right"] >= 0.998 * plain, count
    assert count["awkward unsure"] > 0


def test_a_few_forms(printed):
    check(tally(printed, 6, seed=3))


@pytest.mark.slow
def test_three_hundred_forms(printed):
    check(tally(printed, FORMS, seed=2014))


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_page_may_lie_any_way_round(printed, turns):
    filled, meant = fill_in(printed.pages[0], printed.layout, 1, stream(1, "way"), awkward=0)
    _, picture = scan(filled, stream(2, "way"), turn=0.5, dots=8)
    read = read_page(np.ascontiguousarray(np.rot90(picture, turns)), layouts=(printed.layout,))
    assert read.code.serial == printed.serials[0] and read.code.page == 1
    assert {one.item: one.codes for one in read.readings if one.item in meant} == {
        name: truth.codes for name, truth in meant.items()
    }


def test_a_corner_cut_off_is_no_loss(printed):
    filled, meant = fill_in(printed.pages[0], printed.layout, 1, stream(4, "corner"), awkward=0)
    filled[:150, :150] = 255
    read = read_page(scan(filled, stream(5, "corner"), dots=8)[1], layouts=(printed.layout,))
    assert {one.item: one.codes for one in read.readings if one.item in meant} == {
        name: truth.codes for name, truth in meant.items()
    }


def test_two_corners_cut_off_are(printed):
    page = printed.pages[0].copy()
    page[:150] = 255
    assert read_page(page, layouts=(printed.layout,)).problem == "marks"


def test_an_empty_page_and_a_black_one_are_not_read(printed):
    for grey in (255, 0):
        page = np.full((2339, 1654), grey, dtype=np.uint8)
        assert read_page(page, layouts=(printed.layout,)).problem in ("marks", "code")


def test_a_stained_code_is_not_guessed(printed):
    page = printed.pages[0].copy()
    x, y, side = (round(10 * edge) for edge in printed.layout.qr)
    page[y : y + side // 2, x : x + side] = 0
    assert read_page(page, layouts=(printed.layout,)).problem == "code"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"form": "r_residents"}, "form"),
        ({"version": "9.0.0"}, "version"),
        ({"bubble": 4.5}, "layout"),
    ],
)
def test_no_form_is_read_by_the_map_of_another(printed, change, problem):
    read = read_page(printed.pages[0], layouts=(replace(printed.layout, **change),))
    assert read.problem == problem and not read.readings


def test_handwriting_is_shown_not_read(printed):
    page, rng = printed.pages[0].copy(), stream(1, "hand")
    visits = printed.layout.item("a1_trips")
    spot = printed.layout.item("a2_slip").spots[0]
    at = replace(spot, x=visits.field.x + 2.8, y=visits.field.y + 3)
    mark(page, at, "tick", rng, 40)
    read = {one.item: one for one in read_page(page, layouts=(printed.layout,)).readings}
    assert read["a1_trips"].reason == "written" and read["a1_trips"].codes == ()
    assert read["a5_wait_min"].reason is None
