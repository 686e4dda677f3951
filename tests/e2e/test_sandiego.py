"""A real resident survey with a code book: its eighteen published shares through the library."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pandas as pd
import pytest

from surveylib import documents
from surveylib.estimation import declare, estimate, totals
from surveylib.fieldwork import ingest, read_table
from surveylib.instrument import lint, load_questionnaire, outcomes, valid
from surveylib.model.study import Study
from surveylib.model.totals import Request
from surveylib.runner.case import open_case

HERE = Path(__file__).resolve().parent / "sandiego"
PUBLISHED = {
    "live_good": 87,
    "live_excellent": 48,
    "live_only_good": 39,
    "live_poor": 3,
    "family_good": 76,
    "family_excellent": 31,
    "family_only_good": 45,
    "work_good": 64,
    "business_excellent": 14,
    "business_only_good": 26,
    "fire_satisfied": 78,
    "library_satisfied": 76,
    "waste_satisfied": 70,
    "streets_satisfied": 24,
    "streets_dissatisfied": 59,
    "services_better": 43,
    "services_same": 35,
    "services_worse": 23,
}
SUM_OF_ROUNDED = "streets_satisfied"


@pytest.fixture(scope="module")
def study() -> Study:
    return documents.read(HERE / "study.yaml", Study)


@pytest.fixture(scope="module")
def questionnaire():
    return load_questionnaire(HERE / "questionnaire.yaml")


@pytest.fixture(scope="module")
def ingested(shared, study, questionnaire):
    (source,) = study.sources
    return ingest(read_table(HERE / source.path), source=source, questionnaire=questionnaire, study=study)


@pytest.fixture(scope="module")
def table(ingested, study, questionnaire) -> pd.DataFrame:
    rows = ingested[0].rows
    scores = outcomes(rows, questionnaire, unit_types={unit.id: unit.type for unit in study.units})
    design = declare(
        rows, strata=study.design.strata, psu=study.design.psu, nest=True, lonely=study.design.lonely
    )
    requests = [Request(kind="mean", variable=name) for name in study.outcomes]
    return estimate(totals(scores, design, requests=requests)).table.set_index("variable")


def levels(ingested, study, questionnaire, item: str) -> pd.DataFrame:
    """The share of every code of one item, by the proportions of the estimation room."""
    rows = ingested[0].rows
    design = declare(rows, strata=study.design.strata, psu=study.design.psu, nest=True)
    column = pd.DataFrame({item: valid(rows, questionnaire, item)})
    made = estimate(totals(column, design, requests=[Request(kind="proportion", variable=item)])).table
    return made.assign(code=made["level"].astype(float)).set_index("code")


@pytest.mark.parametrize("outcome", [name for name in PUBLISHED if name != SUM_OF_ROUNDED])
def test_published_share(table, outcome):
    assert round(100 * table.loc[outcome, "estimate"]) == PUBLISHED[outcome]


def test_the_share_that_was_published_as_a_sum_of_rounded_parts(table, ingested, study, questionnaire):
    """Satisfied with streets: 4.7 % and 18.7 % became 5 and 19 and were added; together they are 23.4 %."""
    by_code = 100 * levels(ingested, study, questionnaire, "streets")["estimate"]
    exact = 100 * table.loc[SUM_OF_ROUNDED, "estimate"]
    assert exact == pytest.approx(by_code[4] + by_code[5], abs=1e-12)
    assert round(exact, 1) == 23.4
    assert round(exact) != PUBLISHED[SUM_OF_ROUNDED] == round(by_code[4]) + round(by_code[5])


def test_study_reports_what_was_published(study):
    assert set(study.outcomes) == set(PUBLISHED)
    assert len(PUBLISHED) == 18


def test_dont_know_is_in_no_denominator(ingested, study, questionnaire, shared):
    (source,) = study.sources
    raw = pd.read_csv(HERE / source.path, usecols=list(source.columns.values()))
    assert len(raw) == 2477
    for item, header in source.columns.items():
        counted = raw.loc[raw[header] != 9, header].value_counts()
        made = levels(ingested, study, questionnaire, item)
        assert 9 not in made.index
        assert set(made["n"]) == {counted.sum()}
        for code, count in counted.items():
            assert made.loc[code, "estimate"] == pytest.approx(count / counted.sum(), abs=1e-12), (item, code)
    assert (raw == 9).to_numpy().sum() == (ingested[0].rows[list(source.columns)] == 9).to_numpy().sum() > 0


def test_standard_errors_of_an_unclustered_sample(table):
    """One stratum, every respondent a cluster: the domain of valid answers in a sample of n = 2477."""
    for row in table.itertuples():
        # With-replacement variance of a ratio mean over a domain of m of n rows: p(1-p)/m · n/(n-1).
        expected = math.sqrt(row.estimate * (1 - row.estimate) / row.n * 2477 / 2476)
        assert row.std_error == pytest.approx(expected, rel=1e-9)


def test_codes_are_those_of_the_code_book(study, questionnaire, shared):
    (source,) = study.sources
    book = pd.read_csv(
        shared / "data/sandiego_2015/resident_survey_dictionary_datasd.csv", index_col="question_number"
    )
    for item, header in source.columns.items():
        codes = {int(code) for code in re.findall(r"(\d+) - ", book.loc[header, "question_responses"])}
        scale = questionnaire.scale_of(item)
        assert {*scale.codes, *scale.off_codes} == codes, item


def test_nothing_had_to_be_corrected(ingested):
    responses, findings = ingested
    assert len(responses.rows) == 2477
    assert set(responses.rows["unit"]) == {"sandiego"}
    assert responses.corrections.empty
    assert [f for f in findings if f.severity != "note"] == []


def test_questionnaire_has_no_lint_errors(questionnaire):
    assert [
        hit for hit in lint(questionnaire, source=HERE / "questionnaire.yaml") if hit.severity == "error"
    ] == []


def test_run_writes_the_same_shares(shared, table, tmp_path):
    """The stages of `surveylib run`: one wave, one unit, no pilot."""
    case = open_case(HERE, run="field", output=tmp_path)
    made = case.table("waves").set_index("outcome")
    for column in ("estimate", "std_error", "n"):
        pd.testing.assert_series_equal(
            made.loc[table.index, column], table[column], check_names=False, check_dtype=False, rtol=1e-12
        )
    assert set(made.index) == set(PUBLISHED) and case.decision is None
