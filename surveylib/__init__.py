"""Survey design and statistical evaluation of pilots: from the words of a plan to a decision.

The table of contents. Names are loaded when first used, so that importing the library, and ``surveylib
--help``, cost little.

One line per room:

- ``instrument``: YAML and item bank to Questionnaire, lint, coverage, scores, preview
- ``sampling``: sample size, draw and its log
- ``fieldwork``: readers, ingest with a corrections log, quality checks, rehearsal
- ``weighting``: base, non-response, raking, trimming, standardisation
- ``estimation``: PsuTotals, estimates with their covariance, contrasts
- ``psychometrics``: reliability and scale tables, invariance of the items over time, ordinal changes
- ``evaluation``: one standardised change per unit, effects, gates, decision
- ``report``: blocks a notebook shows, pages, the brief
- ``runner``: stages of a run, execution of notebooks
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_CONTENTS = {
    "surveylib.errors": ("SurveyError",),
    "surveylib.rng": ("stream",),
    "surveylib.documents": ("read",),
    "surveylib.model.text": ("Text",),
    "surveylib.model.questionnaire": ("Questionnaire",),
    "surveylib.model.study": ("Study",),
    "surveylib.model.plan": ("AnalysisPlan", "default_plan"),
    "surveylib.model.totals": ("PsuTotals", "Request"),
    "surveylib.model.results": ("Estimates",),
    "surveylib.runner.case": ("Case", "open_case"),
    "surveylib.report.exhibits": (
        "banner",
        "finding_list",
        "heading",
        "kpi",
        "quote",
        "table",
        "text",
        "together",
    ),
    "surveylib.report.drawing": ("figure",),
    "surveylib.report.strip": ("strip_plot",),
    "surveylib.report.figures": ("density_plot", "group_bars", "interval_plot"),
    "surveylib.report.pictures": ("coverage_grid", "weight_steps"),
    "surveylib.estimation": (
        "combine",
        "contrast",
        "declare",
        "estimate",
        "read_totals",
        "smooth",
        "totals",
        "write_totals",
    ),
    "surveylib.estimation.duckdb_rows": ("totals_duckdb",),
    "surveylib.estimation.spark_rows": ("totals_spark",),
    "surveylib.model.design": ("DesignColumns",),
}
_PLACE = {name: module for module, names in _CONTENTS.items() for name in names}

__all__ = sorted(_PLACE)


def __getattr__(name: str):
    if name not in _PLACE:
        raise AttributeError(f"module 'surveylib' has no attribute {name!r}")
    value = getattr(import_module(_PLACE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
