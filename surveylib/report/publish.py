"""Publication all at once: a file or a folder is built beside its place and then put there by renaming."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surveylib.errors import SurveyError


def write_bytes(target: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)  # mkstemp's own mode is for secrets; pages are to be read
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_text(target: Path, content: str) -> None:
    """Write text as UTF-8 with plain line ends, whole or not at all."""
    write_bytes(target, content.encode("utf-8"))


@contextmanager
def publication(target: Path) -> Iterator[Path]:
    """A folder to build in; what was built takes the place of `target` only when all went well.

    The folder is a hidden sibling of `target`, always of the same name. When the block raises or the process
    dies, what was published before stays as it was; what a killed run left is cleared by the next one or, if
    it died between the two renames, put back.

    Raises
    ------
    SurveyError
        If `target` exists and is no folder, or another process is building the same run.
    """
    target = Path(target)
    if target.exists() and not target.is_dir():
        raise SurveyError("a run is published into a folder", where=str(target), got="a file of that name")
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target):
        _restore(target)
        built = _beside(target, "new")
        built.mkdir()
        try:
            yield built
            _swap(built, target)
        except BaseException:
            shutil.rmtree(built, ignore_errors=True)
            raise


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{what}")


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    # The lock is the kernel's, so that it goes with the process that held it, however that ended.
    with open(_beside(target, "lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SurveyError(
                "another process is building this run",
                where=str(target),
                hint="wait for it, or name another run",
            ) from error
        yield


def _restore(target: Path) -> None:
    previous = _beside(target, "old")
    if previous.is_dir():
        if target.exists():
            shutil.rmtree(previous)
        else:
            os.replace(previous, target)
    shutil.rmtree(_beside(target, "new"), ignore_errors=True)


def _swap(built: Path, target: Path) -> None:
    previous = _beside(target, "old")
    if target.exists():
        os.replace(target, previous)
    try:
        os.replace(built, target)
    except OSError:
        if previous.exists():
            os.replace(previous, target)
        raise
    shutil.rmtree(previous, ignore_errors=True)
