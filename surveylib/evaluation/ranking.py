"""Evidence for a commendation: which pilot units gained more, and how sure that is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.evaluation.effect import arms
from surveylib.evaluation.predict import fit, shocks
from surveylib.model.plan import AnalysisPlan
from surveylib.model.ranking import PAIR_COLUMNS, RANK_COLUMNS, Ranking
from surveylib.numerics.hierarchical import Posterior, above, moments, of_unit, quantile
from surveylib.numerics.ranking import draw_effects, joint_order, ranks, superiority
from surveylib.rng import stream

DRAWS = 20_000  # a probability has a Monte-Carlo error of 0.004 at most


def rank_units(
    changes: pd.DataFrame, *, plan: AnalysisPlan, outcome: str, seed: int, top: int = 2
) -> Ranking | None:
    """The pilots' effects on `outcome` beside each other; None with fewer than two units an arm.

    Effects are those of the plan's model: each unit's change less that of the comparison units, drawn to the
    pilots' mean as far as its survey and its own ups and downs are noise. The shrinkage and the joint draws
    are what keeps a comparison of many pairs honest: the largest of five noisy changes is expected to be
    large, and `claims` are the statements that hold all at once.

    Parameters
    ----------
    seed : int
        Of the draws that ranks are counted in; pairs need none.
    top : int
        How many first ranks P(among the first) counts.

    Examples
    --------
    >>> table = pd.DataFrame({"unit": list("abcdef"), "arm": ["pilot"] * 3 + ["comparison"] * 3})
    >>> table = table.assign(type="LG", model="", outcome="overall", change=[0.9, 0.1, 0.2, 0.0, 0.02, 0.01])
    >>> table = table.assign(std_error=0.03, n=300, visitors=500.0, n_pre_waves=1, n_post_waves=1)
    >>> made = rank_units(table, plan=AnalysisPlan(), outcome="overall", seed=1)
    >>> made.units[["unit", "rank_low", "rank_high"]].values.tolist()
    [['a', 1, 1], ['b', 2, 3], ['c', 2, 3]]
    >>> made.claims[["unit", "other"]].values.tolist()
    [['a', 'b'], ['a', 'c']]
    """
    rows = arms(changes, outcome=outcome).sort_values("unit", ignore_index=True)
    treated = (rows["arm"] == "pilot").to_numpy()
    if min(treated.sum(), (~treated).sum()) < 2:
        return None
    made, own = fit(rows, treated=treated, prior=plan.model), rows[treated].reset_index(drop=True)
    given = {
        "changes": own["change"].to_numpy(float),
        "variances": own["std_error"].to_numpy(float) ** 2,
        "shocks": shocks(own),
    }
    draws = draw_effects(made, **given, draws=DRAWS, rng=stream(seed, "ranking", outcome))
    names, chances = own["unit"].tolist(), superiority(made, **given)
    claimed, together = joint_order(draws, level=plan.analysis.level)
    return Ranking(
        units=_units(own, made, draws, plan, top),
        pairs=_pairs(names, chances, np.argwhere(~np.eye(len(names), dtype=bool))),
        claims=_pairs(names, chances, claimed),
        together=together,
        level=plan.analysis.level,
        top=top,
    )


def _units(
    own: pd.DataFrame, made: Posterior, draws: np.ndarray, plan: AnalysisPlan, top: int
) -> pd.DataFrame:
    placed, tail = ranks(draws), (1 - plan.analysis.level) / 2
    low, high = np.quantile(placed, [tail, 1 - tail], axis=0, method="inverted_cdf").astype(int)
    every = shocks(own)
    lines = []
    for place, unit in own.iterrows():
        mixture = of_unit(
            made, change=unit["change"], variance=unit["std_error"] ** 2, shock=float(every[place])
        )
        effect = {
            "estimate": moments(mixture)[0],
            "conf_low": quantile(mixture, tail),
            "conf_high": quantile(mixture, 1 - tail),
            "p_sesoi": above(mixture, plan.thresholds.sesoi),
            "p_top": float((placed[:, place] <= top).mean()),
            "rank_low": int(low[place]),
            "rank_high": int(high[place]),
        }
        lines.append({name: unit[name] for name in RANK_COLUMNS if name in unit.index} | effect)
    return pd.DataFrame(lines, columns=list(RANK_COLUMNS))


def _pairs(names: list[str], chances: np.ndarray, pairs) -> pd.DataFrame:
    lines = [(names[j], names[k], float(chances[j, k])) for j, k in pairs]
    return pd.DataFrame(lines, columns=list(PAIR_COLUMNS))
