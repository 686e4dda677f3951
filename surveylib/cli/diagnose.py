"""surveylib diagnose: how often the plan's rule would be right and wrong, were the truth known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click
import pandas as pd
from tqdm import tqdm

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import format_option, show
from surveylib.cli.world_options import read_numbers, world_options
from surveylib.evaluation.diagnose import diagnose
from surveylib.evaluation.foreseen import scenario_of
from surveylib.evaluation.say_diagnosis import (
    GATE_NAMES,
    diagnosis_sentences,
    gate_sentences,
    gates_that_held,
    scenario_sentence,
)
from surveylib.runner.case import open_case
from surveylib.runner.expected import answers_foreseen, answers_of
from surveylib.runner.place import open_study

_TITLES = {
    "vi": {
        "decision": "Kết luận sau các điều kiện (% ± sai số Monte Carlo)",
        "rule": "Kết luận chỉ theo quy tắc (%)",
        "quality": "Kiểm định và ước lượng",
        "gates": "Từng điều kiện: giữ kết luận lại, chỉ riêng nó giữ; triển khai nếu bỏ, nếu chỉ có nó (%)",
        "gate": "điều kiện",
        "gate_held": "giữ lại",
        "gate_alone": "chỉ riêng nó",
        "gate_without": "triển khai nếu bỏ",
        "gate_only": "triển khai nếu chỉ có nó",
        "effect": "tác động thật",
    },
    "en": {
        "decision": "Verdict after the gates (% ± Monte Carlo error)",
        "rule": "Verdict by the rule alone (%)",
        "quality": "Test and estimate",
        "gates": "Gate by gate: held the verdict back, it alone did; roll out without it, with no other (%)",
        "gate": "gate",
        "gate_held": "held",
        "gate_alone": "it alone",
        "gate_without": "roll out without",
        "gate_only": "roll out with no other",
        "effect": "true effect",
    },
}
_GATE_KINDS = ("gate_held", "gate_alone", "gate_without", "gate_only")
_IN_POINTS = ("shown", "bias", "rmse", "mde")


@click.command("diagnose", epilog="Example: surveylib diagnose data/binh_duong --effects 0,0.1,0.2,0.3")
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--effects", default="0,0.1,0.2,0.3", show_default=True, help="True average effects to try, in points."
)
@click.option(
    "--sims", type=click.IntRange(min=2), default=2000, show_default=True, help="Simulated studies."
)
@world_options
@click.option("--run", help="Take answers, their worth and the units' levels from this run of the study.")
@click.option("--deff", type=float, help="Answers that tell as much as one drawn simply; 1, or a run's own.")
@click.option(
    "--missing",
    multiple=True,
    metavar="NAME",
    help="A unit, a wave or UNIT:WAVE that will not be surveyed; may be repeated.",
)
@click.option("--seed", type=int, help="The study's seed without.")
@lang_option("Language of sentences.")
@format_option
def command(
    study: Path, effects: str, sims: int, answers, sd, sigma, tau, common, level, no_ends, run, deff, missing,
    seed, lang: str, form: str,
) -> None:  # fmt: skip
    """Simulate STUDY with its own units, answers and waves, and run the plan's estimators, gates and rule on
    every simulated study: P(verdict | true effect), what each gate holds back, power, bias, coverage, each
    with its Monte Carlo error.

    To be read before the plan is signed. Answers: those of --run, else what the registers in raw/ or
    dossiers_per_month can give, else per_cell. How restless units are is assumed (--sigma, --tau): try
    others. Effects are points gained in the middle of the scale; near its top they show less.
    --format csv and json give one row an effect and quantity.
    """
    files = open_study(study)
    case = None if run is None else open_case(study, run=run)
    scenario = scenario_of(
        files.study,
        plan=files.plan,
        sd=sd,
        sigma=sigma,
        tau=tau,
        common=common,
        answers=answers,
        deff=deff,
        level=None if no_ends else level,
        expected=answers_foreseen(files)
        if case is None
        else answers_of(case.table("standard_cells"), outcome=case.primary),
        missing=missing,
    )
    wanted = read_numbers(effects, option="--effects")
    with tqdm(total=sims * len(wanted), unit="study", leave=False, dynamic_ncols=True, disable=None) as bar:
        made = diagnose(
            scenario,
            plan=files.plan,
            effects=wanted,
            sims=sims,
            seed=files.study.seed if seed is None else seed,
            progress=bar.update,
        )
    if form != "table":
        show({"diagnosis": made}, form=form, extra={"scenario": dataclasses.asdict(scenario), "sims": sims})
        return
    click.echo(scenario_sentence(scenario).get(lang))
    for sentence in diagnosis_sentences(made, sesoi=files.plan.thresholds.sesoi):
        click.echo(click.style(f"• {sentence.get(lang)}", bold=True))
    words = _TITLES[lang]
    kinds = {"decision": ("decision",), "rule": ("rule",), "quality": ("test", "estimate", "new_unit")}
    tables = {words[name]: _wide(made, kind, words["effect"]) for name, kind in kinds.items()}
    gates = _by_gate(made, words, lang)
    show(tables | ({words["gates"]: gates} if len(gates) else {}), form=form)
    for sentence in gate_sentences(made):
        click.echo(f"• {sentence.get(lang)}")


def _by_gate(made: pd.DataFrame, words: dict[str, str], lang: str) -> pd.DataFrame:
    """A row a gate that ever held a verdict back and an effect."""
    cells = {(row.quantity, row.effect, row.kind): _percent(row) for row in made.itertuples()}
    rows = [
        (GATE_NAMES[gate].get(lang), f"{effect:g}", *(cells[gate, effect, kind] for kind in _GATE_KINDS))
        for gate in gates_that_held(made)
        for effect in made["effect"].unique()
    ]
    names = [words["gate"], words["effect"], *(words[kind] for kind in _GATE_KINDS)]
    return pd.DataFrame(rows, columns=names)


def _percent(row) -> str:
    return f"{100 * row.estimate:.1f} ± {100 * row.std_error:.1f}"


def _wide(made: pd.DataFrame, kinds: tuple[str, ...], effect: str) -> pd.DataFrame:
    rows = made[made["kind"].isin(kinds)]
    names = rows["quantity"].where(rows["kind"] != "new_unit", "new_unit_" + rows["quantity"])
    cells = [
        f"{row.estimate:.3f} ± {row.std_error:.3f}" if row.quantity in _IN_POINTS else _percent(row)
        for row in rows.itertuples()
    ]
    wide = rows.assign(name=names, cell=cells).pivot_table(
        index="effect", columns="name", values="cell", aggfunc="first", sort=False
    )
    return wide.rename_axis(columns=None).rename_axis(effect).reset_index()
