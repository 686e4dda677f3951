"""Mistakes in the files people edit: one error with file and line, through the command that meets them."""

from __future__ import annotations

import codecs
import unicodedata

import pytest

QUESTIONNAIRE = "questionnaires/clients.yaml"
# file, what stood there, what stands there now, what the error must say
MISTAKES = {
    "an unknown field": (
        "study.yaml",
        "seed: 2030",
        "seeed: 2030",
        ["unknown field", "did you mean 'seed'", "line "],
    ),
    "a duplicated key": (
        "study.yaml",
        "seed: 2030",
        "seed: 1\nseed: 2030",
        ["a key stands twice", "seed", "line "],
    ),
    "a broken bracket": ("plan.yaml", "pre: [t0]", "pre: [t0", ["not valid YAML", "plan.yaml, line "]),
    "a tab for indentation": ("plan.yaml", "  pre: [t0]", "\tpre: [t0]", ["not valid YAML", "line "]),
    "a missing field": (
        "study.yaml",
        "  psu: respondent",
        "  psuu: respondent",
        ["design.psuu", "did you mean 'psu'"],
    ),
    "a word for a number": (
        "study.yaml",
        "per_cell: 100",
        "per_cell: many",
        ["sampling.per_cell", "'many'", "line "],
    ),
    "a date that is none": (
        "study.yaml",
        "start: 2029-12-01",
        "start: 2029-13-01",
        ["1 mistake", "study.yaml", "line 58: waves.0.start", "valid date", "2029-13-01"],
    ),
    "a wave that ends before it starts": (
        "study.yaml",
        "end: 2029-12-31",
        "end: 2029-11-30",
        ["ends before it starts"],
    ),
    "an unknown type of unit": (
        "study.yaml",
        "type: OD\n    model",
        "type: XX\n    model",
        ["units.1.type", "'XX'"],
    ),
    "an unusable id": (
        "study.yaml",
        "id: unit_01",
        "id: Đơn vị 1",
        ["unit id is not usable", "lower-case ASCII"],
    ),
    "a unit twice": ("study.yaml", "id: unit_02", "id: unit_01", ["unit id stands twice", "unit_01"]),
    "a pilot without a date": (
        "study.yaml",
        "model: office\n    exposure: {kind: pilot, start: 2030-01-01}",
        "model: office\n    exposure: {kind: pilot}",
        ["exposure and its date", "units.1.exposure"],
    ),
    "an unknown wave in the sources": (
        "study.yaml",
        "{wave: interim,",
        "{wave: intreim,",
        ["unknown wave", "did you mean 'interim'"],
    ),
    "an unknown unit in the truth": (
        "rehearsal.yaml",
        "  unit_02:",
        "  unti_02:",
        ["unknown unit", "did you mean 'unit_02'"],
    ),
    "an unknown item in the truth": (
        "rehearsal.yaml",
        "a1_simple: -0.10",
        "a1_simpel: -0.10",
        ["unknown item", "did you mean 'a1_simple'"],
    ),
    "an unknown code in the truth": (
        "rehearsal.yaml",
        "{1: 0.45, 0: 0.55}",
        "{1: 0.45, 7: 0.55}",
        ["b1_know"],
    ),
    "an unknown criterion": (
        QUESTIONNAIRE,
        "criteria: [b1]\n    text",
        "criteria: [b9]\n    text",
        ["unknown criterion", "'b9'"],
    ),
    "an unknown scale": (
        QUESTIONNAIRE,
        "scale: MINUTES",
        "scale: MINUTE",
        ["unknown scale", "did you mean 'MINUTES'"],
    ),
    "an unknown code of a scale": (
        QUESTIONNAIRE,
        "among: [1, 2, 3]",
        "among: [1, 2, 7]",
        ["unknown code", "outcome returned_on_time", "got: 7"],
    ),
    "an unknown item in an index": (
        QUESTIONNAIRE,
        "items: [c1_place]",
        "items: [c1_palce]",
        ["unknown item", "did you mean 'c1_place'"],
    ),
    "a code twice": (
        QUESTIONNAIRE,
        'code: 2, text: {vi: "Nữ"',
        'code: 1, text: {vi: "Nữ"',
        ["a code stands twice", "SEX"],
    ),
    "an unknown outcome in the study": ("study.yaml", "wait_minutes]", "wait_minute]", ["wait_minute"]),
    "an unknown wave in the plan": ("plan.yaml", "post: [t1]", "post: [t2]", ["t2"]),
    "an unknown column in the weights": (
        "study.yaml",
        "[client_kind, age_band]",
        "[client_kindd, age_band]",
        ["client_kindd"],
    ),
    "a missing questionnaire": (QUESTIONNAIRE, None, None, ["file cannot be read", "clients.yaml"]),
    "a missing plan": ("plan.yaml", None, None, ["file cannot be read", "plan.yaml"]),
    "an alias": ("plan.yaml", "seed: 1", "seed: &a 1\n  again: *a", ["aliases"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_in_a_document_ends_in_one_error_with_its_place(study, refused, edit, name):
    file, old, new, fragments = MISTAKES[name]
    if old is None:
        (study / file).unlink()
    else:
        edit(file, old, new)
    said = refused("check", study, "--run", "rehearsal")
    assert [fragment for fragment in fragments if fragment not in said] == [], said


@pytest.mark.parametrize(
    "content, fragment",
    [
        ("just words", "a mapping"),
        ("- a\n- b\n", "a mapping"),
        ("", "a mapping"),
        ("a: b: c\n", "not valid YAML"),
        ("a: !!python/object:os.system {}\n", "line 1"),
        ("a: !!python/object:os.system {}\n", "tags (!name) are not read"),
        ("a: &x 1\nb: *x\n", "line 2"),
        ("\x00\x01", "not valid YAML"),
        ("%PDF-1.7\n", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_document(tmp_path, refused, content, fragment):
    file = tmp_path / "q.yaml"
    file.write_text(content, encoding="utf-8")
    said = refused("lint", file)
    assert fragment in said and str(file) in said


def test_a_questionnaire_that_is_not_utf_8_or_has_a_mark_or_letters_taken_apart(study, cli, refused):
    file = study / QUESTIONNAIRE
    text = file.read_text(encoding="utf-8")
    file.write_bytes(codecs.BOM_UTF8 + text.encode())
    assert cli("lint", file).code == 0
    file.write_text(unicodedata.normalize("NFD", text), encoding="utf-8")
    assert cli("lint", file).code in (
        0,
        1,
    )  # read; whether letters taken apart deserve a finding is the linter's matter
    file.write_bytes(text.encode("utf-16"))
    assert "not UTF-8" in refused("lint", file)


def test_lint_ends_in_1_when_there_are_errors_and_names_the_line(study, cli, edit):
    edit(QUESTIONNAIRE, "    personal: true\n", "")
    said = cli("lint", study / QUESTIONNAIRE, "--lang", "en")
    assert said.code == 1 and "error Q801 clients.yaml, line " in said.out and "personal: true" in said.out
    found = cli("lint", study / QUESTIONNAIRE, "--format", "json").json["findings"]
    assert "Q801" in {finding["code"] for finding in found}


def test_lint_holds_criteria_against_the_plan_and_prints_the_hashes_to_mend_them(study, cli, edit):
    edit("plan.txt", "lịch sự, gần gũi với", "nhã nhặn với")
    arguments = ("lint", study / QUESTIONNAIRE, "--plan", study / "plan.txt")
    said = cli(*arguments)
    assert said.code == 1 and "Q713 criterion d1" in said.out
    hashes = {
        row["criterion"]: row["quote_hash"]
        for row in cli(*arguments, "--hashes", "--format", "json").json["criteria"]
    }
    text = (study / QUESTIONNAIRE).read_text(encoding="utf-8")
    old = text.partition("id: d1\n")[2].partition("quote_hash: ")[2][:64]
    edit(QUESTIONNAIRE, old, hashes["d1"])
    assert cli(*arguments).code == 0


def test_hashes_need_a_plan_and_a_plan_needs_criteria(study, refused):
    assert "--plan FILE" in refused("lint", study / QUESTIONNAIRE, "--hashes")
    assert "no list of criteria" in refused("lint", study / QUESTIONNAIRE, "--plan", study / "README.md")
