"""surveylib regress: regression on any CSV, with design-based standard errors."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from surveylib.cli.asked_design import AskedDesign
from surveylib.cli.common_options import decimal_comma_option, lang_option
from surveylib.cli.design_options import design_options
from surveylib.cli.estimates_table import TITLES, labelled, print_titled
from surveylib.cli.level_options import confidence_option, level_line, with_level
from surveylib.cli.output import format_option, show, text_table
from surveylib.cli.rows import COLUMN, refuse_commas, within
from surveylib.cli.rows_of_file import rows_of
from surveylib.errors import SurveyError
from surveylib.estimation.formula import columns_of
from surveylib.estimation.marginal import marginal_effects, predictions
from surveylib.estimation.ordinal import regress_ordinal
from surveylib.estimation.regression import regress
from surveylib.estimation.terms import term_test
from surveylib.model.design import SurveyDesign
from surveylib.model.regression import INTERCEPT, Regression


@click.command(
    "regress",
    epilog='Example: surveylib regress answers.csv --model "c3 ~ wave*pilot + C(district)" --family ordinal '
    "--weights w --strata stratum --psu office --effects",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--model",
    type=COLUMN,
    required=True,
    metavar="FORMULA",
    help="y ~ a + b; a:b and a*b interact, C(a) takes numbers as labels, - 1 leaves the constant out.",
)
@click.option(
    "--family",
    type=click.Choice(["gaussian", "logit", "probit", "poisson", "ordinal", "ordinal-probit"]),
    default="gaussian",
    show_default=True,
    help="The law of the outcome.",
)
@click.option(
    "--reference",
    multiple=True,
    type=COLUMN,
    metavar="COLUMN=LEVEL",
    help="The level that others are compared with.",
)
@click.option(
    "--order", type=COLUMN, metavar="L1,L2,…", help="Levels of a text outcome, lowest first (ordinal)."
)
@click.option("--effects", is_flag=True, help="Print average marginal effects too.")
@click.option(
    "--predict",
    multiple=True,
    type=COLUMN,
    metavar="COLUMN=V1,V2,…",
    help="Print standardised predictions at these values; repeated columns are crossed.",
)
@design_options
@confidence_option
@lang_option("Language of headings and sentences.")
@decimal_comma_option
@format_option
def command(
    file: Path,
    model: str,
    family: str,
    reference: tuple[str, ...],
    order: str | None,
    effects: bool,
    predict: tuple[str, ...],
    design: AskedDesign,
    confidence: float,
    lang: str,
    decimal_comma: bool,
    form: str,
) -> None:
    """Linear, logistic, probit, Poisson or ordinal regression on FILE (CSV or Parquet).

    A row with a blank, NA or NaN in a column of the model is left out; n
    says how many were used. A text outcome of a logit or probit model has
    two levels, of which the second in sorted order counts as 1.

    \b
    --format json prints {"coefficients": [...], "terms": [...],
    "effects": [...], "predictions": [...], "model": {family, n, dropped,
    df, deviance}, "confidence": 0.95}; effects and predictions only where
    asked for. --format csv prints the coefficients and, in a column, the
    confidence.
    """
    rows = rows_of(file, decimal_comma=decimal_comma, text=design.identity)
    with within(file):
        refuse_commas(rows, [name for name in columns_of(model) if name in rows.columns])
        made_design = design.declared(rows)
        options = {
            "model": model,
            "reference": dict(_pair(text, "--reference") for text in reference),
            "confidence": confidence,
        }
        if family.startswith("ordinal"):
            link = "probit" if family.endswith("probit") else "logit"
            made = regress_ordinal(rows, made_design, link=link, order=_values(order), **options)
        elif order:
            raise SurveyError("--order is for an ordinal outcome", expected="--family ordinal", got=family)
        else:
            made = regress(rows, made_design, family=family, **options)
        frames = {"coefficients": made.estimates.table, "terms": _terms(made, lang=lang)}
        frames |= _more(made, rows, made_design, effects=effects, predict=predict, confidence=confidence)
    numbers = {
        "family": family,
        "n": made.n,
        "dropped": made.dropped,
        "df": made.df,
        "deviance": made.deviance,
    }
    frames = {name: frame for name, frame in frames.items() if len(frame)}
    if form == "table":
        _print(frames, keep=tuple(_pair(text, "--predict")[0] for text in predict), lang=lang)
        click.echo(f"\n{level_line(confidence, lang=lang)}\n{_closing(made, lang=lang)}")
    else:
        if form == "csv":
            frames["coefficients"] = with_level(frames["coefficients"], confidence=confidence)
        show(frames, form=form, extra={"model": numbers, "confidence": confidence})


def _print(frames: dict[str, pd.DataFrame], *, keep: tuple[str, ...], lang: str) -> None:
    """Every table under its title, columns labelled but for those of the data (`keep`)."""
    lines = frames["coefficients"]
    cuts = lines["kind"] == "threshold"
    titled = {"coefficients": lines[~cuts], "thresholds": lines[cuts]} | {
        name: frame for name, frame in frames.items() if name != "coefficients"
    }
    for name, frame in titled.items():
        if len(frame):
            print_titled(TITLES[name].get(lang), first=name == "coefficients")
            shown = frame.drop(columns="kind", errors="ignore")  # the title says it
            click.echo(text_table(labelled(shown, keep=keep, lang=lang)))


def _terms(made: Regression, *, lang: str) -> pd.DataFrame:
    """A joint test of every term of several coefficients."""
    several = [t.name for t in made.coding.terms if len(t.regressors) > 1 and t.name != INTERCEPT]
    if made.df < 1:
        return pd.DataFrame()
    tests = [term_test(made, term=name).table(lang=lang).assign(variable=name) for name in several]
    return (
        pd.concat(tests)[["variable", "method", "statistic", "df_num", "df", "p_value", "n"]]
        if tests
        else pd.DataFrame()
    )


def _more(
    made: Regression, rows: pd.DataFrame, design: SurveyDesign, *, effects: bool, predict, confidence: float
) -> dict:
    frames = {}
    if effects:
        frames["effects"] = marginal_effects(made, rows, design, confidence=confidence).table
    if predict:
        at = {name: _values(text) for name, text in (_pair(text, "--predict") for text in predict)}
        frames["predictions"] = predictions(made, rows, design, at=at, confidence=confidence).table
    return frames


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise SurveyError("cannot be read", where=option, expected="COLUMN=VALUE", got=repr(text))
    return name.strip(), value.strip()


def _values(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _closing(made: Regression, *, lang: str) -> str:
    if lang == "vi":
        return f"{made.n} dòng được dùng, {made.dropped} dòng bỏ vì thiếu giá trị; {made.df:g} bậc tự do"
    return f"{made.n} rows used, {made.dropped} left out for a missing value; {made.df:g} degrees of freedom"
