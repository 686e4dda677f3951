"""A regression as nouns: how columns of a table became regressors, and what came out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveylib.errors import SurveyError
from surveylib.model.results import Estimates
from surveylib.model.weights import frozen

INTERCEPT = "(Intercept)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One factor of a regressor: the numbers of a column (`level` None), or the indicator of one of its
    levels."""

    variable: str
    level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A term of the model, for example ``wave:grp``.

    Attributes
    ----------
    name : str
        Variables joined by a colon; ``(Intercept)`` for the constant.
    regressors : tuple of tuple of Part
        Each regressor is the product of its parts; the constant has none.
    """

    name: str
    regressors: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How a table becomes an outcome and regressors.

    Attributes
    ----------
    formula, outcome : str
    terms : tuple of Term
        In the order of the coefficients.
    levels : tuple of (str, tuple)
        The levels of every column taken as labels, the reference first.
    outcome_levels : tuple
        The levels of an outcome of labels, lowest first; empty for numbers.
    """

    formula: str
    outcome: str
    terms: tuple[Term, ...]
    levels: tuple[tuple[str, tuple], ...] = ()
    outcome_levels: tuple = ()

    def levels_of(self, variable: str) -> tuple:
        """The levels of a column of labels; empty for numbers."""
        return dict(self.levels).get(variable, ())

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns that the regressors are made of, each once."""
        named = (part.variable for term in self.terms for made in term.regressors for part in made)
        return tuple(dict.fromkeys(named))

    def places(self, term: str) -> tuple[int, ...]:
        """The positions of a term's coefficients; an interaction may name its variables in any order."""
        first, wanted = 0, sorted(term.split(":"))
        for known in self.terms:
            last = first + len(known.regressors)
            if sorted(known.name.split(":")) == wanted:
                return tuple(range(first, last))
            first = last
        raise SurveyError(
            "unknown term", expected=f"one of {', '.join(known.name for known in self.terms)}", got=repr(term)
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regression:
    """A fitted regression with design-based covariance.

    Attributes
    ----------
    coding : Coding
    family : str
        gaussian, logit, probit, poisson; ordinal logit, ordinal probit.
    estimates : Estimates
        One row a coefficient (``kind`` coefficient) in the order of the coding; an ordinal model ends with
        its thresholds (``kind`` threshold). ``df`` is that of the tests.
    influence : float array (k, n)
        By row of the table: the error of the coefficients is about Σ w · influence; 0 where a row was not
        used.
    information_inverse : float array (k, k)
        Covariance if rows were independent and the model true (dispersion 1), weights of mean 1.
    deviance : float
        With weights of mean 1.
    used : bool array (n,)
        Rows with a value everywhere and a weight above 0.
    dropped : int
        Rows left out for a missing value.
    iterations : int
    """

    coding: Coding
    family: str
    estimates: Estimates
    influence: np.ndarray
    information_inverse: np.ndarray
    deviance: float
    used: np.ndarray
    dropped: int
    iterations: int

    def __post_init__(self) -> None:
        self.influence.setflags(write=False)
        object.__setattr__(self, "information_inverse", frozen(self.information_inverse))
        self.used.setflags(write=False)
        k = len(self.estimates.table)
        if self.influence.shape != (k, len(self.used)) or self.information_inverse.shape != (k, k):
            raise SurveyError("influence does not fit the coefficients", got=str(self.influence.shape))

    @property
    def df(self) -> float:
        """Degrees of freedom of its tests."""
        return float(self.estimates.table["df"].iloc[0])

    @property
    def n(self) -> int:
        """Rows used."""
        return int(np.count_nonzero(self.used))
