"""Options that many commands share, each worded once."""

from __future__ import annotations

from collections.abc import Callable

import click

decimal_comma_option = click.option(
    "--decimal-comma", is_flag=True, help="Numbers in FILE are written 3,5 (and thousands, if at all, 1.000)."
)


def lang_option(help: str) -> Callable:
    """``--lang vi|en``, Vietnamese unless asked otherwise; `help` says the language of what."""
    return click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help=help)
