"""From a block's payload to HTML: every word escaped by jinja2, charts as images in which nothing can run."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from surveylib.report.words import phrase

TEMPLATES = Path(__file__).with_name("templates")


def svg_address(svg: str) -> str:
    """The chart as a `data:` address: in an ``img`` its scripts and links are dead, its ids cannot clash."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def css_string(words: str) -> Markup:
    """Words for between quotes in a style sheet: all but letters, digits and spaces as code points.

    >>> css_string('a"b')
    Markup('a\\\\22 b')
    """
    return Markup("".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in words))


@cache
def templates() -> Environment:
    """The templates of the pages, escaping everything."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["svg_address"] = svg_address
    made.filters["css_string"] = css_string
    made.globals["phrase"] = phrase
    return made


def block_html(payload: Mapping[str, Any], *, number: int | None = None, anchor: str = "") -> str:
    """The HTML of one block; `number` counts tables and figures on a page, `anchor` is where links point."""
    macros = templates().get_template("blocks.html.jinja").module
    return str(macros.block(payload, number, anchor))
