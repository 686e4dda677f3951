"""``manifest.json``: what a run was made from, with what, and what it made."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from surveylib.errors import SurveyError
from surveylib.report.publish import write_text

PACKAGES = (
    "surveylib",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "matplotlib",
    "nbformat",
    "papermill",
    "typst",
)
VERSION = 1


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Raises
    ------
    SurveyError
        If the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SurveyError("file cannot be read", where=str(path), got=error.strerror) from error


def files(paths: Iterable[Path], *, roots: Sequence[Path]) -> list[dict[str, Any]]:
    """Path under the first of `roots` that holds it, size and SHA-256 of each file; outside all of them by
    name."""
    places = [Path(root).resolve() for root in roots]
    rows = []
    for path in {Path(path).resolve() for path in paths}:
        root = next((place for place in places if path.is_relative_to(place)), path.parent)
        name = path.relative_to(root).as_posix()
        rows.append({"path": name, "bytes": path.stat().st_size, "sha256": file_digest(path)})
    return sorted(rows, key=lambda row: (row["path"], row["sha256"]))


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """The versions of Python and of the packages that are installed."""
    found = {"python": platform.python_version()}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def build_manifest(
    *,
    study: str,
    run: str,
    seed: int,
    mark: str = "",
    parameters: Mapping[str, Any] | None = None,
    digests: Mapping[str, str] | None = None,
    inputs: Iterable[Path] = (),
    outputs: Iterable[Path] = (),
    inputs_roots: Sequence[Path] = (Path(),),
    outputs_root: Path = Path(),
    timings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The manifest. All but ``timings`` is the same for the same inputs, versions and seed.

    `digests` are those of the analysis plan and the questionnaires; `mark` is that of a rehearsal.
    """
    return {
        "manifest_version": VERSION,
        "study": study,
        "run": run,
        "rehearsal": bool(mark),
        "mark": mark,
        "seed": seed,
        "parameters": dict(parameters or {}),
        "digests": dict(digests or {}),
        "inputs": files(inputs, roots=inputs_roots),
        "outputs": files(outputs, roots=(outputs_root,)),
        "versions": versions(),
        "timings": dict(timings or {}),
    }


def data_digest(manifest: Mapping[str, Any]) -> str:
    """One SHA-256 over all inputs: the data hash in the footers of the pages."""
    lines = [f"{row['path']} {row['sha256']}" for row in manifest["inputs"]]
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()


def write_manifest(manifest: Mapping[str, Any], target: Path) -> None:
    """Write the manifest with sorted keys, ``timings`` last."""
    lasting = {name: value for name, value in manifest.items() if name != "timings"}
    body = json.dumps(lasting, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    timings = json.dumps(
        manifest.get("timings", {}), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    indented = timings.replace("\n", "\n  ")
    write_text(Path(target), f'{body[:-2]},\n  "timings": {indented}\n}}\n')
