"""Every weighting step there is, on rows of its kind; test_complete.py fails when one is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from surveylib.model.responses import Responses
from surveylib.model.sample import Frame, Sample
from surveylib.model.weighting import WeightingPlan
from surveylib.model.weights import Weights, WeightStep
from surveylib.rng import stream
from surveylib.weighting import (
    Target,
    base_weights,
    calibrate_to,
    equal_weights,
    nonresponse,
    pooled_reference,
    rake_to_register,
    released_sample,
    scale_to,
    share_nonresponse,
    share_unknown,
    standardise,
    trim_to,
    trim_weights,
    with_register,
)
from surveylib.weighting.calibrate import calibrate_within, scale_within
from surveylib.weighting.population import register_population
from surveylib.weighting.propensity import propensity_weights
from surveylib.weighting.released import share_eligibility
from surveylib.weighting.trim import trim_within
from surveylib.weighting.weigh_rows import Recipe, weigh_rows
from surveylib.weighting.weigh_study import weigh
from surveylib.weighting.within import Way
from tests.weighting.conftest import SIZES, answered, drawn, register

SEX = Target(variable="sex", levels=("f", "m"), counts=[520, 480])
AGE = Target(variable="age", levels=("1", "2", "3"), counts=[200, 300, 500])
MARGINS = (SEX, AGE)
METHODS = {
    "rake": {"method": "rake"},
    "linear": {"method": "linear"},
    "linear, bounded": {"method": "linear", "bounds": (0.4, 2.0)},
    "raking": {"method": "raking"},
    "raking, bounded": {"method": "raking", "bounds": (0.4, 2.0)},
    "logit": {"method": "logit", "bounds": (0.2, 5.0)},
}
RATIO = 2.0
OUTCOMES = ["complete", "refusal", "noncontact", "ineligible", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A weighting step as a function of weights and rows, and what it promises.

    Attributes
    ----------
    run : callable
        (weights (n,), rows) → weights (n,), 0 for rows that fall out.
    rows : callable
        Made-up rows of its kind.
    scale : {'keeps', 'forgets', 'neither'}
        Weights twice as large give weights twice as large, or the same (the population gives the size), or
        neither: bounds are about new over old.
    twice : bool
        A second time changes nothing.
    margins : tuple of Target
        What it hits.
    register : bool
        It hits the register's counts of `REGISTERED` in every unit and wave.
    within : tuple of str or None
        It keeps the weighted total of every block of these columns.
    """

    run: Callable[[np.ndarray, pd.DataFrame], np.ndarray]
    rows: Callable[[], pd.DataFrame]
    scale: str = "keeps"
    twice: bool = True
    margins: tuple[Target, ...] = ()
    register: bool = False
    within: tuple[str, ...] | None = None


def people(n: int = 300) -> pd.DataFrame:
    """Made-up rows: everyone approached, with their weights."""
    random = stream(5, "every step")
    return pd.DataFrame(
        {
            "sex": random.choice(["f", "m"], n, p=[0.6, 0.4]),
            "age": random.choice([1, 2, 3], n, p=[0.3, 0.4, 0.3]),
            "area": random.choice(["a", "b"], n),
            "outcome": random.choice(OUTCOMES, n, p=[0.6, 0.15, 0.1, 0.1, 0.05]),
            "w": 1000 / n * random.lognormal(0, 0.5, n),
        }
    )


def known() -> pd.DataFrame:
    """Those whose eligibility is known."""
    rows = people()
    return rows[rows["outcome"] != "unknown"].reset_index(drop=True)


FRAME = Frame(rows=register(SIZES))
SAMPLE: Sample = drawn(FRAME, share=0.4)
RESPONSES: Responses = answered(FRAME, SAMPLE)
RELEASED = released_sample(SAMPLE, dispositions=RESPONSES.dispositions, frame=FRAME)
REGISTERED = ("procedure", "sex")
PLAN = WeightingPlan(base="draw", nonresponse_classes=("age_band",), margins=REGISTERED, max_ratio=3.0)
MIX = pooled_reference(FRAME, cells=REGISTERED)
POPULATION = register_population(FRAME, margins=REGISTERED)
BLOCKS = ("unit", "wave")
OPEN = RELEASED.assign(  # a part of the dossiers, of which it is not known whether they count
    outcome=np.where(np.arange(len(RELEASED)) % 9 == 0, "unknown", RELEASED["outcome"])
)


def answers() -> pd.DataFrame:
    """Answers of a study with a register, two units and two waves."""
    rows = RESPONSES.rows.reset_index(drop=True)
    rows = with_register(rows, frame=FRAME, columns=("age_band", *REGISTERED))
    return rows.assign(w=stream(6, "every step").lognormal(1, 0.5, len(rows)))


def _unit_by_unit(weights, rows):
    start = Weights(steps=(WeightStep(name="base", values=weights),))
    return standardise(start, rows, reference=MIX, cells=REGISTERED).weights.values


def _to_register(weights, rows):
    return rake_to_register(weights, rows, frame=FRAME, margins=REGISTERED).step.values


def _for_the_released(weights, rows):
    return nonresponse(weights, rows, released=RELEASED, classes=("age_band",))[0].values


def _by_plan(weights, rows):
    responses = replace(RESPONSES, rows=rows)  # in an order of its own
    made = weigh(responses, plan=PLAN, frame=FRAME, sample=SAMPLE)[0].values
    return pd.Series(made, index=responses.rows["dossier"])[rows["dossier"]].to_numpy()


def _by_recipe(weights, rows):
    recipe = Recipe(outcome="outcome", classes=("area",), max_ratio=3.0)
    made, kept, _ = weigh_rows(rows, recipe, base=weights, targets=MARGINS)
    whole = np.zeros(len(rows))
    whole[kept] = made.values
    return whole


def _within_blocks(weights, rows, way):
    scaled = scale_within(weights, rows, population=POPULATION).values
    return calibrate_within(scaled, rows, population=POPULATION, way=way)


def _trimmed_within(weights, rows):
    made = _within_blocks(weights, rows, Way())
    told = {"margins": made.margins, "asked": made.asked, "names": made.names}
    return trim_within(made.step.values, max_ratio=RATIO, **told)[0].values


def _trimmed_again(weights, rows):
    raked = calibrate_to(weights, rows, targets=MARGINS).values
    return trim_to(raked, rows, targets=MARGINS, max_ratio=RATIO).values


STEPS: dict[str, Step] = {
    **{
        f"calibrate_to, {name}": Step(
            run=lambda w, rows, how=how: calibrate_to(w, rows, targets=MARGINS, **how).values,
            rows=people,
            scale="neither" if "bounds" in how else "forgets",
            margins=MARGINS,
        )
        for name, how in METHODS.items()
    },
    "calibrate_to, soft": Step(
        run=lambda w, rows: calibrate_to(w, rows, targets=MARGINS, soft=1e-3).values,
        rows=people,
        scale="neither",
        twice=False,
    ),
    "scale_to": Step(run=lambda w, rows: scale_to(w, targets=[SEX]).values, rows=people, scale="forgets"),
    "trim_to": Step(run=_trimmed_again, rows=people, scale="forgets", margins=MARGINS),
    "trim_weights": Step(
        run=lambda w, rows: trim_weights(w, rows, max_ratio=RATIO, within=("area",))[0].values,
        rows=people,
        within=("area",),
    ),
    "share_unknown": Step(
        run=lambda w, rows: share_unknown(w, rows, classes=["area"])[0].values, rows=people, within=("area",)
    ),
    "share_nonresponse": Step(
        run=lambda w, rows: share_nonresponse(w, rows, classes=["area"])[0].values, rows=known
    ),
    "propensity_weights": Step(
        run=lambda w, rows: propensity_weights(w, rows, factors=["sex", "age"])[0].values,
        rows=known,
        twice=False,
    ),
    "base_weights": Step(
        run=lambda w, rows: base_weights(rows, released=RELEASED)[0].values, rows=answers, scale="forgets"
    ),
    "equal_weights": Step(run=lambda w, rows: equal_weights(rows).values, rows=answers, scale="forgets"),
    **{
        f"calibrate_within, {name}": Step(
            run=lambda w, rows, how=how: _within_blocks(w, rows, Way(**how)).step.values,
            rows=answers,
            scale="forgets",
            register=True,
        )
        for name, how in METHODS.items()
    },
    "scale_within": Step(
        run=lambda w, rows: scale_within(w, rows, population=POPULATION).values, rows=answers, scale="forgets"
    ),
    "trim_within": Step(run=_trimmed_within, rows=answers, scale="forgets", register=True),
    "share_eligibility": Step(
        run=lambda w, rows: share_eligibility(w, rows, released=OPEN)[0].values, rows=answers, twice=False
    ),
    "nonresponse": Step(run=_for_the_released, rows=answers, scale="forgets"),
    "rake_to_register": Step(run=_to_register, rows=answers, scale="forgets", register=True),
    "standardise": Step(run=_unit_by_unit, rows=answers, within=BLOCKS),
    "weigh": Step(run=_by_plan, rows=answers, scale="forgets", register=True),
    "weigh_rows": Step(run=_by_recipe, rows=people, scale="forgets", twice=False, margins=MARGINS),
}
