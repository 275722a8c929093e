"""Properties of text profiles, percentiles and stem counts that hold for every text."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.language.style import KINDS, STEM_LISTS, mid_rank_percentiles, profile, stem_counts

WORDS = st.sampled_from(
    """We you the a maps must not young ambitious rockstar warm US citizen dominant 5+ years degree
    Porto , . ! \n - • $80k salary remote required plus: Requirements: interpersonal skills he/she
    driver's license 🙂 bachelor's of experience competitive salary""".split(" ")
)
ADS = st.one_of(st.lists(WORDS, max_size=40).map(" ".join), st.text(max_size=120))
FIXED = settings(max_examples=50, deadline=None)
RATES = st.lists(st.integers(0, 6), min_size=1, max_size=40)


@FIXED
@given(ADS)
def test_a_profile_is_exact_and_never_counts_a_character_twice(ad: str) -> None:
    one = profile(ad)
    assert all(ad[s.start : s.end] == s.text and s.kind in KINDS for s in one.found)
    assert all(a.end <= b.start for a, b in pairwise(one.found))
    assert sum(one.counts.values()) == len(one.found)
    asked, terms = one.requirements, one.presence
    readings = [*asked.readings, *terms.place, *terms.remote, *terms.equal_opportunity]
    assert all(ad[r.start : r.end] == r.text for r in readings)
    assert asked == profile(ad).requirements


@FIXED
@given(ADS)
def test_an_ad_twice_has_twice_the_counts_and_the_same_rates(ad: str) -> None:
    once, twice = profile(ad), profile(f"{ad}\n\n{ad}")
    if not any(s.kind == "pronoun" for s in once.found):
        assert twice.words == 2 * once.words
        once_counts = {k: 2 * n for k, n in once.counts.items() if k != "pronoun"}
        assert {k: n for k, n in twice.counts.items() if k != "pronoun"} == once_counts


@FIXED
@given(RATES, st.randoms(use_true_random=False))
def test_percentiles_follow_the_ads_and_keep_their_order(rates: list[int], random: object) -> None:
    values = np.array(rates, dtype=float)
    found = mid_rank_percentiles(values)
    assert ((found > 0) & (found < 100)).all()
    assert found.mean() == pytest.approx(50)
    order = np.random.default_rng(len(rates)).permutation(len(rates))
    assert mid_rank_percentiles(values[order]) == pytest.approx(found[order])
    assert (np.diff(found[np.argsort(values, kind="stable")]) >= 0).all()


@FIXED
@given(st.text(max_size=80), st.sampled_from(sorted(STEM_LISTS)))
def test_the_modes_are_nested(text: str, name: str) -> None:
    stems = STEM_LISTS[name]
    inside = stem_counts([text], stems, "substring")[0, 0]
    start = stem_counts([text], stems, "word_start")[0, 0]
    assert start <= inside
    once = stem_counts([text], stems, "token")[0]
    assert once[0] <= once[1]
