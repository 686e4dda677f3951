"""The frozen plan: what was settled, when and by whom, sealed so that a later edit shows.

The lock file beside the plan holds every freezing there ever was; nothing is taken out of it again.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from surveylib.errors import SurveyError
from surveylib.model.text import Text

_STRICT = {"extra": "forbid"}
Part = Literal["plan", "units", "exposure", "waves", "questionnaires"]
PARTS: dict[Part, Text] = {
    "plan": Text(vi="Kế hoạch phân tích", en="Analysis plan"),
    "units": Text(vi="Danh sách đơn vị", en="Units"),
    "exposure": Text(vi="Ngày áp dụng của đơn vị", en="Exposure of units"),
    "waves": Text(vi="Các đợt khảo sát", en="Waves"),
    "questionnaires": Text(vi="Phiếu hỏi", en="Questionnaires"),
}


def canonical(value: Any) -> Any:
    """`value` as plain JSON: tuples as lists, dates as text."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=str))


def digest_of(value: Any) -> str:
    """SHA-256 of plain JSON, keys sorted, no spaces.

    >>> digest_of({"b": 1, "a": [2]}) == digest_of({"a": [2], "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Freezing:
    """One signature under the plan.

    Attributes
    ----------
    at : datetime
        With its time zone.
    by, words : str
        Who signed, and what was said in signing.
    plan : dict
        The plan as plain JSON (`AnalysisPlan.contents`).
    study : dict
        What of the study matters: units, exposure, waves, questionnaires, each a mapping.
    plan_digest, study_digest : str
    seal : str
        SHA-256 over all of the above and the seal before: a line of the history cannot be changed alone.
    """

    __pydantic_config__ = _STRICT
    at: datetime.datetime
    by: str
    words: str
    plan: dict[str, Any]
    study: dict[str, dict[str, Any]]
    plan_digest: str
    study_digest: str
    seal: str

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise SurveyError("time of freezing has no time zone", got=self.at.isoformat())
        if not self.by.strip():
            raise SurveyError("nobody signed", expected='who freezes the plan: --by "Sở Nội vụ"')
        for name in ("plan", "study"):
            if digest_of(getattr(self, name)) != getattr(self, f"{name}_digest"):
                raise SurveyError(
                    f"the {name} in the lock file is not the one that was frozen",
                    where=f"freezing of {self.at.date()} by {self.by}",
                    expected=getattr(self, f"{name}_digest")[:12],
                    got=digest_of(getattr(self, name))[:12],
                    hint="somebody edited the lock file: bring back the copy that was kept",
                )

    def sealed_after(self, before: str) -> str:
        """The seal this freezing must bear after the one that bears the seal `before`."""
        return digest_of(
            [before, self.at.isoformat(), self.by, self.words, self.plan_digest, self.study_digest]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenPlan:
    """Every freezing of a plan, the oldest first."""

    __pydantic_config__ = _STRICT
    lock_version: Literal[1] = 1
    history: tuple[Freezing, ...]

    def __post_init__(self) -> None:
        if not self.history:
            raise SurveyError("lock file holds no freezing")
        before = ""
        for one in self.history:
            if one.seal != one.sealed_after(before):
                raise SurveyError(
                    "the history of freezings was edited",
                    where=f"freezing of {one.at.date()} by {one.by}",
                    expected=one.sealed_after(before)[:12],
                    got=one.seal[:12],
                    hint="bring back the copy that was kept",
                )
            before = one.seal

    def in_force(self, first_answer: datetime.date | None) -> Freezing:
        """What the results are held against: the last freezing before the first answer after the pilot.

        One made later settles nothing any more, so it never replaces an earlier one. Where all are later the
        first counts, and is late.
        """
        early = [one for one in self.history if first_answer is None or one.at.date() < first_answer]
        return early[-1] if early else self.history[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One field that is not as it was frozen; `old` and `new` as JSON text, empty where there was none."""

    part: Part
    field: str
    old: str
    new: str

    @property
    def settled(self) -> bool:
        """True for what was anybody's to keep: rules and units, not what offices did of themselves."""
        return self.part in ("plan", "units")

    @property
    def text(self) -> Text:
        """``thresholds.sesoi: 0.2 → 0.1`` with what it belongs to, in both languages."""
        what = PARTS[self.part]
        return Text(
            vi=f"{what.vi}, {self.field}: {self.old or 'không có'} → {self.new or 'không có'}",
            en=f"{what.en}, {self.field}: {self.old or 'absent'} → {self.new or 'absent'}",
        )
