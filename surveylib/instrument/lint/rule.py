"""What a lint rule is, what it looks at, and how a hit becomes a finding with a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from surveylib.model.finding import Finding, Severity
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.text import Text

Family = Literal[
    "structure", "translation", "choices", "skip", "wording", "scales", "traceability", "privacy"
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
    """A rule of the linter and all it has to say. In `message`, ``{name}`` stands for a detail of the hit."""

    code: str
    family: Family
    severity: Severity
    message: Text
    remedy: Text
    check: Callable[[Subject], Iterator[Hit]]


def finding(rule: Rule, hit: Hit, *, file: str | None, document: CommentedMap | None) -> Finding:
    """The finding for `hit`: its place as file, line, item, language."""
    line = hit.line or _line(document, hit.path)
    parts = [file, f"line {line}" if line else None, *_names(hit.path)]
    message = Text(vi=rule.message.vi.format_map(hit.details), en=rule.message.en.format_map(hit.details))
    return Finding(
        code=rule.code,
        severity=rule.severity,
        where=", ".join(part for part in parts if part) or "questionnaire",
        message=message,
        remedy=rule.remedy,
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


def _line(document: CommentedMap | None, path: tuple[str, ...]) -> int | None:
    """The line of the deepest part of `path` that stands in the document."""
    line, here = None, document
    for part in path:
        if isinstance(here, CommentedMap) and part in here:
            line, here = here.lc.key(part)[0] + 1, here[part]
        elif isinstance(here, CommentedSeq) and (place := _position(here, part)) is not None:
            line, here = here.lc.item(place)[0] + 1, here[place]
        else:
            break
    return line


def _position(entries: CommentedSeq, name: str) -> int | None:
    for place, entry in enumerate(entries):
        if isinstance(entry, CommentedMap) and name in (str(entry.get("id")), str(entry.get("code"))):
            return place
    return None
