"""The command line: thin. Each command parses, calls, prints, and ends with an exit code.

Exit codes: 0 done; 1 done, and what was checked has findings of severity error; 2 a mistake in the input; 130
interrupted.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from surveylib import __version__
from surveylib.errors import SurveyError, did_you_mean

# name -> (module, one line of help). The modules are imported when their command is called: --help stays
# quick.
COMMANDS = {
    "new": ("new", "Lay out a fresh study that runs."),
    "lint": ("lint", "Check a questionnaire: all findings at once."),
    "diff": ("diff", "What changed between two versions of a questionnaire, and what still compares."),
    "coverage": ("coverage", "Which questionnaire is evidence for which criterion, in every type of unit."),
    "preview": ("preview", "A questionnaire as a page to try out: skip rules work, both languages."),
    "export": ("export", "Write a questionnaire as a form, codebook, DDI, schema, or file of SPSS or Stata."),
    "paper": ("paper", "Print numbered paper forms of a unit and wave, with their link register."),
    "scan": ("scan", "Read scans of filled paper forms into answers; what is unsure goes to a person."),
    "import": ("import_", "Read an XLSForm or a workbook into a questionnaire."),
    "size": ("size", "Sample size for a mean, a share, or a change between two waves."),
    "draw": ("draw", "Draw dossiers from the registers, with probabilities, reserves and a log."),
    "ingest": ("ingest", "Read field exports into answers, with a log of every correction."),
    "check": ("check", "Quality checks of the answers that came in."),
    "weight": (
        "weight",
        "Weights of a study or of any CSV: non-response, calibration, trimming; every step kept.",
    ),
    "estimate": ("estimate", "Means, totals, ratios, proportions of any CSV, with design-based errors."),
    "totals": ("totals", "Sum rows into a small file that can be handed on in place of them."),
    "combine": ("combine", "Add files of totals: those of communes or months make those of all."),
    "crosstab": ("crosstab", "A two-way table of any CSV, and a test of independence."),
    "regress": ("regress", "Linear, logistic, probit, Poisson or ordinal regression on any CSV."),
    "plan": ("plan", "Freeze the analysis plan; show what is frozen and what was changed since."),
    "diagnose": ("diagnose", "How often the plan's rule would be right and wrong: P(verdict | true effect)."),
    "redesign": ("redesign", "The cheapest change of waves, units or answers that reaches a wanted power."),
    "evaluate": ("evaluate", "Effects and verdict from a table of unit and wave means."),
    "papi": ("papi", "A province's PAPI beside other provinces: context, never an effect of the pilot."),
    "cost": ("cost", "The cost form; cost per additional satisfied visitor, break-even, worth of waiting."),
    "province": ("province", "How like the province's units the pilots are; the list to be filled."),
    "run": ("run", "Everything: from the study to pages, brief and estimates."),
    "report": ("report", "Make the pages of a finished run anew."),
    "lab": ("lab", "Open JupyterLab on the notebooks with the study set."),
}


class _Lazy(click.Group):
    """A group that imports a command's module only to run it or to show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return import_module(f"surveylib.cli.{COMMANDS[name][0]}").command

    def resolve_command(self, ctx: click.Context, args: list[str]):
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            hint = did_you_mean(args[0], COMMANDS)
            raise click.UsageError(f"{error.message}" + (f" {hint}" if hint else ""), ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: surveylib run data/binh_duong --rehearsal",
)
@click.version_option(__version__, prog_name="surveylib")
def group() -> None:
    """Did the pilot make offices friendlier? Survey design and honest evaluation, from plan to decision.

    Khảo sát và đánh giá thí điểm, từ kế hoạch đến báo cáo quyết định.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; a user's mistake ends in one message on standard error and exit code 2."""
    # Products of small matrices only: threads that wait for each other cost several times the work itself.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = group.main(args=arguments, prog_name="surveylib", standalone_mode=False)
    except SurveyError as error:
        click.echo(f"{click.style('error', fg='red', bold=True)}: {error}", err=True)
        sys.exit(SurveyError.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; nothing half-written was left behind", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
