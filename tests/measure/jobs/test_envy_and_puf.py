"""Envy between ads and pairwise unfairness (inferred form)."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.match.protocol import Rankings
from evenhand.measure.counts import ndcg
from evenhand.measure.families.ads import (
    INFERRED,
    envy,
    list_utility,
    pairwise_unfairness,
    resampled_unfairness,
)

TOY = np.array([1.0, 0.5, 0.0])
TOY_SIMILARITY = np.array([[1.0, 0.8, 0.1], [0.8, 1.0, 0.4], [0.1, 0.4, 1.0]])


def test_golden_puf():
    assert pairwise_unfairness(TOY, TOY_SIMILARITY) == pytest.approx(0.233333, abs=1e-6)


def test_constant_similarity_is_counted_by_sorting_to_the_same():
    values = np.random.default_rng(0).random(600)
    table = np.full((600, 600), 0.3)
    assert pairwise_unfairness(values, 0.3) == pytest.approx(pairwise_unfairness(values, table))
    pairs = [abs(a - b) for a, b in itertools.combinations(values[:40], 2)]
    assert pairwise_unfairness(values[:40]) == pytest.approx(np.mean(pairs))


def test_blocks_of_rows_change_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    table = rng.random((30, 30))
    table = (table + table.T) / 2
    values = rng.random(30)
    whole = pairwise_unfairness(values, table)
    monkeypatch.setattr("evenhand.measure.families.ads._ROWS", 7)
    assert pairwise_unfairness(values, table) == pytest.approx(whole, abs=1e-14)


def test_what_the_sources_appendix_shows_of_puf():
    """0 at equal quality, a parabola over the share at zero, linear in likeness, 0 for none."""
    assert pairwise_unfairness(np.full(9, 0.4)) == 0.0
    assert pairwise_unfairness(TOY, np.zeros((3, 3))) == 0.0
    shares = [pairwise_unfairness(np.array([0.0] * z + [1.0] * (20 - z))) for z in range(21)]
    assert shares == pytest.approx([2 * z * (20 - z) / (20 * 19) for z in range(21)])
    half = pairwise_unfairness(TOY, TOY_SIMILARITY / 2)
    assert 2 * half == pytest.approx(pairwise_unfairness(TOY, TOY_SIMILARITY))
    normal = np.random.default_rng(0).normal(size=4000)
    assert pairwise_unfairness(normal) == pytest.approx(1.13, abs=0.03)


def test_resamples_leave_out_pairs_of_an_ad_with_itself():
    times = np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 0.0], [3.0, 0.0, 0.0]])
    found = resampled_unfairness(TOY, times, TOY_SIMILARITY)
    assert found[0] == pytest.approx(0.233333, abs=1e-6)
    assert found[1] == pytest.approx(0.8 * 0.5)
    assert math.isnan(found[2])
    for alike in (0.5, np.full((3, 3), 0.5)):
        assert resampled_unfairness(TOY, times, alike)[:2] == pytest.approx([1 / 3, 0.25])


def test_the_form_is_said_to_be_inferred_wherever_it_is_described():
    import evenhand.measure.families.ads as module

    assert "INFERRED" in (module.__doc__ or "")
    assert "2602.02516" in INFERRED


@pytest.mark.parametrize(
    ("similarity", "words"),
    [
        (np.ones((2, 2)), "one row and one column"),
        (np.full((3, 3), 1.5), "from 0 to 1"),
        (np.array([[1, 0.2, 0], [0.9, 1, 0], [0, 0, 1.0]]), "isn't symmetric"),
        (np.full((3, 3), np.nan), "from 0 to 1"),
    ],
)
def test_bad_similarities_are_refused(similarity, words):
    with pytest.raises(MeasureError, match=words):
        pairwise_unfairness(TOY, similarity)


def test_puf_of_one_ad_has_no_value():
    assert math.isnan(pairwise_unfairness(np.array([0.5])))


def test_puf_of_many_ads_is_quick():
    values = np.random.default_rng(0).random(200_000)
    start = time.process_time()
    pairwise_unfairness(values)
    assert time.process_time() - start < 1


def test_envy_by_hand():
    utility = np.array([[0.5, 0.9, 0.1], [0.2, 0.4, 0.4], [0.3, 0.6, 0.2]])
    found = envy(utility)
    assert found.mean == pytest.approx((0.4 + 0.1 + 0.4) / 6)
    assert found.largest == pytest.approx((0.4 + 0.0 + 0.4) / 3)
    assert found.share == pytest.approx(2 / 3)
    assert envy(utility, eps=0.4).share == 0.0


def test_nobody_envies_where_every_ad_has_its_best_list():
    found = envy(np.array([[0.9, 0.2], [0.1, 0.8]]))
    assert (found.mean, found.largest, found.share) == (0.0, 0.0, 0.0)


def test_ads_without_a_value_are_left_out_with_their_lists():
    table = np.array([[0.5, 0.9, 0.6], [np.nan] * 3, [0.3, 0.9, 0.3]])
    found = envy(table)
    assert found.ads == 2
    assert found.largest == pytest.approx((0.1 + 0.0) / 2)
    assert math.isnan(envy(np.array([[0.5]])).mean)
    with pytest.raises(MeasureError, match="one row and one column"):
        envy(np.ones((2, 3)))


def test_utility_of_lists_is_the_ndcg_that_the_ad_would_have_with_them():
    rng = np.random.default_rng(2)
    positions = np.stack([rng.permutation(20)[:5] for _ in range(6)])
    positions[1, 3:] = -1
    qualified = rng.random((6, 20)) < 0.3
    qualified[4] = False
    ids = tuple(map(str, range(6)))
    people = tuple(map(str, range(20)))
    found = list_utility(Rankings(ids, people, positions, np.zeros((6, 5))), qualified, 5)
    for other in range(6):
        swapped = Rankings(ids, people, np.tile(positions[other], (6, 1)), np.zeros((6, 5)))
        assert found[:, other] == pytest.approx(ndcg(swapped, qualified, 5), nan_ok=True)
