"""What changed in one item: its words, its scale, what is done with it; and in how figures are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from surveylib.model.change import Change, ChangeKind, Comparability
from surveylib.model.questionnaire import PIPED, Item, Questionnaire, Word
from surveylib.model.scale import Choice, Scale
from surveylib.model.text import Lang, Text

Words = Mapping[str, Word]


def item_changes(
    one: Item, other: Item, *, scales: tuple[Scale, Scale], words: tuple[Words, Words]
) -> Iterator[Change]:
    """Every change from `one` to `other`, except of its place and of who is asked; `scales` and piped `words`
    are those of the two versions."""
    name = one.id
    if one.meaning_version != other.meaning_version:
        versions = (str(one.meaning_version), str(other.meaning_version))
        yield _change(name, "meaning", "not_comparable", *versions)
    yield from _scale(name, *scales)
    if one.reversed != other.reversed:
        yield _change(name, "direction", "not_comparable", _said(one.reversed), _said(other.reversed))
    yield from _words(name, "wording", _text(one.text, words[0]), _text(other.text, words[1]))
    yield from _words(name, "explanation", _text(one.note, words[0]), _text(other.note, words[1]))
    if one.part_of != other.part_of:
        yield _change(
            name, "bounds", "note", *(f"≤ {side.part_of}" if side.part_of else "" for side in (one, other))
        )
    for kind, verdict, fields in _FIELDS:
        before, after = (_values(item, fields) for item in (one, other))
        if before != after:
            yield _change(name, kind, verdict, before, after)


_FIELDS: tuple[tuple[ChangeKind, Comparability, tuple[str, ...]], ...] = (
    ("applies_to", "note", ("applies_to",)),
    ("required", "note", ("required",)),
    ("role", "note", ("role",)),
    ("tracing", "comparable", ("criteria", "primary_for")),
    ("handling", "comparable", ("sensitive", "personal", "rare")),
)


def _values(item: Item, fields: tuple[str, ...]) -> str:
    """What stands in the fields; a flag is named where it is set."""
    values = [(name, getattr(item, name)) for name in fields]
    if all(isinstance(value, tuple) for _, value in values):
        return "; ".join(", ".join(value) for _, value in values)
    if len(values) == 1:
        return _said(values[0][1])
    return ", ".join(name for name, value in values if value)


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _scale(name: str, one: Scale, other: Scale) -> Iterator[Change]:
    if one.kind != other.kind:
        yield _change(name, "scale", "not_comparable", one.kind, other.kind)
        return
    if _turned(one, other):
        yield _change(name, "direction", "not_comparable", _labels(one.choices), _labels(other.choices))
        return
    if set(one.codes) != set(other.codes) or set(one.alone) != set(other.alone):
        yield _change(name, "choices", "not_comparable", _labels(one.choices), _labels(other.choices))
    elif one.codes != other.codes:
        yield _change(name, "choices", "note", _labels(one.choices), _labels(other.choices))
    off = [(set(s.off_codes), set(s.off_codes) & set(s.not_applicable)) for s in (one, other)]
    if off[0] != off[1]:
        yield _change(name, "choices", "note", _labels(one.off_scale), _labels(other.off_scale))
    yield from _relabelled(name, one, other)
    if set(one.positive) != set(other.positive):
        yield _change(name, "scoring", "note", _codes(one.positive), _codes(other.positive))
    bounds = [(s.minimum, s.maximum, s.integer, s.earliest, s.latest) for s in (one, other)]
    if bounds[0] != bounds[1]:
        yield _change(name, "bounds", "note", _bounds(one), _bounds(other))


def _turned(one: Scale, other: Scale) -> bool:
    """Whether the same labels stand at the same codes the other way round."""
    labels = [{choice.code: _fold(choice.text.vi) for choice in scale.choices} for scale in (one, other)]
    up = [labels[0][code] for code in sorted(labels[0])]
    down = [labels[1][code] for code in sorted(labels[1], reverse=True)]
    return len(up) > 1 and set(labels[0]) == set(labels[1]) and up == down and up != down[::-1]


def _relabelled(name: str, one: Scale, other: Scale) -> Iterator[Change]:
    before = {choice.code: choice for choice in (*one.choices, *one.off_scale)}
    pairs = [(before[c.code], c) for c in (*other.choices, *other.off_scale) if c.code in before]
    for lang, kind, verdict in (("vi", "labels", "note"), ("en", "translation", "comparable")):
        changed = [(a, b) for a, b in pairs if _fold(a.text.get(lang)) != _fold(b.text.get(lang))]
        if changed:
            shown = [_labels(tuple(pair[side] for pair in changed), lang) for side in (0, 1)]
            yield _change(name, kind, verdict, *shown)
            return


def _words(name: str, kind: ChangeKind, one: Text, other: Text) -> Iterator[Change]:
    if _fold(one.vi) != _fold(other.vi):
        yield _change(name, kind, "note", one.vi, other.vi)
    elif _fold(one.en) != _fold(other.en):
        yield _change(name, "translation", "comparable", one.en, other.en)


def _text(text: Text | None, words: Words) -> Text:
    """The text with what its piped words may say behind it: other words in their place are other wording."""
    if text is None:
        return Text(vi="", en="")
    return Text(vi=_piped(text.vi, words, "vi"), en=_piped(text.en, words, "en"))


def _piped(sentence: str, words: Words, lang: Lang) -> str:
    for name in dict.fromkeys(PIPED.findall(sentence)):
        said = [words[name].text, *words[name].variants.values()]
        sentence += f" [{name}: {' / '.join(text.get(lang) for text in said)}]"
    return sentence


def scoring_changes(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    """Indices and outcomes that are made otherwise, or not at all."""
    for part, before, after in (
        ("index", old.indices, new.indices),
        ("outcome", old.outcomes, new.outcomes),
    ):
        made = [{score.id: _made(score) for score in scores} for scores in (before, after)]
        for name in dict.fromkeys((*made[1], *made[0])):
            was, now = made[0].get(name, ""), made[1].get(name, "")
            if was != now:
                kind = "scoring" if was and now else "added" if now else "removed"
                verdict = "note" if was and now else "not_comparable"
                yield Change(part=part, id=name, kind=kind, verdict=verdict, old=was, new=now)


def _made(score) -> str:
    """How a figure is made, without the words it is called by."""
    names = [name for name in score.__slots__ if name not in ("id", "text", "unit")]
    values = [(name, getattr(score, name)) for name in names]
    return "; ".join(f"{name}: {_listed(value)}" for name, value in values if value not in (None, ()))


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else _said(value)


def _change(name: str, kind: ChangeKind, verdict: Comparability, old: str, new: str) -> Change:
    return Change(part="item", id=name, kind=kind, verdict=verdict, old=old, new=new)


def _labels(choices: tuple[Choice, ...], lang: Lang = "vi") -> str:
    return "; ".join(f"{choice.code} {choice.text.get(lang)}" for choice in choices)


def _codes(codes: tuple[int, ...]) -> str:
    return ", ".join(map(str, codes))


def _bounds(scale: Scale) -> str:
    low, high = (scale.earliest, scale.latest) if scale.kind == "date" else (scale.minimum, scale.maximum)
    edges = " … ".join(
        "" if edge is None else f"{edge:g}" if isinstance(edge, float | int) else str(edge)
        for edge in (low, high)
    )
    return f"{edges} (số nguyên / integer)" if scale.integer else edges


def _fold(words: str) -> str:
    return " ".join(words.split())
