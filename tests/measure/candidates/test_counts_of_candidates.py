"""Measures of who is shown how often: golden values, extremes and the trap of each range."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.match.protocol import Rankings
from evenhand.measure.families.people import (
    MEASURES,
    Shown,
    gini_coefficient,
    one_list_attention,
    show,
    spread_attention,
)

FORMS = {
    MEASURES["jain"].original: MEASURES["jain"].corrected,
    MEASURES["qualified_fairness"].original: MEASURES["qualified_fairness"].corrected,
    MEASURES["entropy"].original: MEASURES["entropy"].corrected,
    MEASURES["gini"].original: MEASURES["gini"].corrected,
    MEASURES["gini_weighted"].original: MEASURES["gini_weighted"].corrected,
    MEASURES["satisfaction"].original: MEASURES["satisfaction"].corrected,
}
NAN = math.nan
GOLDEN = [
    ("T1", MEASURES["jain"].original, 0.581818, 0.353535),
    ("T1", MEASURES["qualified_fairness"].original, 0.8, 0.666667),
    ("T1", MEASURES["entropy"].original, NAN, 0.6),
    ("T1", MEASURES["gini"].original, 0.45, 0.666667),
    ("T1", MEASURES["gini_weighted"].original, 0.461315, 0.71493),
    ("T1", MEASURES["satisfaction"].original, 0.8, 0.666667),
    ("T2", MEASURES["jain"].original, 1.0, 1.0),
    ("T2", MEASURES["qualified_fairness"].original, 1.0, 1.0),
    ("T2", MEASURES["entropy"].original, 1.0, 1.0),
    ("T2", MEASURES["gini"].original, 0.0, 0.0),
    ("T2", MEASURES["gini_weighted"].original, 0.0, 0.0),
    ("T2", MEASURES["satisfaction"].original, 1.0, 1.0),
    ("T3", MEASURES["jain"].original, 0.4, 0.0),
    ("T3", MEASURES["qualified_fairness"].original, 0.4, 0.0),
    ("T3", MEASURES["entropy"].original, NAN, 0.0),
    ("T3", MEASURES["gini"].original, 0.6, 1.0),
    ("T3", MEASURES["gini_weighted"].original, 0.645259, 1.0),
    ("T3", MEASURES["satisfaction"].original, 0.4, 0.0),
]


@pytest.mark.parametrize(
    ("toy", "measure", "original", "corrected"),
    GOLDEN,
    ids=[f"{toy}-{measure.__name__}" for toy, measure, _, _ in GOLDEN],
)
def test_golden_values_of_both_forms(toys, toy, measure, original, corrected):
    shown = toys[toy]
    assert measure(shown) == pytest.approx(original, abs=1e-6, nan_ok=True)
    assert FORMS[measure](shown) == pytest.approx(corrected, abs=1e-6)


@pytest.mark.parametrize(
    ("toy", "differences", "list_by_list", "over_lists"),
    [("T1", 0.5, 0.1984, 0.0934), ("T2", 0.0, 0.2075, 0.0), ("T3", 0.0, 0.1984, 0.1984)],
)
def test_golden_values_without_a_corrected_form(toys, toy, differences, list_by_list, over_lists):
    assert MEASURES["vocd"].original(toys[toy]) == pytest.approx(differences, abs=1e-12)
    assert MEASURES["ii_d"].original(toys[toy]) == pytest.approx(list_by_list, abs=1e-9)
    assert MEASURES["ai_d"].original(toys[toy]) == pytest.approx(over_lists, abs=1e-9)


def every_recommender(people: int, k: int, lists: int) -> list[Shown]:
    single = list(itertools.permutations(range(people), k))
    return [Shown(np.array(rows), people) for rows in itertools.product(single, repeat=lists)]


@pytest.mark.parametrize(("people", "k", "lists"), [(4, 2, 2), (5, 2, 2), (3, 2, 3), (4, 1, 4)])
@pytest.mark.parametrize(
    "measure",
    [MEASURES["jain"].original, MEASURES["qualified_fairness"].original, MEASURES["gini"].original],
)
def test_the_extremes_are_those_of_every_possible_set_of_lists(measure, people, k, lists):
    found = every_recommender(people, k, lists)
    corrected = [FORMS[measure](shown) for shown in found]
    assert min(corrected) == pytest.approx(0.0, abs=1e-9)
    assert max(corrected) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(("people", "k", "lists"), [(4, 2, 2), (5, 2, 2), (3, 2, 3), (4, 1, 4)])
def test_entropy_of_the_shown_runs_between_the_same_extremes(people, k, lists):
    corrected = [
        MEASURES["entropy"].corrected(shown) for shown in every_recommender(people, k, lists)
    ]
    assert min(corrected) == pytest.approx(0.0, abs=1e-9)
    assert max(corrected) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(("people", "k", "lists"), [(4, 2, 2), (5, 2, 2), (6, 2, 2)])
def test_gini_of_attention_runs_between_the_constructed_lists_if_there_is_room(people, k, lists):
    found = every_recommender(people, k, lists)
    values = [MEASURES["gini_weighted"].original(shown) for shown in found]
    spread = spread_attention(found[0])
    assert spread is not None
    assert min(values) == pytest.approx(gini_coefficient(spread), abs=1e-12)
    assert max(values) == pytest.approx(gini_coefficient(one_list_attention(found[0])), abs=1e-12)


def test_trap_gini_of_attention_cannot_reach_0_with_more_places_than_people():
    found = every_recommender(3, 2, 2)
    assert spread_attention(found[0]) is None
    corrected = [MEASURES["gini_weighted"].corrected(shown) for shown in found]
    assert min(corrected) > 0.1
    assert max(corrected) == pytest.approx(1.0)


def test_trap_jain_has_a_floor_that_moves_with_the_pool():
    same = np.tile([0, 1], (6, 1))
    floors = [MEASURES["jain"].original(Shown(same, people)) for people in (4, 40)]
    assert floors == pytest.approx([0.5, 0.05])
    assert [MEASURES["jain"].corrected(Shown(same, people)) for people in (4, 40)] == [0.0, 0.0]


def test_trap_jain_cannot_reach_1_where_people_do_not_divide_the_places():
    most_even = Shown(np.array([[0, 1], [2, 3]]), 5)
    assert MEASURES["jain"].original(most_even) == pytest.approx(0.8)
    assert MEASURES["jain"].corrected(most_even) == 1.0


def test_trap_the_share_ever_shown_cannot_reach_1_with_few_places():
    nobody_twice = Shown(np.array([[0, 1], [2, 3]]), 100)
    assert MEASURES["qualified_fairness"].original(nobody_twice) == pytest.approx(0.04)
    assert MEASURES["qualified_fairness"].corrected(nobody_twice) == 1.0


def test_trap_entropy_has_no_value_as_soon_as_one_person_is_unshown(toys):
    assert math.isnan(MEASURES["entropy"].original(toys["T1"]))
    everybody = Shown(np.array([[0, 1], [2, 0], [1, 2]]), 3)
    assert MEASURES["entropy"].original(everybody) == pytest.approx(1.0)


def test_trap_gini_of_one_list_for_all_depends_on_the_pool():
    same = np.tile([0, 1], (6, 1))
    assert [MEASURES["gini"].original(Shown(same, people)) for people in (4, 40)] == pytest.approx(
        [0.5, 0.95]
    )
    assert [MEASURES["gini"].corrected(Shown(same, people)) for people in (4, 40)] == [1.0, 1.0]


def test_trap_satisfaction_is_1_whatever_the_lists_with_fewer_places_than_people():
    same = Shown(np.tile([0, 1], (6, 1)), 100)
    assert MEASURES["satisfaction"].original(same) == 1.0
    assert math.isnan(MEASURES["satisfaction"].corrected(same))


def test_trap_satisfaction_can_be_worse_than_one_list_for_all():
    left_out = [3, 3, 4, 4, 4]
    lists = np.array([[p for p in range(5) if p != absent] for absent in left_out])
    nearly_all = Shown(lists, 5)
    assert nearly_all.counts.tolist() == [5, 5, 5, 3, 2]
    assert MEASURES["satisfaction"].original(nearly_all) == pytest.approx(3 / 5)
    assert MEASURES["satisfaction"].original(
        Shown(np.tile([0, 1, 2, 3], (5, 1)), 5)
    ) == pytest.approx(4 / 5)
    assert MEASURES["satisfaction"].corrected(nearly_all) == pytest.approx(-1.0)


def test_trap_differences_among_the_shown_do_not_see_the_unshown():
    assert MEASURES["vocd"].original(Shown(np.tile([0, 1], (6, 1)), 1000)) == 0.0
    assert math.isnan(MEASURES["vocd"].original(Shown(np.array([[0], [0]]), 3)))


def test_trap_list_by_list_disparity_cannot_tell_even_lists_from_one_for_all(toys):
    assert MEASURES["ii_d"].original(toys["T1"]) == pytest.approx(
        MEASURES["ii_d"].original(toys["T3"])
    )
    assert MEASURES["ai_d"].original(toys["T1"]) < MEASURES["ai_d"].original(toys["T3"])


def test_vocd_is_the_mean_over_pairs():
    counts = [1, 4, 4, 7, 9, 2]
    lists = [
        [person if place < count else -1 for person, count in enumerate(counts)]
        for place in range(9)
    ]
    shown = Shown(np.array(lists), 8)
    pairs = [abs(a - b) / max(a, b) for a, b in itertools.combinations(counts, 2)]
    assert MEASURES["vocd"].original(shown) == pytest.approx(np.mean(pairs), abs=1e-12)


def test_one_list_has_no_corrected_form():
    single = Shown(np.array([[0, 1, 2]]), 10)
    assert all(math.isnan(corrected(single)) for corrected in FORMS.values())


def test_lists_of_unequal_length_keep_their_extremes():
    ragged = Shown(np.array([[0, 1, 2], [0, 1, -1], [0, -1, -1]]), 6)
    assert ragged.one_list_counts.tolist() == [3, 2, 1, 0, 0, 0]
    assert ragged.even_counts.tolist() == [1, 1, 1, 1, 1, 1]
    assert MEASURES["jain"].corrected(ragged) == 0.0
    assert MEASURES["gini_weighted"].corrected(ragged) == pytest.approx(1.0)
    spread = Shown(np.array([[0, 1, 2], [3, 4, -1], [5, -1, -1]]), 6)
    assert MEASURES["jain"].corrected(spread) == 1.0
    assert MEASURES["gini_weighted"].corrected(spread) == pytest.approx(0.0, abs=1e-12)


def test_people_who_are_not_eligible_leave_pool_and_lists(toy_rankings: Rankings):
    shown = show(toy_rankings, 2, np.array([False, True, True, True, True]))
    assert shown.people == 4
    assert shown.counts.tolist() == [2, 1, 1, 0]
    assert shown.positions.tolist() == [[-1, 0], [-1, 1], [0, -1], [2, -1]]


@pytest.mark.parametrize(
    ("eligible", "words"),
    [(np.zeros(5, dtype=np.bool_), "show nobody"), (np.ones(4, dtype=np.bool_), "one value")],
)
def test_bad_masks_are_refused(toy_rankings: Rankings, eligible, words):
    with pytest.raises(MeasureError, match=words):
        show(toy_rankings, 2, eligible)


@pytest.mark.parametrize(
    ("people", "k", "lists"), [(50, 7, 5), (50, 7, 30), (40, 10, 8), (9, 4, 25), (30, 1, 12)]
)
@pytest.mark.parametrize("seed", range(3))
def test_constructed_extremes_give_the_closed_forms_of_the_source(people, k, lists, seed):
    """Full lists: Rampisela et al. write the extremes as formulas of n, k and m."""
    rng = np.random.default_rng(seed)
    rows = np.stack([rng.permutation(people)[:k] for _ in range(lists)])
    shown, n, total = Shown(rows, people), people, k * lists
    f, r = divmod(total, n)
    most = total**2 / (n * (n * f**2 + r * (2 * f + 1)))
    assert MEASURES["jain"].corrected(shown) == pytest.approx(
        (MEASURES["jain"].original(shown) - k / n) / (most - k / n)
    )
    ever = np.count_nonzero(shown.counts)
    assert MEASURES["qualified_fairness"].corrected(shown) == pytest.approx(
        (ever - k) / (min(n, total) - k)
    )
    least = (n - r) * r / (n * total)
    assert MEASURES["gini"].corrected(shown) == pytest.approx(
        (MEASURES["gini"].original(shown) - least) / (1 - k / n - least)
    )
    assert MEASURES["entropy"].corrected(shown) == pytest.approx(_closed_entropy(shown, f, r))
    places = np.arange(k)
    worth = 1 / np.log2(places + 2)
    highest = ((2 * (n - places) - n - 1) * worth).sum() / (n * worth.sum())
    lowest = 0.0
    if total <= n:
        rank = n - np.arange(total)
        lowest = ((2 * rank - n - 1) * np.repeat(worth, lists)).sum() / (n * lists * worth.sum())
    assert MEASURES["gini_weighted"].corrected(shown) == pytest.approx(
        (MEASURES["gini_weighted"].original(shown) - lowest) / (highest - lowest)
    )


def _closed_entropy(shown: Shown, f: int, r: int) -> float:
    n, total = shown.people, shown.total
    share = shown.counts[shown.counts > 0] / total
    found = -(share * np.log(share)).sum() / math.log(n)
    least = math.log(shown.k) / math.log(n)
    most = math.log(total) / math.log(n)
    if total >= n:
        most = -sum(
            count * part * math.log(part) / math.log(n)
            for count, part in ((n - r, f / total), (r, (f + 1) / total))
        )
    return (found - least) / (most - least)
