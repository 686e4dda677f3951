"""The interim review and the evidence for commendation, as a run keeps and shows them."""

import pytest

from surveylib.model.evidence import CRITERION
from surveylib.model.interim import INTERIM_COLUMNS
from surveylib.runner.interim import scales_of
from surveylib.runner.shows import commendation, interim

PILOTS = {"phu_cuong", "kbnn_dau_tieng"}


def printed(block) -> str:
    return str(block.payload())


def test_criteria_are_judged_on_a_hundred_points_for_four_of_the_index(case):
    scales = scales_of(case.questionnaire, case.plan)
    assert scales["overall"] == scales["group_a"] == 1.0
    assert {value for name, value in scales.items() if name.startswith(CRITERION)} == {25.0}
    assert sum(name.startswith(CRITERION) for name in scales) == 18


def test_a_run_keeps_the_review_of_its_pilots(case):
    made = case.table("interim")
    assert list(made.columns) == list(INTERIM_COLUMNS)
    assert set(made["unit"]) == PILOTS
    cells = case.table("standard_cells").set_index(["unit", "wave", "outcome"])["estimate"]
    row = made[(made["unit"] == "phu_cuong") & (made["outcome"] == "overall")].iloc[0]
    assert row["pre"] == pytest.approx(cells["phu_cuong", "t0", "overall"])
    assert row["interim"] == pytest.approx(cells["phu_cuong", "interim", "overall"])


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_all_eighteen_criteria_stand_in_the_table_with_a_word_each(case, lang):
    block = interim.criterion_table(case, unit="phu_cuong", lang=lang)
    assert len(block.rows) == 18
    words = {words.get(lang) for words in interim.WORDS.values()}
    assert {row[1].text for row in block.rows} <= words
    assert "significant" not in printed(block).lower()
    assert "có ý nghĩa thống kê" not in printed(block).lower()


def test_counts_of_the_words_add_to_eighteen(case):
    block = interim.review(case, unit="phu_cuong", lang="vi")
    counts = {number.key: number.value for number in block.blocks[0].numbers}
    assert counts.pop("all") == 18
    assert sum(counts.values()) == 18


def test_a_unit_without_a_review_is_told_so(case):
    assert "interim" in printed(interim.review(case, unit="phu_hoa", lang="en"))
    assert interim.criterion_table(case, unit="phu_hoa", lang="en").kind == "text"


def test_the_form_has_room_for_every_lesson(case):
    block = interim.lesson_table(case, unit="phu_cuong", lang="vi")
    form = block.blocks[-1]
    assert len(form.rows) == 5
    assert all("……" in row[1].text for row in form.rows)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_units_stand_in_the_order_of_the_study_whatever_their_ranks(case, lang):
    block = commendation.unit_table(case, lang=lang)
    names = [unit.name.get(lang) for unit in case.study.units if unit.id in PILOTS]
    assert [row[0].text for row in block.rows] == names
    assert all("–" in row[-1].text for row in block.rows)


def test_the_page_says_what_it_may_not_be_used_for(case):
    block = commendation.cautions(case, lang="vi")
    assert "không phải bảng xếp hạng" in printed(block)
    assert [one.tone for one in block.blocks] == ["warning", "warning"]


def test_pairs_complement_each_other(case):
    block = commendation.pair_table(case, lang="vi")
    (_, _, above), (_, below, _) = block.rows
    assert above.number.value + below.number.value == pytest.approx(1.0)
