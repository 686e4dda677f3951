"""Every sentence of a questionnaire with its place, for the rules that read words."""

from __future__ import annotations

from collections.abc import Iterator

from surveylib.model.questionnaire import Choice, Questionnaire
from surveylib.model.text import LANGS, Text

Placed = tuple[tuple[str, ...], str]


def sentences(questionnaire: Questionnaire) -> Iterator[Placed]:
    """(path, sentence) of every sentence in both languages; the path ends in the language."""
    for path, text in _texts(questionnaire):
        for lang in LANGS:
            yield (*path, lang), text.get(lang)


def labels(questionnaire: Questionnaire) -> Iterator[Placed]:
    """Only what goes into a form's labels: questions and choices."""
    for path, sentence in sentences(questionnaire):
        if path[0] in ("items", "scales"):
            yield path, sentence


def _texts(questionnaire: Questionnaire) -> Iterator[tuple[tuple[str, ...], Text]]:
    yield ("title",), questionnaire.title
    yield ("notice",), questionnaire.notice
    for section in questionnaire.sections:
        yield ("sections", section.id, "title"), section.title
        if section.note is not None:
            yield ("sections", section.id, "note"), section.note
    for word in questionnaire.words:
        yield ("words", word.id, "text"), word.text
        for place, variant in word.variants.items():
            yield ("words", word.id, "variants", place), variant
    for profile in questionnaire.profiles:
        yield ("profiles", profile.id, "text"), profile.text
    for criterion in questionnaire.criteria:
        yield ("criteria", criterion.id, "text"), criterion.text
        if criterion.other_evidence is not None:
            yield ("criteria", criterion.id, "other_evidence"), criterion.other_evidence
    for scale in questionnaire.scales:
        yield from _choices(scale.id, "choices", scale.choices)
        yield from _choices(scale.id, "off_scale", scale.off_scale)
    for item in questionnaire.items:
        yield ("items", item.id, "text"), item.text
        if item.note is not None:
            yield ("items", item.id, "note"), item.note
    for index in questionnaire.indices:
        yield ("indices", index.id, "text"), index.text
    for outcome in questionnaire.outcomes:
        yield ("outcomes", outcome.id, "text"), outcome.text
        if outcome.unit is not None:
            yield ("outcomes", outcome.id, "unit"), outcome.unit


def _choices(scale: str, part: str, choices: tuple[Choice, ...]) -> Iterator[tuple[tuple[str, ...], Text]]:
    for choice in choices:
        yield ("scales", scale, part, str(choice.code), "text"), choice.text
