"""surveylib papi: a province's PAPI beside the other provinces; context, never an effect of the pilot."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
import pandas as pd

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import format_option, show
from surveylib.evaluation.papi import against_provinces, find_province, synthetic_province
from surveylib.evaluation.say_papi import CAUTION, FEW_YEARS, PLACEBO
from surveylib.model.papi import DIMENSIONS, Synthetic
from surveylib.model.text import Lang
from surveylib.report.printing import number
from surveylib.runner.papi_file import read_papi


@click.command("papi", epilog="Example: surveylib papi papi_panel.csv --province 'Bình Dương' --dimension 5")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--province", default="Bình Dương", show_default=True, help="Name or code of the province.")
@click.option("--dimension", type=click.Choice(sorted(DIMENSIONS)), help="With it, a synthetic comparison.")
@click.option("--start", default=2015, show_default=True, help="First year that the pilot could touch.")
@lang_option("Language of sentences.")
@format_option
def command(file: Path, province: str, dimension: str | None, start: int, lang: Lang, form: str) -> None:
    """A province year by year beside the other provinces, from PAPI in FILE: the workbook as it is published
    (.xlsx), or a CSV with Province, province_name, year and the sub-indices SC11 … SC83.

    With --dimension it is also set beside a convex mix of other provinces that had moved alike before
    --start, with every other province as a placebo. --format csv prints the first table.
    """
    panel = read_papi(file).panel
    province = find_province(panel, province)
    frames = {"years": _worded(against_provinces(panel, province=province), lang)}
    made = None
    if dimension is not None:
        made = synthetic_province(panel, province=province, dimension=dimension, start=start)
        frames = {"synthetic": made.years, "donors": made.donors} | frames
    if form != "table":
        show(frames, form=form, extra={"caution": asdict(CAUTION)} | _figures(made))
        return
    click.echo(click.style(CAUTION.get(lang), fg="yellow"))
    for sentence in () if made is None else sentences(made, lang=lang):
        click.echo(sentence)
    show(frames, form=form)


def sentences(made: Synthetic, *, lang: Lang) -> list[str]:
    """What has to be said with a synthetic comparison."""
    said = []
    if not made.enough:
        fields = {
            "years": made.years_before,
            "start": made.start,
            "fit": number(made.fit, lang=lang, decimals=3),
        }
        said.append(FEW_YEARS.get(lang).format(**fields))
    fields = {
        "p": number(made.p_value, lang=lang, decimals=3),
        "floor": number(made.p_floor, lang=lang, decimals=3),
        "placebos": made.placebos,
    }
    return [*said, PLACEBO.get(lang).format(**fields)]


def _worded(table: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    return table.assign(name=[DIMENSIONS[one].get(lang) for one in table["dimension"]])


def _figures(made: Synthetic | None) -> dict[str, object]:
    names = ("province", "dimension", "start", "fit", "after", "p_value", "p_floor", "placebos")
    return {} if made is None else {name: getattr(made, name) for name in (*names, "years_before")}
