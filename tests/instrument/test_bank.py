"""Instruments that use an item bank: what is joined, what may be said anew, and how mistakes are placed."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveylib.errors import SurveyError
from surveylib.instrument import lint, load_questionnaire, load_set, questionnaire_files, read_bank
from surveylib.instrument.bank import read_document

BANK = """\
id: small_bank
criteria:
  - {id: a1, group: a, text: {vi: Đơn giản, en: Simple}, quote_hash: "HASH", supported_by_clients: primary}
scales:
  - id: YN
    kind: binary
    choices: [{code: 1, text: {vi: Có, en: Yes}}, {code: 0, text: {vi: Không, en: No}}]
    off_scale: [{code: 9, text: {vi: Không biết, en: Don't know}}]
    positive: [1]
  - id: N
    kind: number
    minimum: 0
    maximum: 9
words:
  - {id: place, text: {vi: nơi này, en: this place}, variants: {ward: {vi: phường, en: ward}}}
profiles:
  - {id: mean, formula: mean_0_100, dated: 2026-01-01, text: {vi: Trung bình, en: Mean}}
required: {C: [first]}
items:
  - id: first
    scale: YN
    criteria: [a1]
    primary_for: [a1]
    text: {vi: "Ở {place} có không?", en: "Is there one in {place}?"}
  - id: second
    scale: N
    criteria: [a1]
    ask_if: first == 1
    required: false
    text: {vi: Bao nhiêu?, en: How many?}
""".replace("HASH", "0" * 64)
FORM = """\
id: small
instrument: C
version: 1.0.0
title: {vi: Phiếu thử, en: Trial form}
notice: {vi: Câu chữ còn phải thử., en: The wording still needs testing.}
bank: bank.yaml
items:
  - use: first
  - use: second
    required: true
  - id: own
    role: covariate
    scale: YN
    text: {vi: Câu riêng?, en: Its own?}
"""


@pytest.fixture
def place(tmp_path: Path):
    """Writes bank and form, with (old, new) pairs replaced in the form; gives the form's path."""

    def write(*changes: tuple[str, str], bank: str = BANK) -> Path:
        text = FORM
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (tmp_path / "bank.yaml").write_text(bank, encoding="utf-8")
        (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
        return tmp_path / "small.yaml"

    return write


def test_what_is_used_comes_from_the_bank_and_nothing_else(place):
    form = load_questionnaire(place())
    assert [item.id for item in form.items] == ["first", "second", "own"]
    assert form.item("first").primary_for == ("a1",) and form.item("second").ask_if == "first == 1"
    assert [scale.id for scale in form.scales] == ["YN", "N"] and [c.id for c in form.criteria] == ["a1"]
    assert [word.id for word in form.words] == ["place"] and [p.id for p in form.profiles] == ["mean"]
    fewer = load_questionnaire(place(("  - use: second\n    required: true\n", "")))
    assert [scale.id for scale in fewer.scales] == ["YN"]


def test_what_is_said_anew_wins_over_defaults_and_defaults_over_the_bank(place):
    defaults = ("bank: bank.yaml\n", "bank: bank.yaml\ndefaults: {required: false, applies_to: [LG]}\n")
    form = load_questionnaire(place(defaults))
    assert [item.required for item in form.items] == [False, True, False]
    assert {item.applies_to for item in form.items} == {("LG",)}
    assert load_questionnaire(place()).item("second").required
    wanted = ("bank: bank.yaml\n", "bank: bank.yaml\ndefaults: {required: true}\n")
    form = load_questionnaire(place(wanted, ("    required: true\n", "")))
    assert form.item("second").required  # the bank says it is not


def test_a_bank_is_not_taken_for_a_questionnaire(place):
    with pytest.raises(SurveyError, match="an item bank, not a questionnaire"):
        load_questionnaire(place().with_name("bank.yaml"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("use: second", "use: secnd"), ["item of the bank", "did you mean 'second'", "small.yaml, line 9"]),
        (("    required: true", "    text: {vi: Khác, en: Other}"), ["unknown field", "line 10", "text"]),
        (("    required: true", "    requird: true"), ["did you mean 'required'", "line 10"]),
        (("  - use: first\n", ""), ["requires of this instrument", "first"]),
        (("id: own", "id: second"), ["has the id of one in the bank", "line 11"]),
        (("bank: bank.yaml", "bank: ../bank.yaml"), ["beside the questionnaire", "line 6"]),
        (("bank: bank.yaml", "bank: 3"), ["beside the questionnaire"]),
        (("bank: bank.yaml", "bank: banc.yaml"), ["cannot be read", "banc.yaml"]),
        (("bank: bank.yaml\n", "bank: bank.yaml\ndefaults: {scale: YN}\n"), ["unknown field", "defaults"]),
        (("items:\n", "scales: [{id: YN, kind: text}]\nitems:\n"), ["bank has this id already", "'YN'"]),
        (("scale: YN", "scale: YNN"), ["unknown scale", "item own"]),
        (("    required: true", "    ask_if: own = 1"), ["line 9", "rule cannot be read"]),
        (("  - use: first\n", "  - use: first\n  - use: first\n"), ["item id stands twice"]),
        (("items:\n", "items: 3\nx:\n"), ["unknown field"]),
    ],
)  # fmt: skip
def test_mistakes_of_the_form_are_placed(place, change, words):
    with pytest.raises(SurveyError) as caught:
        load_questionnaire(place(change))
    for word in words:
        assert word in str(caught.value)


def test_a_mistake_of_the_bank_is_placed_in_the_bank(place):
    wrong = BANK.replace("    scale: N\n", "    skale: N\n")
    with pytest.raises(SurveyError, match=r"bank\.yaml(.|\n)*line 26(.|\n)*unknown field"):
        load_questionnaire(place(bank=wrong))
    with pytest.raises(SurveyError, match="unknown scale"):
        load_questionnaire(place(bank=BANK.replace("    scale: N\n", "    scale: NN\n")))
    with pytest.raises(SurveyError, match="required, C"):
        load_questionnaire(place(bank=BANK.replace("C: [first]", "C: [fist]")))


def test_a_changed_bank_is_read_anew(place):
    assert load_questionnaire(place()).item("second").text.en == "How many?"
    changed = load_questionnaire(place(bank=BANK.replace("How many?", "How often?")))
    assert changed.item("second").text.en == "How often?"


def test_findings_on_an_item_of_the_bank_stand_at_the_line_that_uses_it(place):
    path = place(bank=BANK.replace("en: How many?", 'en: ""'))
    assert [(f.code, f.where) for f in lint(load_questionnaire(path), source=path)] == [
        ("Q201", "small.yaml, line 9, item second, en")
    ]


def test_a_form_without_a_bank_is_as_it_stands(write):
    path = write()
    assert questionnaire_files(path) == (path,)
    assert [item["id"] for item in read_document(path)["items"]][:2] == ["papers", "forms"]


def test_the_files_behind_a_questionnaire(place):
    path = place()
    assert [file.name for file in questionnaire_files(path)] == ["small.yaml", "bank.yaml"]
    assert read_bank(path.with_name("bank.yaml")).id == "small_bank"


def test_a_set_is_the_questionnaires_of_a_folder(place, tmp_path):
    assert [form.id for form in load_set(place().parent)] == ["small"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(SurveyError, match="no questionnaire here"):
        load_set(tmp_path / "empty")
