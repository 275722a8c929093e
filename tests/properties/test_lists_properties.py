"""What must hold of list and exposure measures whatever the lists are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.counts import (
    Prefixes,
    count_prefixes,
    count_selection,
    encode_labels,
    lists_of,
)
from evenhand.measure.families.attention import (
    TREC,
    Variant,
    awrf,
    equity_of_attention,
    expected_exposure,
    exposure_of_people,
    favoured_pairs,
    impact,
    pairwise_accuracy,
    target_of_people,
    treatment,
)
from evenhand.measure.families.lists import (
    Cuts,
    extreme_skew,
    infeasible_count,
    infeasible_index,
    least_prefix_p,
    ndkl,
    prefix_p_at_end,
    rkl,
    rnd,
    rrd,
    whole_list_null,
)
from evenhand.measure.families.ratios import distinct_top_k_ratio, pooled_ratio, top_k_ratio
from evenhand.measure.ratio import Contrast
from evenhand.measure.study import count_exposure

SEEDS = st.integers(0, 2**32 - 1)
STEP = Cuts(2)
PAIR = Contrast("a", "b")


@dataclass
class Lists:
    """Lists of any length (padded), people of three values and unknown, some of them qualified."""

    rankings: Rankings
    qualified: BoolArray
    labels: np.ndarray
    relevance: np.ndarray
    k: int

    @property
    def given(self) -> tuple:
        return self.rankings, self.qualified, self.labels, self.k

    @property
    def prefixes(self) -> Prefixes:
        return count_prefixes(lists_of(*self.given))


def _lists(seed: int) -> Lists:
    rng = np.random.default_rng(seed)
    ads, people = int(rng.integers(1, 5)), int(rng.integers(2, 16))
    k = int(rng.integers(1, people + 1))
    order = np.stack([rng.permutation(people)[:k] for _ in range(ads)])
    length = rng.integers(0, k + 1, (ads, 1))
    order[np.arange(k) >= length] = -1
    labels = rng.choice(["a", "b", "c", ""], people, p=[0.4, 0.4, 0.1, 0.1])
    return _made(order, rng.random((ads, people)) < 0.7, labels, rng.integers(0, 3, (ads, people)))


def _made(order, qualified, labels, relevance) -> Lists:
    ads, people = qualified.shape
    scores = np.where(order >= 0, -np.arange(order.shape[1]), np.nan)
    jobs, ids = tuple(f"j{i}" for i in range(ads)), tuple(f"p{i}" for i in range(people))
    rankings = Rankings(jobs, ids, order, scores)
    return Lists(rankings, qualified, labels, relevance, order.shape[1])


def _by_value(lists: Lists) -> dict[str, np.ndarray]:
    """Measures with a column a value."""
    prefixes = lists.prefixes
    groups = encode_labels(lists.labels)
    accuracy = (
        pairwise_accuracy(
            lists.rankings, lists.relevance, groups.codes, len(groups.values), lists.k
        )
        if groups.values
        else np.zeros((len(lists.qualified), 0))
    )
    return {
        "rnd": rnd(prefixes, STEP),
        "rkl": rkl(prefixes, STEP),
        "rrd": rrd(prefixes, STEP),
        "lower": prefix_p_at_end(prefixes),
        "upper": prefix_p_at_end(prefixes, "upper"),
        "least": least_prefix_p(prefixes),
        "favoured": favoured_pairs(prefixes),
        "accuracy": accuracy,
    }


def _by_ad(lists: Lists) -> dict[str, np.ndarray]:
    """Measures with one number an ad."""
    prefixes = lists.prefixes
    skews = extreme_skew(prefixes)
    target = target_of_people(lists.relevance, lists.k)
    expected = expected_exposure(exposure_of_people(lists.rankings, lists.k), target)
    return {
        "ndkl": ndkl(lists_of(*lists.given)),
        "index": infeasible_index(prefixes),
        "count": infeasible_count(prefixes),
        "least skew": skews.smoothed_least,
        "greatest skew": skews.smoothed_greatest,
        "awrf": _awrf(lists),
        "awrf l1": _awrf(lists, Variant("geometric", "uniform", "l1")),
        "loss": expected.loss,
        "disparity": expected.disparity,
        "relevance": expected.relevance,
    }


def _awrf(lists: Lists, variant: Variant = TREC) -> np.ndarray:
    prefixes = lists.prefixes
    codes = np.where(prefixes.shown, prefixes.groups.codes[prefixes.people], -1)
    return awrf(codes, prefixes.shown, prefixes.pool, variant)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_bounds(seed):
    lists = _lists(seed)
    for name, values in _by_value(lists).items():
        known = values[~np.isnan(values)]
        assert ((known >= 0) & (known <= 1 + 1e-12)).all(), name
    found = _by_ad(lists)
    places = lists.prefixes.length
    with np.errstate(invalid="ignore"):
        assert not (found["ndkl"] < -1e-12).any()
        assert not (found["index"] > places).any()
        assert not (found["count"] < found["index"]).any()
        assert not (found["least skew"] > 1e-12).any()
        assert not (found["greatest skew"] < -1e-12).any()
        assert not (found["awrf"] > 1).any()
        assert not (found["awrf"] < 1 - np.log(2) - 1e-12).any()
        assert not ((found["awrf l1"] < -1e-12) | (found["awrf l1"] > 1)).any()
        assert not (found["loss"] < -1e-12).any()
    equity = equity_of_attention(lists.rankings, lists.relevance, lists.k)
    assert np.isnan(equity.share) or 0 <= equity.share <= 1 + 1e-12


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_renaming_groups_moves_values_and_changes_none(seed):
    lists = _lists(seed)
    names = {"a": "z", "b": "y", "c": "x", "": ""}
    renamed = Lists(
        lists.rankings,
        lists.qualified,
        np.array([names[str(label)] for label in lists.labels]),
        lists.relevance,
        lists.k,
    )
    columns, numbers = _by_value(renamed), _by_ad(renamed)
    for name, values in _by_value(lists).items():
        np.testing.assert_allclose(columns[name][:, ::-1], values, atol=1e-12, err_msg=name)
    for name, values in _by_ad(lists).items():
        np.testing.assert_allclose(numbers[name], values, atol=1e-12, err_msg=name)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_the_order_of_the_pool_changes_nothing(seed):
    lists = _lists(seed)
    people = lists.qualified.shape[1]
    old = np.random.default_rng(seed).permutation(people)  # person now at i was at old[i]
    new = np.append(np.argsort(old), -1)
    order = lists.rankings.positions
    moved = _made(new[order], lists.qualified[:, old], lists.labels[old], lists.relevance[:, old])
    found = {**_by_value(moved), **_by_ad(moved)}
    for name, values in {**_by_value(lists), **_by_ad(lists)}.items():
        np.testing.assert_allclose(found[name], values, atol=1e-12, err_msg=name)
    if {"a", "b"} <= set(lists.labels.tolist()):
        ours, theirs = (
            top_k_ratio(lists_of(*lists.given), PAIR),
            top_k_ratio(lists_of(*moved.given), PAIR),
        )
        np.testing.assert_allclose(ours.value, theirs.value)
        for clusters, interval in ours.intervals.items():
            np.testing.assert_allclose(interval, theirs.intervals[clusters])
        for measure in (treatment, impact):
            np.testing.assert_allclose(
                measure(lists.rankings, lists.relevance, lists.labels, lists.k).ratio(PAIR).value,
                measure(moved.rankings, moved.relevance, moved.labels, moved.k).ratio(PAIR).value,
            )


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_a_list_given_twice_keeps_means_and_ratios(seed):
    lists = _lists(seed)
    twice = _made(
        np.tile(lists.rankings.positions, (2, 1)),
        np.tile(lists.qualified, (2, 1)),
        lists.labels,
        np.tile(lists.relevance, (2, 1)),
    )
    found = {**_by_value(twice), **_by_ad(twice)}
    for name, values in {**_by_value(lists), **_by_ad(lists)}.items():
        both = np.concatenate([values, values])
        np.testing.assert_allclose(found[name], both, atol=1e-12, err_msg=name)
    equity = equity_of_attention(lists.rankings, lists.relevance, lists.k)
    doubled = equity_of_attention(twice.rankings, twice.relevance, twice.k)
    np.testing.assert_allclose(doubled.share, equity.share)
    if {"a", "b"} <= set(lists.labels.tolist()):
        for ratio in (top_k_ratio, distinct_top_k_ratio):
            once = ratio(lists_of(*lists.given), PAIR)
            again = ratio(lists_of(*twice.given), PAIR)
            np.testing.assert_allclose(again.value, once.value)
        # Copies tell nothing new of people, though independent pairs would seem to.
        once, again = (
            top_k_ratio(lists_of(*lists.given), PAIR),
            top_k_ratio(lists_of(*twice.given), PAIR),
        )
        if once.errors:
            np.testing.assert_allclose(again.errors["people"], once.errors["people"], atol=1e-12)
            np.testing.assert_allclose(again.errors["pairs"], once.errors["pairs"] / 2**0.5)
        pooled = pooled_ratio(count_selection(*lists.given), PAIR)
        copied = pooled_ratio(count_selection(*twice.given), PAIR)
        np.testing.assert_allclose(copied.value, pooled.value)
        np.testing.assert_allclose(copied.composition, pooled.composition)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_moving_one_of_a_group_up_never_lowers_what_the_group_gets(seed):
    lists = _lists(seed)
    order = lists.rankings.positions.copy()
    lists.labels[lists.labels == "c"] = "b"
    if not {"a", "b"} <= set(lists.labels.tolist()):
        return
    groups = encode_labels(lists.labels)
    for row in order:
        for place in range(1, int((row >= 0).sum())):
            if lists.labels[row[place]] == "a" and lists.labels[row[place - 1]] != "a":
                row[place - 1], row[place] = row[place], row[place - 1]
                break
    raised = _made(order, lists.qualified, lists.labels, lists.relevance)
    assert groups.values == ("a", "b")
    before, after = count_exposure(lists_of(*lists.given)), count_exposure(lists_of(*raised.given))
    assert (after.sums[0][:, 0] >= before.sums[0][:, 0] - 1e-12).all()
    with np.errstate(invalid="ignore"):
        gain = favoured_pairs(raised.prefixes) - favoured_pairs(lists.prefixes)
        assert not (gain[:, 0] < -1e-12).any()
        p = least_prefix_p(raised.prefixes) - least_prefix_p(lists.prefixes)
        assert not (p[:, 0] < -1e-12).any()
        # Nearer to a target of a alone, farther from one of b alone.
        for target, sign in (((1.0, 0.0), 1.0), ((0.0, 1.0), -1.0)):
            variant = Variant("log", target, "l1")
            change = sign * (_places_awrf(raised, variant) - _places_awrf(lists, variant))
            assert not (change < -1e-12).any()


def _places_awrf(lists: Lists, variant: Variant) -> np.ndarray:
    """AWRF with places numbered as shown, as the figures take it."""
    groups = encode_labels(lists.labels)
    order = lists.rankings.positions
    rows = np.arange(len(order))[:, None]
    counted = (order >= 0) & lists.qualified[rows, order] & (groups.codes[order] < 2)
    pool = (lists.qualified.astype(float) @ groups.indicators()[:, :-1]).astype(int)
    return awrf(groups.codes[order], counted, pool, variant)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_favoured_pairs_of_two_groups_add_up_to_1(seed):
    lists = _lists(seed)
    lists.labels[lists.labels == "c"] = "b"
    found = favoured_pairs(lists.prefixes)
    if found.shape[1] == 2:
        known = ~np.isnan(found[:, 0])
        np.testing.assert_allclose(found[known].sum(axis=1), 1.0)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_whole_list_p_values_are_no_smaller_than_the_draws_allow(seed):
    prefixes = _lists(seed).prefixes
    p = whole_list_null(prefixes, 0, draws=20).p_values(prefixes)
    known = p[~np.isnan(p)]
    assert ((known >= 1 / 21) & (known <= 1)).all()
    np.testing.assert_array_equal(np.isnan(p), np.isnan(least_prefix_p(prefixes)))


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_composition_equals_1_where_all_stand_before_the_same_ads(seed):
    rng = np.random.default_rng(seed)
    lists = _lists(seed)
    lists.qualified[:] = rng.random(lists.qualified.shape[1]) < 0.8
    if {"a", "b"} <= set(lists.labels.tolist()):
        found = pooled_ratio(count_selection(*lists.given), PAIR)
        if not np.isnan(found.composition):
            np.testing.assert_allclose(found.composition, 1.0)
            np.testing.assert_allclose(found.value, found.stratified)
