"""Seeded choices that come out the same on every system and with every release of numpy.

Only ``Generator.random`` over PCG64 is used: numpy keeps that stream stable, but not those of
``choice`` and ``shuffle``. Not a general random-number interface.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")


class Dice:
    """A stream of choices that depends on its seeds alone."""

    def __init__(self, *seeds: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(list(seeds)))

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._generator.random() < probability

    def number(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._generator.random() * (high - low + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, all equally likely."""
        return items[self.number(0, len(items) - 1)]

    def weighted(self, items: Sequence[Item], weights: Sequence[float]) -> Item:
        """One of the items, with probabilities proportional to the weights."""
        point = self._generator.random() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            point -= weight
            if point < 0:
                return item
        return items[-1]

    def several(self, items: Sequence[Item], count: int) -> list[Item]:
        """Different items in random order: ``count`` of them, or all there are."""
        left = list(items)
        return [left.pop(self.number(0, len(left) - 1)) for _ in range(min(count, len(items)))]
