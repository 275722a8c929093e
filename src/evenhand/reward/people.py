"""The people of a pool as rewards see them: groups, occupations, folds, halves; no texts.

The weights over people that a group of ads is judged with are built here from its saved or fresh
estimates. Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.config.schema import RewardConfig
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.records.people import Pool
from evenhand.reward.sides import (
    Contrast,
    contrast_vector,
    folds,
    halves,
    labels_of,
    own_share,
    shrunk_vector,
    sides_of,
)


@dataclass(frozen=True)
class People:
    """What rewards know of a pool, in the order of the engine's candidates.

    Attributes:
        ids: Candidate ids.
        occupations: ``(people,)``; ``""`` where the pool doesn't say.
        labels: ``(people,)`` for every attribute of the configuration.
        folds: Fold of each person, ``(people,)``.
        halves: ``(splits, people)``, values 0 and 1.
    """

    ids: tuple[str, ...]
    occupations: NDArray[np.str_]
    labels: Mapping[str, NDArray[np.str_]]
    folds: IntArray
    halves: IntArray

    @classmethod
    def of(cls, pool: Pool, config: RewardConfig, seed: int) -> People:
        """Look at a pool."""
        occupations = pool.column(config.qualified_by)
        labels = {name: labels_of(pool, name) for name in config.attributes}
        columns = [occupations, *labels.values()]
        strata = ["\x1f".join(map(str, row)) for row in zip(*columns, strict=True)]
        return cls(
            pool.ids,
            occupations,
            labels,
            folds(pool.ids, strata, config.folds, seed),
            halves(pool.ids, strata, seed),
        )

    def sides(self, contrast: Contrast) -> IntArray:
        """+1, -1 or 0 a person, ``(people,)``."""
        return sides_of(contrast, self.labels[contrast.attribute])

    def counts(self, contrast: Contrast, weights: FloatArray) -> tuple[int, int]:
        """People with weight on the plus and on the minus side."""
        sides = self.sides(contrast)
        return int((weights[sides > 0] > 0).sum()), int((weights[sides < 0] > 0).sum())


@dataclass(frozen=True, slots=True)
class Pooling:
    """``h`` of a contrast from everybody, and for every fold from the people of the others."""

    whole: float | None
    by_fold: tuple[float | None, ...]


def weights_over_people(
    people: People, contrast: Contrast, weights: FloatArray, pooling: Pooling
) -> FloatArray | None:
    """The weights that turn scores into everything a contrast needs.

    Args:
        people: The pool.
        contrast: Which people are compared.
        weights: How far each person is qualified for the group's ads, ``(people,)``, 0 to 1.
        pooling: Estimates that decide the shrinkage.

    Returns:
        Shape ``(people, 1 + folds + 2 * splits)``: the shrunk contrast over everybody; over each
        fold's people, shrunk as the other folds say; over the two halves of each split. None
        where a part has nobody on one side.
    """
    sides = people.sides(contrast)
    everybody = np.ones(len(sides), dtype=np.bool_)
    own = contrast_vector(sides, weights)
    if own is None:
        return None
    share = own_share(own, pooling.whole)
    parts = [(everybody, pooling.whole, share)]
    for fold, spread in enumerate(pooling.by_fold):
        others = contrast_vector(sides * (people.folds != fold), weights)
        if others is None:
            return None
        parts.append((people.folds == fold, spread, own_share(others, spread)))
    parts += [
        (part, pooling.whole, share) for half in people.halves for part in (half == 0, half == 1)
    ]
    columns: list[FloatArray] = []
    for who, spread, kept in parts:
        part = contrast_vector(sides * who, weights)
        if part is None:
            return None
        columns.append(shrunk_vector(part, sides * who, people.occupations, spread, kept))
    return np.stack(columns, axis=1)
