"""Inference by re-assigning the units: every way the arms could have fallen, and the studentised t in each.

Values are one number a unit; an assignment says which units are treated. The observed assignment always
counts among those enumerated and comparisons are weak, so no p-value lies below `smallest_p`.

MacKinnon & Webb (2020), "Randomization inference for difference-in-differences with few treated clusters",
doi:10.1016/j.jeconom.2020.04.024; Romano & Wolf (2005), doi:10.1198/016214504000000539.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

# Statistics that agree to nine digits count as tied: a sum in another order must not turn "equal" into
# "smaller", which would lower a p-value.
TIE = 1e-9
MOST_ENUMERATED = 200_000
DRAWS = 9_999  # where they are too many: so many drawn at random, and the observed one


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Difference of two means with Welch's standard error and degrees of freedom."""

    estimate: float
    std_error: float
    df: float
    statistic: float


def welch(values: np.ndarray, treated: np.ndarray) -> Difference:
    """Mean of the treated minus mean of the others, with Welch's standard error.

    Parameters
    ----------
    values : float array (n,)
    treated : bool array (n,)
        At least two on either side; with fewer the standard error is NaN.

    Examples
    --------
    >>> welch(np.array([2.0, 4.0, 1.0, 2.0]), np.array([True, True, False, False])).estimate
    1.5
    """
    one, none = values[treated], values[~treated]
    estimate = float(one.mean() - none.mean()) if len(one) and len(none) else math.nan
    if min(len(one), len(none)) < 2:
        return Difference(estimate=estimate, std_error=math.nan, df=math.nan, statistic=math.nan)
    part1, part0 = one.var(ddof=1) / len(one), none.var(ddof=1) / len(none)
    variance = float(part1 + part0)
    if not varies(values, variance):
        return Difference(estimate=estimate, std_error=0.0, df=math.nan, statistic=math.nan)
    df = variance**2 / (part1**2 / (len(one) - 1) + part0**2 / (len(none) - 1))
    error = math.sqrt(variance)
    return Difference(estimate=estimate, std_error=error, df=float(df), statistic=estimate / error)


def pooled(values: np.ndarray, treated: np.ndarray) -> Difference:
    """The same difference with one variance for both sides and n − 2 degrees of freedom (Donald & Lang 2007).

    >>> round(pooled(np.array([2.0, 4.0, 1.0, 2.0]), np.array([True, True, False, False])).df)
    2
    """
    one, none = values[treated], values[~treated]
    estimate, df = float(one.mean() - none.mean()), len(values) - 2
    inside = float(((one - one.mean()) ** 2).sum() + ((none - none.mean()) ** 2).sum())
    error = math.sqrt(inside / df * (1 / len(one) + 1 / len(none))) if df > 0 else math.nan
    statistic = estimate / error if error > 0 else math.nan
    return Difference(estimate=estimate, std_error=error, df=float(df), statistic=statistic)


def varies(values: np.ndarray, variance: float) -> bool:
    """False when the variance of (a mean of) `values` is nothing but rounding.

    >>> rises = np.array([3.7, 3.75]) - np.array([3.4, 3.45])
    >>> bool(rises.var() > 0), varies(rises, float(rises.var()))
    (True, False)
    """
    return variance > (1e-12 * max(1e-300, float(np.abs(values).max()))) ** 2


def error_rate(level: float) -> float:
    """1 − level as it is meant, not as it is subtracted: a p of exactly 2/20 is within the error of 90 %.

    >>> 2 / 20 <= 1 - 0.9, 2 / 20 <= error_rate(0.9)
    (False, True)
    """
    return round(1 - level, 12)


def count_assignments(n: int, n_treated: int) -> int:
    """How many ways there are to choose the treated.

    >>> count_assignments(15, 5), count_assignments(11, 1), count_assignments(10, 2)
    (3003, 11, 45)
    """
    return math.comb(n, n_treated)


def smallest_p(n: int, n_treated: int, *, number: int | None = None, two_sided: bool = True) -> float:
    """The floor of p: what the assignments give at best.

    With equal arms the assignment that exchanges them has the same |t|, so that two-sided no p lies below two
    over their number. Drawn at random, they hold the observed one and need not hold its mirror image.

    Parameters
    ----------
    n, n_treated : int
        Units in all, and those treated.
    number : int, optional
        How many assignments p is counted over; by default as many as `assignments` makes.
    two_sided : bool
        A one-sided test knows no mirror image.

    Examples
    --------
    >>> [round(1 / smallest_p(n, n_treated)) for n, n_treated in [(15, 5), (10, 5), (6, 3), (40, 20)]]
    [3003, 126, 10, 10000]
    >>> round(1 / smallest_p(6, 3, two_sided=False))
    20
    """
    ways = count_assignments(n, n_treated)
    if number is None:
        number = ways if ways <= MOST_ENUMERATED else DRAWS + 1
    mirrored = two_sided and 2 * n_treated == n and number == ways
    return (2 if mirrored else 1) / number


def assignments(
    treated: np.ndarray,
    *,
    rng: np.random.Generator | None = None,
    most: int = MOST_ENUMERATED,
    draws: int = DRAWS,
) -> np.ndarray:
    """Every assignment with as many treated, or, above `most`, the observed one and `draws` random ones.

    Returns
    -------
    bool array (number, n)
        Rows differ and hold the observed one when enumerated; the first row is the observed one when drawn.

    Raises
    ------
    ValueError
        If they are too many to enumerate and no generator is given.
    """
    n, n_treated = len(treated), int(treated.sum())
    if count_assignments(n, n_treated) <= most:
        chosen = np.array(list(itertools.combinations(range(n), n_treated)), dtype=np.intp).reshape(
            -1, n_treated
        )
        out = np.zeros((len(chosen), n), dtype=bool)
        np.put_along_axis(out, chosen, True, axis=1)
        return out
    if rng is None:
        raise ValueError("too many assignments to enumerate: a random generator is needed")
    drawn = rng.permuted(np.tile(treated, (draws, 1)), axis=1)
    return np.vstack([treated[None, :], drawn])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What an assignment's statistic needs of the values: a shift costs no new pass over the units."""

    n: int | np.ndarray
    n_treated: int | np.ndarray
    first: np.ndarray
    second: np.ndarray
    total: np.ndarray
    total_second: np.ndarray


def sums(values: np.ndarray, assigned: np.ndarray) -> Sums:
    """Sums and sums of squares over the treated of every assignment; `values` is (n,) or (n, k).

    A unit without a value (NaN) is assigned like every other and counts in no sum.
    """
    there = np.isfinite(values)
    matrix, n, n_treated = assigned.astype(float), assigned.shape[1], int(assigned[0].sum())
    if not there.all():
        n, n_treated = there.sum(axis=0), matrix @ there
    # A common shift moves no statistic, and squares keep their digits.
    centred = np.where(there, values - np.nanmean(values, axis=0), 0.0)
    return Sums(
        n=n,
        n_treated=n_treated,
        first=matrix @ centred,
        second=matrix @ centred**2,
        total=centred.sum(axis=0),
        total_second=(centred**2).sum(axis=0),
    )


def coefficients(made: Sums) -> np.ndarray:
    """The raw difference of means under every assignment."""
    return made.first / made.n_treated - (made.total - made.first) / (made.n - made.n_treated)


def statistics(made: Sums) -> np.ndarray:
    """Welch's t under every assignment; ±inf where there is a difference but no spread, 0 where neither, and
    0 where a side has fewer than two values."""
    n1, n0 = made.n_treated, made.n - made.n_treated
    rest, rest_second = made.total - made.first, made.total_second - made.second
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = made.first / n1 - rest / n0
        spread1 = np.maximum(made.second - made.first**2 / n1, 0) / (n1 * (n1 - 1))
        spread0 = np.maximum(rest_second - rest**2 / n0, 0) / (n0 * (n0 - 1))
        variance = spread1 + spread0
        tiny = variance <= 1e-24 * np.maximum(made.total_second, 1e-300)
        t = difference / np.sqrt(np.where(tiny, 0.0, variance))
    nothing = tiny & (np.abs(difference) <= 1e-12 * np.sqrt(made.total_second))
    return np.where(nothing | (np.minimum(n1, n0) < 2), 0.0, t)


def share_as_large(under: np.ndarray, observed: float | np.ndarray) -> float | np.ndarray:
    """The share of |under| (along the first axis) at least as large as |observed|, ties included.

    >>> float(share_as_large(np.array([1.0, -2.0, 0.5, 2.0]), 2.0))
    0.5
    """
    bound = np.abs(observed) * (1 - TIE)
    return np.mean(np.abs(under) >= bound, axis=0)


def randomisation_p(
    values: np.ndarray, treated: np.ndarray, assigned: np.ndarray, *, studentised: bool = True
) -> float:
    """p of no effect on any unit: the share of assignments with a statistic as large as the observed.

    The raw coefficient (`studentised=False`) serves comparison with other software: its size drifts when
    the arms' variances differ, which is why it decides nothing here.
    """
    statistic = statistics if studentised else coefficients
    under = statistic(sums(values, assigned))
    observed = statistic(sums(values, treated[None, :]))[0]
    # `sums` centres on the same mean in both, so that the observed row is met again among the enumerated
    # ones.
    return float(share_as_large(under, observed))


def randomisation_interval(
    values: np.ndarray, treated: np.ndarray, assigned: np.ndarray, *, level: float, steps: int = 60
) -> tuple[float, float]:
    """Every constant effect that the studentised test does not reject at `1 − level`: the ends of that set.

    The p-value steps and need not fall evenly, so the walk outward goes on until it stays rejected, and
    only then is the last crossing halved to nine digits: the interval may be a little too wide, never too
    narrow.

    Returns
    -------
    (low, high) : float
        Infinite when even the smallest attainable p is above `1 − level`.
    """
    alpha = error_rate(level)
    seen = welch(values, treated)
    floor = smallest_p(len(values), int(treated.sum()), number=len(assigned))
    if floor > alpha or not seen.std_error > 0:
        return -math.inf, math.inf
    accepted = _acceptance(values, treated, assigned, alpha)
    ends = [_end(accepted, seen.estimate, side * seen.std_error, steps) for side in (-1, 1)]
    return ends[0], ends[1]


def _acceptance(values: np.ndarray, treated: np.ndarray, assigned: np.ndarray, alpha: float):
    """A function: is a constant effect c compatible with the data?

    Under c the pilots' values less c are as if untreated; their sums are quadratic in c, so each c costs
    one pass over the assignments' sums and none over the units.
    """
    centred, mark, matrix = values - values.mean(), treated.astype(float), assigned.astype(float)
    both = np.vstack([matrix, mark])
    s1, s2, cross, count = both @ centred, both @ centred**2, both @ (centred * mark), both @ mark
    n, n1 = len(values), int(treated.sum())

    def accepted(c: float) -> bool:
        shifted = Sums(
            n=n,
            n_treated=n1,
            first=s1 - c * count,
            second=s2 - 2 * c * cross + c**2 * count,
            total=-c * n1 + centred.sum(),
            total_second=(centred**2).sum() - 2 * c * centred[treated].sum() + c**2 * n1,
        )
        t = statistics(shifted)
        return bool(share_as_large(t[:-1], t[-1]) > alpha)

    return accepted


def _end(accepted, start: float, step: float, steps: int) -> float:
    inside, reach, width = start, 1, step / 8
    while reach <= steps * 8:
        if accepted(start + reach * width):
            inside = start + reach * width
        elif abs(start + reach * width - inside) > abs(step):
            break  # one standard error of nothing but rejection
        reach += 1
    else:
        return math.copysign(math.inf, step)
    outside = inside + width
    while abs(outside - inside) > 1e-9 * max(1.0, abs(inside)):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if accepted(middle) else (inside, middle)
    return outside


def sign_flip_p(
    changes: np.ndarray, *, rng: np.random.Generator | None = None, most: int = MOST_ENUMERATED
) -> float:
    """Exact two-sided p of the mean under every pattern of signs (Fisher 1935, §21).

    Speaks of the change of the units named, not of an effect: nothing is compared. Where the patterns are
    more than `most`, over random ones and the observed. The floor is `sign_flip_floor`.

    >>> sign_flip_p(np.array([0.2, 0.3, 0.5, 0.1, 0.5]))
    0.0625
    """
    n = len(changes)
    if 2**n <= most:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    elif rng is None:
        raise ValueError("too many patterns to enumerate: a random generator is needed")
    else:
        signs = np.vstack([np.ones((1, n)), rng.choice([-1, 1], size=(DRAWS, n))])
    return float(share_as_large(signs @ changes, changes.sum()))


def sign_flip_floor(n: int) -> float:
    """The smallest two-sided p that n signs can give: 2 over all patterns, or 1 over those drawn.

    >>> sign_flip_floor(5), sign_flip_floor(20)
    (0.0625, 0.0001)
    """
    return 2.0 ** (1 - n) if 2**n <= MOST_ENUMERATED else 1 / (DRAWS + 1)


def romano_wolf(values: np.ndarray, treated: np.ndarray, assigned: np.ndarray) -> np.ndarray:
    """Step-down max-t p-values of k outcomes over the same assignments.

    The chance of even one false finding in the family is held, and the outcomes' dependence is used.

    Parameters
    ----------
    values : float array (n, k)
        NaN where a unit has no value of an outcome: the p-values stay exact, given which units have one.

    Returns
    -------
    float array (k,)
    """
    under = np.abs(statistics(sums(values, assigned)))
    observed = np.abs(statistics(sums(values, treated[None, :]))[0])
    order = np.argsort(-observed, kind="stable")
    # The k-th hypothesis competes only with those not yet rejected: the maximum runs over the rest.
    largest = np.maximum.accumulate(under[:, order[::-1]], axis=1)[:, ::-1]
    p = np.empty(len(order))
    p[order] = np.maximum.accumulate(share_as_large(largest, observed[order]))
    return p


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's step-down p-values; NaN stays NaN and counts for nothing.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03]))
    array([0.03, 0.06,  nan, 0.06])
    """
    out = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    factors = len(order) - np.arange(len(order))
    out[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1.0)
    return out
