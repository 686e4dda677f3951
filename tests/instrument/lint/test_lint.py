"""Every rule fires on a small questionnaire with its defect, names the place, and stays silent without it."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from surveylib.errors import SurveyError
from surveylib.instrument import lint, load_questionnaire
from surveylib.instrument.lint import RULES
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.text import LANGS, Text

SHIPPED = Path(__file__).resolve().parents[3] / "questionnaires" / "c_clients.yaml"
OFF = """    off_scale:
      - {code: 8, text: {vi: Không áp dụng, en: Not applicable}}
"""
LOW = "    minimum: 0\n"
A_CHOICE = "    choices: [{code: 1, text: {vi: Một, en: One}}]\n"
BOX = "scale: YN\n    criteria: [b3]\n    text"
TRACED = "    criteria: [a1]\n    primary_for: [a1]\n"
UNKNOWN = "      - {code: 9, text: {vi: Không biết, en: Don't know}}\n"
NO = "      - {code: 0, text: {vi: Không, en: No}}\n"
WORDS = "{vi: Giấy tờ đơn giản đến mức nào?, en: How simple were the papers?}"


def asking(vi: str, en: str) -> tuple[tuple[str, str], ...]:
    return ((WORDS, f'{{vi: "{vi}", en: "{en}"}}'),)


# code, part of the place, the defect as (old, new) pairs
DEFECTS = [
    ("Q101", "index score", [("items: [papers, forms]", "items: [papers, box]")]),
    ("Q102", "index score", [("items: [papers, forms]", "items: [wait]")]),
    ("Q103", "index score", [("items: [papers, forms]", "items: [papers, papers]")]),
    ("Q104", "item neo, vi", [("vi: Nhìn chung thế nào?", "vi: Giấy tờ đơn giản đến mức nào?")]),
    ("Q105", "line 3, version", [("version: 1.0.0", "version: bản đầu")]),
    ("Q201", "item papers, en", asking("Giấy tờ đơn giản không?", "")),
    ("Q201", "scale L5, code 2, vi", [("{vi: Kém, en: Poor}", '{vi: " ", en: Poor}')]),
    ("Q202", "line ", [("Rất tốt", unicodedata.normalize("NFD", "Rất tốt"))]),
    ("Q203", "item papers, vi", asking("Tờ “mẫu” có đơn giản không?", "How simple?")),
    ("Q204", "item papers, en", asking("Giấy tờ đơn giản không?", "How  simple?")),
    ("Q204", "item papers, vi", asking("Giấy\u200b tờ đơn giản không?", "How simple?")),
    ("Q205", "item papers, en", asking("Giấy tờ đơn giản không?", "Giấy tờ đơn giản không?")),
    ("Q206", "item papers, vi", asking("Giay to don gian khong?", "How simple?")),
    ("Q301", "scale L5, code 3, en", [("en: Fair", "en: Poor")]),
    ("Q302", "scale L5, code 8", [("{code: 5,", "{code: 10,"), ("positive: [4, 5]", "positive: [4]")]),
    ("Q303", "scale L5, choices", [("{code: 5,", "{code: 7,"), ("positive: [4, 5]", "positive: [4]")]),
    ("Q304", "scale MIN", [(LOW, A_CHOICE + LOW)]),
    ("Q401", "item opened", [("ask_if: box == 1", "ask_if: box == 2")]),
    ("Q401", "item opened", [("ask_if: box == 1", "ask_if: box in [1, 7]")]),
    ("Q401", "item opened", [("ask_if: box == 1", "ask_if: 5 != box")]),
    ("Q401", "item opened", [("ask_if: box == 1", "ask_if: box == '1'")]),
    ("Q401", "item neo", [("role: anchor", "role: process\n    ask_if: wait == 600")]),
    ("Q402", "item opened", [("ask_if: box == 1", "ask_if: neo == 1")]),
    ("Q403", "item box", [(BOX, BOX.replace("text", "ask_if: opened == 1\n    text"))]),
    ("Q404", "item opened", [("text: {vi: Ông/Bà có", "applies_to: [LG]\n    text: {vi: Ông/Bà có")]),
    ("Q405", "item opened", [("ask_if: box == 1", "ask_if: box == 1 and count(papers) == 1")]),
    ("Q405", "item opened", [("ask_if: box == 1", "ask_if: comment == 1")]),
    ("Q406", "item neo", [("role: anchor", "role: process\n    ask_if: wait > 480")]),
    ("Q406", "item forms", [("text: {vi: Biểu", "ask_if: papers >= 1\n    text: {vi: Biểu")]),
    ("Q501", "item papers, vi", asking("Giấy tờ và biểu mẫu có đơn giản không?", "How simple?")),
    ("Q501", "item papers, en", asking("Giấy tờ có đơn giản không?", "How simple were papers/forms?")),
    ("Q502", "item papers, vi", asking("rất " * 33 + "đơn giản không?", "How simple?")),
    ("Q503", "item papers, vi", asking("Ông/Bà có đồng ý rằng giấy tờ đã đơn giản?", "How simple?")),
    ("Q504", "item papers, en", asking("Giấy tờ đơn giản không?", "Was it not unclear?")),
    ("Q601", "scale MIN", [("scale: MIN", "scale: L5")]),
    ("Q602", "scale L5", [(OFF + UNKNOWN, "")]),
    ("Q603", "scale MIN", [("    maximum: 480\n", "")]),
    ("Q604", "item wait", [("scale: MIN", "scale: MIN\n    reversed: true")]),
    ("Q605", "outcome extra", [(", better: lower", "")]),
    ("Q606", "index score", [("text: {vi: Biểu", "reversed: true\n    text: {vi: Biểu")]),
    ("Q607", "scale L5", [("    positive: [4, 5]\n", "")]),
    ("Q701", "item papers", [(TRACED, "")]),
    ("Q702", "criterion a1", [("    primary_for: [a1]\n", "")]),
    ("Q702", "criterion a1", [(TRACED, TRACED + "    applies_to: [LG, OD]\n")]),
    ("Q703", "item papers", [(TRACED, TRACED.replace("criteria: [a1]", "criteria: [b3]"))]),
    ("Q704", "item box", [("text: {vi: Ông/Bà có", "primary_for: [b3]\n    text: {vi: Ông/Bà có")]),
    ("Q705", "item neo", [("role: anchor", "role: anchor\n    ask_if: box == 1")]),
    ("Q706", "index score", [("items: [papers, forms]", "items: [opened]")]),
    ("Q707", "index score", [("items: [papers, forms]", "items: [papers, neo]")]),
    ("Q708", "index score", [("{id: score,", "{id: score, group: b,")]),
    ("Q801", "item comment", [("    personal: true\n", "")]),
    ("Q802", "item papers, vi", asking("Họ và tên của Ông/Bà là gì?", "How simple?")),
    ("Q802", "item papers, en", asking("Giấy tờ đơn giản không?", "What is your name?")),
    ("Q803", "item comment, vi", [("Ý kiến khác (không ghi họ tên)", "Ý kiến khác")]),
    ("Q804", "item asked_extra", [(NO + "    off_scale:\n" + UNKNOWN, NO)]),
]  # fmt: skip
MORE = "  - {id: more, scale: YN, criteria: [a1], text: {vi: Nữa không?, en: More?}, ask_if: "
SECTION = "  - {id: empty, title: {vi: Trống, en: Empty}}\n"
LONG = f"note: {{vi: '{'dài ' * 90}', en: Look}}\n"
RATE = (
    "outcomes:\n",
    "outcomes:\n  - {id: rate, item: days, measure: ratio, of: wait, text: {vi: Tỷ lệ, en: Rate}}\n",
)
HEAD = ("scales:\n", "words: [{id: head, text: {vi: Trưởng, en: Head}}]\nscales:\n")
CODES = (6, 7, *range(10, 16))
MANY = "".join(f"      - {{code: {n}, text: {{vi: Mã {n}, en: Code {n}}}}}\n" for n in CODES)


def more(rule: str) -> list[tuple[str, str]]:
    """One more item with a skip rule."""
    return [("indices:", f"{MORE}'{rule}'}}\nindices:")]


def counts(days: str = "", wait: str = "") -> list[tuple[str, str]]:
    """One more count after that of the wait, and a field more on each."""
    made = (
        f"  - {{id: days, scale: MIN, criteria: [a1], text: {{vi: Ngồi chờ?, en: Seated?}}{days}}}\nindices:"
    )
    return [("indices:", made), ("scale: MIN\n", f"scale: MIN\n{wait}")]


def sections(*extra: str, drawn: bool = False) -> list[tuple[str, str]]:
    """All items in one section."""
    own = f"sections:\n  - {{id: all, title: {{vi: Chung, en: All}}{', randomise: true' if drawn else ''}}}\n"
    names = ("papers", "forms", "box", "opened", "asked_extra", "wait", "neo", "comment")
    placed = [(f"  - id: {name}\n", f"  - id: {name}\n    section: all\n") for name in names]
    return [("items:\n  - id", own + "".join(extra) + "items:\n  - id"), *placed]


DEFECTS += [
    ("Q106", "section empty", sections(SECTION)),
    ("Q207", "item papers, en", asking(*["How simple were these papers?"] * 2)),
    ("Q208", "item papers, en", [*asking("{head} có đơn giản không?", "How simple?"), HEAD]),
    ("Q209", "item papers, en", asking("Trong 12 tháng qua?", "How simple in the last 6 months?")),
    ("Q305", "scale L5", [(OFF, MANY + OFF)]),
    ("Q306", "scale L5, code 3, vi", [("vi: Vừa,", f"vi: {'vừa ' * 17},")]),
    ("Q407", "item more", more("box == 1 and box == 0")),
    ("Q407", "item more", more("wait > 100 and wait < 50")),
    ("Q408", "item more", more("opened == 1 and box == 0")),
    ("Q409", "item more", more("box == 1 or box != 1")),
    ("Q409", "item more", more("box in [0, 1, 9]")),
    ("Q505", "item box, note", [(BOX, BOX.replace("text", f"{LONG}    text"))]),
    ("Q506", "item papers, en", asking("Giấy tờ có hay đơn giản không?", "Were papers often simple?")),
    ("Q506", "item papers, vi", asking("Dạo này giấy tờ có đơn giản không?", "How simple?")),
    ("Q507", "item papers, en", asking("Giấy tờ có đơn giản không?", "Were papers always simple?")),
    ("Q608", "scale YN", [("positive: [1]", "positive: [1, 0]")]),
    ("Q609", "scale L5", [("positive: [4, 5]", "positive: [2, 4]")]),
    ("Q610", "item wait, part_of", counts(wait="    part_of: days\n")),
    ("Q610", "item days, part_of", [*sections(drawn=True), ("    ask_if: box == 1\n", ""),
                                    *counts(days=", section: all, part_of: wait")]),
    ("Q611", "item days, part_of", counts(", part_of: wait", "    applies_to: [LG, OD]\n")),
    ("Q612", "outcome rate", [*counts(), RATE]),
    ("Q805", "item papers, en", asking("Sinh năm nào?", "What is your date of birth?")),
    ("Q805", "item papers, vi", asking("Năm sinh của Ông/Bà?", "How old?")),
    ("Q901", "items", [("role: anchor", "role: covariate")]),
    ("Q902", "item neo, vi", [("vi: Nhìn chung thế nào?", "vi: 'Nhìn chung {head} thế nào?'"),
                              HEAD]),
    ("Q903", "item neo", [*sections(drawn=True), ("    ask_if: box == 1\n", "")]),
    ("Q904", "item neo", [("role: anchor\n", "role: anchor\n    applies_to: [LG]\n")]),
    ("Q905", "item neo", [("role: anchor\n", "role: anchor\n    meaning_version: 0\n")]),
]  # fmt: skip


def found(path: Path) -> list[tuple[str, str]]:
    return [(f.code, f.where) for f in lint(load_questionnaire(path), source=path)]


def test_the_small_questionnaire_is_clean(write):
    assert found(write()) == []


@pytest.mark.parametrize(
    ("code", "place", "changes"), DEFECTS, ids=lambda part: part if str(part)[:1] == "Q" else ""
)
def test_rule_fires_on_its_defect_and_names_the_place(write, code, place, changes):
    places = [where for rule, where in found(write(*changes)) if rule == code]
    assert places, "the rule did not fire"
    assert any(place in where for where in places), places
    assert all(where.startswith("small.yaml, line ") for where in places), places


def test_no_rule_is_without_a_defect_that_shows_it():
    assert {rule.code for rule in RULES} == {code for code, _, _ in DEFECTS}


def test_codes_are_unique_and_belong_to_their_family():
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert len({(rule.family, rule.code[:2]) for rule in RULES}) == len({rule.family for rule in RULES}) == 9


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_speaks_both_languages(rule):
    for text in (rule.message, rule.remedy):
        assert text.vi and text.en and text.vi != text.en
        assert all(unicodedata.is_normalized("NFC", text.get(lang)) for lang in LANGS)


def test_all_findings_come_at_once_errors_first(write):
    path = write(
        ("ask_if: box == 1", "ask_if: box == 2"), ("version: 1.0.0", "version: mới"), ("en: Fair", "en: Poor")
    )
    findings = lint(load_questionnaire(path), source=path)
    assert [f.code for f in findings] == ["Q301", "Q401", "Q105"]
    assert [f.severity for f in findings] == ["error", "error", "warning"]


def test_the_line_is_the_one_an_editor_shows(write):
    path = write(("ask_if: box == 1", "ask_if: box == 2"))
    lines = path.read_text(encoding="utf-8").splitlines()
    (finding,) = lint(load_questionnaire(path), source=path)
    assert finding.where == f"small.yaml, line {lines.index('    ask_if: box == 2') + 1}, item opened, ask_if"
    assert "box" in finding.message.vi and "2" in finding.message.vi and "1, 0, 9" in finding.message.vi


def test_the_line_of_a_part_that_is_wrong_as_a_whole_is_its_first(write):
    path = write(("    maximum: 480\n", ""))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert found(path) == [("Q603", f"small.yaml, line {lines.index('  - id: MIN') + 1}, scale MIN")]


def test_nfd_is_told_by_the_line_of_the_file_where_it_lies(write):
    path = write(("Rất tốt", unicodedata.normalize("NFD", "Rất tốt")))
    line = next(
        n for n, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "Very good" in row
    )
    assert found(path) == [("Q202", f"small.yaml, line {line}")]


def test_nfd_in_a_questionnaire_that_came_from_no_file(small: Questionnaire):
    changed = replace(small, title=Text(vi=unicodedata.normalize("NFD", "Phiếu"), en="Form"))
    (finding,) = lint(changed)
    assert (finding.code, finding.where) == ("Q202", "title, vi")


def test_a_circle_is_told_once_and_not_as_a_later_item(write):
    path = write((BOX, BOX.replace("text", "ask_if: opened == 1\n    text")))
    codes = [code for code, _ in found(path)]
    assert codes.count("Q403") == 1 and "Q402" not in codes


def test_asking_to_leave_names_out_is_not_asking_for_names(write):
    asked = asking("Ý kiến (xin đừng ghi số điện thoại của Ông/Bà)?", "Comments (do not write your name)?")
    assert "Q802" not in [code for code, _ in found(write(*asked))]


def test_a_questionnaire_without_criteria_has_nothing_to_trace(small: Questionnaire):
    items = tuple(replace(item, criteria=(), primary_for=()) for item in small.items)
    assert lint(replace(small, criteria=(), items=items)) == ()


def test_unreadable_source_is_the_users_error(small: Questionnaire, tmp_path: Path):
    with pytest.raises(SurveyError, match="cannot be read"):
        lint(small, source=tmp_path / "absent.yaml")


def test_the_shipped_questionnaire_has_no_error_and_no_warning():
    findings = lint(load_questionnaire(SHIPPED), source=SHIPPED)
    assert [f for f in findings if f.severity != "note"] == []
    assert {f.code for f in findings} <= {"Q501"}  # hints to look at in pre-testing


def test_an_example_is_part_of_a_file_that_shows_the_rule(write):
    files: dict[str, str] = {}
    for code, _, changes in DEFECTS:
        files[code] = files.get(code, "") + write(*changes).read_text("utf-8")
    for rule in RULES:
        lines = unicodedata.normalize("NFC", files[rule.code])
        assert rule.example and all(line in lines for line in rule.example.splitlines()), rule.code


@pytest.mark.parametrize(
    "rule", ["box == 1", "box != 9", "opened == 1 and box == 1", "not box == 1", "wait > 10"]
)
def test_a_rule_that_somebody_meets_and_somebody_does_not_is_left_alone(write, rule):
    assert not {code for code, _ in found(write(*more(rule)))} & {"Q407", "Q408", "Q409"}


def test_a_part_after_its_whole_is_left_alone(write):
    assert found(write(*counts(", part_of: wait"), RATE)) == []


def test_a_place_is_told_in_parts_too(write):
    path = write(*asking("Giấy tờ đơn giản không?", ""))
    (hit,) = lint(load_questionnaire(path), source=path)
    assert (hit.file, hit.part, hit.lang) == ("small.yaml", "item papers", "en")
    assert path.read_text("utf-8").splitlines()[hit.line - 1].strip().startswith("text:")
