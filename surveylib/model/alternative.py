"""Another defensible choice in the analysis, and the changes of the units it gives."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alternative:
    """The primary outcome's changes, in its own points, as another choice would have them.

    Attributes
    ----------
    check : str
        Name of the choice, as a key.
    label, when : Text
        What was changed, as a heading; and as the first words of a sentence that ends with the effect.
    changes : tuple of DataFrame
        ``unit, change``; with ``std_error`` where the choice changes the sampling error too. Several tables
        are completions of missing answers. Units that are not among them are left out.
    """

    check: str
    label: Text
    when: Text
    changes: tuple[pd.DataFrame, ...]

    def __post_init__(self) -> None:
        for table in self.changes:
            absent = [name for name in ("unit", "change") if name not in table]
            if absent:
                raise SurveyError("changes lack a column", where=f"alternative {self.check}", got=absent[0])
        if not self.changes:
            raise SurveyError("an alternative has no changes", where=self.check)
