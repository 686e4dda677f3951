"""From executed notebooks to one page: self-contained HTML, accessible, printable, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pandas as pd
from markupsafe import Markup

from surveylib.errors import SurveyError
from surveylib.model.text import Lang, slug
from surveylib.report.blocks import MIME, Banner, Block, Heading, flatten
from surveylib.report.estimates import listed_numbers, printed_numbers
from surveylib.report.publish import write_text
from surveylib.report.render import TEMPLATES, block_html, templates
from surveylib.report.said import said

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_BOTH = " / "


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a page leads: a relative address and its words."""

    href: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page in its order: blocks, with the anchors its contents point to."""

    title: str
    lang: Lang
    blocks: tuple[Block, ...]


def read_blocks(notebook: Path, *, lang: Lang) -> tuple[Block, ...]:
    """The blocks an executed notebook shows, with its markdown headings in `lang`.

    Raises
    ------
    SurveyError
        If the file is no notebook, was not executed, ended in an error, or holds a block that is not ours.
    """
    try:
        document = nbformat.read(notebook, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise SurveyError(
            "not a notebook that can be read", where=str(notebook), got=str(error)[:120]
        ) from error
    found: list[Block] = []
    for number, cell in enumerate(document.cells, 1):
        where = f"{notebook}, cell {number}"
        if cell.cell_type == "markdown":
            found.extend(_markdown_headings(cell.source, lang=lang))
        elif cell.cell_type == "code":
            found.extend(_shown(cell, where=where))
    return tuple(found)


def _shown(cell: nbformat.NotebookNode, *, where: str) -> Iterator[Block]:
    for output in cell.outputs:
        if output.output_type == "error":
            raise SurveyError(
                "a notebook ended in an error, and no page is made of it",
                where=where,
                got=f"{output.ename}: {output.evalue}".splitlines()[0][:200],
                hint="open the executed notebook; the whole trace stands there",
            )
        payload = output.get("data", {}).get(MIME)
        if payload is not None:
            yield from flatten(payload, where=where)


def _markdown_headings(source: str, *, lang: Lang) -> Iterator[Heading]:
    """Headings of level 2 and deeper; of ``Tiếng Việt / English`` the half in `lang`."""
    fenced = False
    for line in source.splitlines():
        fenced ^= line.lstrip().startswith("```")
        match = None if fenced else _HEADING.fullmatch(line)
        if match and len(match[1]) >= 2:
            words = match[2].split(_BOTH)
            text = words[lang == "en"] if len(words) == 2 else match[2]
            yield Heading(text=text.strip(" *_"), lang=lang, level=2 if len(match[1]) == 2 else 3)


def export_page(
    notebooks: Sequence[Path],
    target: Path,
    *,
    lang: Lang,
    title: str,
    mark: str = "",
    run: str = "",
    home: str = "",
    other_language: str = "",
    links: Sequence[Link] = (),
    footer: Sequence[str] = (),
) -> Page:
    """Write the blocks of executed notebooks as one HTML page, and give the page back for `estimates.csv`.

    Parameters
    ----------
    notebooks : paths
        Executed notebooks, in the order of the page.
    target : path
        The file to write.
    mark : str, optional
        The mark of a rehearsal: stands in the title, at the top, in the footer, and on every printed page.
    home, other_language : str, optional
        Relative addresses of the index page and of this page in the other language.
    links : sequence of Link, optional
        Further ways from this page.
    footer : sequence of str, optional
        Lines such as the digests of plan and data.

    Raises
    ------
    SurveyError
        If a notebook cannot be read or ended in an error; nothing is written then.
    """
    shown = (block for notebook in notebooks for block in read_blocks(Path(notebook), lang=lang))
    # A notebook bears the mark for who opens it alone; the page has its own, once.
    blocks = tuple(block for block in shown if not (mark and isinstance(block, Banner)))
    if not blocks:
        raise SurveyError(
            "no notebook shows anything", where=", ".join(map(str, notebooks)), hint="were they executed?"
        )
    page = Page(title=title, lang=lang, blocks=blocks)
    write_text(
        Path(target),
        page_html(
            page, mark=mark, run=run, home=home, other_language=other_language, links=links, footer=footer
        ),
    )
    return page


def page_html(
    page: Page,
    *,
    mark: str = "",
    run: str = "",
    home: str = "",
    other_language: str = "",
    links: Sequence[Link] = (),
    footer: Sequence[str] = (),
) -> str:
    """The page as HTML."""
    parts, contents = _parts(page)
    return (
        templates()
        .get_template("page.html.jinja")
        .render(
            title=page.title,
            lang=page.lang,
            css=style(),
            parts=parts,
            contents=contents,
            mark=mark,
            run=run,
            home=home,
            other_language=other_language,
            other_lang="en" if page.lang == "vi" else "vi",
            links=links,
            footer=footer,
        )
    )


def page_numbers(address: str, page: Page) -> pd.DataFrame:
    """Every number on the page, for ``estimates.csv``: of its title and of all its blocks.

    Not among them: the running numbers of tables and figures, the ways to other pages, the digests at its
    foot.
    """
    title = listed_numbers(address, said([page.title], lang=page.lang), block="00.title", record="said")
    return pd.concat([title, printed_numbers(address, page.blocks)], ignore_index=True)


def style() -> Markup:
    """The style sheet of all pages, to be embedded: our own text, the only one not escaped."""
    return Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))


def _parts(page: Page) -> tuple[list[Markup], list[Link]]:
    """The HTML of the blocks, figures side by side gathered, and the contents."""
    parts, contents, counts, anchors = [], [], {"table": 0, "figure": 0}, {}
    row_open = False
    for block in page.blocks:
        if (block.kind == "kpi") != row_open:
            parts.append(Markup('<div class="kpis">' if block.kind == "kpi" else "</div>"))
            row_open = not row_open
        number, anchor = None, ""
        if block.kind in counts:
            counts[block.kind] += 1
            number = counts[block.kind]
            anchor = f"{block.kind}-{number}"
        elif isinstance(block, Heading):
            anchor = _anchor(block.text, anchors)
            if block.level == 2:
                contents.append(Link(href=f"#{anchor}", text=block.text))
        parts.append(Markup(block_html(block.payload(), number=number, anchor=anchor)))
    if row_open:
        parts.append(Markup("</div>"))
    return parts, contents


def _anchor(text: str, taken: dict[str, int]) -> str:
    """A short address of plain letters; the second heading of the same words gets a number."""
    plain = slug(text, joint="-") or "muc"
    taken[plain] = taken.get(plain, 0) + 1
    return plain if taken[plain] == 1 else f"{plain}-{taken[plain]}"
