"""Cells that are hidden, and what a reader can't get back."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Mapping

import numpy as np
import pytest

from evenhand.audit.suppression import hidden_cells
from evenhand.audit.suppression_attack import Reader, tables_of
from evenhand.errors import MeasureError

Counts = Mapping[str, Mapping[str, int]]


def crossed(people: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Tables of sex, race and their intersection; ``""`` is unknown."""
    tables: dict[str, dict[str, int]] = {"sex": {}, "race": {}, "sex*race": {}}
    for (sex, race), count in people.items():
        cells = {"sex": sex, "race": race, "sex*race": f"{sex}*{race}" if sex and race else ""}
        for name, cell in cells.items():
            tables[name][cell] = tables[name].get(cell, 0) + count
    return tables


def test_nothing_is_hidden_where_no_cell_is_small():
    counts = crossed({("f", "a"): 5, ("f", "b"): 9, ("m", "a"): 7, ("m", "b"): 8})
    assert hidden_cells(counts) == {name: frozenset() for name in counts}


def test_a_lone_small_cell_takes_the_smallest_other_with_it():
    assert hidden_cells({"sex": {"f": 3, "m": 40, "x": 9}}) == {"sex": {"f", "x"}}


def test_two_cells_of_one_person_give_each_other_away():
    """Both are at least 1 and their sum is 2: hiding the two alone hides nothing."""
    assert hidden_cells({"sex": {"f": 1, "m": 1, "x": 9, "y": 30}}) == {"sex": {"f", "m", "x"}}


def test_a_single_table_needs_no_solver(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    assert hidden_cells({"sex": {"f": 1, "m": 1, "x": 9, "y": 30}}) == {"sex": {"f", "m", "x"}}


def test_empty_cells_are_shown_and_the_unknown_row_may_be_hidden():
    found = hidden_cells({"sex": {"f": 3, "m": 40, "x": 0, "": 12}})
    assert found == {"sex": {"f", ""}}


def test_a_small_intersection_takes_a_rectangle_with_it():
    """Subtraction along the row and along the column both have to fail."""
    counts = crossed(
        {
            ("f", "a"): 3,
            ("f", "b"): 20,
            ("f", "c"): 27,
            ("m", "a"): 20,
            ("m", "b"): 21,
            ("m", "c"): 25,
        }
    )
    found = hidden_cells(counts)
    assert found["sex*race"] == {"f*a", "f*b", "m*a", "m*b"}
    assert not found["sex"] | found["race"]


def test_the_people_of_unknown_race_hide_no_cell():
    """Who knows that nobody is unknown among women would have the lone cell by subtraction."""
    counts = crossed({("f", "a"): 3, ("f", "b"): 20, ("m", "a"): 30, ("m", "b"): 40, ("m", ""): 90})
    found = hidden_cells(counts)["sex*race"]
    assert "f*a" in found
    assert len([cell for cell in found if cell.startswith("f*")]) > 1 or hidden_cells(counts)["sex"]


def test_two_intersections_that_share_an_unpublished_part():
    """Women are not published; but both intersections add up to them."""
    counts = {
        "sex*race": {"f*a": 3, "f*b": 30, "m*a": 40, "m*b": 50},
        "sex*age": {"f*y": 13, "f*o": 20, "m*y": 42, "m*o": 48},
    }
    found = hidden_cells(counts)
    hidden = frozenset((name, cell) for name, cells in found.items() for cell in cells)
    assert Reader(tables_of(counts), hidden).can_be(("sex*race", "f*a"), 1, 4)
    alone = frozenset({("sex*race", "f*a"), ("sex*race", "m*a")})
    assert not Reader(tables_of(counts), alone).can_be(("sex*race", "f*a"), 1, 4)


BLOCK = crossed({("f", "a"): 1, ("f", "b"): 4, ("m", "a"): 4, ("m", "b"): 6})
CHOSEN = crossed({("f", "a"): 1, ("f", "b"): 4, ("m", "a"): 0, ("m", "b"): 0})


def test_who_was_selected_can_give_away_how_many_there_are():
    """All women selected, no man: one selected of race a is then the one woman of race a."""
    hidden = frozenset(("sex*race", cell) for cell in BLOCK["sex*race"])
    cell = ("sex*race", "f*a")
    assert Reader(tables_of(BLOCK), hidden).can_be(cell, 1, 4)
    assert Reader(tables_of(BLOCK, [CHOSEN]), hidden).range_within(cell, 1, 4) == (1, 1)
    more = hidden_cells(BLOCK, subsets=[CHOSEN])
    assert set(more["sex"]) | set(more["race"])
    kept = frozenset((name, cell) for name, cells in more.items() for cell in cells)
    assert Reader(tables_of(BLOCK, [CHOSEN]), kept).can_be(cell, 1, 4)


def test_what_totals_and_empty_cells_say_is_not_taken_back():
    """Three and one of four: nobody can be shown, and the total says that none has four."""
    assert hidden_cells({"sex": {"f": 3, "m": 1}}) == {"sex": {"f", "m"}}
    assert hidden_cells({"sex": {"f": 2}}) == {"sex": {"f"}}
    assert hidden_cells({"sex": {}}) == {"sex": frozenset()}


def test_independent_tables_tell_nothing_of_each_other():
    found = hidden_cells({"sex": {"f": 3, "m": 37}, "race": {"a": 20, "b": 20}})
    assert found == {"sex": {"f", "m"}, "race": frozenset()}


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"sex": {"f": -1, "m": 3}}, "fewer than no people"),
        ({"sex": {"f": 4}, "race": {"a": 5}}, "different numbers of people"),
        ({"sex*race": {"f": 4}, "sex": {"f": 4}}, "values joined by"),
        ({"sex": {"f": 9, "m": 9}, "sex*race": {"f*a": 18, "m*a": 0}}, "no people fit"),
    ],
)
def test_counts_that_cannot_be(counts: Counts, said: str):
    with pytest.raises(MeasureError, match=said):
        hidden_cells({**counts}, least=20)


def test_a_subset_larger_than_its_cell():
    with pytest.raises(MeasureError, match="subset"):
        hidden_cells({"sex": {"f": 4}}, subsets=[{"sex": {"f": 5}}])


def random_tables(sizes: tuple[int, int], people: int, seed: int) -> tuple[Counts, Counts]:
    rng = np.random.default_rng(seed)
    values = [[*map(str, range(size)), ""] for size in sizes]
    chances = [np.append(rng.dirichlet(np.full(size, 2.0)) * 0.97, 0.03) for size in sizes]
    joint = rng.multinomial(people, np.outer(*chances).ravel())
    chosen = rng.binomial(joint, 0.3)
    keys = list(itertools.product(*values))
    return (
        crossed(dict(zip(keys, joint.tolist(), strict=True))),
        crossed(dict(zip(keys, chosen.tolist(), strict=True))),
    )


@pytest.mark.parametrize("seed", range(3))
def test_sixty_cells_take_no_time_and_keep_every_promise(seed: int):
    counts, chosen = random_tables((3, 12), 500, seed)
    start = time.process_time()
    found = hidden_cells(counts, subsets=[chosen])
    assert time.process_time() - start < 2
    tables = tables_of(counts, [chosen])
    widest = Reader(tables, frozenset(tables.counts))
    hidden = frozenset((name, cell) for name, cells in found.items() for cell in cells)
    reader = Reader(tables, hidden)
    for cell, people in tables.counts.items():
        if people < 5:
            assert reader.range_within(cell, 1, 4) == widest.range_within(cell, 1, 4)
    assert len(hidden) < len(tables.counts)
