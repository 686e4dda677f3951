"""What a study may name as a source."""

import datetime
from dataclasses import replace

import pytest

from surveylib.errors import SurveyError
from surveylib.model.study import DesignPlan, Exposure, Source, Study, Unit, Wave
from surveylib.model.text import Text

NAME = Text(vi="tên", en="name")
DAY = datetime.date(2014, 10, 31)
FORM = "a_records.yaml"


@pytest.fixture
def study() -> Study:
    wave = Wave(
        id="t0", name=NAME, role="pre", start=DAY, end=DAY, instrument="c.yaml", instrument_version="1.0.0",
        mode="paper",
    )  # fmt: skip
    unit = Unit(id="u1", name=NAME, type="LG", exposure=Exposure(kind="none"))
    return Study(
        id="s",
        title=NAME,
        seed=1,
        units=(unit,),
        waves=(wave,),
        design=DesignPlan(),
        other_instruments=(FORM,),
        other_sources=(Source(wave="t0", path="a.csv", instrument=FORM),),
    )


def test_answers_to_another_instrument_have_sources_of_their_own(study):
    assert study.sources == () and study.other_sources[0].instrument == FORM
    with pytest.raises(SurveyError, match="another instrument"):
        replace(study, sources=study.other_sources)


@pytest.mark.parametrize("instrument", [None, "a_record.yaml"])
def test_another_source_names_one_of_the_other_instruments(study, instrument):
    with pytest.raises(SurveyError, match="unknown instrument") as error:
        replace(study, other_sources=(Source(wave="t0", path="a.csv", instrument=instrument),))
    assert FORM in str(error.value)


def test_other_sources_are_held_to_the_waves_and_units_too(study):
    with pytest.raises(SurveyError, match="unknown wave"):
        replace(study, other_sources=(Source(wave="t9", path="a.csv", instrument=FORM),))
    with pytest.raises(SurveyError, match="unknown unit"):
        codes = {"1": "nobody"}
        replace(study, other_sources=(Source(wave="t0", path="a.csv", instrument=FORM, unit_codes=codes),))
