"""surveylib redesign: the cheapest change that finds an effect as often as is wanted."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import format_option, show
from surveylib.cli.world_options import read_numbers, world_options
from surveylib.errors import SurveyError
from surveylib.evaluation.cost import read_cost_lines
from surveylib.evaluation.foreseen import scenario_of
from surveylib.evaluation.redesign import as_shown, redesign
from surveylib.evaluation.value import unit_costs
from surveylib.fieldwork import read_table
from surveylib.model.redesign import Changes, Prices
from surveylib.report.drawing import svg
from surveylib.report.printing import number
from surveylib.report.publish import write_text
from surveylib.report.redesign_plot import redesign_plot
from surveylib.runner.expected import answers_foreseen
from surveylib.runner.place import StudyFiles, open_study

_SHOWN = (
    *("pre_waves", "post_waves", "pilots", "comparisons", "answers_a_cell", "answers", "unit_waves", "cost"),
    *("power", "mde"),
)
_WORDS = {
    "vi": {
        "shown": "Từ mức {level} điểm, tác động {effect} điểm ở giữa thang chỉ hiện ra {shown} điểm; mde "
        "tính theo điểm hiện ra.",
        "present": "Hiện nay: phát hiện tác động {effect} điểm với xác suất {power}.",
        "reached": "Ít tốn nhất mà đạt {power}:",
        "none": "Không phương án nào trong {count} phương án đã thử đạt {power}; cao nhất là:",
        "before": "Đợt trước thí điểm chỉ thêm được khi mô hình chưa áp dụng; sau đó dùng --waves 1+2,1+3.",
        "measure": "Không có giá nên đo bằng số phiếu và số lượt khảo sát (một đơn vị trong một đợt).",
        "plot": "Biểu đồ: {path}",
    },
    "en": {
        "shown": "From a level of {level} an effect of {effect} points in the middle of the scale shows as "
        "{shown}; mde is in points as they show.",
        "present": "Present design: finds an effect of {effect} points with probability {power}.",
        "reached": "Cheapest that reach {power}:",
        "none": "None of the {count} designs tried reaches {power}; the most powerful are:",
        "before": "Waves before the pilot can be added only before it starts; after that, --waves 1+2,1+3.",
        "measure": "Without prices: measured in answers and unit-waves (surveys of a unit in a wave).",
        "plot": "Plot: {path}",
    },
}


@click.command("redesign", epilog="Example: surveylib redesign data/binh_duong --power 0.8 --effect 0.2")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--effect", type=float, help="Effect to be found, in points; the plan's sesoi without.")
@click.option("--power", type=float, default=0.8, show_default=True, help="How often it is to be found.")
@click.option(
    "--waves", default="1+1,1+2,1+3,2+2,3+3", show_default=True, help="Waves before + after to try."
)
@click.option("--add-pilots", default="0,3,5", show_default=True, help="Pilot units to add.")
@click.option("--add-comparisons", default="0,5,10", show_default=True, help="Comparison units to add.")
@click.option(
    "--try-answers", default="75,150,300", show_default=True, help="Answers a unit and wave to try."
)
@world_options
@click.option("--costs", type=click.Path(path_type=Path), help="The finance department's form, filled in.")
@click.option("--cost-answer", type=float, help="Price of an answer.")
@click.option("--cost-unit-wave", type=float, help="Price of surveying a unit in a wave; before --costs.")
@click.option("--cost-pilot", type=float, help="Price of one more pilot unit; before --costs.")
@click.option("--cost-comparison", type=float, help="Price of one more comparison unit.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Write the frontier plot here (.svg or .png)."
)
@lang_option("Language of sentences.")
@format_option
def command(
    study: Path, effect, power, waves, add_pilots, add_comparisons, try_answers, answers, sd, sigma, tau,
    common, level, no_ends, costs, cost_answer, cost_unit_wave, cost_pilot, cost_comparison, output,
    lang: str, form: str,
) -> None:  # fmt: skip
    """Try more waves, more units, other numbers of answers; print the cheapest designs with the wanted power.

    Near the top of the scale (--level) an effect shows less and is harder to find. Prices are asked for,
    never assumed; without any, answers and unit-waves are the measure. --costs takes the survey's price a
    unit and wave and the programme's price a unit (over the plan's horizon) from the
    form.
    --format csv and json give every design tried.
    """
    files = open_study(study)
    scenario = scenario_of(
        files.study,
        plan=files.plan,
        sd=sd,
        sigma=sigma,
        tau=tau,
        common=common,
        answers=answers,
        level=None if no_ends else level,
        expected=answers_foreseen(files),
    )
    wanted = files.plan.thresholds.sesoi if effect is None else effect
    given = {
        "answer": cost_answer,
        "unit_wave": cost_unit_wave,
        "pilot": cost_pilot,
        "comparison": cost_comparison,
    }
    made = redesign(
        scenario,
        effect=wanted,
        power=power,
        changes=Changes(
            waves=_pairs(waves),
            pilots=_whole(add_pilots, "--add-pilots"),
            comparisons=_whole(add_comparisons, "--add-comparisons"),
            answers=_whole(try_answers, "--try-answers"),
        ),
        prices=_prices(given, costs=costs, files=files),
        seed=files.study.seed,
    )
    if output is not None:
        _draw(made, output, power=power, lang=lang)
    shown = as_shown(scenario, effect=wanted)[1]
    if form != "table":
        show({"designs": made}, form=form, extra={"effect": wanted, "shown": shown, "power": power})
        return
    if not no_ends:
        points = {"level": level, "effect": wanted, "shown": shown}
        words = {name: number(value, lang=lang) for name, value in points.items()}
        click.echo(_WORDS[lang]["shown"].format(**words))
    _print(made, effect=wanted, power=power, lang=lang)
    if output is not None:
        click.echo(_WORDS[lang]["plot"].format(path=output))


def _print(made: pd.DataFrame, *, effect: float, power: float, lang: str) -> None:
    said, now = _WORDS[lang], made.loc[made["present"]].iloc[0]
    click.echo(said["present"].format(effect=f"{effect:g}", power=f"{now['power']:.0%}"))
    chosen = made[made["cheapest"]]
    if chosen.empty:
        click.echo(said["none"].format(count=len(made), power=f"{power:.0%}"))
        chosen = made.nlargest(3, "power")
    else:
        click.echo(click.style(said["reached"].format(power=f"{power:.0%}"), bold=True))
    show({"designs": chosen[list(_SHOWN)]}, form="table")
    if made["cost"].isna().all():
        click.echo(said["measure"])
    if (chosen["pre_waves"] > now["pre_waves"]).any():
        click.echo(said["before"])


def _prices(given: dict[str, float | None], *, costs: Path | None, files: StudyFiles) -> Prices | None:
    """Those given, and those of the form where none is given."""
    known = {name: value for name, value in given.items() if value is not None}
    if costs is not None:
        lines = read_cost_lines(read_table(costs).rows, study=files.study)
        pilots = [unit.id for unit in files.study.units if unit.arm == "pilot"]
        unit, survey = unit_costs(lines, pilots=pilots, horizon=files.plan.cost.horizon_months)
        if unit is None:
            said = "; ".join(one.message.en for one in lines.findings)
            raise SurveyError(
                "the cost form is incomplete or has mistakes", where=str(costs), got=said or None
            )
        known = {"pilot": unit, "unit_wave": survey or 0.0} | known
    return Prices(**known) if known else None


def _pairs(text: str) -> tuple[tuple[int, int], ...]:
    try:
        pairs = [tuple(int(side) for side in part.split("+")) for part in text.split(",")]
        return tuple((before, after) for before, after in pairs)
    except ValueError as error:
        raise SurveyError("waves cannot be read", where="--waves", expected="1+1,2+2", got=text) from error


def _whole(text: str, option: str) -> tuple[int, ...]:
    numbers = read_numbers(text, option=option)
    if any(value != int(value) for value in numbers):
        raise SurveyError("whole numbers are needed", where=option, expected="0,5,10", got=text)
    return tuple(int(value) for value in numbers)


def _draw(made: pd.DataFrame, output: Path, *, power: float, lang: str) -> None:
    if output.suffix not in (".svg", ".png"):
        raise SurveyError("plot can be SVG or PNG", where=str(output), expected="a name in .svg or .png")
    if not output.parent.is_dir():
        raise SurveyError("folder does not exist", where=str(output.parent))
    chart = redesign_plot(made, power=power, lang=lang)
    if output.suffix == ".svg":
        write_text(output, svg(chart) + "\n")
    else:
        chart.savefig(output, dpi=160, metadata={"Software": None})
