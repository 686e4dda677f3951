"""The items of the preview page: a fieldset each, with the controls a respondent uses."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from surveylib.instrument.preview import item_tags
from surveylib.instrument.rule_words import rule_in_words
from surveylib.instrument.xlsform_answers import constraint_message
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import PIPED, Item, Questionnaire, Word
from surveylib.model.scale import Choice, Scale
from surveylib.model.text import LANGS, Text

_REQUIRED = Text(vi="Câu này cần được trả lời.", en="This question needs an answer.")
_MUST = Text(vi="bắt buộc", en="required")
_CLEAR = Text(vi="Xóa câu trả lời", en="Clear the answer")
_ASKED_IF = Text(vi="Chỉ hỏi khi: ", en="Only if: ")
_NUMBER = {"number": Text(vi="Ghi một số.", en="Write a number.")}
_OFF = Text(vi="Trả lời ngoài thang", en="Answers off the scale")


def said(text: Text, words: Sequence[Word] = ()) -> str:
    """The text in both languages, one of them hidden by the page; piped words in spans of their own."""
    known = {word.id: word for word in words}
    return "".join(f'<span lang="{lang}">{_filled(text.get(lang), known, lang)}</span>' for lang in LANGS)


def _filled(text: str, words: dict[str, Word], lang: str) -> str:
    parts = PIPED.split(text)
    made = [escape(parts[0])]
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        shown = escape(words[name].text.get(lang))
        made.append(f'<span data-word="{escape(name)}" data-lang="{lang}">{shown}</span>{escape(rest)}')
    return "".join(made)


def item_html(questionnaire: Questionnaire, item: Item, *, findings: Sequence[Finding]) -> str:
    """The fieldset of `item`; `findings` are those of the linter about it."""
    name, words, scale = escape(item.id), questionnaire.words, questionnaire.scale_of(item.id)
    whole = questionnaire.item(item.part_of) if item.part_of else None
    must = f' <span class="must">* <small>({said(_MUST)})</small></span>' if item.required else ""
    note = f'<p class="note" id="note-{name}">{said(item.note, words)}</p>' if item.note else ""
    parts = [
        f'<fieldset class="item" id="item-{name}">',
        f'<legend id="ask-{name}">{said(item.text, words)}{must}</legend>',
        note,
        f'<div class="answer">{_controls(item, scale, words)}</div>',
        f'<div id="error-{name}" aria-live="polite">{_problems(item, scale, words, whole=whole)}</div>',
        f'<button type="button" class="clear" data-clear="{name}">{said(_CLEAR)}</button>',
        f'<div class="mark">{_marks(questionnaire, item)}</div>',
        findings_html(findings, kind="found"),
        "</fieldset>",
    ]
    return "\n".join(part for part in parts if part)


def findings_html(findings: Sequence[Finding], *, kind: str) -> str:
    """What the linter found, as a list; "" when nothing."""
    rows = [
        f'<li><b class="{found.severity}">{escape(found.code)}</b> '
        f"{said(found.message)} → {said(found.remedy)}</li>"
        for found in findings
    ]
    return f'<ul class="{kind}">{"".join(rows)}</ul>' if rows else ""


def _controls(item: Item, scale: Scale, words: Sequence[Word]) -> str:
    kind = "checkbox" if scale.kind == "multiple" else "radio"
    on = "".join(_choice(item, choice, kind, words) for choice in scale.choices)
    off = "".join(_choice(item, choice, kind, words) for choice in scale.off_scale)
    made = _typed(item, scale) if scale.kind in ("number", "date", "text") else ""
    made += f'<div class="choices">{on}</div>' if on else ""
    # Off-scale codes stand apart, so that nobody reads them as a sixth point.
    return made + (f'<div class="choices off" role="group" {_label(_OFF)}>{off}</div>' if off else "")


def _choice(item: Item, choice: Choice, kind: str, words: Sequence[Word]) -> str:
    control = (
        f'<input type="{kind}" name="{escape(item.id)}" value="{choice.code}" {_described(item)}'
        + (' required aria-required="true"' if item.required and kind == "radio" else "")
        + ">"
    )
    return f"<label>{control}<span>{said(choice.text, words)}</span></label>"


def _typed(item: Item, scale: Scale) -> str:
    named = f'data-typed aria-labelledby="ask-{escape(item.id)}" {_described(item)}'
    named += ' aria-required="true"' if item.required else ""
    if scale.kind == "text":
        return f"<textarea {named}></textarea>"
    if scale.kind == "date":
        return f'<input type="date" {named}>'
    mode = "numeric" if scale.integer else "decimal"
    return f'<input type="text" inputmode="{mode}" autocomplete="off" {named}>'


def _described(item: Item) -> str:
    note = f"note-{item.id} " if item.note else ""
    return f'aria-describedby="{escape(note)}error-{escape(item.id)}"'


def _label(text: Text) -> str:
    return f'aria-label="{escape(text.vi)} / {escape(text.en)}"'


def _problems(item: Item, scale: Scale, words: Sequence[Word], *, whole: Item | None) -> str:
    message = constraint_message(scale, whole=whole) or _NUMBER.get(scale.kind)
    lines = [("required", _REQUIRED)] if item.required else []
    lines += [("constraint", message)] if message else []
    return "".join(
        f'<p class="error" data-problem="{kind}" hidden>{said(text, words)}</p>' for kind, text in lines
    )


def _marks(questionnaire: Questionnaire, item: Item) -> str:
    tags = Text(**{lang: _tags(item, lang) for lang in LANGS})
    made = f"<b>{escape(item.id)}</b> " + "".join(
        f'<span lang="{lang}">{tags.get(lang)}</span>' for lang in LANGS
    )
    if item.relevance is None:
        return made
    words = Text(
        **{
            lang: _ASKED_IF.get(lang) + rule_in_words(item.relevance, questionnaire=questionnaire, lang=lang)
            for lang in LANGS
        }
    )
    return f'{made}<div class="rule">{said(words, questionnaire.words)}</div>'


def _tags(item: Item, lang: str) -> str:
    return "".join(f'<span class="tag">{escape(tag)}</span>' for tag in item_tags(item, lang=lang))
