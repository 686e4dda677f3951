"""Rehearsal: registers, answers and files invented from a declared truth, to try all before fieldwork."""

from surveylib.fieldwork.rehearsal.answers import invent_answers
from surveylib.fieldwork.rehearsal.context import invent_papi, invent_records
from surveylib.fieldwork.rehearsal.province import invent_province
from surveylib.fieldwork.rehearsal.registers import invent_registers
from surveylib.fieldwork.rehearsal.truth import overall_truth, truth_table
from surveylib.fieldwork.rehearsal.write import write_rehearsal

__all__ = [
    "invent_answers",
    "invent_papi",
    "invent_province",
    "invent_records",
    "invent_registers",
    "overall_truth",
    "truth_table",
    "write_rehearsal",
]
