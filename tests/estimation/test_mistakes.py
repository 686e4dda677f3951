"""Every mistake in the input ends in one SurveyError that says what, where, what was expected and what stood
there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import contrast, declare, estimate, quantile, smooth, totals
from surveylib.model.totals import Request


def rows(**columns) -> pd.DataFrame:
    table = {
        "h": ["a", "a", "b", "b", "b", "b"],
        "psu": [1, 2, 3, 3, 4, 4],
        "ssu": [1, 2, 3, 4, 5, 6],
        "pw": [2.0, 2, 3, 3, 3, 3],
        "N": [9, 9, 8, 8, 8, 8],
        "y": [1.0, 2, 3, 4, 5, 6],
        "g": list("xxyyxy"),
    }
    return pd.DataFrame({**table, **columns})


def refused(call) -> SurveyError:
    with pytest.raises(SurveyError) as caught:
        call()
    return caught.value


def declared(table=None, **design) -> SurveyError:
    return refused(lambda: declare(rows() if table is None else table, **design))


MEAN = Request(kind="mean", variable="y")


def asked(*requests, table=None, by=(), **design):
    table = rows() if table is None else table
    return totals(table, declare(table, **design), requests=requests or [MEAN], by=by)


@pytest.mark.parametrize("role", ["weights", "strata", "psu", "fpc"])
def test_an_unknown_design_column_is_named_with_its_nearest(role):
    error = declared(**{role: "psuu"})
    assert error.what == "unknown column" and error.got == "'psuu'"
    assert "pw" in error.expected and error.hint == "did you mean 'psu'?"


@pytest.mark.parametrize(
    ("value", "kind"),
    [(np.nan, "missing"), (-1.0, "negative"), (np.inf, "infinite")],
    ids=["NaN", "negative", "infinite"],
)
def test_weights_that_cannot_be_used(value, kind):
    error = declared(rows(pw=[2.0, value, 3, 3, 3, value]), weights="pw")
    assert error.what == "2 weight(s) cannot be used" and "row 2" in error.where and kind in error.got


def test_weights_that_are_words():
    error = declared(rows(pw=["2", "ba", "3", "3", "3", "3"]), weights="pw")
    assert error.what == "not a number" and error.where == "column 'pw', row 2" and error.got == "'ba'"


def test_numbers_written_as_text_are_read():
    np.testing.assert_array_equal(
        declare(rows(pw=["2", "1.5", "3", "3", "3", "3"]), weights="pw").weights[:2], [2, 1.5]
    )


def test_weights_of_another_length():
    assert "differ in length" in declared(weights=np.ones(3)).what


@pytest.mark.parametrize(("role", "kind"), [("strata", "stratum"), ("psu", "cluster")])
def test_a_missing_stratum_or_cluster(role, kind):
    error = declared(rows(h=["a", None, "b", "b", None, "b"]), **{role: "h"})
    assert (
        error.what == f"2 row(s) without a {kind}"
        and error.where == "column 'h', row 2"
        and kind in error.hint
    )


def test_a_cluster_in_two_strata_unless_numbers_start_again():
    table = rows(psu=[1, 2, 1, 1, 2, 2])
    error = declared(table, strata="h", psu="psu")
    assert (
        error.what == "a PSU lies in two strata"
        and error.where == "column 'psu', row 3"
        and error.got == "'1'"
        and "nest" in error.hint
    )
    nested = declare(table, strata="h", psu="psu", nest=True).stages[0]
    assert len(set(nested.clusters)) == 4


@pytest.mark.parametrize(("value", "got"), [(None, "nothing"), (0.0, "0"), (-3.0, "-3")])
def test_a_population_size_must_be_there_and_above_zero(value, got):
    error = declared(rows(N=[9, 9, 8, value, 8, 8]), strata="h", fpc="N")
    assert error.where == "column 'N', row 4" and error.got == got and "above 0" in error.expected


def test_a_population_size_that_differs_within_a_cluster():
    error = declared(
        rows(psu=[1, 1, 2, 3, 3, 4], N=[9, 9, 9, 8, 7, 8]), strata="h", psu="psu", fpc="N", nest=True
    )
    assert error.what == "population size differs within a cluster" and error.where == "column 'N', row 5"
    assert error.got == "8 and 7"


def test_a_population_below_the_sample():
    error = refused(lambda: estimate(asked(table=rows(N=[9, 9, 3, 3, 3, 3]), strata="h", fpc="N")))
    assert "smaller than the sample" in error.what and "'b'" in error.where
    assert error.expected == "fpc of at least 4" and error.got == "3"


def test_two_population_sizes_in_one_stratum():
    error = refused(lambda: estimate(asked(table=rows(N=[9, 9, 8, 8, 7, 8]), strata="h", fpc="N")))
    assert "differs within a stratum" in error.what and "'b'" in error.where


def test_a_lonely_stratum_is_named_and_remedies_are_offered():
    table = rows(h=["a", "b", "b", "b", "b", "b"])
    error = refused(lambda: estimate(asked(table=table, strata="h")))
    assert "'a'" in error.where and "certainty" in error.hint
    assert estimate(asked(table=table, strata="h", lonely="certainty")).table["std_error"][0] > 0


def test_an_unknown_lonely_rule():
    error = refused(lambda: estimate(asked(strata="h", lonely="remove")))
    assert "certainty" in error.expected and error.got == "'remove'"


def test_second_stage_without_what_it_needs():
    assert "psu2" in declared(psu="psu", fpc="N", fpc2="N").hint
    assert "needs a first" in declared(psu2="ssu").what


def test_no_rows_at_all():
    error = declared(rows().iloc[:0], weights="pw")
    assert error.what == "no rows" and error.where == "data"


@pytest.mark.parametrize("weights", ["pw", np.zeros(6)], ids=["a column", "an array"])
def test_weights_that_are_all_zero(weights):
    error = declared(rows(pw=[0.0] * 6), weights=weights)
    assert error.what == "all weights are 0: nobody counts"


def test_a_column_that_stands_twice():
    table = rows()
    table = pd.concat([table, table[["y"]]], axis=1)
    error = refused(lambda: asked(table=table))
    assert error.what == "a column stands twice in the data" and error.where == "column 'y'"


def test_clusters_below_a_stage_drawn_with_replacement():
    error = declared(psu=("h", "psu", "ssu"), fpc="N", nest=True)
    assert "below one drawn with replacement" in error.what and "3 stages" in error.got


# ---- what is asked for --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["mean", "total", "proportion", "ratio"])
def test_an_unknown_variable_is_named_with_its_nearest(kind):
    request = Request(kind=kind, variable="psuu", denominator="y" if kind == "ratio" else None)
    error = refused(lambda: asked(request))
    assert error.what == "unknown column" and error.hint == "did you mean 'psu'?"


def test_an_unknown_denominator_or_domain():
    assert refused(lambda: asked(Request(kind="ratio", variable="y", denominator="xx"))).got == "'xx'"
    assert refused(lambda: asked(by=["gg"])).got == "'gg'"


def test_only_a_ratio_has_a_denominator():
    assert "ratio" in refused(lambda: Request(kind="ratio", variable="y")).what
    assert "ratio" in refused(lambda: Request(kind="mean", variable="y", denominator="pw")).what


def test_a_mean_of_words():
    error = refused(lambda: asked(Request(kind="mean", variable="g")))
    assert (
        error.what == "a mean needs numbers" and "'g'" in error.where and error.hint == "ask for proportions"
    )


def test_a_ratio_of_words_names_the_row():
    error = refused(lambda: asked(Request(kind="ratio", variable="g", denominator="y")))
    assert error.what == "not a number" and error.where == "column 'g', row 1"


@pytest.mark.parametrize("kind", ["mean", "total", "proportion"])
def test_a_variable_nobody_answered(kind):
    error = refused(lambda: asked(Request(kind=kind, variable="y"), table=rows(y=[np.nan] * 6)))
    assert error.what == "no row has a value" and "'y'" in error.where and error.got == "6 rows, all missing"


def test_a_ratio_whose_halves_never_meet():
    table = rows(y=[1.0, 2, 3, np.nan, np.nan, np.nan], z=[np.nan, np.nan, np.nan, 1.0, 2, 3])
    error = refused(lambda: asked(Request(kind="ratio", variable="y", denominator="z"), table=table))
    assert error.what == "no row has a value" and "y/z" in error.where


def test_an_infinite_value():
    error = refused(lambda: asked(table=rows(y=[1.0, 2, np.inf, 4, 5, 6])))
    assert error.where == "column 'y', row 3" and error.got == "inf"


def test_a_domain_column_without_a_value():
    error = refused(lambda: asked(table=rows(d=[None] * 6), by=["d"]))
    assert error.what == "no row belongs to a domain" and "'d'" in error.where


@pytest.mark.parametrize(
    ("by", "what"),
    [
        (("y", "y"), "named twice"),
        (("g", "h", "g"), "named twice"),
        (("n",), "name of a result"),
        (("level",), "name of a result"),
        ("g", "a list of columns"),
    ],
)
def test_domains_that_cannot_stand_in_a_result(by, what):
    table = rows(n=[1, 1, 1, 2, 2, 2], level=list("xxyyxy"))
    assert what in refused(lambda: asked(table=table, by=by)).what
    assert what in refused(lambda: quantile(table, declare(table), variables=["y"], by=by)).what


def test_a_domain_without_answers_is_empty_and_spoils_nothing():
    table = rows(y=[1.0, 2, np.nan, np.nan, 5, np.nan])
    result = estimate(asked(table=table, by=["g"])).table.set_index("g")
    assert (
        result.loc["y", "n"] == 0
        and np.isnan(result.loc["y", "estimate"])
        and np.isnan(result.loc["y", "std_error"])
    )
    assert result.loc["x", "estimate"] == pytest.approx(8 / 3) and result.loc["x", "std_error"] > 0


def test_a_declared_level_that_occurs_nowhere_is_a_domain_of_nobody():
    table = rows(g=pd.Categorical(list("xxyyxy"), categories=["x", "y", "z"]))
    made = estimate(asked(table=table, by=["g"])).table
    assert list(made["g"]) == ["x", "y", "z"] and list(made["n"]) == [3, 3, 0]
    assert np.isnan(made["estimate"][2]) and np.isnan(made["std_error"][2])


def test_nothing_asked():
    table = rows()
    assert "nothing to estimate" in refused(lambda: totals(table, declare(table), requests=[])).what


def test_rows_of_another_table():
    error = refused(lambda: totals(rows().head(4), declare(rows()), requests=[MEAN]))
    assert error.expected == "6" and error.got == "4"


def test_confidence_and_interval():
    assert refused(lambda: estimate(asked(), confidence=95)).got == "95"
    error = refused(lambda: estimate(asked(), interval="logti"))
    assert "logit" in error.expected and error.got == "'logti'"


def test_a_contrast_of_another_size():
    error = refused(lambda: contrast(estimate(asked()), coefficients=np.array([1, -1]), names=["gain"]))
    assert error.expected == "1 × 1 coefficients" and error.got == "1 × 2"


def test_a_contrast_without_covariances():
    thin = estimate(asked(by=["g"]), full=False)
    assert "full=True" in refused(lambda: contrast(thin, coefficients=np.array([1, -1]), names=["gap"])).hint
    assert "full=True" in refused(lambda: smooth(thin, function=lambda m: m[0] / m[1], names=["odds"])).hint
