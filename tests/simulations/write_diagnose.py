"""`make diagnose-tables`: the tables of docs/diagnose.md, 2,000 simulated studies a true effect (minutes)."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from surveylib.evaluation import diagnose, scenario_of
from surveylib.evaluation.staged import staged_power
from surveylib.model.plan import AnalysisPlan
from surveylib.model.scenario import Scenario
from surveylib.rng import stream
from surveylib.runner.case import open_case
from surveylib.runner.expected import answers_of
from surveylib.runner.place import StudyFiles, open_study

ROOT = Path(__file__).resolve().parents[2]
PAGE, STUDY = ROOT / "docs" / "diagnose.md", ROOT / "data" / "binh_duong"
SIMS, EFFECTS = 2000, (0.0, 0.1, 0.2, 0.3)
SPREAD, GRADE = "breakdown_exceeds_comparison_spread", "evidence_grade"
RULES, QUANTILES = (0.975, 0.98, 0.99, 0.995), (0.5, 0.6, 0.65, 0.7, 0.8, 0.9)
SIGMA, TAU, SD, ANSWERS = 0.1, 0.1, 0.91, 150
ORDERS = ((5, 5), (4, 3, 3), (3, 3, 2, 2), (2, 2, 2, 2, 2))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What `diagnose` found for one scenario and plan, by kind, quantity and effect."""

    rows: pd.DataFrame

    def __call__(self, kind: str, quantity: str, effect: float) -> pd.Series:
        rows = self.rows
        found = (rows["kind"] == kind) & (rows["quantity"] == quantity) & (rows["effect"] == effect)
        (place,) = np.flatnonzero(found)
        return rows.iloc[place]

    def percent(self, kind: str, quantity: str, effect: float) -> str:
        return f"{100 * self(kind, quantity, effect)['estimate']:.1f}"

    def with_error(self, kind: str, quantity: str, effect: float) -> str:
        return (
            f"{self.percent(kind, quantity, effect)} ± {100 * self(kind, quantity, effect)['std_error']:.1f}"
        )


def found(scenario: Scenario, plan: AnalysisPlan, *, effects: Collection[float] = EFFECTS) -> Shares:
    """One diagnosis, as `surveylib diagnose` makes it for a study of seed 2014."""
    print(".", end="", flush=True)
    return Shares(rows=diagnose(scenario, plan=plan, effects=tuple(effects), sims=SIMS, seed=2014))


def plain_world(files: StudyFiles) -> Scenario:
    """`surveylib diagnose STUDY --answers 150 --no-ends`."""
    return scenario_of(files.study, plan=files.plan, answers=ANSWERS, level=None)


def table(head: Collection[str], rows: Collection[Collection[str]], *, left: int = 1) -> str:
    """A Markdown table, its first `left` columns to the left."""
    rule = ["---"] * left + ["---:"] * (len(head) - left)
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(rule) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def gate_table(seen: Shares) -> str:
    """What the gates hold back, and which does it."""
    head = ("true effect", "rule alone rolls out", "with all gates", "breakdown value held / it alone")
    head += ("grade held / it alone", "without breakdown value", "without grade")
    rows = []
    for effect in EFFECTS:
        row = [f"{effect:g}", *(seen.with_error(kind, "roll_out", effect) for kind in ("rule", "decision"))]
        for gate in (SPREAD, GRADE):
            both = (seen.percent(kind, gate, effect) for kind in ("gate_held", "gate_alone"))
            row.append(" / ".join(both))
        rows.append([*row, *(seen.percent("gate_without", gate, effect) for gate in (SPREAD, GRADE))])
    return table(head, rows, left=0)


def price_table(files: StudyFiles, seen: Shares) -> str:
    """The gate at other quantiles, and the rule without it at other probabilities."""
    plan, scenario = files.plan, plain_world(files)
    rows = [_line("rule alone, P(θ > 0) ≥ 0.95", seen, "rule")]
    for least in RULES:
        rows.append(_line(f"≥ {least:g}", found(scenario, surer(plan, least)), "rule"))
    for quantile in QUANTILES:
        gate = dataclasses.replace(plan.gates.breakdown_exceeds_comparison_spread, quantile=quantile)
        gates = dataclasses.replace(plan.gates, breakdown_exceeds_comparison_spread=gate)
        own = quantile == plan.gates.breakdown_exceeds_comparison_spread.quantile
        made = seen if own else found(scenario, dataclasses.replace(plan, gates=gates))
        label = f"gate, quantile {quantile:g} of the comparison units' rises"
        row = _line(f"{label} (the plan)" if own else label, made, "decision")
        rows.append([f"**{cell}**" for cell in row] if own else row)
    return table(("what holds back", *(f"{effect:g}" for effect in EFFECTS)), rows)


def surer(plan: AnalysisPlan, least: float) -> AnalysisPlan:
    """The plan with another probability in its rule to roll out."""
    rules = [
        dataclasses.replace(
            rule, when=rule.when.replace("P(theta > 0) >= 0.95", f"P(theta > 0) >= {least:g}")
        )
        if rule.verdict == "roll_out"
        else rule
        for rule in plan.rules
    ]
    if tuple(rules) == plan.rules:
        raise SystemExit("the plan's rule to roll out does not ask for P(theta > 0) >= 0.95")
    return dataclasses.replace(plan, rules=tuple(rules))


def _line(label: str, seen: Shares, kind: str) -> list[str]:
    return [label, *(seen.percent(kind, "roll_out", effect) for effect in EFFECTS)]


def world_table(files: StudyFiles, *, run: str) -> str:
    """Other worlds than the plain one: a run's answers and levels, a pilot lost, the ceiling, more waves."""
    case = open_case(files.folder, run=run)
    cells = answers_of(case.table("standard_cells"), outcome=case.primary)
    own = scenario_of(files.study, plan=files.plan, expected=cells)
    lost = scenario_of(files.study, plan=files.plan, expected=cells, missing=("binh_my",))
    high = scenario_of(files.study, plan=files.plan, answers=ANSWERS, level=4.35)
    waves = {"pre": ("a", "b", "c"), "post": ("d", "e", "f"), "effective": ()}
    short = dataclasses.replace(plain_world(files), **waves)
    answers, low, top = [n for row in own.effective for n in row], min(own.levels), max(own.levels)
    worlds = {
        f"the rehearsal's answers (worth {min(answers):.0f} to {max(answers):.0f} a unit and wave, sd "
        f"{own.sd:.2f}) and levels ({low:.2f} to {top:.2f})": (own, EFFECTS),
        "the same, one pilot not surveyed in a wave (`--missing binh_my`)": (lost, (0.0, 0.2, 0.3)),
        f"every unit starts at 4.35, {ANSWERS} answers, sd {SD}": (high, (0.0, 0.2, 0.3)),
        f"three waves a side, {ANSWERS} answers, no ends": (short, (0.0, 0.2, 0.3)),
    }
    rows = []
    for label, (scenario, effects) in worlds.items():
        seen = found(scenario, files.plan, effects=effects)
        for effect in effects:
            shown = seen("estimate", "shown", effect)["estimate"]
            shares = [seen.percent(kind, "roll_out", effect) for kind in ("rule", "decision")]
            shares += [seen.percent("gate_alone", gate, effect) for gate in (SPREAD, GRADE)]
            rows.append([label if effect == effects[0] else "", f"{effect:g}", f"{shown:z.2f}", *shares])
    head = ("world", "true effect", "the scale shows", "rule alone", "with all gates")
    return table((*head, "breakdown value alone", "grade alone"), rows)


def staged_table() -> str:
    """The chance that an extension in steps finds 0.2, and the level of each look."""
    world = {"sigma": SIGMA, "tau": TAU, "error": SD / np.sqrt(ANSWERS), "effect": 0.2}
    rows = []
    for order in ORDERS:
        made = staged_power(order, **world, rng=stream(2014, "staged_power"))
        shares = (f"{100 * made.level:.1f} %", f"{100 * made.first:.0f} %", f"{100 * made.power:.0f} %")
        rows.append((" + ".join(map(str, order)), str(made.looks), *shares))
    return table(("batches", "looks", "level of a look", "at the first look", "over the whole order"), rows)


def placed(page: str, made: dict[str, str]) -> str:
    """The page with each table between its two comments replaced; anything else stays as it is written."""
    for name, rows in made.items():
        between = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        page, count = between.subn(lambda found, rows=rows: f"{found[1]}{rows}\n{found[2]}", page)
        if count != 1:
            raise SystemExit(f"{PAGE.name} has no place for the table {name}")
    return page


def main() -> None:
    files = open_study(Path(sys.argv[1]) if len(sys.argv) > 1 else STUDY)
    seen = found(plain_world(files), files.plan)
    made = {
        "gates": gate_table(seen),
        "price": price_table(files, seen),
        "worlds": world_table(files, run="rehearsal"),
        "staged": staged_table(),
    }
    page = placed(PAGE.read_text(encoding="utf-8"), made)
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    print()


if __name__ == "__main__":
    main()
