"""The form for lessons: what the review has seen is on it, and the page leads to it."""

import io
from dataclasses import replace

import pypdf

from surveylib.model.evidence import CRITERION
from surveylib.runner.lessons import lesson_units, lessons_of, write_all_lessons
from surveylib.runner.shows import interim


def test_every_pilot_unit_has_a_form_and_no_other(case):
    units = {unit.id for unit in lesson_units(case.study)}
    assert units == {"phu_cuong", "kbnn_dau_tieng"}
    waves = tuple(wave for wave in case.study.waves if wave.role != "interim")
    study = replace(case.study, waves=waves, sources=(), other_sources=())
    assert lesson_units(study) == ()


def test_all_eighteen_criteria_stand_on_the_form_under_the_word_of_the_review(case):
    form = lessons_of(case, unit=case.study.unit("phu_cuong"))
    rows = interim.criteria_of(case, "phu_cuong").set_index("outcome")
    seen = {}
    for band in form.bands:
        for one in band.criteria:
            seen[one.name.vi.partition(".")[0]] = band.name
    assert len(seen) == 18
    for name, word in seen.items():
        assert word == interim.WORDS[rows.at[f"{CRITERION}{name}", "band"]]
    values = {number.key: number.value for number in form.numbers}
    known = rows.index[rows["shrunk"].notna()][0]
    name = known.removeprefix(CRITERION)
    assert values[f"{name}.effect"] == rows.at[known, "shrunk"]
    assert (values[f"{name}.low"], values[f"{name}.high"]) == tuple(
        rows.loc[known, ["shrunk_low", "shrunk_high"]]
    )
    printed = {one.name.vi.partition(".")[0]: one for band in form.bands for one in band.criteria}[name]
    assert printed.interval.startswith("[") and ";" in printed.interval and printed.effect


def test_the_form_lies_where_the_page_says(case, tmp_path):
    for name in ("stages",):
        (tmp_path / name).symlink_to(case.folder / name)
    made = replace(case, folder=tmp_path)
    printed = write_all_lessons(made, study=case.study)
    block = interim.lesson_table(made, unit="phu_cuong", lang="vi")
    link = next(piece.href for piece in block.blocks[0].pieces if piece.href)
    file = (tmp_path / "units" / link).resolve()
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file.read_bytes())).pages)
    assert "Phú Cường" in words and "Thủ trưởng đơn vị" in words
    assert {frame["page"].iloc[0] for frame in printed} == {
        "units/phu_cuong.lessons.pdf", "units/kbnn_dau_tieng.lessons.pdf",
    }  # fmt: skip


def test_a_unit_without_figures_gets_the_form_with_nothing_filled_in(case):
    form = lessons_of(case, unit=case.study.unit("phu_hoa"))
    assert form.bands == () and form.numbers == () and form.note == interim.NOTHING
