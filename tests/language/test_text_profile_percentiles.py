"""Percentiles within occupation groups, by hand and against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evenhand.errors import MeasureError
from evenhand.language.style import (
    FEWEST_ADS,
    KINDS,
    against_occupation,
    mid_rank_percentiles,
    profile,
)

PLAIN = profile("We draw maps of rivers and towns.")
YOUNG = profile("We are a young group that draws maps.")
EMPTY = profile("")


def test_mid_ranks_by_hand() -> None:
    assert mid_rank_percentiles(np.array([1.0, 2.0, 2.0, 9.0])).tolist() == [12.5, 50, 50, 87.5]
    assert mid_rank_percentiles(np.zeros(7)).tolist() == [50.0] * 7


def test_mid_ranks_agree_with_scipy() -> None:
    values = np.random.default_rng(4).integers(0, 9, 60).astype(float)
    theirs = [stats.percentileofscore(values, value, kind="mean") for value in values]
    assert mid_rank_percentiles(values) == pytest.approx(np.array(theirs))


def test_an_ad_is_compared_with_its_own_group_only() -> None:
    profiles = [*[PLAIN] * 19, YOUNG, *[YOUNG] * 20]
    groups = ["writing"] * 20 + ["law"] * 20
    found = against_occupation(profiles, groups)
    assert list(found) == [*KINDS, "gender_lean"]
    age = found["age"]
    assert age.percentiles[19] == pytest.approx(97.5)
    assert age.percentiles[0] == pytest.approx(47.5)
    assert set(age.percentiles[20:].tolist()) == {50.0}
    assert age.rates[19] == age.rates[25]
    assert set(age.reasons) == {""}


def test_a_small_group_has_no_percentile_and_says_so() -> None:
    profiles = [PLAIN] * FEWEST_ADS + [YOUNG] * 3
    found = against_occupation(profiles, ["a"] * FEWEST_ADS + ["b"] * 3)["age"]
    assert np.isnan(found.percentiles[-3:]).all()
    assert found.reasons[-1] == "too few ads: 3, needs 20"
    assert found.group_sizes.tolist() == [20] * 20 + [3] * 3


def test_ads_without_words_do_not_count() -> None:
    found = against_occupation([PLAIN] * 19 + [EMPTY], ["a"] * 20)["age"]
    assert math.isnan(found.percentiles[0])
    assert found.reasons[-1] == "the ad has no words"
    assert found.reasons[0] == "too few ads: 19, needs 20"
    enough = against_occupation([PLAIN] * 20 + [EMPTY], ["a"] * 21)["age"]
    assert enough.percentiles[0] == 50
    assert math.isnan(enough.percentiles[-1])


def test_groups_must_match_profiles() -> None:
    with pytest.raises(MeasureError, match="one group for each ad"):
        against_occupation([PLAIN], [])


def test_no_ads_give_empty_results() -> None:
    assert against_occupation([], [])["age"].percentiles.shape == (0,)
