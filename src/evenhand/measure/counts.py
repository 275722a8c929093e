"""What stands in the lists, counted: groups, who is shown, prefixes, and ranking quality an ad.

Who has no value is *unknown*, gets a column of their own and is never compared with anybody. Lists
can be counted again with other weights of people, or with other labels, while they stay as the
engine returned them. Formulas, ranges and sources of the quality measures are on their cards
(``data/measures/quality.toml``); they give one value an ad, so that resampling and pairing stay
possible. Not a comparison of groups and not a random number generator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.records.people import Pool

UNKNOWN = ""
CROSSED = "*"
OVERALL = "overall"


Labels = NDArray[np.str_]
"""Shape ``(people,)``; ``""`` where unknown."""
Codes = NDArray[np.integer]
"""Shape ``(..., people)``: places among the values of a group."""
Numbers = NDArray[np.number]
Relevance = BoolArray | IntArray | FloatArray
"""Shape ``(jobs, people)``: qualified or not, or grades from 0 up."""


CELLS = 4_000_000
"""Most numbers of one chunk's gathered weights: 32 MB."""


@dataclass(frozen=True)
class Groups:
    """The values of one attribute and who has which."""

    values: tuple[str, ...]  # The known values, sorted
    codes: IntArray  # Shape ``(people,)``: index into ``columns`` of each person

    @property
    def columns(self) -> tuple[str, ...]:
        """The known values and, last, the unknown."""
        return (*self.values, UNKNOWN)

    def indicators(self) -> FloatArray:
        """One column of 0 and 1 for each of ``columns``, shape ``(people, columns)``."""
        return np.eye(len(self.columns))[self.codes]


def encode_labels(labels: Labels) -> Groups:
    """Code the labels of people; ``""`` is unknown and gets the last code."""
    values = tuple(sorted({str(label) for label in np.unique(labels)} - {UNKNOWN}))
    code_of = {value: code for code, value in enumerate((*values, UNKNOWN))}
    codes = np.array([code_of[str(label)] for label in labels], dtype=np.int64)
    return Groups(values, codes)


def labels_of(pool: Pool, attribute: str) -> Labels:
    """The value that everybody in a pool has in one attribute, shape ``(people,)``."""
    columns = [name.strip() for name in attribute.split(CROSSED)]
    for name in columns:
        if not pool.has_column(name):
            raise MeasureError(
                f"nobody in the pool has a value in the column {name!r}; name a column of the "
                "people file, or map one to it"
            )
    parts = zip(*(pool.column(name).tolist() for name in columns), strict=True)
    joined = [CROSSED.join(part) if all(part) else UNKNOWN for part in parts]
    return np.array(joined, dtype=np.str_)


@dataclass(frozen=True)
class Scopes:
    """Sets of ads that get figures of their own: first all of them, then each group."""

    names: tuple[str, ...]  # ``overall`` and the names of the groups, sorted
    membership: BoolArray  # Shape ``(jobs, scopes)``

    @property
    def overall(self) -> Scopes:
        """All ads alone."""
        return Scopes(self.names[:1], self.membership[:, :1])

    def items(self) -> Iterator[tuple[str, BoolArray]]:
        """Every scope's name and which ads it holds."""
        return zip(self.names, self.membership.T, strict=True)


def make_scopes(groups_of_jobs: Sequence[str]) -> Scopes:
    """All ads, and each group of ads; an empty name belongs to no group."""
    names = np.array(groups_of_jobs, dtype=np.str_)
    groups = sorted({str(name) for name in names} - {""})
    columns = [np.ones(len(names), dtype=np.bool_), *(names == group for group in groups)]
    return Scopes((OVERALL, *groups), np.stack(columns, axis=1))


@dataclass(frozen=True)
class Selection:
    """Counts of qualified people, by ad and group."""

    groups: tuple[str, ...]  # The known values, sorted, and last ``""``: the unknown
    selected: IntArray  # Shape ``(jobs, groups)``: qualified people in the top k
    pool: IntArray  # Shape ``(jobs, groups)``: qualified people
    job_ids: tuple[str, ...] = ()  # One id per row

    @property
    def rates(self) -> FloatArray:
        """Selection rates, shape ``(jobs, groups)``; NaN where nobody is qualified."""
        return divide(self.selected, self.pool)

    def totals(self, jobs: BoolArray | None = None) -> tuple[IntArray, IntArray]:
        """Selected and pool summed over ads, each of shape ``(groups,)``."""
        rows = slice(None) if jobs is None else jobs
        return self.selected[rows].sum(axis=0), self.pool[rows].sum(axis=0)


def divide(part: Numbers, whole: Numbers) -> FloatArray:
    """Element-wise ``part / whole``; NaN where ``whole`` is 0."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.divide(part, whole, out=np.full(shape, np.nan), where=whole != 0)


def top_positions(rankings: Rankings, k: int) -> IntArray:
    """The first k places of every list, shape ``(jobs, k or fewer)``; -1 where padded."""
    if k < 1:
        raise MeasureError(f"a list can't be cut at {k}; use a cut of 1 or more")
    if rankings.k < min(k, len(rankings.candidate_ids)):
        raise MeasureError(
            f"the lists hold {rankings.k} places and the measure needs {k}; rank again with at "
            f"least {k} places, or measure a smaller top"
        )
    return rankings.positions[:, :k]


def qualified_hits(rankings: Rankings, qualified: BoolArray, k: int) -> BoolArray:
    """Which of the first k places hold a qualified person, shape ``(jobs, k or fewer)``."""
    expected = (len(rankings.query_ids), len(rankings.candidate_ids))
    if qualified.shape != expected:
        raise MeasureError(
            f"the qualification table has shape {qualified.shape} and the rankings are over "
            f"{expected[0]} ads and {expected[1]} people; both must be about the same "
            "ads and people"
        )
    positions = top_positions(rankings, k)
    rows = np.arange(len(positions))[:, None]
    return (positions >= 0) & qualified[rows, positions]


def check_labels(labels: Labels, people: int) -> None:
    """Raise a ``MeasureError`` unless there is one label per person."""
    if labels.shape != (people,):
        raise MeasureError(
            f"there are {people} people and labels of shape {labels.shape}; give one label a "
            "person, empty where unknown"
        )


@dataclass(frozen=True)
class Lists:
    """Top-k lists, ready to be counted again with other people or other labels.

    Counts of qualified people are the plain case; for attention a place is worth what it gives and
    people bring what they deserve.
    """

    positions: IntArray  # Shape ``(jobs, k)``: people shown; 0 where nobody counts
    worth: FloatArray  # Shape ``(jobs, k)``: what each place adds; 0 where nobody counts
    brought: Relevance  # Shape ``(jobs, people)``: what everybody adds to the pool
    groups: Groups

    @property
    def hits(self) -> BoolArray:
        """Which places hold somebody who counts, shape ``(jobs, k)``."""
        return self.worth > 0

    @cached_property
    def patterns(self) -> tuple[Relevance, IntArray]:
        """The distinct rows of ``brought``, and which of them each ad has."""
        first, which = distinct_rows(self.brought)
        return self.brought[first], which

    def chunk_size(self) -> int:
        """How many resamples fit into memory at once."""
        return max(1, CELLS // max(1, self.positions.size))

    def chunks(self, number: int) -> Iterator[slice]:
        """So many resamples in steps."""
        step = self.chunk_size()
        return (slice(start, start + step) for start in range(0, number, step))

    def selection(self) -> Selection:
        """The same in whole numbers of people."""
        shown, pool = (found.astype(np.int64) for found in self.sums)
        return Selection(self.groups.columns, shown, pool)

    def of(self, jobs: BoolArray) -> Lists:
        """The lists of some ads."""
        rows = self.positions[jobs], self.worth[jobs], self.brought[jobs]
        return Lists(*rows, self.groups)

    @cached_property
    def sums(self) -> tuple[FloatArray, FloatArray]:
        """What is shown of every group and what it brings, each ``(jobs, groups)``."""
        members = self.groups.indicators()
        shown = np.einsum("jk,jkg->jg", self.worth, members[self.positions])
        return shown, self.brought.astype(np.float64) @ members


def distinct_rows(table: Relevance) -> tuple[IntArray, IntArray]:
    """Where each distinct row first stands, and which of them every row equals."""
    number: dict[bytes, int] = {}
    first: list[int] = []
    which: list[int] = []
    for index, row in enumerate(table):
        key = row.tobytes()
        if key not in number:
            number[key] = len(first)
            first.append(index)
        which.append(number[key])
    return np.array(first, dtype=np.int64), np.array(which, dtype=np.int64)


def prepare_lists(rankings: Rankings, qualified: BoolArray, groups: Groups, k: int) -> Lists:
    """Lists cut at k whose qualified people are counted."""
    hits = qualified_hits(rankings, qualified, k)
    positions = np.where(hits, top_positions(rankings, k), 0)
    return Lists(positions, hits.astype(np.float64), qualified, groups)


def lists_of(rankings: Rankings, qualified: BoolArray, labels: Labels, k: int) -> Lists:
    """The same from plain labels."""
    check_labels(labels, len(rankings.candidate_ids))
    return prepare_lists(rankings, qualified, encode_labels(labels), k)


def count_selection(rankings: Rankings, qualified: BoolArray, labels: Labels, k: int) -> Selection:
    """Count the qualified people of every group in the pool and in the top k of every ad."""
    return replace(lists_of(rankings, qualified, labels, k).selection(), job_ids=rankings.query_ids)


def weighted_counts(lists: Lists, weights: Codes | FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shown and pool, each ``(resamples, jobs, groups)``, with everybody as often as weighted.

    Weights are of shape ``(resamples, people)``; with whole numbers every count is exact.
    """
    by_person = np.ascontiguousarray(weights.T, dtype=np.float64)
    members = lists.groups.indicators()
    shown = members[lists.positions] * lists.worth[:, :, None]
    selected = shown.transpose(0, 2, 1) @ by_person[lists.positions]
    rows, which = lists.patterns
    pools: list[FloatArray] = []
    for row in rows:
        some = np.flatnonzero(row)
        pools.append((members[some] * row[some, None]).T @ by_person[some])
    return selected.transpose(2, 0, 1), np.stack(pools)[which].transpose(2, 0, 1)


def relabelled_counts(lists: Lists, codes: Codes) -> FloatArray:
    """Shown under other labels, shape ``(resamples, jobs, groups)``."""
    shown = codes[:, lists.positions]
    columns = range(len(lists.groups.columns))
    return np.stack([np.einsum("bjk,jk->bj", shown == code, lists.worth) for code in columns], 2)


def relabelled_pool(lists: Lists, codes: Codes) -> FloatArray:
    """The pool under other labels, shape ``(resamples, jobs, groups)``."""
    rows, which = lists.patterns
    by_person, columns = rows.astype(np.float64).T, range(len(lists.groups.columns))
    pools = [(codes == code).astype(np.float64) @ by_person for code in columns]
    return np.stack(pools, axis=2)[:, which]


def discounts(k: int) -> FloatArray:
    """What a place is worth: ``1 / log2(1 + place)`` for places 1 to k."""
    return 1.0 / np.log2(np.arange(2, k + 2))


def reciprocal_rank(rankings: Rankings, relevance: Relevance, k: int) -> FloatArray:
    """RR@k of every ad, shape ``(jobs,)``."""
    hits = qualified_hits(rankings, relevance > 0, k)
    first = np.where(hits.any(axis=1), 1.0 / (hits.argmax(axis=1) + 1.0), 0.0)
    return _where_anybody(first, relevance)


def ndcg(rankings: Rankings, relevance: Relevance, k: int) -> FloatArray:
    """nDCG@k of every ad, shape ``(jobs,)``."""
    if relevance.dtype != np.bool_ and bool((relevance < 0).any()):
        raise MeasureError("relevance holds a negative grade; use grades from 0 up")
    hits = qualified_hits(rankings, relevance > 0, k)
    rows = np.arange(len(hits))[:, None]
    grades = np.where(hits, relevance[rows, top_positions(rankings, k)], 0)
    return divide(_dcg(grades), ideal_dcg(relevance, k))


def recall(rankings: Rankings, relevance: Relevance, k: int) -> FloatArray:
    """Recall@k of every ad, shape ``(jobs,)``."""
    hits = qualified_hits(rankings, relevance > 0, k)
    return divide(hits.sum(axis=1), (relevance > 0).sum(axis=1))


def precision(rankings: Rankings, relevance: Relevance, k: int) -> FloatArray:
    """Precision@k of every ad, shape ``(jobs,)``; places that a short list left empty count."""
    hits = qualified_hits(rankings, relevance > 0, k)
    return _where_anybody(hits.sum(axis=1) / k, relevance)


def ideal_dcg(relevance: Relevance, k: int) -> FloatArray:
    """DCG of the best possible first k places of every ad, shape ``(jobs,)``."""
    if relevance.dtype == np.bool_:
        best = np.concatenate([[0.0], np.cumsum(discounts(k))])
        return cast(FloatArray, best[np.minimum(relevance.sum(axis=1), k)])
    ordered = -np.sort(-relevance.astype(np.float64), axis=1)[:, :k]
    return _dcg(ordered)


def _where_anybody(values: FloatArray, relevance: Relevance) -> FloatArray:
    """The values, NaN for ads that nobody is relevant for."""
    return np.where((relevance > 0).any(axis=1), values, np.nan)


def _dcg(grades: Numbers) -> FloatArray:
    """DCG of rows of grades, best place first."""
    gains = np.exp2(grades.astype(np.float64)) - 1.0
    return np.asarray(gains @ discounts(grades.shape[1]), dtype=np.float64)


def average_precision(
    rankings: Rankings, relevance: Relevance, k: int, *, attainable: bool = False
) -> FloatArray:
    """AP@k of every ad, shape ``(jobs,)``."""
    hits = qualified_hits(rankings, relevance > 0, k)
    places = np.arange(1, hits.shape[1] + 1, dtype=np.float64)
    precisions: FloatArray = np.cumsum(hits, axis=1) / places
    relevant = (relevance > 0).sum(axis=1)
    return divide(
        (precisions * hits).sum(axis=1), np.minimum(relevant, k) if attainable else relevant
    )


@dataclass(frozen=True)
class Prefixes:
    """What stands in the first places of every list."""

    groups: Groups  # Labels of the people
    people: IntArray  # Shape ``(jobs, k)``: who stands at each place; 0 where nobody
    shown: BoolArray  # Shape ``(jobs, k)``: whether somebody stands there
    counts: FloatArray  # Shape ``(..., jobs, k, values)``: people of each value in the first places
    pool: IntArray  # Shape ``(jobs, values)``: qualified people of each value
    seed: int = 0  # Of random orders of the pools
    # What depends on pools and lengths alone, which no label changes: found once
    once: dict[object, Any] = field(default_factory=dict[object, Any], repr=False)

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

    def chunk_size(self) -> int:
        """How many labellings to count at once."""
        return max(1, CELLS // max(1, self.shown.size * len(self.groups.values)))

    def under(self, codes: Codes) -> Prefixes:
        """The same lists under other labels, that leave the pools as they are."""
        counts = _prefix_counts(codes, self.people, self.shown, len(self.groups.values))
        return replace(self, counts=counts)


def count_prefixes(lists: Lists, seed: int = 0) -> Prefixes:
    """Close up lists and count their prefixes."""
    groups = lists.groups
    hits = lists.hits & (groups.codes[lists.positions] < len(groups.values))
    order = np.argsort(~hits, axis=1, kind="stable")
    shown = np.take_along_axis(hits, order, axis=1)
    people = np.where(shown, np.take_along_axis(lists.positions, order, axis=1), 0)
    known = groups.indicators()[:, :-1]
    pool = (lists.brought.astype(np.float64) @ known).round().astype(np.int64)
    counts = _prefix_counts(groups.codes, people, shown, len(groups.values))
    return Prefixes(groups, people, shown, counts, pool, seed)


def _prefix_counts(codes: Codes, people: IntArray, shown: BoolArray, values: int) -> FloatArray:
    """People of each value in every prefix, shape ``(..., jobs, k, values)``."""
    codes_shown = np.where(shown, codes[..., people], -1)
    # Labellings lie beside each other, for whatever is summed over places afterwards.
    lead = codes_shown.ndim - 2
    order = (*people.shape, *codes_shown.shape[:lead], values)
    counts = np.moveaxis(np.empty(order), (0, 1), (lead, lead + 1))
    for value in range(values):
        np.cumsum(codes_shown == value, axis=-1, out=counts[..., value])
    return counts
