"""The locks are complete, name no host, and hold nothing under the GPL."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
NEEDED = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"]
LOCKS = {
    "requirements.lock": NEEDED + EXTRAS["test"],
    "requirements-lab.lock": NEEDED + EXTRAS["lab"],
    "requirements-spark.lock": EXTRAS["spark"],  # beside .venv, not in it
}
PINNED = re.compile(r"(?P<name>[a-z0-9.-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>.+))?")
GPL = re.compile(r"(?<![A-Z])A?GPL|GNU (AFFERO )?GENERAL PUBLIC", re.IGNORECASE)


def entries(text: str) -> list[tuple[str, list[str]]]:
    """Each requirement of a lock with its hashes: `[("numpy==2.4.6", ["sha256:…", …]), …]`."""
    found: list[tuple[str, list[str]]] = []
    for line in text.replace("\\\n", "\n").splitlines():
        if line.startswith("    --hash="):
            found[-1][1].append(line.strip().removeprefix("--hash="))
        elif line.strip():
            found.append((line.strip(), []))
    return found


def pins(lock: str) -> dict[str, str]:
    """Name → version of what a lock installs on this machine."""
    matches = [PINNED.fullmatch(pin) for pin, _ in entries((ROOT / lock).read_text("utf-8"))]
    here = (match for match in matches if not match["marker"] or Marker(match["marker"]).evaluate())
    return {match["name"]: match["version"] for match in here}


def licence(distribution: Distribution) -> str:
    """What a package says its licence is: the expression, else classifiers, else the text's first line."""
    about = distribution.metadata
    classifiers = [line for line in about.get_all("Classifier", []) if line.startswith("License ::")]
    text = (about.get("License") or "").strip().partition("\n")[0]
    return about.get("License-Expression") or "; ".join(classifiers) or text


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_pins_and_hashes_only(lock: str) -> None:
    for pin, hashes in entries((ROOT / lock).read_text("utf-8")):
        assert PINNED.fullmatch(pin), pin
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), pin


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"://|@|^\s*--?(?!hash=)\w", text, re.MULTILINE)


@pytest.mark.parametrize(("lock", "needed"), LOCKS.items(), ids=LOCKS)
def test_lock_holds_what_the_project_declares(lock: str, needed: list[str]) -> None:
    locked = pins(lock)
    for requirement in map(Requirement, needed):
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None and requirement.specifier.contains(version), str(requirement)


def test_jupyterlab_stays_out_of_the_default_environment() -> None:
    """Where it is installed, importing nbformat costs five times as much (through rfc3987-syntax)."""
    assert not {"jupyterlab", "rfc3987-syntax"} & pins("requirements.lock").keys()
    assert "jupyterlab" in pins("requirements-lab.lock")


def test_both_locks_agree() -> None:
    work, lab = pins("requirements.lock"), pins("requirements-lab.lock")
    assert {name: lab[name] for name in work.keys() & lab.keys() if lab[name] != work[name]} == {}


def test_nothing_locked_is_under_the_gpl() -> None:
    locked = pins("requirements.lock").keys()
    told = {
        name: licence(distribution)
        for distribution in distributions()
        if (name := canonicalize_name(distribution.name)) in locked
    }
    assert len(told) > 40
    assert {name: text for name, text in told.items() if GPL.search(text)} == {}


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0", True),
        ("License :: OSI Approved :: GNU General Public License v2 (GPLv2)", True),
        ("LGPL-2.1", False),
        ("BSD-3-Clause", False),
    ],
)
def test_gpl_is_recognised(text: str, caught: bool) -> None:
    assert bool(GPL.search(text)) is caught
