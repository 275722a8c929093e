"""People of small cells in lists: who is taken out, and what becomes of the lists."""

from __future__ import annotations

import math

import numpy as np

from evenhand.audit.suppression import InLists, hidden_rows, shown_in_lists, without
from evenhand.match.protocol import Rankings
from evenhand.measure.counts import make_scopes
from evenhand.records.job import Job
from evenhand.records.people import Candidate, Pool

Cells = dict[tuple[str, str], int]


def case(cells: Cells) -> tuple[list[Job], Pool, np.ndarray]:
    """One ad a group, everybody qualified for that of their group."""
    people = [key for key, count in cells.items() for _ in range(count)]
    groups = sorted({group for group, _ in cells})
    jobs = [Job(id=name, text="ad", fields={"of": name}) for name in groups]
    pool = Pool(
        tuple(Candidate(str(at), "text", {"sex": sex}) for at, (_, sex) in enumerate(people))
    )
    return jobs, pool, np.array([[group == name for group, _ in people] for name in groups])


def shown(cells: Cells, least: int = 5) -> InLists:
    return shown_in_lists(*case(cells), ("sex",), grouped_by="of", least=least)


def rows_hidden(cells: Cells) -> set[tuple[str, str]]:
    jobs, pool, qualified = case(cells)
    among = shown(cells)
    labels = {"sex": pool.column("sex")[among.people]}
    scopes = make_scopes([job.fields["of"] for job in jobs])
    return set(hidden_rows(qualified[:, among.people], scopes, labels, among)["sex"])


def test_nobody_is_left_out_where_nothing_is_small():
    found = shown({("a", "f"): 9, ("a", "m"): 8, ("b", "f"): 7, ("b", "m"): 6})
    assert not found.hides
    assert found.scoped == {"sex"}


LARGE = {(group, sex): 20 + at for at, group in enumerate("abcd") for sex in "fm"}


def test_the_people_of_a_small_row_go_and_no_others():
    cells = {**LARGE, ("b", "f"): 3}
    found = shown(cells)
    assert int((~found.people).sum()) == 3
    assert rows_hidden(cells) == {("b", "f"), *((scope, "") for scope in ("overall", *"abcd"))}


def test_a_value_that_is_small_over_all_is_hidden_over_all():
    cells = {**LARGE, ("a", "x"): 2}
    assert {("overall", "x"), ("a", "x"), ("b", "x")} <= rows_hidden(cells)


def test_least_1_hides_nothing():
    assert not shown({("a", "f"): 1, ("a", "m"): 8, ("b", "f"): 7}, 1).hides


def test_too_many_small_rows_are_all_hidden_and_nobody_is_left_out():
    cells = {(f"g{at:02}", sex): 3 for at in range(40) for sex in "fm"}
    found = shown(cells)
    assert not found.hides
    assert found.scoped == frozenset()
    hidden = rows_hidden(cells)
    assert ("g07", "f") in hidden
    assert ("overall", "f") not in hidden


def test_somebody_in_two_groups_counts_in_a_group_of_their_own():
    """Two people are qualified in both groups; who they are can't be told from either."""
    jobs, pool, qualified = case({("a", "f"): 20, ("a", "m"): 22, ("b", "f"): 24, ("b", "m"): 25})
    qualified[:, :2] = True
    found = shown_in_lists(jobs, pool, qualified, ("sex",), grouped_by="of", least=5)
    assert np.flatnonzero(~found.people).tolist() == [0, 1]


def test_lists_without_somebody_move_up():
    lists = Rankings(
        ("q",), tuple("abcd"), np.array([[2, 0, 3, -1]]), np.array([[3.0, 2.0, 1.0, math.nan]])
    )
    found = without(lists, np.array([True, True, False, True]))
    assert found.candidate_ids == ("a", "b", "d")
    assert found.positions.tolist() == [[0, 2, -1, -1]]
    assert found.scores[0, :2].tolist() == [2.0, 1.0]
    assert np.isnan(found.scores[0, 2:]).all()
