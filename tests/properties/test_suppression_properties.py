"""What must hold of hidden cells whatever the tables: an attacker who tries every possibility."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.audit.suppression import hidden_cells

patiently = settings(deadline=None, max_examples=40)
SEXES, RACES = ("f", "m", ""), ("a", "b", "")
Joint = tuple[int, ...]
Cell = tuple[str, str]
LEAST = 4


def cells_of(sex: str, race: str) -> tuple[Cell, Cell, Cell]:
    both = f"{sex}*{race}" if sex and race else ""
    return ("sex", sex), ("race", race), ("sex*race", both)


PLACES = [cells_of(sex, race) for sex, race in itertools.product(SEXES, RACES)]


def flat(joint: Joint) -> dict[Cell, int]:
    counts = {cell: 0 for cells in PLACES for cell in cells}
    for people, cells in zip(joint, PLACES, strict=True):
        for cell in cells:
            counts[cell] += people
    return counts


def nested(counts: Mapping[Cell, int]) -> dict[str, dict[str, int]]:
    tables: dict[str, dict[str, int]] = {}
    for (name, cell), people in counts.items():
        tables.setdefault(name, {})[cell] = people
    return tables


def splits(people: int, places: int) -> Iterator[Joint]:
    if places == 1:
        yield (people,)
        return
    for first in range(people + 1):
        for rest in splits(people - first, places - 1):
            yield (first, *rest)


@cache
def every_table(people: int) -> list[dict[Cell, int]]:
    return [flat(joint) for joint in splits(people, len(PLACES))]


def possible(counts: Mapping[Cell, int], hidden: set[Cell]) -> dict[Cell, set[int]]:
    """Every number of people that each hidden cell may have, by trying all tables."""
    found: dict[Cell, set[int]] = {cell: set() for cell in hidden}
    for table in every_table(sum(counts[cell] for cell in counts if cell[0] == "sex")):
        if all(
            table[cell] >= 1 if cell in hidden else table[cell] == people
            for cell, people in counts.items()
        ):
            for cell in hidden:
                found[cell].add(table[cell])
    return found


joints = st.integers(1, 7).flatmap(
    lambda people: st.lists(st.integers(0, 8), min_size=people, max_size=people).map(
        lambda drawn: tuple(drawn.count(place) for place in range(9))
    )
)
larger = st.tuples(*[st.integers(0, 25)] * 4, *[st.integers(0, 4)] * 5)


def hidden_set(counts: Mapping[Cell, int], least: int) -> set[Cell]:
    found = hidden_cells(nested(counts), least=least)
    return {(name, cell) for name, cells in found.items() for cell in cells}


@given(joints, st.integers(2, LEAST))
@patiently
def test_nobody_who_tries_everything_narrows_a_small_cell(joint: Joint, least: int):
    counts = flat(joint)
    hidden = hidden_set(counts, least)
    filled = {cell for cell, people in counts.items() if people}
    assert {cell for cell in filled if counts[cell] < least} <= hidden <= filled
    told, never_told = possible(counts, hidden), possible(counts, filled)
    for cell in hidden:
        if counts[cell] < least:
            announced = set(range(1, least)) & never_told[cell]
            assert announced <= told[cell], (cell, told[cell])


@given(larger)
@patiently
def test_a_higher_bound_hides_no_less(joint: Joint):
    counts = flat(joint)
    for least in range(1, 7):
        assert hidden_set(counts, least) <= hidden_set(counts, least + 1)


@given(larger)
@patiently
def test_nothing_is_hidden_where_nothing_is_small(joint: Joint):
    counts = flat(joint)
    hidden = hidden_set(counts, 5)
    assert bool(hidden) == any(0 < people < 5 for people in counts.values())


def renamed(cell: Cell, names: Mapping[str, str]) -> Cell:
    return cell[0], "*".join(names[part] for part in cell[1].split("*")) if cell[1] else ""


@given(larger, st.permutations("fmab"), st.randoms(use_true_random=False))
@patiently
def test_names_and_order_of_cells_do_not_count(joint: Joint, values: list[str], shuffler):
    counts = flat(joint)
    names = dict(zip("fmab", values, strict=True))
    cells = list(counts)
    shuffler.shuffle(cells)
    other = {renamed(cell, names): counts[cell] for cell in cells}
    assert hidden_set(other, 5) == {renamed(cell, names) for cell in hidden_set(counts, 5)}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30)), st.integers(2, 8))
@patiently
def test_one_table_by_hand(cells: dict[str, int], least: int):
    """With a total alone: the others can go down to 1 each, and up by what this one loses."""
    hidden = hidden_cells({"sex": cells}, least=least)["sex"]
    filled = [cell for cell in cells if cells[cell]]

    def most(cell: str, among: list[str]) -> int:
        return cells[cell] + sum(cells[other] - 1 for other in among if other != cell)

    for cell in filled:
        if cells[cell] < least:
            assert cell in hidden
            assert most(cell, sorted(hidden)) >= min(least - 1, most(cell, filled))
            assert len(hidden) > 1 or len(filled) == 1
