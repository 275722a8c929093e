"""The front door: verdicts, states, the worked example of the rule, JSON and odd tables."""

from __future__ import annotations

import json
import math
import time

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.figure import cards
from evenhand.measure.rates.assess import (
    EMPTY_BENCHMARK,
    EVERYBODY_SELECTED,
    FEW_EXPECTED,
    NO_BENCHMARK,
    NOBODY_ASSESSED,
    NOBODY_SELECTED,
    ONE_GROUP,
    VERDICTS,
    RateAssessment,
    assess,
)
from evenhand.measure.rates.counts import Counts, count


def table(unknown: tuple[int, int] = (0, 0), **cells: tuple[int, int]) -> Counts:
    """Cells of (positive, assessed), in the order of their names."""
    names = tuple(sorted(cells))
    pairs = np.array([cells[name] for name in names], dtype=np.int64).reshape(-1, 2)
    return Counts(names, pairs[:, 1], pairs[:, 0], unknown[1], unknown[0])


def quick(counts: Counts, **options) -> RateAssessment:
    return assess(counts, **{"permutations": 199, **options})


def test_the_worked_example_of_the_rule():
    # 6 RCNY 5-301's scoring example, from whole people. It prints .642 for Hispanic or Latino
    # (18 of 28 = .6429) and so .58 for White, which is .5833 either way.
    sexes = quick(table(male=(50, 92), female=(34, 76)))
    races = quick(
        table(
            hispanic=(18, 28),
            white=(15, 40),
            black=(16, 32),
            pacific=(5, 8),
            asian=(10, 24),
        )
    )
    printed = {
        "male": (".543", "1.00"),
        "female": (".447", "0.82"),
        "hispanic": (".643", "1.00"),
        "white": (".375", "0.58"),
        "black": (".500", "0.78"),
        "pacific": (".625", "0.97"),
        "asian": (".417", "0.65"),
    }
    for cell in (*sexes.cells, *races.cells):
        rate, ratio = printed[cell.name]
        assert f"{cell.rate:.3f}".lstrip("0") == rate
        assert f"{cell.ratio:.2f}" == ratio
    assert math.floor(1000 * races.cell("hispanic").rate) / 1000 == 0.642
    assert (sexes.benchmark, races.benchmark) == ("male", "hispanic")
    assert [cell.name for cell in races.cells if cell.below_four_fifths] == [
        "asian",
        "black",
        "white",
    ]


def test_the_golden_table():
    found = quick(table(f=(10, 50), m=(40, 100)), permutations=4000)
    cell = found.cell("f")
    assert cell.ratio == 0.5
    assert cell.ratio_of_not == pytest.approx(0.8 / 0.6)
    assert cell.expected == pytest.approx(50 / 3)
    assert cell.shortfall == 6
    assert cell.fisher == pytest.approx(0.016912, abs=5e-7)
    # A table of two groups alone on its page: the interval is about that of one comparison.
    assert found.reach == pytest.approx(1.96, abs=0.15)
    assert cell.koopman == pytest.approx((0.269375, 0.880206), abs=0.02)
    assert cell.familywise <= 0.05
    assert cell.verdict == "below four-fifths and unlikely by chance"
    assert found.benchmark == "m"
    assert found.cell("m").is_benchmark
    assert found.cell("m").verdict == "the benchmark"
    assert found.rule == "of a group with at least 2% of the people"
    assert found.minimum_ratio.cell == "f"
    with pytest.raises(KeyError):
        found.cell("x")


def test_a_verdict_is_two_statements_and_there_are_four_of_them():
    found = quick(table(a=(10, 100), b=(40, 100), c=(7, 25), d=(36, 100)))
    assert [cell.verdict for cell in found.cells] == [
        "below four-fifths and unlikely by chance",
        "the benchmark",
        "below four-fifths, compatible with chance",
        "not below four-fifths, compatible with chance",
    ]
    many = quick(table(a=(270_000, 570_000), b=(235_000, 480_000)))
    assert many.cell("a").verdict == "not below four-fifths, but unlikely by chance"
    assert many.cell("a").koopman[1] < 1
    assert len(set(VERDICTS)) == 4


def test_words_intervals_and_p_values_never_contradict_each_other():
    rng = np.random.default_rng(4)
    seen = set()
    for seed in range(150):
        sizes = rng.integers(5, 300, rng.integers(2, 6))
        chosen = rng.binomial(sizes, rng.uniform(0.1, 0.6, len(sizes)))
        names = tuple("abcdef"[: len(sizes)])
        for cell in quick(Counts(names, sizes, chosen), seed=seed).cells:
            if cell.verdict in VERDICTS:
                low, high = cell.koopman
                unlikely = "unlikely" in cell.verdict
                assert unlikely == (cell.familywise <= 0.05) == (not low <= 1 <= high)
                assert cell.verdict.startswith("below") == cell.below_four_fifths
                seen.add(cell.verdict)
    assert seen == set(VERDICTS)


def test_a_group_under_2_percent_above_the_benchmark_is_told_by_the_rule():
    cells = {"f": (280, 1000), "m": (300, 1000), "x": (12, 20)}
    found = quick(table(**cells))
    assert (found.benchmark, found.cell("x").ratio) == ("m", pytest.approx(2.0))
    assert found.cell("x").verdict == "not below four-fifths, but unlikely by chance"
    every = quick(table(**cells), least=1, two_percent=0.0)
    assert (every.benchmark, every.rule) == ("x", "of any group")
    assert every.minimum_ratio.cell == "f"
    assert every.cell("x").below_two_percent
    assert any("counted like all others" in note for note in every.notes)


def test_exactly_four_fifths_is_not_below():
    cell = quick(table(a=(3, 5), b=(3, 4)), least=1).cell("a")
    assert cell.ratio < 0.8  # the float
    assert not cell.below_four_fifths
    assert (cell.verdict, cell.state) == (VERDICTS[3], FEW_EXPECTED)


def test_the_names_in_json_are_those_of_the_measures():
    found = quick(table(unknown=(1, 9), f=(0, 50), m=(40, 100))).to_json()
    text = json.dumps(found, allow_nan=False)
    cell = found["cells"][0]
    for name in (
        "cell z z_ratio fisher familywise koopman unknown unknown_repicked ratio ratio_of_not "
        "verdict state"
    ).split():
        assert name in cell, name
    assert {"minimum_ratio", "unknown", "benchmark", "smoothed_edf", "notes"} <= set(found)
    assert cell["z_ratio"] is None
    assert cell["koopman"][0] == 0
    assert "NaN" not in text


def test_the_same_table_gives_the_same_bytes():
    counts = table(unknown=(3, 10), a=(10, 100), b=(40, 100), c=(7, 25))
    one, two = (json.dumps(assess(counts, seed=5).to_json()) for _ in range(2))
    assert one == two
    assert one != json.dumps(assess(counts, seed=6).to_json())


@pytest.mark.parametrize(
    ("cells", "states"),
    [
        ({"a": (3, 10)}, {"a": ONE_GROUP}),
        ({"a": (3, 10), "b": (0, 0)}, {"a": ONE_GROUP, "b": NOBODY_ASSESSED}),
        ({"a": (0, 10), "b": (0, 20)}, {"a": NOBODY_SELECTED, "b": NOBODY_SELECTED}),
        ({"a": (1, 2), "b": (1, 3)}, {"a": NO_BENCHMARK, "b": NO_BENCHMARK}),
        ({"a": (0, 50), "b": (0, 60), "c": (1, 2)}, dict.fromkeys("abc", EMPTY_BENCHMARK)),
        ({"a": (0, 0), "b": (0, 0)}, dict.fromkeys("ab", NOBODY_ASSESSED)),
        ({}, {}),
    ],
)
def test_tables_without_a_ratio(cells, states):
    found = quick(table(unknown=(2, 4), **cells))
    assert {cell.name: cell.state for cell in found.cells} == states
    assert {cell.verdict for cell in found.cells} <= {None}
    assert math.isnan(found.minimum_ratio.value)
    assert found.minimum_ratio.reason
    json.dumps(found.to_json(), allow_nan=False)


def test_everybody_selected_is_parity():
    found = quick(table(a=(10, 10), b=(20, 20)))
    assert [cell.ratio for cell in found.cells] == [1.0, 1.0]
    assert {cell.state for cell in found.cells} == {EVERYBODY_SELECTED}
    assert {cell.verdict for cell in found.cells} == {"the benchmark", VERDICTS[3]}
    assert math.isnan(found.cell("a").ratio_of_not)
    assert found.minimum_ratio.value == 1.0


def test_an_empty_cell_and_a_cell_of_one_keep_their_rows():
    found = quick(table(a=(10, 100), b=(40, 100), c=(0, 0), d=(1, 1)))
    empty, single = found.cell("c"), found.cell("d")
    assert (empty.verdict, empty.state) == (None, NOBODY_ASSESSED)
    assert single.below_two_percent
    assert single.ratio == pytest.approx(2.5)
    assert (single.verdict, single.state) == (VERDICTS[3], FEW_EXPECTED)
    assert found.benchmark == "b"
    assert any(note.startswith("c, d: less than 2 %") for note in found.notes)


def test_nobody_selected_in_one_cell():
    cell = quick(table(a=(0, 60), b=(30, 60))).cell("a")
    assert (cell.ratio, cell.shortfall) == (0.0, 24)
    assert cell.koopman[0] == 0
    assert math.isnan(cell.z_ratio)
    assert cell.verdict == VERDICTS[0]


def test_everybody_of_unknown_group():
    found = quick(table(unknown=(3, 10)))
    assert (found.unknown.assessed, found.unknown.rate, found.unknown.share) == (10, 0.3, 1.0)
    assert found.cells == ()
    assert any("nothing to compare" in note for note in found.notes)


def test_hidden_cells_keep_their_row_and_decide_nothing():
    cells = {"a": (38, 100), "b": (30, 100), "c": (9, 10), "d": (0, 12)}
    found = quick(table(**cells), hidden=frozenset({"c", "d"}))
    assert found.benchmark == "a"
    assert found.minimum_ratio.cell == "b"
    assert [cell.is_hidden for cell in found.cells] == [False, False, True, True]
    assert found.cell("c").ratio > 1
    alone = quick(table(a=(38, 100), b=(30, 100)))
    assert found.cell("b").familywise == pytest.approx(alone.cell("b").familywise, abs=0.1)
    assert not any("c" in note.split(":")[0].split(", ") for note in found.notes)
    assert found.smoothed_edf == quick(table(a=(38, 100), b=(30, 100))).smoothed_edf


def test_a_hundred_million_people_a_cell():
    n = 10**8
    found = quick(table(unknown=(n // 2, n), a=(3 * n // 10, n), b=(4 * n // 10, n), c=(n, n)))
    assert found.benchmark == "c"
    assert found.cell("a").shortfall == n // 2
    assert found.cell("a").koopman == pytest.approx((0.3, 0.3), abs=1e-3)
    assert found.cell("a").verdict == VERDICTS[0]


def test_a_million_outcomes_take_well_under_two_seconds():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 15, 10**6).astype(np.int16)
    positive = rng.random(10**6) < 0.3
    start = time.process_time()
    found = assess(count(codes, [f"{i:02d}" for i in range(14)], positive))
    assert time.process_time() - start < 1.5
    assert sum(cell.assessed for cell in found.cells) + found.unknown.assessed == 10**6


def test_permutations_are_needed():
    with pytest.raises(MeasureError, match="permutations"):
        assess(table(a=(3, 10), b=(4, 10)), permutations=0)


def test_every_measure_has_a_card():
    keys = [one.key for one in cards("rates")]
    assert len(set(keys)) == len(keys)
    wanted = (
        "selection_rate scoring_rate impact_ratio ratio_of_not_selected four_fifths shortfall z "
        "z_ratio fisher koopman familywise minimum_ratio unknown_bounds one_person detectable "
        "two_percent cochran_mantel_haenszel breslow_day smoothed_edf"
    )
    assert set(keys) == set(wanted.split())
    for one in cards("rates"):
        assert one.better in {"higher", "lower", "1", "0", "none"}
        assert one.formula
        assert one.range
        assert one.undefined
        assert one.source
