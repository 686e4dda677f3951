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
from surveylib.evaluation.say_diagnosis import diagnosis_sentences, scenario_sentence
from surveylib.evaluation.simulate import scenario_of
from surveylib.runner.place import open_study

_TITLES = {
    "vi": {
        "decision": "Kết luận sau các điều kiện (% ± sai số Monte Carlo)",
        "rule": "Kết luận chỉ theo quy tắc (%)",
        "quality": "Kiểm định và ước lượng",
        "effect": "tác động thật",
    },
    "en": {
        "decision": "Verdict after the gates (% ± Monte Carlo error)",
        "rule": "Verdict by the rule alone (%)",
        "quality": "Test and estimate",
        "effect": "true effect",
    },
}
_IN_POINTS = ("bias", "rmse", "mde")


@click.command("diagnose", epilog="Example: surveylib diagnose data/binh_duong --effects 0,0.1,0.2,0.3")
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--effects", default="0,0.1,0.2,0.3", show_default=True, help="True average effects to try, in points."
)
@click.option(
    "--sims", type=click.IntRange(min=2), default=2000, show_default=True, help="Simulated studies."
)
@world_options
@click.option("--seed", type=int, help="The study's seed without.")
@lang_option("Language of sentences.")
@format_option
def command(
    study: Path, effects: str, sims: int, answers, sd, sigma, tau, common, seed, lang: str, form: str
) -> None:
    """Simulate STUDY with its own units, answers and waves, and run the plan's estimators, gates and rule on
    every simulated study: P(verdict | true effect), power, bias, coverage, each with its Monte Carlo error.

    To be read before the plan is signed. How restless units are is assumed (--sd, --sigma, --tau): try
    others.
    --format csv and json give one row an effect and quantity.
    """
    files = open_study(study)
    scenario = scenario_of(files.study, plan=files.plan, sd=sd, sigma=sigma, tau=tau, answers=answers)
    scenario = dataclasses.replace(scenario, common=common)
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
    show({words[name]: _wide(made, kind, words["effect"]) for name, kind in kinds.items()}, form=form)


def _wide(made: pd.DataFrame, kinds: tuple[str, ...], effect: str) -> pd.DataFrame:
    rows = made[made["kind"].isin(kinds)]
    names = rows["quantity"].where(rows["kind"] != "new_unit", "new_unit_" + rows["quantity"])
    cells = [
        f"{row.estimate:.3f} ± {row.std_error:.3f}"
        if row.quantity in _IN_POINTS
        else f"{100 * row.estimate:.1f} ± {100 * row.std_error:.1f}"
        for row in rows.itertuples()
    ]
    wide = rows.assign(name=names, cell=cells).pivot_table(
        index="effect", columns="name", values="cell", aggfunc="first", sort=False
    )
    return wide.rename_axis(columns=None).rename_axis(effect).reset_index()
