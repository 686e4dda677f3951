"""Completion and checks while a questionnaire is typed: the YAML language server with our schemas, as editors
and JupyterLab's extension ask it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.conftest import INSTRUMENTS, ROOT
from tests.clients.language_server import LanguageServer

pytestmark = pytest.mark.needs_node
PROGRAM = ROOT / ".editor" / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("editing") / "questionnaires"
    shutil.copytree(ROOT / "questionnaires", made)
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[LanguageServer]:
    if not PROGRAM.is_file():
        pytest.skip("the YAML language server is not installed: `make test-clients` does it")
    running = LanguageServer(PROGRAM, folder)
    yield running
    running.close()


def typed(folder: Path, name: str, *, old: str, new: str) -> tuple[Path, str, int]:
    """A copy of form C with `old` typed over, and the line on which `new` stands."""
    text = (folder / "c_clients.yaml").read_text("utf-8")
    assert text.count(old) == 1
    made = text.replace(old, new)
    return folder / name, made, made[: made.index(new)].count("\n")


ITEM = "  - id: a1_simple\n"


@pytest.mark.parametrize("name", [*INSTRUMENTS, "bank"])
def test_what_is_shipped_has_nothing_underlined(server: LanguageServer, folder: Path, name: str) -> None:
    path = folder / f"{name}.yaml"
    text = path.read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=schema/")
    assert server.diagnostics(server.open(path, text)) == []


def test_a_wrong_key_is_underlined_where_it_stands(server: LanguageServer, folder: Path) -> None:
    path, text, line = typed(folder, "wrong.yaml", old=ITEM, new=f"{ITEM}    scael: OT\n")
    (found,) = server.diagnostics(server.open(path, text))
    assert "scael" in found["message"] and "not allowed" in found["message"]
    assert found["range"]["start"] == {"line": line + 1, "character": 4}


def test_the_fields_that_an_item_lacks_are_offered(server: LanguageServer, folder: Path) -> None:
    path, text, line = typed(folder, "asked.yaml", old=ITEM, new=f"{ITEM}    \n")
    offered = server.complete(server.open(path, text), line=line + 1, character=4)
    assert {"role", "applies_to", "ask_if", "required", "part_of"} <= set(offered)
    assert "id" not in offered  # it stands there already


def test_the_words_that_a_field_may_hold_are_offered(server: LanguageServer, folder: Path) -> None:
    path, text, line = typed(folder, "role.yaml", old=ITEM, new=f"{ITEM}    role: \n")
    offered = server.complete(server.open(path, text), line=line + 1, character=10)
    assert {"criterion", "anchor", "covariate", "open", "process"} <= set(offered)
