"""Blanks by arm and wave: shares as counted by hand, and a change of them tested like an effect."""

import shutil

import numpy as np
import pandas as pd
import pytest

from surveylib.numerics.randomisation import welch
from surveylib.runner.blanks import WHOLE, blank_changes
from surveylib.runner.case import Case
from surveylib.runner.shows import blanks as show


def index_of(computed):
    return next(one for one in computed.files.instrument.indices if one.id == "overall")


def test_shares_are_those_counted_by_hand_unit_by_unit(computed):
    rows, items = computed.fieldwork.responses.rows, index_of(computed).items
    counted = rows[~rows["date"].astype(str).str[:7].isin(computed.files.plan.waves.exclude_months)]
    lost = {}
    for unit, own in counted.groupby("unit"):
        for wave in ("t0", "t1"):
            answers = own.loc[own["wave"] == wave, items[0]]
            scale = computed.files.instrument.scale_of(items[0])
            lost[unit, wave] = 1 - pd.to_numeric(answers, errors="coerce").isin(scale.codes).mean()
    made = computed.blanks.set_index("item").loc[items[0]]
    assert made["pilot_post"] == pytest.approx(
        np.mean([lost[unit, "t1"] for unit in ("phu_cuong", "kbnn_dau_tieng")])
    )
    changes = np.array([lost[u, "t1"] - lost[u, "t0"] for u, _ in lost if _ == "t1"])
    pilots = np.array([u in ("phu_cuong", "kbnn_dau_tieng") for u, wave in lost if wave == "t1"])
    assert made["estimate"] == pytest.approx(welch(changes, pilots).estimate)


def test_blanks_left_in_the_pilots_after_are_found(computed):
    rows, items = computed.fieldwork.responses.rows.copy(), list(index_of(computed).items)
    before = computed.blanks.set_index("item").loc[WHOLE]
    spoiled = rows["unit"].isin(["phu_cuong", "kbnn_dau_tieng"]) & (rows["wave"] == "t1")
    rows.loc[spoiled & (np.arange(len(rows)) % 2 == 0), items] = np.nan
    after = blank_changes(computed.files, rows).set_index("item").loc[WHOLE]
    assert (
        after["estimate"] > before["estimate"] + 0.4 and after["comparison_post"] == before["comparison_post"]
    )


def test_without_a_wave_after_there_is_nothing(computed):
    rows = computed.fieldwork.responses.rows
    assert blank_changes(computed.files, rows[rows["wave"] != "t1"]).empty


def told(case: Case, tmp_path, lang, **changed):
    """The exhibit's sentence, with another row of all items."""
    shutil.copytree(case.stages, tmp_path / "stages")
    file = tmp_path / "stages" / "blanks.csv"
    table = pd.read_csv(file)
    for name, value in changed.items():
        table.loc[table["item"] == WHOLE, name] = value
    table.to_csv(file, index=False)
    sentence = show.blank_table(Case(folder=tmp_path), lang=lang).blocks[0]
    numbers = {number.key: number.value for number in sentence.numbers}
    return "".join(piece.text for piece in sentence.pieces), numbers, sentence.tone


@pytest.mark.parametrize(("lang", "words"), [("vi", "điểm phần trăm"), ("en", "percentage points")])
def test_the_exhibit_says_what_a_difference_alone_could_do(case: Case, tmp_path, lang, words):
    said, numbers, tone = told(
        case, tmp_path, lang, estimate=0.01, conf_low=-0.01, conf_high=0.03, p_value=0.4
    )
    # Three points in a hundred, at the ends of a scale from 1 to 5.
    assert numbers["most"] == pytest.approx(0.03 * 4) and tone == "normal" and words in said


@pytest.mark.parametrize(("lang", "words"), [("vi", "do ai trả lời"), ("en", "may be who answered")])
def test_a_clear_difference_is_warned_of(case: Case, tmp_path, lang, words):
    said, _, tone = told(case, tmp_path, lang, estimate=0.05, conf_low=0.02, conf_high=0.08, p_value=0.01)
    assert tone == "warning" and words in said


def test_four_units_have_no_interval_and_none_is_printed(case: Case):
    sentence = show.blank_table(case, lang="en").blocks[0]
    assert "too few units for an interval" in "".join(piece.text for piece in sentence.pieces)
