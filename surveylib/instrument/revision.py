"""A questionnaire as it stood at a git revision: ``REV:path``, as git itself names it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path, PurePosixPath

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.instrument.load import load_questionnaire
from surveylib.model.questionnaire import Questionnaire

_SECONDS = 30


def load_version(name: str) -> Questionnaire:
    """The questionnaire in the file `name`, or at a revision where `name` is ``REV:path``.

    With a revision the path starts at the top of the repository, or at the working folder when it begins
    with ``./``; the item bank is the one of that revision.

    Raises
    ------
    SurveyError
        If there is neither such a file nor such a revision, or what is there is no questionnaire.
    """
    revision, colon, inside = name.partition(":")
    if Path(name).exists() or not colon:
        return load_questionnaire(Path(name))
    if not revision or not inside or revision.startswith("-"):
        raise SurveyError("not a file and not a revision", expected="FILE or REV:path", got=repr(name))
    with tempfile.TemporaryDirectory() as folder:
        own = _put(revision, inside, Path(folder))
        try:
            bank = documents.read_yaml(own).get("bank")
            if isinstance(bank, str) and PurePosixPath(bank).name == bank:
                _put(revision, inside.removesuffix(PurePosixPath(inside).name) + bank, Path(folder))
            return load_questionnaire(own)
        except SurveyError as error:
            where = (error.where or "").replace(str(own), name).replace(f"{folder}/", f"{revision}:")
            raise SurveyError(
                error.what, where=where or name, expected=error.expected, got=error.got, hint=error.hint
            ) from error


def _put(revision: str, inside: str, folder: Path) -> Path:
    """The file at the revision, written into `folder` under its own name."""
    shown = f"{revision}:{inside}"
    known = _git("rev-parse", "--verify", "--quiet", "--end-of-options", shown, shown=shown)
    size = int(_git("cat-file", "-s", known.decode().strip(), shown=shown))
    if size > documents.LARGEST:
        raise SurveyError("file is too large", where=shown, expected="at most 5 MB", got=f"{size} bytes")
    path = folder / PurePosixPath(inside).name
    path.write_bytes(_git("cat-file", "blob", known.decode().strip(), shown=shown))
    return path


def _git(*arguments: str, shown: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, check=True, timeout=_SECONDS, stdin=subprocess.DEVNULL
        )
    except (subprocess.SubprocessError, OSError) as error:
        said = getattr(error, "stderr", None) or b""
        raise SurveyError(
            "git has no such file at this revision",
            where=shown,
            got=said.decode("utf-8", "replace").strip() or None,
            hint="git log --oneline FILE lists the revisions; the path starts at the repository's top",
        ) from error
    return done.stdout
