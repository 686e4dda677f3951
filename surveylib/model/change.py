"""What changed between two versions of a questionnaire, and whether their answers may still be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from surveylib.model.text import Text

Comparability = Literal["comparable", "note", "not_comparable"]
ChangeKind = Literal[
    "added",
    "removed",
    "meaning",
    "scale",
    "direction",
    "choices",
    "bounds",
    "skip",
    "wording",
    "labels",
    "explanation",
    "translation",
    "applies_to",
    "required",
    "order",
    "role",
    "tracing",
    "handling",
    "scoring",
]
COMPARABILITY: dict[Comparability, Text] = {
    "comparable": Text(vi="so sánh được", en="comparable"),
    "note": Text(vi="so sánh được, kèm ghi chú", en="comparable with a note"),
    "not_comparable": Text(vi="không so sánh được", en="not comparable"),
}
CHANGE_KINDS: dict[ChangeKind, Text] = {
    "added": Text(vi="thêm mới", en="added"),
    "removed": Text(vi="bỏ", en="removed"),
    "meaning": Text(vi="đổi nghĩa (meaning_version)", en="meaning (meaning_version)"),
    "scale": Text(vi="đổi loại thang đo", en="kind of scale"),
    "direction": Text(vi="đổi chiều thang đo", en="direction of the scale"),
    "choices": Text(vi="đổi các lựa chọn", en="choices"),
    "bounds": Text(vi="đổi giới hạn", en="bounds"),
    "skip": Text(vi="đổi điều kiện hỏi", en="skip rule"),
    "wording": Text(vi="đổi câu chữ", en="wording"),
    "labels": Text(vi="đổi nhãn lựa chọn", en="labels of choices"),
    "explanation": Text(vi="đổi lời giải thích", en="explanation"),
    "translation": Text(vi="chỉ đổi bản dịch", en="translation only"),
    "applies_to": Text(vi="đổi loại đơn vị", en="types of unit"),
    "required": Text(vi="đổi tính bắt buộc", en="required or not"),
    "order": Text(vi="đổi thứ tự", en="order"),
    "role": Text(vi="đổi vai trò", en="role"),
    "tracing": Text(vi="đổi tiêu chí", en="criteria"),
    "handling": Text(vi="đổi cách xử lý", en="handling"),
    "scoring": Text(vi="đổi cách tính", en="scoring"),
}
_RANK: dict[Comparability, int] = {"comparable": 0, "note": 1, "not_comparable": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: in which item (or index, outcome), of which kind, with what effect on comparing
    answers."""

    part: Literal["item", "index", "outcome"]
    id: str
    kind: ChangeKind
    verdict: Comparability
    old: str = ""
    new: str = ""

    @property
    def where(self) -> str:
        return f"{self.part} {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Which questionnaire, in which version."""

    id: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """All changes between two versions, in the order of the newer one's items, those removed at the end."""

    old: Edition
    new: Edition
    changes: tuple[Change, ...]

    def verdict(self, part: str, name: str) -> Comparability:
        """The gravest verdict on an item, index or outcome; comparable where nothing changed."""
        own = [change.verdict for change in self.changes if (change.part, change.id) == (part, name)]
        return max(own, key=_RANK.__getitem__, default="comparable")

    @property
    def broken(self) -> tuple[str, ...]:
        """The items whose answers may not be compared between the two versions."""
        found = (c.id for c in self.changes if c.part == "item" and c.verdict == "not_comparable")
        return tuple(dict.fromkeys(found))
