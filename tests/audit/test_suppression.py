"""Who is counted, so that nothing says anything of small groups."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from evenhand.audit.suppression import Cells, Shown, shown_people

SEXES, RACES = ("f", "m", "x", ""), ("a", "b", "c", "")
Joint = Mapping[tuple[str, str], int]


def shown(joint: Joint, *, by: tuple[str, ...] = ("sex", "race", "sex*race"), least: int = 5):
    """What is shown of people by sex and race; ``""`` is unknown."""
    people = [key for key, count in joint.items() for _ in range(count)]
    sex = np.array([SEXES.index(one) for one, _ in people], dtype=np.int64)
    race = np.array([RACES.index(one) for _, one in people], dtype=np.int64)
    both = np.where((sex < 3) & (race < 3), sex * 3 + race, 9)
    tables = {
        "sex": Cells(sex, sex, 3),
        "race": Cells(race, race, 3),
        "sex*race": Cells(sex * 4 + race, both, 9),
    }
    weight, known = np.ones(len(people), dtype=np.int64), np.ones(len(people), dtype=np.bool_)
    found = shown_people({name: tables[name] for name in by}, weight, known, least)
    return found, left(people, found)


def left(people: list[tuple[str, str]], found: Shown) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for one, kept in zip(people, found.people, strict=True):
        counts[one] = counts.get(one, 0) + int(kept)
    return counts


LARGE = {("f", "a"): 60, ("f", "b"): 58, ("m", "a"): 57, ("m", "b"): 56}


def test_everybody_is_shown_where_no_cell_is_small():
    assert shown(LARGE)[1] == LARGE


def test_a_small_group_hides_no_other():
    found = shown({("f", "a"): 200, ("m", "a"): 200, ("x", "a"): 3}, by=("sex",))[1]
    assert found == {("f", "a"): 200, ("m", "a"): 200, ("x", "a"): 0}


def test_the_people_of_a_small_intersection_are_in_no_margin():
    found = shown({**LARGE, ("x", "a"): 3, ("x", "b"): 40})[1]
    assert found == {**LARGE, ("x", "a"): 0, ("x", "b"): 40}


def test_few_people_who_are_unknown_in_one_part_are_left_out():
    """Women less the women of known race would say how many and how they fared."""
    found = shown({**LARGE, ("f", ""): 2, ("m", ""): 30})[1]
    assert found == {**LARGE, ("f", ""): 0, ("m", ""): 30}


def test_a_cell_that_others_leave_small_goes_too():
    """Six of race c, of whom three are the only ones of their sex."""
    found = shown({**LARGE, ("x", "c"): 3, ("f", "c"): 3}, by=("sex", "race"))[1]
    assert found == {**LARGE, ("x", "c"): 0, ("f", "c"): 0}


def test_a_table_of_small_groups_is_not_given():
    joint = {(sex, race): 4 for sex in "fmx" for race in "abc"}
    found, counts = shown(joint)
    assert found.withheld == ("sex*race",)
    assert counts == joint
    assert not sum(shown(joint, by=("sex*race",))[1].values())


def test_a_large_table_with_small_groups_is_given():
    joint = {("f", "a"): 300, ("f", "b"): 158, ("m", "a"): 310, ("m", "b"): 150}
    found, counts = shown({**joint, ("x", "a"): 3, ("x", "b"): 2, ("x", "c"): 1})
    assert not found.withheld
    assert {key: counts[key] for key in joint} == joint


def test_least_decides_what_is_small():
    assert shown({**LARGE, ("x", "a"): 3}, least=3)[1][("x", "a")] == 3
    assert shown({**LARGE, ("x", "a"): 3}, least=1)[1][("x", "a")] == 3


def test_a_row_stands_for_as_many_people_as_it_says():
    codes = np.array([0, 1, 1])
    found = shown_people(
        {"sex": Cells(codes, codes, 2)}, np.array([5, 2, 2]), np.ones(3, dtype=np.bool_), 5
    )
    assert found.people.tolist() == [True, False, False]


def test_a_million_rows_take_no_time():
    rng = np.random.default_rng(0)
    sex, race = rng.integers(0, 3, 10**6), rng.integers(0, 9, 10**6)
    tables = {
        "sex": Cells(sex, sex, 2),
        "race": Cells(race, race, 8),
        "sex*race": Cells(sex * 9 + race, sex * 9 + race, 27),
    }
    start = time.process_time()
    shown_people(tables, np.ones(10**6, dtype=np.int64), np.ones(10**6, dtype=np.bool_), 5)
    assert time.process_time() - start < 2


def test_few_people_of_unknown_group_are_in_no_rest():
    """A coarse table says that its unknown row is hidden: so they count in no total either."""
    joint = {(sex, race): 4 for sex in "fmx" for race in "abc"}
    found, counts = shown({**joint, ("f", "a"): 60, ("m", ""): 3}, by=("sex", "sex*race"))
    assert [*found.coarse] == ["sex*race"]
    assert counts["m", ""] == 0
    assert counts["m", "b"] == 4
