"""The null of the smallest ratio, the familywise p-value, the bootstrap and the unknown."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.rates.benchmark import find_benchmark
from evenhand.measure.rates.bootstrap import bootstrap_ratios
from evenhand.measure.rates.counts import Counts
from evenhand.measure.rates.familywise import familywise
from evenhand.measure.rates.fisher import fisher
from evenhand.measure.rates.minimum_ratio import minimum_ratio, null_positives
from evenhand.measure.rates.unknown_bounds import unknown_bounds, unknown_bounds_repicked

SEX = np.array([0.5, 0.5])
RACE = np.array([0.58, 0.13, 0.18, 0.07, 0.02, 0.01, 0.01])


def drawn_table(rng: np.random.Generator, shares: np.ndarray, people: int, rate: float) -> Counts:
    """A table without any bias."""
    sizes = rng.multinomial(people, shares / shares.sum())
    names = tuple(f"{i:02d}" for i in range(len(shares)))
    return Counts(names, sizes, rng.binomial(sizes, rate))


def everyone(table: Counts) -> np.ndarray:
    return np.ones(len(table.cells), dtype=np.bool_)


def test_the_smallest_ratio_and_its_chance():
    table = Counts(("a", "b"), np.array([50, 100]), np.array([10, 40]))
    picked = find_benchmark(table)
    found = minimum_ratio(table, picked, null_positives(table, 20_000, 0))
    assert (found.value, found.cell, found.permutations) == (0.5, "a", 20_000)
    # Exactly: every x of cell a, either cell being the benchmark.
    ways = [math.comb(50, x) * math.comb(100, 50 - x) for x in range(51)]
    ratios = [min(a, b) / max(a, b) for a, b in ((x / 50, (50 - x) / 100) for x in range(51))]
    exact = sum(w for w, r in zip(ways, ratios, strict=True) if r <= 0.5 + 1e-12) / sum(ways)
    below = sum(w for w, r in zip(ways, ratios, strict=True) if r < 0.8 - 1e-12) / sum(ways)
    assert found.p_value == pytest.approx(exact, abs=0.004)
    assert found.chance_below_four_fifths == pytest.approx(below, abs=0.015)
    assert found.chance[0] < found.chance_median < found.chance[1] <= 1


def test_the_null_keeps_sizes_and_positives():
    table = drawn_table(np.random.default_rng(1), RACE, 500, 0.2)
    draws = null_positives(table, 500, 3)
    assert (draws.sum(axis=1) == table.total_positive).all()
    assert (draws <= table.assessed).all()
    assert draws.mean(axis=0) == pytest.approx(table.assessed * table.pooled_rate, abs=1.0)
    assert (draws == null_positives(table, 500, 3)).all()
    assert (draws != null_positives(table, 500, 4)).any()
    with pytest.raises(MeasureError, match="0 permutations"):
        null_positives(table, 0, 0)


# The reference's table (A4): how often some ratio is below .8 without any bias. It doesn't say the
# shares of its race groups; these give its figures back.
LIKE_THE_REFERENCE = np.array([0.60, 0.13, 0.13, 0.06, 0.04, 0.02, 0.02])


@pytest.mark.parametrize(
    ("shares", "people", "rate", "wanted"),
    [
        (SEX, 200, 0.1, 0.61),
        (SEX, 1000, 0.1, 0.24),
        (LIKE_THE_REFERENCE, 1000, 0.3, 0.95),
        (LIKE_THE_REFERENCE, 20_000, 0.1, 0.40),
        (np.outer(SEX, LIKE_THE_REFERENCE).ravel(), 20_000, 0.1, 0.72),
    ],
)
def test_how_often_four_fifths_is_missed_by_luck(shares, people, rate, wanted):
    rng = np.random.default_rng([people, len(shares)])
    chances = []
    for seed in range(40):
        table = drawn_table(rng, shares, people, rate)
        picked = find_benchmark(table)
        draws = null_positives(table, 300, seed)
        chances.append(minimum_ratio(table, picked, draws).chance_below_four_fifths)
    assert np.mean(chances) == pytest.approx(wanted, abs=0.08)


def test_the_familywise_error_is_kept_where_plain_tests_do_not():
    rng = np.random.default_rng(8)
    shares = np.outer(SEX, RACE).ravel()
    errors, plain = [], []
    for seed in range(400):
        table = drawn_table(rng, shares, 1000, 0.3)
        picked = find_benchmark(table)
        best = picked.index
        assert best is not None
        p_values = familywise(table, picked, null_positives(table, 199, seed), everyone(table))
        errors.append(np.nanmin(p_values) <= 0.05)
        top = (int(table.positive[best]), int(table.assessed[best]))
        pairs = zip(table.positive.tolist(), table.assessed.tolist(), strict=True)
        tests = [fisher(x, n, *top) for i, (x, n) in enumerate(pairs) if n and i != best]
        plain.append(min(tests) <= 0.05)
    assert np.mean(errors) < 0.085  # .05 and four standard errors of 400 draws
    assert np.mean(plain) > 0.3


def test_a_true_gap_is_found():
    table = Counts(("a", "b", "c"), np.array([400, 400, 400]), np.array([60, 120, 118]))
    picked = find_benchmark(table)
    p_values = familywise(table, picked, null_positives(table, 999, 0), everyone(table))
    assert p_values[0] == pytest.approx(0.001)
    assert math.isnan(p_values[1])
    assert p_values[2] > 0.5


def test_familywise_of_two_cells_is_nearly_the_two_sided_test():
    table = Counts(("a", "b"), np.array([50, 100]), np.array([10, 40]))
    p_values = familywise(
        table, find_benchmark(table), null_positives(table, 9999, 0), everyone(table)
    )
    assert p_values[0] == pytest.approx(0.0169, abs=0.004)


def test_too_little_for_a_smallest_ratio():
    alone = Counts(("a", "b"), np.array([50, 3]), np.array([10, 1]))
    found = minimum_ratio(alone, find_benchmark(alone), null_positives(alone, 9, 0))
    assert math.isnan(found.value)
    assert "fewer than two groups" in found.reason
    nobody = Counts(("a", "b"), np.array([50, 30]), np.array([0, 0]))
    found = minimum_ratio(nobody, find_benchmark(nobody), null_positives(nobody, 9, 0))
    assert found.reason == "nobody was selected"


def test_the_smallest_ratio_leaves_hidden_and_tiny_cells_out():
    table = Counts(("a", "b", "c", "d"), np.array([100, 100, 100, 3]), np.array([40, 30, 5, 0]))
    draws = null_positives(table, 99, 0)
    assert minimum_ratio(table, find_benchmark(table), draws).cell == "c"
    picked = find_benchmark(table, hidden=frozenset({"c"}))
    assert minimum_ratio(table, picked, draws).cell == "b"


def test_bounds_of_the_toy():
    table = Counts(("f", "m"), np.array([100, 100]), np.array([45, 50]), 40, 10)
    low, high = unknown_bounds(table, 0, 1)
    assert (low, high) == (pytest.approx(0.6346, abs=1e-4), pytest.approx(1.3, abs=1e-12))
    assert unknown_bounds(table, 1, 1) == (pytest.approx(math.nan, nan_ok=True),) * 2


@pytest.mark.parametrize(
    ("f", "m", "unknown"),
    [((3, 10), (6, 12), (2, 5)), ((0, 4), (1, 3), (3, 4)), ((4, 4), (2, 6), (0, 3))],
)
def test_bounds_by_brute_force(f, m, unknown):
    table = Counts(
        ("f", "m"), np.array([f[1], m[1]]), np.array([f[0], m[0]]), unknown[1], unknown[0]
    )
    ratios = [
        ((f[0] + a) / (f[1] + a + c))
        / ((m[0] + unknown[0] - a) / (m[1] + unknown[0] - a + rest - c))
        for rest in [unknown[1] - unknown[0]]
        for a in range(unknown[0] + 1)
        for c in range(rest + 1)
        if m[0] + unknown[0] - a
    ]
    low, high = unknown_bounds(table, 0, 1)
    assert low == pytest.approx(min(ratios))
    assert high == pytest.approx(max(ratios))


def test_bounds_with_a_benchmark_picked_again_by_brute_force():
    rng = np.random.default_rng(2)
    for _ in range(25):
        sizes = rng.integers(1, 7, 3)
        positive = rng.integers(0, sizes + 1)
        gain, rest = (int(one) for one in rng.integers(0, 5, 2))
        table = Counts(("a", "b", "c"), sizes, positive, gain + rest, gain)
        eligible = np.array([True, True, bool(rng.integers(0, 2))])
        wanted = _repicked_by_hand(table, eligible)
        found = unknown_bounds_repicked(table, 0, eligible)
        assert found == pytest.approx(wanted, nan_ok=True)


def _repicked_by_hand(table: Counts, eligible: np.ndarray) -> tuple[float, float]:
    gain = table.unknown_positive
    rest = table.unknown_assessed - gain
    ratios = []
    for a in _splits(gain):
        for c in _splits(rest):
            positive = table.positive + a
            rates = positive / (table.assessed + a + c)
            allowed = eligible | (np.arange(3) == 0)
            top = rates[allowed].max()
            # People given to a cell that can't be the benchmark are out of reach.
            if top:
                ratios.append(rates[0] / top)
    return min(ratios), max(ratios)


def _splits(people: int) -> list[np.ndarray]:
    return [
        np.array([a, b, people - a - b])
        for a, b in itertools.product(range(people + 1), repeat=2)
        if a + b <= people
    ]


def test_bounds_that_cannot_be():
    table = Counts(("a", "b", "c"), np.array([0, 5, 4]), np.array([0, 0, 0]), 4, 0)
    assert np.isnan(unknown_bounds(table, 0, 1)).all()
    assert np.isnan(unknown_bounds_repicked(table, 0, np.array([False, True, True]))).all()
    assert np.isnan(unknown_bounds(table, 1, 2)[1])
    only = np.array([False, True, False])
    assert np.isnan(unknown_bounds_repicked(table, 1, only)).all()


def test_the_bootstrap_is_that_of_rows():
    sizes, positive = np.array([60, 140, 100]), np.array([15, 63, 38])
    table = Counts(("a", "b", "c"), sizes, positive, 20, 7)
    ours = bootstrap_ratios(table, 8000, 0, benchmark=1)
    rows = np.repeat(np.arange(8), [15, 45, 63, 77, 38, 62, 7, 13])
    rng = np.random.default_rng(1)
    drawn = np.stack([np.bincount(rng.choice(rows, 320), minlength=8) for _ in range(8000)])
    rates = drawn[:, 0:6:2] / (drawn[:, 0:6:2] + drawn[:, 1:6:2])
    by_rows = np.quantile(rates / rates[:, 1:2], (0.025, 0.975), axis=0).T
    assert ours.intervals == pytest.approx(by_rows, abs=0.025)
    assert ours.ratios.std(axis=0) == pytest.approx((rates / rates[:, 1:2]).std(axis=0), abs=0.01)
    lowest = rates.min(axis=1) / rates.max(axis=1)
    assert ours.minimum == pytest.approx(tuple(np.quantile(lowest, (0.025, 0.975))), abs=0.025)


def test_the_bootstrap_is_reproducible_and_survives_empty_cells():
    table = Counts(("a", "b"), np.array([0, 5]), np.array([0, 2]))
    one, two = bootstrap_ratios(table, 50, 4), bootstrap_ratios(table, 50, 4)
    assert np.array_equal(one.ratios, two.ratios, equal_nan=True)
    assert np.isnan(one.intervals[0]).all()
    assert np.isnan(
        bootstrap_ratios(Counts((), np.zeros(0, np.int64), np.zeros(0, np.int64))).minimum
    ).all()
    with pytest.raises(MeasureError, match="0 resamples"):
        bootstrap_ratios(table, 0)
