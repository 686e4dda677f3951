"""`make false-positives`: docs/false_positives.md, from 4,000 studies of every scenario (some minutes)."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from tests.simulations.false_positives import ALPHA, METHODS, SCENARIOS, SIMS, Rates, rates

PAGE = Path(__file__).resolve().parents[2] / "docs" / "false_positives.md"
LOW, HIGH = 0.035, 0.07
HEAD = f"""# How often is a useless programme found to work?

`make false-positives` writes this page: {SIMS:,} made-up pilots of every scenario in which the programme has
no average effect, each tested at 5 % by every method the tool offers and by those it refuses. The share that
finds an effect, in %, should be 5. The Monte Carlo standard error is {{error:.1f}} points near 5 %,
{{large:.1f}} near 50 %. What is offered as primary must lie between {100 * LOW:g} and {100 * HIGH:g} %.
`make test-slow` draws the same studies again and compares them with this page; `surveylib diagnose` does the
like for a study of one's own, with its decision rule.

Unless the scenario says otherwise: 5 pilot and 10 comparison units, one wave before and one after, 150
respondents a unit and wave, standard deviation of a respondent 0.91 points on a scale of 1 to 5, a shock of
standard deviation σ = 0.1 in every unit and wave, the same effect (none) in every unit.

"""
TAIL = """
- **Respondents are not the sample.** Whatever takes them as independent finds far too much, and more of them
  make it worse: the shock of their office does not average out.
- Holm mends many tests, not a wrong standard error.
- The pilots alone cannot tell a change of the whole province from an effect (common shock): with comparison
  units it cancels, without them it does not. The exact sign-flip test of five units has no p below 0.0625 and
  so never rejects at 5 %.
- The larger of the two primary p-values is what the plan's `max_p[welch, ri_t]` takes.

## What the intervals cover

The plan's 90 % interval of the average effect, and the 90 % predictive interval of the effect in a new unit.
Where the effect does not differ from unit to unit (all scenarios but one) the latter covers too much: its
prior allows for units that differ.

"""


def page(found: dict[str, Rates]) -> str:
    """The whole of docs/false_positives.md."""
    error, large = (100 * np.sqrt(p * (1 - p) / SIMS) for p in (ALPHA, 0.5))
    head = HEAD.format(error=error, large=large)
    return head + _table(found) + TAIL + _coverage(found)


def _table(found: dict[str, Rates]) -> str:
    lines = [
        "| method | the tool | " + " | ".join(found) + " |",
        "|---|---|" + "---:|" * len(found),
    ]
    for number, method in enumerate(METHODS):
        shares = " | ".join(f"{100 * made.found[number]:.1f}" for made in found.values())
        lines.append(f"| {method.name} | {method.tool} | {shares} |")
    return "\n".join(lines) + "\n"


def _coverage(found: dict[str, Rates]) -> str:
    lines = ["| scenario | average effect, % | new unit, % |", "|---|---:|---:|"]
    for name, made in found.items():
        lines.append(f"| {name} | {100 * made.interval:.1f} | {100 * made.new_unit:.1f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    found, start = {}, time.process_time()
    for name in SCENARIOS:
        found[name] = rates(name)
        print(f"{name}: {time.process_time() - start:.0f} s", flush=True)
    PAGE.write_text(page(found), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
