"""What a lint rule is, what it looks at, and how a hit becomes a finding with a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from surveylib.documents import PlacedList, PlacedMapping
from surveylib.grammar import Expression
from surveylib.model.finding import PlacedFinding, Severity
from surveylib.model.questionnaire import Item, Questionnaire
from surveylib.model.scale import Scale
from surveylib.model.text import LANGS, Text

Family = Literal[
    "structure",
    "translation",
    "choices",
    "skip",
    "wording",
    "scales",
    "traceability",
    "privacy",
    "comparability",
]
_SINGULAR = {
    "items": "item",
    "scales": "scale",
    "sections": "section",
    "words": "word",
    "profiles": "profile",
    "criteria": "criterion",
    "indices": "index",
    "outcomes": "outcome",
    "choices": "code",
    "off_scale": "code",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is linted: the questionnaire, and, where it came from a file, the file's text as it lies there."""

    questionnaire: Questionnaire
    raw: str | None = None
    items: Mapping[str, Item] = field(init=False, repr=False)
    scales: Mapping[str, Scale] = field(init=False, repr=False)
    rules: Mapping[str, Expression | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Looked up once: rules ask for every item, and a questionnaire may have thousands.
        items, scales = self.questionnaire.items, self.questionnaire.scales
        object.__setattr__(self, "items", {item.id: item for item in items})
        object.__setattr__(self, "scales", {scale.id: scale for scale in scales})
        object.__setattr__(self, "rules", {item.id: item.relevance for item in items})

    def item(self, name: str) -> Item:
        return self.items[name]

    def scale_of(self, name: str) -> Scale:
        return self.scales[self.items[name].scale]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place where a rule fires.

    `path` leads into the document (``("items", "a1_simple", "text", "vi")``); `details` fill the
    rule's message; `line` is set where the rule works on the raw text.
    """

    path: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the linter and all it has to say. In `message`, ``{name}`` stands for a detail of the hit;
    `example` are lines of a questionnaire on which it fires."""

    code: str
    family: Family
    severity: Severity
    message: Text
    remedy: Text
    example: str
    check: Callable[[Subject], Iterator[Hit]]


def finding(rule: Rule, hit: Hit, *, file: str | None, places: Places) -> PlacedFinding:
    """The finding for `hit`: its place as file, line, item, language."""
    line = hit.line or places.line(hit.path)
    names = list(_names(hit.path))
    parts = [file, f"line {line}" if line else None, *names]
    lang = names.pop() if names and names[-1] in LANGS else None
    return PlacedFinding(
        code=rule.code,
        severity=rule.severity,
        where=", ".join(part for part in parts if part) or "questionnaire",
        message=rule.message.filled(hit.details),
        remedy=rule.remedy,
        file=file,
        line=line,
        part=", ".join(names) or "questionnaire",
        lang=lang,
    )


def _names(path: tuple[str, ...]) -> Iterator[str]:
    """``items, a1_simple, text, vi`` as people say it: item a1_simple, vi."""
    parts = iter(path)
    for part in parts:
        # A list's name may also end the path: the field `items` of an index.
        name = next(parts, None) if part in _SINGULAR else None
        if name is not None:
            yield f"{_SINGULAR[part]} {name}"
        elif part != "text":
            yield part


class Places:
    """Lines of the parts of a document; the entries of a list are looked up by their id or code.

    The document is read when the first line is asked for: most questionnaires have no finding.
    """

    def __init__(self, read: Callable[[], PlacedMapping] | None) -> None:
        self._read = read
        self._document: PlacedMapping | None = None
        self._known: dict[int, dict[str, int]] = {}

    def line(self, path: tuple[str, ...]) -> int | None:
        """The line of the deepest part of `path` that stands in the document."""
        if self._document is None and self._read is not None:
            self._document = self._read()
        line, here = None, self._document
        for part in path:
            if isinstance(here, PlacedMapping) and part in here:
                line, here = here.lines[part], here[part]
            elif isinstance(here, PlacedList) and (place := self._position(here, part)) is not None:
                line, here = here.lines[place], here[place]
            else:
                break
        return line

    def _position(self, entries: PlacedList, name: str) -> int | None:
        if id(entries) not in self._known:
            self._known[id(entries)] = {
                str(entry[key]): place
                for place, entry in reversed(list(enumerate(entries)))
                if isinstance(entry, PlacedMapping)
                for key in ("id", "code")
                if key in entry
            }
        return self._known[id(entries)].get(name)
