"""Marks made and scanned in many ways: what is read is what was meant, or it is put before a person."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from surveylib.fieldwork.scan.page import read_page
from surveylib.instrument import load_questionnaire
from surveylib.report.paper import typeset_form
from surveylib.report.paper_sheets import print_sheets
from surveylib.rng import stream
from tests.fieldwork.scan.forms_filled_in import DOTS, creased, fill_in, mark, rendered, scan

FORMS = 300
QUESTIONNAIRES = Path(__file__).resolve().parents[3] / "questionnaires"


def tally(printed, forms, seed, *, awkward=0.08):
    """Counts of answers right, wrong and unsure, by whether a machine must know them."""
    count = Counter()
    for form in range(forms):
        for page in (0, 1):
            rng = stream(seed, "filled", form, page)
            filled, meant = fill_in(printed.pages[page], printed.layout, page + 1, rng, awkward=awkward)
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
@pytest.mark.parametrize(("seed", "awkward"), [(2014, 0.08), (2025, 0.08), (5001, 0.08), (4003, 0.5)])
def test_three_hundred_forms(printed, seed, awkward):
    """With `-s` it prints the figures of docs/paper.md."""
    count = tally(printed, FORMS, seed=seed, awkward=awkward)
    print(f"\nseed {seed}, {awkward:.0%} awkward: {dict(sorted(count.items()))}")
    check(count)


def read_marks(printed, *marks, ink=60, dots=8.0, how_scanned=1):
    """What is read of one item on the first page, with these marks (code, how) on it."""
    item, rng = printed.layout.item("a1_simple"), stream(how_scanned, "one item")
    page = printed.pages[0].copy()
    for code, how in marks:
        mark(page, next(spot for spot in item.spots if spot.code == code), how, rng, ink)
    read = read_page(scan(page, rng, dots=dots)[1], layouts=(printed.layout,))
    return next(one for one in read.readings if one.item == item.id)


@pytest.mark.parametrize("ink", [25, 115])
@pytest.mark.parametrize("strike", ["crossed out", "lined out", "doubly lined out", "scribbled out"])
def test_a_mark_struck_out_is_shown_however_pale_the_pen(printed, strike, ink):
    for times in range(3):
        read = read_marks(printed, (2, "fill"), (2, strike), ink=ink, how_scanned=times)
        assert read.reason == "struck" and read.codes == ()


def test_most_ticks_struck_out_by_a_bare_cross_are_shown(printed):
    """Some look like a cross, to people too; docs/paper.md says how many."""
    shown = []
    for times in range(3):
        page, rng = printed.pages[0].copy(), stream(times, "ticks")
        struck = [item for item in printed.layout.items if item.page == 1 and item.kind == "one"]
        for item in struck:
            for how in ("tick", "crossed out"):
                mark(page, item.spots[1], how, rng, 60)
        read = read_page(scan(page, rng)[1], layouts=(printed.layout,))
        shown += [one.reason is not None for one in read.readings if one.item in {it.id for it in struck}]
    assert len(shown) > 60 and np.mean(shown) > 0.75


@pytest.mark.parametrize("how", ["cross", "leaning cross", "leaning tick", "dash", "sloppy"])
def test_a_mark_that_leans_out_of_its_circle_is_read(printed, how):
    assert [read_marks(printed, (4, how), how_scanned=times).codes for times in range(3)] == [(4,)] * 3


@pytest.mark.parametrize("how", ["circled", "beside"])
def test_what_is_drawn_beside_a_circle_is_shown_not_taken_for_a_blank(printed, how):
    assert [read_marks(printed, (3, how), how_scanned=times).reason for times in range(3)] == ["beside"] * 3


def test_a_stroke_from_one_row_into_the_next_leaves_both_to_a_person(printed):
    above, below = (printed.layout.item(name) for name in ("a1_simple", "a4_clear"))
    page = printed.pages[0].copy()
    mark(page, above.spots[2], "tick", stream(1, "run"), 40)
    ends = [(round(10 * spot.x), round(10 * spot.y)) for spot in (above.spots[2], below.spots[2])]
    cv2.line(page, *ends, 40, 5, cv2.LINE_AA)
    read = {one.item: one for one in read_page(page, layouts=(printed.layout,)).readings}
    assert read[above.id].reason == read[below.id].reason == "joined"
    assert {one.reason for name, one in read.items() if name not in (above.id, below.id)} == {None}


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


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_rows_are_shown_whole_when_a_corner_is_cut_off(printed, corner):
    page, rng = printed.pages[0].copy(), stream(6, "shown")
    doubtful = [printed.layout.item(name) for name in ("client_kind", "a5_place", "b1_explained")]
    for item in doubtful:
        for spot in item.spots[:2]:
            mark(page, spot, "fill", rng, 40)
    whole = read_page(scan(page, stream(7, "shown"), dots=8)[1], layouts=(printed.layout,))
    down, across = (slice(-150, None) if far else slice(None, 150) for far in corner)
    page[down, across] = 255
    cut = read_page(scan(page, stream(7, "shown"), dots=8)[1], layouts=(printed.layout,))
    shown = [{one.item: one for one in read.readings if one.reason} for read in (whole, cut)]
    assert shown[0].keys() == shown[1].keys() == {item.id for item in doubtful}
    for name in shown[0]:
        a, b = (
            cv2.imdecode(np.frombuffer(one[name].picture, np.uint8), cv2.IMREAD_GRAYSCALE) for one in shown
        )
        assert a.shape == b.shape
        (right, low), alike = cv2.phaseCorrelate(a.astype(np.float32), b.astype(np.float32))
        assert np.hypot(right, low) < 2 and alike > 0.2  # 2 pixels are 0.4 mm


def test_a_crease_is_no_mark_and_hides_none(printed):
    """Also where a circle stands alone in its line, and has no neighbour to compare it with."""
    item = printed.layout.item("c1_sat")
    alone = item.spots[-1]
    assert sum(spot.y == alone.y for spot in item.spots) == 1
    empty = printed.pages[item.page - 1]
    pale = empty.copy()
    mark(pale, alone, "pale", stream(1, "pale"), 60)
    for times in range(4):
        line = round(alone.y * DOTS) + 4 * times - 6
        seen = []
        for page in (empty, pale):
            page = creased(page, line, lean=0.003, depth=30)
            read = read_page(scan(page, stream(times, "fold"))[1], layouts=(printed.layout,))
            seen.append(next(one for one in read.readings if one.item == item.id))
        assert seen[0].reason is None and seen[0].codes == ()
        assert seen[1].reason in ("faint", "smudge")


def test_an_empty_form_is_blank_with_a_corner_cut_off(printed):
    page = printed.pages[0].copy()
    page[:150, :150] = 255
    for times in range(4):
        picture = scan(page, stream(times, "cut"), dots=8)[1]
        assert {one.reason for one in read_page(picture, layouts=(printed.layout,)).readings} == {None}


@pytest.mark.parametrize("name", ["a_records", "c_clients", "k_checklist", "r_residents", "s_staff"])
def test_every_instrument_is_read_empty_and_filled_in(name):
    form = typeset_form(load_questionnaire(QUESTIONNAIRES / f"{name}.yaml"))
    for at, page in enumerate(rendered(print_sheets(form))):
        empty = read_page(scan(page, stream(1, name, at), dots=8)[1], layouts=(form.layout,))
        assert {one.reason or one.codes for one in empty.readings} == {()}
        filled, meant = fill_in(page, form.layout, at + 1, stream(2, name, at), awkward=0)
        read = read_page(scan(filled, stream(3, name, at), dots=8)[1], layouts=(form.layout,))
        seen = {one.item: one.reason or one.codes for one in read.readings if one.item in meant}
        assert seen == {item: truth.codes for item, truth in meant.items()}


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
