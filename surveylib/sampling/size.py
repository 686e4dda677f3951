"""How many to ask: for a level, and for a change between two waves."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.stats import norm

from surveylib.errors import SurveyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A sample size and what it rests on.

    Attributes
    ----------
    complete : int
        Completed answers wanted (per wave, for a change).
    recruit : int
        People to approach, so that as many answer: never more than the population.
    simple : float
        The size under simple random sampling from an infinite population.
    """

    complete: int
    recruit: int
    simple: float
    deff: float
    response_rate: float
    population: int | None


def yamane(population: int, *, margin: float = 0.05) -> int:
    """Yamane's (Slovin's) size for a share: ``N / (1 + N e²)``, rounded up; a rule of thumb.

    It is `size_for_mean` for a share of one half with z rounded to 2 and neither design effect nor
    non-response.

    >>> [yamane(n) for n in (500, 1000)]
    [223, 286]
    """
    _within(population, "population", 0, math.inf)
    _within(margin, "margin", 0, 1)
    return _up(population / (1 + population * margin**2))


def size_for_mean(
    *,
    margin: float,
    sd: float | None = None,
    share: float | None = None,
    confidence: float = 0.95,
    deff: float = 1.0,
    population: int | None = None,
    response_rate: float = 1.0,
) -> Size:
    """Answers needed so that the interval around a mean or share is no wider than ± `margin`.

    ``n₀ = (z sd / margin)²``, times `deff`, then with the finite-population correction ``n₀ / (1 + n₀ / N)``.

    Raises
    ------
    SurveyError
        If neither or both of `sd` and `share` are given, or a figure lies outside its range.

    Examples
    --------
    >>> size_for_mean(share=0.5, margin=0.05).complete
    385
    >>> size_for_mean(share=0.5, margin=0.05, population=500, response_rate=0.7)
    Size(complete=218, recruit=312, simple=384.1..., deff=1.0, response_rate=0.7, population=500)

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., sections 4.4 and 4.6.
    """
    spread = _spread(sd, share)
    _within(margin, "margin", 0, math.inf)
    _within(confidence, "confidence", 0, 1)
    simple = (_z(1 - (1 - confidence) / 2) * spread / margin) ** 2
    return _size(simple, deff, population, response_rate)


def size_for_change(
    *,
    change: float,
    sd: float | None = None,
    share: float | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    deff: float = 1.0,
    correlation: float = 0.0,
    overlap: float = 0.0,
    population: int | None = None,
    response_rate: float = 1.0,
) -> Size:
    """Answers needed in each of two waves to detect `change` (two-sided test at `alpha`) with this power.

    For a mean: ``n = 2 sd² (1 − overlap·correlation) (z_{1−α/2} + z_power)² / change²``. For a share p
    moving to p + change, Fleiss's formula with the pooled share under the null; overlap then reduces both
    variances alike. This is the change of *one office's* visitors. It is no sample size for the effect of
    the pilot: there the unit is the sample.

    Parameters
    ----------
    change : float
        In the units of the mean, or in shares (0.11 for 11 percentage points).
    deff : float
        Design effect of the weights and clusters, in both waves.
    correlation, overlap : float
        Correlation of the two answers of one person, and the share of persons asked in both waves; 0 where
        fresh people are drawn.
    population : int, optional
        Register size of a wave, for the finite-population correction.

    Raises
    ------
    SurveyError
        If a figure lies outside its range or the changed share leaves (0, 1).

    Examples
    --------
    >>> size_for_change(share=0.75, change=0.126).complete
    150
    >>> size_for_change(sd=0.91, change=0.3, deff=1.3, response_rate=0.7).recruit
    269

    References
    ----------
    Fleiss, Levin & Paik (2003). Statistical Methods for Rates and Proportions, 3rd ed., section 4.2.
    Kish, L. (1965). Survey Sampling, section 12.4 (overlapping samples).
    """
    _within(abs(change), "change", 0, math.inf)
    _within(power, "power", 0, 1)
    _within(alpha, "alpha", 0, 1)
    if not 0 <= overlap <= 1 or not -1 <= correlation < 1:
        raise SurveyError(
            "overlap must lie in [0, 1], correlation in [-1, 1)", got=f"{overlap}, {correlation}"
        )
    shared = 1 - overlap * correlation
    root = _root(_spread(sd, share), share, change, power=power, alpha=alpha) * math.sqrt(shared)
    return _size((root / change) ** 2, deff, population, response_rate)


def detectable_change(
    *,
    complete: float,
    sd: float | None = None,
    share: float | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    deff: float = 1.0,
    correlation: float = 0.0,
    overlap: float = 0.0,
) -> float:
    """The smallest rise that `complete` answers in each of two waves detect: `size_for_change` inverted.

    Raises
    ------
    SurveyError
        If even a rise to 100 % would go unseen.

    Examples
    --------
    >>> round(detectable_change(complete=500, share=0.75), 3)
    0.073
    """

    def missing(change: float) -> float:
        needed = size_for_change(
            change=change,
            sd=sd,
            share=share,
            power=power,
            alpha=alpha,
            correlation=correlation,
            overlap=overlap,
        )
        return needed.simple * deff - complete

    largest = 1e6 * sd if sd is not None else 1 - (share or 0.0) - 1e-9
    if missing(largest) > 0:
        raise SurveyError(
            "no change can be detected", got=f"{complete} answers a wave", hint="ask more people"
        )
    return float(brentq(missing, largest * 1e-9, largest, xtol=1e-12))


def _root(spread: float, share: float | None, change: float, *, power: float, alpha: float) -> float:
    """√n · |change| for simple random samples: one sd under the null, another under the change."""
    z_alpha, z_power = _z(1 - alpha / 2), _z(power)
    if share is None:
        return (z_alpha + z_power) * spread * math.sqrt(2)
    _within(share + change, "share + change", 0, 1)
    later, pooled = share + change, share + change / 2
    null = math.sqrt(2 * pooled * (1 - pooled))
    return z_alpha * null + z_power * math.sqrt(spread**2 + later * (1 - later))


def _size(simple: float, deff: float, population: int | None, response_rate: float) -> Size:
    _within(deff, "deff", 0, math.inf)
    if not 0 < response_rate <= 1:
        raise SurveyError("response rate must lie in (0, 1]", got=str(response_rate))
    wanted = simple * deff
    if population is not None:
        _within(population, "population", 0, math.inf)
        wanted = wanted / (1 + wanted / population)
    complete = _up(wanted)
    recruit = _up(complete / response_rate)
    if population is not None:
        complete, recruit = min(complete, population), min(recruit, population)
    return Size(
        complete=complete,
        recruit=recruit,
        simple=simple,
        deff=deff,
        response_rate=response_rate,
        population=population,
    )


def _up(value: float) -> int:
    # 150.0000000001 is 150 in all but floating point.
    return max(1, math.ceil(value - 1e-6))


def _spread(sd: float | None, share: float | None) -> float:
    if (sd is None) == (share is None):
        raise SurveyError(
            "say either the sd or the share", expected="one of sd, share", got=f"sd={sd}, share={share}"
        )
    if share is not None:
        _within(share, "share", 0, 1)
        return math.sqrt(share * (1 - share))
    _within(sd, "sd", 0, math.inf)
    return sd


def _within(value: float, name: str, low: float, high: float) -> None:
    if not low < value < high:
        raise SurveyError(f"{name} is out of range", expected=f"between {low} and {high}", got=str(value))


def _z(probability: float) -> float:
    return float(norm.ppf(probability))
