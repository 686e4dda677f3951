"""The command line as people call it: arguments in; exit code, output and messages out."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from surveylib.cli import main
from surveylib.runner.starter import lay_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Call `surveylib` with these arguments, in this process; its exit code, output and messages."""

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Said(code=int(ended.value.code or 0), out=out, err=err)

    return call


@pytest.fixture
def refused(cli) -> Callable[..., str]:
    """The message of a call that must end in one clear error: exit code 2, nothing on standard output."""

    def call(*arguments: object) -> str:
        said = cli(*arguments)
        assert (said.code, said.out) == (2, ""), said
        assert said.err.startswith("error: ") and said.err.count("error: ") == 1, said.err
        return said.err

    return call


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh study of two pilot and three comparison units with a rehearsal: only to look at."""
    folder = tmp_path_factory.mktemp("cli") / "thu_nghiem"
    lay_out(folder, pilots=2, comparisons=3, start=datetime.date(2030, 1, 1))
    with pytest.raises(SystemExit) as ended:
        main(["check", str(folder), "--run", "rehearsal"])
    assert not ended.value.code
    return folder


@pytest.fixture
def study(rehearsed: Path, tmp_path: Path) -> Path:
    """A copy of the rehearsed study that a test may spoil; its stages are still current."""
    return Path(shutil.copytree(rehearsed, tmp_path / rehearsed.name))


@pytest.fixture
def edit(study: Path) -> Callable[[str, str, str], None]:
    """Replace a piece of one of the study's files, which must stand there exactly once."""

    def change(name: str, old: str, new: str) -> None:
        text = (study / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name}: {old!r} stands {text.count(old)} times"
        (study / name).write_text(text.replace(old, new), encoding="utf-8")

    return change
