"""Every one of the 113 values of R survey 4.1.1 is held by a test, or stands here with the reason why not.

The files below each hold whole families; their own test of completeness says by name which entry is compared
where. This one sees to it that no family falls between them.
"""

from __future__ import annotations

import json

from tests.golden import (
    test_survey_r,
    test_survey_r_models,
    test_survey_r_quantiles,
    test_survey_r_replicates,
    test_survey_r_weighting,
)

FILES = (
    test_survey_r,
    test_survey_r_models,
    test_survey_r_quantiles,
    test_survey_r_replicates,
    test_survey_r_weighting,
)
ELSEWHERE = {  # golden: where its numbers are compared
    "kish.deff.w": ("tests/numerics/test_trimming.py", "kish_deff"),
    "cronbach.strat": ("tests/psychometrics/test_reliability.py", "cronbach_alpha"),
}
NOT_CONVERGED = {  # R stops on the deviance, errors off in the fifth digit: the entry .tight is compared
    "glm.logit.strat",
    "glm.probit.strat",
    "glm.logit.clus1",
    "glm.poisson.strat",
}


def test_every_golden_of_r_is_compared_or_excused(shared):
    goldens = json.loads((shared / "golden" / "design" / "survey_r.json").read_text(encoding="utf-8"))
    names = [golden["id"] for golden in goldens["goldens"]]
    assert len(names) == len(set(names)) == 113
    held = [name for file in FILES for name in file.GOLDENS]
    assert len(held) == len(set(held)), "a golden of two files"
    assert set(held) | set(ELSEWHERE) == set(names) and not set(held) & set(ELSEWHERE)
    assert {name + ".tight" for name in NOT_CONVERGED} <= set(held)


def test_every_file_checks_that_it_leaves_none_of_its_own_out():
    for file in FILES:
        assert [name for name in dir(file) if name.startswith("test_no_golden_of")], file.__name__


def test_what_is_compared_elsewhere_is(pytestconfig):
    for name, (path, function) in ELSEWHERE.items():
        text = (pytestconfig.rootpath / path).read_text(encoding="utf-8")
        assert f'"{name}"' in text and function in text
