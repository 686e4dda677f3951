import ast
from pathlib import Path

from surveylib import fieldwork
from surveylib.fieldwork import codes
from surveylib.fieldwork.reasons import _VIETNAMESE, reason_words

FOLDER = Path(fieldwork.__file__).parent


def texts(name: str) -> set[str]:
    tree = ast.parse((FOLDER / name).read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def test_every_reason_of_a_rehearsal_has_vietnamese_words(rehearsed):
    reasons = set(rehearsed.responses.corrections["reason"])
    assert len(reasons) > 6
    for reason in reasons:
        assert reason_words(reason).vi != reason, reason


def test_reasons_for_cells_are_all_translated():
    for reason in {codes.SPACES, codes.LABEL, codes.WORDS, *codes.LOST, codes.SEVERAL}:
        assert reason in _VIETNAMESE


def test_no_translation_is_left_of_a_reason_that_is_no_longer_given():
    given = set().union(*(texts(name) for name in ("codes.py", "forms.py", "ingest.py", "link.py")))
    assert set(_VIETNAMESE) <= given


def test_a_reason_nobody_translated_stands_as_it_is():
    assert reason_words("a new one").vi == "a new one"
