"""surveylib evaluate: from a table of cells to a verdict."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pandas as pd

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import format_option, print_findings, show
from surveylib.cli.rows import read_cells, within
from surveylib.estimation.declare import numbers
from surveylib.evaluation import decide, decision_to_json, evaluate
from surveylib.model.evidence import Decision, Evidence
from surveylib.model.finding import findings_frame
from surveylib.model.plan import default_plan
from surveylib.model.text import Text
from surveylib.runner.place import open_study
from surveylib.runner.registration import read_plan

_SHOWN_EFFECTS = (
    *("outcome", "scope", "estimator", "estimate", "std_error", "df", "conf_low", "conf_high"),
    *("p_value", "p_floor", "mde"),
)
_SHOWN_CHANGES = ("unit", "arm", "type", "outcome", "pre", "post", "change", "std_error", "n")
_MORE = ("guards", "posterior", "sensitivity", "units", "events", "trends", "staggered")
_NUMBERS = ("mean", "se", "n", "n_eff", "visitors")


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
@lang_option("Language of sentences.")
@format_option
def command(cells: Path, plan_file: Path | None, study: Path | None, lang: str, form: str) -> None:
    """Effects, gates and verdict from CELLS: a CSV with one row a unit and wave: unit, arm (pilot or
    comparison), wave (pre or post), mean, se, n; and, where known, outcome, type, n_eff. Waves may be days
    (2014-10 or 2014-10-31) where a column start gives the day each unit started (blank: never).

    The unit is the sample: what is refused, and why, is part of the answer. --format json prints one object:
    decision (verdict, decided_by, exploratory, ...), sentences, grade, effects, probabilities, changes (one a
    unit), gates, refusals, findings, deviations, guards, posterior, sensitivity (what would overturn it),
    units (one by one), events (wave by wave) and, where there are any, trends and staggered; --format csv
    prints the effects. Column status of the effects: confirmatory, or exploratory where the plan was not
    frozen (surveylib plan freeze) before the answers it was to be blind to.
    """
    known = None if study is None else open_study(study).study
    plan, deviations = (default_plan(), ()) if plan_file is None else read_plan(plan_file, study=known)
    with within(cells):
        evidence = evaluate(_cells(cells), plan=plan, study=known, deviations=deviations)
    decision = decide(evidence, plan=plan)
    status = "exploratory" if evidence.exploratory else "confirmatory"
    frames = {
        "effects": evidence.effects.assign(status=status),
        "probabilities": evidence.probabilities,
        "changes": evidence.changes,
        "gates": pd.DataFrame(
            [(g.name, g.status, g.cap, g.reason.get(lang)) for g in decision.gates],
            columns=["gate", "status", "cap", "reason"],
        ),
    }
    if form == "table":
        _print(frames, evidence, decision, lang=lang)
        return
    refused = [
        (r.code, r.where, r.refused.get(lang), r.why.get(lang), r.still.get(lang)) for r in evidence.refusals
    ]
    frames["refusals"] = pd.DataFrame(refused, columns=["code", "where", "refused", "why", "still"])
    frames["findings"] = findings_frame(evidence.findings, lang=lang)
    more = {name: getattr(evidence, name) for name in _MORE}
    frames |= {name: table for name, table in more.items() if not table.empty}
    moved = [(one.part, one.field, one.old, one.new) for one in evidence.deviations]
    frames["deviations"] = pd.DataFrame(moved, columns=["part", "field", "old", "new"])
    extra = {"decision": json.loads(decision_to_json(decision)), "sentences": _both(evidence.sentences)}
    reasons = _both(evidence.grade_reasons)
    extra["grade"] = {"grade": evidence.grade, "maryland": evidence.maryland, "reasons": reasons}
    show(frames, form=form, extra=extra)


def _both(said: tuple[Text, ...]) -> list[dict[str, str]]:
    return [{"vi": text.vi, "en": text.en} for text in said]


def _print(frames: dict, evidence: Evidence, decision: Decision, *, lang: str) -> None:
    """For people: the headline first, then what is known and what would overturn it; refusals and findings as
    sentences."""
    click.echo(click.style(decision.headline.get(lang), bold=True))
    if evidence.estimable:
        overturn = evidence.sensitivity[f"sentence_{lang}"].iloc[:1]
        click.echo("\n".join([*(text.get(lang) for text in evidence.sentences), *overturn]))
    effects = evidence.effects
    shown = frames | {
        "effects": effects.loc[effects["estimate"].notna(), list(_SHOWN_EFFECTS)],
        "changes": evidence.changes[list(_SHOWN_CHANGES)],
    }
    show(shown, form="table")
    for refusal in evidence.refusals:
        click.echo(f"\n{refusal.code} {refusal.where}: {refusal.refused.get(lang)}")
        click.echo(f"  {refusal.why.get(lang)}\n  → {refusal.still.get(lang)}")
    for deviation in evidence.deviations:
        click.echo(f"\n± {deviation.text.get(lang)}")
    if evidence.findings:
        click.echo()
        print_findings(evidence.findings, about="cells", lang=lang)


def _cells(file: Path) -> pd.DataFrame:
    """The cells, numbers where they belong; names of units and waves stay text, even 1 and 2014.

    The result columns of our own tables (``estimate, std_error``, as in a run's
    ``stages/standard_cells.csv``) are understood too.
    """
    rows = read_cells(file)
    ours = {"estimate": "mean", "std_error": "se"}
    rows = rows.rename(columns={old: new for old, new in ours.items() if new not in rows.columns})
    present = [name for name in _NUMBERS if name in rows.columns]
    return rows.assign(**{name: numbers(rows, name) for name in present})
