"""The questionnaire as a page to read: item by item, with scale, skip rule in words, and criteria."""

from __future__ import annotations

from html import escape

from surveylib.instrument.fill import fill_words
from surveylib.instrument.rule_words import rule_in_words
from surveylib.model.questionnaire import UNIT_TYPES, Item, Questionnaire, Scale, Section
from surveylib.model.text import LANGS, Lang, Text

_STYLE = """
.questionnaire{font-family:"Liberation Serif","Times New Roman",serif;max-width:48rem;line-height:1.45}
.questionnaire ol{padding-left:0;list-style:none}
.questionnaire li.item{border-top:1px solid #ccc;padding:.55rem 0}
.questionnaire .gloss{color:#555;font-style:italic}
.questionnaire .choices{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.25rem 0}
.questionnaire .off{border-left:2px solid #999;padding-left:1.1rem;color:#444}
.questionnaire .rule{color:#7a3e00}
.questionnaire .tag{border:1px solid #888;border-radius:.5rem;padding:0 .4rem;font-size:.78rem}
.questionnaire .tag+.tag{margin-left:.3rem}
.questionnaire .notice{border:1px solid #888;padding:.5rem .8rem}
"""
ROLES = {
    "criterion": Text(vi="tiêu chí", en="criterion"),
    "anchor": Text(vi="câu neo", en="anchor"),
    "covariate": Text(vi="đặc điểm", en="covariate"),
    "open": Text(vi="ý kiến tự do", en="open text"),
    "process": Text(vi="người thu phiếu ghi", en="recorded by the collector"),
}
_ONLY_IF = Text(vi="Chỉ hỏi khi", en="Only if")
_ONLY_IN = Text(vi="chỉ ở đơn vị loại", en="only in units of type")
_PART = Text(vi="một phần của", en="part of")
_PRIMARY = Text(vi="bằng chứng chính", en="primary evidence")
_RARE = Text(vi="ít người được hỏi", en="few are asked")
_SENSITIVE = Text(vi="nhạy cảm", en="sensitive")
_REVERSED = Text(vi="đảo chiều", en="reversed")
_PERSONAL = Text(vi="tách riêng, không vào báo cáo", en="split off, never in reports")
_VERSION = Text(vi="phiên bản", en="version")
_NUMBER = Text(vi="Ghi số", en="A number")
_INTEGER = Text(vi="Ghi số nguyên", en="A whole number")
_DATE = Text(vi="Ghi ngày", en="A date")
_SEVERAL = Text(vi="có thể đánh dấu nhiều ô", en="several may be marked")
_DRAWN = Text(
    vi="Trên phiếu điện tử, thứ tự các câu của phần này được rút ngẫu nhiên cho từng người.",
    en="On an electronic form the items of this part come in an order drawn for each respondent.",
)
_WORDS = Text(vi="Ghi ý kiến", en="Free text")


def preview_html(questionnaire: Questionnaire, *, lang: Lang) -> str:
    """A self-contained HTML fragment: style included, no script, no network; all texts escaped.

    Words that differ with the unit stand as where the unit is not known; `fill_words` first for one unit.
    """
    questionnaire = fill_words(questionnaire)
    parts = [_part(questionnaire, section, lang) for section in (*questionnaire.sections, None)]
    head = (
        f"<h2>{escape(questionnaire.title.get(lang))}</h2>\n"
        f'<p class="gloss">{escape(questionnaire.title.get(_other(lang)))} · '
        f"{escape(questionnaire.id)}, {_VERSION.get(lang)} {escape(questionnaire.version)}</p>\n"
        f'<p class="notice">{escape(questionnaire.notice.get(lang))}</p>'
    )
    body = f"<style>{_STYLE}</style>\n{head}\n" + "\n".join(part for part in parts if part)
    return f'<div class="questionnaire" lang="{lang}">\n{body}\n</div>\n'


def _part(questionnaire: Questionnaire, section: Section | None, lang: Lang) -> str:
    """A section with its items; of None, the items of a questionnaire without sections."""
    items = [
        _item(questionnaire, item, lang) for item in questionnaire.items_in(section.id if section else None)
    ]
    if not items:
        return ""
    head = []
    if section is not None:
        head.append(f"<h3>{escape(section.title.get(lang))}</h3>")
        notes = [section.note] if section.note else []
        notes += [_DRAWN] if section.randomise else []
        head += [f'<p class="note">{escape(note.get(lang))}</p>' for note in notes]
    return "\n".join([*head, "<ol>", *items, "</ol>"])


def _item(questionnaire: Questionnaire, item: Item, lang: Lang) -> str:
    parts = [
        f'<b>{escape(item.id)}</b> <span class="ask">{escape(item.text.get(lang))}</span>',
        f'<div class="gloss" lang="{_other(lang)}">{escape(item.text.get(_other(lang)))}</div>',
        *_rule(questionnaire, item, lang),
        *([f'<div class="note">{escape(item.note.get(lang))}</div>'] if item.note else []),
        _answer(questionnaire.scale_of(item.id), lang),
        "<div>"
        + "".join(f'<span class="tag">{escape(tag)}</span>' for tag in item_tags(item, lang=lang))
        + "</div>",
    ]
    return f'<li class="item" id="item-{escape(item.id)}">' + "\n".join(parts) + "</li>"


def _rule(questionnaire: Questionnaire, item: Item, lang: Lang) -> list[str]:
    if item.relevance is None:
        return []
    words = rule_in_words(item.relevance, questionnaire=questionnaire, lang=lang)
    return [f'<div class="rule">{_ONLY_IF.get(lang)}: {escape(words)}</div>']


def _answer(scale: Scale, lang: Lang) -> str:
    if scale.kind == "number":
        bounds = [f"{bound:g}" for bound in (scale.minimum, scale.maximum) if bound is not None]
        words = (_INTEGER if scale.integer else _NUMBER).get(lang)
        return f'<div class="choices">{words}: {" – ".join(bounds) or "…"}{_off(scale, lang)}</div>'
    if scale.kind == "date":
        bounds = [f"{day:%d/%m/%Y}" for day in (scale.earliest, scale.latest) if day is not None]
        return f'<div class="choices">{_DATE.get(lang)}{": " if bounds else ""}{" – ".join(bounds)}</div>'
    if scale.kind == "text":
        return f'<div class="choices">{_WORDS.get(lang)}</div>'
    return '<div class="choices">' + _choices(scale, lang) + "</div>"


def _choices(scale: Scale, lang: Lang) -> str:
    several = scale.kind == "multiple"
    sign = "☐" if several else "○"
    on = "".join(f"<span>{sign} {c.code} {escape(c.text.get(lang))}</span>" for c in scale.choices)
    hint = f'<span class="gloss">({_SEVERAL.get(lang)})</span>' if several else ""
    return hint + on + _off(scale, lang)


def _off(scale: Scale, lang: Lang) -> str:
    # Off-scale codes stand apart, so that nobody reads them as a sixth point.
    off = "".join(f"<span>○ {c.code} {escape(c.text.get(lang))}</span>" for c in scale.off_scale)
    return f'<span class="off">{off}</span>' if off else ""


def item_tags(item: Item, *, lang: Lang) -> list[str]:
    """What researchers want to see of an item at a glance: criteria or role, evidence, marks."""
    tags = list(item.criteria) or [ROLES[item.role].get(lang)]
    tags += [_PRIMARY.get(lang)] if item.primary_for else []
    tags += [f"{key.upper()} {value}" for key, value in sorted(item.maps.items())]
    flags = (
        (item.rare, _RARE),
        (item.sensitive, _SENSITIVE),
        (item.reversed, _REVERSED),
        (item.personal, _PERSONAL),
    )
    tags += [text.get(lang) for on, text in flags if on]
    if set(item.applies_to) != set(UNIT_TYPES):
        tags.append(f"{_ONLY_IN.get(lang)} {', '.join(item.applies_to)}")
    tags += [f"{_PART.get(lang)} {item.part_of}"] if item.part_of else []
    return tags


def _other(lang: Lang) -> Lang:
    return next(other for other in LANGS if other != lang)
