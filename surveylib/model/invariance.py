"""Whether the items of a form meant the same before and after: what was tested, what moved, what could not
be."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.text import Text

STEP_COLUMNS = (
    *("step", "freed", "chisq", "df", "p_value", "cfi", "rmsea", "srmr"),
    *("difference", "difference_df", "difference_p"),
)
ITEM_COLUMNS = ("group", "item", "levels", "freed", "statistic", "df", "p_value", "p_adjusted", "shift")
MEAN_COLUMNS = ("group", "estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Untested:
    """A group of items that could not be tested, and why."""

    group: str
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Invariance:
    """The test of one set of respondents.

    Attributes
    ----------
    scope : str
        Whose answers: all, or those of pilot units.
    n_before, n_after : int
        Respondents with an answer to every item tested.
    steps : DataFrame
        `STEP_COLUMNS`: configural, thresholds, loadings, intercepts, with the adjusted chi-square and indices
        of fit; the difference from the step before, and the items that were set free for it (with blanks
        between them).
    items : DataFrame
        `ITEM_COLUMNS`: one row an item; `freed` is the step at which its meaning was found to have moved,
        else blank, with the test that found it; `shift` how far the item moved by itself, in standard
        deviations of its own error before, where thresholds could stay equal.
    means : DataFrame
        `MEAN_COLUMNS`: change of each factor's mean between the waves, in its standard deviations before, by
        the items that kept their meaning.
    untested : tuple of Untested
    """

    scope: str
    n_before: int
    n_after: int
    steps: pd.DataFrame
    items: pd.DataFrame
    means: pd.DataFrame
    untested: tuple[Untested, ...] = ()

    def __post_init__(self) -> None:
        for name, columns in (("steps", STEP_COLUMNS), ("items", ITEM_COLUMNS), ("means", MEAN_COLUMNS)):
            absent = [column for column in columns if column not in getattr(self, name).columns]
            if absent:
                raise SurveyError("a table of the invariance test lacks a column", where=name, got=absent[0])

    @property
    def moved(self) -> dict[str, tuple[str, ...]]:
        """By group tested, its items that did not keep their meaning."""
        groups = dict.fromkeys(self.items["group"])
        own = self.items[self.items["freed"] != ""]
        return {group: tuple(own.loc[own["group"] == group, "item"]) for group in groups}
