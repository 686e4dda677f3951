"""Totals of parts, combined, are those of all rows; parts that differ are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declare, estimate, totals
from surveylib.estimation.combine import combine
from surveylib.model.totals import PsuTotals, Request
from tests.estimation.conftest import REQUESTS, RESULTS, agree, survey

DESIGN = {"weights": "w", "strata": "h", "psu": "psu", "fpc": "n1"}


def made(rows: pd.DataFrame, *, by=(), requests=REQUESTS, **design) -> PsuTotals:
    return totals(rows, declare(rows, **(design or DESIGN)), requests=requests, by=by)


SPLITS = {
    "months, every cluster in each": lambda rows: rows["month"],
    "districts": lambda rows: rows["h"],
    "clusters": lambda rows: rows["psu"] % 5,
    "one file has no 'kém' and no 'nữ'": lambda rows: rows["g"].eq("kém") | rows["d"].eq("nữ"),
    "y is complete in one file": lambda rows: rows["y"].notna() & (rows["month"] < 2),
    "'tốt' in a file of its own": lambda rows: rows["g"].eq("tốt"),
    "a file of one row": lambda rows: rows.index == 100,
}


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("by", [(), ("d",), ("e", "d")], ids=["whole", "by one", "by two"])
def test_totals_of_parts_make_the_totals_of_all_rows(split, by):
    rows = survey()
    if split.startswith("one file has no"):  # and has no missing level either
        rows = rows.dropna(subset=["g", "d", "y"])
    groups = rows.groupby(SPLITS[split](rows))
    parts = [made(part, by=by) for _, part in groups]
    agree(combine(parts[::-1]), made(rows, by=by))


@pytest.mark.parametrize(
    "design",
    [
        {"weights": "w", "strata": "h", "psu": "within", "nest": True},
        {"weights": "w", "strata": "h", "psu": "psu", "fpc": "n1", "psu2": "ssu", "fpc2": "n2"},
        {"weights": "w", "strata": ("h", "e"), "psu": "psu", "nest": True},
        {
            **DESIGN,
            "psu": ("psu", "ssu"),
            "fpc": ("n1", "n2"),
            "deeper_strata": ("s2",),
            "lonely": "certainty",
        },
        {"psu": "psu"},
    ],
    ids=["nested", "two stages", "strata in the second stage", "crossed strata", "no strata, no weights"],
)
def test_any_design_combines(design):
    rows = survey()
    agree(
        combine([made(part, by=["d"], **design) for _, part in rows.groupby("month")]),
        made(rows, by=["d"], **design),
    )


def test_rows_that_are_clusters_are_never_the_same():
    rows = survey()
    design = {"weights": "w", "strata": "h", "fpc": "n"}
    rows["n"] = 500
    parts = [made(part, **design) for _, part in rows.groupby("month")]
    combined, whole = estimate(combine(parts)), estimate(made(rows, **design))
    for name in RESULTS:
        np.testing.assert_allclose(combined.table[name], whole.table[name], rtol=1e-12)
    assert len(combine(parts).labels) == sum(len(part.labels) for part in parts) == len(rows)


def test_the_same_part_twice_is_refused():
    part, other = (made(rows, by=["d"]) for _, rows in survey().groupby(survey()["month"] > 0))
    error = refused(part, other, part)
    assert "count twice" in error.what and error.where == "0.totals and 2.totals"


def test_combining_in_steps_is_combining_at_once():
    rows = survey()
    a, b, c = (made(part, by=["d"]) for _, part in rows.groupby("month"))
    agree(combine([combine([c, a]), b]), combine([a, b, c]))
    agree(combine([a]), a)


def test_collapsed_strata_are_those_of_all_rows():
    """Collapsing joins neighbours: strata must stand in the order of numbers, 2, 9, 10."""
    rows = survey()
    rows = rows[(rows["h"] != 9) | (rows["psu"] == 4)]
    design = {**DESIGN, "fpc": None, "lonely": "collapse"}
    agree(combine([made(part, **design) for _, part in rows.groupby("month")]), made(rows, **design))


# ---- calibration ---------------------------------------------------------------------------------


def calibrated(rows: pd.DataFrame, x: np.ndarray) -> PsuTotals:
    design = declare(rows, weights="w", strata="h", psu="psu", calibration=x)
    return totals(rows, design, requests=REQUESTS, by=["e"])


def test_calibrated_at_once_or_apart():
    rows = survey()
    x = np.column_stack([np.ones(len(rows)), rows["x"], rows["e"] == 1])
    inside = (rows["month"] == 0).to_numpy()
    parts = [calibrated(rows[at], x[at]) for at in (inside, ~inside)]
    agree(combine(parts, calibrated="together"), calibrated(rows, x))
    blocks = np.hstack([x * inside[:, None], x * ~inside[:, None]])
    agree(combine(parts, calibrated="apart"), calibrated(rows, blocks))
    with pytest.raises(SurveyError, match="at once or part by part"):
        combine(parts)
    with pytest.raises(SurveyError, match="calibrated to different variables"):
        combine([parts[0], calibrated(rows[~inside], x[~inside][:, :2])], calibrated="together")


# ---- refusals ------------------------------------------------------------------------------------


def refused(*parts: PsuTotals) -> SurveyError:
    with pytest.raises(SurveyError) as caught:
        combine(parts, names=[f"{k}.totals" for k in range(len(parts))])
    return caught.value


def test_nothing_to_combine():
    assert "nothing to combine" in refused().what


DIFFERENT = {
    "what was asked": {"requests": REQUESTS[:2]},
    "the columns of domains": {"by": ["e"]},
    "stages": {"design": {**DESIGN, "psu2": "ssu", "fpc2": "n2"}},
    "population sizes": {"design": {**DESIGN, "fpc": None}},
    "names of clusters": {"design": {**DESIGN, "nest": True}},
    "the rule for lonely clusters": {"design": {**DESIGN, "lonely": "adjust"}},
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_parts_made_otherwise_are_refused(what):
    rows, other = survey(), dict(DIFFERENT[what])
    error = refused(made(rows), made(rows, **other.pop("design", DESIGN), **other))
    assert what in error.what and error.where == "0.totals and 1.totals" and error.expected != error.got


def test_numbers_in_one_part_and_text_in_another_are_refused():
    rows = survey()
    text = rows.assign(psu=rows["psu"].map("{:02d}".format))
    error = refused(made(rows), made(text))
    assert (
        "text in one part" in error.what and "'00'" in error.got and error.where.startswith("1.totals and 0")
    )
    error = refused(made(rows, by=["e"]), made(rows.assign(e="x" + rows["e"].astype(str)), by=["e"]))
    assert "column 'e'" in error.where


def test_a_total_of_levels_is_not_a_total_of_numbers():
    rows, asked = survey(), [Request(kind="total", variable="g")]
    error = refused(made(rows, requests=asked), made(rows.assign(g=1.0), requests=asked))
    assert "what is text" in error.what and error.expected == "g is text" and error.got == "numbers only"


def test_a_cluster_in_two_strata_is_refused():
    rows = survey()
    moved = rows[rows["psu"] == 3].assign(h=9, n1=9.0)
    error = refused(made(rows), made(moved))
    assert error.what == "a PSU lies in two strata" and "PSU 3" in error.where and "nest" in error.hint


def test_population_sizes_must_agree():
    rows = survey()
    error = refused(made(rows), made(rows[rows["h"] == 9].assign(n1=10.0)))
    assert (
        "population size differs" in error.what and "stratum '9'" in error.where and error.got == "9 and 10"
    )


def test_weights_counted_in_a_part_of_a_stratum_are_refused():
    rows, design = survey(), {"strata": "h", "psu": "psu", "fpc": "n1"}
    early = rows["psu"] % 4 < 2
    error = refused(made(rows[early], **design), made(rows[~early], **design))
    assert "weights were counted" in error.what and "stratum '2'" in error.where
    # Whole strata are counted rightly, and so are fractions.
    agree(combine([made(part, **design) for _, part in rows.groupby("h")]), made(rows, **design))
    rows["n1"] = 0.5
    agree(combine([made(rows[early], **design), made(rows[~early], **design)]), made(rows, **design))


def test_totals_cannot_point_beyond_their_columns():
    whole = made(survey())
    with pytest.raises(SurveyError, match="columns that are not there"):
        replace(whole, statistics=(replace(whole.statistics[0], top=99),))
    with pytest.raises(SurveyError, match="stages and labels do not fit"):
        replace(whole, labels=whole.labels[["stratum"]])
