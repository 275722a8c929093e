"""Lists within their qualified pools, counted prefix by prefix, once and under shuffled labels.

A list is cut at k and closed up: who isn't qualified for the ad or has no known value is left out,
and the i-th place is the i-th person left. Shuffling labels moves nobody, so the closed lists and
the sizes of pools stay the same and only the counts change.

Not a measure; the files beside it are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.labels import Groups, encode_labels
from evenhand.measure.selection import check_labels, divide, qualified_hits, top_positions

_CELLS = 4_000_000
"""Most numbers of one chunk of recounted prefixes: 32 MB."""


@dataclass(frozen=True)
class Prefixes:
    """What stands in the first places of every list.

    Attributes:
        groups: Labels of the people.
        people: Shape ``(jobs, k)``: who stands at each place of the closed list; 0 where nobody.
        shown: Shape ``(jobs, k)``: whether somebody stands there.
        counts: Shape ``(..., jobs, k, values)``: people of each value in the first places.
        pool: Shape ``(jobs, values)``: qualified people of each value.
    """

    groups: Groups
    people: IntArray
    shown: BoolArray
    counts: FloatArray
    pool: IntArray

    @property
    def length(self) -> IntArray:
        """People in each closed list, shape ``(jobs,)``."""
        return np.asarray(self.shown.sum(axis=1), dtype=np.int64)

    @property
    def place(self) -> IntArray:
        """Number of each place, from 1, shape ``(k,)``."""
        return np.arange(1, self.shown.shape[1] + 1, dtype=np.int64)

    @property
    def selected(self) -> FloatArray:
        """People of each value in the whole list, shape ``(..., jobs, values)``."""
        if not self.shown.shape[1]:
            return np.zeros((*self.counts.shape[:-2], self.counts.shape[-1]))
        return self.counts[..., -1, :]

    @property
    def desired(self) -> FloatArray:
        """Shares in the pool, shape ``(jobs, values)``; NaN where the pool is empty."""
        return divide(self.pool, self.pool.sum(axis=1, keepdims=True))


def count_prefixes(
    rankings: Rankings, qualified: BoolArray, labels: NDArray[np.str_], k: int
) -> Prefixes:
    """Close up the top k of every ad and count its prefixes.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places to look at.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    check_labels(labels, len(rankings.candidate_ids))
    groups = encode_labels(labels)
    hits = qualified_hits(rankings, qualified, k)
    positions = top_positions(rankings, k)
    hits = hits & (groups.codes[positions] < len(groups.values))
    order = np.argsort(~hits, axis=1, kind="stable")
    shown = np.take_along_axis(hits, order, axis=1)
    people = np.where(shown, np.take_along_axis(positions, order, axis=1), 0)
    known = groups.indicators()[:, :-1]
    pool = (qualified.astype(np.float64) @ known).round().astype(np.int64)
    counts = _counts(groups.codes, people, shown, len(groups.values))
    return Prefixes(groups, people, shown, counts, pool)


def recounted(prefixes: Prefixes, codes: NDArray[np.integer]) -> Iterator[Prefixes]:
    """The same lists under other labels, a chunk of labellings at a time.

    Args:
        prefixes: The lists.
        codes: Shape ``(shuffles, people)``: codes that leave the pools' composition as it is.

    Yields:
        Prefixes with counts of shape ``(chunk, jobs, k, values)``.
    """
    values = len(prefixes.groups.values)
    step = max(1, _CELLS // max(1, prefixes.shown.size * values))
    for start in range(0, len(codes), step):
        chunk = codes[start : start + step]
        yield replace(prefixes, counts=_counts(chunk, prefixes.people, prefixes.shown, values))


def _counts(
    codes: NDArray[np.integer], people: IntArray, shown: BoolArray, values: int
) -> FloatArray:
    """People of each value in every prefix, shape ``(..., jobs, k, values)``."""
    codes_shown = np.where(shown, codes[..., people], -1)
    columns = [(codes_shown == value).cumsum(axis=-1) for value in range(values)]
    if not columns:
        return np.zeros((*codes_shown.shape, 0))
    return np.stack(columns, axis=-1).astype(np.float64)
