"""JSON Schemas for the files people edit, so that an editor completes and checks while one types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from surveylib import documents


def schema_text(noun: type, *, title: str) -> str:
    """The JSON Schema of `noun` as it is committed: indented, Vietnamese readable, one newline at the end."""
    return json.dumps({**documents.schema(noun), "title": title}, ensure_ascii=False, indent=2) + "\n"


def write_schemas(folder: Path, *, nouns: Mapping[str, type]) -> tuple[Path, ...]:
    """Write ``<name>.schema.json`` for every named noun into `folder`; returns the paths in order of name."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in sorted(nouns):
        path = folder / f"{name}.schema.json"
        path.write_text(schema_text(nouns[name], title=name), encoding="utf-8", newline="\n")
        paths.append(path)
    return tuple(paths)
