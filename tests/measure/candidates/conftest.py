"""The toy lists of the reference, counted from 1 there and from 0 here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from evenhand.match.protocol import Rankings
from evenhand.measure.families.people import Relevant, Shown

TOYS = {
    "T1": ([[1, 2], [1, 3], [2, 1], [4, 1]], 5),
    "T2": ([[1, 2], [3, 4], [2, 1], [4, 3]], 4),
    "T3": ([[1, 2], [1, 2], [1, 2], [1, 2]], 5),
}


@pytest.fixture
def toys() -> dict[str, Shown]:
    return {name: Shown(np.array(lists) - 1, people) for name, (lists, people) in TOYS.items()}


@pytest.fixture
def toy_relevant() -> Relevant:
    """Who is relevant to the four ads of T1: {1}, {2, 3}, {5}, {4, 1}."""
    return relevant_of([[1], [2, 3], [5], [4, 1]], 5)


@pytest.fixture
def toy_rankings() -> Rankings:
    lists, people = TOYS["T1"]
    ids = tuple(f"p{person}" for person in range(people))
    scores = np.tile([2.0, 1.0], (4, 1))
    return Rankings(("a", "b", "c", "d"), ids, np.array(lists) - 1, scores)


def relevant_of(sets: Sequence[Sequence[int]], people: int) -> Relevant:
    table = np.zeros((len(sets), people), dtype=np.bool_)
    for ad, members in enumerate(sets):
        table[ad, np.array(members, dtype=np.int64) - 1] = True
    return Relevant(table)
