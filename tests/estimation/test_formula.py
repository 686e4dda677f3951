"""Formulas: terms coded as R codes them, and nothing evaluated that stands in one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation.formula import code, parse, regressors


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("y ~ a", ["(Intercept)", "a"]),
        ("y ~ a - 1", ["a"]),
        ("y ~ g", ["(Intercept)", "g v", "g w"]),
        ("y ~ g - 1", ["g u", "g v", "g w"]),
        ("y ~ a:g", ["(Intercept)", "a:g u", "a:g v", "a:g w"]),
        ("y ~ a*g", ["(Intercept)", "a", "g v", "g w", "a:g v", "a:g w"]),
        ("y ~ g:k - 1", ["g:k u:0", "g:k v:0", "g:k w:0", "g:k u:1", "g:k v:1", "g:k w:1"]),
        ("y ~ C(a1) + a1", ["(Intercept)", "a1 2"]),
        ("y ~ `tuổi (năm)` + api.stu", ["(Intercept)", "tuổi (năm)", "api.stu"]),
        ("y ~ (a + api.stu)**2", ["(Intercept)", "a", "api.stu", "a:api.stu"]),
    ],
)
def test_terms_are_coded_as_in_r(model, names):
    """The names are those of R's model.matrix, its labels set apart by a space."""
    rows = pd.DataFrame(
        {
            "y": [1.0, 2, 3, 4, 5, 6],
            "a": [3.0, 1, 4, 1, 5, 9],
            "a1": [1, 2, 1, 2, 1, 2],
            "g": list("uvwuvw"),
            "k": ["0", "0", "0", "1", "1", "x"],
            "tuổi (năm)": range(6),
            "api.stu": range(6),
        }
    )
    rows = rows.assign(k=pd.Categorical(rows["k"].replace("x", None), categories=["0", "1"]))
    made = code(rows, formula=model, used=rows["k"].notna().to_numpy())
    labels = [
        " ".join(
            filter(
                None,
                (
                    term.name,
                    ":".join(str(made.levels_of(p.variable)[p.level]) for p in parts if p.level is not None),
                ),
            )
        )
        for term in made.terms
        for parts in term.regressors
    ]
    assert labels == names


def test_regressors_are_products_of_their_parts():
    rows = pd.DataFrame({"y": [1.0, 2, 3], "a": [2.0, 3, 5], "g": list("uvu")})
    coding = code(rows, formula="y ~ a*g", used=np.ones(3, bool))
    assert regressors(rows, coding=coding).tolist() == [[1, 1, 1], [2, 3, 5], [0, 1, 0], [0, 3, 0]]


@pytest.mark.parametrize(
    "model",
    [
        "y ~ os.system('true')",
        "y ~ __import__('os')",
        "y ~ C(a, contr.sum)",
        "y ~ log(a)",
        "y ~ {a + 1}",
        "y ~ I(a**2)",
        "y + a ~ x",
        "~ a",
        "y",
        "y ~ a b",
        "y ~ 2*a",
        "y ~ a | b",
        "y ~ 'a'",
        "y ~ .",
        "",
        "y ~ (a",
        "y ~ C(C(a))",
    ],
)
def test_what_is_no_formula_of_columns_is_refused(model):
    with pytest.raises(SurveyError):
        parse(model)
