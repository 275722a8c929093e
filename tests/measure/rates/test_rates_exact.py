"""Ratios, four-fifths, tests and intervals: golden values and edges."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from evenhand.measure.rates.counts import (
    Counts,
    below_four_fifths,
    impact_ratios,
    shortfall,
    smoothed_edf,
    turns_on_one_person,
)
from evenhand.measure.rates.tests import (
    chi_square_tail,
    detectable_ratio,
    fisher,
    koopman,
    needed_people,
    z_difference,
    z_ratio,
)

GOLDEN = (10, 50, 40, 100)


def edges_of_four_fifths() -> list[tuple[int, int, int, int]]:
    """Every table of up to 40 a side whose ratio is exactly 4/5 (and isn't 0)."""
    return [
        (4 * best * people // (5 * among), people, best, among)
        for people in range(1, 41)
        for among in range(1, 41)
        for best in range(1, among + 1)
        if (4 * best * people) % (5 * among) == 0
    ]


def test_golden_values():
    assert z_difference(*GOLDEN) == pytest.approx(-2.449490, abs=5e-7)
    assert z_ratio(*GOLDEN) == pytest.approx(-2.829762, abs=5e-7)
    assert koopman(*GOLDEN).tolist() == pytest.approx([0.269375, 0.880206], abs=5e-7)
    assert fisher(*GOLDEN) == pytest.approx(0.016912, abs=5e-7)
    assert shortfall(*GOLDEN) == 6
    assert below_four_fifths(*GOLDEN)


def test_exactly_four_fifths_is_not_below_where_floats_say_it_is():
    edges = edges_of_four_fifths()
    positive, sizes, best, among = np.array(edges).T
    assert not below_four_fifths(positive, sizes, best, among).any()
    assert not shortfall(positive, sizes, best, among).any()
    in_floats = (positive / sizes) / (best / among) < 0.8
    assert (3, 5, 3, 4) in edges
    assert int(in_floats.sum()) == 424
    fewer = positive > 0
    assert below_four_fifths(positive[fewer] - 1, sizes[fewer], best[fewer], among[fewer]).all()
    one = shortfall(positive[fewer] - 1, sizes[fewer], best[fewer], among[fewer])
    assert set(one.tolist()) == {1}


def test_four_fifths_does_not_overflow():
    size = 999_999_995
    assert not below_four_fifths(4 * size // 5, size, size, size)
    assert below_four_fifths(4 * size // 5 - 1, size, size, size)
    assert shortfall(0, size, size, size) == 4 * size // 5


def test_four_fifths_of_nothing():
    assert not below_four_fifths(0, 0, 3, 4)
    assert not below_four_fifths(0, 5, 0, 4)
    assert not below_four_fifths(1, 5, 0, 0)
    assert shortfall(1, 5, 0, 0) == 0


def test_ratios_both_ways_and_to_the_rest():
    table = Counts(("a", "b", "c"), np.array([100, 100, 0]), np.array([1, 2, 0]))
    found = impact_ratios(table, 1)
    assert found.selected[:2].tolist() == [0.5, 1.0]
    assert found.not_selected[0] == pytest.approx(99 / 98)
    assert found.rest[:2].tolist() == [0.5, 2.0]
    assert np.isnan([found.selected[2], found.not_selected[2], found.rest[2]]).all()
    assert np.isnan(impact_ratios(table, None).selected).all()


def test_fisher_of_huge_tables_takes_milliseconds():
    start = time.process_time()
    p_value = fisher(15_000_000, 50_000_000, 15_010_000, 50_000_000)
    assert time.process_time() - start < 0.5
    # The normal limit: z = 2.18.
    z = float(z_difference(15_000_000, 50_000_000, 15_010_000, 50_000_000))
    assert p_value == pytest.approx(math.erfc(-z / math.sqrt(2)), rel=0.01)


def test_fisher_is_above_zero_whatever_the_gap():
    assert 0 < fisher(0, 10**8, 10**8, 10**8) < 1e-300
    assert 0 < fisher(10**7, 10**8, 2 * 10**7, 10**8) < 1e-300


@pytest.mark.parametrize("sides", [(0, 0, 3, 4), (1, 2, 0, 0)])
def test_tests_of_an_empty_side(sides):
    assert math.isnan(fisher(*sides))
    assert np.isnan(koopman(*sides)).all()
    assert np.isnan([z_difference(*sides), z_ratio(*sides)]).all()


@pytest.mark.parametrize("sides", [(0, 9, 0, 4), (9, 9, 4, 4)])
def test_tests_without_two_outcomes(sides):
    assert fisher(*sides) == 1.0
    assert np.isnan([z_difference(*sides), z_ratio(*sides)]).all()
    low, high = koopman(*sides)
    assert low <= 1 <= high


def test_score_intervals_are_open_where_a_side_has_no_positives():
    low, high = koopman(0, 20, 5, 20)
    assert low == 0
    assert 0 < high < 1
    low, high = koopman(5, 20, 0, 20)
    assert 1 < low < high == math.inf
    assert koopman(0, 20, 0, 20).tolist() == [0, math.inf]


def test_score_intervals_are_vectorised_and_go_up_to_huge_counts():
    many = koopman(np.array([10, 0, 3]), np.array([50, 9, 3]), 40, 100)
    assert many.shape == (3, 2)
    assert many[0].tolist() == koopman(*GOLDEN).tolist()
    low, high = koopman(30_000_000, 10**8, 40_000_000, 10**8)
    # The normal limit of the log.
    half = 1.959964 * math.sqrt(1 / 3e7 + 1 / 4e7 - 2 / 1e8)
    assert [low, high] == pytest.approx([0.75 * math.exp(-half), 0.75 * math.exp(half)], rel=1e-7)


def test_a_longer_reach_is_wider_and_1_is_left_out_where_z_is_beyond_it():
    narrow, wide = koopman(*GOLDEN, 1.3), koopman(*GOLDEN, 2.6)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    z = abs(float(z_difference(*GOLDEN)))
    assert koopman(*GOLDEN, z - 1e-6)[1] < 1 < koopman(*GOLDEN, z + 1e-6)[1]


def test_one_person():
    assert turns_on_one_person(3, 10, 4, 10)
    assert not turns_on_one_person(2, 10, 4, 10)  # 3 and 3: no longer different, not reversed
    assert not turns_on_one_person(10, 50, 40, 100)
    assert turns_on_one_person(4, 10, 3, 10)  # above the benchmark: the other way
    assert not turns_on_one_person(3, 10, 3, 10)
    assert not turns_on_one_person(0, 0, 3, 10)
    assert turns_on_one_person(0, 5, 1, 5)
    assert turns_on_one_person(0, 1, 99, 100)


def test_the_detectable_ratio_moves_as_it_should():
    assert detectable_ratio(50, 100, 0.4) == pytest.approx(0.448245, abs=1e-6)
    ratios = [detectable_ratio(n, n, 0.3) for n in (50, 200, 1000, 10**8)]
    assert ratios == sorted(ratios)
    assert 0.999 < ratios[-1] < 1
    assert math.isnan(detectable_ratio(5, 100, 0.1))
    assert math.isnan(detectable_ratio(0, 100, 0.5))
    assert math.isnan(detectable_ratio(10, 100, 0.0))


def test_the_people_needed_are_enough_and_one_fewer_is_not():
    for rate in (0.05, 0.3, 0.9):
        for by in (0.5, 1.0, 4.0):
            needed = needed_people(rate, by)
            assert needed is not None
            benchmark = by * needed
            assert detectable_ratio(needed, math.ceil(benchmark), rate) >= 0.8 - 1e-6
            fewer = int(0.97 * needed)
            assert not detectable_ratio(fewer, int(by * fewer), rate) >= 0.8
    assert needed_people(0.0, 1.0) is None
    assert needed_people(0.5, 0.0) is None


def test_smoothed_edf():
    table = Counts(("a", "b"), np.array([50, 100]), np.array([10, 40]))
    expected = math.log(40.5 / 101) - math.log(10.5 / 51)
    assert smoothed_edf(table) == pytest.approx(expected)
    alone = Counts(("a", "b"), np.array([50, 0]), np.array([10, 0]))
    assert math.isnan(smoothed_edf(alone))


def test_chi_square_tail_at_its_edges():
    assert chi_square_tail(0.0, 3) == 1.0
    assert math.isnan(chi_square_tail(1.0, 0))
    assert math.isnan(chi_square_tail(math.nan, 2))
    assert chi_square_tail(3.841458820694124, 1) == pytest.approx(0.05)


@pytest.mark.parametrize("ratio", [1.0, 0.8, 0.5])
@pytest.mark.parametrize(("size", "among"), [(20, 60), (50, 100), (200, 200)])
def test_score_intervals_cover_what_they_say(ratio, size, among):
    # Exactly, by going through every table; no simulation.
    for rate in (0.1, 0.3):
        positive, best = np.meshgrid(np.arange(size + 1), np.arange(among + 1), indexing="ij")
        weights = np.outer(binomial(size, ratio * rate), binomial(among, rate))
        ends = koopman(positive, size, best, among)
        covered = weights[(ends[..., 0] <= ratio) & (ratio <= ends[..., 1])].sum()
        assert 0.94 < covered < 0.975


def binomial(size: int, rate: float) -> np.ndarray:
    """Probabilities of 0 to ``size`` positives."""
    ways = [math.comb(size, x) * rate**x * (1 - rate) ** (size - x) for x in range(size + 1)]
    return np.array(ways)
