"""What docs/effects.md says of bounds under drifting trends is what the simulation gives."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.simulations.trend_bounds import LEVEL, WORLDS, held, line

PAGE = (Path(__file__).resolve().parents[2] / "docs/effects.md").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_the_table_is_what_the_samples_give(world):
    assert line(world) in PAGE, "run `python -m tests.simulations.trend_bounds`"


@pytest.mark.parametrize("world", WORLDS[2:5], ids=str)
def test_the_truth_is_held_where_the_drift_is_plain_to_see(world):
    """There the interval is nearly one-sided in the one drift: nothing to spare, and it must suffice."""
    share = held(world, sims=300)
    assert share["t"] >= LEVEL - 3.5 * math.sqrt(LEVEL * (1 - LEVEL) / 300)
    assert share["t"] >= share["normal"] > share["naive"]
