"""What README.md and README.vi.md tell people to type is real, alike in both, and does what they say."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import shutil
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import click
import pytest

from surveylib import __version__
from surveylib.cli import COMMANDS, main
from surveylib.evaluation import CODES
from surveylib.numerics.randomisation import sign_flip_floor, smallest_p
from surveylib.runner.case import open_case
from tests.conftest import TIERS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "README.vi.md")
MADE_BY_READERS = ("data/my_study", "data/<", "reports/")
# Notebooks and JupyterLab: tests/e2e has whole runs. A history of git: tests/instrument/test_diff.py has one.
NOT_WALKED = {"run", "report", "lab", "papi", "diff"}


def text_of(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[tuple[str, ...]]:
    """Every line to type, as words, without its comment."""
    lines = "".join(blocks(page, "sh")).splitlines()
    return [tuple(words) for line in lines if (words := shlex.split(line, comments=True))]


def table(page: str, columns: int, first: str) -> list[list[str]]:
    """The rows, of so many columns, of the tables whose first cell matches `first`."""
    rows = re.findall(rf"^\| ((?:{first}) \|.*) \|$", text_of(page), re.MULTILINE)
    return [cells for row in rows if len(cells := [cell.strip() for cell in row.split("|")]) == columns]


def check(words: tuple[str, ...]) -> None:
    """Raise unless the line calls a command, target or script that exists, with options it has."""
    program, arguments = words[0], list(words[1:])
    if program == "surveylib":
        assert arguments[0] in COMMANDS, f"no command {arguments[0]}"
        command = import_module(f"surveylib.cli.{COMMANDS[arguments[0]][0]}").command
        command.make_context(arguments[0], arguments[1:])
    elif program == "make":
        targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert len(arguments) == 1 and arguments[0] in targets, f"no target {arguments}"
    else:
        assert words == ("source", ".venv/bin/activate"), f"what is {words}?"


@pytest.mark.parametrize("words", commands("README.md"), ids=" ".join)
def test_every_line_to_type_is_real(words: tuple[str, ...]) -> None:
    check(words)


@pytest.mark.parametrize(
    "line",
    [
        "surveylib estmate x.csv",
        "surveylib run data/my_study --rehersal",
        "surveylib size --n many",
        "surveylib lint",
        "make report",
        "pip install surveylib",
    ],
)
def test_a_line_that_is_not_real_is_caught(line: str) -> None:
    with pytest.raises((AssertionError, click.UsageError)):
        check(tuple(shlex.split(line)))


def test_every_command_is_shown() -> None:
    shown = {words[1] for words in commands("README.md") if words[0] == "surveylib"}
    assert shown == set(COMMANDS)


def test_both_pages_have_the_same_lines_figures_and_sections() -> None:
    assert commands(PAGES[0]) == commands(PAGES[1])
    assert blocks(PAGES[0], "csv") == blocks(PAGES[1], "csv")
    assert floors(PAGES[0]) == floors(PAGES[1])
    codes = [set(re.findall(r"`([^`\n]+)`", text_of(page))) for page in PAGES]
    assert {code.replace("nghiên cứu", "study") for code in codes[1]} == codes[0]
    for page in PAGES:
        assert re.findall(r"^## (\d)\. ", text_of(page), re.MULTILINE) == list("1234567")


def test_each_page_links_to_the_other_at_the_top() -> None:
    for page, other in (PAGES, PAGES[::-1]):
        assert f"]({other})" in "".join(text_of(page).splitlines(keepends=True)[:4])


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_letters_are_composed(page: str) -> None:
    assert unicodedata.is_normalized("NFC", text_of(page))


@pytest.mark.parametrize("page", PAGES)
def test_every_place_named_exists(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text_of(page))
    tops = "|".join(re.escape(path.name) for path in ROOT.iterdir())
    named = [name for name in re.findall(r"`([^`\s]+)`", text_of(page)) if re.match(rf"({tops})(/|$)", name)]
    assert len(links) >= 4 and len(named) >= 15
    missing = [name for name in (*links, *named) if not (ROOT / name).exists()]
    assert [name for name in missing if not name.startswith(MADE_BY_READERS)] == []


def floors(page: str) -> dict[tuple[int, int], Fraction]:
    return {(int(a), int(b)): Fraction(floor) for a, b, floor in table(page, 3, r"\d+")}


def test_floors_are_those_of_the_tests() -> None:
    told = floors("README.md")
    assert len(told) == 5
    for (pilots, others), floor in told.items():
        least = sign_flip_floor(pilots) if others == 0 else smallest_p(pilots + others, pilots)
        assert floor == Fraction(1, round(1 / least)), (pilots, others)


@pytest.mark.parametrize("page", PAGES)
def test_every_refusal_and_every_tier_has_its_line(page: str) -> None:
    assert [row[0] for row in table(page, 3, r"R\d")] == sorted(code for code in CODES if code[0] == "R")
    tiers = [row[0] for row in table(page, 2, r"[a-z0-9]+") if row[0] in TIERS]
    assert tiers == list(TIERS)


def test_the_changelog_knows_this_version() -> None:
    assert re.search(
        rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$", text_of("CHANGELOG.md"), re.MULTILINE
    )


# ---- the first hour, walked ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Where the lines were typed, and what each said."""

    folder: Path
    said: dict[tuple[str, ...], Said]

    def of(self, *start: str) -> str:
        """The output of the first line that starts so."""
        return next(said.out for words, said in self.said.items() if words[: len(start)] == start)


def typed(words: tuple[str, ...], folder: Path) -> Said:
    """Call `surveylib` with these words in `folder`, in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(words[1:]))
        except SystemExit as end:
            code = int(end.code or 0)
    return Said(code=code, out=out.getvalue(), err=err.getvalue())


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """All lines of the page in their order, but for notebooks: of a run of one's own, the stages."""
    folder, said = tmp_path_factory.mktemp("morning"), {}
    shutil.copytree(ROOT / "tests" / "golden" / "r", folder / "tests" / "golden" / "r")
    shutil.copytree(ROOT / "questionnaires", folder / "questionnaires")
    (folder / "cells.csv").write_text(blocks("README.md", "csv")[0], "utf-8")
    for words in commands("README.md"):
        if words[:3] == ("surveylib", "run", "data/my_study"):
            open_case(folder / "data" / "my_study", run="rehearsal")
        elif words[0] == "surveylib" and words[1] not in NOT_WALKED:
            said[words] = typed(words, folder)
    return Walk(folder=folder, said=said)


def test_the_first_hour_meets_no_mistake(walk: Walk) -> None:
    assert len(walk.said) >= 12
    assert {" ".join(words): said.err for words, said in walk.said.items() if said.code} == {}


def test_what_was_to_be_written_is_there(walk: Walk) -> None:
    for name in ("sample_t0.csv", "answers.csv", "weights.csv"):
        assert len((walk.folder / name).read_text("utf-8").splitlines()) > 1000
    assert (walk.folder / "reports/my_study/rehearsal/stages/corrections.csv").exists()


def test_the_estimate_is_that_of_r(walk: Walk) -> None:
    want = json.loads((ROOT / "tests/golden/r/survey_own.json").read_text("utf-8"))["two_stage_mean"]
    line = next(words for words in walk.said if words[1] == "estimate" and "--mean" in words)
    got = json.loads(typed((*line, "--format", "json"), walk.folder).out)["estimates"][0]
    assert (got["estimate"], got["std_error"]) == pytest.approx((want["estimate"][0], want["std_error"][0]))
    assert f"{want['estimate'][0]:.6g}" in walk.of("surveylib", "estimate")


def test_the_verdict_is_the_one_told(walk: Walk) -> None:
    line = next(words for words in walk.said if words[1] == "evaluate")
    made = json.loads(typed((*line, "--format", "json"), walk.folder).out)
    effect = next(row for row in made["effects"] if row["estimator"] == "unit_equal")
    assert (effect["p_value"], effect["p_floor"]) == pytest.approx((0.1, 0.1))
    assert made["decision"]["verdict"] == "extend" and "R2" in {row["code"] for row in made["refusals"]}
    english, vietnamese = text_of("README.md"), text_of("README.vi.md")
    assert "p = 0.1, which is the floor" in english
    assert "p = 0,1, đúng bằng mức nhỏ nhất có thể đạt" in vietnamese
