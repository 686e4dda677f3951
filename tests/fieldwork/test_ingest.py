"""Answers on their way in: what is kept, what is changed and logged, what is refused."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork import combine, ingest
from surveylib.model.sample import Frame, Sample
from surveylib.model.study import SamplingPlan, Source
from surveylib.sampling import draw

ODK = Source(wave="t0", path="t0.csv")


def codes(findings):
    return sorted(finding.code for finding in findings)


def run(table, form, office, source=ODK, sample=None):
    return ingest(table, source=source, questionnaire=form, study=office, sample=sample)


def test_a_clean_form_comes_in_as_it_stands(table_of, form, office):
    responses, findings = run(table_of({}), form, office)
    row = responses.rows.iloc[0]
    assert (row["respondent"], row["unit"], row["wave"], row["date"]) == ("k000", "p1", "t0", "2014-10-07")
    assert (row["stratum"], row["psu"], row["version"]) == ("all", "k000", "1.0.0")
    assert row[["q1", "q9", "a2_ontime", "wait"]].tolist() == [4, 5, 2, 17]
    assert np.isnan(row["d2_apology"])
    assert len(responses.corrections) == 0
    assert findings == ()


@pytest.mark.parametrize("prefix", ["nhom-", "nhom/", "to/nhom/"])
def test_group_prefixes_come_off(table_of, form, office, prefix):
    plain, _ = run(table_of({}), form, office)
    grouped, findings = run(
        table_of({}, rename={name: prefix + name for name in ("q1", "unit", "wait")}), form, office
    )
    pd.testing.assert_frame_equal(plain.rows, grouped.rows)
    assert findings == ()


def test_every_change_is_in_the_log(table_of, form, office):
    table = table_of({"q1": " 5 ", "q2": "7", "q3": "3 4", "wait": "15 phút", "unit": "phường p2 thượng"})
    responses, findings = run(table, form, office)
    log = responses.corrections.set_index("column")[["old", "new", "reason"]].T.to_dict("list")
    assert log == {
        "q1": [" 5 ", "5", "stray spaces"],
        "q2": ["7", "", "code not on the scale"],
        "q3": ["3 4", "", "several boxes ticked where one is asked"],
        "wait": ["15 phút", "15", "number taken out of words"],
        "unit": ["phường p2 thượng", "p2", "unit written by name or with stray spaces"],
    }
    assert codes(findings) == ["D04", "D05"]
    assert responses.rows.loc[0, "unit"] == "p2"


def test_repeated_forms(table_of, form, office):
    same, other = {"KEY": "same"}, {"KEY": "other"}
    table = table_of(same, same, other, {**other, "q1": "1"}, {})
    responses, findings = run(table, form, office)
    assert sorted(responses.rows["respondent"]) == ["k004", "other", "same"]
    assert responses.rows.set_index("respondent").loc["other", "q1"] == 4
    assert codes(findings) == ["D02", "D03"]
    assert responses.corrections[["column", "old"]].to_numpy().tolist() == [
        ["(form)", "line 5"],
        ["(form)", "line 3"],
    ]


def test_unknown_unit_lists_them_all(table_of, form, office):
    with pytest.raises(SurveyError) as error:
        run(table_of({"unit": "p11"}, {"unit": "p11"}, {"unit": "zz"}, {}), form, office)
    assert "'p11' (2 rows)" in error.value.got
    assert "'zz' (1 rows)" in error.value.got
    assert "did you mean 'p1'" in error.value.hint


def test_blank_unit_is_dropped_and_said(table_of, form, office):
    responses, findings = run(table_of({"unit": " "}, {}), form, office)
    assert len(responses.rows) == 1
    assert codes(findings) == ["D06"]
    assert responses.corrections["reason"].tolist() == ["no unit; form dropped"]


def test_declared_columns_units_recodes_and_dates(table_of, form, office):
    source = Source(
        wave="t0",
        path="t0.csv",
        format="csv",
        unit="quan",
        unit_codes={"01": "p1", "02": "c1"},
        respondent="so",
        psu="khoi",
        stratum="vung",
        date="ngay",
        date_format="%d/%m/%Y",
        columns={"q1": "V1"},
        recode={"q1": {"10": 5.0, "99": None}},
    )
    more = {"khoi": "B7", "vung": "north"}
    table = table_of(
        {"unit": "01", "q1": "10", "date": "07/10/2014", **more},
        {"unit": "02", "q1": "99", "date": "31/02/2014", **more},
        rename={"unit": "quan", "KEY": "so", "date": "ngay", "q1": "V1"},
    )
    responses, findings = run(table, form, office, source)
    rows = responses.rows.set_index("respondent")
    assert rows["unit"].to_dict() == {"k000": "p1", "k001": "c1"}
    assert rows.loc["k000", ["q1", "psu", "stratum", "date"]].tolist() == [5, "B7", "north", "2014-10-07"]
    assert np.isnan(rows.loc["k001", "q1"])
    assert codes(findings) == ["D12"]  # there is no 31 February
    assert len(responses.corrections) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": {"q1": "V1"}}, "unknown column"),
        ({"columns": {"q11": "q1"}}, "unknown item"),
        ({"recode": {"qq": {"1": 2}}}, "unknown item"),
        ({"unit": "office"}, "unknown column"),
        ({"psu": "block"}, "unknown column"),
        ({"dossier": "serial"}, "unknown column"),
    ],
)
def test_what_the_source_names_must_be_there(table_of, form, office, change, words):
    with pytest.raises(SurveyError, match=words):
        run(table_of({}), form, office, dataclasses.replace(ODK, **change))


def test_two_headers_for_one_name(table_of, form, office):
    with pytest.raises(SurveyError, match="two columns fit one name"):
        run(table_of({"x-q1": "1"}, rename={"q1": "y-q1"}), form, office)


def test_missing_and_unread_columns_are_said(table_of, form, office):
    _, findings = run(table_of({"màu": "xanh"}, drop=("wait",)), form, office)
    assert [(finding.code, finding.where) for finding in findings] == [
        ("D10", "t0.csv, wave t0, item wait"),
        ("D11", "t0.csv, wave t0"),
    ]


def test_one_column_a_box(table_of, form, office):
    boxes = [
        {"g/sex/1": "1", "g/sex/2": "0"},
        {"g/sex/1": "1", "g/sex/2": "1"},
        {"g/sex/1": "0", "g/sex/2": ""},
    ]
    responses, findings = run(table_of(*boxes, drop=("sex",)), form, office)
    np.testing.assert_equal(responses.rows["sex"].to_numpy(), [1, np.nan, np.nan])
    assert codes(findings) == ["D05"]


def test_personal_text_leaves_the_answers(table_of, form, office):
    responses, _ = run(table_of({"comment": "Chị Lan, quầy 3"}, {}), form, office)
    assert "comment" not in responses.rows
    assert responses.private.to_numpy().tolist() == [["k000", "t0", "Chị Lan, quầy 3"]]
    assert "Lan" not in responses.corrections.to_csv()


def test_personal_numbers_leave_the_answers_too(table_of, form, office):
    items = tuple(dataclasses.replace(item, personal=item.id == "wait") for item in form.items)
    responses, _ = run(table_of({"wait": "90"}), dataclasses.replace(form, items=items), office)
    assert "wait" not in responses.rows
    assert responses.private["wait"].tolist() == ["90"]


def test_forms_without_answers_do_not_count(table_of, form, office):
    empty = dict.fromkeys(
        ("q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "a2_slip", "a2_ontime", "wait"), ""
    )
    responses, findings = run(table_of(empty, {}), form, office)
    assert responses.rows["respondent"].tolist() == ["k001"]
    assert codes(findings) == ["D13"]


def test_nothing_left_is_an_error(table_of, form, office):
    with pytest.raises(SurveyError, match="no form can be used"):
        run(table_of({"unit": ""}), form, office)


# ---- with a register ----------------------------------------------------------------------------------

LINKED = dataclasses.replace(ODK, dossier="so", disposition="ket_qua")


@pytest.fixture
def sample() -> Sample:
    rows = pd.DataFrame(
        {"dossier": [f"d{i:02d}" for i in range(40)], "unit": "p1", "wave": "t0", "sex": [1, 2] * 20}
    )
    plan = SamplingPlan(per_cell=8, expected_response=1.0, reserve_share=1.0, strata=("sex",))
    return draw(Frame(rows=rows), plan=plan, seed=4)


def drawn(sample, *, sex, reserve):
    rows = sample.rows[(sample.rows["stratum"] == f"sex={sex}") & (sample.rows["reserve"] == reserve)]
    return rows.sort_values("order")["dossier"].tolist()


def test_links_to_the_register(table_of, form, office, sample):
    men, women = drawn(sample, sex=1, reserve=False), drawn(sample, sex=2, reserve=False)
    back = {"ket_qua": "complete"}
    table = table_of(
        {**back, "so": men[0], "unit": ""},  # unit blank: known from the dossier
        {**back, "so": men[1], "unit": "c1"},  # another unit's form
        {**back, "so": women[0], "sex": ""},
        {**back, "so": women[1], "sex": "1"},
        {**back, "so": "d99"},
        {**back, "so": men[0]},
        {"so": men[2], "ket_qua": "refusal"},
        {"so": women[2], "ket_qua": "ineligible"},
        {"so": women[3], "ket_qua": "xong"},
    )
    responses, findings = run(table, form, office, LINKED, sample)
    rows = responses.rows.set_index("dossier")
    assert set(rows.index) == {men[0], men[1], women[0], women[1], women[3]}
    assert rows["sex"].to_dict() == {men[0]: 1, men[1]: 1, women[0]: 2, women[1]: 2, women[3]: 2}
    assert set(rows["unit"]) == {"p1"}
    assert set(rows["probability"]) == {4 / 20}
    assert codes(findings) == ["D07", "D08", "D09", "D14", "D15"]
    reasons = responses.corrections.groupby("column")["reason"].apply(sorted).to_dict()
    assert reasons["unit"] == [
        "form and register differ; register taken",
        "unit blank on the form; taken from the register",
    ]
    assert reasons["sex"].count("not given on the form; taken from the register") == 1
    assert reasons["sex"].count("form and register differ; register taken") == 2
    outcome = responses.dispositions.set_index("dossier")["outcome"]
    assert len(outcome) == 8
    assert outcome[men[2]] == "refusal"
    assert outcome[women[2]] == "ineligible"
    assert outcome[men[3]] == "noncontact"
    assert (outcome == "complete").sum() == 5


def test_released_reserves_change_the_probability(table_of, form, office, sample):
    men, women, spare = (drawn(sample, sex=s, reserve=r) for s, r in ((1, False), (2, False), (1, True)))
    table = table_of(*({"so": name, "ket_qua": ""} for name in (*men[:2], *women[:2], spare[1])))
    responses, _ = run(table, form, office, LINKED, sample)
    chance = responses.rows.set_index("dossier")["probability"]
    # The second reserve came back, so the first was approached too: 4 + 2 of 20.
    assert chance[men[0]] == chance[spare[1]] == 6 / 20
    assert chance[women[0]] == 4 / 20
    outcome = responses.dispositions.set_index("dossier")["outcome"]
    assert outcome[spare[0]] == "noncontact"
    assert len(outcome) == 10


def test_combine(table_of, form, office):
    first, _ = run(table_of({}, {"q1": " 4"}), form, office)
    second = dataclasses.replace(first, rows=first.rows.assign(wave="t1"))
    both = combine([first, second])
    assert both.rows.groupby("wave").size().to_dict() == {"t0": 2, "t1": 2}
    assert len(both.corrections) == 2
    with pytest.raises(SurveyError, match="stands twice"):
        combine([first, first])
    with pytest.raises(SurveyError, match="no answers"):
        combine([])
