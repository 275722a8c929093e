"""What must hold of rates whatever the table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from evenhand.measure.rates.assess import BENCHMARK, UNLIKELY, VERDICTS, assess
from evenhand.measure.rates.counts import (
    Counts,
    below_four_fifths,
    find_benchmark,
    shortfall,
    turns_on_one_person,
    unknown_bounds,
    unknown_bounds_repicked,
)
from evenhand.measure.rates.tests import (
    cochran_mantel_haenszel,
    detectable_ratio,
    fisher,
    koopman,
    z_difference,
)

# A busy machine is no failure.
patiently = settings(deadline=None, max_examples=60)
sparingly = settings(deadline=None, max_examples=25)


@st.composite
def counts(draw: st.DrawFn, most: int = 60) -> Counts:
    """Up to five cells, empty and full ones among them, and unknown people."""
    cells = draw(st.integers(1, 5))
    sizes = [draw(st.integers(0, most)) for _ in range(cells)]
    chosen = [draw(st.integers(0, size)) for size in sizes]
    unknown = draw(st.integers(0, 20))
    names = tuple("abcde"[:cells])
    return Counts(names, np.array(sizes), np.array(chosen), unknown, draw(st.integers(0, unknown)))


@st.composite
def sides(draw: st.DrawFn, most: int = 300) -> tuple[int, int, int, int]:
    """Positives and people of a cell and of its benchmark."""
    size, among = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, size)), size, draw(st.integers(0, among)), among


def as_few(x: int, n: int, y: int, m: int) -> float:
    """How likely as few positives of the cell are, by chance."""
    return float(hypergeom.cdf(x, n + m, x + y, n))


def quick(table: Counts, **options):
    return assess(table, **{"permutations": 59, **options})


def number(value: float):
    return pytest.approx(value, nan_ok=True, rel=1e-9)


@sparingly
@given(counts(), st.randoms(use_true_random=False))
def test_renaming_cells_permutes_the_results(table: Counts, random):
    assume(
        len({(x, n) for x, n in zip(table.positive, table.assessed, strict=True)})
        == len(table.cells)
    )
    order = list(range(len(table.cells)))
    random.shuffle(order)
    renamed = Counts(
        table.cells,
        table.assessed[order],
        table.positive[order],
        table.unknown_assessed,
        table.unknown_positive,
    )
    one, two = quick(table), quick(renamed)
    for new, old in enumerate(order):
        before, after = one.cells[old], two.cells[new]
        for name in "ratio ratio_of_not ratio_to_rest expected z_difference fisher".split():
            assert getattr(after, name) == number(getattr(before, name))
        assert after.unknown_bounds == number(before.unknown_bounds)
        assert after.unknown_bounds_repicked == number(before.unknown_bounds_repicked)
        for name in "shortfall below_four_fifths one_person is_benchmark below_two_percent".split():
            assert getattr(after, name) == getattr(before, name)
    assert two.minimum_ratio.value == number(one.minimum_ratio.value)
    assert two.smoothed_edf == number(one.smoothed_edf)


@patiently
@given(counts())
def test_every_number_is_in_its_range(table: Counts):
    found = quick(table)
    for cell in found.cells:
        assert (cell.verdict is None) == math.isnan(cell.ratio)
        assert cell.verdict in (None, BENCHMARK, *VERDICTS)
        assert (cell.verdict == BENCHMARK) == (cell.is_benchmark and cell.ratio == 1)
        assert cell.verdict or cell.state
        for p in (cell.fisher, cell.familywise):
            assert math.isnan(p) or 0 < p <= 1
        assert cell.below_four_fifths == (cell.shortfall > 0)
        assert not cell.below_four_fifths or cell.ratio < 0.8 + 1e-12
        assert math.isnan(cell.detectable) or 0 <= cell.detectable < 1
        if cell.verdict in VERDICTS:
            low, high = cell.koopman
            assert (cell.verdict in UNLIKELY) == (not low <= 1 <= high)
            assert (cell.verdict in UNLIKELY) == (cell.familywise <= 0.05)
            assert (cell.verdict in VERDICTS[:2]) == cell.below_four_fifths
    assert not found.minimum_ratio.value > 1
    assert sum(cell.is_benchmark for cell in found.cells) == (found.benchmark is not None)


@patiently
@given(sides())
def test_intervals_hold_the_point(table):
    x, n, y, m = table
    low, high = koopman(*table)
    if y:
        ratio = (x / n) / (y / m)
        assert low - 1e-9 <= ratio <= high + 1e-9
        assert low >= 0


@patiently
@given(sides(most=60))
def test_swapping_the_sides_inverts_the_interval(table):
    x, n, y, m = table
    low, high = koopman(*table)
    other_low, other_high = koopman(y, m, x, n)
    with np.errstate(divide="ignore"):
        assert 1 / np.float64(other_high) == pytest.approx(low, rel=1e-6)
        assert 1 / np.float64(other_low) == pytest.approx(high, rel=1e-6)
    assert fisher(*table) == pytest.approx(fisher(y, m, x, n), rel=1e-9)
    assert turns_on_one_person(*table) == turns_on_one_person(y, m, x, n)


@patiently
@given(sides(most=40), st.integers(2, 9))
def test_more_people_at_the_same_rates(table, times):
    x, n, y, m = table
    many = tuple(times * one for one in table)
    assert below_four_fifths(*many) == below_four_fifths(*table)
    assert shortfall(*many) <= times * shortfall(*table)
    if x and y:
        few_low, few_high = koopman(*table)
        many_low, many_high = koopman(*many)
        assert few_low <= many_low + 1e-9
        assert many_high <= few_high + 1e-9
    if n and m and 0 < x + y < n + m:
        assert z_difference(*many) == pytest.approx(math.sqrt(times) * z_difference(*table))
    few, more = detectable_ratio(n, m, y / m), detectable_ratio(times * n, times * m, y / m)
    assert math.isnan(few) or more >= few


@patiently
@given(sides(most=60))
def test_one_more_positive_never_makes_it_worse(table):
    x, n, y, m = table
    assume(x < n and y)
    assert below_four_fifths(*table) or not below_four_fifths(x + 1, n, y, m)
    assert shortfall(x + 1, n, y, m) <= shortfall(*table)
    assert (koopman(x + 1, n, y, m) >= koopman(*table) - 1e-9).all()
    if x + 1 + y < n + m:
        assert z_difference(x + 1, n, y, m) > z_difference(*table) or not x + y
    # The two-sided p itself may fall with one more: which other tables are as unlikely changes.
    if (x + 1) * m <= y * n:
        fewer, more = as_few(*table), as_few(x + 1, n, y, m)
        assert more > fewer
        assert fisher(*table) >= fewer * (1 - 1e-6)


@patiently
@given(sides(most=60))
def test_the_shortfall_is_just_enough(table):
    x, n, y, m = table
    missing = int(shortfall(*table))
    assert not below_four_fifths(x + missing, n, y, m)
    assert not missing or below_four_fifths(x + missing - 1, n, y, m)


@patiently
@given(counts())
def test_merging_cells_keeps_the_rate_between(table: Counts):
    assume(len(table.cells) >= 2)
    assume((table.assessed[:2] > 0).all())
    merged = Counts(
        table.cells[1:],
        np.append(table.assessed[:2].sum(), table.assessed[2:]),
        np.append(table.positive[:2].sum(), table.positive[2:]),
    )
    low, high = sorted(table.rates[:2])
    assert low - 1e-12 <= merged.rates[0] <= high + 1e-12
    assert merged.pooled_rate == table.pooled_rate


@patiently
@given(counts())
def test_bounds_hold_the_known_ratio_and_are_it_without_unknown(table: Counts):
    picked = find_benchmark(table, least=1, two_percent=0.0)
    known = Counts(table.cells, table.assessed, table.positive)
    assume(picked.index is not None and table.positive[picked.index] > 0)
    best = int(picked.index or 0)
    for i in range(len(table.cells)):
        if i == best or not table.assessed[i]:
            continue
        ratio = table.rates[i] / table.rates[best]
        low, high = unknown_bounds(table, i, best)
        assert low - 1e-12 <= ratio <= high + 1e-12
        low, high = unknown_bounds_repicked(table, i, picked.eligible)
        assert low - 1e-12 <= min(ratio, 1) <= high + 1e-9
        assert high <= 1
        assert unknown_bounds(known, i, best) == pytest.approx((ratio, ratio))
        assert unknown_bounds_repicked(known, i, picked.eligible) == pytest.approx((ratio, ratio))


@patiently
@given(counts(), st.integers(2, 5))
def test_the_benchmark_is_the_highest_and_stays_when_counts_grow(table: Counts, times: int):
    picked = find_benchmark(table)
    if picked.index is None:
        return
    assert table.rates[picked.index] == np.max(table.rates[picked.eligible])
    assert not picked.below_two_percent[picked.index]
    grown = Counts(
        table.cells,
        times * table.assessed,
        times * table.positive,
        times * table.unknown_assessed,
        times * table.unknown_positive,
    )
    assert find_benchmark(grown, least=5 * times).index == picked.index


@patiently
@given(st.lists(sides(most=40), min_size=1, max_size=5))
def test_strata_don_t_depend_on_their_order(tables):
    strata = [Counts(("f", "m"), np.array([n, m]), np.array([x, y])) for x, n, y, m in tables]
    one = cochran_mantel_haenszel(strata, "f", "m")
    two = cochran_mantel_haenszel(strata[::-1], "f", "m")
    other = cochran_mantel_haenszel(strata, "m", "f")
    assert one.ratio == number(two.ratio)
    assert one.p_value == number(two.p_value)
    assert one.p_value == number(other.p_value)
    assert math.isnan(one.p_value) or 0 <= one.p_value <= 1
    if 0 < one.ratio < math.inf:
        assert one.interval[0] <= one.ratio <= one.interval[1]
        assert other.ratio == pytest.approx(1 / one.ratio)
