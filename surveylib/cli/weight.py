"""surveylib weight: weights with every step, of a study or of any CSV."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import format_option
from surveylib.cli.rows import COLUMN, id_option
from surveylib.cli.stage import kept, opened, output_option, run_option
from surveylib.cli.weight_file import make_template, study_template, weigh_file
from surveylib.cli.weight_table import print_weighting
from surveylib.errors import SurveyError
from surveylib.model.text import Lang
from surveylib.weighting.weigh_rows import Recipe

_TEMPLATE = {"source", "output", "template", "margin", "base", "lang"}
_STUDY_TEMPLATE = {"source", "output", "template", "margin", "run", "lang"}
_STUDY = {"source", "output", "run", "lang", "form"}
_NOT_FILE = {"run", "template", "margin"}


class _Bounds(click.ParamType):
    """LOW,HIGH as two numbers."""

    name = "bounds"

    def convert(self, value, param, ctx):
        try:
            low, high = map(float, str(value).split(","))
        except ValueError:
            raise SurveyError(
                "bounds cannot be read", where="--bounds", expected="LOW,HIGH such as 0.5,2", got=repr(value)
            ) from None
        return low, high


@click.command(
    "weight",
    epilog="Example: surveylib weight data/binh_duong --run rehearsal --output weights.csv;  "
    "surveylib weight --template answers.csv --margin sex --margin age --output margins.csv;  "
    "surveylib weight answers.csv --margins margins.csv --base pw --trim 4 --output weighted.csv",
)
@click.argument("source", metavar="STUDY|FILE", type=click.Path(path_type=Path))
@run_option
@output_option
@click.option(
    "--margins",
    type=click.Path(path_type=Path),
    help="CSV of what is known: variable, level, count (or share).",
)
@click.option("--population", type=float, help="Size of the population: margins are scaled to it.")
@click.option("--base", type=COLUMN, metavar="COLUMN", help="Base weights of FILE.  [default: 1]")
@click.option(
    "--method",
    type=click.Choice(["rake", "linear", "raking", "logit"]),
    default="rake",
    show_default=True,
    help="linear is GREG; all but rake take totals of numbers and --bounds.",
)
@click.option(
    "--bounds",
    type=_Bounds(),
    metavar="LOW,HIGH",
    help="Least and greatest calibrated / base weight, held exactly.",
)
@click.option(
    "--soft", type=float, help="Meet conflicting margins nearly: 0.01 lets a level miss by about 1 %."
)
@click.option(
    "--trim", type=float, metavar="RATIO", help="No weight above RATIO × the median; margins still hold."
)
@click.option(
    "--missing",
    type=click.Choice(["error", "keep"]),
    default="error",
    show_default=True,
    help="Rows without a value in a margin; keep: they keep their share.",
)
@click.option(
    "--outcome",
    type=COLUMN,
    metavar="COLUMN",
    help="FILE has everyone approached: complete, refusal, noncontact, ineligible or unknown.",
)
@click.option(
    "--class", "classes", multiple=True, type=COLUMN, metavar="COLUMN", help="Non-response classes, crossed."
)
@click.option(
    "--propensity",
    multiple=True,
    type=COLUMN,
    metavar="COLUMN",
    help="Non-response by a model of who answers, on these columns.",
)
@click.option(
    "--template",
    is_flag=True,
    help="Make a margins file to fill, of the --margin columns; of a STUDY by unit and wave.",
)
@click.option(
    "--margin", multiple=True, type=COLUMN, metavar="COLUMN", help="For --template; sex:age crosses two."
)
@id_option
@lang_option("Language of headings and findings.")
@format_option
@click.pass_context
def command(
    context, source, run, output, margins, population, base, method, bounds, soft, trim, missing, outcome,
    classes, propensity, template, margin, identity, lang, form,
) -> None:  # fmt: skip
    """Weigh the answers of STUDY by its plan, or those of any FILE (CSV) to known margins; print each step
    with its diagnostics, and the margins before and after.

    --output keeps one row a respondent with the weights after every step.

    A margins file has a line a level: variable, level, and count (or share, with --population). A line with
    a blank level gives the total of a number. A study's (margins_file in its weighting plan) may count by
    unit and wave too. Where no weights can do what was asked, nothing is written and the message says what
    stands in the way.
    """
    if template or margin:
        _refuse_others(context, _STUDY_TEMPLATE if source.is_dir() else _TEMPLATE, "--template")
        if not (template and margin):
            raise SurveyError("a template needs its margins", expected="--template together with --margin")
        if source.is_dir():
            study_template(opened(source, run), margins=margin, output=output, lang=lang)
        else:
            make_template(source, margins=margin, base=base, output=output, lang=lang)
    elif source.is_dir():
        _refuse_others(context, _STUDY, "a study, whose plan says how to weigh")
        _weigh_study(source, run, output, lang, form)
    else:
        _refuse_others(context, set(context.params) - _NOT_FILE, "a file")
        recipe = Recipe(
            outcome=outcome,
            classes=tuple(dict.fromkeys(classes)),
            propensity=tuple(dict.fromkeys(propensity)),
            method=method,
            bounds=bounds,
            soft=soft,
            max_ratio=trim,
            missing=missing,
        )
        weigh_file(
            source,
            recipe,
            margins=margins,
            population=population,
            base=base,
            identity=tuple(dict.fromkeys(identity)),
            output=output,
            lang=lang,
            form=form,
        )


def _weigh_study(study: Path, run: str, output: Path | None, lang: Lang, form: str) -> None:
    case = opened(study, run)
    kept(case.table("weights"), output)
    frames = {"steps": case.table("weight_steps"), "margins": case.table("margins")}
    print_weighting(frames, form=form, lang=lang)


def _refuse_others(context: click.Context, allowed: set[str], about: str) -> None:
    """An option that would be ignored is an error."""
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name) is not ParameterSource.DEFAULT
        if given and parameter.name not in allowed:
            raise SurveyError(f"{parameter.opts[0]} would be ignored", where=about)
