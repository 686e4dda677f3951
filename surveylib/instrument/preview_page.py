"""The questionnaire as a page to try out: skip rules, bounds and piped words work, nothing is sent or
fetched."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from surveylib.instrument.coverage import CELL_TEXTS, coverage
from surveylib.instrument.preview_items import findings_html, item_html, said
from surveylib.instrument.rule_tree import rule_tree
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import UNIT_TYPES, Item, Questionnaire, Section
from surveylib.model.scale import Scale
from surveylib.model.text import LANGS, Lang, Text

_ABOUT_ITEM = re.compile(r"\bitem ([a-z][a-z0-9_]*)")
_NUMERIC = ("ordinal", "binary", "choice", "number")
_UNITS = (
    ("", Text(vi="chưa nêu", en="not said")),
    ("LG ward", Text(vi="LG – phường", en="LG – ward")),
    ("LG township", Text(vi="LG – thị trấn", en="LG – township")),
    ("LG commune", Text(vi="LG – xã", en="LG – commune")),
    ("OD", Text(vi="OD – phòng chuyên môn cấp huyện", en="OD – district office")),
    ("OV", Text(vi="OV – cơ quan ngành dọc", en="OV – central vertical office")),
)
_UNIT = Text(vi="Đơn vị được hỏi:", en="Unit asked about:")
_SHOW_MARKS = Text(vi="Hiện mã, tiêu chí, điều kiện hỏi", en="Show ids, criteria, skip rules")
_SHOW_FINDINGS = Text(vi="Hiện phát hiện khi kiểm tra phiếu", en="Show findings of the linter")
_PREVIEW = Text(vi="Xem thử, không gửi đi đâu", en="Preview, nothing is sent")
_VERSION = Text(vi="phiên bản", en="version")
_CHECK, _EMPTY = Text(vi="Kiểm tra phiếu", en="Check the form"), Text(vi="Xóa hết", en="Clear all")
_DONE = Text(vi="Phiếu đã đủ.", en="The form is complete.")
_ANSWERED, _OF, _ASKED = (
    Text(vi="Đã trả lời", en="Answered"),
    Text(vi="trong", en="of"),
    Text(vi="câu được hỏi", en="items asked"),
)
_LACKING = Text(vi="câu còn thiếu hoặc chưa đúng.", en="items are missing or not right.")
_NO_SCRIPT = Text(
    vi="Trình duyệt đang tắt JavaScript: mọi câu đều hiện, điều kiện hỏi không chạy.",
    en="JavaScript is off: every item is shown, skip rules do not work.",
)
_DRAWN = Text(
    vi="Thứ tự các câu của phần này được rút ngẫu nhiên cho từng người, nếu mẫu điện tử làm được.",
    en="Where the form can do so, the items of this part come in an order drawn for each respondent.",
)
_COVERAGE = Text(vi="Phiếu này là bằng chứng cho tiêu chí nào", en="Which criteria this form is evidence for")
_CRITERION = Text(vi="Tiêu chí", en="Criterion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A page; a notebook shows it in a frame of its own."""

    page: str

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self.page)}" sandbox="allow-scripts" title="preview" '
            'style="width:100%;height:42rem;border:1px solid #999"></iframe>'
        )


def preview(questionnaire: Questionnaire, *, lang: Lang = "vi", findings: Sequence[Finding] = ()) -> Preview:
    """The whole page: both languages with a switch (`lang` first), the controls a respondent uses, and the
    linter's `findings` beside the items they are about.

    Skip rules are walked by the page's own script (no text is evaluated) and mean what `grammar` says. The
    page fetches and sends nothing: its policy admits only the script and the style inside it. The same
    questionnaire and findings give the same page.

    Raises
    ------
    SurveyError
        If a skip rule calls a function or takes an answer itself for true or false.
    """
    script, style = _asset("preview_rules.js") + _asset("preview_page.js"), _asset("preview_page.css")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src '{_digest(script)}'"
    page = f"""<!DOCTYPE html>
<html lang="{lang}" data-lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(questionnaire.title.get(lang))}</title>
<style>{style}</style>
</head>
<body>
{_body(questionnaire, findings)}
<script type="application/json" id="form">{_json(form_data(questionnaire))}</script>
<script>{script}</script>
</body>
</html>
"""
    return Preview(page=page)


def form_data(questionnaire: Questionnaire) -> dict:
    """What the page's script knows of the form: items with rule and bounds, words that differ with the
    unit."""
    return {
        "items": [_item_data(item, questionnaire.scale_of(item.id)) for item in questionnaire.items],
        "words": {
            word.id: {
                "text": _both(word.text),
                "variants": {name: _both(text) for name, text in word.variants.items()},
            }
            for word in questionnaire.words
        },
    }


def _item_data(item: Item, scale: Scale) -> dict:
    rule = item.relevance and rule_tree(item.relevance, where=f"item {item.id}, ask_if")
    return {
        "id": item.id,
        "kind": scale.kind,
        "numeric": scale.kind in _NUMERIC,
        "part_of": item.part_of,
        "applies_to": list(item.applies_to),
        "required": item.required,
        "rule": rule,
        "alone": [str(code) for code in (*scale.alone, *scale.off_codes)],
        "off": list(scale.off_codes),
        "integer": scale.integer,
        "minimum": scale.minimum,
        "maximum": scale.maximum,
        "earliest": scale.earliest and scale.earliest.isoformat(),
        "latest": scale.latest and scale.latest.isoformat(),
    }


def _body(questionnaire: Questionnaire, findings: Sequence[Finding]) -> str:
    about = {item.id: [] for item in questionnaire.items} | {None: []}
    for found in findings:
        place = _ABOUT_ITEM.search(found.where)
        about[place[1] if place and place[1] in about else None].append(found)
    parts = [_part(questionnaire, section, about) for section in (*questionnaire.sections, None)]
    words = questionnaire.words
    return "\n".join(
        [
            _bar(),
            "<main>",
            f'<h1 id="title">{said(questionnaire.title, words)}</h1>',
            f'<p class="about">{escape(questionnaire.id)}, {said(_VERSION)} '
            f"{escape(questionnaire.version)}</p>",
            f'<p class="notice">{said(questionnaire.notice, words)}</p>',
            f'<noscript><p class="notice">{said(_NO_SCRIPT)}</p></noscript>',
            _tools(questionnaire, findings),
            findings_html(about[None], kind="found whole"),
            *filter(None, parts),
            _finish(),
            _coverage(questionnaire),
            "</main>",
        ]
    )


def _bar() -> str:
    names = (("vi", "Tiếng Việt"), ("en", "English"))
    buttons = "".join(
        f'<button type="button" data-choose="{lang}" aria-pressed="false">{name}</button>'
        for lang, name in names
    )
    return (
        f'<div class="bar"><div><strong>{said(_PREVIEW)}</strong>'
        f'<div role="group" aria-label="Ngôn ngữ / Language">{buttons}</div></div></div>'
    )


def _tools(questionnaire: Questionnaire, findings: Sequence[Finding]) -> str:
    types = {kind for item in questionnaire.items for kind in item.applies_to}
    options = "".join(
        f'<option value="{value}" data-vi="{escape(text.vi)}" data-en="{escape(text.en)}">'
        f"{escape(text.vi)}</option>"
        for value, text in _UNITS
        if not value or value.split()[0] in types
    )
    return (
        f'<div class="tools"><label>{said(_UNIT)} <select id="unit">{options}</select></label>'
        f'<label><input type="checkbox" data-toggle="marks"> {said(_SHOW_MARKS)}</label>'
        f'<label><input type="checkbox" data-toggle="findings"> {said(_SHOW_FINDINGS)} '
        f"({len(findings)})</label></div>"
    )


def _part(questionnaire: Questionnaire, section: Section | None, about: dict) -> str:
    items = list(questionnaire.items_in(section.id if section else None))
    if not items:
        return ""
    head = []
    if section is not None:
        head.append(f"<h2>{said(section.title, questionnaire.words)}</h2>")
        head += [f'<p class="note">{said(section.note, questionnaire.words)}</p>'] if section.note else []
        head += [f'<p class="mark">{said(_DRAWN)}</p>'] if section.randomise else []
    made = [item_html(questionnaire, item, findings=about[item.id]) for item in items]
    return "\n".join(["<section data-part>", *head, *made, "</section>"])


def _finish() -> str:
    count = '<span data-count="{}">0</span>'.format
    return (
        f'<div class="finish"><button type="button" id="check">{said(_CHECK)}</button>'
        f'<button type="button" id="empty">{said(_EMPTY)}</button>'
        f'<span role="status">{said(_ANSWERED)} {count("answered")} {said(_OF)} {count("asked")} '
        f'{said(_ASKED)}. <span id="done" hidden>{said(_DONE)}</span>'
        f'<span id="notdone" hidden>{count("wrong")} {said(_LACKING)}</span></span></div>'
    )


def _coverage(questionnaire: Questionnaire) -> str:
    if not questionnaire.criteria:
        return ""
    cells = coverage(questionnaire)
    head = f"<th>{said(_CRITERION)}</th>" + "".join(f"<th>{kind}</th>" for kind in UNIT_TYPES)
    rows = "".join(
        f"<tr><th>{escape(criterion.id)} {said(criterion.text)}</th>"
        + "".join(f'<td class="{cell}">{said(CELL_TEXTS[cell])}</td>' for cell in cells.loc[criterion.id])
        + "</tr>"
        for criterion in questionnaire.criteria
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<details><summary>{said(_COVERAGE)}</summary><div class="wide">{table}</div></details>'


def _both(text: Text) -> dict[str, str]:
    return {lang: text.get(lang) for lang in LANGS}


def _json(data: dict) -> str:
    # "<" written as an escape, so that no text can end the script it stands in.
    return json.dumps(data, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")


def _asset(name: str) -> str:
    return files("surveylib.instrument").joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
