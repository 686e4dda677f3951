"""The DDI instance is valid by the schemas of DDI Lifecycle 3.3, and its references lead somewhere."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from ddi_l.document import DDIDocument

from surveylib.instrument.ddi import ddi
from surveylib.instrument.load import load_questionnaire

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENTS = sorted((ROOT / "questionnaires").glob("*_*.yaml"))
NAMES = {"r": "ddi:reusable:3_3", "l": "ddi:logicalproduct:3_3", "d": "ddi:datacollection:3_3"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def parsed(content: bytes) -> DDIDocument:
    return DDIDocument.from_xml(content.decode("utf-8"))


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_it_is_valid_and_complete(path):
    questionnaire = load_questionnaire(path)
    content, findings = ddi(questionnaire)
    document = parsed(content)
    assert document.validate() == []
    assert document.lint() == []
    root = ElementTree.fromstring(content)
    variables = [node.find("r:ID", NAMES).text for node in root.iter(f"{{{NAMES['l']}}}Variable")]
    assert variables == [f"{questionnaire.id}-variable-{item.id}" for item in questionnaire.items]
    ids = {node.text for node in root.iter(f"{{{NAMES['r']}}}ID")}
    for node in root.iter():
        if node.tag.endswith("Reference"):
            assert node.find("r:ID", NAMES).text in ids
    assert [f.code for f in findings] == (["X421"] if any(i.ask_if for i in questionnaire.items) else [])
    assert ddi(questionnaire)[0] == content


def test_the_schema_is_really_asked(shipped):
    content, _ = ddi(shipped)
    broken = content.replace(b"<l:VariableName>", b"<l:VariableNom>").replace(
        b"</l:VariableName>", b"</l:VariableNom>"
    )
    assert broken != content and parsed(broken).validate() != []


def test_codes_off_the_scale_are_missing_and_both_languages_are_there(small):
    root = ElementTree.fromstring(ddi(small)[0])
    papers = next(
        node
        for node in root.iter(f"{{{NAMES['l']}}}Variable")
        if node.find("r:ID", NAMES).text == "small-variable-papers"
    )
    coded = papers.find(".//r:CodeRepresentation", NAMES)
    assert coded.get("missingValue") == "8 9"
    labels = {node.get(LANG): node.text for node in papers.findall("r:Label/r:Content", NAMES)}
    assert labels == {"vi": "Giấy tờ đơn giản đến mức nào?", "en": "How simple were the papers?"}
    titles = {node.get(LANG): node.text for node in root.findall("r:Citation/r:Title/r:String", NAMES)}
    assert titles == {"vi": "Phiếu thử", "en": "Trial form"}
    bounds = [[edge.text for edge in node] for node in root.iter(f"{{{NAMES['r']}}}NumberRange")]
    assert bounds == [["0", "480"]]
