"""What a client form can say about the eighteen criteria, and what it must not pretend to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surveylib.errors import SurveyError
from surveylib.instrument import coverage, coverage_table, supported

# The paragraph "Evidence balance" of the design.
BALANCE = {
    "primary": {"a1", "a4", "a5", "b1", "b2", "d1"},
    "with_records": {"a2", "a3", "d2", "d3"},
    "supporting": {"b3", "c1", "c3", "d4"},
    "not_supported": {"b4", "b5", "b6", "c2"},
}


def test_matrix_is_eighteen_by_three_and_follows_the_balance(shipped):
    cells = coverage(shipped)
    assert cells.shape == (18, 3) and list(cells.columns) == ["LG", "OD", "OV"]
    for unit_type in cells:
        assert {cell: set(cells.index[cells[unit_type] == cell]) for cell in BALANCE} == BALANCE


@pytest.mark.parametrize("unit_type", ["LG", "OD", "OV"])
def test_ten_criteria_at_most_are_supported(shipped, unit_type):
    assert supported(shipped, unit_type=unit_type) == tuple(
        sorted(BALANCE["primary"] | BALANCE["with_records"])
    )


def test_unknown_unit_type_is_refused(shipped):
    with pytest.raises(SurveyError, match="did you mean 'LG'"):
        supported(shipped, unit_type="LGG")


def test_an_item_not_asked_in_a_type_of_unit_is_no_evidence_there(small):
    items = tuple(replace(i, applies_to=("LG",)) if i.criteria == ("a1",) else i for i in small.items)
    cells = coverage(replace(small, items=items))
    assert cells.loc["a1"].tolist() == ["primary", "not_applicable", "not_applicable"]
    assert (
        cells.loc["b3"].tolist() == ["supporting"] * 3 and cells.loc["b6"].tolist() == ["not_supported"] * 3
    )


def test_items_without_a_primary_one_only_support(small):
    items = tuple(replace(item, primary_for=()) for item in small.items)
    assert coverage(replace(small, items=items)).loc["a1", "LG"] == "supporting"


def test_the_table_says_in_both_languages_what_else_is_needed(shipped):
    vi, en = (coverage_table(shipped, lang=lang).set_index("criterion") for lang in ("vi", "en"))
    assert vi.loc["c2", "LG"] == "Phiếu này không đánh giá được" and vi.loc["c2", "items"] == ""
    assert vi.loc["c2", "remark"].startswith("Không kết luận chỉ từ phiếu này.")
    assert "Sampled files" in en.loc["c2", "remark"]
    assert (
        en.loc["a2", "OV"] == "Only together with records or inspection"
        and "a2_ontime" in en.loc["a2", "items"]
    )
    assert "Few are asked" in en.loc["b1", "remark"] and "Few are asked" not in en.loc["b2", "remark"]
    assert (vi["remark"] != en["remark"]).all()
