"""Who was shown: qualified people in the top k of every ad, counted by group.

Formula: ``rate_jg = selected_jg / pool_jg``, where ``pool_jg`` is the number of people of group g
who are qualified for ad j and ``selected_jg`` those of them among the first k places of its list.
Range: 0 (nobody of the group was shown) to 1 (everybody was).
Undefined: NaN where the ad has no qualified people of the group.
Source: the selection rate of 29 CFR 1607.16(R), with "in the top k" for "selected".

Not a comparison of groups; those are in the other files of this room.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.labels import encode_labels


@dataclass(frozen=True)
class Selection:
    """Counts of qualified people, by ad and group.

    Attributes:
        groups: The known values of the attribute, sorted, and last ``""``: the unknown.
        selected: Shape ``(jobs, groups)``: qualified people in the top k.
        pool: Shape ``(jobs, groups)``: qualified people.
        job_ids: One id per row.
    """

    groups: tuple[str, ...]
    selected: IntArray
    pool: IntArray
    job_ids: tuple[str, ...]

    @property
    def rates(self) -> FloatArray:
        """Selection rates, shape ``(jobs, groups)``; NaN where nobody is qualified."""
        return divide(self.selected, self.pool)

    def totals(self, jobs: BoolArray | None = None) -> tuple[IntArray, IntArray]:
        """Selected and pool summed over ads, each of shape ``(groups,)``.

        Args:
            jobs: Mask of the ads to sum over; all of them by default.
        """
        rows = slice(None) if jobs is None else jobs
        return self.selected[rows].sum(axis=0), self.pool[rows].sum(axis=0)


def divide(part: NDArray[np.number], whole: NDArray[np.number]) -> FloatArray:
    """Element-wise ``part / whole``; NaN where ``whole`` is 0."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.divide(part, whole, out=np.full(shape, np.nan), where=whole != 0)


def top_positions(rankings: Rankings, k: int) -> IntArray:
    """The first k places of every list, shape ``(jobs, k or fewer)``; -1 where padded.

    Raises:
        MeasureError: If k is below 1, or the lists are shorter than k although the pool isn't.
    """
    if k < 1:
        raise MeasureError(f"a list can't be cut at {k}; use a cut of 1 or more")
    if rankings.k < min(k, len(rankings.candidate_ids)):
        raise MeasureError(
            f"the lists hold {rankings.k} places and the measure needs {k}; rank again with at "
            f"least {k} places, or measure a smaller top"
        )
    return rankings.positions[:, :k]


def qualified_hits(rankings: Rankings, qualified: BoolArray, k: int) -> BoolArray:
    """Which of the first k places hold a qualified person, shape ``(jobs, k or fewer)``.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``, people in the order of ``rankings.candidate_ids``.
        k: Places to look at.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
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


def check_labels(labels: NDArray[np.str_], people: int) -> None:
    """Raise a ``MeasureError`` unless there is one label per person."""
    if labels.shape != (people,):
        raise MeasureError(
            f"there are {people} people and labels of shape {labels.shape}; give one label a "
            "person, empty where unknown"
        )


def count_selection(
    rankings: Rankings, qualified: BoolArray, labels: NDArray[np.str_], k: int
) -> Selection:
    """Count the qualified people of every group in the pool and in the top k of every ad.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places that count as shown.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    check_labels(labels, len(rankings.candidate_ids))
    groups = encode_labels(labels)
    hits = qualified_hits(rankings, qualified, k)
    codes = groups.codes[top_positions(rankings, k)]
    columns = range(len(groups.columns))
    selected = np.stack([(hits & (codes == code)).sum(axis=1) for code in columns], axis=1)
    pool = np.stack([qualified[:, groups.codes == code].sum(axis=1) for code in columns], axis=1)
    return Selection(groups.columns, selected, pool, rankings.query_ids)
