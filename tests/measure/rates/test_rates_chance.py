"""The joint null, the smallest ratio, the p-value over a page, and the unknown."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.rates.assess import assess, held_together, prepare
from evenhand.measure.rates.counts import Counts, unknown_bounds, unknown_bounds_repicked
from evenhand.measure.rates.tests import (
    NO,
    NOT_KNOWN,
    YES,
    Joint,
    MinimumRatio,
    dealt_outcomes,
    joint_of_counts,
    minimum_ratio,
    null_of,
    nulls,
)
from evenhand.measure.resample import SHARES, share_of, together

SEX = np.array([0.5, 0.5])
RACE = np.array([0.58, 0.13, 0.18, 0.07, 0.02, 0.01, 0.01])


def drawn_table(rng: np.random.Generator, shares: np.ndarray, people: int, rate: float) -> Counts:
    """A table without any bias."""
    sizes = rng.multinomial(people, shares / shares.sum())
    names = tuple(f"{i:02d}" for i in range(len(shares)))
    return Counts(names, sizes, rng.binomial(sizes, rate))


def smallest(table: Counts, draws: int, seed: int = 0, **options) -> MinimumRatio:
    """The smallest ratio of a table alone."""
    one = {"": prepare(table, **options)}
    null = nulls(joint_of_counts(table, ""), one, draws, seed)
    return minimum_ratio(table, one[""].picked, null.get(""))


def test_the_smallest_ratio_and_its_chance():
    table = Counts(("a", "b"), np.array([50, 100]), np.array([10, 40]))
    found = smallest(table, 20_000)
    assert (found.value, found.cell, found.permutations) == (0.5, "a", 20_000)
    # Exactly: every x of cell a, either cell being the benchmark.
    ways = [math.comb(50, x) * math.comb(100, 50 - x) for x in range(51)]
    ratios = [min(a, b) / max(a, b) for a, b in ((x / 50, (50 - x) / 100) for x in range(51))]
    below = sum(w for w, r in zip(ways, ratios, strict=True) if r < 0.8 - 1e-12) / sum(ways)
    assert found.chance_below_four_fifths == pytest.approx(below, abs=0.015)
    assert found.chance[0] < found.chance_median < found.chance[1] <= 1


def crossed(rng: np.random.Generator, people: int = 500) -> tuple[np.ndarray, ...]:
    """Sex, race, selected and above of people who differ in nothing; outcomes hang together."""
    sex, race = rng.integers(0, 2, people), rng.integers(0, 3, people)
    luck = rng.normal(size=people)
    return sex, race, luck > 0.7, luck + rng.normal(size=people) > 0


def joint_of(sex: np.ndarray, race: np.ndarray, *outcomes: np.ndarray) -> Joint[tuple[str, str]]:
    people = np.zeros((6, 3, 3), dtype=np.int64)
    np.add.at(people, (sex * 3 + race, *(each.astype(int) for each in outcomes)), 1)
    cells = {"sex": np.repeat([0, 1], 3), "race": np.tile([0, 1, 2], 2), "both": np.arange(6)}
    units = [(measure, name) for measure in ("selection", "scoring") for name in cells]
    return Joint(people, {u: cells[u[1]] for u in units}, {u: u[0] == "scoring" for u in units})


def tables_of(joint: Joint[tuple[str, str]]) -> dict[tuple[str, str], Counts]:
    found = {}
    for unit, cells in joint.cells.items():
        by = joint.people.sum(axis=1 if joint.scored[unit] else 2)
        people, chosen = (
            np.bincount(cells, each).astype(np.int64)
            for each in (by[:, :NOT_KNOWN].sum(axis=1), by[:, YES])
        )
        found[unit] = Counts(tuple(map(str, range(len(people)))), people, chosen)
    return found


def test_outcomes_are_dealt_as_they_are_and_stay_together():
    rng = np.random.default_rng(1)
    sex, race, selected, above = crossed(rng)
    selected = np.where(rng.random(500) < 0.1, NOT_KNOWN, selected)
    above = np.where(rng.random(500) < 0.1, NOT_KNOWN, above)
    joint = joint_of(sex, race, selected, above)
    (chosen, higher), *more = dealt_outcomes(joint.people, 400, 3)
    assert not more
    assert set(chosen.sum(axis=1)) == {(selected == YES).sum()}
    assert set(higher.sum(axis=1)) == {(above == YES).sum()}
    assert (chosen <= joint.people[:, :NOT_KNOWN].sum(axis=(1, 2))).all()
    expected = joint.people[:, :NOT_KNOWN].sum(axis=(1, 2)) * (selected == YES).sum()
    assert chosen.mean(axis=0) == pytest.approx(expected / (selected != NOT_KNOWN).sum(), abs=0.6)
    # Who was selected scored higher: their counts rise and fall together.
    assert np.corrcoef(chosen[:, 0], higher[:, 0])[0, 1] > 0.3
    again, other = (next(iter(dealt_outcomes(joint.people, 400, s)))[0] for s in (3, 4))
    assert (chosen == again).all()
    assert (chosen != other).any()
    with pytest.raises(MeasureError, match="0 permutations"):
        next(iter(dealt_outcomes(joint.people, 0, 0)))


def test_dealing_is_hypergeometric():
    people = np.zeros((3, 3, 3), dtype=np.int64)
    people[:, NO, NOT_KNOWN], people[:, YES, NOT_KNOWN] = (3, 5, 2), (2, 0, 3)
    drawn = next(iter(dealt_outcomes(people, 40_000, 0)))[0][:, 1]
    for x in range(6):
        exact = math.comb(5, x) * math.comb(10, 5 - x) / math.comb(15, 5)
        assert (drawn == x).mean() == pytest.approx(exact, abs=0.01)


def test_draws_in_pieces_are_as_many():
    rng = np.random.default_rng(0)
    people = np.zeros((30_000, 3, 3), dtype=np.int64)
    people[np.arange(30_000), rng.integers(0, 2, 30_000), NOT_KNOWN] = 1
    pieces = [chosen for chosen, _ in dealt_outcomes(people, 30, 0)]
    assert [len(one) for one in pieces] == [13, 13, 4]
    assert {int(n) for one in pieces for n in one.sum(axis=1)} == {int(people[:, YES].sum())}


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
        chances.append(smallest(table, 300, seed).chance_below_four_fifths)
    assert np.mean(chances) == pytest.approx(wanted, abs=0.08)


def test_the_familywise_error_is_kept_where_plain_tests_do_not():
    rng = np.random.default_rng(8)
    shares = np.outer(SEX, RACE).ravel()
    errors, plain = [], []
    for seed in range(400):
        table = drawn_table(rng, shares, 1000, 0.3)
        found = assess(table, permutations=199, seed=seed)
        tested = [cell for cell in found.cells if not math.isnan(cell.familywise)]
        errors.append(any("unlikely" in cell.verdict for cell in tested))
        plain.append(min(cell.fisher for cell in tested) <= 0.05)
    assert np.mean(errors) < 0.085  # .05 and four standard errors of 400 draws
    assert np.mean(plain) > 0.3


def test_the_error_is_that_of_the_whole_page():
    """Six tables that hang together: alone each is wrong in 5 %, together they are too."""
    rng = np.random.default_rng(5)
    alone, page = [], []
    for seed in range(300):
        joint = joint_of(*crossed(rng, 240))
        tables = {unit: prepare(counts) for unit, counts in tables_of(joint).items()}
        null = nulls(joint, tables, 199, seed)
        held = held_together(tables, null)
        page.append(any(held.is_unlikely(u, one.furthest) for u, one in tables.items()))
        each = [held_together({u: tables[u]}, {u: null[u]}) for u in tables]
        alone.append(
            any(h.is_unlikely(u, tables[u].furthest) for h, u in zip(each, tables, strict=True))
        )
    assert np.mean(page) < 0.1
    assert np.mean(alone) > 1.5 * np.mean(page)


def test_a_table_of_two_groups_is_not_drowned_by_one_of_many():
    """Each unit's rarity counts, not its z: many groups pay for themselves."""
    rng = np.random.default_rng(0)
    null = {
        "sex": np.abs(rng.normal(size=1999)),
        "many": np.abs(rng.normal(size=(1999, 30))).max(1),
    }
    held = together({"sex": 2.4, "many": 3.0}, null)
    assert held.reach("sex") == pytest.approx(2.24, abs=0.1)
    assert held.reach("many") == pytest.approx(3.33, abs=0.15)
    assert held.is_unlikely("sex", 2.4)
    assert not held.is_unlikely("many", 3.0)


def test_p_and_reach_say_the_same_and_a_share_makes_both_stricter():
    rng = np.random.default_rng(2)
    null = {unit: np.abs(rng.normal(size=(500, 3))).max(1).round(1) for unit in "abc"}
    for share in (1.0, 0.8, 0.1):
        held = together(dict.fromkeys("abc", 2.0), null, share)
        for unit in "abc":
            for z in np.linspace(0, 5, 200):
                assert held.is_unlikely(unit, z) == (held.p_value(unit, z) <= 0.05 + 1e-12)
    strict, lax = (together(dict.fromkeys("abc", 2.0), null, share) for share in (0.2, 1.0))
    assert strict.reach("a") > lax.reach("a")
    assert strict.p_value("a", 3.0) == pytest.approx(5 * lax.p_value("a", 3.0))
    assert math.isnan(lax.p_value("d", 3.0))
    assert not lax.is_unlikely("d", 3.0)


def test_too_few_draws_for_so_many_units_call_nothing_unlikely():
    null = {unit: np.arange(19.0) for unit in range(40)}
    rng = np.random.default_rng(0)
    held = together(dict.fromkeys(range(40), 1.0), {u: rng.permuted(v) for u, v in null.items()})
    assert not held.is_unlikely(0, 18.0)
    assert held.p_value(0, 18.0) > 0.05


def test_the_shares_of_a_page_add_up():
    for present in (("people",), ("people", "strata"), ("lists", "wording"), tuple(SHARES)):
        assert sum(share_of(name, frozenset(present)) for name in present) == pytest.approx(1)
    assert share_of("people", frozenset({"people"})) == 1
    assert share_of("people", frozenset({"people", "strata"})) == 0.8


def test_a_true_gap_is_found():
    table = Counts(("a", "b", "c"), np.array([400, 400, 400]), np.array([60, 120, 118]))
    found = assess(table, permutations=999)
    assert found.cell("a").familywise == pytest.approx(0.001)
    assert math.isnan(found.cell("b").familywise)
    assert found.cell("c").familywise > 0.5


def test_familywise_of_two_cells_is_nearly_the_two_sided_test():
    table = Counts(("a", "b"), np.array([50, 100]), np.array([10, 40]))
    assert assess(table, permutations=9999).cell("a").familywise == pytest.approx(0.0169, abs=0.004)


def test_too_little_for_a_smallest_ratio():
    alone = Counts(("a", "b"), np.array([50, 3]), np.array([10, 1]))
    found = smallest(alone, 9)
    assert math.isnan(found.value)
    assert "fewer than two groups" in found.reason
    nobody = Counts(("a", "b"), np.array([50, 30]), np.array([0, 0]))
    found = smallest(nobody, 9)
    assert found.reason == "nobody was selected"


def test_the_smallest_ratio_leaves_hidden_and_tiny_cells_out():
    table = Counts(("a", "b", "c", "d"), np.array([100, 100, 100, 3]), np.array([40, 30, 5, 0]))
    assert smallest(table, 99).cell == "c"
    assert smallest(table, 99, hidden=frozenset({"c"})).cell == "b"
    assert smallest(table, 99, least=1, two_percent=0.0).cell == "d"


def test_the_null_by_hand():
    """Largest |z| and smallest ratio of two draws, the benchmark picked in each."""
    table = prepare(Counts(("a", "b", "c"), np.array([10, 10, 20]), np.array([5, 5, 10])))
    found = null_of(np.array([[2, 8, 10], [5, 5, 10]]), table)
    assert found.furthest == pytest.approx([0.6 / math.sqrt(0.25 * 0.2), 0.0])
    assert found.smallest == pytest.approx([0.25, 1.0])
    assert found.below.tolist() == [True, False]


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
