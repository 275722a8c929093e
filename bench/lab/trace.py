"""What moved in the lists, told in two tables that can't be joined.

``moves`` counts, per ad, how many people entered and left the top-k and knows no group.
``share_changes`` sums groups over all ads, with small groups left out, and knows no ad. Neither
names a person. What each contrast paid stands in ``Change.trace``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.counts import count_selection, top_positions


@dataclass(frozen=True, slots=True)
class Move:
    """How many people entered and left one ad's top-k; equal where both lists are full."""

    job_id: str
    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class ShareChange:
    """One group's share of the qualified people shown, over all ads.

    Attributes:
        value: The group.
        before: Its share of all qualified people in the original top-k lists whose value is
            known; None where suppressed or where nobody is shown.
        after: The same after rewording.
        suppressed: Whether the group is too small to be shown.
    """

    value: str
    before: float | None
    after: float | None
    suppressed: bool


def moves(before: Rankings, after: Rankings, k: int) -> list[Move]:
    """Count who entered and left each ad's top-k.

    Raises:
        MeasureError: The lists aren't of the same ads and people, or are too short.
    """
    if before.query_ids != after.query_ids or before.candidate_ids != after.candidate_ids:
        raise MeasureError(
            "the lists before and after aren't of the same ads and people; rank both with one "
            "engine and the same ads"
        )
    found: list[Move] = []
    pairs = zip(top_positions(before, k), top_positions(after, k), strict=True)
    for job_id, (old, new) in zip(before.query_ids, pairs, strict=True):
        was, now = set(old[old >= 0].tolist()), set(new[new >= 0].tolist())
        found.append(Move(job_id, len(now - was), len(was - now)))
    return found


def share_changes(
    before: Rankings,
    after: Rankings,
    qualified: BoolArray,
    labels: NDArray[np.str_],
    k: int,
    *,
    least: int,
) -> list[ShareChange]:
    """How the make-up of the lists changed, summed over ads.

    Args:
        before: Lists of the originals.
        after: Lists of the rewordings, same ads in the same order.
        qualified: ``(ads, people)``.
        labels: ``(people,)``; ``""`` where unknown, which is left out.
        k: Places that count as shown.
        least: Groups with fewer qualified people are suppressed; where only one would be, the
            next smallest is too, since shares sum to 1.
    """
    selections = [count_selection(lists, qualified, labels, k) for lists in (before, after)]
    values = selections[0].groups[:-1]
    anywhere = qualified.any(axis=0)
    sizes = {value: int((anywhere & (labels == value)).sum()) for value in values}
    hidden = _hidden(sizes, least)
    shares = [_shares(selection.totals()[0][:-1].astype(np.float64)) for selection in selections]
    return [
        ShareChange(value, None, None, True)
        if value in hidden
        else ShareChange(value, shares[0][at], shares[1][at], False)
        for at, value in enumerate(values)
    ]


def _hidden(sizes: dict[str, int], least: int) -> set[str]:
    ordered = sorted(sizes, key=lambda value: (sizes[value], value))
    small = sum(size < least for size in sizes.values())
    return set(ordered[: 2 if small == 1 else small])


def _shares(counts: NDArray[np.float64]) -> list[float | None]:
    total = float(counts.sum())
    return [float(count) / total if total else None for count in counts]
