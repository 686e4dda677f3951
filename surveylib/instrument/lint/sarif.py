"""Findings as SARIF 2.1.0, which code hosts and editors show beside the lines.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, 2020.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from surveylib.instrument.lint.rule import Rule
from surveylib.model.finding import Finding, PlacedFinding
from surveylib.model.text import LANGS, Lang

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "note": "note"}


def sarif(
    found: Mapping[Path, Iterable[Finding]], *, rules: Sequence[Rule], version: str, lang: Lang
) -> dict:
    """One SARIF log with one run: the findings of each file at its line, its item and its language.

    Parameters
    ----------
    found : mapping from a file to its findings
    version : str
        The version of the library, which stands for the tool's.
    """
    results = [_result(hit, file, lang) for file, hits in found.items() for hit in hits]
    known = {rule.code for rule in rules}
    driver = {
        "name": "surveylib lint",
        "semanticVersion": version,
        "rules": [
            *(_rule(rule, lang) for rule in sorted(rules, key=lambda rule: rule.code)),
            *({"id": code} for code in sorted({r["ruleId"] for r in results} - known)),
        ],
    }
    places = {rule["id"]: place for place, rule in enumerate(driver["rules"])}
    for result in results:
        result["ruleIndex"] = places[result["ruleId"]]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule, lang: Lang) -> dict:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.message.get(lang)},
        "help": {"text": rule.remedy.get(lang)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"family": rule.family},
    }


def _result(hit: Finding, file: Path, lang: Lang) -> dict:
    placed = hit if isinstance(hit, PlacedFinding) else None
    physical: dict = {"artifactLocation": {"uri": quote(file.as_posix())}}
    if placed is not None and placed.line is not None:
        physical["region"] = {"startLine": placed.line}
    part = placed.part if placed is not None else hit.where
    said = {f"message_{other}": hit.message.get(other) for other in LANGS}
    if placed is not None and placed.lang is not None:
        said["language"] = placed.lang
    return {
        "ruleId": hit.code,
        "level": _LEVELS[hit.severity],
        "message": {"text": f"{hit.message.get(lang)} {hit.remedy.get(lang)}"},
        "locations": [{"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": part}]}],
        "properties": said,
    }
