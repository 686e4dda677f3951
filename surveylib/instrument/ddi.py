"""A questionnaire as DDI Lifecycle 3.3: what data archives read. The library `ddi_l` writes the XML.

Criteria become concepts, items become questions and variables, choices become code lists and categories. Both
languages are there; the base language stands first.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

from ddi_l.document import DDIDocument
from ddi_l.models import (
    Category,
    CodeItem,
    CodeList,
    CodeRepresentation,
    Concept,
    ConceptualComponent,
    DataCollection,
    InternationalString,
    LogicalProduct,
    QuestionItem,
    Reference,
    StudyUnit,
    Universe,
    Variable,
)
from ddi_l.models.logicalproduct import (
    DateTimeRepresentation,
    NumberRange,
    NumericRepresentation,
    TextRepresentation,
    VariableRepresentation,
)

from surveylib.instrument.export_findings import finding
from surveylib.instrument.fill import fill_words
from surveylib.instrument.rule_words import rule_in_words
from surveylib.instrument.xpath import number
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Item, Questionnaire
from surveylib.model.scale import Scale
from surveylib.model.setting import Setting
from surveylib.model.text import LANGS, Lang, Text

AGENCY = "surveylib.invalid"  # no registered agency: whoever deposits the study writes their own
_UNIVERSES = {
    "C": Text(
        vi="Người đến giao dịch với cơ quan, kể cả hồ sơ bị trả lại, từ chối hoặc rút",
        en="Clients of the office, those returned, refused or withdrawn included",
    ),
    "R": Text(vi="Người dân cư trú từ 18 tuổi", en="Residents aged 18 and over"),
    "S": Text(vi="Cán bộ, công chức, viên chức của đơn vị", en="Staff of the unit"),
    "K": Text(
        vi="Lần quan sát tại chỗ, mỗi người quan sát một phiếu", en="On-site visits, a form an observer"
    ),
    "A": Text(vi="Hồ sơ, sổ theo dõi của đơn vị trong một đợt", en="Registers of the unit in one wave"),
}
_ONLY_IF = Text(vi="Chỉ hỏi khi", en="Asked only if")
_PART = Text(vi="Không lớn hơn", en="Not more than")
_PARTS = Text(vi="Các thành phần", en="Parts")
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_UNKNOWN = Setting()


def ddi(questionnaire: Questionnaire, *, setting: Setting = _UNKNOWN) -> tuple[bytes, tuple[Finding, ...]]:
    """The DDI instance as UTF-8 XML, and what it could not carry. The same questionnaire and setting give
    the same bytes.

    Codes off the scale are declared as missing values. A skip rule stands as a sentence in the description
    of its variable, not as a control construct.
    """
    for unit in setting.units if setting.unit is not None else ():
        questionnaire = fill_words(questionnaire, unit_type=unit.type, place=unit.place)
    made = _Instance(fill_words(questionnaire))
    asked = [item.id for item in questionnaire.items if item.relevance is not None]
    place = f"questionnaire {questionnaire.id}"
    findings = (finding("X421", where=place, fields={"count": str(len(asked))}),) if asked else ()
    return made.xml(), findings


class _Instance:
    """The parts of one instance; identifiers are made of the questionnaire's own ids."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self.languages = [*questionnaire.languages, *(x for x in LANGS if x not in questionnaire.languages)]

    def xml(self) -> bytes:
        questionnaire = self.questionnaire
        document = DDIDocument.create(
            agency=AGENCY,
            identifier=self.name("instance"),
            version=questionnaire.version,
        )
        self._title(document)
        document.ensure_namespace_prefixes()
        study = StudyUnit(
            **self.named("study"),
            conceptual_components=[self._concepts()],
            data_collections=[self._questions()],
            logical_products=[self._variables()],
        )
        document.add_study_unit(study)
        text = '<?xml version="1.0" encoding="UTF-8"?>\n' + document.to_xml()
        return text.encode("utf-8")

    def _title(self, document: DDIDocument) -> None:
        # The library keeps one title only; that in the other language is a second string of the same.
        citation = document.set_citation(title=self.questionnaire.title.en, lang="en")
        title = citation[0]
        other = copy.deepcopy(title[0])
        other.text = self.questionnaire.title.vi
        other.set(_XML_LANG, "vi")
        title.insert(0, other)

    def name(self, *parts: str) -> str:
        return "-".join((self.questionnaire.id, *parts))

    def named(self, *parts: str) -> dict[str, str]:
        return {"agency": AGENCY, "identifier": self.name(*parts), "version": self.questionnaire.version}

    def refer(self, kind: str, *parts: str) -> Reference:
        return Reference(type_of_object=kind, **self.named(*parts))

    def texts(self, text: Text, *, tag: str) -> list[InternationalString]:
        return [InternationalString(text=text.get(lang), lang=lang, child_tag=tag) for lang in self.languages]

    def labels(self, text: Text) -> list[InternationalString]:
        return self.texts(text, tag="Content")

    def _concepts(self) -> ConceptualComponent:
        asked = _UNIVERSES[self.questionnaire.instrument]
        made = ConceptualComponent(
            **self.named("concepts"),
            labels=self.labels(self.questionnaire.title),
            concepts=[
                Concept(
                    **self.named("concept", criterion.id),
                    names=[InternationalString(text=criterion.id, child_tag="String")],
                    labels=self.labels(criterion.text),
                )
                for criterion in self.questionnaire.criteria
            ],
            universes=[Universe(**self.named("universe"), labels=self.labels(asked))],
            has_concept_scheme=True,
            has_universe_scheme=True,
        )
        return self._schemes(made, "ConceptScheme", "UniverseScheme")

    def _questions(self) -> DataCollection:
        made = DataCollection(
            **self.named("collection"),
            labels=self.labels(self.questionnaire.title),
            questions=[
                QuestionItem(
                    **self.named("question", item.id),
                    labels=self.labels(Text(vi=item.id, en=item.id)),
                    question_texts=self.labels(item.text),
                )
                for item in self.questionnaire.items
            ],
        )
        return self._schemes(made, "QuestionScheme")

    def _variables(self) -> LogicalProduct:
        scales = [scale for scale in self.questionnaire.scales if scale.choices or scale.off_scale]
        made = LogicalProduct(
            **self.named("variables"),
            labels=self.labels(self.questionnaire.title),
            categories=[part for scale in scales for part in self._categories(scale)],
            code_lists=[self._codes(scale) for scale in scales],
            variables=[self._variable(item) for item in self.questionnaire.items],
        )
        return self._schemes(made, "CategoryScheme", "CodeListScheme", "VariableScheme")

    def _schemes(self, part, *names: str):
        for name in names:
            part.set_scheme_label(name, f"{self.questionnaire.title.en}: {_PARTS.en} ({name})")
        return part

    def _categories(self, scale: Scale) -> Iterator[Category]:
        for choice in (*scale.choices, *scale.off_scale):
            yield Category(
                **self.named("category", scale.id, str(choice.code)), labels=self.labels(choice.text)
            )

    def _codes(self, scale: Scale) -> CodeList:
        codes = [
            CodeItem(
                **self.named("code", scale.id, str(choice.code)),
                value=str(choice.code),
                category=self.refer("Category", "category", scale.id, str(choice.code)),
            )
            for choice in (*scale.choices, *scale.off_scale)
        ]
        label = self.labels(Text(vi=scale.id, en=scale.id))
        return CodeList(**self.named("codes", scale.id), labels=label, codes=codes)

    def _variable(self, item: Item) -> Variable:
        return Variable(
            **self.named("variable", item.id),
            names=[InternationalString(text=item.id, child_tag="String")],
            labels=self.labels(item.text),
            descriptions=self._description(item),
            concept_references=[self.refer("Concept", "concept", name) for name in item.criteria[:1]],
            question_references=[self.refer("QuestionItem", "question", item.id)],
            universe_references=[self.refer("Universe", "universe")],
            variable_representation=self._representation(self.questionnaire.scale_of(item.id)),
        )

    def _description(self, item: Item) -> list[InternationalString]:
        said = {lang: " ".join(self._sentences(item, lang)) for lang in LANGS}
        return self.labels(Text(**said)) if said["vi"] else []

    def _sentences(self, item: Item, lang: Lang) -> Iterator[str]:
        """What DDI's variables have no field for."""
        if item.relevance is not None:
            rule = rule_in_words(item.relevance, questionnaire=self.questionnaire, lang=lang)
            yield f"{_ONLY_IF.get(lang)}: {rule}"
        if item.part_of is not None:
            yield f"{_PART.get(lang)} {item.part_of}."

    def _representation(self, scale: Scale) -> VariableRepresentation:
        missing = {"missingValue": " ".join(map(str, scale.off_codes))} if scale.off_codes else {}
        match scale.kind:
            case "text":
                return VariableRepresentation(text_representation=TextRepresentation())
            case "date":
                return VariableRepresentation(
                    date_time_representation=DateTimeRepresentation(date_type_code="Date")
                )
            case "number":
                low, high = (None if x is None else number(x) for x in (scale.minimum, scale.maximum))
                made = NumericRepresentation(
                    number_range=NumberRange(low=low, high=high) if low or high else None,
                    numeric_type_code="Integer" if scale.integer else "Decimal",
                    other_attributes=missing,
                )
                return VariableRepresentation(numeric_representation=made)
        codes = self.refer("CodeList", "codes", scale.id)
        made = CodeRepresentation(code_list_reference=codes, other_attributes=missing)
        return VariableRepresentation(code_representation=made)
