"""Guards: other defensible answers to the same question, to see whether the primary one stands alone.

Donald & Lang (2007), doi:10.1162/rest.89.2.221; Bell & McCaffrey (2002), Survey Methodology 28(2);
Pustejovsky & Tipton (2018), doi:10.1080/07350015.2016.1247004; Ibragimov & Müller (2016),
doi:10.1162/REST_a_00545.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from surveylib.evaluation.effect import arms, t_interval, t_p
from surveylib.evaluation.refuse import MIN_TREATED_FOR_ROBUST, lift_to_floor, refuse
from surveylib.evaluation.say import points
from surveylib.model.evidence import GUARD_EXTRA, GUARD_KEYS, Refusal
from surveylib.model.plan import AnalysisPlan
from surveylib.model.results import RESULT_COLUMNS
from surveylib.model.text import Text
from surveylib.numerics.clusters import cr1, cr3, effective_clusters, wild_bootstrap
from surveylib.numerics.randomisation import Difference, pooled, smallest_p, welch
from surveylib.rng import stream

_COLUMNS = (*GUARD_KEYS, *RESULT_COLUMNS, *GUARD_EXTRA)
_NOTHING = Text(vi="", en="")


def cr2(rows: pd.DataFrame) -> Difference:
    """Difference in differences on respondents with CR2 errors and Bell–McCaffrey df, from the cells alone.

    In the saturated regression (pilot × after) a unit's hat matrix has rank one on each side, so the
    adjustment is a factor (1 − n/N)^−½ on a unit's summed residuals and needs no respondent's row. Working
    model: identity.

    Parameters
    ----------
    rows : DataFrame
        Units of both arms with ``arm, pre, post, n_pre, n_post``; at least two an arm.
    """
    estimate, matrices, variance = 0.0, [], 0.0
    for sign, arm in ((1, "pilot"), (-1, "comparison")):
        own = rows[rows["arm"] == arm]
        score, inner = np.zeros(len(own)), np.zeros((len(own), len(own)))
        for side, side_sign in (("post", 1), ("pre", -1)):
            n, mean = own[f"n_{side}"].to_numpy(float), own[side].to_numpy(float)
            total, pooled = n.sum(), float(np.average(mean, weights=n))
            factor = 1 / np.sqrt(1 - n / total)
            estimate += sign * side_sign * pooled
            score += side_sign * factor * n * (mean - pooled) / total
            inner += np.diag(factor**2 * n / total**2) - np.outer(factor * n, factor * n) / total**3
        variance += float((score**2).sum())
        matrices.append(inner)
    # The arms share no regressor, so their blocks are independent: traces add.
    trace = sum(float(np.trace(inner)) for inner in matrices)
    df = trace**2 / sum(float((inner**2).sum()) for inner in matrices)
    error = math.sqrt(variance)
    statistic = estimate / error if error > 0 else math.nan
    return Difference(estimate=estimate, std_error=error, df=df, statistic=statistic)


def ibragimov_mueller(values: np.ndarray, treated: np.ndarray) -> Difference:
    """Welch's t with the smaller arm's n − 1 as degrees of freedom: conservative, unequal variances."""
    seen = welch(values, treated)
    df = min(int(treated.sum()), int((~treated).sum())) - 1
    return Difference(estimate=seen.estimate, std_error=seen.std_error, df=df, statistic=seen.statistic)


def guards(
    changes: pd.DataFrame, *, plan: AnalysisPlan, outcome: str
) -> tuple[pd.DataFrame, tuple[Refusal, ...]]:
    """The plan's guards for one outcome and the usual answers beside them, one row each.

    The plan names CR2, Ibragimov–Müller and leave-one-out (a row a unit left out). Whatever it says,
    beside them stand the pooled t of Donald & Lang and what others would print for the respondents clustered
    by unit: CR1 (with a warning: it finds too much), the jackknife CR3, and the restricted wild cluster
    bootstrap over every pattern of signs.

    Returns no rows where there are fewer than two units in an arm; refuses whatever clusters respondents
    (R4) with three pilots or fewer.

    Examples
    --------
    >>> table = pd.DataFrame({"unit": list("abcdefgh"), "arm": ["pilot"] * 3 + ["comparison"] * 5})
    >>> table = table.assign(type="LG", model="", outcome="overall", n=300, n_eff=300, visitors=100)
    >>> table = table.assign(change=[0.4, 0.3, 0.5, 0.0, -0.1, 0.1, 0.0, 0.1], std_error=0.1)
    >>> table = table.assign(pre=3.5, post=3.5 + table["change"], n_pre=150, n_post=150)
    >>> made, refused = guards(table, plan=AnalysisPlan(), outcome="overall")
    >>> sorted(set(made["guard"])), [one.code for one in refused]
    (['ibragimov_mueller', 'leave_one_out', 'pooled_t'], ['R4'])
    """
    rows = arms(changes, outcome=outcome)
    d, treated = rows["change"].to_numpy(float), (rows["arm"] == "pilot").to_numpy()
    if min(treated.sum(), (~treated).sum()) < 2 or not welch(d, treated).std_error > 0:
        return pd.DataFrame(columns=list(_COLUMNS)), ()
    made, refused = [("pooled_t", pooled(d, treated), _NOTHING)], []
    if "ibragimov_mueller" in plan.analysis.guards:
        made.append(("ibragimov_mueller", ibragimov_mueller(d, treated), _NOTHING))
    if treated.sum() < MIN_TREATED_FOR_ROBUST:
        refused.append(_too_few_treated(outcome, int(treated.sum())))
    else:
        made += _clustered(rows, treated, plan)
    level, floor = plan.analysis.level, smallest_p(len(d), int(treated.sum()))
    lines = [_line(name, outcome, "", seen, rows, level, floor, note) for name, seen, note in made]
    if not refused:
        lines.append(_wild(outcome, rows, treated, plan, floor))
    if "leave_one_out" in plan.analysis.guards:
        lines += _leave_one_out(rows, d, treated, outcome, level)
    return pd.DataFrame(lines, columns=list(_COLUMNS)), tuple(refused)


def _cells(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Means and counts of the units, before and after."""
    return rows[["pre", "post"]].to_numpy(float), rows[["n_pre", "n_post"]].to_numpy(float)


def _clustered(rows: pd.DataFrame, treated: np.ndarray, plan: AnalysisPlan) -> list:
    means, counts = _cells(rows)
    worth = effective_clusters(counts, treated)
    warning = Text(
        vi=f"Chỉ để đối chiếu: sai số này báo động giả 7–8% thay vì 5%; {len(rows)} cụm chỉ có giá trị như "
        f"{points(worth, 'vi', digits=1)} cụm bằng nhau.",
        en=f"For comparison only: this error finds too much, 7–8% instead of 5%; {len(rows)} clusters are "
        f"worth {points(worth, 'en', digits=1)} equal ones.",
    )
    out = [("cr1", cr1(means, counts, treated), warning), ("cr3", cr3(means, counts, treated), _NOTHING)]
    if "cr2_bm" in plan.analysis.guards:
        out.insert(0, ("cr2_bm", cr2(rows), _NOTHING))
    return out


def _wild(outcome: str, rows: pd.DataFrame, treated: np.ndarray, plan: AnalysisPlan, floor: float) -> dict:
    """No standard error: the bootstrap gives a p alone, here of the respondents' difference."""
    means, counts = _cells(rows)
    made = wild_bootstrap(means, counts, treated, rng=stream(plan.analysis.seed, "wild_bootstrap"))
    estimate = cr1(means, counts, treated).estimate
    seen = Difference(estimate=estimate, std_error=math.nan, df=math.nan, statistic=math.nan)
    count = f"{made.patterns:,}"
    note = Text(
        vi=f"{'Đủ' if made.enumerated else 'Lấy mẫu'} {count.replace(',', '.')} cách đổi dấu.",
        en=f"{'All' if made.enumerated else 'A sample of'} {count} patterns of signs.",
    )
    line = _line("wild_bootstrap", outcome, "", seen, rows, plan.analysis.level, floor, note)
    return line | {"p_value": lift_to_floor(made.p, floor=floor)}


def _leave_one_out(rows, d: np.ndarray, treated: np.ndarray, outcome: str, level: float) -> list[dict]:
    lines = []
    for index, unit in enumerate(rows["unit"]):
        keep = np.arange(len(d)) != index
        n1 = int(treated[keep].sum())
        if min(n1, int(keep.sum()) - n1) < 1:
            continue
        floor = smallest_p(int(keep.sum()), n1)
        seen = welch(d[keep], treated[keep])
        lines.append(_line("leave_one_out", outcome, unit, seen, rows[keep], level, floor))
    return lines


def _line(
    guard: str,
    outcome: str,
    without: str,
    seen: Difference,
    rows,
    level: float,
    floor: float,
    note: Text = _NOTHING,
) -> dict:
    testable = seen.std_error > 0 and seen.df > 0
    low, high = t_interval(seen, level=level) if testable else (math.nan, math.nan)
    return {
        "guard": guard,
        "outcome": outcome,
        "without": without,
        "estimate": seen.estimate,
        "std_error": seen.std_error,
        "df": seen.df,
        "conf_low": low,
        "conf_high": high,
        "statistic": seen.statistic,
        "p_value": lift_to_floor(t_p(seen), floor=floor) if testable else math.nan,
        "n": rows["n"].sum(),
        "n_eff": rows["n_eff"].sum(),
        "deff": math.nan,
        "p_floor": floor,
        "note_vi": note.vi,
        "note_en": note.en,
    }


def _too_few_treated(outcome: str, count: int) -> Refusal:
    detail = Text(vi=f"Ở đây có {count} đơn vị thí điểm.", en=f"Pilot units here: {count}.")
    return refuse("R4", where=outcome, detail=detail)
