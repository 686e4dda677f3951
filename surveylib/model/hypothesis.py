"""The result of a test of one hypothesis."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.text import Lang, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """A hypothesis put to the test: the statistic, what it is compared with, and the p-value.

    Attributes
    ----------
    method : Text
        What was done, in both languages.
    statistic : float
        An F statistic where `df` is finite, else a chi-square.
    df_num, df : float
        Degrees of freedom of the numerator and of the denominator (infinite for a chi-square).
    p_value : float
    n : int
        Rows used.
    unadjusted : float
        Pearson's or the likelihood-ratio statistic before the design was allowed for; NaN where there is
        none.
    eigenvalues : tuple of float
        Generalised design effects: `unadjusted` behaves as Σ λ χ²(1).

    Examples
    --------
    >>> wald = Text(vi="kiểm định Wald", en="Wald test")
    >>> made = Hypothesis(method=wald, statistic=4.0, df_num=1.0, df=20.0, p_value=0.059, n=80)
    >>> made.table(lang="en")[["method", "statistic", "df_num", "df"]].to_dict("records")
    [{'method': 'Wald test', 'statistic': 4.0, 'df_num': 1.0, 'df': 20.0}]
    """

    method: Text
    statistic: float
    df_num: float
    df: float
    p_value: float
    n: int
    unadjusted: float = float("nan")
    eigenvalues: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.p_value < 0 or self.p_value > 1:
            raise SurveyError("a p-value lies between 0 and 1", got=str(self.p_value))

    def table(self, *, lang: Lang = "vi") -> pd.DataFrame:
        """One row, under the names that results have everywhere; `df_num` beside `df`."""
        names = ("statistic", "df_num", "df", "p_value", "n", "unadjusted")
        return pd.DataFrame(
            [{"method": self.method.get(lang)} | {name: getattr(self, name) for name in names}]
        )
