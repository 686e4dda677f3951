"""surveylib weight FILE: any CSV weighed to a margins file, and the template of such a file."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd

from surveylib.cli.rows import read_cells, read_rows, within
from surveylib.cli.stage import kept
from surveylib.cli.weight_table import print_weighting
from surveylib.errors import SurveyError
from surveylib.estimation.declare import numbers
from surveylib.estimation.identifiers import refuse_repeated
from surveylib.model.finding import findings_frame
from surveylib.model.text import Lang, Text
from surveylib.model.weights import Weights
from surveylib.report.estimates import csv_text
from surveylib.runner.case import Case
from surveylib.weighting.diagnostics import step_table
from surveylib.weighting.placed import target_table
from surveylib.weighting.targets import Target, read_targets, template
from surveylib.weighting.weigh_rows import Recipe, weigh_rows

WEIGHT = "weight"
_FILL = Text(
    vi="Điền cột count: mỗi dòng là số trường hợp trong tổng thể.",
    en="Fill in the column count: how many of the population each line has.",
)
_OR_SHARES = Text(
    vi="Nếu chỉ biết tỷ trọng: đổi tên cột thành share (0.49, không phải 49) và cân với --population N.",
    en="Where only shares are known: call the column share (0.49, not 49), and weigh with --population N.",
)


def weigh_file(
    file: Path,
    recipe: Recipe,
    *,
    margins: Path | None,
    population: float | None,
    base: str | None,
    identity: tuple[str, ...],
    output: Path | None,
    lang: str,
    form: str,
) -> None:
    """Weigh the rows of `file`, print steps and margins, and keep the file with its weights."""
    if margins is None and recipe.outcome is None and recipe.max_ratio is None:
        raise SurveyError(
            "nothing to do to the weights",
            where=str(file),
            expected="--margins, --outcome or --trim",
            hint="surveylib weight --template makes a margins file to fill",
        )
    if population is not None and margins is None:
        raise SurveyError("--population would be ignored", expected="--margins with it")
    targets = _targets(margins, population, agree=recipe.soft is None)
    rows = read_rows(file, text=identity)
    with within(file):
        if identity:
            refuse_repeated(rows, names=identity)
        start = None if base is None else numbers(rows, base)
        weights, answered, found = weigh_rows(rows, recipe, base=start, targets=targets)
        if output is not None:
            kept(_with_weights(read_cells(file).loc[answered], weights), output)
        frames = {"steps": step_table(weights)}
        if targets:
            frames["margins"] = _margins(weights, rows.loc[answered], targets, recipe)
    if found:
        frames["findings"] = findings_frame(found, lang=lang)
    print_weighting(frames, form=form, lang=lang)


def make_template(
    file: Path, *, margins: tuple[str, ...], base: str | None, output: Path | None, lang: Lang
) -> None:
    """Write (or print) the margins file to fill, and say what belongs there."""
    rows = read_rows(file)
    with within(file):
        weights = None if base is None else numbers(rows, base)
        made = template(rows, margins=margins, weights=weights)
    _given(made, output)
    click.echo(f"{_FILL.get(lang)} {_OR_SHARES.get(lang)}", err=True)


def study_template(case: Case, *, margins: tuple[str, ...], output: Path | None, lang: Lang) -> None:
    """Write (or print) the margins file of a study to fill: every level in every unit and wave, by counts."""
    rows = case.table("responses").reset_index(drop=True)
    weights = case.table("weights")["base"].to_numpy(float)
    _given(template(rows, margins=margins, weights=weights, within=("unit", "wave")), output)
    click.echo(_FILL.get(lang), err=True)


def _given(made: pd.DataFrame, output: Path | None) -> None:
    if output is None:
        click.echo(csv_text(made), nl=False)
    else:
        kept(made, output)


def _targets(margins: Path | None, population: float | None, *, agree: bool) -> tuple[Target, ...]:
    if margins is None:
        return ()
    table = read_cells(margins)
    with within(margins):
        return read_targets(table, population=population, agree=agree)


def _margins(weights: Weights, rows: pd.DataFrame, targets, recipe: Recipe) -> pd.DataFrame:
    before = next(
        one.values
        for one, after in zip(weights.steps, weights.steps[1:], strict=False)
        if after.name in ("scale", "calibrate")
    )
    return target_table(
        before, weights.values, rows.reset_index(drop=True), targets=targets, missing=recipe.missing
    )


def _with_weights(cells: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """The file's own cells, then the weights after every step, the last of them as `weight`."""
    made = {f"{WEIGHT}_{step.name}": step.values for step in weights.steps} | {WEIGHT: weights.values}
    taken = [name for name in made if name in cells.columns]
    if taken:
        raise SurveyError(
            "the file has a column of that name already",
            where=f"column {taken[0]!r}",
            hint="rename it, so that old and new weights cannot be mistaken for one another",
        )
    return cells.assign(**{name: np.asarray(values) for name, values in made.items()})
