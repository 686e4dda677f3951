"""What a notebook in notebooks/ has to be (thin), a short function for each rule; each yields its complaints.

How outputs are stored and compared, so that nbval, nbstripout and git agree:

- `pytest --nbval --nbval-current-env notebooks` runs every cell of every notebook; an exception in any fails.
- nbval compares a cell only when its `execution_count` is set. So sources keep no count and no output, except
  in the one cell tagged `golden`: it stores its rounded aggregate and a count, and nbval fails when a number
  in it changes.
- nbstripout clears outputs unless a cell is tagged `keep_output`, and counts unless called with
  `--keep-count`. So the golden cell carries both tags, and `nbstripout --keep-count --keep-id` leaves a
  source as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

MOST_CODE_CELLS = 15
MOST_LINES = 8
MAY_IMPORT = {"surveylib", "pathlib"}
FORBIDDEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While)
EXHIBIT = re.compile(r"(^|_)(table|figure)s?($|_)")
NBVAL_MARK = re.compile(r"nbval[-_]|raises-exception", re.IGNORECASE)
STRIP = ("nbstripout", "--verify", "--keep-count", "--keep-id")

Cell = nbformat.NotebookNode
Notebook = nbformat.NotebookNode


def complaints(path: Path) -> list[str]:
    """Everything that is wrong with one notebook, each as `name: what`.

    A cell that is not plain Python (a magic, a syntax error) is reported, and not looked into further.
    """
    notebook = nbformat.read(path, as_version=4)
    return [f"{path.name}: {complaint}" for rule in RULES for complaint in rule(notebook)]


def code_cells(notebook: Notebook) -> list[Cell]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: Cell) -> tuple[str, ...]:
    return tuple(cell.metadata.get("tags", ()))


def parsed(cell: Cell) -> ast.Module:
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def is_plain_python(notebook: Notebook) -> Iterator[str]:
    for number, cell in enumerate(code_cells(notebook), 1):
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            yield f"code cell {number} is not plain Python: {error.msg}"


def is_short(notebook: Notebook) -> Iterator[str]:
    cells = code_cells(notebook)
    if len(cells) > MOST_CODE_CELLS:
        yield f"{len(cells)} code cells, at most {MOST_CODE_CELLS}"
    for number, cell in enumerate(cells, 1):
        if (lines := len(cell.source.strip().splitlines())) > MOST_LINES:
            yield f"code cell {number} has {lines} lines, at most {MOST_LINES}"


def has_no_logic(notebook: Notebook) -> Iterator[str]:
    for number, cell in enumerate(code_cells(notebook), 1):
        for node in ast.walk(parsed(cell)):
            if isinstance(node, FORBIDDEN):
                yield f"code cell {number} has a {type(node).__name__}: it belongs in a room of surveylib"


def imports_only_the_library(notebook: Notebook) -> Iterator[str]:
    for number, cell in enumerate(code_cells(notebook), 1):
        for name in imported(parsed(cell)):
            if name.partition(".")[0] not in MAY_IMPORT:
                yield f"code cell {number} imports {name}, only {' and '.join(sorted(MAY_IMPORT))} may be"


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def starts_with_parameters(notebook: Notebook) -> Iterator[str]:
    cells = code_cells(notebook)
    if [number for number, cell in enumerate(cells) if "parameters" in tags(cell)] != [0]:
        yield "the first code cell, and no other, is tagged `parameters`"
        return
    for statement in parsed(cells[0]).body:
        if not is_plain_assignment(statement):
            yield f"the parameters cell holds more than plain literals: {ast.unparse(statement)}"


def is_plain_assignment(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    else:
        return False
    try:
        ast.literal_eval(statement.value)
    except ValueError:
        return False
    return all(isinstance(target, ast.Name) for target in targets)


def ends_with_artefacts(notebook: Notebook) -> Iterator[str]:
    cells = code_cells(notebook)
    if [number for number, cell in enumerate(cells) if "artefacts" in tags(cell)] != [len(cells) - 1]:
        yield "the last code cell, and no other, is tagged `artefacts`"


def asks_before_it_shows(notebook: Notebook) -> Iterator[str]:
    """Each cell that calls a `table` or `figure` has, before it, a heading of its own ending in `?`."""
    asked, number = False, 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            asked = asked or has_question(cell.source)
        elif cell.cell_type == "code":
            number += 1
            if shown := exhibits(parsed(cell)):
                if not asked:
                    yield f"code cell {number} calls {', '.join(shown)} with no question as its heading"
                asked = False


def has_question(markdown: str) -> bool:
    return any(line.startswith("#") and line.rstrip(" *_").endswith("?") for line in markdown.splitlines())


def exhibits(tree: ast.Module) -> list[str]:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    names = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
    return sorted(name for name in names if EXHIBIT.search(name))


def stores_one_golden(notebook: Notebook) -> Iterator[str]:
    golden = [cell for cell in code_cells(notebook) if "golden" in tags(cell)]
    if len(golden) != 1:
        yield f"{len(golden)} cells tagged `golden`, expected one"
    for cell in golden:
        if not cell.outputs or cell.execution_count is None:
            yield "the golden cell stores no output or no execution count, so nbval would compare nothing"
        if "keep_output" not in tags(cell):
            yield "the golden cell is not tagged `keep_output`, so nbstripout would empty it"


def stores_nothing_else(notebook: Notebook) -> Iterator[str]:
    for number, cell in enumerate(code_cells(notebook), 1):
        if "golden" not in tags(cell) and (cell.outputs or cell.execution_count is not None):
            yield f"code cell {number} stores an output or an execution count; only the golden cell does"


def leaves_nbval_on(notebook: Notebook) -> Iterator[str]:
    for number, cell in enumerate(code_cells(notebook), 1):
        if NBVAL_MARK.search("\n".join([cell.source, *tags(cell)])):
            yield f"code cell {number} switches nbval off by a tag or comment"


RULES = (
    is_plain_python,
    is_short,
    has_no_logic,
    imports_only_the_library,
    starts_with_parameters,
    ends_with_artefacts,
    asks_before_it_shows,
    stores_one_golden,
    stores_nothing_else,
    leaves_nbval_on,
)
