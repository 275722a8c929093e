"""Counting the same lists again: with other weights of people, or with other labels.

The bootstrap and the permutation null both ask "what if the people had been others?" while the
top-k lists stay as the engine returned them. Not a random number generator: weights and labels
come from ``bootstrap`` and ``permutation``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.labels import Groups
from evenhand.measure.selection import qualified_hits, top_positions

_CELLS = 4_000_000
"""Most numbers of one chunk's gathered weights: 32 MB."""


@dataclass(frozen=True)
class Lists:
    """Top-k lists, prepared for recounting.

    Attributes:
        positions: Shape ``(jobs, k)``: people shown; 0 where padded.
        hits: Shape ``(jobs, k)``: whether a qualified person stands there.
        groups: Labels of the people.
        patterns: Shape ``(patterns, people)``: the distinct rows of the qualification table.
        pattern_of: Shape ``(jobs,)``: each ad's row of ``patterns``.
    """

    positions: IntArray
    hits: BoolArray
    groups: Groups
    patterns: BoolArray
    pattern_of: IntArray

    def chunk_size(self) -> int:
        """How many resamples to recount at once."""
        return max(1, _CELLS // max(1, self.positions.size))


def distinct_rows(table: BoolArray) -> tuple[IntArray, IntArray]:
    """Where each distinct row first stands, and which of them every row equals."""
    number: dict[bytes, int] = {}
    first: list[int] = []
    which: list[int] = []
    for index, row in enumerate(np.packbits(table, axis=1)):
        key = row.tobytes()
        if key not in number:
            number[key] = len(first)
            first.append(index)
        which.append(number[key])
    return np.array(first, dtype=np.int64), np.array(which, dtype=np.int64)


def prepare_lists(rankings: Rankings, qualified: BoolArray, groups: Groups, k: int) -> Lists:
    """Cut lists at k for recounting.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        groups: Labels of the people.
        k: Places that count as shown.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    hits = qualified_hits(rankings, qualified, k)
    positions = np.where(hits, top_positions(rankings, k), 0)
    first, which = distinct_rows(qualified)
    return Lists(positions, hits, groups, qualified[first], which)


def weighted_counts(
    lists: Lists, weights: NDArray[np.integer] | FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Selected and pool where every person counts as often as their weight says.

    Args:
        lists: The lists.
        weights: Shape ``(resamples, people)``.

    Returns:
        Selected and pool, each of shape ``(resamples, jobs, groups)``. With integer weights every
        number is exact.
    """
    by_person = np.ascontiguousarray(weights.T, dtype=np.float64)
    members = lists.groups.indicators()
    shown = members[lists.positions] * lists.hits[:, :, None]
    selected = shown.transpose(0, 2, 1) @ by_person[lists.positions]
    pools = [members[row].T @ by_person[row] for row in lists.patterns]
    pool = np.stack(pools)[lists.pattern_of]
    return selected.transpose(2, 0, 1), pool.transpose(2, 0, 1)


def relabelled_counts(lists: Lists, codes: NDArray[np.integer]) -> FloatArray:
    """Selected under other labels.

    Args:
        lists: The lists.
        codes: Shape ``(resamples, people)``: codes like those of ``lists.groups``.

    Returns:
        Shape ``(resamples, jobs, groups)``.
    """
    shown = codes[:, lists.positions]
    columns = range(len(lists.groups.columns))
    counts = [((shown == code) & lists.hits).sum(axis=2) for code in columns]
    return np.stack(counts, axis=2).astype(np.float64)
