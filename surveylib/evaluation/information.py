"""What knowing more would be worth: further waves, or further units, before deciding (EVSI).

Beside it stands what waiting loses and what the surveys cost: knowing more pays only for those to come.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd

from surveylib.evaluation.effect import arms
from surveylib.model.cost import INFORMATION_COLUMNS
from surveylib.model.evidence import Evidence
from surveylib.model.finding import Finding
from surveylib.model.plan import AnalysisPlan, PriorModel
from surveylib.model.text import Text
from surveylib.numerics.hierarchical import Posterior, posterior
from surveylib.numerics.preposterior import of_more_units, posterior_means, truths, with_more_waves
from surveylib.rng import stream

DRAWS = 2000
WAVES, UNITS = (1, 2), (5, 10)
_OFFERED = (1.0, 2.0)  # multiples of the break-even worth at which knowing more is priced


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What every answer about value starts from."""

    plan: AnalysisPlan
    outcome: str
    unit_cost: float | None
    survey_cost: float | None
    visitors: float | None
    findings: tuple[Finding, ...]


def prior_for(evidence: Evidence, *, outcome: str, model: PriorModel) -> PriorModel:
    """The plan's priors, in points of the primary index, on the scale of another outcome.

    The ratio is that of the respondents' standard deviations, told from the cells' sampling errors: its
    median over units, and 1 where it cannot be told.
    """
    sds = {}
    for name in (outcome, evidence.primary):
        rows = arms(evidence.changes, outcome=name).set_index("unit")
        sds[name] = rows["std_error"] / np.sqrt(1 / rows["n_pre"] + 1 / rows["n_post"])
    ratio = float((sds[outcome] / sds[evidence.primary]).replace([np.inf, 0.0], np.nan).median())
    ratio = ratio if math.isfinite(ratio) else 1.0
    scaled = {name: ratio * getattr(model, name) for name in ("theta_sd", "tau_hn", "sigma_hn")}
    return dataclasses.replace(model, **scaled)


def layout(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """The units' changes, sampling variances, arms and numbers of waves before and after, each (n,)."""
    pre, post = rows["n_pre_waves"].to_numpy(float), rows["n_post_waves"].to_numpy(float)
    return {
        "changes": rows["change"].to_numpy(float),
        "variances": rows["std_error"].to_numpy(float) ** 2,
        "treated": (rows["arm"] == "pilot").to_numpy(),
        "pre": pre,
        "post": post,
    }


def scales(prior: PriorModel) -> dict[str, float]:
    """The prior's three scales, by the names that `hierarchical.posterior` gives them."""
    return {name: getattr(prior, name) for name in ("theta_sd", "tau_hn", "sigma_hn")}


def share_posterior(rows: pd.DataFrame, prior: PriorModel) -> Posterior:
    """What the units of one outcome say of its effect, under a prior on that outcome's own scale."""
    own = layout(rows)
    shocks = 1 / own["pre"] + 1 / own["post"]
    return posterior(own["changes"], own["variances"], own["treated"], shocks=shocks, **scales(prior))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Option:
    """A way of knowing more: tomorrow's posterior means, and what it takes."""

    name: str
    label: Text
    means: np.ndarray
    surveys: float
    months: int


def seen_tomorrow(rows, post: Posterior, prior: PriorModel, *, seed: int, mean: float) -> list[Option]:
    """Every way of knowing more (`WAVES`, `UNITS`), with the posterior means its data may lead to.

    `mean` is today's posterior mean of the effect.
    """
    own, made = layout(rows), []
    groups, shocks = np.zeros(len(rows), dtype=int), 1 / own["pre"] + 1 / own["post"]
    for more in WAVES:
        rng = stream(seed, "evsi", "waves", str(more))
        truth = truths(post, draws=DRAWS, rng=rng)
        data, variances = with_more_waves(
            own["changes"], own["variances"], own["treated"],
            pre=own["pre"], post=own["post"], more=more, truth=truth, rng=rng,
        )  # fmt: skip
        after = 1 / own["pre"] + 1 / (own["post"] + more)
        means = posterior_means(data, variances, own["treated"], groups=groups, shocks=after, **scales(prior))
        label = Text(vi=f"Thêm {more} đợt khảo sát", en=f"{more} more wave" + "s" * (more > 1))
        made.append(
            Option(name=f"waves_{more}", label=label, means=means, surveys=more * len(rows), months=more)
        )
    for more in UNITS:
        rng = stream(seed, "evsi", "units", str(more))
        truth = truths(post, draws=DRAWS, rng=rng)
        typical = float(own["variances"].mean())
        new = of_more_units(typical, pilots=more, others=more, shock=2.0, truth=truth, rng=rng)
        data = np.hstack([np.broadcast_to(own["changes"], (DRAWS, len(rows))), new])
        means = posterior_means(
            data,
            np.r_[own["variances"], np.full(2 * more, typical)],
            np.r_[own["treated"], np.arange(2 * more) < more],
            groups=np.r_[groups, np.ones(2 * more, dtype=int)],
            shocks=np.r_[shocks, np.full(2 * more, 2.0)],
            **scales(prior),
        )
        label = Text(
            vi=f"Thêm {more} đơn vị thí điểm và {more} đơn vị so sánh",
            en=f"{more} more pilot and {more} more comparison units",
        )
        made.append(Option(name=f"units_{more}", label=label, means=means, surveys=4.0 * more, months=2))
    # Today's mean is the mean of tomorrow's; what the draws miss of that is noise, and is taken out.
    return [dataclasses.replace(one, means=one.means - one.means.mean() + mean) for one in made]


def information_table(options: list[Option], even: float, made: Basis, units: int) -> pd.DataFrame:
    """EVSI of each option at the break-even worth and at twice it, beside what waiting and surveying cost."""
    lines, cost = [], made.unit_cost
    for step in _OFFERED:
        slope = step * even * made.visitors
        for one in options:
            net = slope * float(one.means.mean()) - cost
            evsi = float(np.maximum(slope * one.means - cost, 0.0).mean()) - max(net, 0.0)
            months = one.months * made.plan.cost.wait_months
            waiting = max(net, 0.0) * months / made.plan.cost.horizon_months
            survey = math.nan if made.survey_cost is None else made.survey_cost * one.surveys
            gain = max(evsi, 0.0)
            pays, needed = _needed(survey, gain - waiting)
            names = (one.name, one.label.vi, one.label.en)
            lines.append((*names, step * even, gain, waiting, survey, pays, needed, months))
    return pd.DataFrame(lines, columns=list(INFORMATION_COLUMNS))


def _needed(survey: float, gain: float) -> tuple[str, float]:
    """Whether, and from how many units to come, the gain of knowing more pays its survey."""
    if math.isnan(survey):
        return "unknown", math.nan
    return ("from", float(max(math.ceil(survey / gain), 0))) if gain > 0 else ("never", math.nan)
