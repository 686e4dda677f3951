"""What may lie where, how long it may be, and what may never be written in it."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

TOP_LEVEL = {
    "CHANGELOG.md",
    "Makefile",
    "README.md",
    "README.vi.md",
    "data",
    "docs",
    "notebooks",
    "pyproject.toml",
    "questionnaires",
    "reports",
    "requirements-lab.lock",
    "requirements-spark.lock",
    "requirements.lock",
    "surveylib",
    "tests",
}
DOTFILES = {".ci", ".editorconfig", ".gitattributes", ".gitignore"}
LEFT_BY_RUNS = {  # what .gitignore names: passed over where there is no git to ask
    ".clients",
    ".editor",
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".ipynb_checkpoints",
    ".pytest_cache",
    ".ruff_cache",
    ".spark",
    ".venv",
    ".venv-lab",
    "__pycache__",
    "build",
    "dist",
}

MOST_FILE_LINES = 400
MOST_FUNCTION_LINES = 60
HEAVY_AND_OPTIONAL = {"dask", "distributed", "pyspark"}  # in the one file that owns it

# Written in two halves, so that this file does not find itself.
REGISTRIES = re.compile(
    "|".join(
        re.escape(left + right)
        for left, right in (
            ("pypi", ".org"),
            ("python", "hosted.org"),
            ("npm", "js.org"),
            ("npm", "js.com"),
            ("ana", "conda.org"),
            ("cra", "tes.io"),
            ("cran.r-", "project.org"),
            ("repo.ma", "ven.apache.org"),
            ("proxy.go", "lang.org"),
            ("ruby", "gems.org"),
        )
    ),
    re.IGNORECASE,
)
MACHINE_PATH = re.compile(
    r"(?<![\w.~}\])/-])/(?:work|root|home|Users|opt/pypi)/|file:///\w|\b[A-Z]:\\Users\\"
)


def files(root: Path) -> list[Path]:
    """Every file that git tracks or would track; without git, all but what runs leave behind."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (root / ".git").exists():
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
        found = {root / name for name in listed if name}
    else:
        reports = root / "reports"
        found = {path for path in root.rglob("*") if not LEFT_BY_RUNS & set(path.relative_to(root).parts)}
        found -= {path for path in found if path.is_relative_to(reports) and path != reports / "README.md"}
    return sorted(path for path in found if path.is_file())


def strange_at_the_top(root: Path) -> list[str]:
    return sorted({path.relative_to(root).parts[0] for path in files(root)} - TOP_LEVEL - DOTFILES)


def missing_at_the_top(root: Path) -> list[str]:
    return sorted(name for name in TOP_LEVEL if not (root / name).exists())


def never_written(path: Path) -> Iterator[str]:
    """Registry hosts and paths of one machine, anywhere in a text file."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return
    for number, line in enumerate(lines, 1):
        for kind, pattern in (("a registry's host", REGISTRIES), ("a path of one machine", MACHINE_PATH)):
            if hit := pattern.search(line):
                yield f"{path.name}:{number} names {kind}: {hit.group()}"


def too_long(path: Path) -> Iterator[str]:
    """Long modules, and long functions: their lines without the docstring, which examples may fill."""
    text = path.read_text("utf-8")
    if (lines := len(text.splitlines())) > MOST_FILE_LINES:
        yield f"{path.name} has {lines} lines, at most {MOST_FILE_LINES}"
    for function in functions(ast.parse(text)):
        if (lines := code_lines(function)) > MOST_FUNCTION_LINES:
            place = f"{path.name}:{function.lineno} {function.name}"
            yield f"{place} has {lines} lines, at most {MOST_FUNCTION_LINES}"


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    docstring = first.end_lineno - first.lineno + 1 if ast.get_docstring(function) is not None else 0
    return function.end_lineno - function.lineno + 1 - docstring


def imports_in_functions(path: Path) -> Iterator[str]:
    """An import inside a function is a circle in disguise; only heavy optional libraries may."""
    seen = set()
    for function in functions(ast.parse(path.read_text("utf-8"))):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom) and node not in seen:
                seen.add(node)
                if not {name.partition(".")[0] for name in imported(node)} <= HEAVY_AND_OPTIONAL:
                    yield f"{path.name}:{node.lineno} imports in function {function.name}"


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return ["." * node.level + (node.module or "")]


def owners(paths: list[Path]) -> dict[str, list[str]]:
    """Heavy optional library → the files that import it anywhere."""
    found: dict[str, list[str]] = {}
    for path in paths:
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        imports = (node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))
        roots = {name.partition(".")[0] for node in imports for name in imported(node)}
        for name in sorted(roots & HEAVY_AND_OPTIONAL):
            found.setdefault(name, []).append(path.name)
    return found
