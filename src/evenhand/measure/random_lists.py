"""Lists at random: what an engine that knows nothing would show.

Every list keeps its length and draws its people uniformly, without replacement, from everybody
in the pool, whether qualified or not; lists are independent of each other. Not a shuffled copy of
the engine's lists, and not a draw from the qualified: an engine is set against knowing nothing.
"""

from __future__ import annotations

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, IntArray


def random_positions(filled: BoolArray, people: int, rng: np.random.Generator) -> IntArray:
    """One set of random lists.

    Everybody is drawn freely first; whoever stands earlier in the same list already is drawn
    again until nobody does. The scheme treats all people alike, so every list is equally likely.

    Args:
        filled: Shape ``(lists, k)``: which places hold somebody.
        people: Size of the pool.
        rng: Source of the draws.

    Returns:
        Shape ``(lists, k)``: positions in the pool, -1 where a place is empty.

    Raises:
        MeasureError: If a list is longer than the pool.
    """
    longest = int(filled.sum(axis=1).max(initial=0))
    if longest > people:
        raise MeasureError(
            f"{people} people can't fill a list of {longest} places; give the whole pool"
        )
    if 2 * longest > people:
        order = rng.permuted(np.tile(np.arange(people), (len(filled), 1)), axis=1)
        place = np.minimum(np.cumsum(filled, axis=1), people) - 1
        return np.where(filled, np.take_along_axis(order, np.maximum(place, 0), axis=1), -1)
    empty = -np.arange(1, filled.shape[1] + 1, dtype=np.int64)
    drawn: IntArray = np.where(filled, rng.integers(0, people, filled.shape), empty)
    again = _repeats(drawn)
    while again.any():
        drawn[again] = rng.integers(0, people, int(again.sum()))
        again = _repeats(drawn)
    return np.where(filled, drawn, -1)


def _repeats(positions: IntArray) -> BoolArray:
    """Which places hold somebody who stands earlier in the same list."""
    order = np.argsort(positions, axis=1, kind="stable")
    ordered = np.take_along_axis(positions, order, axis=1)
    repeated = np.zeros(positions.shape, dtype=np.bool_)
    repeated[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    found = np.zeros_like(repeated)
    np.put_along_axis(found, order, repeated, axis=1)
    return found
