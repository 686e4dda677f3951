"""Reading a questionnaire, and holding its criteria against the sentences of the plan."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.instrument.bank import read_document
from surveylib.model.finding import Entry, Finding, find
from surveylib.model.questionnaire import Questionnaire

_PART = re.compile(r"^1\.\s+Các Tiêu chí.*?$(?P<body>.*?)^2\.\s", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(?P<group>[a-d])\.\s")


def load_questionnaire(path: Path) -> Questionnaire:
    """Read the questionnaire in the YAML file at `path`, with the items it uses of a bank.

    Raises
    ------
    SurveyError
        Naming every mistake with its line; see `surveylib.documents.read` and `instrument.bank`.
    """
    return documents.build(read_document(path), Questionnaire, where=str(path))


def load_set(folder: Path) -> tuple[Questionnaire, ...]:
    """Read every questionnaire in a folder (the YAML files with an ``instrument``), by their file names.

    Raises
    ------
    SurveyError
        If the folder holds none, or one of them has a mistake.
    """
    folder = Path(folder)
    files = [path for path in sorted(folder.glob("*.yaml")) if "instrument" in documents.read_yaml(path)]
    if not files:
        raise SurveyError("no questionnaire here", where=str(folder), expected="a folder with YAML files")
    return tuple(load_questionnaire(path) for path in files)


def quote_hash(sentence: str) -> str:
    """SHA-256 of a sentence of the plan: NFC, white space folded to single spaces, without the bullet's dash.

    Examples
    --------
    >>> quote_hash("- Nụ cười  công sở;\\n") == quote_hash("Nụ cười công sở;")
    True
    """
    folded = " ".join(unicodedata.normalize("NFC", sentence).split())
    return hashlib.sha256(folded.removeprefix("- ").encode("utf-8")).hexdigest()


def plan_criteria(plan_text: str) -> dict[str, str]:
    """The criteria of part II.1 of the plan: a1 … d4 and their sentences, in the plan's order.

    Raises
    ------
    SurveyError
        If the text has no part "1. Các Tiêu chí …" with headings a. to d.

    Examples
    --------
    >>> plan_criteria("1. Các Tiêu chí\\n\\na. Một\\n\\n- Hai;\\n\\n- Ba.\\n\\n2. Đơn vị")
    {'a1': 'Hai;', 'a2': 'Ba.'}
    """
    part = _PART.search(unicodedata.normalize("NFC", plan_text))
    if part is None:
        raise SurveyError(
            "no list of criteria in this text", where="plan", expected="part II, “1. Các Tiêu chí …”"
        )
    found: dict[str, str] = {}
    group, number = "", 0
    for paragraph in re.split(r"\n\s*\n|\n(?=- )", part["body"]):
        line = " ".join(paragraph.split())
        if heading := _HEADING.match(line):
            group, number = heading["group"], 0
        elif line.startswith("- ") and group:
            number += 1
            found[f"{group}{number}"] = line.removeprefix("- ")
    if not found:
        raise SurveyError(
            "no list of criteria in this text", where="plan", expected="headings a. to d. with bullets"
        )
    return found


def check_quotes(questionnaire: Questionnaire, *, plan_text: str) -> tuple[Finding, ...]:
    """One finding a criterion whose sentence in the plan is gone, or no longer the one its hash is of."""
    sentences = plan_criteria(plan_text)
    known = {criterion.id: criterion.quote_hash for criterion in questionnaire.criteria}
    findings = []
    for name in sorted(set(known) | set(sentences)):
        if name not in sentences:
            findings.append(find(QUOTE_RULES, "Q711", where=f"criterion {name}"))
        elif name not in known:
            findings.append(find(QUOTE_RULES, "Q712", where=f"criterion {name}"))
        elif known[name] != quote_hash(sentences[name]):
            findings.append(find(QUOTE_RULES, "Q713", where=f"criterion {name}"))
    return tuple(findings)


# Said by `surveylib lint --plan`.
QUOTE_RULES: dict[str, Entry] = {
    "Q711": (
        "error",
        "Tiêu chí này không có trong kế hoạch.",
        "The plan has no such criterion.",
        "Bỏ tiêu chí hoặc sửa mã.",
        "Remove the criterion or mend its id.",
    ),
    "Q712": (
        "error",
        "Kế hoạch có tiêu chí này nhưng phiếu không khai báo.",
        "The plan has this criterion, the questionnaire does not.",
        "Thêm tiêu chí vào mục `criteria`.",
        "Add the criterion under `criteria`.",
    ),
    "Q713": (
        "error",
        "Câu của tiêu chí trong kế hoạch khác với câu đã dùng khi soạn phiếu.",
        "The criterion's sentence in the plan differs from the one the questionnaire was made from.",
        "Đọc lại các câu hỏi của tiêu chí; nếu vẫn phù hợp thì cập nhật quote_hash.",
        "Read the criterion's items again; if they still fit, update quote_hash.",
    ),
}
