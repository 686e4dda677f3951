from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
import zxingcpp

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.fieldwork.scan.layouts import read_layout
from surveylib.fieldwork.scan.printed import printed_on
from surveylib.instrument import load_questionnaire
from surveylib.model.form_code import FormCode, serial_is_sound
from surveylib.model.paper_layout import PRINT_DOTS
from surveylib.model.setting import Setting
from surveylib.model.study import Study
from surveylib.model.text import Text
from surveylib.report.paper import SIZES, typeset_form
from surveylib.report.paper_sheets import draw_serials, link_register, print_sheets
from surveylib.rng import stream

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"a_records": 1, "c_clients": 2, "k_checklist": 2, "r_residents": 2, "s_staff": 1}


def asked(name):
    return load_questionnaire(ROOT / "questionnaires" / f"{name}.yaml")


def words(pdf, page):
    return pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_range()


def picture(pdf, page, *, dots=8.0):
    """The page, grey, `dots` pixels a millimetre."""
    return (
        pypdfium2.PdfDocument(pdf)[page].render(scale=dots * 25.4 / 72, grayscale=True).to_numpy().squeeze()
    )


@pytest.fixture(scope="module")
def clients():
    return typeset_form(asked("c_clients"))


@pytest.fixture(scope="module")
def setting():
    study = documents.read(ROOT / "data/binh_duong/study.yaml", Study)
    return Setting(study=study, unit="binh_my", wave="t0")


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_the_instruments(name):
    form = typeset_form(asked(name))
    assert form.layout.pages == len(pypdfium2.PdfDocument(form.pdf)) == PAGES[name]
    assert form.size >= 9
    assert [item.id for item in form.layout.items] == [item.id for item in asked(name).items]


def test_no_letter_is_smaller_than_nine_points(clients):
    assert min(SIZES) == 9
    for page in pypdfium2.PdfDocument(clients.pdf):
        high = [one.get_font_size() for one in page.get_objects() if hasattr(one, "get_font_size")]
        assert high and min(high) >= 8.5


def test_the_same_bytes_each_time(clients):
    again = typeset_form(asked("c_clients"))
    assert print_sheets(again, serials=("",)) == print_sheets(clients, serials=("",))


def test_a_ring_is_printed_wherever_the_layout_says(clients):
    dots = 8.0
    for number in (1, 2):
        page = picture(clients.pdf, number - 1, dots=dots)
        spots = [spot for item in clients.layout.items for spot in item.spots if spot.page == number]
        assert len(spots) > 80
        for spot in spots:
            turns = np.linspace(0, 2 * np.pi, 60)
            radius = clients.layout.bubble / 2
            x = ((spot.x + radius * np.cos(turns)) * dots - 0.5).round().astype(int)
            y = ((spot.y + radius * np.sin(turns)) * dots - 0.5).round().astype(int)
            assert (page[y, x] < 190).mean() > 0.9
            assert page[int(spot.y * dots), int(spot.x * dots)] > 240


def test_corner_marks_are_where_the_layout_says(clients):
    page = picture(clients.pdf, 0)
    for x, y in clients.layout.marks:
        cut = page[int((y - 4) * 8) : int((y + 4) * 8), int((x - 4) * 8) : int((x + 4) * 8)] < 128
        down, across = np.nonzero(cut)
        assert np.allclose([down.mean(), across.mean()], 31.5, atol=1)
        assert cut.sum() == pytest.approx((clients.layout.mark * 8) ** 2, rel=0.05)


def test_rules_name_numbers_not_ids(clients):
    text = " ".join(words(clients.pdf, 0).split())
    assert "Chỉ trả lời nếu câu 7 là “Trễ hẹn”. Nếu không, chuyển sang câu 9." in text
    assert "a2_ontime" not in text
    assert "phỏng vấn thử" in text
    assert "thùng niêm phong" in words(clients.pdf, 1)


def test_words_of_the_unit(setting):
    form = typeset_form(asked("r_residents"), setting=setting)
    text = words(form.pdf, 0)
    assert "Trưởng ấp" in text and "khu phố" not in text and "Bình Mỹ" in text


def test_items_of_other_types_of_unit_are_left_out(setting):
    form = typeset_form(asked("s_staff"), setting=setting)
    assert {item.id for item in form.layout.items} == {
        item.id for item in asked("s_staff").items if "LG" in item.applies_to
    }


def test_both_languages_stand_on_the_page():
    form = typeset_form(asked("s_staff"), lang="both")
    text = words(form.pdf, 0)
    assert "Rất hài lòng" in text and "Very satisfied" in text


def test_every_page_of_every_sheet_has_its_code(clients):
    serials = draw_serials(stream(1, "paper"), count=3)
    pdf = print_sheets(clients, serials=serials, wave="t0", unit="phu_cuong")
    read = [zxingcpp.read_barcodes(picture(pdf, page))[0].text for page in range(6)]
    assert read == [
        FormCode(
            form="c_clients",
            version="1.0.0",
            wave="t0",
            unit="phu_cuong",
            serial=serial,
            page=page,
            pages=2,
            layout=clients.layout.digest,
        ).text
        for serial in serials
        for page in (1, 2)
    ]
    assert serials[1][:4] in words(pdf, 2)


def test_serials_are_sound_and_their_own():
    first, second = (draw_serials(stream(1, "paper", batch), count=500) for batch in (1, 2))
    assert len({*first, *second}) == 1000
    assert all(map(serial_is_sound, first))
    with pytest.raises(SurveyError, match="number of sheets"):
        draw_serials(stream(1, "paper"), count=0)


def test_the_register_links_sheets_and_nothing_else(clients):
    register = link_register(("A", "B"), form=clients, wave="t0", unit="phu_cuong", batch=1)
    assert list(register["serial"]) == ["A", "B"]
    assert list(register["dossier"]) == ["", ""]


def test_the_layout_comes_back_from_its_file(clients, tmp_path):
    file = tmp_path / "form.layout.json"
    file.write_text(clients.layout.json(), encoding="utf-8")
    assert read_layout(file) == clients.layout
    assert read_layout(file).digest == clients.layout.digest


def test_the_print_of_every_page_is_on_the_map(clients):
    wide, high = (round(PRINT_DOTS * edge) for edge in (clients.layout.width, clients.layout.height))
    for number in (1, 2):
        printed = printed_on(clients.layout, number, shape=(high, wide))
        fine = picture(clients.pdf, number - 1, dots=2 * PRINT_DOTS * (1 - 1e-6))
        page = cv2.resize(fine, (wide, high), interpolation=cv2.INTER_AREA)
        smooth = [cv2.blur(one, (3, 3)).ravel() for one in (1 - page / 255, printed.ink)]
        assert np.corrcoef(*smooth)[0, 1] > 0.97
        asked = slice(25 * PRINT_DOTS, 265 * PRINT_DOTS)  # between the corner marks
        assert (printed.text | printed.lines)[asked][page[asked] < 120].all()


def test_a_title_that_looks_like_markup_is_printed_as_it_is(setting):

    odd = "- #set page(fill: red) *a* $x$ = 1"
    form = typeset_form(replace(asked("s_staff"), notice=Text(vi=odd, en=odd)))
    assert odd in " ".join(words(form.pdf, 0).split())
