"""surveylib new: a fresh study that runs."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import click

from surveylib.cli.common_options import lang_option
from surveylib.runner.starter import lay_out, month_after

_NEXT = {
    "vi": (
        "Đã tạo nghiên cứu với {count} tệp trong {path}",
        "Thử ngay với số liệu giả lập:",
        "Rồi đọc {readme}: sửa gì, theo thứ tự nào.",
    ),
    "en": (
        "A study of {count} files was laid out in {path}",
        "Try it at once, on simulated data:",
        "Then read {readme}: what to change, in which order.",
    ),
}


@click.command(
    "new", epilog="Example: surveylib new data/my_study --units 5 --comparison 10 --start 2030-01-01"
)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--units", type=click.IntRange(min=1), default=5, show_default=True, help="Pilot units.")
@click.option(
    "--comparison", type=click.IntRange(min=0), default=10, show_default=True, help="Comparison units."
)
@click.option(
    "--start",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="First day of the pilot, which dates the waves.  [default: first of the month, in three months]",
)
@lang_option("Language of the next steps.")
def command(path: Path, units: int, comparison: int, start: datetime.datetime | None, lang: str) -> None:
    """Lay out a fresh study in PATH, a new folder: study, analysis plan, a short client questionnaire, an
    invented world to rehearse in, JSON Schemas for the editor, and a README that says how to go on.

    The study is commented in Vietnamese and English and runs as it stands: surveylib run PATH --rehearsal.
    """
    first = month_after(datetime.date.today().replace(day=1), 3) if start is None else start.date()
    files = lay_out(path, pilots=units, comparisons=comparison, start=first)
    made, rehearse, read = _NEXT[lang]
    click.echo(made.format(count=len(files), path=path))
    click.echo(f"{rehearse}\n  surveylib lint {_quoted(path / 'questionnaires' / 'clients.yaml')}")
    click.echo(f"  surveylib run {_quoted(path)} --rehearsal")
    click.echo(read.format(readme=path / "README.md"))


def _quoted(path: Path) -> str:
    text = os.fspath(path)
    return f'"{text}"' if " " in text else text
