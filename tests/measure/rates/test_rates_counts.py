"""Counting, scoring and the pick of the benchmark."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.rates.counts import (
    NOBODY_ABOVE,
    Counts,
    above_median,
    count,
    find_benchmark,
    highest_of_draws,
    weighted_median,
)


def counts(*pairs: tuple[int, int], unknown: tuple[int, int] = (0, 0)) -> Counts:
    """Cells ``a``, ``b``, … of (positive, assessed)."""
    positive, assessed = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    names = tuple("abcdefghijklmn"[: len(pairs)])
    return Counts(names, assessed, positive, unknown[1], unknown[0])


def test_people_and_positives_are_counted_by_cell():
    codes = np.array([0, 0, 1, 2, 2, 1], dtype=np.int8)
    positive = np.array([True, False, True, True, False, True])
    found = count(codes, ["f", "m"], positive)
    assert found.assessed.tolist() == [2, 2]
    assert found.positive.tolist() == [1, 2]
    assert (found.unknown_assessed, found.unknown_positive) == (2, 1)
    assert (found.total_assessed, found.total_positive, found.everybody) == (4, 3, 6)
    assert (found.pooled_rate, found.unknown_rate) == (0.75, 0.5)


def test_weights_count_as_repeated_rows():
    rng = np.random.default_rng(3)
    codes, positive = rng.integers(0, 4, 50), rng.random(50) < 0.4
    weights = rng.integers(0, 5, 50)
    weighted = count(codes, ["a", "b", "c"], positive, weights)
    repeated = count(np.repeat(codes, weights), ["a", "b", "c"], np.repeat(positive, weights))
    assert weighted.assessed.tolist() == repeated.assessed.tolist()
    assert weighted.positive.tolist() == repeated.positive.tolist()
    assert weighted.unknown_positive == repeated.unknown_positive


def test_nobody_at_all_can_be_counted():
    found = count(np.zeros(0, dtype=np.int64), [], np.zeros(0, dtype=np.bool_))
    assert found.everybody == 0
    assert math.isnan(found.pooled_rate)
    assert math.isnan(found.unknown_rate)


@pytest.mark.parametrize(
    ("codes", "weights", "text"),
    [
        ([0, 3], None, "outside 0 to 2"),
        ([0, -1], None, "outside 0 to 2"),
        ([0, 1], [1, -1], "weight is negative"),
        ([0, 1, 1], None, "one entry per person"),
        ([0, 1], [1], "one entry per person"),
    ],
)
def test_codes_that_cannot_be_counted(codes, weights, text):
    given = None if weights is None else np.array(weights)
    with pytest.raises(MeasureError, match=text):
        count(np.array(codes), ["f", "m"], np.array([True, False]), given)


@pytest.mark.parametrize(
    ("assessed", "positive", "text"),
    [
        ([5, 5], [6, 0], "more positives than people"),
        ([5, 5], [-1, 0], "negative"),
        ([5], [1], "one of each per cell"),
        ([600_000_000, 400_000_000], [1, 1], "999,999,999"),
    ],
)
def test_counts_that_cannot_be(assessed, positive, text):
    with pytest.raises(MeasureError, match=text):
        Counts(("f", "m"), np.array(assessed), np.array(positive))


def test_the_median_is_that_of_everybody_and_has_nobody_strictly_on_it():
    above, scored, state = above_median(np.array([1.0, 2.0, 3.0, np.nan, 5.0, 4.0]))
    assert above.tolist() == [False, False, False, False, True, True]
    assert scored.tolist() == [True, True, True, False, True, True]
    assert (state.median, state.missing, state.at_median, state.above) == (3.0, 1, 1, 2)
    assert not state.undefined
    assert state.state == ""


def test_ties_at_the_median_are_loud():
    # The reference's case: 9 of 10 scores equal. Every rate is 0 and a ratio of them is NaN.
    above, _, state = above_median(np.array([1.0] + [7.0] * 9))
    assert not above.any()
    assert state.undefined
    assert state.state == NOBODY_ABOVE
    assert state.tied_share == 0.9


def test_ties_that_leave_somebody_above_are_loud_too():
    _, _, state = above_median(np.array([1.0] + [7.0] * 8 + [9.0]))
    assert not state.undefined
    assert "80% of the people have exactly the median" in state.state
    assert "10% are strictly above" in state.state


def test_nobody_has_a_score():
    above, scored, state = above_median(np.full(3, np.nan))
    assert not above.any()
    assert not scored.any()
    assert state.undefined
    assert "nobody has a score" in state.state
    assert math.isnan(state.tied_share)


def test_weighted_median_is_that_of_repeated_scores():
    rng = np.random.default_rng(7)
    for _ in range(50):
        scores = rng.integers(0, 6, 9).astype(float)
        weights = rng.integers(0, 4, 9)
        repeated = np.repeat(scores, weights)
        if len(repeated):
            assert weighted_median(scores, weights) == np.median(repeated)
            above, _, state = above_median(scores, weights)
            assert state.above == int((repeated > np.median(repeated)).sum())
            assert np.repeat(above, weights).sum() == state.above
    assert math.isnan(weighted_median(scores, np.zeros(9, dtype=np.int64)))


def test_scores_and_weights_must_fit():
    with pytest.raises(MeasureError, match="one per person"):
        above_median(np.zeros(3), np.array([1, 2]))


def test_the_benchmark_has_the_highest_rate():
    assert find_benchmark(counts((10, 50), (40, 100), (3, 20))).index == 1


def test_an_exact_tie_goes_to_the_larger_cell_then_to_the_name():
    assert find_benchmark(counts((1, 10), (3, 30), (2, 20))).index == 1
    assert find_benchmark(counts((1, 10), (1, 10))).index == 0
    # As floats 3/10 and 0.3 may differ; as integers they don't.
    assert find_benchmark(counts((3, 10), (30_000_000, 100_000_000)), least=1).index == 1


def test_a_cell_of_less_than_two_percent_is_flagged_and_never_the_benchmark():
    picked = find_benchmark(counts((30, 100), (40, 150), (5, 5), (1, 1)))
    assert picked.below_two_percent.tolist() == [False, False, True, True]
    assert picked.eligible.tolist() == [True, True, False, False]
    assert picked.index == 0
    # 5 of 250 is exactly 2 %, which isn't less; the unknown count among everybody.
    assert not find_benchmark(counts((60, 145), (40, 100), (5, 5))).below_two_percent[2]
    assert find_benchmark(counts((60, 145), (1, 100), (5, 5), unknown=(0, 1))).index == 0


def test_small_and_hidden_cells_cannot_be_the_benchmark():
    table = counts((4, 4), (3, 9), (2, 9))
    assert find_benchmark(table).index == 1
    assert find_benchmark(table, least=4).index == 0
    assert find_benchmark(table, hidden=frozenset({"b"})).index == 2
    assert find_benchmark(table, hidden=frozenset({"b", "c"})).index is None


def test_benchmarks_of_draws_are_those_of_tables():
    rng = np.random.default_rng(11)
    sizes = np.array([6, 12, 12, 3, 40])
    draws = rng.integers(0, sizes + 1, size=(300, 5))
    draws[:50] = 0
    eligible = np.array([True, True, True, False, True])
    found = highest_of_draws(draws, sizes, eligible)
    names = tuple("abcde")
    wanted = [find_benchmark(Counts(names, sizes, row)).index for row in draws]
    assert found.tolist() == wanted
