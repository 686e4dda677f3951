"""Other choices in a run: other mixes of visitors, missing answers filled and at their bounds."""

import numpy as np
import pytest

from surveylib.instrument import valid
from surveylib.runner.alternatives import alternatives
from surveylib.runner.case import Case
from surveylib.runner.place import open_study
from surveylib.runner.stages import compute


@pytest.fixture(scope="module")
def stages(small, case: Case):
    return compute(open_study(small), folder=case.folder / "rehearsal", rehearsal=True)


def _made(stages):
    made = alternatives(
        stages.files,
        stages.fieldwork.responses.rows,
        scores=stages.scores,
        weights=stages.weights,
        standard=stages.standardised,
        frame=stages.fieldwork.frame,
    )
    return {one.check: one for one in made}


def _role(stages, wave):
    named = stages.files.plan.waves
    if wave in (*named.pre, *named.post):
        return "pre" if wave in named.pre else "post"
    own = {one.id: one.role for one in stages.files.study.waves}[wave]
    return "" if {"pre": named.pre, "post": named.post}.get(own) else own


def _change(stages, values, weights, unit):
    """The naive twin: weighted mean after less that before, without the months the plan leaves out."""
    rows, means = stages.fieldwork.responses.rows, {"pre": [], "post": []}
    counted = ~rows["date"].astype(str).str[:7].isin(stages.files.plan.waves.exclude_months).to_numpy()
    for wave in sorted(set(rows["wave"])):
        here = ((rows["unit"] == unit) & (rows["wave"] == wave)).to_numpy()
        use = here & np.isfinite(values) & counted
        if _role(stages, wave) in means:
            means[_role(stages, wave)].append(np.average(values[use], weights=weights[use]))
    return np.mean(means["post"]) - np.mean(means["pre"])


def test_the_mix_as_it_came_has_the_weights_before_standardisation(stages):
    table = _made(stages)["mix_as_came"].changes[0].set_index("unit")["change"]
    values = stages.scores[stages.files.plan.outcome.primary.index].to_numpy(float)
    for unit in table.index:
        assert table[unit] == pytest.approx(_change(stages, values, stages.weights.values, unit), abs=1e-12)


def test_missing_answers_at_their_worst_are_the_lowest_codes_of_the_pilots_after(stages):
    files, rows = stages.files, stages.fieldwork.responses.rows
    index = next(one for one in files.instrument.indices if one.id == files.plan.outcome.primary.index)
    types = {unit.id: unit.type for unit in files.study.units}
    roles = rows["wave"].map(lambda wave: _role(stages, wave))
    arms = rows["unit"].map({unit.id: unit.arm for unit in files.study.units})
    low = ((arms == "pilot") == (roles == "post")).to_numpy()
    values = []
    for place in range(len(rows)):
        points = []
        for name in index.items:
            item, scale = files.instrument.item(name), files.instrument.scale_of(name)
            row = rows.iloc[[place]]
            if types[row["unit"].iloc[0]] not in item.applies_to:
                continue
            assert item.relevance is None and not item.reversed  # what this twin does not know
            if row[name].iloc[0] in scale.not_applicable:
                continue
            answer = valid(row, files.instrument, name)[0]
            worst = min(scale.codes) if low[place] else max(scale.codes)
            points.append(worst if np.isnan(answer) else answer)
        values.append(np.mean(points) if points else np.nan)
    weights = (stages.standardised.weights if stages.standardised else stages.weights).values
    table = _made(stages)["missing_worst"].changes[0].set_index("unit")["change"]
    for unit in table.index:
        assert table[unit] == pytest.approx(_change(stages, np.array(values), weights, unit), abs=1e-12)


def test_imputations_lie_within_the_bounds_and_differ_by_named_streams(stages):
    made = _made(stages)
    worst, best = (
        made[name].changes[0].set_index("unit")["change"] for name in ("missing_worst", "missing_best")
    )
    low, high = np.minimum(worst, best), np.maximum(worst, best)
    draws = [table.set_index("unit")["change"] for table in made["imputed"].changes]
    assert all(((low - 1e-9 <= draw) & (draw <= high + 1e-9)).all() for draw in draws)
    assert not draws[0].equals(draws[1])
    again = [table.set_index("unit")["change"] for table in _made(stages)["imputed"].changes]
    assert all(one.equals(two) for one, two in zip(draws, again, strict=True))


def test_every_other_choice_stands_in_the_table_of_a_run(stages):
    assert set(_made(stages)) <= set(stages.evidence.sensitivity["check"]) or not stages.evidence.estimable
