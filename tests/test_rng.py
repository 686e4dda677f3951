"""Random streams: the same for the same names, unrelated otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.rng import stream


def numbers(*key):
    return stream(*key).random(2000)


def test_the_same_names_give_the_same_numbers_whatever_else_was_drawn():
    first = numbers(2014, "draw", "thue", 1)
    stream(2014, "other").random(10)
    np.testing.assert_array_equal(numbers(2014, "draw", "thue", 1), first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, "a"), (2, "a")),
        ((1, "a"), (1, "b")),
        ((1, "ab", "c"), (1, "a", "bc")),
        ((1, "a", "b"), (1, "b", "a")),
        ((1, "a"), (1, "a", "")),
        ((1,), (1, "")),
        ((1, "a1"), (1, "a", 1)),
        ((0, "Đ"), (0, "D")),
    ],
)
def test_other_names_give_unrelated_numbers(one, other):
    a, b = numbers(*one), numbers(*other)
    assert not np.isin(a, b).any()
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.1


def test_a_number_and_its_text_are_the_same_name():
    np.testing.assert_array_equal(numbers(1, "wave", 2), numbers(1, "wave", "2"))


def test_known_numbers_stay_as_they_are():
    """A study drawn last year must be drawn again alike: this value may never change."""
    assert int(stream(2014, "draw").integers(2**31)) == int(
        np.random.Generator(np.random.PCG64(_seed())).integers(2**31)
    )


def _seed() -> np.random.SeedSequence:
    # SHA-256 of "4:draw", in eight big-endian words, after the seed.
    words = bytes.fromhex("6781cd29ff814aa9a057730b464a10e9cb6bc6de7a74896bbf04eacf1f8a1237")
    return np.random.SeedSequence([2014, *(int.from_bytes(words[i : i + 4], "big") for i in range(0, 32, 4))])
