"""The variance kernel against slow loops written from its formula."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.errors import SurveyError
from surveylib.numerics.variance import StageCodes, covariance, prepare, variance
from surveylib.rng import stream


def naive(z, stages, lonely):
    """The law of the module's docstring, one stratum and one cluster at a time."""
    total = np.zeros((z.shape[1], z.shape[1]))
    above, factor = np.zeros(len(z), dtype=int), {0: 1.0}
    for stage in stages:
        strata: dict = {}
        for row in range(len(z)):
            members = strata.setdefault((above[row], stage.strata[row]), {})
            members.setdefault(stage.clusters[row], []).append(row)
        units = []
        for (parent, _), members in sorted(strata.items()):
            n, first = len(members), next(iter(members.values()))[0]
            size = np.inf if stage.population is None else stage.population[first]
            alone = n == 1 and n / size < 1 and factor[parent] > 0
            units.append({"members": members, "n": n, "N": size, "weight": factor[parent], "alone": alone})
        if lonely == "collapse":
            units = joined(units)
        term, left_out, below = np.zeros_like(total), 0, {}
        for unit in units:
            fraction = unit["n"] / unit["N"]
            sums = [sum(z[row] for row in rows) for rows in unit["members"].values()]
            below.update({cluster: unit["weight"] * fraction for cluster in unit["members"]})
            if unit["weight"] == 0 or fraction >= 1:
                continue
            if unit["n"] == 1:
                left_out += 1
                if lonely == "adjust":
                    term += unit["weight"] * (1 - fraction) * np.outer(sums[0], sums[0])
                continue
            mean = sum(sums) / len(sums)
            spread = sum(np.outer(s - mean, s - mean) for s in sums) / (unit["n"] - 1)
            term += unit["weight"] * (1 - fraction) * unit["n"] * spread
        if lonely == "average":
            term *= len(units) / (len(units) - left_out)
        total += term
        if stage.population is None:
            break
        above, factor = stage.clusters, below
    return total


def joined(units):
    """A lonely stratum joins the next one; the last joins the one before."""
    made, waiting, strata_waiting = [], None, 0
    for unit in units:
        alone = unit["alone"]
        if waiting is not None:
            unit = {
                "members": {**waiting["members"], **unit["members"]},
                "n": waiting["n"] + unit["n"],
                "N": waiting["N"] + unit["N"],
                "weight": unit["weight"],
            }
        waiting, strata_waiting = (unit, strata_waiting + 1) if alone else (None, 0)
        if not alone:
            made.append(unit)
    if waiting is not None and strata_waiting == 1 and made:
        last = made.pop()
        waiting = {
            "members": {**last["members"], **waiting["members"]},
            "n": last["n"] + waiting["n"],
            "N": last["N"] + waiting["N"],
            "weight": last["weight"],
        }
    return made if waiting is None else [*made, waiting]


def design(seed, *, depth, finite, lonely=(), census=()):
    """A random design: `depth` stages, `finite[d]` says which have populations; some first strata lonely,
    some wholly sampled."""
    random, rows = stream(seed, "variance", depth), []
    cluster = [0, 0, 0]
    for stratum in range(4):
        count = 1 if stratum in lonely else int(random.integers(2, 5))
        size = count if stratum in census else count + int(random.integers(1, 9))
        for _ in range(count):
            second = int(random.integers(2, 4)) if depth > 1 else 1
            second_size = second + int(random.integers(0, 5))
            for _ in range(second):
                third = int(random.integers(2, 4)) if depth > 2 else 1
                third_size = third + int(random.integers(0, 5))
                for _ in range(third):
                    rows.append((stratum, *cluster, size, second_size, third_size))
                    cluster[2] += 1
                cluster[1] += 1
            cluster[0] += 1
    table = random.permutation(np.array(rows), axis=0)
    zeros = np.zeros(len(table), dtype=int)
    stages = [
        StageCodes(
            table[:, 0] if d == 0 else zeros,
            table[:, 1 + d],
            table[:, 4 + d].astype(float) if finite[d] else None,
        )
        for d in range(depth)
    ]
    return random.normal(size=(len(table), 3)), stages


SHAPES = [
    (1, (False,)),
    (1, (True,)),
    (2, (True, True)),
    (2, (True, False)),
    (2, (False, True)),
    (3, (True, True, True)),
    (3, (True, True, False)),
    (3, (True, False, True)),
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("depth", "finite"), SHAPES)
def test_equals_the_loops(depth, finite, seed):
    z, stages = design(seed, depth=depth, finite=finite, census=(2,))
    levels = prepare(stages)
    np.testing.assert_allclose(covariance(z, levels), naive(z, stages, "error"), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("lonely", [(0,), (3,), (1, 2), (0, 3), (2, 3), (0, 1, 2)])
@pytest.mark.parametrize("finite", [False, True])
@pytest.mark.parametrize("rule", ["certainty", "adjust", "average", "collapse"])
def test_lonely_rules_equal_the_loops(rule, finite, lonely):
    z, stages = design(7, depth=1, finite=(finite,), lonely=lonely)
    got = covariance(z, prepare(stages, lonely=rule))
    np.testing.assert_allclose(got, naive(z, stages, rule), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("rule", ["certainty", "adjust", "average"])
def test_lonely_first_stage_above_a_second(rule):
    z, stages = design(9, depth=2, finite=(True, True), lonely=(1,))
    got = covariance(z, prepare(stages, lonely=rule))
    np.testing.assert_allclose(got, naive(z, stages, rule), rtol=1e-12, atol=1e-14)


def test_all_strata_lonely_are_collapsed_into_one():
    z = np.array([[1.0], [2.0], [4.0], [9.0]])
    stage = StageCodes(np.arange(4), np.arange(4), None)
    together = StageCodes(np.zeros(4, int), np.arange(4), None)
    got = covariance(z, prepare([stage], lonely="collapse"))
    np.testing.assert_allclose(got, covariance(z, prepare([together])), rtol=1e-12)


@pytest.mark.parametrize("rule", ["average", "collapse"])
def test_one_cluster_in_all_has_no_neighbour(rule):
    """Joined to nothing its spread would be 0: an error of 0, printed as if all were known."""
    with pytest.raises(SurveyError, match="single"):
        prepare([StageCodes(np.zeros(1, int), np.zeros(1, int), None)], lonely=rule)


def two_stages(strata: list[int], sizes: list[float]) -> tuple[StageCodes, StageCodes]:
    """Clusters 0, 1 drawn from 4 and 2, 3 from 10; in them eleven rows."""
    clusters = np.array([0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3])
    population = np.where(clusters < 2, 4.0, 10.0)
    first = StageCodes((clusters > 1).astype(int), clusters, population)
    return first, StageCodes(np.array(strata), np.arange(11), np.array(sizes))


def test_below_the_first_stage_strata_join_inside_their_cluster():
    """Cluster 1 ends the first stratum with a lonely one of its own: it joins its own neighbour, not the next
    cluster's, which was drawn at another rate."""
    z = stream(4, "below").normal(size=(11, 2))
    apart = two_stages([0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1], [9, 9, 9, 6, 6, 5, 8, 8, 3, 7, 7])
    joined_by_hand = two_stages([0] * 11, [9, 9, 9, 11, 11, 11, 8, 8, 10, 10, 10])
    got = covariance(z, prepare(apart, lonely="collapse"))
    np.testing.assert_allclose(got, covariance(z, prepare(joined_by_hand)), rtol=1e-12)
    # The second stage by hand: (n/N above) n (1 − n/N) s² in each cluster.
    rows = [slice(0, 3), slice(3, 6), slice(6, 8), slice(8, 11)]
    terms = [
        above * n * (1 - n / size) * z[part, 0].var(ddof=1)
        for part, above, n, size in zip(rows, (0.5, 0.5, 0.2, 0.2), (3, 3, 2, 3), (9, 11, 8, 10), strict=True)
    ]
    first = covariance(z, prepare([apart[0]]))[0, 0]
    assert got[0, 0] == pytest.approx(first + sum(terms), rel=1e-12)


def test_a_cluster_with_one_cluster_in_it_has_no_stratum_to_join():
    z_of_two_clusters = StageCodes(np.zeros(3, int), np.array([0, 0, 1]), np.full(3, 6.0))
    below = StageCodes(np.zeros(3, int), np.arange(3), np.array([4.0, 4.0, 5.0]))
    with pytest.raises(SurveyError, match="inside a cluster of stage 1") as caught:
        prepare([z_of_two_clusters, below], lonely="collapse")
    assert "stage 2" in caught.value.where and "adjust" in caught.value.hint
    assert len(prepare([z_of_two_clusters, below], lonely="certainty")) == 2


@pytest.mark.parametrize(("depth", "finite"), SHAPES)
def test_variance_is_the_diagonal(depth, finite):
    z, stages = design(3, depth=depth, finite=finite)
    levels = prepare(stages)
    np.testing.assert_allclose(variance(z, levels), np.diag(covariance(z, levels)), rtol=1e-12)


def test_fractions_mean_the_same_as_sizes():
    z, (stage,) = design(5, depth=1, finite=(True,))
    counts = np.array([len(np.unique(stage.clusters[stage.strata == s])) for s in stage.strata])
    fractions = stage._replace(population=counts / stage.population)
    np.testing.assert_allclose(
        covariance(z, prepare([fractions])), covariance(z, prepare([stage])), rtol=1e-12
    )


def test_a_census_has_no_variance():
    z, stages = design(5, depth=1, finite=(True,), census=(0, 1, 2, 3))
    assert covariance(z, prepare(stages)).max() == 0


def test_a_lonely_stratum_wholly_sampled_is_no_mistake():
    z, stages = design(5, depth=1, finite=(True,), lonely=(1,), census=(1,))
    np.testing.assert_allclose(covariance(z, prepare(stages)), naive(z, stages, "error"), rtol=1e-12)


def test_the_order_of_rows_does_not_matter():
    z, stages = design(6, depth=3, finite=(True, True, True))
    turned = stream(6, "turned").permutation(len(z))
    again = [StageCodes(s.strata[turned], s.clusters[turned], s.population[turned]) for s in stages]
    np.testing.assert_allclose(
        covariance(z[turned], prepare(again)), covariance(z, prepare(stages)), rtol=1e-12
    )


# ---- mistakes -----------------------------------------------------------------------------------


def refused(*stages, lonely="error") -> SurveyError:
    with pytest.raises(SurveyError) as caught:
        prepare(stages, lonely=lonely)
    return caught.value


def test_an_unknown_rule_is_refused():
    error = refused(StageCodes(np.zeros(2, int), np.arange(2), None), lonely="remove")
    assert "certainty" in error.expected and error.got == "'remove'"


def test_a_lonely_stratum_is_named():
    stage = StageCodes(np.array([0, 0, 1]), np.arange(3), None, ("thuế", "kho bạc"))
    error = refused(stage)
    assert "kho bạc" in error.where and "certainty" in error.hint


def test_a_population_below_the_sample_is_refused():
    stage = StageCodes(np.array([0, 0, 0, 1, 1]), np.arange(5), np.array([5.0, 5, 5, 1.5, 1.5]), ("a", "b"))
    error = refused(stage)
    assert "'b'" in error.where and error.expected == "fpc of at least 2" and error.got == "1.5"


def test_a_population_that_differs_within_a_stratum_is_refused():
    error = refused(StageCodes(np.zeros(3, int), np.arange(3), np.array([9.0, 9, 8]), ("a",)))
    assert "differs" in error.what and "'a'" in error.where and error.got == "9 and 8"


def test_a_cluster_in_two_strata_is_refused():
    error = refused(StageCodes(np.array([0, 1, 1]), np.array([0, 0, 1]), None))
    assert "two strata" in error.what and "nest" in error.hint


def test_average_needs_something_to_average():
    assert (
        "nothing to average" in refused(StageCodes(np.arange(3), np.arange(3), None), lonely="average").what
    )


def test_a_fraction_is_one_also_where_every_stratum_has_a_single_cluster():
    """As in the rows of one commune, which are only a part: 0.25 of what was there, not a quarter cluster."""
    stage = StageCodes(np.arange(3), np.arange(3), np.array([0.25, 0.5, 1.0]))
    assert variance(np.ones((3, 1)), prepare([stage], lonely="certainty")) == 0
