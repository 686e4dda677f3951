"""The group: help, mistakes in the call itself, and how a command ends when it is cut short."""

from __future__ import annotations

import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from surveylib import __version__
from surveylib.cli import COMMANDS

SURVEYLIB = Path(sys.executable).with_name("surveylib")


def test_help_names_every_command_and_an_example(cli):
    said = cli("--help")
    assert said.code == 0 and "Example: surveylib run" in said.out
    assert all(f"\n  {name} " in said.out for name in COMMANDS)


def test_without_arguments_it_helps_and_is_no_failure(cli):
    said = cli()
    assert (said.code, said.err, said.out.rstrip()) == (0, "", cli("--help").out.rstrip())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_of_itself(cli, name):
    said = cli(name, "--help")
    assert said.code == 0 and said.out.startswith(f"Usage: surveylib {name} ")
    assert f"Example: surveylib {name} " in said.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_made_of_options_that_exist(name):
    command = import_module(f"surveylib.cli.{COMMANDS[name][0]}").command
    below = command.commands.values() if isinstance(command, click.Group) else ()
    known = {
        option
        for one in (command, *below)
        for parameter in one.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    used = {word for word in command.epilog.split() if word.startswith("--")}
    assert used <= known


def test_every_option_says_what_it_does():
    commands = [import_module(f"surveylib.cli.{module}").command for module, _ in COMMANDS.values()]
    silent = [
        f"{command.name} {parameter.name}"
        for command in commands
        for parameter in command.params
        if parameter.param_type_name == "option" and not parameter.help
    ]
    assert silent == []


def test_version(cli):
    assert cli("--version").out == f"surveylib, version {__version__}\n"


def test_an_unknown_command_or_option_is_met_with_the_nearest_one(cli):
    said = cli("estmate", "x.csv")
    assert said.code == 2 and "did you mean 'estimate'?" in said.err
    said = cli("estimate", "x.csv", "--wieghts", "pw")
    assert said.code == 2 and "--weights" in said.err


def test_the_installed_program_ends_a_mistake_without_traceback(tmp_path):
    command = [SURVEYLIB, "estimate", tmp_path / "absent.csv", "--mean", "y"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 2 and made.stdout == ""
    assert made.stderr.startswith("error: file cannot be read\n  where: ") and "Traceback" not in made.stderr


def test_a_reader_that_goes_away_is_no_error_of_ours(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("y\n1\n2\n", encoding="utf-8")
    command = [SURVEYLIB, "estimate", table, "--mean", "y", "--format", "csv"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    running.stdout.close()  # as `head` does when it has seen enough: whatever is written now fails
    assert running.stderr.read() == ""
    assert running.wait(timeout=60) in (0, 1)


def test_an_interrupted_run_says_so_and_leaves_what_was_published(study):
    published = study / "reports" / study.name / "rehearsal"
    before = {path: path.stat().st_mtime_ns for path in published.rglob("*")}
    running = subprocess.Popen(
        [SURVEYLIB, "run", study, "--rehearsal"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    begun = running.stderr.readline()
    assert "rehearsal" in begun
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert "interrupted; nothing half-written was left behind" in err and "Traceback" not in err
    assert {path: path.stat().st_mtime_ns for path in published.rglob("*")} == before
    assert not list(published.parent.glob(".rehearsal.new*"))
