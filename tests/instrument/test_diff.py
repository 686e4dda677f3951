"""Every class of change is told apart, and nothing else counts as one."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.instrument import diff, diff_findings, load_questionnaire
from surveylib.instrument.diff_findings import DIFF_RULES
from surveylib.instrument.diff_page import diff_html, diff_table
from surveylib.instrument.revision import load_version
from surveylib.model.change import CHANGE_KINDS, COMPARABILITY
from surveylib.model.text import LANGS

BOX = "    text: {vi: Ông/Bà có thấy thùng thư không?, en: Did you see the box?}\n"
PAPERS = "{vi: Giấy tờ đơn giản đến mức nào?, en: How simple were the papers?}"
TURNED = [("{code: 1, text: {vi: Rất kém, en: Very poor}}", "{code: 1, text: {vi: Rất tốt, en: Very good}}"),
          ("{code: 2, text: {vi: Kém, en: Poor}}", "{code: 2, text: {vi: Tốt, en: Good}}"),
          ("{code: 4, text: {vi: Tốt, en: Good}}", "{code: 4, text: {vi: Kém, en: Poor}}"),
          ("{code: 5, text: {vi: Rất tốt, en: Very good}}", "{code: 5, text: {vi: Rất kém, en: Very poor}}"),
          ]  # fmt: skip
RAISED = ("version: 1.0.0", "version: 1.1.0")
NEW = "  - {id: more, scale: YN, criteria: [a1], text: {vi: Có nữa không?, en: More?}}\nindices:"
WAIT = """  - id: wait
    scale: MIN
    criteria: [a1]
    text: {vi: Chờ bao nhiêu phút?, en: How many minutes did it take?}
"""
MORE_WAIT = "  - {id: more, scale: MIN, criteria: [a1], text: {vi: Ngồi chờ?, en: Seated?}}\n"

# what changes, as (old, new) pairs; then (part, kind, verdict) of each change
CASES = [
    ([("  - id: wait\n", "  - id: minutes\n")],
     [("minutes", "added", "not_comparable"), ("wait", "removed", "not_comparable")]),
    ([("indices:", NEW)], [("more", "added", "not_comparable")]),
    ([("vi: Chờ bao nhiêu phút?", "vi: Chờ mấy phút?")], [("wait", "wording", "note")]),
    ([("en: How many minutes did it take?", "en: How many minutes?")],
     [("wait", "translation", "comparable")]),
    ([("    maximum: 480\n", "    maximum: 600\n")], [("wait", "bounds", "note")]),
    ([("    maximum: 480\n", "    maximum: 480\n    integer: true\n")], [("wait", "bounds", "note")]),
    ([(WAIT, WAIT + MORE_WAIT), ("scale: MIN\n", "scale: MIN\n    part_of: more\n")],
     [("wait", "bounds", "note"), ("more", "added", "not_comparable")]),
    ([("ask_if: box == 1", "ask_if: box == 0")], [("opened", "skip", "not_comparable")]),
    ([("    ask_if: box == 1\n", "")], [("opened", "skip", "not_comparable")]),
    ([("ask_if: box == 1", "ask_if: box >= 1")], [("opened", "skip", "not_comparable")]),  # 9 is one too
    ([("    rare: true\n", "    rare: true\n    meaning_version: 2\n")],
     [("opened", "meaning", "not_comparable")]),
    ([("    reversed: true\n", "")], [("asked_extra", "direction", "not_comparable")]),
    (TURNED, [(name, "direction", "not_comparable") for name in ("papers", "forms", "neo")]),
    ([("      - {code: 3, text: {vi: Vừa, en: Fair}}\n", "")],
     [(name, "choices", "not_comparable") for name in ("papers", "forms", "neo")]),
    ([("      - {code: 8, text: {vi: Không áp dụng, en: Not applicable}}\n", "")],
     [(name, "choices", "note") for name in ("papers", "forms", "neo")]),
    ([("vi: Vừa,", "vi: Bình thường,")], [(name, "labels", "note") for name in ("papers", "forms", "neo")]),
    ([("en: Fair}", "en: So so}")],
     [(name, "translation", "comparable") for name in ("papers", "forms", "neo")]),
    ([("positive: [4, 5]", "positive: [5]")],
     [(name, "scoring", "note") for name in ("papers", "forms", "neo")]),
    ([("    scale: MIN\n", "    scale: YN\n")], [("wait", "scale", "not_comparable")]),
    ([(WAIT, ""), ("  - id: papers\n", WAIT + "  - id: papers\n")], [("wait", "order", "note")]),
    ([(BOX, BOX + "    applies_to: [LG]\n")], [("box", "applies_to", "note")]),
    ([(BOX, BOX + "    required: false\n")], [("box", "required", "note")]),
    ([(BOX, BOX + "    note: {vi: Nhìn quanh, en: Look round}\n")], [("box", "explanation", "note")]),
    ([("    sensitive: true\n", "")], [("asked_extra", "handling", "comparable")]),
    ([("    primary_for: [a1]\n", "")], [("papers", "tracing", "comparable")]),
    ([("role: anchor", "role: covariate")], [("neo", "role", "note")]),
    ([("items: [papers, forms]", "items: [papers]")], [("score", "scoring", "note")]),
    ([("id: extra, item", "id: extras, item")],
     [("extras", "added", "not_comparable"), ("extra", "removed", "not_comparable")]),
]  # fmt: skip
NOTHING = [
    [],
    [("ask_if: box == 1", "ask_if: 1 == box")],
    [("ask_if: box == 1", "ask_if: box not in [0, 9]")],
    [("ask_if: box == 1", "ask_if: box > 0 and not box > 1")],
    [("ask_if: box == 1", "ask_if: box == 1 or (box == 0 and box == 9)")],
    [("  - id: L5", "  - id: five"),
     *[(f"  - id: {name}\n    scale: L5\n", f"  - id: {name}\n    scale: five\n")
       for name in ("papers", "forms")], ("role: anchor\n    scale: L5", "role: anchor\n    scale: five")],
    [(PAPERS, "{vi: 'Giấy tờ  đơn giản đến mức nào?', en: How simple were the papers?}")],
]  # fmt: skip


def found(write, *changes):
    old = load_questionnaire(write())
    new = load_questionnaire(write(*changes))
    return old, new, diff(old, new)


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_change_is_told_and_classed(write, changes, expected):
    *_, made = found(write, *changes)
    assert [(c.id, c.kind, c.verdict) for c in made.changes] == expected


@pytest.mark.parametrize("changes", NOTHING)
def test_what_means_the_same_is_no_change(write, changes):
    assert found(write, *changes)[2].changes == ()


def test_every_kind_of_change_has_a_case():
    assert {kind for _, expected in CASES for _, kind, _ in expected} == set(CHANGE_KINDS)


def test_who_is_asked_changes_with_a_rule_further_up(write):
    more = "  - {id: more, scale: YN, criteria: [a1], ask_if: opened == 1, text: {vi: Khóa gì?, en: Which?}}"
    old = load_questionnaire(write(("indices:", f"{more}\nindices:")))
    new = load_questionnaire(
        write(("indices:", f"{more}\nindices:"), ("ask_if: box == 1", "ask_if: box == 0"))
    )
    (own, above) = diff(old, new).changes
    assert (own.id, own.old, own.new) == ("opened", "box == 1", "box == 0")
    assert (above.id, above.kind) == ("more", "skip")
    assert above.old == "opened: box == 1; more: opened == 1"


def test_moving_one_item_is_one_change(write):
    old = load_questionnaire(write())
    items = {item.id: item for item in old.items}
    order = [*list(items)[1:4], "papers", *list(items)[4:]]
    made = diff(old, replace(old, items=tuple(items[name] for name in order)))
    assert [(c.id, c.kind) for c in made.changes] == [("papers", "order")]


def test_the_gravest_verdict_counts(write):
    changes = [("vi: Chờ bao nhiêu phút?", "vi: Chờ mấy phút?"), ("    scale: MIN\n", "    scale: YN\n")]
    *_, made = found(write, *changes)
    assert (made.verdict("item", "wait"), made.verdict("item", "box")) == ("not_comparable", "comparable")
    assert made.broken == ("wait",)


FINDINGS = [
    ("Q911", "error", "item neo", [("role: anchor\n    scale: L5", "role: anchor\n    scale: YN")]),
    ("Q911", "error", "item neo", [("role: anchor\n", "role: anchor\n    ask_if: box == 1\n")]),
    ("Q911", "error", "item neo", [("      - {code: 3, text: {vi: Vừa, en: Fair}}\n", "")]),
    ("Q911", "error", "item neo", [("role: anchor", "role: covariate")]),
    ("Q911", "error", "item neo", [("id: neo", "id: neo2")]),
    ("Q912", "error", "item wait", [("vi: Chờ bao nhiêu phút?", "vi: Số tiền Ông/Bà đã nộp?")]),
    ("Q914", "warning", "item opened", [("ask_if: box == 1", "ask_if: box == 0")]),
    ("Q915", "warning", "item wait", [("vi: Chờ bao nhiêu phút?", "vi: Chờ mấy phút?")]),
    ("Q916", "warning", "item neo", [("vi: Nhìn chung thế nào?", "vi: Nhìn chung ra sao?")]),
]


@pytest.mark.parametrize(("code", "severity", "where", "changes"), FINDINGS)
def test_what_must_be_looked_at(write, code, severity, where, changes):
    old, new, made = found(write, RAISED, *changes)
    hits = [f for f in diff_findings(made, old=old, new=new) if f.code == code]
    assert [(f.severity, f.where) for f in hits] == [(severity, where)]


def test_another_question_may_take_an_id_only_with_a_new_meaning(write):
    changes = [RAISED, ("vi: Chờ bao nhiêu phút?", "vi: Số tiền Ông/Bà đã nộp?")]
    old, new, made = found(write, *changes, ("  - id: wait\n", "  - id: wait\n    meaning_version: 2\n"))
    assert "Q912" not in {f.code for f in diff_findings(made, old=old, new=new)}
    assert made.broken == ("wait",)


def test_meaning_never_goes_back_and_versions_rise(write):
    changed = [("  - id: wait\n", "  - id: wait\n    meaning_version: 2\n")]
    old, new = load_questionnaire(write(*changed)), load_questionnaire(write())
    codes = [f.code for f in diff_findings(diff(old, new), old=old, new=new)]
    assert codes == ["Q913", "Q917"]
    assert {"Q911", "Q912", "Q914", "Q915", "Q916", *codes} == set(DIFF_RULES)


def test_another_questionnaire_is_refused(small):
    with pytest.raises(SurveyError, match="versions of one questionnaire"):
        diff(small, replace(small, id="other"))


def test_whole_numbers_are_told_in_both_languages(write):
    *_, made = found(write, ("    maximum: 480\n", "    maximum: 480\n    integer: true\n"))
    (change,) = made.changes
    assert change.new == f"{change.old} (số nguyên / integer)"


def test_table_and_page_say_it_in_both_languages_and_escape(write):
    old, new, made = found(write, RAISED, ("vi: Chờ bao nhiêu phút?", 'vi: "<b>Chờ</b> mấy phút?"'))
    page = diff_html(made, findings=diff_findings(made, old=old, new=new))
    assert "&lt;b&gt;Chờ&lt;/b&gt;" in page and "<b>Chờ" not in page and "<script" not in page
    assert "<b>Q915</b> câu wait: " in page and "<b>Q915</b> item wait: " in page
    assert "<code>text_version</code>" in page and "`" not in page
    for lang in LANGS:
        table = diff_table(made, lang=lang)
        assert list(table["comparison"]) == [COMPARABILITY["note"].get(lang)]
        assert f'<section lang="{lang}">' in page and COMPARABILITY["note"].get(lang) in page


# ---- revisions ---------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path, write, monkeypatch) -> Path:
    """A repository whose first revision has the small questionnaire, with a bank beside another one."""
    folder = tmp_path / "repository"
    (folder / "forms").mkdir(parents=True)
    who = {
        f"GIT_{role}_{what}": "test@example.org"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    for name, value in who.items():
        monkeypatch.setenv(name, value)
    bank = "id: shared\nscales: [{id: NUM, kind: number, minimum: 0, maximum: 9}]\nitems:\n"
    bank += "  - {id: trips, scale: NUM, role: covariate, text: {vi: Mấy lần?, en: How often?}}\n"
    (folder / "forms" / "bank.yaml").write_text(bank, encoding="utf-8")
    text = "{vi: Phiếu, en: Form}"
    own = f"id: own\ninstrument: C\nversion: 1.0.0\ntitle: {text}\nnotice: {text}\n"
    own += "bank: bank.yaml\nitems:\n  - use: trips\n"
    (folder / "forms" / "own.yaml").write_text(own, encoding="utf-8")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run(["git", *words], cwd=folder, check=True, env=os.environ | who)
    (folder / "forms" / "bank.yaml").write_text(bank.replace("Mấy lần?", "Bao nhiêu lần?"), encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def test_a_revision_is_read_with_the_bank_of_its_time(repository: Path):
    old, new = load_version("HEAD:forms/own.yaml"), load_version("forms/own.yaml")
    assert (old.item("trips").text.vi, new.item("trips").text.vi) == ("Mấy lần?", "Bao nhiêu lần?")
    assert [(c.id, c.kind) for c in diff(old, new).changes] == [("trips", "wording")]
    os.chdir("forms")
    assert load_version("HEAD:./own.yaml") == old


@pytest.mark.parametrize(
    "name",
    [
        "HEAD:forms/none.yaml",
        "nowhere:forms/own.yaml",
        "--help:forms/own.yaml",
        "HEAD:",
        ":x",
        "none.yaml",
        "HEAD:forms",
    ],
)
def test_what_is_not_there_is_the_users_error(repository: Path, name: str):
    with pytest.raises(SurveyError):
        load_version(name)


def test_a_broken_file_of_a_revision_is_named_as_typed(repository: Path):
    (repository / "forms" / "own.yaml").write_text("id: [", encoding="utf-8")
    subprocess.run(["git", "commit", "-q", "-a", "-m", "two"], check=True)
    with pytest.raises(SurveyError) as error:
        load_version("HEAD:forms/own.yaml")
    assert (error.value.where or "").startswith("HEAD:forms/own.yaml, line ")


def test_a_file_of_a_revision_larger_than_any_form_is_refused(repository: Path):
    (repository / "forms" / "own.yaml").write_text("#" * (documents.LARGEST + 1), encoding="utf-8")
    subprocess.run(["git", "commit", "-q", "-a", "-m", "two"], check=True)
    with pytest.raises(SurveyError, match="too large"):
        load_version("HEAD:forms/own.yaml")
