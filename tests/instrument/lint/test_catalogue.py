"""One catalogue for every code: whatever the library may say of a questionnaire stands in it and in docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from surveylib.instrument import check_quotes, check_set, load_questionnaire
from surveylib.instrument.lint import RULES
from surveylib.instrument.lint.catalogue import OTHERS, rule_catalogue

ROOT = Path(__file__).resolve().parents[3]
CODE = re.compile(r'"(Q\d{3})"')
EMITTED = {
    code
    for path in sorted((ROOT / "surveylib").rglob("*.py"))
    for code in CODE.findall(path.read_text("utf-8"))
}
CATALOGUED = {rule.code for rule in RULES} | {code for _, _, entries in OTHERS for code in entries}
PLAN = "1. Các Tiêu chí\n\na. Thủ tục\n\n- {}\n\n- Hai.\n\n2. Đơn vị"
HEADINGS = re.compile(r"^### (Q\d{3}) \(", re.MULTILINE)


def test_no_code_is_said_that_the_catalogue_has_not():
    assert len(EMITTED) > 70
    assert EMITTED == CATALOGUED


def test_every_code_has_its_entry_in_the_docs_once():
    told = HEADINGS.findall((ROOT / "docs" / "lint_rules.md").read_text("utf-8"))
    assert sorted(told) == sorted(CATALOGUED)
    assert HEADINGS.findall(rule_catalogue()) == told


@pytest.mark.parametrize(
    ("code", "entry"), [(code, entry) for _, _, entries in OTHERS for code, entry in entries.items()]
)
def test_an_entry_speaks_both_languages_and_names_the_same_blanks(code, entry):
    severity, vi, en, remedy_vi, remedy_en = entry
    assert severity in ("error", "warning", "note") and code.startswith("Q")
    assert vi != en and remedy_vi != remedy_en and min(map(len, (vi, en, remedy_vi, remedy_en))) > 5
    blanks = [set(re.findall(r"\{(\w+)\}", text)) for text in (vi, en)]
    assert blanks[0] == blanks[1]


def said(findings) -> set[str]:
    return {finding.code for finding in findings}


def test_a_plan_beside_the_form_triggers_its_codes(write):
    """The small form has criteria a1, b3 and b6 with made-up hashes; this plan has a1 and a2."""
    found = check_quotes(load_questionnaire(write()), plan_text=PLAN.format("Một."))
    assert said(found) == {"Q711", "Q712", "Q713"}


def test_two_forms_trigger_the_codes_of_a_set(write, tmp_path):
    first = load_questionnaire(write())
    other = write(("instrument: C", "instrument: R"), ("How clear were the forms?", "Were the forms clear?"))
    found = check_set([first, load_questionnaire(other)])
    assert said(found) == {"Q721", "Q722"}
    assert {one.where for one in found if one.code == "Q721"} == {"small and small, item forms, text"}
