"""The codebook: every variable with its question, codes and skip rule, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import pandas as pd

from surveylib.instrument.fill import fill_words
from surveylib.instrument.preview import item_tags
from surveylib.instrument.rule_words import rule_in_words
from surveylib.instrument.workbook import after_blank
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Item, Questionnaire
from surveylib.model.scale import Choice, Scale
from surveylib.model.setting import Setting
from surveylib.model.text import LANGS, Lang, Text

_STYLE = """
body{font:0.95rem/1.45 "Liberation Sans",Arial,sans-serif;color:#1b1b1b}
body{margin:0 auto;max-width:70rem;padding:1rem}
h1{font-size:1.4rem}h2{font-size:1.15rem;color:#1f3a5f;border-bottom:2px solid #1f3a5f;margin-top:1.8rem}
.notice{border:1px solid #c8ced8;border-left:4px solid #1f3a5f;padding:.5rem .8rem}
[lang=en]{color:#555;font-style:italic}
article{border-top:1px solid #c8ced8;padding:.7rem 0;break-inside:avoid}
h3{font-size:1rem;margin:0 0 .2rem}code{background:#eef1f5;padding:0 .25rem}
p{margin:.15rem 0}
.tag{border:1px solid #8b94a3;border-radius:.6rem;padding:0 .4rem;font-size:.8rem;margin-right:.25rem}
.wide{overflow-x:auto}table{border-collapse:collapse;margin:.35rem 0;font-size:.9rem}
th,td{border:1px solid #c8ced8;padding:.15rem .5rem;text-align:left;vertical-align:top}
td.code{text-align:right;font-variant-numeric:tabular-nums}tr.off td{background:#f1f1f1}
.rule{color:#7a3e00}
"""
_KINDS = {
    "ordinal": Text(vi="thang thứ bậc", en="ordered scale"),
    "binary": Text(vi="có/không", en="yes or no"),
    "choice": Text(vi="chọn một", en="one choice"),
    "multiple": Text(
        vi="chọn nhiều; ghi các mã cách nhau bằng dấu cách", en="several marks, codes with blanks between"
    ),
    "number": Text(vi="số", en="number"),
    "date": Text(vi="ngày (năm-tháng-ngày)", en="date (year-month-day)"),
    "text": Text(vi="chữ", en="text"),
}
_TITLE = Text(vi="Sổ mã", en="Codebook")
_HEADS = (
    Text(vi="Mã", en="Code"),
    Text(vi="Nhãn", en="Label"),
    Text(vi="Dùng trong tính toán", en="In figures"),
)
_COUNTS = {
    "positive": Text(vi="tính vào tỷ lệ", en="counted in the share"),
    "on": Text(vi="thuộc thang", en="on the scale"),
    "off": Text(vi="ngoài thang, không vào mẫu số", en="off the scale, never in a denominator"),
}
_BOUNDS, _ONLY_IF = Text(vi="giới hạn", en="bounds"), Text(vi="Chỉ hỏi khi", en="Asked only if")
_FIGURES = Text(vi="Chỉ số và số liệu rút ra", en="Indices and outcomes")
_ANY = Text(vi="Trống: không được hỏi hoặc không trả lời.", en="Blank: not asked, or not answered.")
COLUMNS = (
    *(
        "position",
        "variable",
        "section",
        "question_vi",
        "question_en",
        "kind",
        "code",
        "label_vi",
        "label_en",
    ),
    *(
        "off_scale",
        "positive",
        "minimum",
        "maximum",
        "part_of",
        "ask_if",
        "applies_to",
        "required",
        "role",
        "criteria",
    ),
    *("primary_for", "reversed", "sensitive", "personal", "meaning_version"),
)
_UNKNOWN = Setting()


def codebook(
    questionnaire: Questionnaire, *, setting: Setting = _UNKNOWN
) -> tuple[bytes, tuple[Finding, ...]]:
    """The codebook as one HTML page in both languages, for reading and printing; nothing is lost, so there
    are no findings. The same questionnaire gives the same bytes."""
    filled = _filled(questionnaire, setting)
    titles = {section.id: section.title for section in filled.sections}
    parts, last = [], None
    for item in filled.items:
        if item.section != last and item.section in titles:
            parts.append(f"<h2>{_both(titles[item.section])}</h2>")
        last = item.section
        parts.append(_article(filled, item))
    page = f"""<!DOCTYPE html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(_TITLE.vi)}: {escape(filled.title.vi)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{_both(_TITLE)}: {_both(filled.title)}</h1>
<p>{escape(filled.id)} {escape(filled.version)}. {_both(_ANY)}</p>
<p class="notice">{_both(filled.notice)}</p>
{chr(10).join(parts)}
{_figures(filled)}
</body>
</html>
"""
    return page.encode("utf-8"), ()


def codebook_csv(questionnaire: Questionnaire, *, setting: Setting = _UNKNOWN) -> bytes:
    """The codebook as CSV: one row a code, one row an item that has none."""
    text = codebook_table(_filled(questionnaire, setting)).to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8")


def codebook_table(questionnaire: Questionnaire) -> pd.DataFrame:
    """The codebook as a table of text (`COLUMNS`); cells that a spreadsheet would compute are neutralised."""
    rows = [
        [after_blank(str(cell)) for cell in row]
        for place, item in enumerate(questionnaire.items, 1)
        for row in _rows(item, questionnaire.scale_of(item.id), place)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _filled(questionnaire: Questionnaire, setting: Setting) -> Questionnaire:
    for unit in setting.units if setting.unit is not None else ():
        return fill_words(questionnaire, unit_type=unit.type, place=unit.place)
    return fill_words(questionnaire)


def _rows(item: Item, scale: Scale, place: int) -> Iterator[list]:
    low, high = (scale.minimum, scale.maximum) if scale.kind == "number" else (scale.earliest, scale.latest)
    head = [place, item.id, item.section or "", item.text.vi, item.text.en, scale.kind]
    tail = [
        _bound(low),
        _bound(high),
        item.part_of or "",
        item.ask_if or "",
        " ".join(item.applies_to),
        _yes(item.required),
        item.role,
        " ".join(item.criteria),
        " ".join(item.primary_for),
        _yes(item.reversed),
        _yes(item.sensitive),
        _yes(item.personal),
        item.meaning_version,
    ]
    choices = [(choice, False) for choice in scale.choices] + [(choice, True) for choice in scale.off_scale]
    for choice, off in choices:
        yield [
            *head,
            choice.code,
            choice.text.vi,
            choice.text.en,
            _yes(off),
            _yes(choice.code in scale.positive),
            *tail,
        ]
    if not scale.choices:
        yield [*head, "", "", "", "", "", *tail]


def _bound(bound: object) -> str:
    if bound is None:
        return ""
    return f"{bound:g}" if isinstance(bound, int | float) else str(bound)


def _yes(truth: bool) -> str:
    return "yes" if truth else ""


def _article(questionnaire: Questionnaire, item: Item) -> str:
    scale = questionnaire.scale_of(item.id)
    pairs = zip(*(item_tags(item, lang=lang) for lang in LANGS), strict=True)
    tags = "".join(f'<span class="tag">{_both(Text(vi=vi, en=en))}</span>' for vi, en in pairs)
    parts = [
        f'<article id="{escape(item.id)}">',
        f"<h3><code>{escape(item.id)}</code> {_both(item.text)}</h3>",
        f"<p>{tags}</p>",
        f"<p>{_both(item.note)}</p>" if item.note else "",
        _rule(questionnaire, item),
        f"<p>{_both(_KINDS[scale.kind])}{_limits(scale)}</p>",
        _codes(scale),
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _rule(questionnaire: Questionnaire, item: Item) -> str:
    if item.relevance is None:
        return ""
    said = {
        lang: f"{_ONLY_IF.get(lang)} {rule_in_words(item.relevance, questionnaire=questionnaire, lang=lang)}"
        for lang in LANGS
    }
    return f'<p class="rule">{_both(Text(**said))} <code>{escape(item.ask_if or "")}</code></p>'


def _limits(scale: Scale) -> str:
    low, high = (scale.minimum, scale.maximum) if scale.kind == "number" else (scale.earliest, scale.latest)
    if low is None and high is None:
        return ""
    return f"; {_both(_BOUNDS)} {escape(_bound(low) or '…')} – {escape(_bound(high) or '…')}"


def _codes(scale: Scale) -> str:
    choices = [(choice, _use(choice, scale)) for choice in scale.choices]
    choices += [(choice, "off") for choice in scale.off_scale]
    if not choices:
        return ""
    rows = "".join(
        f'<tr{" class=off" if use == "off" else ""}><td class="code">{choice.code}</td>'
        f"<td>{_both(choice.text)}</td><td>{_both(_COUNTS[use])}</td></tr>"
        for choice, use in choices
    )
    heads = "".join(f"<th>{_both(head)}</th>" for head in _HEADS)
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _use(choice: Choice, scale: Scale) -> str:
    return "positive" if choice.code in scale.positive else "on"


def _figures(questionnaire: Questionnaire) -> str:
    rows = [(index.id, index.text, ", ".join(index.items)) for index in questionnaire.indices]
    for outcome in questionnaire.outcomes:
        of = f" / {outcome.of}" if outcome.of else ""
        rows.append((outcome.id, outcome.text, f"{outcome.measure}: {outcome.item}{of}"))
    if not rows:
        return ""
    made = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{_both(text)}</td><td>{escape(how)}</td></tr>"
        for name, text, how in rows
    )
    return f'<h2>{_both(_FIGURES)}</h2><div class="wide"><table><tbody>{made}</tbody></table></div>'


def _both(text: Text) -> str:
    def part(lang: Lang) -> str:
        return f'<span lang="{lang}">{escape(text.get(lang))}</span>'

    return part("vi") if text.vi == text.en else f"{part('vi')} {part('en')}"
