"""The catalogue of rules as a page of documentation: docs/lint_rules.md is this text."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from surveylib.instrument.check_set import SET_RULES
from surveylib.instrument.diff_findings import DIFF_RULES
from surveylib.instrument.lint import RULES
from surveylib.instrument.lint.rule import Rule
from surveylib.instrument.load import QUOTE_RULES
from surveylib.model.finding import Entry
from surveylib.model.text import Text

_HEAD = """\
# Rules of the questionnaire linter

Made by `surveylib lint --rules > docs/lint_rules.md`; a test holds it to the rules.

`surveylib lint FILE...` says all findings at once, each with its file, line, item and language, in Vietnamese
or English (`--lang en`), as a table, JSON, CSV or SARIF 2.1.0 (`--format`). It ends with 0 when there is no
error among the findings, 1 when there is, 2 when a file cannot be read as a questionnaire. In the messages,
`{name}` stands for what was found.

An *error* makes answers wrong, lost or not comparable; a *warning* is to be mended or to be known; a *note*
asks a person to look.
"""
# What other commands say of questionnaires: heading, when it is said, entries.
OTHERS: tuple[tuple[str, str, Mapping[str, Entry]], ...] = (
    (
        "Sentences of the plan (`surveylib lint --plan`)",
        "Said of a questionnaire's criteria beside the text of the plan.",
        QUOTE_RULES,
    ),
    (
        "Several questionnaires together (`surveylib coverage`)",
        "Said of the questionnaires of a folder.",
        SET_RULES,
    ),
    (
        "Changes between versions (`surveylib diff`)",
        "Said of two versions of a questionnaire, and of the forms of a study's waves.",
        DIFF_RULES,
    ),
)
_TITLES = {
    "structure": "Structure",
    "translation": "The two languages",
    "choices": "Choices",
    "skip": "Skip rules",
    "wording": "Wording",
    "scales": "Scales",
    "traceability": "From criteria to items",
    "privacy": "Privacy",
    "comparability": "Comparability",
}


def rule_catalogue() -> str:
    """Every rule with code, severity, message and remedy in both languages, and an example, as Markdown."""
    parts = [_HEAD]
    ordered = sorted(RULES, key=lambda rule: (list(_TITLES).index(rule.family), rule.code))
    for family, rules in groupby(ordered, key=lambda rule: rule.family):
        parts.append(f"## {_TITLES[family]}\n")
        parts += [_entry(rule) for rule in rules]
    for title, about, entries in OTHERS:
        parts.append(f"## {title}\n\n{about}\n")
        for code, (severity, vi, en, remedy_vi, remedy_en) in sorted(entries.items()):
            parts.append(_said(code, severity, Text(vi=vi, en=en), Text(vi=remedy_vi, en=remedy_en)))
    return "\n".join(parts)


def _entry(rule: Rule) -> str:
    said = _said(rule.code, rule.severity, rule.message, rule.remedy)
    return f"{said}\n```yaml\n{rule.example}\n```\n"


def _said(code: str, severity: str, message: Text, remedy: Text) -> str:
    return f"### {code} ({severity})\n\n- vi: {message.vi} → {remedy.vi}\n- en: {message.en} → {remedy.en}\n"
