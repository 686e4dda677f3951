"""surveylib evaluate: from a table of cells to a verdict."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pandas as pd

from surveylib import documents
from surveylib.cli.estimate import read_rows
from surveylib.cli.output import format_option, show
from surveylib.evaluation import decide, decision_to_json, evaluate
from surveylib.model.plan import AnalysisPlan, default_plan
from surveylib.runner.place import open_study


@click.command(
    "evaluate", epilog="Example: surveylib evaluate cells.csv --plan data/binh_duong/plan.yaml --format json"
)
@click.argument("cells", type=click.Path(path_type=Path))
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path),
    help="Analysis plan; the default one, exploratory, without.",
)
@click.option(
    "--study", type=click.Path(path_type=Path), help="Study whose units' dated exposure tells the arms."
)
@click.option(
    "--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Language of sentences."
)
@format_option
def command(cells: Path, plan_file: Path | None, study: Path | None, lang: str, form: str) -> None:
    """Effects, gates and verdict from CELLS: a CSV with one row a unit and wave: unit, arm (pilot or
    comparison), wave (pre or post), mean, se, n; and, where known, outcome, type, n_eff.

    The unit is the sample: what is refused, and why, is part of the answer.
    """
    plan = default_plan() if plan_file is None else documents.read(plan_file, AnalysisPlan)
    known = None if study is None else open_study(study).study
    evidence = evaluate(read_rows(cells), plan=plan, study=known)
    decision = decide(evidence, plan=plan)
    refused = [
        (r.code, r.where, r.refused.get(lang), r.why.get(lang), r.still.get(lang)) for r in evidence.refusals
    ]
    frames = {
        "effects": evidence.effects,
        "probabilities": evidence.probabilities,
        "gates": pd.DataFrame(
            [(g.name, g.status, g.cap, g.reason.get(lang)) for g in decision.gates],
            columns=["gate", "status", "cap", "reason"],
        ),
        "refusals": pd.DataFrame(refused, columns=["code", "where", "refused", "why", "still"]),
    }
    if form == "table":
        click.echo(click.style(decision.headline.get(lang), bold=True))
        frames["effects"] = evidence.effects.loc[
            evidence.effects["estimate"].notna(),
            [
                "outcome",
                "scope",
                "estimator",
                "estimate",
                "std_error",
                "df",
                "conf_low",
                "conf_high",
                "p_value",
                "p_floor",
                "mde",
            ],
        ]
    show(frames, form=form, extra={"decision": json.loads(decision_to_json(decision))})
