"""The front door: verdicts, states, the worked example of the rule, JSON and odd tables."""

from __future__ import annotations

import json
import math
import time

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.rates import DEFINITIONS, VERDICTS, Counts, assess, count
from evenhand.measure.rates.assess import (
    EMPTY_BENCHMARK,
    EVERYBODY_SELECTED,
    FEW_EXPECTED,
    NO_BENCHMARK,
    NOBODY_ASSESSED,
    NOBODY_SELECTED,
    ONE_GROUP,
)
from evenhand.measure.rates.assessment import RateAssessment


def table(unknown: tuple[int, int] = (0, 0), **cells: tuple[int, int]) -> Counts:
    """Cells of (positive, assessed), in the order of their names."""
    names = tuple(sorted(cells))
    pairs = np.array([cells[name] for name in names], dtype=np.int64).reshape(-1, 2)
    return Counts(names, pairs[:, 1], pairs[:, 0], unknown[1], unknown[0])


def quick(counts: Counts, **options) -> RateAssessment:
    return assess(counts, **{"permutations": 199, "resamples": 99, **options})


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
    assert cell.fisher == cell.fisher_holm == pytest.approx(0.016912, abs=5e-7)
    assert cell.boschloo == pytest.approx(0.013687, abs=5e-7)
    assert cell.familywise <= 0.05
    assert cell.verdict == "below four-fifths and unlikely by chance"
    assert found.benchmark == "m"
    assert found.cell("m").is_benchmark
    assert found.cell("m").verdict == "not below"
    assert found.minimum_ratio.cell == "f"
    with pytest.raises(KeyError):
        found.cell("x")


def test_three_verdicts():
    found = quick(table(a=(10, 100), b=(40, 100), c=(7, 25), d=(36, 100)))
    assert [cell.verdict for cell in found.cells] == [
        VERDICTS[0],
        VERDICTS[2],
        VERDICTS[1],
        VERDICTS[2],
    ]


def test_the_familywise_p_value_decides_where_holms_says_otherwise():
    many = [1437, 272, 447, 170, 36, 23, 16, 1523, 358, 446, 162, 54, 26, 30]
    chosen = [426, 68, 142, 37, 12, 5, 5, 438, 123, 141, 54, 15, 9, 7]
    few = [58, 9, 15, 6, 0, 2, 0, 58, 12, 22, 14, 1, 1, 2]
    picked = [3, 0, 1, 3, 0, 0, 0, 4, 2, 2, 1, 0, 0, 0]
    names = tuple("abcdefghijklmn")
    large = assess(Counts(names, np.array(many), np.array(chosen)), resamples=9).cell("d")
    small = assess(Counts(names, np.array(few), np.array(picked)), resamples=9).cell("a")
    assert large.fisher_holm < 0.05 < large.familywise
    assert large.verdict == "below four-fifths, compatible with chance"
    assert small.familywise < 0.05 < small.fisher_holm
    assert small.verdict == "below four-fifths and unlikely by chance"


def test_exactly_four_fifths_is_not_below():
    cell = quick(table(a=(3, 5), b=(3, 4)), least=1).cell("a")
    assert cell.ratio < 0.8  # the float
    assert not cell.below_four_fifths
    assert (cell.verdict, cell.state) == ("not below", FEW_EXPECTED)


def test_the_names_in_json_are_those_of_the_measures():
    found = quick(table(unknown=(1, 9), f=(0, 50), m=(40, 100))).to_json()
    text = json.dumps(found, allow_nan=False)
    cell = found["cells"][0]
    for name in (
        "cell z z_ratio fisher boschloo holm familywise katz koopman miettinen_nurminen bootstrap "
        "unknown unknown_repicked ratio ratio_of_not verdict state"
    ).split():
        assert name in cell, name
    assert {"minimum_ratio", "unknown", "benchmark", "smoothed_edf", "notes"} <= set(found)
    assert cell["z_ratio"] is None
    assert cell["katz"] is None
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
    assert {cell.verdict for cell in found.cells} == {"not below"}
    assert math.isnan(found.cell("a").ratio_of_not)
    assert found.minimum_ratio.value == 1.0
    assert found.minimum_ratio.p_value == 1.0


def test_an_empty_cell_and_a_cell_of_one_keep_their_rows():
    found = quick(table(a=(10, 100), b=(40, 100), c=(0, 0), d=(1, 1)))
    empty, single = found.cell("c"), found.cell("d")
    assert (empty.verdict, empty.state) == (None, NOBODY_ASSESSED)
    assert single.below_two_percent
    assert single.ratio == pytest.approx(2.5)
    assert (single.verdict, single.state) == ("not below", FEW_EXPECTED)
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
    assert math.isnan(found.cell("d").fisher_holm)
    assert found.cell("b").fisher_holm == found.cell("b").fisher
    assert not any("c" in note.split(":")[0].split(", ") for note in found.notes)
    assert found.smoothed_edf == quick(table(a=(38, 100), b=(30, 100))).smoothed_edf


def test_a_large_table_has_no_boschloo_and_says_so():
    found = quick(table(a=(100, 1000), b=(200, 1000)))
    assert math.isnan(found.cell("a").boschloo)
    assert any("groups without Boschloo" in note for note in found.notes)


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


def test_permutations_and_resamples_are_needed():
    with pytest.raises(MeasureError, match="permutations"):
        assess(table(a=(3, 10), b=(4, 10)), permutations=0)
    with pytest.raises(MeasureError, match="resamples"):
        assess(table(a=(3, 10), b=(4, 10)), resamples=0)


def test_every_measure_has_a_card():
    keys = [one.key for one in DEFINITIONS]
    assert len(set(keys)) == len(keys)
    wanted = (
        "selection_rate scoring_rate impact_ratio ratio_of_not_selected four_fifths shortfall z "
        "z_ratio fisher boschloo katz koopman miettinen_nurminen holm familywise minimum_ratio "
        "unknown_bounds one_person detectable two_percent cochran_mantel_haenszel breslow_day "
        "smoothed_edf bootstrap"
    )
    assert set(keys) == set(wanted.split())
    for one in DEFINITIONS:
        assert one.better in {"higher", "lower", "1", "0", "none"}
        assert one.formula
        assert one.range
        assert one.undefined
        assert one.source
