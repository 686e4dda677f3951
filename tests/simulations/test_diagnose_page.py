"""The tables of docs/diagnose.md are the script's: it finds a place for each, and draws what stands there."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from surveylib.runner.place import open_study
from tests.simulations.write_diagnose import (
    PAGE,
    STUDY,
    found,
    gate_table,
    placed,
    plain_world,
    staged_table,
    surer,
    table,
)


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_every_table_has_a_place_and_the_words_around_it_stay(page):
    made = {name: table(("a", "b"), [(name, "1")]) for name in ("gates", "price", "worlds", "staged")}
    written = placed(page, made)
    assert all(rows in written for rows in made.values()) and placed(written, made) == written
    assert "## What is simulated" in written and "| batches | looks |" not in written
    with pytest.raises(SystemExit, match="no place for the table prices"):
        placed(page, {"prices": "| |"})


def test_a_plan_that_asks_otherwise_is_not_called_surer():
    plan = open_study(STUDY).plan
    assert surer(plan, 0.99).rules[1].when.startswith("P(theta > 0) >= 0.99 and")
    with pytest.raises(SystemExit, match="does not ask"):
        surer(dataclasses.replace(plan, rules=plan.rules[-1:]), 0.99)


def test_the_staged_extension_on_the_page_is_what_is_drawn(page):
    assert staged_table() in page


@pytest.mark.slow
def test_the_first_table_on_the_page_is_what_is_simulated(page):
    files = open_study(STUDY)
    seen = found(plain_world(files), files.plan)
    assert gate_table(seen) in page and np.isfinite(seen.rows["estimate"]).all()
