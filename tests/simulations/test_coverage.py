"""What docs/coverage.md says is what the simulation gives; its means, totals and common shares are sound."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulations.coverage import SAMPLES, SEED, Cover, covers
from tests.simulations.designs import DESIGNS
from tests.simulations.population import Population, population
from tests.simulations.write_coverage import PAGE, page, reason


@pytest.fixture(scope="module")
def whole() -> Population:
    return population(SEED)


@pytest.fixture(scope="module")
def found(whole) -> dict[str, list[Cover]]:
    return {name: covers(name, whole) for name in DESIGNS}


@pytest.mark.slow
def test_the_page_is_what_the_samples_give(found):
    assert PAGE.read_text("utf-8") == page(found), "run `make coverage`"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in DESIGNS if name != "six clusters"])
def test_means_totals_and_common_shares_are_covered(found, name):
    kept = [c for c in found[name] if "complained" not in c.quantity and c.interval == "mean"]
    assert len(kept) == 3 and all(cover.inside for cover in kept), kept


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in DESIGNS if not name.startswith("domain")])
def test_logit_intervals_hold_for_common_and_rare_shares(found, name):
    kept = [cover for cover in found[name] if cover.interval == "logit"]
    assert len(kept) == 2 and all(cover.inside for cover in kept), kept


@pytest.mark.slow
def test_standard_errors_are_right_and_what_lies_outside_is_explained(found):
    for cover in (cover for made in found.values() for cover in made):
        assert abs(cover.std_error) < 0.06, cover
        assert reason(cover) != "not explained", cover


# ---- in a moment: the page and the code speak of the same --------------------------------------------------


def test_every_design_has_its_part_of_the_page():
    text = PAGE.read_text("utf-8")
    for name, draw in DESIGNS.items():
        assert f"\n## {name[0].upper()}{name[1:]}\n\n{draw.__doc__}\n" in text
    assert f"{SAMPLES:,} samples" in text and "not explained" not in text


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_draws_what_it_says(whole, name):
    """A few samples: weights add up to about the population, and the same stream draws the same."""
    sizes = []
    for number in range(12):
        made = DESIGNS[name](whole, np.random.default_rng(number))
        again = DESIGNS[name](whole, np.random.default_rng(number))
        assert made.rows["person"].tolist() == again.rows["person"].tolist()
        assert made.rows["person"].is_unique
        sizes.append(made.design.weights.sum())
    assert np.mean(sizes) == pytest.approx(whole.size, rel=0.1)


def test_a_wrong_standard_error_would_show(whole):
    """Clusters declared as if people had been drawn: the intervals are far too short."""
    made = covers("simple random", whole, samples=200)
    right = next(cover for cover in made if cover.quantity == "mean of wait")
    assert right.covered > 0.9 and abs(right.std_error) < 0.15
