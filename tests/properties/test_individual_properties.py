"""What must hold of the measures of single candidates and ads whatever the lists."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.measure.families.ads import (
    atkinson,
    atkinson_parts,
    coefficient_of_variation,
    gini_jobs,
    pairwise_unfairness,
    standard_deviation,
    worst_quartile,
)
from evenhand.measure.families.people import MEASURES, Relevant, Shown, better_worse_off
from evenhand.measure.families.quality import jaccard, kendall_tau, rank_biased_overlap
from evenhand.measure.resample import equivalence, randomisation_test

# A busy machine is no failure.
patiently = settings(deadline=None, max_examples=60)

BETWEEN_0_AND_1 = [
    MEASURES["jain"].corrected,
    MEASURES["qualified_fairness"].corrected,
    MEASURES["entropy"].corrected,
    MEASURES["gini"].corrected,
    MEASURES["gini_weighted"].corrected,
]


@st.composite
def markets(draw: st.DrawFn, *, full: bool = False) -> tuple[Shown, Relevant]:
    """Up to seven lists of up to six places over up to twelve people, and who is relevant."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people, lists = draw(st.integers(2, 12)), draw(st.integers(1, 7))
    k = draw(st.integers(1, min(people, 6)))
    positions = np.stack([rng.permutation(people)[:k] for _ in range(lists)])
    if not full:
        for row in positions[1:]:
            row[draw(st.integers(0, k)) :] = -1
    table = rng.random((lists, people)) < draw(st.sampled_from([0.1, 0.4, 0.9]))
    return Shown(positions, people), Relevant(table)


values_of_ads = st.lists(
    st.floats(0.0, 1.0, allow_subnormal=False).map(lambda x: round(x, 6)), min_size=2, max_size=15
).map(np.array)


def all_values(shown: Shown, relevant: Relevant) -> list[float]:
    found: list[float] = []
    for measure in MEASURES.values():
        found.append(measure.original(shown, relevant))
        if measure.corrected is not None:
            found.append(measure.corrected(shown, relevant))
    return found


@given(markets(), st.randoms(use_true_random=False))
@patiently
def test_it_does_not_matter_who_is_who(market, random):
    shown, relevant = market
    names = np.array(random.sample(range(shown.people), shown.people))
    positions = np.where(shown.positions >= 0, names[shown.positions], -1)
    table = np.empty_like(relevant.table)
    table[:, names] = relevant.table
    renamed = all_values(Shown(positions, shown.people), Relevant(table))
    assert renamed == pytest.approx(all_values(shown, relevant), abs=1e-9, nan_ok=True)


@given(markets(), st.randoms(use_true_random=False))
@patiently
def test_it_does_not_matter_in_which_order_the_ads_stand(market, random):
    shown, relevant = market
    order = random.sample(range(shown.lists), shown.lists)
    moved = all_values(Shown(shown.positions[order], shown.people), Relevant(relevant.table[order]))
    assert moved == pytest.approx(all_values(shown, relevant), abs=1e-9, nan_ok=True)


@given(markets(full=True), st.randoms(use_true_random=False))
@patiently
def test_counts_do_not_see_the_order_within_lists(market, random):
    shown, _ = market
    order = random.sample(range(shown.k), shown.k)
    other = Shown(shown.positions[:, order], shown.people)
    for measure in (
        MEASURES["jain"].original,
        MEASURES["gini"].original,
        MEASURES["vocd"].original,
        MEASURES["ii_d"].original,
    ):
        assert measure(other) == pytest.approx(measure(shown), nan_ok=True)


@given(markets())
@patiently
def test_corrected_forms_stay_between_0_and_1(market):
    shown, relevant = market
    values = [measure(shown) for measure in BETWEEN_0_AND_1]
    values += [
        MEASURES["ii_f"].corrected(shown, relevant),
        MEASURES["iaa"].corrected(shown, relevant),
        *better_worse_off(shown, relevant, corrected=True),
        MEASURES["vocd"].original(shown),
    ]
    for value in values:
        assert math.isnan(value) or -1e-9 <= value <= 1 + 1e-9
    assert (
        math.isnan(MEASURES["satisfaction"].corrected(shown))
        or MEASURES["satisfaction"].corrected(shown) <= 1 + 1e-9
    )


@given(st.integers(2, 8), st.integers(1, 6), st.integers(2, 8))
@patiently
def test_corrected_forms_reach_both_ends(people, k, lists):
    if k >= people:
        k = people - 1
    rows = np.arange(lists)[:, None]
    same = Shown(np.tile(np.arange(k), (lists, 1)), people)
    # Dealing places out in turn is as even as can be.
    even = Shown((rows * k + np.arange(k)) % people, people)
    for measure, up in (
        (MEASURES["jain"].corrected, True),
        (MEASURES["qualified_fairness"].corrected, True),
        (MEASURES["entropy"].corrected, True),
        (MEASURES["gini"].corrected, False),
    ):
        assert measure(same) == pytest.approx(0.0 if up else 1.0, abs=1e-9)
        assert measure(even) == pytest.approx(1.0 if up else 0.0, abs=1e-9)
    assert MEASURES["gini_weighted"].corrected(same) == pytest.approx(1.0)
    if k * lists >= people:
        assert MEASURES["satisfaction"].corrected(same) == pytest.approx(0.0, abs=1e-9)
        assert MEASURES["satisfaction"].corrected(even) == pytest.approx(1.0)


@given(markets(full=True))
@patiently
def test_amortising_never_makes_lists_look_worse(market):
    shown, relevant = market
    assert MEASURES["ai_d"].original(shown) <= MEASURES["ii_d"].original(shown) + 1e-12
    assert (
        MEASURES["ai_f"].original(shown, relevant)
        <= MEASURES["ii_f"].original(shown, relevant) + 1e-12
    )


@given(markets(full=True))
@patiently
def test_list_by_list_disparity_is_one_number_for_all_full_lists(market):
    shown, _ = market
    same = Shown(np.tile(np.arange(shown.k), (shown.lists, 1)), shown.people)
    assert MEASURES["ii_d"].original(shown) == pytest.approx(
        MEASURES["ii_d"].original(same), abs=1e-12
    )


@given(markets(full=True))
@patiently
def test_moving_a_relevant_person_up_never_hurts(market):
    shown, relevant = market
    hits = relevant.hits(shown)
    order = np.argsort(~hits, axis=1, kind="stable")
    better = Shown(np.take_along_axis(shown.positions, order, axis=1), shown.people)
    for measure in (
        MEASURES["ii_f"].original,
        MEASURES["ii_f"].corrected,
        MEASURES["iaa"].original,
        MEASURES["iaa"].corrected,
    ):
        before, after = measure(shown, relevant), measure(better, relevant)
        assert math.isnan(before) or after <= before + 1e-9


@given(markets())
@patiently
def test_envy_is_between_0_and_1_and_gone_where_all_share_everything(market):
    shown, relevant = market
    assert 0.0 <= MEASURES["mme"].original(shown, relevant) <= 1.0
    turns = (np.arange(shown.people)[:, None] + np.arange(shown.people)) % shown.people
    everybody = Relevant(np.ones((shown.people, shown.people), dtype=np.bool_))
    assert MEASURES["mme"].original(Shown(turns, shown.people), everybody) == pytest.approx(
        0.0, abs=1e-12
    )


@given(markets(), st.integers(2, 4))
@patiently
def test_asking_everything_again_changes_no_share(market, times):
    """The same lists once more: counts scale, so Jain, Gini and VoCD stay as they are."""
    shown, relevant = market
    again = Shown(np.tile(shown.positions, (times, 1)), shown.people)
    table = Relevant(np.tile(relevant.table, (times, 1)))
    for measure in (
        MEASURES["jain"].original,
        MEASURES["gini"].original,
        MEASURES["gini_weighted"].original,
        MEASURES["vocd"].original,
        MEASURES["ai_d"].original,
        MEASURES["ii_d"].original,
    ):
        assert measure(again) == pytest.approx(measure(shown), abs=1e-9, nan_ok=True)
    assert MEASURES["mme"].original(again, table) == pytest.approx(
        MEASURES["mme"].original(shown, relevant), abs=1e-12
    )
    assert MEASURES["ii_f"].original(again, table) == pytest.approx(
        MEASURES["ii_f"].original(shown, relevant)
    )


@given(values_of_ads, st.floats(0.1, 10.0))
@patiently
def test_shares_do_not_depend_on_the_unit(values, unit):
    for measure in (gini_jobs, atkinson, coefficient_of_variation):
        assert measure(values * unit)[0] == pytest.approx(measure(values)[0], abs=1e-9, nan_ok=True)
    for measure in (standard_deviation, worst_quartile):
        assert measure(values * unit)[0] == pytest.approx(measure(values)[0] * unit, abs=1e-9)
    assert pairwise_unfairness(values * unit) == pytest.approx(
        pairwise_unfairness(values) * unit, abs=1e-9
    )


@given(values_of_ads, st.data())
@patiently
def test_giving_to_the_poorer_makes_things_more_even(values, data):
    """The principle of transfers: Pigou and Dalton."""
    poor, rich = int(values.argmin()), int(values.argmax())
    if values[rich] - values[poor] < 1e-3:
        return
    gift = data.draw(st.floats(0.05, 0.5)) * (values[rich] - values[poor])
    after = values.copy()
    after[poor] += gift
    after[rich] -= gift
    for measure in (gini_jobs, atkinson, coefficient_of_variation, standard_deviation):
        assert measure(after)[0] < measure(values)[0]
    assert pairwise_unfairness(after) < pairwise_unfairness(values)
    assert worst_quartile(after)[0] >= worst_quartile(values)[0] - 1e-12


@given(values_of_ads)
@patiently
def test_spreads_stay_within_their_bounds(values):
    ads = len(values)
    assert 0.0 <= standard_deviation(values)[0] <= 0.5 + 1e-12
    if values.sum() > 0:
        assert -1e-12 <= gini_jobs(values)[0] <= 1 - 1 / ads + 1e-12
        assert -1e-12 <= atkinson(values)[0] <= 1 - 1 / ads + 1e-9
        assert 0.0 <= coefficient_of_variation(values)[0] <= math.sqrt(ads - 1) + 1e-9
    assert values.min() - 1e-12 <= worst_quartile(values)[0] <= values.mean() + 1e-12


@given(values_of_ads, st.data())
@patiently
def test_parts_of_atkinson_make_the_whole(values, data):
    groups = data.draw(st.lists(st.sampled_from("abc"), min_size=len(values), max_size=len(values)))
    parts, whole = atkinson_parts(values, groups), atkinson(values)
    together = (1 - parts.within) * (1 - parts.between)
    assert together == pytest.approx(1 - whole, abs=1e-9, nan_ok=True)


@given(markets(), st.integers(0, 2**32 - 1))
@patiently
def test_similarity_is_symmetric_bounded_and_1_for_identical_lists(market, seed):
    first = market[0].positions
    rng = np.random.default_rng(seed)
    second = np.stack([rng.permutation(market[0].people)[: first.shape[1]] for _ in first])
    for measure, least in ((rank_biased_overlap, 0.0), (jaccard, 0.0), (kendall_tau, -1.0)):
        forth, back = measure(first, second), measure(second, first)
        assert forth == pytest.approx(back, abs=1e-12, nan_ok=True)
        defined = forth[~np.isnan(forth)]
        assert ((defined >= least - 1e-9) & (defined <= 1 + 1e-9)).all()
        assert measure(second, second) == pytest.approx(np.ones(len(second)), abs=1e-12)


@given(values_of_ads, st.integers(0, 1000))
@patiently
def test_swapping_two_systems_swaps_wins_and_losses(values, seed):
    other = np.random.default_rng(seed).permutation(values)
    forth = randomisation_test(values, other, permutations=99, seed=1)
    back = randomisation_test(other, values, permutations=99, seed=1)
    assert (forth.wins, forth.losses) == (back.losses, back.wins)
    assert forth.difference == pytest.approx(-back.difference, abs=1e-12)
    assert forth.p_value == back.p_value
    assert 0.0 < forth.p_value <= 1.0


@given(values_of_ads, st.floats(0.001, 0.2), st.floats(1.1, 4.0))
@patiently
def test_a_wider_margin_never_makes_equivalence_harder(values, margin, wider):
    other = np.roll(values, 1)
    narrow, wide = (equivalence(values, other, m, resamples=5) for m in (margin, margin * wider))
    assert wide.p_not_worse <= narrow.p_not_worse + 1e-12
    assert wide.p_not_better <= narrow.p_not_better + 1e-12
