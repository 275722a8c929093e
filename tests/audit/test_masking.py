import math

from hypothesis import given
from hypothesis import strategies as st

from evenhand.audit.suppression import hidden_cells
from evenhand.measure.measures import ScopeMeasures, ValueCounts


def scopes(cells: dict[str, dict[str, int]]) -> dict[str, ScopeMeasures]:
    """By group of ads, people of each value; everybody is qualified in one group."""
    values = sorted({value for counts in cells.values() for value in counts})
    overall = {value: sum(counts.get(value, 0) for counts in cells.values()) for value in values}
    return {
        name: ScopeMeasures(
            1, tuple(ValueCounts(v, n, n, 0, 0.0, math.nan, 0) for v, n in counts.items()), (), 0.0
        )
        for name, counts in {"overall": overall, **cells}.items()
    }


def test_a_lone_small_cell_takes_the_next_smallest_with_it():
    found = hidden_cells(
        scopes({"a": {"f": 3, "m": 40}, "b": {"f": 9, "m": 5}, "c": {"f": 50, "m": 60}})
    )
    assert found == {("a", "f"), ("b", "f")}


def test_two_small_cells_hide_each_other():
    found = hidden_cells(scopes({"a": {"f": 3}, "b": {"f": 4}, "c": {"f": 50}}))
    assert found == {("a", "f"), ("b", "f")}


def test_two_cells_of_one_person_take_a_third_with_them():
    """Both are at least 1 and their sum, 2, is what the total leaves."""
    found = hidden_cells(scopes({"a": {"f": 1}, "b": {"f": 1}, "c": {"f": 9}, "d": {"f": 50}}))
    assert found == {("a", "f"), ("b", "f"), ("c", "f")}


def test_a_value_that_is_small_in_all_is_hidden_everywhere():
    assert hidden_cells(scopes({"a": {"f": 2}, "b": {"f": 1}})) == {
        (scope, "f") for scope in ("overall", "a", "b")
    }


def test_empty_cells_are_not_people():
    assert hidden_cells(scopes({"a": {"f": 0, "m": 7}, "b": {"f": 8, "m": 9}})) == frozenset()


counts = st.fixed_dictionaries({"f": st.integers(0, 30), "m": st.integers(0, 30)})


@given(st.dictionaries(st.sampled_from("abcdef"), counts, min_size=2))
def test_no_small_cell_can_be_had_by_subtraction(cells: dict[str, dict[str, int]]):
    found = hidden_cells(scopes(cells))
    for value in ("f", "m"):
        people = {name: row[value] for name, row in cells.items() if row[value]}
        small = [name for name, number in people.items() if number < 5]
        assert all((name, value) in found for name in small)
        hidden = [name for name in people if (name, value) in found]
        if small and ("overall", value) not in found and len(people) > 1:
            assert len(hidden) > 1
