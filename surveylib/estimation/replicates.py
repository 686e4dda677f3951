"""Replicates of a design: jackknife, balanced half-samples, bootstraps, successive differences.

All are multipliers of the clusters' totals, made from totals (no rows needed) or from a design.
"""

from __future__ import annotations

import hashlib

import numpy as np
from scipy import sparse

from surveylib.errors import SurveyError
from surveylib.estimation.thin import thin
from surveylib.model.design import Lonely, Stage, SurveyDesign
from surveylib.model.replicates import Method, Replicates
from surveylib.model.totals import PsuTotals
from surveylib.numerics import replicates as numerics
from surveylib.numerics.multistage import multistage
from surveylib.numerics.variance import StageCodes, prepare

BOOTSTRAPS = ("rao-wu", "canty-davison", "multistage")
MOST_MULTIPLIERS = 120_000_000


def jackknife(source: PsuTotals | SurveyDesign, *, mse: bool = False) -> Replicates:
    """Delete one cluster at a time: JK1 without strata, JKn with them; finite populations in scale and
    rscales.

    Parameters
    ----------
    source : PsuTotals or SurveyDesign
    mse : bool
        Deviations from the estimate of the whole sample, not from the mean of the replicates.

    Raises
    ------
    SurveyError
        For a second stage that the variance would need (sampled without replacement at the first), and for
        lonely clusters under the rule 'error'.

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation, ch. 4, doi:10.1007/978-0-387-35099-8.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveylib.estimation.declare import declare
    >>> made = jackknife(declare(pd.DataFrame({"y": [3.0, 5.0, 7.0]})))
    >>> made.method, made.shape, round(made.scale, 4)
    ('JK1', (3, 3), 0.6667)
    """
    stages, lonely = _design(source)
    c = _clusters(stages, lonely, method="the jackknife")
    factors, rscales = numerics.jackknife(c)
    if not len(rscales):
        raise _nothing_varies()
    one = len(c.sizes) == 1
    return _made(
        "JK1" if one else "JKn",
        (*factors, *_expansion(c)),
        stages,
        scale=float(rscales[0]) if one else c.inflate,
        rscales=np.ones(len(rscales)) if one else rscales,
        mse=mse,
    )


def balanced(source: PsuTotals | SurveyDesign, *, rho: float = 0.0, mse: bool = False) -> Replicates:
    """Balanced half-samples of strata of two clusters (BRR), with Fay's damping where `rho` is above 0.

    Raises
    ------
    SurveyError
        Where a stratum has not two clusters, and for finite populations, which half-samples ignore.

    References
    ----------
    McCarthy (1969), doi:10.2307/1402116; Judkins (1990), Journal of Official Statistics 6, 223-239 (Fay).
    """
    if not 0 <= rho < 1:
        raise SurveyError("rho must be at least 0 and below 1", got=str(rho))
    stages, lonely = _design(source)
    if stages[0].population is not None:
        raise SurveyError(
            "half-samples take no account of finite populations: fpc would be ignored",
            hint="declare the design without fpc, or use the jackknife or a bootstrap",
        )
    c = _clusters(stages, lonely, method="balanced half-samples")
    if (c.sizes != 2).any():
        stratum = int(np.argmax(c.sizes != 2))
        raise SurveyError(
            "half-samples need two clusters in every stratum",
            where=f"stratum number {stratum + 1}",
            expected="2 clusters",
            got=str(int(c.sizes[stratum])),
            hint="pair the clusters into strata of two, or use the jackknife or a bootstrap",
        )
    _refuse_size(len(c.sizes) + 1, len(c.sizes) * 2)
    made = numerics.half_samples(c, rho=rho)
    return _made(
        "Fay" if rho else "BRR",
        (made, *_expansion(c)),
        stages,
        scale=1 / (len(made) * (1 - rho) ** 2),
        rscales=np.ones(len(made)),
        mse=mse,
    )


def successive(source: PsuTotals | SurveyDesign, *, mse: bool = True) -> Replicates:
    """Successive differences, for systematic samples: clusters of a stratum in the order of their codes
    (rows, where there is no PSU), in a circle.

    For totals the variance is Σ_h (1 − f_h)/2 Σ_i (z_i − z_{i+1})².

    Raises
    ------
    SurveyError
        For a second stage that the variance would need, lonely clusters, and more clusters than memory has
        room for: there is one replicate a cluster, or a few more.

    References
    ----------
    Fay & Train (1995), Proceedings of the Section on Government Statistics, ASA, 154-159; Ash (2014), Survey
    Methodology 40, 47-59.
    """
    stages, lonely = _design(source)
    c = _clusters(stages, lonely, method="successive differences")
    _refuse_alone(c, lonely)
    m = int(c.sizes.sum())
    _refuse_size(m + 1, m)
    made = numerics.successive_differences(c)
    return _made(
        "successive-difference",
        (made, *_expansion(c)),
        stages,
        scale=4 * c.inflate / len(made),
        rscales=np.ones(len(made)),
        mse=mse,
    )


def bootstrap(
    source: PsuTotals | SurveyDesign,
    *,
    replicates: int,
    generator: np.random.Generator,
    method: Method = "rao-wu",
    mse: bool = False,
) -> Replicates:
    """Bootstrap replicates, drawn within strata.

    Parameters
    ----------
    replicates : int
        At least 2.
    generator : numpy Generator
        From `rng.stream`: the same stream gives the same replicates.
    method : {'rao-wu', 'canty-davison', 'multistage'}
        'rao-wu': n − 1 draws with replacement, rescaled for finite populations (R's subbootstrap, where there
        are none). 'canty-davison': n draws from copies of the sample that make up the population.
        'multistage': half the clusters at every stage; the one that needs no first stage drawn with
        replacement.

    Raises
    ------
    SurveyError
        For a second stage that the method would ignore, for lonely clusters, too few replicates or too many.

    References
    ----------
    Rao & Wu (1988), doi:10.1080/01621459.1988.10478591; Rao, Wu & Yue (1992), Survey Methodology 18, 209-217;
    Canty & Davison (1999), doi:10.1111/1467-9884.00196; Preston (2009), Survey Methodology 35, 227-234.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveylib.estimation.declare import declare
    >>> design = declare(pd.DataFrame({"y": [1.0, 3, 5, 4]}))
    >>> bootstrap(design, replicates=50, generator=np.random.default_rng(1)).shape
    (50, 4)
    """
    if method not in BOOTSTRAPS:
        raise SurveyError("unknown bootstrap", expected=", ".join(BOOTSTRAPS), got=repr(method))
    if replicates < 2:
        raise SurveyError("a bootstrap needs at least two replicates", got=str(replicates))
    stages, lonely = _design(source)
    scale = 1.0
    if method == "multistage":
        _refuse_size(replicates, len(stages[0].strata))
        factors = (_multistage(stages, lonely, replicates, generator),)
    else:
        c = _clusters(stages, lonely, method=f"the {method} bootstrap")
        _refuse_alone(c, lonely)
        _refuse_size(replicates, int(c.sizes.sum()))
        if method == "rao-wu":
            made = numerics.rao_wu(c, replicates=replicates, generator=generator)
        else:
            made, scale = numerics.canty_davison(c, replicates=replicates, generator=generator)
        made.setflags(write=False)  # so that the noun need not copy it
        scale, factors = scale * c.inflate, (made, *_expansion(c))
    return _made(
        method, factors, stages, scale=scale / (replicates - 1), rscales=np.ones(replicates), mse=mse
    )


def design_digest(stages: tuple[Stage, ...]) -> str:
    """What says that replicates and totals belong to the same strata and clusters."""
    found = hashlib.sha256()
    for stage in stages:
        for codes in (stage.strata, stage.clusters):
            found.update(np.ascontiguousarray(codes, dtype="<i8"))
    return found.hexdigest()


def _multistage(stages, lonely: Lonely, replicates: int, generator: np.random.Generator) -> np.ndarray:
    if lonely not in ("error", "certainty"):
        raise SurveyError(
            f"the multistage bootstrap has no rule {lonely!r} for lonely clusters",
            expected="error or certainty",
        )
    codes = _codes(stages)
    levels = prepare(codes, lonely=lonely)
    if not any((level.scale > 0).any() for level in levels):
        raise _nothing_varies()
    return multistage(codes, replicates=replicates, generator=generator)


def _design(source: PsuTotals | SurveyDesign) -> tuple[tuple[Stage, ...], Lonely]:
    if isinstance(source, PsuTotals):
        return source.stages, source.lonely
    return thin(source)[1], source.lonely


def _codes(stages: tuple[Stage, ...]) -> list[StageCodes]:
    return [StageCodes(s.strata, s.clusters, s.population, s.stratum_names) for s in stages]


def _clusters(stages: tuple[Stage, ...], lonely: Lonely, *, method: str) -> numerics.Clusters:
    if len(stages) > 1:
        raise SurveyError(
            f"{method} replicates the first stage only: the second stage would be ignored",
            hint="use the multistage bootstrap, or declare the design without psu2 (its variance is then "
            "left out) or without fpc (it is then within the first stage's)",
        )
    c = numerics.clusters(prepare(_codes(stages), lonely=lonely)[0], len(stages[0].strata))
    if not (c.remaining > 0).any():
        raise _nothing_varies()
    return c


def _nothing_varies() -> SurveyError:
    return SurveyError(
        "every stratum is wholly sampled, or has a single cluster: nothing varies from replicate to replicate"
    )


def _expansion(c: numerics.Clusters) -> tuple[sparse.csr_array, ...]:
    """The factor that adds rows up to clusters; none where every row is a cluster, in their order."""
    m = int(c.sizes.sum())
    if np.array_equal(c.of_row, np.arange(m)):
        return ()
    return (numerics.expansion(c.of_row, m),)


def _refuse_alone(c: numerics.Clusters, lonely: Lonely) -> None:
    if c.alone.any():
        raise SurveyError(
            f"the rule {lonely!r} for lonely clusters has no replicates of this kind",
            expected="error, certainty, average or collapse",
            hint="or use the jackknife",
        )


def _refuse_size(replicates: int, m: int) -> None:
    if replicates * m > MOST_MULTIPLIERS:
        raise SurveyError(
            "too many multipliers for memory",
            expected=f"at most {MOST_MULTIPLIERS:,} (replicates × clusters)",
            got=f"{replicates:,} × {m:,}",
            hint="ask for fewer replicates, or use the jackknife, which needs no table",
        )


def _made(method: Method, factors: tuple, stages, *, scale: float, rscales, mse: bool) -> Replicates:
    return Replicates(
        method=method,
        factors=factors,
        scale=scale,
        rscales=rscales,
        mse=mse,
        design=design_digest(stages),
    )
