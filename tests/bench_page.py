"""The measured parts of docs/speed.md: what stands between two marks is written anew, the rest is left."""

from __future__ import annotations

import datetime
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "speed.md"
PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "duckdb", "svy", "ipfn")


def put(mark: str, text: str, *, page: Path = PAGE) -> None:
    """Write `text` between the marks <!-- mark --> and <!-- /mark -->."""
    whole = page.read_text(encoding="utf-8")
    start, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    if whole.count(start) != 1 or whole.count(end) != 1:
        raise ValueError(f"{page}: {start} and {end} must stand there once each")
    before, _, rest = whole.partition(start)
    page.write_text(f"{before}{start}\n{text}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def bench(rows: list[dict]) -> str:
    """The rows of `make bench` as a table."""
    lines = [
        "| work | beside | ours, s | other, s | ratio | goal | | peak memory |",
        "|---|---|---:|---:|---:|---:|---|---:|",
    ]
    for row in rows:
        met = {None: "", True: "met", False: "**not met**"}[row["met"]]
        goal = "" if row["goal"] is None else f"≤ {row['goal']:g}"
        room = "" if row["memory_goal_mb"] is None else f" (goal < {row['memory_goal_mb']:,.0f})"
        lines.append(
            f"| {row['work']} | {row['other']} | {row['ours_cpu_s']:.4g} | {row['other_cpu_s']:.4g} | "
            f"{_ratio(row['ratio'])} | {goal} | {met} | {row['ours_rss_mb']:,.0f} MB{room} |"
        )
    return "\n".join([*lines, "", measured()])


def measured() -> str:
    """When, on what, with which versions."""
    found = [f"{name} {known}" for name in PACKAGES if (known := _version(name))]
    return (
        f"Measured {datetime.date.today().isoformat()}, one thread unless said, "
        f"{_processor()}, Python {platform.python_version()}, {', '.join(found)}."
    )


def _ratio(ratio: float) -> str:
    """The ratio; a small one also as times faster."""
    return f"{ratio:.2f}" if ratio > 0.5 else f"{ratio:.4f} (1/{1 / ratio:.0f})"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.+)", known.read_text(encoding="utf-8")) if known.exists() else None
    return named[1].strip() if named else platform.machine()
