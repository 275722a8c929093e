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


Places = tuple[tuple[Cell, ...], ...]
PLACES: Places = tuple(cells_of(sex, race) for sex, race in itertools.product(SEXES, RACES))


def flat(joint: Joint, places: Places = PLACES) -> dict[Cell, int]:
    counts = {cell: 0 for cells in places for cell in cells}
    for people, cells in zip(joint, places, strict=True):
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
def every_table(people: int, places: Places) -> list[dict[Cell, int]]:
    return [flat(joint, places) for joint in splits(people, len(places))]


def possible(
    counts: Mapping[Cell, int], hidden: set[Cell], places: Places = PLACES
) -> dict[Cell, set[int]]:
    """Every number of people that each hidden cell may have, by trying all tables."""
    found: dict[Cell, set[int]] = {cell: set() for cell in hidden}
    for table in every_table(sum(counts[cell] for cell in counts if cell[0] == "sex"), places):
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


def pairs_of(values: tuple[str, ...]) -> tuple[Cell, ...]:
    """The cells of somebody in three attributes and in the intersections of two of them."""
    value_of = dict(zip(("sex", "race", "age"), values, strict=True))
    pairs = itertools.combinations(value_of, 2)
    both = [(f"{a}*{b}", (value_of[a], value_of[b])) for a, b in pairs]
    crossed = [(name, "*".join(two) if all(two) else "") for name, two in both]
    return (*value_of.items(), *crossed)


THREE: Places = tuple(map(pairs_of, itertools.product(("f", "m"), ("a", "b"), ("y", ""))))


@given(st.tuples(*[st.sampled_from((0, 0, 1, 2))] * 8))
@patiently
def test_intersections_that_share_parts_do_not_give_each_other_away(joint: Joint):
    counts = flat(joint, THREE)
    if sum(joint) > 8:
        return
    hidden = hidden_set(counts, 3)
    filled = {cell for cell, people in counts.items() if people}
    told, never_told = possible(counts, hidden, THREE), possible(counts, filled, THREE)
    for cell in hidden:
        if counts[cell] < 3:
            assert {1, 2} & never_told[cell] <= told[cell]


SELECTED = "selected "
HALVES: Places = tuple(
    (*cells, *((f"{SELECTED}{name}", cell) for name, cell in cells if chosen))
    for cells in PLACES
    for chosen in (False, True)
)


@given(st.lists(st.integers(0, len(HALVES) - 1), min_size=1, max_size=5))
@settings(deadline=None, max_examples=20)
def test_the_selected_do_not_give_small_cells_away(drawn: list[int]):
    joint = tuple(drawn.count(place) for place in range(len(HALVES)))
    both = flat(joint, HALVES)
    counts = {cell: people for cell, people in both.items() if not cell[0].startswith(SELECTED)}
    chosen = {
        (name.removeprefix(SELECTED), cell): people
        for (name, cell), people in both.items()
        if name.startswith(SELECTED)
    }
    found = hidden_cells(nested(counts), least=3, subsets=[nested(chosen)])
    hidden = {(name, cell) for name, cells in found.items() for cell in cells}
    told, never_told = (
        reachable(both, which) for which in (hidden, {cell for cell in counts if counts[cell]})
    )
    for cell in hidden:
        if counts[cell] < 3:
            assert {1, 2} & never_told[cell] <= told[cell], (cell, told[cell])


def reachable(both: Mapping[Cell, int], hidden: set[Cell]) -> dict[Cell, set[int]]:
    """As ``possible``, where of hidden cells the selected aren't published either."""
    found: dict[Cell, set[int]] = {cell: set() for cell in hidden}
    people = sum(count for (name, _), count in both.items() if name == "sex")
    chosen = sum(count for (name, _), count in both.items() if name == f"{SELECTED}sex")
    silent = {(f"{SELECTED}{name}", cell) for name, cell in hidden}
    for table in every_table(people, HALVES):
        if (
            sum(count for (name, _), count in table.items() if name == f"{SELECTED}sex") == chosen
            and all(table[cell] >= 1 for cell in hidden)
            and all(table[cell] == n for cell, n in both.items() if cell not in hidden | silent)
        ):
            for cell in hidden:
                found[cell].add(table[cell])
    return found


@given(larger)
@settings(deadline=None, max_examples=12)
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
