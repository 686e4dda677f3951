"""What a person sees while a run goes on, and at its end."""

from __future__ import annotations

import os
import time

import click
from tqdm import tqdm

from surveylib.runner.execute import Outcome
from surveylib.runner.make import Made


class Progress:
    """A line a step and a bar for the notebooks, on standard error; silent when asked to be."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet, self._bar, self._begun, self._cold = quiet, None, time.perf_counter(), ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *failure) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self, name: str) -> None:
        """A step begins."""
        if not self._quiet:
            click.echo(f"  {time.perf_counter() - self._begun:5.1f} s  {name}", err=True)

    def expect(self, count: int) -> None:
        """So many notebooks will be executed."""
        if not self._quiet:
            self._bar = tqdm(total=count, unit="nb", leave=False, dynamic_ncols=True, disable=None)

    def notebook(self, outcome: Outcome) -> None:
        """A notebook is done."""
        self._cold = self._cold or outcome.refusal or ""
        if self._bar is not None:
            self._bar.set_postfix_str(outcome.job, refresh=False)
            self._bar.update()
            if outcome.error:
                self._bar.write(f"  {outcome.job}: {outcome.error}")

    def summary(self, made: Made) -> None:
        """What was made, how long it took, and what to open."""
        if self._cold:
            click.echo(f"ordinary kernels were used: {self._cold}", err=True)
        seconds = sum(lap for _, lap in made.timings)
        click.echo(f"{made.notebooks} notebooks, {made.pages} pages in {seconds:.0f} s")
        if made.verdict:
            click.echo(f"verdict: {made.verdict}")
        click.echo(f"open {os.path.relpath(made.folder / 'index.html')}")
