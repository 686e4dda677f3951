"""The one error a user's mistake ends in, and the "did you mean" behind its hint."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SurveyError(ValueError):
    """A mistake in the input, said so that the reader can mend it.

    Parameters
    ----------
    what : str
        One sentence: what is wrong.
    where : str, optional
        File, line, column, item: the place to open.
    expected, got : str, optional
        What would have been right, and what stood there.
    hint : str, optional
        The next thing to do.
    code : str, optional
        The code of a refusal (``R1`` … ``R8``) where one applies.

    Examples
    --------
    >>> print(SurveyError("unknown unit", where="study.yaml, line 9", got="'phu_cuog'"))
    unknown unit
      where: study.yaml, line 9
      got: 'phu_cuog'
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        got: str | None = None,
        hint: str | None = None,
        code: str | None = None,
    ) -> None:
        self.what, self.where, self.expected, self.got, self.hint, self.code = (
            what,
            where,
            expected,
            got,
            hint,
            code,
        )
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.code}: {self.what}" if self.code else self.what
        fields = (("where", self.where), ("expected", self.expected), ("got", self.got), ("hint", self.hint))
        return "\n".join([head, *(f"  {name}: {text}" for name, text in fields if text)])

    def __reduce__(self):
        # Rebuilt from its fields, so that it survives the way back from a worker process.
        return _rebuild, (self.what, self.where, self.expected, self.got, self.hint, self.code)


def _rebuild(what, where, expected, got, hint, code) -> SurveyError:
    return SurveyError(what, where=where, expected=expected, got=got, hint=hint, code=code)


def did_you_mean(word: str, options: Iterable[str]) -> str | None:
    """A hint naming the closest of `options`, or None when nothing is close.

    >>> did_you_mean("instrment", ["instrument", "units"])
    "did you mean 'instrument'?"
    """
    close = difflib.get_close_matches(str(word), [str(option) for option in options], n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else None


def unknown(kind: str, word: object, options: Iterable[object], *, where: str | None = None) -> SurveyError:
    """The error for a name that is not among those known: lists a few and guesses the one meant.

    >>> print(unknown("column", "api0", ["api00", "api99"]))
    unknown column
      expected: one of api00, api99
      got: 'api0'
      hint: did you mean 'api00'?
    """
    names = sorted(str(option) for option in options)
    shown = ", ".join(names[:12]) + (f", … ({len(names)} in all)" if len(names) > 12 else "")
    return SurveyError(
        f"unknown {kind}",
        where=where,
        expected=f"one of {shown}" if names else "nothing: there are none",
        got=repr(word),
        hint=did_you_mean(str(word), names),
    )
