"""What can only be seen over a set of questionnaires: ids that mean two things, criteria without evidence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from surveylib.instrument.coverage_set import gaps
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Item, Questionnaire, Scale
from surveylib.model.text import Text


def check_set(questionnaires: Sequence[Questionnaire]) -> tuple[Finding, ...]:
    """One finding for every item id that two questionnaires use for different questions, and for every
    criterion and type of unit without primary evidence.

    An item is the same when words, scale, direction, criteria and `meaning_version` are; skip rule, section,
    types of unit and explanation may differ.

    Raises
    ------
    SurveyError
        If two questionnaires are of one instrument or do not declare the same criteria.
    """
    found = [
        _finding("Q722", f"criterion {row.criterion}, {row.unit_type}", _BARE, _REMEDY_BARE)
        for row in gaps(questionnaires).itertuples()
    ]
    for one, other in combinations(questionnaires, 2):
        theirs = {item.id for item in other.items}
        for item in one.items:
            if item.id in theirs:
                differs = _differs(
                    (item, one.scale_of(item.id)), (other.item(item.id), other.scale_of(item.id))
                )
                if differs:
                    place = f"{one.id} and {other.id}, item {item.id}, {', '.join(differs)}"
                    found.append(_finding("Q721", place, _TWO_MEANINGS, _REMEDY_TWO))
    return tuple(sorted(found, key=lambda finding: (finding.code, finding.where)))


def _differs(one: tuple[Item, Scale], other: tuple[Item, Scale]) -> list[str]:
    names = ("text", "reversed", "criteria", "meaning_version", "text_version")
    parts = [name for name in names if getattr(one[0], name) != getattr(other[0], name)]
    return [*parts, *(["scale"] if one[1] != other[1] else [])]


def _finding(code: str, where: str, message: Text, remedy: Text) -> Finding:
    return Finding(code=code, severity="error", where=where, message=message, remedy=remedy)


_BARE = Text(
    vi="Không công cụ nào có bằng chứng chính cho tiêu chí ở loại đơn vị này.",
    en="No instrument has primary evidence on the criterion in this type of unit.",
)
_REMEDY_BARE = Text(
    vi="Thêm câu có `primary_for` vào một công cụ hỏi ở loại đơn vị này.",
    en="Add an item with `primary_for` to an instrument used in this type of unit.",
)
_TWO_MEANINGS = Text(
    vi="Hai công cụ dùng cùng một mã cho hai câu khác nhau.",
    en="Two instruments use one id for two different questions.",
)
_REMEDY_TWO = Text(
    vi="Đưa câu vào ngân hàng câu hỏi và gọi bằng `use`, hoặc đặt mã khác.",
    en="Put the item into the bank and call it by `use`, or choose another id.",
)
