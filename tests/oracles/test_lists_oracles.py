"""Measures of lists and exposure against libraries that others wrote."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, hypergeom, norm
from scipy.stats.contingency import relative_risk

from evenhand.match.protocol import Rankings
from evenhand.measure.counts import count_prefixes, lists_of
from evenhand.measure.families.attention import (
    Variant,
    awrf,
    equity_of_attention,
    favoured_pairs,
    impact,
    treatment,
)
from evenhand.measure.families.lists import (
    hypergeometric_table,
    least_prefix_p,
    ndkl,
    prefix_p,
    whole_list_null,
)
from evenhand.measure.families.ratios import top_k_ratio
from evenhand.measure.ratio import Contrast
from evenhand.measure.study import count_exposure

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pd = pytest.importorskip("pandas", reason="FairRankTune takes pandas frames")
    peer = pytest.importorskip("FairRankTune.Metrics", reason="FairRankTune isn't installed")
    hyperfair = pytest.importorskip("hyperfair.hyperfair", reason="hyperfair isn't installed")


def _one_list(people: int) -> Rankings:
    order = np.arange(people)[None]
    ids = tuple(f"p{index}" for index in range(people))
    return Rankings(("j",), ids, order, -order.astype(float))


def _full_list(seed: int, people: int = 12):
    """One list of everybody, labels of two values, relevance, and the same as the peer takes it."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.array(["a"] * 5 + ["b"] * (people - 5)))
    relevance = rng.uniform(0.05, 1.0, people)
    frame = pd.DataFrame([f"p{index}" for index in range(people)])
    groups = {f"p{index}": str(label) for index, label in enumerate(labels)}
    return _one_list(people), labels, relevance[None], frame, groups


def _smaller(ratio: float) -> float:
    return min(ratio, 1 / ratio)


@pytest.mark.parametrize("seed", range(4))
def test_exposure_ratios_are_those_of_fairranktune_on_one_full_list(seed):
    rankings, labels, relevance, frame, groups = _full_list(seed)
    everybody = np.ones_like(relevance, dtype=bool)
    pair = Contrast("a", "b")
    frame_of_relevance = pd.DataFrame(relevance[0])

    parity = count_exposure(lists_of(rankings, everybody, labels, 12)).ratio(pair).value
    theirs, _ = peer.EXP(frame, groups, "MinMaxRatio")
    assert _smaller(parity) == pytest.approx(theirs, rel=1e-12)

    treated = treatment(rankings, relevance, labels, 12).ratio(pair).value
    theirs, _ = peer.EXPU(frame, groups, frame_of_relevance, "MinMaxRatio")
    assert _smaller(treated) == pytest.approx(theirs, rel=1e-12)

    clicks = np.random.default_rng(seed).uniform(0.1, 0.9, (1, 12))
    earned = impact(rankings, relevance, labels, 12, clicks).ratio(pair).value
    theirs, _ = peer.EXPRU(
        frame, groups, frame_of_relevance, pd.DataFrame(clicks[0]), "MinMaxRatio"
    )
    assert _smaller(earned) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_favoured_pairs_are_those_of_arp_on_one_full_list(seed):
    rankings, labels, relevance, frame, groups = _full_list(seed)
    everybody = np.ones_like(relevance, dtype=bool)
    ours = favoured_pairs(count_prefixes(lists_of(rankings, everybody, labels, 12)))[0]
    _, theirs = peer.ARP(frame, groups, "MaxMinDiff")
    assert ours.tolist() == pytest.approx([theirs["a"], theirs["b"]], rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_ndkl_is_that_of_fairranktune_on_one_full_list(seed):
    rankings, labels, relevance, frame, groups = _full_list(seed)
    everybody = np.ones_like(relevance, dtype=bool)
    # The peer adds 1e-7 to every share.
    ours = ndkl(lists_of(rankings, everybody, labels, 12))[0]
    assert ours == pytest.approx(peer.NDKL(frame, groups), abs=5e-6)


def test_fairranktune_calls_a_list_of_one_group_fair_and_we_do_not():
    labels = np.array(["a"] * 5 + ["b"] * 5)
    ours = ndkl(lists_of(_one_list(10), np.ones((1, 10), dtype=bool), labels, 5))[0]
    top = pd.DataFrame([f"p{index}" for index in range(5)])
    groups = {f"p{index}": str(label) for index, label in enumerate(labels)}
    # It takes the target shares from the list itself, where everybody is an a.
    assert peer.NDKL(top, groups) == pytest.approx(0.0, abs=1e-9)
    assert ours == pytest.approx(np.log(2))


def test_fairranktune_stops_at_the_first_list_and_does_not_scale():
    relevance = np.array([[1.0, 0.8, 0.6, 0.4, 0.2, 0.1]])
    order = np.array([np.arange(6), np.arange(6)[::-1]])
    ids = tuple(f"p{index}" for index in range(6))
    both = Rankings(("j", "k"), ids, order, -np.tile(np.arange(6.0), (2, 1)))
    frame = pd.DataFrame(np.array(ids)[order].T)
    merit = pd.DataFrame({0: relevance[0], 1: relevance[0][::-1]})
    first = peer.IAA(frame[[0]], merit[[0]])
    # Its loop returns inside the first round, so that the second list changes nothing, and
    # attention (which adds up to 3.30) is set against relevance (which adds up to 3.10) unscaled.
    assert peer.IAA(frame, merit) == first == pytest.approx(0.742807, abs=5e-7)
    ours = equity_of_attention(both, np.tile(relevance, (2, 1)), 6)
    assert ours.over(np.array([True, False]))[0] == pytest.approx(0.258738, abs=5e-7)
    assert ours.value == pytest.approx(1.096774, abs=5e-7)


def test_awrf_of_fairranktune_is_another_thing_of_the_same_name():
    labels = np.array(list("MMMFFF"))
    frame = pd.DataFrame([f"p{index}" for index in range(6)])
    groups = {f"p{index}": str(label) for index, label in enumerate(labels)}
    theirs, by_group = peer.AWRF(frame, groups, 0.5, "MinMaxRatio")
    # A hundred times the mean geometric attention of a group, and the ratio of the groups' means.
    assert by_group["M"] == pytest.approx(100 * 0.875 / 3)
    assert theirs == pytest.approx(0.125)
    codes = (labels == "M").astype(int)[None]
    ours = awrf(codes, np.ones((1, 6), bool), np.array([[3, 3]]), Variant("geometric"))
    assert ours[0] == pytest.approx(1 - jensenshannon([8 / 9, 1 / 9], [0.5, 0.5]) ** 2)


@pytest.mark.parametrize("seed", range(3))
def test_awrf_is_made_of_the_distances_of_scipy(seed):
    rng = np.random.default_rng(seed)
    pool = rng.integers(1, 9, (1, 4))
    codes = rng.integers(0, 4, (1, 15))
    everybody = np.ones((1, 15), dtype=bool)
    worth = 1 / np.log2(np.maximum(np.arange(1, 16), 2))
    shares = np.bincount(codes[0], weights=worth, minlength=4) / worth.sum()
    target = pool[0] / pool.sum()
    wanted = {
        "jsd": jensenshannon(shares, target) ** 2,
        "js_distance": jensenshannon(shares, target, base=2),
        "kl": entropy(shares, target),
        "l1": np.abs(shares - target).sum() / 2,
    }
    for distance, expected in wanted.items():
        found = awrf(codes, everybody, pool, Variant("trec", "pool", distance))
        assert found[0] == pytest.approx(1 - expected, rel=1e-12), distance


@pytest.mark.parametrize(("people", "group"), [(10, 5), (37, 4), (500, 260), (4000, 30)])
def test_prefix_p_values_are_those_of_scipy(people, group):
    k = min(people, 50)
    place, count = np.arange(1, k + 1)[:, None], np.arange(k + 1)[None]
    possible = count <= place
    for side, expected in (
        ("lower", hypergeom.cdf(count, people, group, place)),
        ("upper", hypergeom.sf(count - 1, people, group, place)),
    ):
        ours = hypergeometric_table(people, group, k, side)
        np.testing.assert_allclose(ours[possible], expected[possible], rtol=1e-8, atol=1e-12)


def _golden(k: int):
    labels = np.array(list("0000101111"))
    return count_prefixes(lists_of(_one_list(10), np.ones((1, 10), dtype=bool), labels, k))


def test_the_prefix_test_is_that_of_hyperfair():
    sequence = np.array([0, 0, 0, 0, 1, 0, 1, 1, 1, 1])
    for place in range(1, 10):
        ours = prefix_p(_golden(10))[0, place - 1, 1]
        theirs = hyperfair.measure_fairness_single_point(sequence, place)
        assert ours == pytest.approx(theirs, rel=1e-10)
    prefixes = _golden(5)
    ours = whole_list_null(prefixes, 0, draws=20_000).p_values(prefixes)[0, 1]
    theirs, _ = hyperfair.measure_fairness_multiple_points(sequence, 5, n_exp=20_000, seed=0)
    assert ours == pytest.approx(5 / 210, abs=0.004)
    assert theirs == pytest.approx(5 / 210, abs=0.004)


def test_hyperfair_breaks_a_tie_of_p_values_by_rounding_and_we_do_not():
    """Over ten places: nobody in four and one in six are equally unlikely, 5 in 210."""
    prefixes = _golden(10)
    least = least_prefix_p(prefixes)[0, 1]
    hits = 0
    for members in itertools.combinations(range(10), 5):
        counts = np.cumsum(np.isin(np.arange(10), members))
        p = hypergeom.cdf(counts, 10, 5, np.arange(1, 11))
        hits += p.min() <= least * (1 + 1e-9)
    exact = hits / 252
    assert exact == pytest.approx(10 / 252)
    ours = whole_list_null(prefixes, 0, draws=20_000).p_values(prefixes)[0, 1]
    assert ours == pytest.approx(exact, abs=0.004)
    sequence = np.array([0, 0, 0, 0, 1, 0, 1, 1, 1, 1])
    theirs, _ = hyperfair.measure_fairness_multiple_points(sequence, 10, n_exp=20_000, seed=0)
    assert theirs == pytest.approx(6 / 252, abs=0.004)


def test_the_interval_of_independent_pairs_is_that_of_scipy():
    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b"], 200)
    order = np.stack([rng.permutation(200)[:40] for _ in range(3)])
    rankings = Rankings(
        ("i", "j", "k"), tuple(map(str, range(200))), order, -np.tile(np.arange(40.0), (3, 1))
    )
    found = top_k_ratio(lists_of(rankings, np.ones((3, 200), bool), labels, 40), Contrast("a", "b"))
    (x, y), (n, m) = found.selected, found.units
    expected = relative_risk(x, n, y, m)
    assert found.value == pytest.approx(expected.relative_risk)
    interval = expected.confidence_interval(0.95)
    assert found.intervals["pairs"] == pytest.approx((interval.low, interval.high))
    assert found.errors["pairs"] * norm.ppf(0.975) == pytest.approx(
        np.log(interval.high / expected.relative_risk)
    )
