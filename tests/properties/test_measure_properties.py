"""What must hold of the measures whatever the lists."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.counts import (
    Selection,
    count_selection,
    encode_labels,
    lists_of,
    ndcg,
    precision,
    prepare_lists,
    recall,
    reciprocal_rank,
    relabelled_counts,
    weighted_counts,
)
from evenhand.measure.families.lists import ndkl, paper_ratios, skew
from evenhand.measure.figure import holm
from evenhand.measure.ratio import Contrast, Ratio, macro_ratio, mantel_haenszel
from evenhand.measure.resample import permutation_strata, permuted_codes
from evenhand.measure.study import count_exposure

# A busy machine is no failure.
patiently = settings(deadline=None)
FEMALE, MALE = Contrast("f", "m"), Contrast("m", "f")


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    """Counts of women, men and unknown people in up to six ads."""
    rows = draw(st.integers(1, 6))
    pool = [[draw(st.integers(0, 12)) for _ in range(3)] for _ in range(rows)]
    selected = [[draw(st.integers(0, size)) for size in row] for row in pool]
    ids = tuple(str(row) for row in range(rows))
    return Selection(("f", "m", ""), np.array(selected), np.array(pool), ids)


@dataclass(frozen=True)
class Lists:
    """Rankings with qualification and labels."""

    rankings: Rankings
    qualified: BoolArray
    labels: np.ndarray
    k: int


@st.composite
def ranked(draw: st.DrawFn) -> Lists:
    """Lists of up to five ads over up to fifteen people, with padding."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people, jobs = draw(st.integers(2, 15)), draw(st.integers(1, 5))
    length = draw(st.integers(1, people))
    positions = np.stack([rng.permutation(people)[:length] for _ in range(jobs)])
    scores = np.tile(-np.arange(float(length)), (jobs, 1))
    for row in range(jobs):
        filled = draw(st.integers(1, length))
        positions[row, filled:], scores[row, filled:] = -1, np.nan
    ids = tuple(f"p{index}" for index in range(people))
    rankings = Rankings(tuple(f"j{row}" for row in range(jobs)), ids, positions, scores)
    labels = rng.choice(["f", "m", "x", ""], people)
    return Lists(rankings, rng.random((jobs, people)) < 0.6, labels, draw(st.integers(1, length)))


def _same(first: Ratio, second: Ratio) -> None:
    assert first.value == pytest.approx(second.value, nan_ok=True)
    assert first.corrected_log == pytest.approx(second.corrected_log, nan_ok=True, abs=1e-12)


def _stacked(*parts: Selection) -> Selection:
    selected = np.concatenate([part.selected for part in parts])
    pool = np.concatenate([part.pool for part in parts])
    return Selection(parts[0].groups, selected, pool, tuple(str(i) for i in range(len(pool))))


@patiently
@given(selections())
def test_swapping_the_sides_inverts_r(counted):
    straight, turned = mantel_haenszel(counted, FEMALE), mantel_haenszel(counted, MALE)
    assert straight.corrected_log == pytest.approx(-turned.corrected_log, nan_ok=True)
    if straight.value > 0:
        assert turned.value == pytest.approx(1 / straight.value) or math.isnan(turned.value)


@patiently
@given(selections(), st.integers(0, 5))
def test_one_more_person_of_the_group_never_lowers_r(counted, row):
    row %= len(counted.pool)
    counted.pool[row, 0] = max(counted.pool[row, 0], counted.selected[row, 0] + 1)
    more = replace(counted, selected=counted.selected.copy())
    more.selected[row, 0] += 1
    before, after = mantel_haenszel(counted, FEMALE), mantel_haenszel(more, FEMALE)
    if not math.isnan(before.value):
        assert after.value >= before.value - 1e-12
        if counted.pool[row, 1]:
            assert after.value > before.value


@patiently
@given(selections(), st.randoms(use_true_random=False))
def test_the_order_of_ads_and_repeating_all_of_them_change_nothing(counted, random):
    order = list(range(len(counted.pool)))
    random.shuffle(order)
    shuffled = replace(counted, selected=counted.selected[order], pool=counted.pool[order])
    _same(mantel_haenszel(shuffled, FEMALE), mantel_haenszel(counted, FEMALE))
    twice = mantel_haenszel(_stacked(counted, counted), FEMALE)
    assert twice.value == pytest.approx(mantel_haenszel(counted, FEMALE).value, nan_ok=True)


@patiently
@given(selections(), st.integers(1, 4))
def test_ads_of_the_same_composition_may_be_merged(counted, times):
    scaled = replace(counted, selected=counted.selected * times, pool=counted.pool * times)
    merged = replace(
        counted,
        selected=counted.selected + scaled.selected,
        pool=counted.pool + scaled.pool,
    )
    apart = mantel_haenszel(_stacked(counted, scaled), FEMALE)
    assert mantel_haenszel(merged, FEMALE).value == pytest.approx(apart.value, nan_ok=True)


@patiently
@given(selections(), st.integers(0, 20))
def test_unknown_people_and_ads_of_one_side_change_nothing(counted, unknown):
    more = replace(counted, pool=counted.pool + np.array([0, 0, unknown]))
    _same(mantel_haenszel(more, FEMALE), mantel_haenszel(counted, FEMALE))
    one_sided = Selection(counted.groups, np.array([[3, 0, 1]]), np.array([[9, 0, 2]]), ("z",))
    _same(mantel_haenszel(_stacked(counted, one_sided), FEMALE), mantel_haenszel(counted, FEMALE))


@patiently
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=6))
def test_the_macro_ratio_lies_between_the_groups(logs):
    ratios = {str(i): Ratio(math.exp(log), log) for i, log in enumerate(logs)}
    macro = macro_ratio(ratios).value
    assert math.exp(min(logs)) - 1e-9 <= macro <= math.exp(max(logs)) + 1e-9


@patiently
@given(ranked(), st.randoms(use_true_random=False))
def test_the_order_of_people_changes_nothing(lists, random):
    order = list(range(len(lists.labels)))
    random.shuffle(order)
    where = np.argsort(order)
    positions = np.where(lists.rankings.positions < 0, -1, where[lists.rankings.positions])
    ids = tuple(lists.rankings.candidate_ids[index] for index in order)
    moved = Rankings(lists.rankings.query_ids, ids, positions, lists.rankings.scores)
    qualified, labels = lists.qualified[:, order], lists.labels[order]
    first = count_selection(lists.rankings, lists.qualified, lists.labels, lists.k)
    second = count_selection(moved, qualified, labels, lists.k)
    assert (first.selected == second.selected).all()
    assert (first.pool == second.pool).all()
    for measure in (ndcg, reciprocal_rank, recall, precision):
        before = measure(lists.rankings, lists.qualified, lists.k)
        assert measure(moved, qualified, lists.k) == pytest.approx(before, nan_ok=True)
    before = ndkl(lists_of(lists.rankings, lists.qualified, lists.labels, lists.k))
    assert ndkl(lists_of(moved, qualified, labels, lists.k)) == pytest.approx(before, nan_ok=True)


@patiently
@given(ranked())
def test_bounds(lists):
    for measure in (ndcg, reciprocal_rank, recall, precision):
        values = measure(lists.rankings, lists.qualified, lists.k)
        assert (np.isnan(values) == ~lists.qualified.any(axis=1)).all()
        defined = values[~np.isnan(values)]
        assert ((defined >= 0) & (defined <= 1 + 1e-12)).all()
    counted = count_selection(lists.rankings, lists.qualified, lists.labels, lists.k)
    assert (counted.selected <= counted.pool).all()
    assert counted.selected.sum(axis=1).max() <= lists.k
    divergence = ndkl(lists_of(lists.rankings, lists.qualified, lists.labels, lists.k))
    shown = counted.selected[:, :-1].sum(axis=1) > 0
    assert (np.isnan(divergence) == ~shown).all()
    assert (divergence[shown] >= -1e-12).all()
    means = count_exposure(lists_of(lists.rankings, lists.qualified, lists.labels, lists.k)).means
    rates = counted.rates
    assert (np.nan_to_num(means) <= np.nan_to_num(rates) + 1e-12).all()


@patiently
@given(ranked())
def test_the_papers_ratio_and_its_chance_lie_between_0_and_1(lists):
    labels = lists.labels.copy()
    labels[0] = "f"
    length = lists.rankings.k
    paper = paper_ratios(lists.rankings, labels, retrieved=length, selected=lists.k)
    for values in (paper.ratios, paper.chance):
        defined = values[~np.isnan(values)]
        assert ((defined >= 0) & (defined <= 1 + 1e-12)).all()
    assert (np.isnan(paper.ratios) == np.isnan(paper.chance)).all()
    best = paper.ratios.max(axis=1)
    assert (best[~np.isnan(best)] == 1).all()


@patiently
@given(ranked())
def test_moving_qualified_people_up_never_lowers_quality(lists):
    positions = lists.rankings.positions.copy()
    for row, places in enumerate(positions):
        hits = (places >= 0) & lists.qualified[row, places]
        positions[row] = places[np.argsort(np.where(places < 0, 2, ~hits), kind="stable")]
    better = replace(lists.rankings, positions=positions)
    for measure in (ndcg, reciprocal_rank, recall, precision):
        before = np.nan_to_num(measure(lists.rankings, lists.qualified, lists.k))
        after = np.nan_to_num(measure(better, lists.qualified, lists.k))
        assert (after >= before - 1e-12).all()


@patiently
@given(ranked())
def test_exposure_of_equal_attention_is_r(lists):
    # At k = 1 every place is worth the same, so exposure is selection.
    labels = lists.labels.copy()
    labels[:2] = ["f", "m"]
    counted = count_selection(lists.rankings, lists.qualified, labels, 1)
    exposure = count_exposure(lists_of(lists.rankings, lists.qualified, labels, 1))
    _same(exposure.ratio(FEMALE), mantel_haenszel(counted, FEMALE))


@patiently
@given(ranked())
def test_recounting_with_the_same_people_is_counting(lists):
    groups = encode_labels(lists.labels)
    counted = count_selection(lists.rankings, lists.qualified, lists.labels, lists.k)
    prepared = prepare_lists(lists.rankings, lists.qualified, groups, lists.k)
    selected, pool = weighted_counts(prepared, np.ones((1, len(lists.labels)), dtype=int))
    assert (selected[0] == counted.selected).all()
    assert (pool[0] == counted.pool).all()
    assert (relabelled_counts(prepared, groups.codes[None])[0] == counted.selected).all()


@patiently
@given(ranked(), st.integers(0, 1000))
def test_shuffled_labels_keep_every_pool(lists, seed):
    groups = encode_labels(lists.labels)
    strata = permutation_strata(lists.qualified, groups)
    for codes in permuted_codes(groups, strata, 3, seed):
        labels = np.array(groups.columns)[codes]
        for row in lists.qualified:
            assert sorted(labels[row]) == sorted(lists.labels[row])
        assert ((labels == "") == (lists.labels == "")).all()


@patiently
@given(selections(), st.floats(0.01, 50))
def test_smoothing_pulls_skew_towards_zero(counted, prior):
    plain, smooth = skew(counted), skew(counted, prior=prior)
    defined = ~np.isnan(plain)
    assert (np.isfinite(smooth) == defined).all()
    assert (np.abs(smooth[defined]) <= np.abs(plain[defined]) + 1e-12).all()


@patiently
@given(st.lists(st.floats(0, 1), max_size=12), st.randoms(use_true_random=False))
def test_holm_adjusts_upwards_and_keeps_the_order(p_values, random):
    adjusted = holm(p_values)
    assert (adjusted >= np.array(p_values)).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p_values)]) >= 0).all()
    order = list(range(len(p_values)))
    random.shuffle(order)
    assert holm([p_values[index] for index in order]).tolist() == adjusted[order].tolist()
