"""The changes between two versions of a questionnaire as a page of its own, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

import pandas as pd

from surveylib.model.change import CHANGE_KINDS, COMPARABILITY, Change, Diff
from surveylib.model.finding import Finding
from surveylib.model.text import LANGS, Lang, Text

_STYLE = """
:root{color-scheme:light}
body{font-family:"Liberation Sans",Arial,sans-serif;max-width:72rem;margin:1.5rem auto;padding:0 1rem;
line-height:1.45;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin-top:1.6rem}
table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{border-bottom:1px solid #ccc;padding:.35rem .6rem .35rem 0;text-align:left;vertical-align:top}
th{border-bottom:2px solid #333}
td.id{white-space:nowrap}td.old,td.new{max-width:24rem;overflow-wrap:anywhere}
.verdict{white-space:nowrap;border-left:.35rem solid;padding-left:.45rem}
.comparable{border-color:#2e7d32}.note{border-color:#b26a00}.not_comparable{border-color:#b3261e}
.error{color:#b3261e}.warning{color:#7a4a00}
section+section{border-top:3px double #888;margin-top:2.5rem}
@media(max-width:40rem){thead{display:none}tr{display:block;border-bottom:1px solid #ccc;padding:.4rem 0}
td{display:block;border:0;padding:.05rem 0}td.id{font-weight:bold}
td[data-head]:not(:empty)::before{content:attr(data-head) ": ";color:#555}}
"""
_TITLE = Text(vi="Thay đổi giữa hai phiên bản của phiếu", en="Changes between two versions of the form")
_NONE = Text(vi="Hai phiên bản như nhau.", en="The two versions are the same.")
_LOOK = Text(vi="Cần xem lại", en="To be looked at")
_HEADS = {
    "where": Text(vi="Ở đâu", en="Where"),
    "kind": Text(vi="Thay đổi", en="Change"),
    "verdict": Text(vi="So sánh", en="Comparison"),
    "old": Text(vi="Trước", en="Before"),
    "new": Text(vi="Sau", en="After"),
}
_PARTS = {
    "item": Text(vi="câu", en="item"),
    "index": Text(vi="chỉ số", en="index"),
    "outcome": Text(vi="kết quả", en="outcome"),
}


def diff_table(found: Diff, *, lang: Lang) -> pd.DataFrame:
    """One row a change, in words: ``where, change, comparison, old, new``."""
    rows = [(*_said(change, lang), change.old, change.new) for change in found.changes]
    return pd.DataFrame(rows, columns=["where", "change", "comparison", "old", "new"])


def diff_html(found: Diff, *, findings: Iterable[Finding] = ()) -> str:
    """A standalone page, Vietnamese first and English below it: no script, no network, all texts escaped."""
    hits = tuple(findings)
    title = escape(f"{found.new.id} {found.old.version} → {found.new.version}")
    parts = "\n".join(_section(found, hits, lang) for lang in LANGS)
    return f"""<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
{parts}
</body>
</html>
"""


def _section(found: Diff, findings: tuple[Finding, ...], lang: Lang) -> str:
    counts = {verdict: 0 for verdict in COMPARABILITY}
    for change in found.changes:
        counts[change.verdict] += 1
    tally = "; ".join(f"{COMPARABILITY[name].get(lang)}: {count}" for name, count in counts.items())
    lines = [
        f'<section lang="{lang}">',
        f"<h1>{escape(_TITLE.get(lang))}</h1>",
        f"<p>{escape(found.new.id)}: {escape(found.old.version)} → {escape(found.new.version)}. "
        f"{escape(tally if found.changes else _NONE.get(lang))}</p>",
    ]
    if findings:
        items = "\n".join(_finding(hit, lang) for hit in findings)
        lines += [f"<h2>{escape(_LOOK.get(lang))}</h2>", f"<ul>\n{items}\n</ul>"]
    if found.changes:
        heads = "".join(f'<th scope="col">{escape(text.get(lang))}</th>' for text in _HEADS.values())
        rows = "\n".join(_row(change, lang) for change in found.changes)
        lines.append(f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>")
    return "\n".join([*lines, "</section>"])


def _finding(hit: Finding, lang: Lang) -> str:
    return (
        f'<li class="{hit.severity}"><b>{escape(hit.code)}</b> {escape(_place(hit.where, lang))}: '
        f"{_marked(hit.message.get(lang))} {_marked(hit.remedy.get(lang))}</li>"
    )


def _place(where: str, lang: Lang) -> str:
    part, _, name = where.partition(" ")
    return f"{_PARTS[part].get(lang)} {name}" if part in _PARTS else where


def _marked(text: str) -> str:
    """The text escaped, with what stands between backticks set as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _row(change: Change, lang: Lang) -> str:
    where, kind, verdict = map(escape, _said(change, lang))
    return (
        f'<tr><td class="id">{where}</td><td>{kind}</td>'
        f'<td><span class="verdict {change.verdict}">{verdict}</span></td>'
        f"{_side('old', change.old, lang)}{_side('new', change.new, lang)}</tr>"
    )


def _side(name: str, text: str, lang: Lang) -> str:
    # On a narrow screen the row is a list, and each side carries the head of its column.
    return f'<td class="{name}" data-head="{escape(_HEADS[name].get(lang))}">{escape(text)}</td>'


def _said(change: Change, lang: Lang) -> tuple[str, str, str]:
    return (
        f"{_PARTS[change.part].get(lang)} {change.id}",
        CHANGE_KINDS[change.kind].get(lang),
        COMPARABILITY[change.verdict].get(lang),
    )
