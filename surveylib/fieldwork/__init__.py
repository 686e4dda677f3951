"""Fieldwork: files into answers, with a corrections log, quality checks, and rehearsals."""

from surveylib.fieldwork.ingest import combine, ingest
from surveylib.fieldwork.read import read_table

__all__ = ["combine", "ingest", "read_table"]
