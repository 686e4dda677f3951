"""`make coverage`: docs/coverage.md, from 2,000 samples of every design (a few minutes)."""

from __future__ import annotations

import time
from pathlib import Path

from scipy import stats

from tests.simulations.coverage import HIGH, LOW, SAMPLES, SEED, Cover, covers
from tests.simulations.designs import DESIGNS
from tests.simulations.population import population

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coverage.md"
INTERVALS = {"mean": "symmetric", "logit": "logit", "beta": "beta"}
HEAD = f"""# Do 95 % intervals hold the truth 95 times in 100?

`make coverage` writes this page: {SAMPLES:,} samples of every design from a made-up population of 14,000
people in villages in districts, each through `declare`, `totals` and `estimate` as a user's rows go. A sound
interval lies between {100 * LOW:g} and {100 * HIGH:g} %; the Monte Carlo standard error is near 0.5 points.
`make test-slow` draws the same samples again and compares them with this page.

The population: waiting time `wait` (skewness 2, intraclass correlation 0.11), `satisfied` (7 of 10),
`complained` (1 in 42). Proportions have three intervals: the symmetric one (the default), `logit`, and
`beta` (Korn and Graubard's, after Clopper and Pearson).

Columns: the share of intervals that hold the truth, with its Monte Carlo standard error; how often the truth
lies below or above the interval (2.5 each, were it perfect); by how much the root of the mean estimated
variance differs from the standard deviation of the estimates (Monte Carlo error near 2 %); mean degrees of
freedom. **Bold**: outside the band.

"""


def reason(cover: Cover) -> str:
    """Why the coverage lies outside the band, as far as the figures themselves show it; '' inside it."""
    if cover.inside:
        return ""
    if cover.covered > HIGH and max(cover.below, cover.above) < 0.025:
        return "longer than it need be, on both sides: it errs towards caution"
    if cover.flat > 0.02:
        return (
            f"in {100 * cover.flat:.1f} % of the samples nobody gave this answer: the standard error "
            "is 0 and the interval a point"
        )
    lopsided = max(cover.below, cover.above) > 2 * min(cover.below, cover.above)
    if lopsided and abs(cover.std_error) < 0.06 and cover.together > 0.5:
        return (
            "the standard error is right on average but rises with the estimate (correlation "
            f"{cover.together:.2f}): samples that draw too low an estimate draw too short an interval too, "
            "and most misses are on one side"
        )
    law = stats.chi(cover.df)
    allowed = law.std() / law.mean()
    if cover.df < 10 and cover.unsteady > 1.1 * allowed:
        return (
            "from so few clusters of unequal size the standard error varies by "
            f"{100 * cover.unsteady:.0f} % from sample to sample, where t with {cover.df:.0f} degrees of "
            f"freedom allows for {100 * allowed:.0f} %"
        )
    return "not explained"


def page(found: dict[str, list[Cover]]) -> str:
    """The whole of docs/coverage.md."""
    every = [cover for made in found.values() for cover in made]
    outside = [cover for cover in every if not cover.inside]
    parts = [HEAD, f"{len(every) - len(outside)} of {len(every)} rows lie in the band. "]
    parts.append("Those outside, and what in the figures shows why:\n\n")
    parts += [
        f"- {cover.design}, {cover.quantity}, {INTERVALS[cover.interval]}, {100 * cover.covered:.2f} %: "
        f"{reason(cover)}.\n"
        for cover in outside
    ]
    parts.append(ADVICE)
    for name, made in found.items():
        parts.append(f"\n## {name[0].upper()}{name[1:]}\n\n{DESIGNS[name].__doc__}\n\n{_table(made)}")
    return "".join(parts)


ADVICE = """
What follows from it: for shares that few give (or nearly all), ask for `--interval logit`; where there may be
none at all in a domain, for `beta`, which never is a point. With a handful of clusters intervals stay a
point or two short of what they promise: draw more clusters.
"""


def _table(made: list[Cover]) -> str:
    lines = [
        "| quantity | interval | holds the truth, % | truth below / above, % | standard error, % off | df |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for cover in made:
        share = f"{100 * cover.covered:.1f} ± {100 * cover.error:.1f}"
        lines.append(
            f"| {cover.quantity} | {INTERVALS[cover.interval]} | {share if cover.inside else f'**{share}**'} "
            f"| {100 * cover.below:.1f} / {100 * cover.above:.1f} | {100 * cover.std_error:+.1f} "
            f"| {cover.df:.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    whole, found, start = population(SEED), {}, time.process_time()
    for name in DESIGNS:
        found[name] = covers(name, whole)
        print(f"{name}: {time.process_time() - start:.0f} s", flush=True)
    PAGE.write_text(page(found), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
