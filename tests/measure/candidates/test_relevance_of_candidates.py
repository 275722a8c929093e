"""Measures that set exposure against relevance: golden values, definitions and traps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.families.people import MEASURES, Relevant, Shown, better_worse_off, envy_cost


def test_golden_values(toys, toy_relevant):
    shown = toys["T1"]
    assert MEASURES["mme"].original(shown, toy_relevant) == pytest.approx(0.125, abs=1e-12)
    assert MEASURES["ii_f"].original(shown, toy_relevant) == pytest.approx(0.256, abs=1e-12)
    assert MEASURES["ii_f"].corrected(shown, toy_relevant) == pytest.approx(0.388889, abs=1e-6)
    assert MEASURES["ai_f"].original(shown, toy_relevant) == pytest.approx(0.059, abs=1e-12)
    assert better_worse_off(shown, toy_relevant) == pytest.approx((0.6, 0.4))
    assert better_worse_off(shown, toy_relevant, corrected=True) == pytest.approx((0.6, 0.4))


def test_attention_of_the_toy_by_hand(toys, toy_relevant):
    # |a - rel| summed: first list 0; second 1 + 0 + 1 + 1... with a = 1, 0 and then with 1, 1/2.
    assert MEASURES["iaa"].original(toys["T1"], toy_relevant) == pytest.approx(
        (0 + 3 + 2 + 1) / 4 / 5
    )
    # Between best and worst: (0.5-0.5)/2, (2.5-0.5)/3, (2.5-0.5)/2, (0.5-0.5)/3 of each list.
    assert MEASURES["iaa"].corrected(toys["T1"], toy_relevant) == pytest.approx(
        (0 + 2 / 3 + 1 + 0) / 4
    )


@pytest.fixture(params=range(4))
def market(request) -> tuple[Shown, Relevant]:
    """Random lists of unequal length and relevance, some of nobody and some of everybody."""
    rng = np.random.default_rng(request.param)
    people, lists, k = 17, 9, 5
    positions = np.stack([rng.permutation(people)[:k] for _ in range(lists)])
    positions[2, 3:] = -1
    table = rng.random((lists, people)) < 0.3
    table[0], table[1] = False, True
    table[:, 5] = table[:, 6]
    return Shown(positions, people), Relevant(table)


def dense(shown: Shown, worth) -> np.ndarray:
    table = np.zeros((shown.lists, shown.people))
    for ad, row in enumerate(shown.positions):
        for place, person in enumerate(row):
            if person >= 0:
                table[ad, person] = worth(place + 1)
    return table


def test_fairness_to_relevance_is_its_definition(market):
    shown, relevant = market
    size = relevant.table.sum(axis=1, keepdims=True)
    target = relevant.table * (1 - 0.8**size) / 0.2 / np.maximum(size, 1)
    gap = dense(shown, lambda place: 0.8 ** (place - 1)) - target
    assert MEASURES["ii_f"].original(shown, relevant) == pytest.approx((gap**2).mean())
    assert MEASURES["ai_f"].original(shown, relevant) == pytest.approx(
        (gap.mean(axis=0) ** 2).mean()
    )


def test_attention_is_its_definition(market):
    shown, relevant = market
    gap = np.abs(dense(shown, lambda place: (5 - place) / 4) - relevant.table)
    assert MEASURES["iaa"].original(shown, relevant) == pytest.approx(gap.mean())


def test_mean_max_envy_is_its_definition(market):
    shown, relevant = market
    exposure = dense(shown, lambda place: 1 / place)
    gains = relevant.table.T.astype(float) @ exposure
    envy = (gains - np.diag(gains)[:, None]).max(axis=1)
    assert MEASURES["mme"].original(shown, relevant) == pytest.approx(envy.mean() / shown.lists)


def test_mean_max_envy_is_the_same_in_small_blocks(market, monkeypatch):
    shown, relevant = market
    whole = MEASURES["mme"].original(shown, relevant)
    monkeypatch.setattr("evenhand.measure.families.people._CELLS", 20)
    assert MEASURES["mme"].original(shown, relevant) == whole
    assert envy_cost(shown, relevant) > 0


def test_better_and_worse_off_are_their_definition(market):
    shown, relevant = market
    impact = (dense(shown, lambda place: 1 / place) * relevant.table).mean(axis=0)
    harmonic = np.array([sum(1 / p for p in range(1, n + 1)) for n in shown.lengths])
    even = (relevant.table * harmonic[:, None]).mean(axis=0) / shown.people
    expected = ((impact >= 1.1 * even).mean(), (impact <= 0.9 * even).mean())
    assert better_worse_off(shown, relevant) == pytest.approx(expected)


@pytest.mark.parametrize(("people", "shares"), [(7, (3 / 7, 4 / 7)), (6, (2 / 6, 3 / 6))])
def test_better_off_starts_at_a_tenth_more_and_worse_off_at_a_tenth_less(people, shares):
    """One list of four: places are worth 3.36, 1.68, 1.12, .84 (7 people), 2.88, 1.44, .96, .72."""
    shown = Shown(np.array([[0, 1, 2, 3]]), people)
    everybody = Relevant(np.ones((1, people), dtype=np.bool_))
    assert better_worse_off(shown, everybody) == pytest.approx(shares)


def test_corrected_forms_run_from_relevant_first_to_relevant_last():
    table = np.zeros((2, 8), dtype=np.bool_)
    table[0, :3], table[1, 2:4] = True, True
    best = Shown(np.array([[2, 0, 1, 7], [3, 2, 0, 1]]), 8)
    worst = Shown(np.array([[4, 5, 6, 7], [4, 5, 6, 7]]), 8)
    relevant = Relevant(table)
    for corrected in (MEASURES["ii_f"].corrected, MEASURES["iaa"].corrected):
        assert corrected(best, relevant) == pytest.approx(0.0, abs=1e-12)
        assert corrected(worst, relevant) == pytest.approx(1.0)


def test_corrected_forms_reach_1_where_too_few_are_irrelevant_to_fill_a_list():
    table = np.array([[True, True, True, False]])
    last = Shown(np.array([[3, 0, 1]]), 4)
    for corrected in (MEASURES["ii_f"].corrected, MEASURES["iaa"].corrected):
        assert corrected(last, Relevant(table)) == pytest.approx(1.0)


def test_trap_the_original_fairness_to_relevance_is_not_0_for_the_best_list():
    best = Shown(np.array([[0, 1]]), 4)
    relevant = Relevant(np.array([[True, True, False, False]]))
    assert MEASURES["ii_f"].original(best, relevant) > 0
    assert MEASURES["ii_f"].corrected(best, relevant) == 0.0


def test_trap_the_original_attention_takes_the_last_place_for_unseen():
    relevant = Relevant(np.array([[True, False, False, False]]))
    last, unseen = Shown(np.array([[1, 0]]), 4), Shown(np.array([[1, 2]]), 4)
    assert MEASURES["iaa"].original(last, relevant) == MEASURES["iaa"].original(unseen, relevant)
    assert MEASURES["iaa"].corrected(last, relevant) < MEASURES["iaa"].corrected(unseen, relevant)
    assert math.isnan(MEASURES["iaa"].original(Shown(np.array([[0]]), 4), relevant))


def test_trap_better_and_worse_off_have_no_value_once_somebody_is_relevant_to_nothing():
    relevant = Relevant(np.array([[True, True, False]]))
    shown = Shown(np.array([[0]]), 3)
    assert all(math.isnan(share) for share in better_worse_off(shown, relevant))
    assert better_worse_off(shown, relevant, corrected=True) == (0.5, 0.5)


def test_trap_people_relevant_to_nothing_pull_envy_to_0():
    lists = np.array([[0, 1]])
    few = Relevant(np.array([[True, True]]))
    many = Relevant(np.array([[True, True] + [False] * 18]))
    assert MEASURES["mme"].original(Shown(lists, 2), few) == pytest.approx(0.25)
    assert MEASURES["mme"].original(Shown(lists, 20), many) == pytest.approx(0.025)


def test_nobody_relevant_leaves_corrected_forms_without_a_value():
    nobody = Relevant(np.zeros((2, 4), dtype=np.bool_))
    shown = Shown(np.array([[0, 1], [2, 3]]), 4)
    assert math.isnan(MEASURES["ii_f"].corrected(shown, nobody))
    assert math.isnan(MEASURES["iaa"].corrected(shown, nobody))
    assert all(math.isnan(share) for share in better_worse_off(shown, nobody, corrected=True))
    assert MEASURES["mme"].original(shown, nobody) == 0.0


def test_a_table_of_other_people_is_refused(toys):
    with pytest.raises(MeasureError, match="both must be about the same"):
        MEASURES["ii_f"].original(toys["T1"], Relevant(np.ones((4, 7), dtype=np.bool_)))
