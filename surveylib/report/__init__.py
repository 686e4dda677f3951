"""The report room: what notebooks show, and the pages, brief, tables and manifest made from it.

In a notebook the last expression of a cell is a block, and shows itself::

    heading("Ai đã trả lời?", lang=lang)
    text("{n} phiếu, trả lời {rate}.", {"n": n, "rate": rate}, lang=lang, formats={"rate": "percent:1"})
    kpi("Tác động", 0.21, lang=lang, form="signed:2", below="từ {low}", values={"low": 0.1})
    table(frame, caption=Text(vi="…", en="…"), lang=lang, formats={"share": "percent:1"}, missing="chưa hỏi")
    finding_list(findings, caption="Kiểm tra phiếu", lang=lang)
    quote(words, lang=lang, source="Phường A")
    figure(strip_plot(changes, lang=lang, sesoi=0.2), alt="…", caption="…", lang=lang, mark=mark)
    together([block, block], lang=lang)

Every function takes ``lang`` ("vi" or "en"); words are a str or a `Text` with both languages. Formats are
``number:2 signed:2 percent:1 points:1 count money p date text``. Pass ``key=`` where ``estimates.csv`` should
name a block by more than its place. Charts take tables of estimates, not rows, and give a matplotlib Figure.

A markdown heading of the form ``## Câu hỏi? / Question?`` becomes a heading of the page in its language;
other markdown stays in the notebook.

Files: `printing` (numbers by language), `words` (vocabulary), `blocks` (nouns), `exhibits` (their makers),
`tables`; `drawing` (style, SVG), `strip`, `figures`, `pictures` (charts); `render` and `html` (pages); `pdf`
(the page of the brief), `site` (index), `manifest`, `estimates`, `said` (numbers in words), `publish`.

Kept empty of imports: matplotlib and typst are paid for by those who draw and typeset.
"""
