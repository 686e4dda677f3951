"""What can only be seen over a set of questionnaires: ids that mean two things, criteria without evidence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from surveylib.instrument.coverage_set import gaps
from surveylib.model.finding import Entry, Finding, find
from surveylib.model.questionnaire import Item, Questionnaire, Scale


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
        find(SET_RULES, "Q722", where=f"criterion {row.criterion}, {row.unit_type}")
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
                    found.append(find(SET_RULES, "Q721", where=place))
    return tuple(sorted(found, key=lambda finding: (finding.code, finding.where)))


def _differs(one: tuple[Item, Scale], other: tuple[Item, Scale]) -> list[str]:
    names = ("text", "reversed", "criteria", "meaning_version", "text_version")
    parts = [name for name in names if getattr(one[0], name) != getattr(other[0], name)]
    return [*parts, *(["scale"] if one[1] != other[1] else [])]


# Said by `surveylib coverage`.
SET_RULES: dict[str, Entry] = {
    "Q721": (
        "error",
        "Hai công cụ dùng cùng một mã cho hai câu khác nhau.",
        "Two instruments use one id for two different questions.",
        "Đưa câu vào ngân hàng câu hỏi và gọi bằng `use`, hoặc đặt mã khác.",
        "Put the item into the bank and call it by `use`, or choose another id.",
    ),
    "Q722": (
        "error",
        "Không công cụ nào có bằng chứng chính cho tiêu chí ở loại đơn vị này.",
        "No instrument has primary evidence on the criterion in this type of unit.",
        "Thêm câu có `primary_for` vào một công cụ hỏi ở loại đơn vị này.",
        "Add an item with `primary_for` to an instrument used in this type of unit.",
    ),
}
