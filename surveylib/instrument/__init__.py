"""From YAML to questionnaire: load, lint, coverage of the plan's criteria, scores, preview, schema."""

from surveylib.instrument.coverage import coverage, coverage_table, supported
from surveylib.instrument.lint import lint
from surveylib.instrument.load import check_quotes, load_questionnaire, plan_criteria, quote_hash
from surveylib.instrument.preview import preview_html
from surveylib.instrument.schemas import schema_text, write_schemas
from surveylib.instrument.score import index_scores, outcomes, relevant, top2, valid

__all__ = [
    "check_quotes",
    "coverage",
    "coverage_table",
    "index_scores",
    "lint",
    "load_questionnaire",
    "outcomes",
    "plan_criteria",
    "preview_html",
    "quote_hash",
    "relevant",
    "schema_text",
    "supported",
    "top2",
    "valid",
    "write_schemas",
]
