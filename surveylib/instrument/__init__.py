"""From YAML to questionnaire: load, lint, coverage of the plan's criteria, scores, preview, schema."""

from surveylib.instrument.bank import questionnaire_files, read_bank
from surveylib.instrument.check_set import check_set
from surveylib.instrument.coverage import coverage, coverage_table, supported
from surveylib.instrument.coverage_set import coverage_of_set, coverage_set_table, gaps
from surveylib.instrument.criteria import criterion_items, criterion_scores
from surveylib.instrument.diff import diff
from surveylib.instrument.diff_findings import diff_findings
from surveylib.instrument.fill import fill_words
from surveylib.instrument.lint import lint
from surveylib.instrument.load import check_quotes, load_questionnaire, load_set, plan_criteria, quote_hash
from surveylib.instrument.preview import preview_html
from surveylib.instrument.profiles import score_profile
from surveylib.instrument.raters import side_by_side
from surveylib.instrument.schemas import schema_text, write_schemas
from surveylib.instrument.score import index_scores, marks, outcomes, relevant, top2, valid

__all__ = [
    "check_quotes",
    "check_set",
    "coverage",
    "coverage_of_set",
    "coverage_set_table",
    "coverage_table",
    "criterion_items",
    "criterion_scores",
    "diff",
    "diff_findings",
    "fill_words",
    "gaps",
    "index_scores",
    "lint",
    "load_questionnaire",
    "load_set",
    "marks",
    "outcomes",
    "plan_criteria",
    "preview_html",
    "questionnaire_files",
    "quote_hash",
    "read_bank",
    "relevant",
    "schema_text",
    "score_profile",
    "side_by_side",
    "supported",
    "top2",
    "valid",
    "write_schemas",
]
