"""What a researcher must look at before two versions of a questionnaire are both used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from surveylib.model.change import CHANGE_KINDS, Change, Diff
from surveylib.model.finding import Entry, Finding, find
from surveylib.model.questionnaire import Item, Questionnaire
from surveylib.model.text import Text

_GUARDED = ("scale", "direction", "choices", "bounds", "skip", "meaning", "removed", "role")
_ALIKE = 0.35  # below this share of common words a question is another one
_WORD = re.compile(r"\w+")
_ORDER = {"error": 0, "warning": 1, "note": 2}


def diff_findings(found: Diff, *, old: Questionnaire, new: Questionnaire) -> tuple[Finding, ...]:
    """Errors and warnings about the changes in `found`, which is the diff of `old` and `new`.

    Errors: an anchor was touched in more than its words, an id stands for another question, or the version
    is the same although something changed.
    """
    made = [*_version(found), *_items(found, old, new)]
    return tuple(sorted(made, key=lambda f: _ORDER[f.severity]))


def _version(found: Diff) -> Iterator[Finding]:
    if found.changes and found.old.version == found.new.version:
        yield _finding("Q913", "version", {"version": found.new.version, "count": str(len(found.changes))})


def _items(found: Diff, old: Questionnaire, new: Questionnaire) -> Iterator[Finding]:
    before, after = ({item.id: item for item in side.items} for side in (old, new))
    kinds: dict[str, list[Change]] = {}
    for change in found.changes:
        if change.part == "item":
            kinds.setdefault(change.id, []).append(change)
    for name, changes in kinds.items():
        if name in before:
            yield from _anchor(before[name], changes)
        if name in before and name in after:
            yield from _versions(before[name], after[name], changes)


def _anchor(one: Item, changes: list[Change]) -> Iterator[Finding]:
    for change in changes if one.anchor else ():
        if change.kind in _GUARDED:
            yield _finding("Q911", change.where, {"kind": CHANGE_KINDS[change.kind], **_sides(change)})
        elif change.kind in ("wording", "labels"):
            yield _finding("Q916", change.where, _sides(change))


def _versions(one: Item, other: Item, changes: list[Change]) -> Iterator[Finding]:
    kinds = {change.kind for change in changes}
    if other.meaning_version < one.meaning_version:
        versions = {"old": str(one.meaning_version), "new": str(other.meaning_version)}
        yield _finding("Q917", f"item {one.id}", versions)
    if one.meaning_version != other.meaning_version:
        return
    if _another(one, other, kinds):
        yield _finding("Q912", f"item {one.id}", {"old": one.text.vi, "new": other.text.vi})
    elif any(change.verdict == "not_comparable" for change in changes):
        broken = [CHANGE_KINDS[c.kind] for c in changes if c.verdict == "not_comparable"]
        kind = Text(vi=", ".join(k.vi for k in broken), en=", ".join(k.en for k in broken))
        yield _finding("Q914", f"item {one.id}", {"kind": kind})
    if "wording" in kinds and one.text_version == other.text_version:
        yield _finding("Q915", f"item {one.id}", {"old": one.text.vi, "new": other.text.vi})


def _another(one: Item, other: Item, kinds: set[str]) -> bool:
    """Whether the id was taken for another question: other criteria and other words, or hardly a word in
    common."""
    if "wording" not in kinds:
        return False
    words = [_WORD.findall(item.text.vi.casefold()) for item in (one, other)]
    alike = SequenceMatcher(None, *words, autojunk=False).ratio()
    elsewhere = bool(one.criteria) and bool(other.criteria) and not set(one.criteria) & set(other.criteria)
    return alike < _ALIKE or (elsewhere and alike < 2 * _ALIKE)


def _sides(change: Change) -> dict[str, str]:
    return {"old": change.old or "–", "new": change.new or "–"}


def _finding(code: str, where: str, fields: dict[str, str | Text]) -> Finding:
    return find(DIFF_RULES, code, where=where, fields=fields)


DIFF_RULES: dict[str, Entry] = {
    "Q911": (
        "error",
        "Câu neo bị thay đổi ({kind}): {old} → {new}.",
        "An anchor was changed ({kind}): {old} → {new}.",
        "Giữ nguyên câu neo ở mọi đợt; câu mới thì đặt mã mới.",
        "Keep anchors as they are in every wave; give a new question a new id.",
    ),
    "Q912": (
        "error",
        "Mã được dùng lại cho một câu hỏi khác: “{old}” → “{new}”.",
        "The id was taken for another question: “{old}” → “{new}”.",
        "Đặt mã mới cho câu mới, hoặc tăng `meaning_version`.",
        "Give the new question a new id, or raise `meaning_version`.",
    ),
    "Q913": (
        "error",
        "Có {count} thay đổi nhưng phiên bản vẫn là {version}.",
        "{count} change(s), yet the version is still {version}.",
        "Tăng `version`, để biết phiếu nào đã dùng ở đợt nào.",
        "Raise `version`, so that it is known which form was used in which wave.",
    ),
    "Q914": (
        "warning",
        "Không so sánh được với trước ({kind}) nhưng `meaning_version` chưa tăng.",
        "Not comparable with before ({kind}), yet `meaning_version` is the same.",
        "Tăng `meaning_version`: đây là một chuỗi số liệu mới.",
        "Raise `meaning_version`: this is a new series.",
    ),
    "Q915": (
        "warning",
        "Câu chữ đã đổi nhưng `text_version` chưa tăng: “{old}” → “{new}”.",
        "The wording changed, yet `text_version` is the same: “{old}” → “{new}”.",
        "Tăng `text_version`.",
        "Raise `text_version`.",
    ),
    "Q916": (
        "warning",
        "Câu chữ của câu neo đã đổi: “{old}” → “{new}”.",
        "An anchor's words were changed: “{old}” → “{new}”.",
        "Câu neo phải giữ nguyên văn; hãy trả lại câu cũ.",
        "Anchors are kept word for word; put the old words back.",
    ),
    "Q917": (
        "error",
        "`meaning_version` lùi từ {old} về {new}.",
        "`meaning_version` went back from {old} to {new}.",
        "Số này chỉ được tăng.",
        "It may only rise.",
    ),
}
