"""A questionnaire as the YAML that people edit: what has its default is left out."""

from __future__ import annotations

import dataclasses
import datetime
from io import StringIO
from typing import Any

from ruamel.yaml import YAML  # writes YAML 1.2; PyYAML, which reads (documents.py), writes 1.1
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from surveylib.model.questionnaire import Questionnaire
from surveylib.model.text import LANGS, Text


def questionnaire_yaml(questionnaire: Questionnaire) -> str:
    """The questionnaire as YAML; `load_questionnaire` makes the same of it."""
    writer = YAML()
    writer.width = 4096  # one text a line, however long
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    writer.dump(_block(questionnaire), stream)
    return stream.getvalue()


def _block(noun: Any) -> CommentedMap:
    made = CommentedMap()
    for field in dataclasses.fields(noun):
        value = getattr(noun, field.name)
        if value is None or value == _default(field):
            continue
        made[field.name] = _value(value)
    return made


def _default(field: dataclasses.Field) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _value(value: Any) -> Any:
    if isinstance(value, Text):
        return _flow({lang: DoubleQuotedScalarString(value.get(lang)) for lang in LANGS})
    if dataclasses.is_dataclass(value):
        return _block(value)
    if isinstance(value, tuple):
        made = CommentedSeq(_value(part) for part in value)
        if not any(isinstance(part, CommentedMap) for part in made):
            made.fa.set_flow_style()
        return made
    if isinstance(value, dict):
        return _flow({key: _value(part) for key, part in value.items()})
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (str, int, float, bool, datetime.date)) else str(value)


def _flow(mapping: dict) -> CommentedMap:
    made = CommentedMap(mapping)
    made.fa.set_flow_style()
    return made
