"""The tree keeps its rules (tree_rules.py), and each rule catches what it is there for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.contracts import tree_rules as rules

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "surveylib").rglob("*.py"))


def write(folder: Path, text: str, name: str = "module.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_nothing_strange_at_the_top() -> None:
    assert rules.strange_at_the_top(ROOT) == []


@pytest.mark.skipif(not (ROOT / "notebooks").is_dir(), reason="no folder notebooks/ yet")
def test_nothing_missing_at_the_top() -> None:
    assert rules.missing_at_the_top(ROOT) == []


def test_no_registry_and_no_machine_path() -> None:
    assert [complaint for path in rules.files(ROOT) for complaint in rules.never_written(path)] == []


def test_modules_and_functions_are_short() -> None:
    assert [complaint for path in MODULES for complaint in rules.too_long(path)] == []


def test_no_import_in_a_function() -> None:
    assert [complaint for path in MODULES for complaint in rules.imports_in_functions(path)] == []


def test_one_file_owns_a_heavy_library() -> None:
    assert {name: paths for name, paths in rules.owners(MODULES).items() if len(paths) > 1} == {}


# ---- the rules themselves --------------------------------------------------------------------------------


@pytest.mark.parametrize("with_git", [True, False])
def test_files_leave_out_what_git_ignores(tmp_path: Path, with_git: bool) -> None:
    write(tmp_path, (ROOT / ".gitignore").read_text("utf-8"), ".gitignore")
    ignored = ("reports/a/b/index.html", "reports/c.html", ".venv/x", "a/__pycache__/y")
    for name in ("README.md", "scratch.txt", "reports/README.md", *ignored):
        write(tmp_path, "", name)
    if with_git:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    found = {path.relative_to(tmp_path).as_posix() for path in rules.files(tmp_path)}
    assert found == {".gitignore", "README.md", "scratch.txt", "reports/README.md"}
    assert rules.strange_at_the_top(tmp_path) == ["scratch.txt"]
    assert "Makefile" in rules.missing_at_the_top(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "see https://" + "pypi" + ".org/simple",
        "files.python" + "hosted.org",
        'open("/' + 'work/main/x")',
        "/" + "root/.cache/x",
        "file:///" + "opt/pypi/simple",
        "C:" + "\\Users\\an",
    ],
)
def test_hosts_and_machine_paths_are_found(tmp_path: Path, line: str) -> None:
    assert len(list(rules.never_written(write(tmp_path, f"first\n{line}\n")))) == 1


INNOCENT = ("and/or work/life", "https://example.vn/home/page", "../root/x", "/data/group/q1", "~/x")


@pytest.mark.parametrize("line", INNOCENT)
def test_innocent_lines_pass(tmp_path: Path, line: str) -> None:
    assert list(rules.never_written(write(tmp_path, line))) == []


def test_long_things_are_found(tmp_path: Path) -> None:
    body = "\n".join(["    pass"] * 60)
    docstring = '    """' + "\n    x" * 70 + '"""'
    path = write(tmp_path, f"def long():\n{body}\n\n\ndef told():\n{docstring}\n    pass\n")
    assert list(rules.too_long(path)) == ["module.py:1 long has 61 lines, at most 60"]
    assert "module.py has 401 lines, at most 400" in list(rules.too_long(write(tmp_path, "x = 1\n" * 401)))


def test_imports_in_functions_are_found(tmp_path: Path) -> None:
    path = write(
        tmp_path, "import ast\n\ndef f():\n    def g():\n        from os import path\n    import dask.array\n"
    )
    assert [complaint.split()[0] for complaint in rules.imports_in_functions(path)] == ["module.py:5"]


def test_owners_are_found(tmp_path: Path) -> None:
    one = write(tmp_path, "import dask.array\n", "one.py")
    two = write(tmp_path, "def f():\n    from dask import delayed\n", "two.py")
    assert rules.owners([one, two]) == {"dask": ["one.py", "two.py"]}
