"""How often the search for items that moved is wrong, and how often it finds them: docs/invariance.md."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.numerics.polychoric import moments
from surveylib.psychometrics.search import search

CUTS = np.array([-2.6, -1.3, 0.4, 2.0])
LOADS_ON = np.array([0, 0, 0, 1, 1, 1])
NOTHING, ONE, APART, ALIKE = (
    np.array([*moved, 0, 0, 0]) for moved in ([0, 0, 0], [0, 0, 1], [1, 0, -1], [1, 0, 1])
)


def freed(n: int, seed: int, moved: np.ndarray) -> set[int]:
    """Items set free among two groups of three; both factors rise by 0.3, `moved` by themselves."""
    random, sides = np.random.default_rng(seed), []
    for after in (0, 1):
        factors = random.multivariate_normal([0.3 * after] * 2, [[1.0, 0.6], [0.6, 1.0]], size=n)
        y = factors[:, LOADS_ON] + random.standard_normal((n, 6)) + after * moved
        sides.append(moments(np.searchsorted(CUTS, y)))
    return set(search(sides, loads_on=LOADS_ON).freed)


def test_one_item_that_moved_is_the_one_set_free():
    assert freed(1000, 1, 0.4 * ONE) == {2}


def test_one_item_a_group_always_stays():
    random, sides = np.random.default_rng(2), []
    for shift in (np.zeros(3), np.array([1.0, -1.0, 0.3])):
        y = random.standard_normal((1500, 1)) + random.standard_normal((1500, 3)) + shift
        sides.append(moments(np.searchsorted(CUTS / 1.3, y)))
    assert len(search(sides, loads_on=np.zeros(3, dtype=int)).freed) == 2


@pytest.mark.slow
@pytest.mark.parametrize("n", [500, 1500])
def test_where_nothing_moved_items_are_seldom_set_free(n):
    found = [freed(n, seed, NOTHING) for seed in range(300)]
    several = [max(len(own & {0, 1, 2}), len(own & {3, 4, 5})) > 1 for own in found]
    print(n, "any", np.mean([bool(own) for own in found]), "two of a group", np.mean(several))
    assert np.mean([bool(own) for own in found]) <= 0.15
    assert np.mean(several) <= 0.03


@pytest.mark.slow
@pytest.mark.parametrize("n", [500, 1500])
@pytest.mark.parametrize("size", [0.2, 0.3])
def test_what_moved_is_found(n, size):
    seeds = range(100)
    one = np.mean([2 in freed(n, seed, size * ONE) for seed in seeds])
    apart = np.mean([len(freed(n, seed, size * APART) & {0, 1, 2}) > 1 for seed in seeds])
    alike = np.mean([len(freed(n, seed, size * ALIKE) & {0, 1, 2}) > 1 for seed in seeds])
    print(n, size, "one", one, "two apart", apart, "two alike", alike)
    if n == 1500 and size == 0.3:
        assert min(one, apart) >= 0.8
    # Two of three that move alike look like the third moving the other way: no test can tell.
    assert alike <= 0.5
