"""Rows by occupation group: what a reader who knows all margins can still not tell."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.audit.evidence.scoped import MOST_CHECKS, hidden_rows
from evenhand.measure.estimates import make_scopes


def case(cells: dict[tuple[str, str], int]):
    """One ad a group, everybody qualified for that of their group."""
    groups = sorted({group for group, _ in cells})
    people = [key for key, count in cells.items() for _ in range(count)]
    qualified = np.array([[group == name for group, _ in people] for name in groups])
    return qualified, make_scopes(groups), {"sex": np.array([value for _, value in people])}


def test_nothing_is_hidden_where_nothing_is_small():
    given = case({("a", "f"): 9, ("a", "m"): 8, ("b", "f"): 7, ("b", "m"): 6})
    assert hidden_rows(*given, 5) == {"sex": frozenset()}


def test_a_small_row_takes_its_row_and_column_with_it():
    cells = {(group, sex): 20 + at for at, group in enumerate("abcd") for sex in "fm"}
    found = hidden_rows(*case({**cells, ("b", "f"): 3}), 5)["sex"]
    assert {("b", "f"), ("b", "m")} <= found
    groups = {group for group, value in found if value}
    assert len(groups) == 2
    assert found == {(group, value) for group in groups for value in ("f", "m", "")}


def test_a_value_that_is_small_over_all_is_hidden_over_all():
    cells = {("a", "f"): 20, ("a", "m"): 22, ("a", "x"): 2, ("b", "f"): 24, ("b", "m"): 25}
    found = hidden_rows(*case(cells), 5)["sex"]
    assert ("overall", "x") in found
    assert len({value for scope, value in found if scope == "overall"}) > 1


def test_least_1_hides_nothing():
    assert (
        hidden_rows(*case({("a", "f"): 1, ("a", "m"): 8, ("b", "f"): 7}), 1)["sex"] == frozenset()
    )


def test_somebody_in_two_groups_hides_too_much_rather_than_too_little():
    """Two people are qualified in both groups; who they are can't be told from either."""
    cells = {("a", "f"): 20, ("a", "m"): 22, ("b", "f"): 24, ("b", "m"): 25}
    qualified, scopes, labels = case(cells)
    qualified[:, :2] = True
    found = hidden_rows(qualified, scopes, labels, 5)["sex"]
    assert {("a", "f"), ("b", "f")} <= found


@pytest.mark.parametrize(("least", "all_hidden"), [(5, False), (MOST_CHECKS, True)])
def test_what_would_take_too_long_is_hidden_altogether(least: int, all_hidden: bool):
    cells = {(group, sex): 30 + at for at, group in enumerate("abcd") for sex in "fm"}
    found = hidden_rows(*case(cells), least)["sex"]
    everything = {(group, value) for group in "abcd" for value in ("f", "m", "")}
    assert (found == everything) is all_hidden
