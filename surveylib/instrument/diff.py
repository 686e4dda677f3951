"""What changed between two versions of a questionnaire, and what may still be compared.

The law: `meaning_version` and the set of people asked decide whether two answers may be compared; words that
were mended are a note; a translation is nothing. Skip rules are compared by their tables of truth, not by how
they are written.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from surveylib.errors import SurveyError
from surveylib.instrument.diff_parts import item_changes, scoring_changes
from surveylib.instrument.diff_skip import skip_change
from surveylib.model.change import Change, Diff, Edition
from surveylib.model.questionnaire import Questionnaire


def diff(old: Questionnaire, new: Questionnaire) -> Diff:
    """Every change from `old` to `new`, each comparable, comparable with a note, or not comparable.

    Raises
    ------
    SurveyError
        If the two are not versions of one questionnaire.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from surveylib.model.questionnaire import Item, Scale
    >>> from surveylib.model.text import Text
    >>> rapid = Item(id="rapid", scale="NUM", text=Text(vi="Chờ mấy phút?", en="How long did you wait?"))
    >>> old = Questionnaire(id="c", instrument="C", version="1.0.0", title=rapid.text, notice=rapid.text,
    ...     scales=(Scale(id="NUM", kind="number"),), items=(rapid,))
    >>> new = replace(old, version="2.0.0", items=(replace(rapid, meaning_version=2),))
    >>> diff(old, new).broken
    ('rapid',)
    """
    if (old.id, old.instrument) != (new.id, new.instrument):
        raise SurveyError(
            "two versions of one questionnaire are compared",
            expected=f"{old.id} ({old.instrument})",
            got=f"{new.id} ({new.instrument})",
        )
    return Diff(
        old=Edition(id=old.id, version=old.version),
        new=Edition(id=new.id, version=new.version),
        changes=tuple(_changes(old, new)),
    )


def _changes(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    before = {item.id: item for item in old.items}
    after = {item.id: item for item in new.items}
    moved = _moved([name for name in before if name in after], [name for name in after if name in before])
    skips = skip_change(old, new)
    scales = [{scale.id: scale for scale in version.scales} for version in (old, new)]
    words = ({word.id: word for word in old.words}, {word.id: word for word in new.words})
    for name, item in after.items():
        if name not in before:
            yield _whole(name, "added", new=item.text.vi)
            continue
        pair = (scales[0][before[name].scale], scales[1][item.scale])
        yield from item_changes(before[name], item, scales=pair, words=words)
        yield from skips(name)
        if name in moved:
            yield Change(part="item", id=name, kind="order", verdict="note")
        elif None not in (places := (before[name].section, item.section)) and places[0] != places[1]:
            yield Change(part="item", id=name, kind="order", verdict="note", old=places[0], new=places[1])
    for name, item in before.items():
        if name not in after:
            yield _whole(name, "removed", old=item.text.vi)
    yield from scoring_changes(old, new)


def _whole(name: str, kind, *, old: str = "", new: str = "") -> Change:
    return Change(part="item", id=name, kind=kind, verdict="not_comparable", old=old, new=new)


def _moved(before: list[str], after: list[str]) -> set[str]:
    """The fewest items whose moving turns one order into the other: all but the longest rising run."""
    place = {name: number for number, name in enumerate(before)}
    ends: list[int] = []  # place of the last item of the best run of each length
    last: list[str] = []
    previous: dict[str, str | None] = {}
    for name in after:
        length = bisect_left(ends, place[name])
        previous[name] = last[length - 1] if length else None
        ends[length : length + 1] = [place[name]]
        last[length : length + 1] = [name]
    kept, name = set(), last[-1] if last else None
    while name is not None:
        kept.add(name)
        name = previous[name]
    return set(after) - kept
