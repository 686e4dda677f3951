"""Publication all at once: a file or a folder is built beside its place and then put there by renaming."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surveylib.errors import SurveyError

_NEW, _OLD = ".moi-", ".cu-"  # "new" and "old": beside the folder, hidden


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

    When the block raises or the process dies, what was published before stays as it was. What an earlier, killed run left
    beside it is cleared or, if it died between the two renames, put back.

    Raises
    ------
    SurveyError
        If `target` exists and is no folder.
    """
    target = Path(target)
    if target.exists() and not target.is_dir():
        raise SurveyError("a run is published into a folder", where=str(target), got="a file of that name")
    target.parent.mkdir(parents=True, exist_ok=True)
    restore(target)
    built = Path(tempfile.mkdtemp(prefix=f"{_NEW}{target.name}-", dir=target.parent))
    os.chmod(built, 0o755)
    try:
        yield built
        _swap(built, target)
    except BaseException:
        shutil.rmtree(built, ignore_errors=True)
        raise


def _swap(built: Path, target: Path) -> None:
    previous = target.with_name(f"{_OLD}{target.name}")
    if target.exists():
        os.replace(target, previous)
    try:
        os.replace(built, target)
    except OSError:
        if previous.exists():
            os.replace(previous, target)
        raise
    shutil.rmtree(previous, ignore_errors=True)


def restore(target: Path) -> None:
    """Undo what a killed run left: put the previous folder back if its place is empty, and clear half-built ones."""
    previous = target.with_name(f"{_OLD}{target.name}")
    if previous.is_dir():
        if target.exists():
            shutil.rmtree(previous, ignore_errors=True)
        else:
            os.replace(previous, target)
    for half in target.parent.glob(f"{_NEW}{target.name}-*"):
        shutil.rmtree(half, ignore_errors=True)
