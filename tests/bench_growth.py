"""`make growth`: how CPU time grows with rows, PSUs, domains and items; figure and table of docs/speed.md.

Each is varied alone about 1,000,000 rows, 10,000 PSUs, 50 domains and 20 items: means, standard errors and
df from a DataFrame, one run each.
"""

from __future__ import annotations

import os
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import matplotlib
import numpy as np
from matplotlib import pyplot

from tests import bench_page
from tests.bench_means import means, survey

SIZES = {
    "rows": (30_000, 100_000, 300_000, 1_000_000, 3_000_000),
    "psus": (400, 1_000, 3_000, 10_000, 30_000, 100_000),
    "domains": (1, 5, 20, 50, 150, 500),
    "items": (1, 2, 5, 10, 20, 50),
}
NAMES = {"rows": "rows", "psus": "PSUs", "domains": "domains", "items": "items"}
FIGURE = bench_page.PAGE.with_name("speed-growth.svg")
INK, LINE, GUIDE = "#333333", "#1f5fa8", "#b0b0b0"


def measure() -> dict[str, list[float]]:
    """CPU seconds for every size of every one of the four."""
    means(survey(missing=0.0, rows=20_000))()
    return {name: [_once(name, size) for size in sizes] for name, sizes in SIZES.items()}


def _once(name: str, size: int) -> float:
    run = means(survey(missing=0.0, **{name: size}), items=size if name == "items" else 20)
    start = time.process_time()
    made = run()
    spent = time.process_time() - start
    if not (made.table["std_error"] > 0).all():
        raise AssertionError("a standard error is not there")
    return spent


def draw(found: dict[str, list[float]]) -> None:
    """Four panels on one scale, beside lines of growth in proportion."""
    matplotlib.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "path", "font.size": 9})
    figure, panels = pyplot.subplots(1, 4, figsize=(10, 2.9), sharey=True, layout="constrained")
    times = np.concatenate(list(found.values()))
    for panel, (name, spent) in zip(panels, found.items(), strict=True):
        sizes = np.array(SIZES[name], dtype=float)
        panel.loglog(sizes, spent[-1] * sizes / sizes[-1], color=GUIDE, linewidth=1, linestyle=(0, (4, 3)))
        panel.loglog(sizes, spent, color=LINE, linewidth=1.6, marker="o", markersize=4)
        panel.set_xlabel(NAMES[name], color=INK)
        panel.set_ylim(times.min() / 1.6, times.max() * 1.6)
        panel.grid(color="#e6e6e6", linewidth=0.6)
        panel.minorticks_off()
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("CPU seconds", color=INK)
    figure.savefig(FIGURE, metadata={"Date": None})


def table(found: dict[str, list[float]]) -> str:
    """A line a size; the exponent tells the growth between the two last sizes (1: in proportion)."""
    lines = ["| varied | size → CPU seconds | exponent at the end |", "|---|---|---:|"]
    for name, spent in found.items():
        sizes = SIZES[name]
        pairs = ", ".join(f"{size:,} → {each:.3f}" for size, each in zip(sizes, spent, strict=True))
        exponent = np.log(spent[-1] / spent[-2]) / np.log(sizes[-1] / sizes[-2])
        lines.append(f"| {NAMES[name]} | {pairs} | {exponent:.2f} |")
    return "\n".join([*lines, "", bench_page.measured()])


def main() -> None:
    found = measure()
    draw(found)
    bench_page.put("growth", table(found))
    print(f"written: {FIGURE}, {bench_page.PAGE}")


if __name__ == "__main__":
    main()
