"""What the programme and its surveys cost, and what knowing more would be worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.evidence import Refusal
from surveylib.model.finding import Finding
from surveylib.model.text import Text

CostKind = Literal["one_off", "monthly", "yearly", "per_wave"]
SHARED = "all"
CURVE_COLUMNS = (
    "willingness",
    "net_benefit",
    "conf_low",
    "conf_high",
    "probability",
    "evpi",
)
INFORMATION_COLUMNS = (
    *(
        "option",
        "label_vi",
        "label_en",
        "willingness",
        "evsi",
        "waiting",
        "survey_cost",
        "pays",
        "units_needed",
    ),
    *("months",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One line of the finance department's form, in đồng.

    `unit` is a pilot unit or ``all`` (shared by all of them); `kind` says how often the amount is spent:
    ``per_wave`` is the survey's, all else the programme's.
    """

    unit: str
    item: str
    kind: CostKind
    amount: int

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise SurveyError("cost is below 0", where=f"{self.unit}, {self.item}", got=str(self.amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The lines that could be read, and what was wrong with the others."""

    lines: tuple[CostLine, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def complete(self) -> bool:
        """True when no line was lost."""
        return bool(self.lines) and all(one.severity != "error" for one in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Value:
    """What an additional satisfied visitor costs, when roll-out pays, what waiting for more would be worth.

    Amounts are đồng for one unit over the horizon, unless said otherwise.

    Attributes
    ----------
    horizon : int
        Months.
    unit_cost, survey_cost : float or None
        The programme in one unit over the horizon; one wave in one unit. None where the form does not say.
    visitors : float or None
        Visitors of one unit over the horizon.
    ratio, ratio_low, ratio_high : float or None
        Đồng per additional satisfied visitor; `ratio_high` is None when the interval has no upper end.
    break_even : float or None
        The worth of an additional satisfied visitor from which rolling out pays, by the posterior mean.
    curve : DataFrame
        `CURVE_COLUMNS`, one row a willingness to pay: the expected net benefit of rolling out with its
        interval, the probability that it is above 0, the expected value of perfect information.
    information : DataFrame
        `INFORMATION_COLUMNS`, one row an option × willingness: its expected value (EVSI), what waiting loses,
        the surveys in all, and from how many units to come it `pays` (from, never, unknown). What the
        programme costs in further pilots is not counted: a roll-out would bring it to them anyway.
    """

    outcome: str
    horizon: int
    unit_cost: float | None
    survey_cost: float | None
    visitors: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    break_even: float | None
    curve: pd.DataFrame
    information: pd.DataFrame
    sentences: tuple[Text, ...]
    refusals: tuple[Refusal, ...]
    findings: tuple[Finding, ...]
