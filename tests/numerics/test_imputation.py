"""Missing answers filled, and the fillings put together."""

import numpy as np
import pytest

from surveylib.numerics.imputation import hot_deck, rubin

ESTIMATES = [0.281, 0.266, 0.301, 0.274, 0.290]
ERRORS = np.sqrt([0.0036, 0.0042, 0.0039, 0.0031, 0.0040])


def test_rubin_as_the_r_package_mitools_puts_them_together():
    # R: mitools::MIcombine(list(0.281, …), list(0.0036, …)): sqrt(vcov(m)), m$df
    made = rubin(ESTIMATES, ERRORS)
    assert made.estimate == pytest.approx(0.2824, rel=1e-12)
    assert made.std_error == pytest.approx(0.0631154497726, rel=1e-11)
    assert made.df == pytest.approx(1270.03156566, rel=1e-9)


def test_barnard_and_rubin_never_give_more_freedom_than_complete_data():
    # mitools leaves (1 + 1/m) out of the freedom of the data seen, so that its 7.4675 lies a little above.
    made = rubin(ESTIMATES, ERRORS, complete_df=9.4)
    within, between = np.mean(np.square(ERRORS)), np.var(ESTIMATES, ddof=1)
    share = 1.2 * between / (within + 1.2 * between)
    seen = (9.4 + 1) / (9.4 + 3) * 9.4 * (1 - share)
    assert made.df == pytest.approx(1 / (1 / seen + share**2 / 4), rel=1e-12)
    assert made.df < 7.4675159532 < 9.4


def test_completions_that_agree_lose_nothing():
    made = rubin([0.3, 0.3, 0.3], [0.1, 0.1, 0.1])
    assert made.std_error == pytest.approx(0.1) and made.missing_information == 0 and made.df == np.inf


def test_one_completion_is_not_multiple_imputation():
    with pytest.raises(ValueError, match="at least two"):
        rubin([0.3], [0.1])


def test_what_was_answered_stays_and_donors_are_of_the_same_group():
    answers = np.array([[1.0, 1.0], [1.0, np.nan], [5.0, 5.0], [5.0, np.nan]])
    wanted, groups = np.isnan(answers), np.array([0, 0, 1, 1])
    for seed in range(20):
        made = hot_deck(answers, wanted, groups, rng=np.random.default_rng(seed))
        np.testing.assert_array_equal(made, [[1, 1], [1, 1], [5, 5], [5, 5]])


def test_an_item_nobody_of_the_group_answered_stays_missing():
    made = hot_deck(
        np.array([[1.0, np.nan], [2.0, np.nan]]),
        np.array([[False, True], [False, True]]),
        np.zeros(2, dtype=int),
        rng=np.random.default_rng(0),
    )
    assert np.isnan(made[:, 1]).all()


def test_a_donor_resembles_by_its_other_answers():
    """Each of the two kinds of donor answers the wanted item like the other kind answers the rest: the taker
    answered the rest low, and so gets what those gave who answered the rest low."""
    low, high = [1.0, 1.0, 5.0], [5.0, 5.0, 1.0]
    answers = np.array([low] * 20 + [high] * 20 + [[1.0, 1.0, np.nan]])
    for seed in range(20):
        made = hot_deck(answers, np.isnan(answers), np.zeros(41, dtype=int), rng=np.random.default_rng(seed))
        assert made[-1, 2] == 5


def test_answers_missing_more_often_among_the_content_are_filled_near_the_truth():
    rng = np.random.default_rng(7)
    level = rng.normal(size=4000)
    truth = np.clip(np.round(3 + level[:, None] + 0.4 * rng.normal(size=(4000, 5))), 1, 5)
    # The last item is left blank the oftener the more content the respondent: its plain mean is too low.
    blank = np.zeros(truth.shape, dtype=bool)
    blank[:, 4] = rng.random(4000) < 1 / (1 + np.exp(-2 * level))
    answers = np.where(blank, np.nan, truth)
    made = hot_deck(answers, blank, rng.integers(3, size=4000), rng=rng)
    plain, filled, whole = np.nanmean(answers[:, 4]), made[:, 4].mean(), truth[:, 4].mean()
    assert plain < whole - 0.3 and abs(filled - whole) < 0.1
