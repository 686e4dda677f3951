"""Extracts of records and PAPI as a rehearsal makes them up."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork.rehearsal import invent_papi, invent_records
from surveylib.model.rehearsal import MARK, MARK_COLUMN, InventedNumber, InventedPapi
from surveylib.runner.place import open_study

STUDY = Path(__file__).resolve().parents[2] / "data/binh_duong"


@pytest.fixture(scope="module")
def files():
    return open_study(STUDY)


def invented(files, wave="t1", seed=2014, **changes):
    asked = dict(files.others)[files.study.other_sources[0].instrument]
    truth = replace(files.rehearsal, **changes)
    return invent_records(files.study, questionnaire=asked, wave=wave, truth=truth, seed=seed)


def test_a_form_a_unit_and_month_the_last_in_the_month_of_the_wave(files):
    rows = invented(files)
    assert len(rows) == len(files.study.units) * 3 and rows["KEY"].is_unique
    assert set(rows["period_from"]) == {"2015-09-01", "2015-10-01", "2015-11-01"}
    assert set(rows["period_to"]) == {"2015-09-30", "2015-10-31", "2015-11-30"}
    assert set(rows[MARK_COLUMN]) == {MARK} and rows.columns[-1] == MARK_COLUMN
    pd.testing.assert_frame_equal(rows, invented(files))
    assert not rows["a2_due"].equals(invented(files, seed=2015)["a2_due"])


def test_declared_means_shares_and_effects_are_met(files):
    """Many months: means over some hundred forms, within four standard errors."""
    numbers = {
        "a2_due": InventedNumber(mean=400),
        "a2_on_time": InventedNumber(of="a2_due", share=0.8, effect=0.1),
        "d2_thanks": InventedNumber(mean=5, effect=3.0),
    }
    rows = invented(files, records=numbers, record_months=60).set_index("unit")
    first = pd.to_datetime(rows["period_from"])
    counts = rows[list(numbers)].astype(int)
    pilots = rows.index.isin([unit.id for unit in files.study.units if unit.arm == "pilot"])
    after = (first >= "2014-11-01").to_numpy()
    share = counts["a2_on_time"] / counts["a2_due"]
    for mask, wanted, thanks in ((pilots & after, 0.9, 15), (pilots & ~after, 0.8, 5), (~pilots, 0.8, 5)):
        n = mask.sum()
        assert share[mask].mean() == pytest.approx(wanted, abs=4 * np.sqrt(wanted * (1 - wanted) / 400 / n))
        assert counts.loc[mask, "d2_thanks"].mean() == pytest.approx(thanks, abs=4 * np.sqrt(thanks / n))


def test_numbers_that_cannot_be_made_up_are_refused(files):
    with pytest.raises(SurveyError, match="unknown item"):
        invented(files, records={"a9_letters": InventedNumber(mean=1)})
    with pytest.raises(SurveyError, match="unknown number"):
        invented(files, records={"a2_on_time": InventedNumber(of="a2_due", share=0.5)})
    circle = {
        "a2_due": InventedNumber(of="a2_on_time", share=0.5),
        "a2_on_time": InventedNumber(of="a2_due", share=0.5),
    }
    with pytest.raises(SurveyError, match="in a circle"):
        invented(files, records=circle)
    for wrong in ({}, {"mean": 1.0, "share": 0.5}, {"share": 0.5}, {"of": "a2_due", "mean": 1.0}):
        with pytest.raises(SurveyError, match="mean, or a share"):
            InventedNumber(**wrong)
    with pytest.raises(SurveyError, match="between 0 and 1"):
        InventedNumber(of="a2_due", share=0.9, effect=0.2)


def test_the_order_in_which_numbers_are_declared_does_not_matter(files):
    turned = dict(reversed(files.rehearsal.records.items()))
    assert list(turned)[-1] == "a2_due"  # what others rest on stands last
    pd.testing.assert_frame_equal(invented(files, records=turned), invented(files))


def test_no_province_but_the_studys_own_has_a_real_name(files):
    panel = invent_papi(files.study, truth=files.rehearsal, seed=1)
    assert panel.groupby("year").size().to_dict() == dict.fromkeys(range(2011, 2016), 63)
    others = set(panel["province_name"]) - {files.study.context.province}
    assert len(others) == 62 and all(name.startswith("Tỉnh giả định") for name in others)
    assert set(panel[MARK_COLUMN]) == {MARK}
    scores = panel.filter(regex=r"^SC\d\d$").to_numpy()
    assert scores.min() >= 0.33 and scores.max() <= 3.33


def test_papi_needs_years_and_provinces():
    for wrong in ({"first": 2015, "last": 2011}, {"first": 2011, "last": 2015, "provinces": 2}):
        with pytest.raises(SurveyError, match="three provinces"):
            InventedPapi(**wrong)
