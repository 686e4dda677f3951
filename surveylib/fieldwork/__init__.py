"""Fieldwork: files into answers, with a corrections log, quality checks, and rehearsals."""

from surveylib.fieldwork.ingest import combine, ingest
from surveylib.fieldwork.quality import Limits, quality
from surveylib.fieldwork.read import read_table
from surveylib.fieldwork.registers import read_registers
from surveylib.fieldwork.rehearsal import (
    invent_answers,
    invent_registers,
    overall_truth,
    truth_table,
    write_rehearsal,
)

__all__ = [
    "Limits",
    "combine",
    "ingest",
    "invent_answers",
    "invent_registers",
    "overall_truth",
    "quality",
    "read_registers",
    "read_table",
    "truth_table",
    "write_rehearsal",
]
