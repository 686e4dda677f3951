"""Kitagawa's split in a run: its parts add up, and the unit page prints them."""

import numpy as np
import pytest

from surveylib.runner.case import Case
from surveylib.runner.mixing import mix_split
from surveylib.runner.shows import mix as show


def test_the_parts_add_up_to_the_raw_change_of_the_weighted_means(computed):
    made = computed.split.set_index("unit")
    assert np.allclose(made["rate_change"] + made["mix_change"], made["change"], atol=1e-12)
    rows, values = computed.fieldwork.responses.rows, computed.scores["overall"].to_numpy(float)
    use = (rows["unit"] == "phu_cuong").to_numpy() & np.isfinite(values)
    use &= ~rows["date"].astype(str).str[:7].isin(computed.files.plan.waves.exclude_months).to_numpy()
    means = [
        np.average(values[here], weights=computed.weights.values[here])
        for here in (use & (rows["wave"] == wave).to_numpy() for wave in ("t0", "t1"))
    ]
    assert made.loc["phu_cuong", "change"] == pytest.approx(means[1] - means[0], abs=1e-12)


def test_without_registers_or_waves_there_is_no_split(computed):
    options = {"scores": computed.scores, "weights": computed.weights}
    rows = computed.fieldwork.responses.rows
    assert mix_split(computed.files, rows, frame=None, **options).empty
    early = rows.assign(wave=rows["wave"].replace("t1", "interim"))
    assert mix_split(computed.files, early, frame=computed.fieldwork.frame, **options).empty


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_pages_print_the_parts_that_are_kept(case: Case, lang):
    kept = case.table("mix_split").set_index("unit").loc["phu_cuong"]
    numbers = {
        number.key: number.value for number in show.mix_table(case, unit="phu_cuong", lang=lang).numbers
    }
    for name in ("change", "rate_change", "mix_change"):
        assert numbers[name] == pytest.approx(kept[name])
    assert len(show.mix_tables(case, lang=lang).rows) == 4
